"""What an establishment does to a prise en charge of its own: cancel it, give a piece, use it by an invoice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from egide import db
from egide.adjudication import SubmittedClaim, lock_counters
from egide.adjudication.controls import Control, Rejection
from egide.core.refusal import Refusal, RefusalCode
from egide.nomenclature import BilledLine
from egide.preauth import sql
from egide.preauth.pieces import is_answer, pieces_on
from egide.preauth.states import Move, State, check_move, state_of
from egide.preauth.terms import terms_of


async def cancel(tx: db.Tx, one: sql.Stored, today: date, where: str) -> None:
    """Cancel a prise en charge or a quote, and give back what it holds. Safe to repeat.

    Raises Refusal: ``preauth-used`` where an invoice uses it; ``preauth-closed``.
    """
    state = state_of(one, today)
    if state is State.CANCELLED:
        return
    if State(one.state) in {State.USED, State.USED_PART}:
        raise Refusal(RefusalCode.PREAUTH_USED, where=where)
    check_move(state, Move.CANCEL, where)
    await lock_counters(tx, [one.person_id], today)
    if not await sql.move(tx, one, State.CANCELLED.value):
        raise Refusal(RefusalCode.BUSY)
    await sql.release(tx, one)


async def give_piece(
    tx: db.Tx, one: sql.Stored, code: str, text: str, today: date
) -> sql.Stored:
    """Answer a piece that the insurer asks: it is the insurer's turn again; return the prise en charge as it is then.

    Raises Refusal: ``preauth-closed`` where none is asked; ``piece-unexpected``.
    """
    check_move(state_of(one, today), Move.GIVE_PIECE)
    piece = pieces_on(today).get(code)
    if piece is None or code != one.piece or not is_answer(piece, text, today):
        raise Refusal(RefusalCode.PIECE_UNEXPECTED, where="Communication.payload[0]")
    days = terms_of(await sql.terms(tx, today), one.insurer_id).pended_on(today)
    # What it holds is held on, from before anybody else could hold it.
    await lock_counters(tx, [one.person_id], today)
    if not await sql.give_piece(tx, one, text, days):
        raise Refusal(RefusalCode.BUSY)
    return (await sql.current(tx, [(one.establishment_id, one.preauth_id)]))[
        one.establishment_id, one.preauth_id
    ]


@dataclass(frozen=True, slots=True)
class Use:
    """How an invoice uses a prise en charge: which of its lines, and what was granted of each line of the invoice."""

    preauth: sql.Stored
    numbers: tuple[int, ...]
    agreed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Preauth:
    """A prise en charge with its lines; ``freed`` is the claim that the invoice in hand replaces, if it uses any."""

    one: sql.Stored
    lines: Sequence[sql.StoredLine]
    freed: UUID | None = None


def use_of(claim: SubmittedClaim, cited: Preauth, today: date) -> Use | Rejection:
    """Return how an invoice uses a prise en charge that it cites, or why it may not."""
    one = cited.one
    state = state_of(one, today)
    if state is State.EXPIRED or (
        one.valid_until is not None and claim.care_on > one.valid_until
    ):
        return Rejection(Control.PREAUTH_ENDED)
    left = {
        line.line: line
        for line in cited.lines
        if line.control is None and line.used_by in {None, cited.freed}
    }
    if not (left and state is State.USED):
        try:
            check_move(state, Move.USE)
        except Refusal as refusal:
            return Rejection(Control.PREAUTH_NOT_GRANTED, 0, refusal.hint)
    numbers: list[int] = []
    agreed: list[int] = []
    for at, billed in enumerate(claim.lines, start=1):
        found = _asked(billed, list(left.values()))
        if found is None:
            return Rejection(Control.NOT_IN_PREAUTH, at)
        if billed.expense.cents > found.expense_cents or billed.quantity > found.quantity:
            return Rejection(Control.ABOVE_PREAUTH, at)
        del left[found.line]
        numbers.append(found.line)
        agreed.append(found.amc_cents)
    return Use(one, tuple(numbers), tuple(agreed))


def _asked(billed: BilledLine, left: Sequence[sql.StoredLine]) -> sql.StoredLine | None:
    """Return the line that asked for what is billed: alike if there is one, else the least dear with room for it."""
    cents, quantity = billed.expense.cents, billed.quantity
    same_act = [
        line
        for line in left
        if line.act_code == f"{billed.system}:{billed.code}" and line.side == billed.side
    ]

    def rank(line: sql.StoredLine) -> tuple[bool, bool, int, int]:
        is_alike = (line.expense_cents, line.quantity) == (cents, quantity)
        has_room = line.expense_cents >= cents and line.quantity >= quantity
        return (not is_alike, not has_room, line.expense_cents, line.line)

    return min(same_act, key=rank, default=None)


def cited(claim: SubmittedClaim) -> tuple[UUID, UUID]:
    """Return the establishment and the number of the prise en charge that a claim may cite."""
    return claim.key[0], claim.located.address
