"""The release of a settlement: where two people are asked, its files are written once two have looked at it."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from egide import db
from egide.core.refusal import Refusal, RefusalCode
from egide.payments import sql
from egide.payments.calls import calls
from egide.payments.closing import lock_settlements

_PEOPLE: Final = 2


def plain_name(who: str) -> str:
    """Return a name as it is compared: neither case, accents, spaces, nor what nobody sees make another person."""
    shown = (
        one
        for one in unicodedata.normalize("NFKD", who)
        if unicodedata.category(one) not in {"Cf", "Mn", "Me"}
    )
    return " ".join("".join(shown).casefold().split())


@dataclass(frozen=True, slots=True, kw_only=True)
class ToRelease:
    """What is to be looked at before a settlement leaves.

    Args:
        new_payees: establishments that nothing was ever ordered for before, or not to this account.
        largest_cents: of one transfer.
        called: what each insurer is called for, by AMC number.
        released_by: the names of who released it already.
    """

    settlement_id: str
    transfers: int
    cents: int
    new_payees: int
    largest_cents: int
    called: dict[str, int]
    released_by: list[str]


async def to_release(tx: db.Tx, settlement_id: str) -> ToRelease | None:
    """Return a settlement that waits for its release; None if it waits for none."""
    order = await sql.order_of(tx, settlement_id)
    if order is None or not order.by_two or order.is_written:
        return None
    if len(order.released_by) >= _PEOPLE:
        return None
    seen = await sql.looked_at(tx, settlement_id)
    called = await calls(tx, settlement_id)
    return ToRelease(
        settlement_id=settlement_id,
        transfers=seen.transfers,
        cents=seen.cents,
        new_payees=seen.new_payees,
        largest_cents=seen.largest_cents,
        called={
            one.amc_number: one.amount_cents - one.returned_cents - one.reissued_cents
            for one in called
        },
        released_by=order.released_by,
    )


async def release(
    pool: db.Pool, settlement_id: str, who: str, *, os_user: str, now: datetime
) -> bool:
    """Release a settlement; True once two people have.

    Raises Refusal: ``value-invalid``: no name, no such settlement that waits, or by somebody who released it already.
    """
    name = plain_name(who)
    async with db.transaction(pool) as tx:
        await lock_settlements(tx)
        waiting = await to_release(tx, settlement_id)
        if waiting is None:
            raise _refused("--release", "Aucun règlement de ce numéro n'attend d'être libéré.")
        if not name or name in waiting.released_by:
            raise _refused(
                "--by", "Une autre personne que celle qui l'a déjà libéré : la nommer."
            )
        await sql.add_release(tx, settlement_id, name, os_user, now)
        return len(waiting.released_by) + 1 >= _PEOPLE


def check_released(order: sql.OrderRow, settlement_id: str) -> None:
    """Refuse to write a settlement that two people have not released; Refusal ``release-needed``."""
    if order.by_two and len(order.released_by) < _PEOPLE:
        raise Refusal(RefusalCode.RELEASE_NEEDED, where=settlement_id)


def _refused(where: str, hint: str) -> Refusal:
    return Refusal(RefusalCode.VALUE_INVALID, where=where, hint=hint)
