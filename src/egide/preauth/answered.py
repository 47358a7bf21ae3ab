"""What an insurer answers to a demand that waits for it: at its desk on the portal, or by its own service."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol
from uuid import UUID

import msgspec

from egide import db
from egide.adjudication.asked import REASONS
from egide.core.refusal import Refusal, RefusalCode
from egide.preauth import sql
from egide.preauth.pieces import pieces_on
from egide.preauth.response import granted_less, promised
from egide.preauth.states import State
from egide.preauth.terms import terms_of


class InsurersAnswer(msgspec.Struct, forbid_unknown_fields=True):
    """What an insurer's person says; ``amounts`` in cents, by line, for what is granted less than was reckoned."""

    establishment: UUID
    preauth: str
    revision: int
    decision: str
    amounts: dict[int, int] = {}
    reason: str = ""
    piece: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InsurerAnswer:
    """What an insurer's person answers: a state, amounts by line, days, what it asks or why, what is then shown."""

    state: str
    amounts: list[int]
    days: tuple[date | None, date | None, date | None]
    piece: str = ""
    reason: str = ""
    response: bytes


class Asked(Protocol):
    """A demand that waits."""

    @property
    def insurer_id(self) -> UUID: ...
    @property
    def acts(self) -> list[str]: ...
    @property
    def response(self) -> bytes: ...


async def answer_of(
    tx: db.Tx, one: Asked, said: InsurersAnswer, today: date, most: Mapping[int, int]
) -> InsurerAnswer:
    """Return what an insurer's answer makes of a demand that waits for it.

    Args:
        most: what may be granted of each line that no control refused, in cents, by its number.

    Raises Refusal: ``value-invalid``; ``piece-unexpected``.
    """
    lines = promised(one.response)
    terms = terms_of(await sql.terms(tx, today), one.insurer_id)
    match said.decision:
        case "grant":
            granted = {line: _granted(line, lines[line], most[line], said) for line in lines}
            if said.amounts.keys() - lines.keys():
                raise Refusal(RefusalCode.VALUE_INVALID, where="amounts")
            less = {line: cents for line, cents in granted.items() if cents != lines[line]}
            is_whole = len(lines) == len(one.acts) and all(
                cents >= lines[line] for line, cents in granted.items()
            )
            days = terms.decided_on(today)
            return InsurerAnswer(
                state=(State.GRANTED if is_whole else State.PARTLY_GRANTED).value,
                # A line has the number that its software gave it: 1, 2, 3 or 10, 20, 30.
                amounts=[granted.get(line, 0) for line in range(1, max(lines, default=0) + 1)],
                days=(None, days.valid_until, days.invoice_until),
                reason=_reason(said) if said.reason else "",
                response=granted_less(one.response, less) if less else one.response,
            )
        case "refuse":
            return InsurerAnswer(
                state=State.REFUSED.value,
                amounts=[],
                days=(None, None, None),
                reason=_reason(said),
                response=granted_less(one.response, dict.fromkeys(lines, 0)),
            )
        case "ask":
            if said.piece not in pieces_on(today):
                raise Refusal(RefusalCode.PIECE_UNEXPECTED, where="piece")
            # What it holds is given back with it, if the piece is not given.
            act_by = today + timedelta(days=terms.piece_days)
            return InsurerAnswer(
                state=State.PENDED_PIECES.value,
                amounts=list(lines.values()),
                days=(act_by, None, act_by),
                piece=said.piece,
                response=one.response,
            )
        case _:
            hint = "Attendu : grant, refuse, ask."
            raise Refusal(RefusalCode.VALUE_INVALID, where="decision", hint=hint)


def _granted(line: int, given: int, most: int, said: InsurersAnswer) -> int:
    cents = said.amounts.get(line, given)
    if not 0 <= cents <= most:
        hint = f"De 0 à {most} centimes."
        raise Refusal(RefusalCode.VALUE_INVALID, where=f"amounts.{line}", hint=hint)
    return cents


def _reason(said: InsurersAnswer) -> str:
    if said.reason not in REASONS:
        hint = f"Attendu : {', '.join(REASONS)}."
        raise Refusal(RefusalCode.VALUE_INVALID, where="reason", hint=hint)
    return said.reason
