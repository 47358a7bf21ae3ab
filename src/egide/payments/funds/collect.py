"""Debit insurers of what a settlement calls from them: the orders of a pain.008."""

from dataclasses import dataclass
from datetime import date, datetime

from egide import db
from egide.core.bank import next_target_day
from egide.core.identifiers import Iban
from egide.core.money import Money
from egide.core.period import civil_day
from egide.payments.funds import sql
from egide.payments.pain_008 import Debit, DebitGroup
from egide.vault import Sealer


async def collect(tx: db.Tx, settlement_id: str, execute_on: date, now: datetime) -> int:
    """Order what each call of a settlement is still to be paid, where a mandate is active; return how many debits.

    A debit is presented on the day before at the latest: it is due on the settlement's day, or on the first that is
    still to be had.
    """
    due_on = max(execute_on, next_target_day(civil_day(now)))
    return await sql.order_collections(tx, settlement_id, due_on)


@dataclass(frozen=True, slots=True)
class CollectionFile:
    """The debits of a settlement, by scheme and sequence as its file groups them."""

    groups: list[DebitGroup]

    @property
    def count(self) -> int:
        """Return how many debits there are."""
        return sum(len(one.debits) for one in self.groups)


async def collections_of(tx: db.Tx, settlement_id: str, sealer: Sealer) -> CollectionFile:
    """Return the debits that a settlement orders, the same each time."""
    groups: dict[tuple[str, str], list[Debit]] = {}
    due: dict[tuple[str, str], date] = {}
    for row in await sql.collections(tx, settlement_id):
        key = (row.scheme, row.sequence)
        iban = sealer.unpack(row.iban_sealed, row.insurer_id.bytes).decode()
        debit = Debit(
            collection_id=row.collection_id,
            mandate=row.mandate,
            signed_on=row.signed_on,
            name=row.holder,
            iban=Iban.parse(iban),
            amount=Money(row.amount_cents),
        )
        groups.setdefault(key, []).append(debit)
        due[key] = row.due_on
    return CollectionFile(
        [
            DebitGroup(
                name=f"{settlement_id}-{scheme}-{sequence}",
                scheme=scheme,
                sequence=sequence,
                due_on=due[scheme, sequence],
                debits=tuple(debits),
            )
            for (scheme, sequence), debits in sorted(groups.items())
        ]
    )
