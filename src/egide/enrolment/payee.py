"""Whose account it is: a bank's answer on a number and a name (Verification of Payee).

Regulation (EU) 2024/886, article 5c of Regulation 260/2012: since 9 October 2025 a payer's provider says, before a
transfer, whether the name or the registered number goes with the account. What a bank sells of it to a payer in bulk
has no public standard: this is our own small interface, behind which each operator puts its bank's.
"""

from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol, Self

import httpx2
import msgspec

from egide.core.identifiers import Iban
from egide.core.refusal import Refusal, RefusalCode
from egide.vault import read_settings

_SECONDS: Final = 6
_SIREN: Final = 9  # the first digits of a SIRET


class Payee(StrEnum):
    """What a bank says of an account and a name."""

    MATCH = "match"
    CLOSE_MATCH = "close-match"
    NO_MATCH = "no-match"
    UNAVAILABLE = "unavailable"  # it does not say: the account's bank is not reached


class PayeeCheck(Protocol):
    """A bank, asked whose an account is."""

    async def check(self, iban: Iban, *, name: str, siren: str) -> Payee:
        """Return what it says; ``unavailable`` where it cannot, never an error."""
        ...


class _Said(msgspec.Struct):
    result: Payee


class BankSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a bank's answers are asked: its address, and the key it gave."""

    url: str
    key: str = ""

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a JSON file that only its owner reads; Refusal ``value-invalid`` says what is wrong."""
        return read_settings(path, cls)


class Bank:
    """A bank that answers over HTTPS: ``{"iban", "name", "siren"}`` in, ``{"result"}`` out."""

    def __init__(self, settings: BankSettings) -> None:
        self._settings = settings

    async def check(self, iban: Iban, *, name: str, siren: str) -> Payee:
        """Ask the bank."""
        asked = {"iban": iban.text, "name": name, "siren": siren}
        headers = {"Authorization": f"Bearer {self._settings.key}"}
        try:
            async with httpx2.AsyncClient(timeout=_SECONDS) as client:
                answer = await client.post(self._settings.url, json=asked, headers=headers)
            answer.raise_for_status()
            return msgspec.json.decode(answer.content, type=_Said).result
        except (httpx2.HTTPError, msgspec.DecodeError):
            return Payee.UNAVAILABLE


class NoBank:
    """Where no bank is known: it never says."""

    async def check(self, iban: Iban, *, name: str, siren: str) -> Payee:  # noqa: ARG002 - nobody is asked
        """Return that nobody says."""
        return Payee.UNAVAILABLE


async def not_anothers(bank: PayeeCheck, iban: Iban, *, name: str, siret: str) -> Payee:
    """Return what a bank says of an establishment's account; Refusal ``payee-refused`` if it is another's."""
    said = await bank.check(iban, name=name, siren=siret[:_SIREN])
    if said is Payee.NO_MATCH:
        raise Refusal(RefusalCode.PAYEE_REFUSED, where="iban")
    return said
