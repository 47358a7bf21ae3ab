"""What all our processes have of HTTP; nothing of who calls is in a log."""

from typing import Any, Final

HTTP: Final[dict[str, Any]] = {
    "factory": True,
    "loop": "uvloop",
    "http": "egide.web.connection:ConnectionProtocol",
    "access_log": False,
    "log_level": "warning",
    "server_header": False,
    "timeout_keep_alive": 75,
}
