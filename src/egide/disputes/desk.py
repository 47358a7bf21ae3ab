"""Disputes on the portal: an insurer's desk reads those that wait for it, and answers."""

from datetime import date
from typing import Final

import msgspec

from egide import db
from egide.access import Scope
from egide.core.ids import from_code
from egide.core.period import civil_day
from egide.core.refusal import Refusal, RefusalCode
from egide.core.working_days import working_days_after
from egide.disputes import said, sql
from egide.disputes.dispute import ANSWER_DAYS, REASONS, WAIVABLE
from egide.edge.http import Request, Response, json_answer, read_json
from egide.edge.route import Route
from egide.identity import Person
from egide.nomenclature import load_nomenclature


class _Answer(msgspec.Struct, forbid_unknown_fields=True):
    """What an insurer's person says; the reason says whether it upholds."""

    dispute: str
    reason: str


_read_answer: Final = msgspec.json.Decoder(_Answer)
_WAIVES: Final = "control-waived"


async def show_waiting(pool: db.Pool, request: Request, person: Person) -> Response:
    """Show the disputes that wait for the person's insurer, those due first, with the reasons to answer by."""
    today = civil_day(request.now)
    async with db.statement(pool) as tx:
        waiting = await sql.waiting(tx, person.session_id)
    named = load_nomenclature().named
    return json_answer(
        {
            "disputes": [
                said.of_insurer(one, today, [named(act) for act in one.acts]) for one in waiting
            ],
            "reasons": {
                code: {"french": reason.french, "upholds": reason.upholds}
                for code, reason in REASONS.items()
            },
        }
    )


async def answer_waiting(pool: db.Pool, request: Request, person: Person) -> Response:
    """Answer a dispute: uphold it, or maintain what was decided.

    Raises Refusal: ``dispute-unknown``: none such waits; ``dispute-closed``: it is for another person of the insurer to
    read; ``value-invalid``.
    """
    answer = read_json(request, _read_answer, root="answer")
    number = from_code(answer.dispute)
    today = civil_day(request.now)
    async with db.transaction(pool) as tx:
        found = [] if number is None else await sql.waiting(tx, person.session_id, number)
        if not found:
            raise Refusal(RefusalCode.DISPUTE_UNKNOWN, where="answer.dispute")
        one = found[0]
        if one.is_read:
            hint = "Vous l'avez lue la première fois : une autre personne de l'assureur répond."
            raise Refusal(RefusalCode.DISPUTE_CLOSED, where="answer.dispute", hint=hint)
        given = _given(one, answer.reason, today)
        if not await sql.answer(tx, person.session_id, one.dispute_id, given):
            raise Refusal(RefusalCode.DISPUTE_UNKNOWN, where="answer.dispute")
    return json_answer({"upheld": given.is_upheld})


def _given(one: sql.Waiting, reason: str, today: date) -> sql.InsurerAnswer:
    if reason not in REASONS:
        hint = f"Attendu : {', '.join(REASONS)}."
        raise Refusal(RefusalCode.VALUE_INVALID, where="answer.reason", hint=hint)
    if reason == _WAIVES and one.control not in WAIVABLE:
        hint = (
            "Ce contrôle ne se lève pas facture par facture : corriger d'abord les droits ou la grille,"
            " puis le dire (rights-corrected, grid-corrected)."
        )
        raise Refusal(RefusalCode.VALUE_INVALID, where="answer.reason", hint=hint)
    raise_by = working_days_after(today, ANSWER_DAYS)
    return sql.InsurerAnswer(
        is_upheld=REASONS[reason].upholds, reason=reason, raise_by=raise_by
    )


# Called with the portal's pool.
ROUTES: Final = (
    Route("GET", "/portal/disputes", Scope.DISPUTES_READ, show_waiting),
    Route(
        "POST",
        "/portal/disputes/answer",
        Scope.DISPUTES_ANSWER,
        answer_waiting,
        fresh=True,
        body=_Answer,
    ),
)
