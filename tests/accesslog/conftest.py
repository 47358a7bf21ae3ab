"""A client that keeps no cookies: each browser of the tests has its own."""

from collections.abc import Iterator

import httpx2
import pytest

from conftest import Running


@pytest.fixture
def client(server: Running) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=server.origin) as client:
        client.cookies = None  # type: ignore[assignment]  # each browser keeps its own
        yield client
