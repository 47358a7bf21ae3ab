"""Prises en charge on the portal: an insurer's desk answers those that wait for it; a person sees its own."""

from datetime import date, timedelta
from typing import Final
from uuid import UUID

import msgspec

from egide import db
from egide.access import Scope
from egide.core.ids import from_code, to_code
from egide.core.period import civil_day
from egide.core.refusal import Refusal, RefusalCode
from egide.edge.http import Request, Response, json_answer, read_json
from egide.edge.route import Route
from egide.identity import Person
from egide.nomenclature import load_nomenclature
from egide.preauth import sql as preauth_sql
from egide.preauth.persons import sql
from egide.preauth.pieces import pieces_on
from egide.preauth.response import REASONS, granted_less, promised
from egide.preauth.states import STANDINGS, State, state_of
from egide.preauth.terms import terms_of
from egide.rights import open_space


class _Answer(msgspec.Struct, forbid_unknown_fields=True):
    """What an insurer's person says; ``amounts`` in cents, by line, for what is granted less than was reckoned."""

    establishment: UUID
    preauth: str
    revision: int
    decision: str
    amounts: dict[int, int] = {}
    reason: str = ""
    piece: str = ""


class _Which(msgspec.Struct):
    establishment: UUID
    preauth: str


_read_answer: Final = msgspec.json.Decoder(_Answer)
_read_which: Final = msgspec.json.Decoder(_Which)


async def show_waiting(pool: db.Pool, request: Request, person: Person) -> Response:
    """Show the demands that wait for the person's insurer, those due first, and the pieces that may be asked."""
    today = civil_day(request.now)
    async with db.statement(pool) as tx:
        waiting = await sql.waiting(tx, person.session_id)
    named = load_nomenclature().named
    return json_answer(
        {
            "waiting": [
                {
                    "establishment": one.establishment_id,
                    "preauth": to_code(one.preauth_id),
                    "revision": one.revision,
                    "finess": one.finess,
                    "name": one.name,
                    "plan": one.plan_code,
                    "asked_at": one.asked_at,
                    "answer_by": one.act_by,
                    "is_late": one.act_by is not None and one.act_by < today,
                    "piece": one.piece,
                    "piece_answer": one.piece_answer,
                    "acts": [named(act) for act in one.acts],
                    "expense_cents": one.expense_cents,
                    "amc_cents": one.amc_cents,
                    "lines": promised(one.response),
                }
                for one in waiting
            ],
            "pieces": {piece.code: piece.french for piece in pieces_on(today).values()},
            "reasons": REASONS,
        }
    )


async def answer_waiting(pool: db.Pool, request: Request, person: Person) -> Response:
    """Answer a demand that waits for the person's insurer: grant it, whole or less, refuse it, or ask a piece.

    Raises Refusal: ``preauth-unknown``: none such waits; ``value-invalid``; ``piece-unexpected``.
    """
    said = read_json(request, _read_answer, root="answer")
    today = civil_day(request.now)
    number = _number(said.preauth)
    async with db.transaction(pool) as tx:
        waiting = await sql.waiting(tx, person.session_id, (said.establishment, number))
        found = [one for one in waiting if one.revision == said.revision]
        if not found:
            raise Refusal(RefusalCode.PREAUTH_UNKNOWN, where="preauth")
        answer = await _answered(tx, found[0], said, today)
        if not await sql.answer(tx, person.session_id, found[0], answer):
            raise Refusal(RefusalCode.PREAUTH_UNKNOWN, where="preauth")
    return json_answer({"state": answer.state})


