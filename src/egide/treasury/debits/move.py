"""Debits of insurers as the bank answers them: what movements and reports make of them."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from egide import db
from egide.payments.funds import message_of
from egide.treasury.debits import sql
from egide.treasury.match import KnownCollection, OrderState
from egide.treasury.statement import Movement

_UNSAID: Final = "RETURN"


async def known(
    tx: db.Tx, named: Sequence[str], groups: Sequence[str]
) -> list[KnownCollection]:
    """Return the debits that movements may be about, as these meet them."""
    return [_known(row) for row in await sql.rows(tx, named, groups)]


def _known(row: sql.CollectionRow) -> KnownCollection:
    """Return a debit as a movement may meet it."""
    return KnownCollection(
        collection_id=row.collection_id,
        settlement_id=row.settlement_id,
        insurer_id=str(row.insurer_id),
        cents=row.amount_cents,
        state=OrderState(row.state),
        group=row.in_group,
        is_credit_waiting=row.is_credit_waiting,
        is_ahead=row.is_ahead,
        is_written=row.is_written,
    )


def by_group(
    collections: Sequence[KnownCollection], groups: Sequence[str]
) -> dict[str, list[KnownCollection]]:
    """Return debits by the groups of their files, of those that are named."""
    found: dict[str, list[KnownCollection]] = {}
    for one in collections:
        if one.group in groups:
            found.setdefault(one.group, []).append(one)
    return found


async def move_on(tx: db.Tx, moved: Sequence[tuple[KnownCollection, Movement]]) -> None:
    """Note what movements make of debits; one that came back stops its mandate until a person has looked."""
    await sql.note(tx, [_moved(one, said) for one, said in moved])


def _moved(one: KnownCollection, said: Movement) -> sql.Moved:
    name, state = one.collection_id, one.state.value
    if one.state is OrderState.RETURNED:
        reason = said.reason or _UNSAID
        return sql.Moved(
            collection_id=name, state=state, ended_on=said.booked_on, reason=reason
        )
    return sql.Moved(
        collection_id=name, state=state, booked_on=said.booked_on, is_ahead=one.is_ahead
    )


def about(rows: Sequence[KnownCollection], name: str) -> list[KnownCollection]:
    """Return the debits that a report names: one by its own reference, those of a group, or of a whole file."""
    return [
        one
        for one in rows
        if name in {one.collection_id, one.group, message_of(one.settlement_id)}
    ]


async def acknowledge(tx: db.Tx, waiting: Sequence[KnownCollection]) -> None:
    """Note that the bank has debits: advice, no more."""
    for one in waiting:
        one.state = OrderState.ACKNOWLEDGED
    names = [one.collection_id for one in waiting]
    state = OrderState.ACKNOWLEDGED.value
    await sql.note(tx, [sql.Moved(collection_id=name, state=state) for name in names])


async def reject(
    tx: db.Tx, ended: Sequence[KnownCollection], reason: str, today: date, *, of_each: bool
) -> None:
    """End debits that the bank did not execute: their calls are still to be paid.

    Args:
        of_each: the reason is of each debit, whose mandate stops, and not of the whole file.
    """
    for one in ended:
        one.state = OrderState.REJECTED
    said = [
        sql.Moved(
            collection_id=one.collection_id,
            state=one.state.value,
            ended_on=today,
            reason=reason,
        )
        for one in ended
    ]
    await sql.note(tx, said, stops=of_each)
