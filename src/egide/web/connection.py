"""One object per network connection, so that a key proved on it need not be proved at each call."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from egide.access import Connection, read_certificate


class ConnectionProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which also gives each connection's own object to the application."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn narrows it likewise
        """Start a connection with nothing proved but the certificate of its handshake, if it showed one."""
        super().connection_made(transport)
        secured = transport.get_extra_info("ssl_object")
        der = None if secured is None else secured.getpeercert(binary_form=True)
        shown = None if der is None else read_certificate(der)
        self.app_state = {**self.app_state, "connection": Connection(set(), shown)}
