"""One object per network connection, so that a key proved on it need not be proved at each call."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from egide.access import Connection


class ConnectionProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which also gives each connection's own object to the application."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn narrows it likewise
        """Start a connection with nothing proved."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "connection": Connection(set())}
