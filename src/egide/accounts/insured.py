"""Insured persons: a code printed beside the card lets them make a passkey, and then they see who looked."""

import os
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final, TextIO
from uuid import UUID

from egide import db
from egide.accounts import sql
from egide.accounts.invite import label_owner
from egide.core.identifiers import AmcNumber
from egide.core.ids import SHORT_BITS, to_short_code, uuid7
from egide.core.refusal import Refusal, RefusalCode
from egide.core.spreadsheet import Spreadsheet
from egide.vault import Addresses, Sealer, kept

CODE_DAYS: Final = 365
# Sixty bits, tens of millions of codes outstanding: a guess is right once in 2^35, on eight workers at this pace once
# in decades. Whoever sends as many keeps honest codes waiting, and nothing else.
_LOOKED_AT_A_SECOND: Final = 5
_BATCH: Final = 1_000
LABEL: Final = "Personne assurée"


class CodeLimiter:
    """Bounds how many wrong codes one worker looks at in a second."""

    def __init__(self) -> None:
        self._taken: deque[float] = deque(maxlen=_LOOKED_AT_A_SECOND)

    def take(self, now: datetime) -> None:
        """Take a place before a code is looked at; Refusal ``busy``: an honest one is tried again."""
        taken = self._taken
        if len(taken) == _LOOKED_AT_A_SECOND and now.timestamp() - taken[0] < 1:
            raise Refusal(RefusalCode.BUSY)
        taken.append(now.timestamp())

    def give_back(self) -> None:
        """Give the last place back: its code was right."""
        if self._taken:
            self._taken.pop()


async def activated(
    pool: db.Pool, addresses: Addresses, sealer: Sealer, code: int, now: datetime
) -> UUID | None:
    """Return the account of whom a code names, opened if there is none; None if the code names nobody."""
    account_id = uuid7(now)
    label = sealer.pack(LABEL.encode(), label_owner(account_id))
    async with db.transaction(pool) as tx:
        return await sql.activate_insured(tx, addresses.activation(code), account_id, label)


async def issue_codes(
    tx: db.Tx,
    addresses: Addresses,
    amc: AmcNumber,
    references: Iterable[str],
    now: datetime,
) -> list[tuple[str, str]]:
    """Return a code for each person of an insurer; what an earlier code named is worth nothing any more.

    Args:
        references: the insurer's own, as its files have them.

    A code is not kept: its address is.
    Raises Refusal: ``value-invalid``, at a reference that names nobody or is repeated.
    """
    keyed = await sql.only_for(tx, amc.text)
    if keyed is None:
        raise Refusal(RefusalCode.AMC_INVALID, where="amc")
    issued: list[tuple[str, str]] = []
    met: set[str] = set()
    for batch in _batches(references):
        for number, reference in enumerate(batch):
            if reference in met:
                raise _refused(len(issued) + number, "Cette référence est répétée.")
            met.add(reference)
        secrets = [int.from_bytes(os.urandom(8), "big") >> (64 - SHORT_BITS) for _ in batch]
        persons = [addresses.person(AmcNumber.parse(keyed), reference) for reference in batch]
        codes = [UUID(bytes=kept(addresses.activation(secret).bytes)) for secret in secrets]
        known = await sql.issue_activations(
            tx, persons, codes, now, now + timedelta(days=CODE_DAYS)
        )
        for number, person in enumerate(persons):
            if person not in known:
                hint = "Aucune personne importée n'a cette référence chez cet assureur."
                raise _refused(len(issued) + number, hint)
        issued += zip(batch, map(to_short_code, secrets), strict=True)
    return issued


def _refused(number: int, hint: str) -> Refusal:
    return Refusal(RefusalCode.VALUE_INVALID, where=f"ligne {number + 1}", hint=hint)


def _batches(references: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    for reference in references:
        batch.append(reference)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def write_codes(file: TextIO, issued: Iterable[tuple[str, str]]) -> None:
    """Write codes for the printer of the cards: reference, code."""
    table = Spreadsheet(file, ("reference", "code"))
    for one in issued:
        table.row(one)
