"""Prises en charge on the portal: an insurer's desk answers those that wait for it; a person sees its own."""

from typing import Final
from uuid import UUID

import msgspec

from egide import db
from egide.access import Scope
from egide.adjudication.asked import REASONS
from egide.core.ids import from_code, to_code
from egide.core.period import civil_day
from egide.core.refusal import Refusal, RefusalCode
from egide.edge.http import Request, Response, json_answer, read_json
from egide.edge.route import Route
from egide.identity import Person
from egide.nomenclature import load_nomenclature
from egide.preauth.answered import InsurersAnswer, answer_of
from egide.preauth.persons import sql
from egide.preauth.pieces import pieces_on
from egide.preauth.response import promised
from egide.preauth.states import STANDINGS, state_of
from egide.rights import open_space


class _Which(msgspec.Struct):
    establishment: UUID
    preauth: str


_read_answer: Final = msgspec.json.Decoder(InsurersAnswer)
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
        answer = await answer_of(tx, found[0], said, today, promised(found[0].response))
        if not await sql.answer(tx, person.session_id, found[0], answer):
            raise Refusal(RefusalCode.PREAUTH_UNKNOWN, where="preauth")
    return json_answer({"state": answer.state})


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
        body=InsurersAnswer,
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
