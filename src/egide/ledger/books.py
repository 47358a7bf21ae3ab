"""The books as others read them.

Accounts are told by the numbers that a person knows, an AMC or a FINESS number, where the ledger has keys.
"""

from collections.abc import AsyncGenerator, Mapping
from datetime import datetime
from typing import Final

from egide import db
from egide.core.money import decimal_euros
from egide.core.period import civil_day
from egide.ledger import sql
from egide.ledger.accounts import OfEstablishment, OfInsurer

_OF: Final = {"amc": OfInsurer, "establishment": OfEstablishment}


class Names:
    """How accounts are told: ``amc:775671993:due`` for what is kept of an insurer by its key."""

    def __init__(self, numbers: Mapping[str, str]) -> None:
        self._numbers = numbers

    @classmethod
    async def read(cls, tx: db.Tx) -> "Names":
        """Read the numbers of all insurers and establishments. Owner only. Cost: memory for each."""
        return cls({row.holder: row.number for row in await sql.numbers(tx)})

    def tell(self, account: str) -> str:
        """Return an account as a person reads it."""
        kind, _, rest = account.partition(":")
        holder, _, what = rest.partition(":")
        return f"{kind}:{self._numbers.get(holder, holder)}:{what}" if kind in _OF else account


async def journal(
    tx: db.Tx, names: Names, since: datetime, until: datetime
) -> AsyncGenerator[str]:
    """Yield a span in hledger's journal form, a transaction a cause and day; its balances are ours, in euros.

    Source: https://hledger.org/1.25/hledger.html#journal-format
    """
    before: tuple[object, ...] = ()
    async for one in sql.entries(tx, since, until, None):
        day = civil_day(one.booked_at)
        # What a cause books later is of its own day.
        if (day, one.cause_kind, one.cause_id) != before:
            before = (day, one.cause_kind, one.cause_id)
            yield f"\n{day} {one.cause_kind} | {one.cause_id}\n"
        said = f"{decimal_euros(one.amount_cents)} EUR"
        yield f"    {names.tell(one.debit)}  {said}\n    {names.tell(one.credit)}  -{said}\n"
