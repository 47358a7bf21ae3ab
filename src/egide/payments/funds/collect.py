"""Debit insurers of what a settlement calls from them: the orders of a pain.008."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from egide import db
from egide.core.bank import next_target_day, target_days_before
from egide.core.identifiers import Iban
from egide.core.money import Money
from egide.core.period import civil_day
from egide.payments.funds import sql
from egide.payments.pain_008 import Debit, DebitGroup
from egide.vault import Sealer

_FURTHEST_DAYS: Final = 14
_MOST_CENTS: Final = 99_999_999_999  # of one debit (EPC130-08, EPC131-08)


async def collect(tx: db.Tx, settlement_id: str, execute_on: date, now: datetime) -> int:
    """Order what each call of a settlement is still to be paid, where a mandate is active; return how many debits.

    A debit is presented on the day before at the latest, and two weeks ahead at most: it is due on the settlement's
    day, or on the nearest that is to be had. One above what a bank takes is not ordered: its call is paid in.
    """
    today = civil_day(now)
    furthest = target_days_before(today + timedelta(days=_FURTHEST_DAYS + 1), 1)
    due_on = max(min(execute_on, furthest), next_target_day(today))
    return await sql.order_collections(tx, settlement_id, due_on, _MOST_CENTS)


@dataclass(frozen=True, slots=True)
class CollectionFile:
    """The debits of a settlement, by scheme as its file groups them."""

    groups: list[DebitGroup]

    @property
    def count(self) -> int:
        """Return how many debits there are."""
        return sum(len(one.debits) for one in self.groups)


async def collections_of(tx: db.Tx, settlement_id: str, sealer: Sealer) -> CollectionFile:
    """Return the debits that a settlement orders, the same each time."""
    groups: dict[str, list[Debit]] = {}
    due: dict[str, date] = {}
    for row in await sql.collections(tx, settlement_id):
        iban = sealer.unpack(row.iban_sealed, row.insurer_id.bytes).decode()
        debit = Debit(
            collection_id=row.collection_id,
            mandate=row.mandate,
            signed_on=row.signed_on,
            name=row.holder,
            iban=Iban.parse(iban),
            amount=Money(row.amount_cents),
        )
        groups.setdefault(row.scheme, []).append(debit)
        due[row.scheme] = row.due_on
    return CollectionFile(
        [
            DebitGroup(
                name=f"{settlement_id}-{scheme}",
                scheme=scheme,
                due_on=due[scheme],
                debits=tuple(debits),
            )
            for scheme, debits in sorted(groups.items())
        ]
    )
