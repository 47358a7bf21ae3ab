"""What all our processes have of HTTP; nothing of who calls is in a log."""

import asyncio
import os
from typing import Any, Final

import uvicorn

HTTP: Final[dict[str, Any]] = {
    "factory": True,
    "loop": "uvloop",
    "http": "egide.web.connection:ConnectionProtocol",
    "access_log": False,
    "log_level": "warning",
    "server_header": False,
    "timeout_keep_alive": 75,
}


async def serve_beside(server: uvicorn.Server, parent: int | None) -> None:
    """Serve until told to end, or until the process that started this one has ended."""
    served = asyncio.create_task(server.serve())
    while not served.done() and (parent is None or os.getppid() == parent):
        await asyncio.wait([served], timeout=1.0)
    server.should_exit = True
    await served
