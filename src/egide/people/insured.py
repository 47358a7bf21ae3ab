"""Insured persons: a code printed beside the card lets them make a passkey, and then they see who looked."""

import csv
import os
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final, TextIO
from uuid import UUID

from egide import db
from egide.core.identifiers import AmcNumber
from egide.core.ids import SHORT_BITS, from_short_code, to_short_code, uuid7
from egide.core.refusal import Refusal, RefusalCode
from egide.people import sql_entrances
from egide.vault import Addresses, Sealer

CODE_DAYS: Final = 365
# Sixty bits, tens of millions of codes outstanding: a guess is right once in 2^35, at this pace once in decades.
_WRONG_A_SECOND: Final = 20
_BATCH: Final = 1_000
_LABEL: Final = "Personne assurée"


class Patience:
    """Counts the wrong codes of the last second at one worker, and refuses to look at more."""

    def __init__(self) -> None:
        self._wrong: deque[float] = deque(maxlen=_WRONG_A_SECOND)

    def check(self, now: datetime) -> None:
        """Refuse while too many wrong codes come in; Refusal ``busy``: an honest one is tried again."""
        wrong = self._wrong
        if len(wrong) == _WRONG_A_SECOND and now.timestamp() - wrong[0] < 1:
            raise Refusal(RefusalCode.BUSY)

    def note_wrong(self, now: datetime) -> None:
        """Note a wrong code."""
        self._wrong.append(now.timestamp())


async def activated(
    pool: db.Pool, addresses: Addresses, sealer: Sealer, code: str, now: datetime
) -> UUID | None:
    """Return the account of whom a code names, opened if there is none; None if the code names nobody."""
    secret = from_short_code(code)
    if secret is None:
        return None
    account_id = uuid7(now)
    label = sealer.pack(_LABEL.encode(), account_id.bytes)
    async with db.transaction(pool) as tx:
        return await sql_entrances.activate_insured(
            tx, addresses.activation(secret), account_id, label, now
        )


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

    A code is not kept: its address is. Raises Refusal: ``value-invalid``, at a reference that names nobody.
    """
    issued: list[tuple[str, str]] = []
    for batch in _batches(references):
        secrets = [int.from_bytes(os.urandom(8), "big") >> (64 - SHORT_BITS) for _ in batch]
        persons = [addresses.person(amc, reference) for reference in batch]
        codes = [addresses.activation(secret) for secret in secrets]
        known = await sql_entrances.issue_activations(
            tx, persons, codes, now, now + timedelta(days=CODE_DAYS)
        )
        for number, person in enumerate(persons):
            if person not in known:
                place = f"ligne {len(issued) + number + 1}"
                hint = "Aucune personne importée n'a cette référence chez cet assureur."
                raise Refusal(RefusalCode.VALUE_INVALID, where=place, hint=hint)
        issued += zip(batch, map(to_short_code, secrets), strict=True)
    return issued


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
    writer = csv.writer(file, delimiter=";", lineterminator="\n")
    writer.writerow(("reference", "code"))
    writer.writerows(issued)