async def _answered(
    tx: db.Tx, one: sql.Waiting, said: _Answer, today: date
) -> sql.InsurerAnswer:
    terms = terms_of(await preauth_sql.terms(tx, today), one.insurer_id)
    lines = promised(one.response)
    match said.decision:
        case "grant":
            granted = {line: _granted(line, cents, said) for line, cents in lines.items()}
            if said.amounts.keys() - lines.keys():
                raise Refusal(RefusalCode.VALUE_INVALID, where="amounts")
            less = {line: cents for line, cents in granted.items() if cents < lines[line]}
            is_whole = not less and len(lines) == len(one.acts)
            days = terms.decided_on(today)
            return sql.InsurerAnswer(
                state=(State.GRANTED if is_whole else State.PARTLY_GRANTED).value,
                # A line has the number that its software gave it: 1, 2, 3 or 10, 20, 30.
                amounts=[granted.get(line, 0) for line in range(1, max(lines, default=0) + 1)],
                days=(None, days.valid_until, days.invoice_until),
                reason=_reason(said) if said.reason else "",
                response=granted_less(one.response, less) if less else one.response,
            )
        case "refuse":
            return sql.InsurerAnswer(
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
            return sql.InsurerAnswer(
                state=State.PENDED_PIECES.value,
                amounts=list(lines.values()),
                days=(act_by, None, act_by),
                piece=said.piece,
                response=one.response,
            )
        case _:
            hint = "Attendu : grant, refuse, ask."
            raise Refusal(RefusalCode.VALUE_INVALID, where="decision", hint=hint)


def _granted(line: int, promised: int, said: _Answer) -> int:
    cents = said.amounts.get(line, promised)
    if not 0 <= cents <= promised:
        hint = f"De 0 à {promised} centimes : ce que la grille donne."
        raise Refusal(RefusalCode.VALUE_INVALID, where=f"amounts.{line}", hint=hint)
    return cents


def _reason(said: _Answer) -> str:
    if said.reason not in REASONS:
        hint = f"Attendu : {', '.join(REASONS)}."
        raise Refusal(RefusalCode.VALUE_INVALID, where="reason", hint=hint)
    return said.reason


def _number(text: str) -> UUID:
    number = from_code(text)
    if number is None:
        raise Refusal(RefusalCode.PREAUTH_UNKNOWN, where="preauth")
    return number


async def show_own(pool: db.Pool, request: Request, person: Person) -> Response:
    """Show the prises en charge asked for oneself: by whom, for what, what is held, until when.

    Raises Refusal: ``busy``: too many open their space at once.
    """
    today = civil_day(request.now)
    async with db.statement(pool) as tx:
        await open_space(tx, person.session_id, request.now)
        own = await sql.own(tx, person.session_id)
    states = [state_of(one, today) for one in own]
    named = load_nomenclature().named
    return json_answer(
        {
            "preauths": [
                {
                    "establishment": one.establishment_id,
                    "preauth": to_code(one.preauth_id),
                    "name": one.name,
                    "profession": one.profession,
                    "state": state,
                    "french": STANDINGS[state].french,
                    "asked_at": one.asked_at,
                    "valid_until": one.valid_until,
                    "invoice_until": one.invoice_until,
                    "acts": [named(act) for act in one.acts],
                    "expense_cents": one.expense_cents,
                    "amo_cents": one.amo_cents,
                    "amc_cents": one.amc_cents,
                }
                for one, state in zip(own, states, strict=True)
            ]
        }
    )


async def contest_own(pool: db.Pool, request: Request, person: Person) -> Response:
    """Cancel a prise en charge that one never asked for; what it held is given back.

    Raises Refusal: ``preauth-unknown``: not one's own, used, or ended.
    """
    which = read_json(request, _read_which, root="preauth")
    async with db.transaction(pool) as tx:
        if not await sql.contest(
            tx, person.session_id, which.establishment, _number(which.preauth)
        ):
            raise Refusal(RefusalCode.PREAUTH_UNKNOWN, where="preauth")
    return json_answer({})


# Called with the portal's pool.
ROUTES: Final = (
    Route("GET", "/portal/preauths", Scope.PREAUTH_READ, show_waiting),
    Route(
        "POST",
        "/portal/preauths/answer",
        Scope.PREAUTH_ANSWER,
        answer_waiting,
        fresh=True,
        body=_Answer,
    ),
    Route("GET", "/portal/preauths/own", Scope.ACCESSES_READ, show_own),
    Route(
        "POST",
        "/portal/preauths/contest",
        Scope.ACCESSES_READ,
        contest_own,
        fresh=True,
        body=_Which,
    ),
)
