"""The account that pays, at a model of a bank, for every test of what it answers."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from conftest import Running, now
from payments.builders import close
from treasury.builders import OUR_IBAN, broken_laws, take_back_funds
from treasury.model_bank import ModelBank


@pytest.fixture
def settled(server: Running) -> Iterator[None]:
    """Whatever other tests left is settled first, and nothing breaks a law."""
    close(server.place)
    yield
    assert broken_laws(server.place) == {}


@pytest.fixture(scope="module", autouse=True)
def _no_funds_are_left(server: Running, at_bank: ModelBank) -> Iterator[None]:
    """What insurers paid in ahead in tests pays no call of others."""
    yield
    take_back_funds(server.place, at_bank)


@pytest.fixture(scope="session")
def at_bank(server: Running) -> ModelBank:
    """The account that pays, at a bank; whatever other tests left is settled first."""
    close(server.place)
    return ModelBank(iban=OUR_IBAN, day=now().date() - timedelta(days=300), balance=123_456)
