"""What a process complains of, as lines of JSON: never of whom.

A line bears the request that it befell, by the number that the caller gave it (``X-Request-Id``) or one of ours.
"""

import logging
import re
import secrets
import sys
from typing import Final

import structlog
from structlog.contextvars import bind_contextvars, clear_contextvars, merge_contextvars

_SAFE: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")


def write_json_logs() -> None:
    """Have this process's lines be JSON on its error output, one each; the system keeps and rotates them."""
    structlog.configure(
        processors=[
            merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def name_request(headers: dict[bytes, bytes]) -> str:
    """Give the request in hand its number in every line, and return it."""
    sent = headers.get(b"x-request-id", b"")
    number = sent.decode() if _SAFE.fullmatch(sent) else secrets.token_hex(8)
    clear_contextvars()
    bind_contextvars(request=number)
    return number
