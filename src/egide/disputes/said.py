"""What a dispute says to who reads it: where it stands, who acts by when, what was answered, and the reckoning."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from egide.adjudication.controls import CONTROLS, Control
from egide.core.ids import to_code
from egide.core.period import civil_day
from egide.core.refusal import Actor
from egide.disputes import sql
from egide.disputes.dispute import REASONS, STANDINGS, Dated, act_by, state_on
from egide.edge import fhir


def standing(one: Dated, today: date) -> dict[str, Any]:
    """Return where a dispute stands on a day, who must act, by when, and what to do."""
    state = state_on(one, today)
    said = STANDINGS[state]
    by = act_by(one, state)
    return {
        "state": state.value,
        "french": f"{said.french}.",
        "who_must_act": said.actor.value,
        "by": by,
        "is_late": said.actor is Actor.AMC and by is not None and today > by,
        "remedy": said.remedy,
    }


def of_establishment(
    one: sql.Kept, answers: Sequence[sql.Answered], today: date
) -> dict[str, Any]:
    """Return a dispute as its establishment sees it, without the reckoning."""
    return {
        "dispute": to_code(one.dispute_id),
        "invoice": one.invoice,
        "claim": to_code(one.claim_id),
        "ground": one.ground,
        "line": one.line,
        "expected_cents": one.expected_cents,
        "control": one.control,
        "opened_on": civil_day(one.opened_at),
        **standing(one, today),
        "answers": [
            {
                "reading": answer.reading,
                "answered_on": civil_day(answer.answered_at),
                "upheld": answer.is_upheld,
                "reason": answer.reason,
                "french": REASONS[answer.reason].french,
            }
            for answer in answers
        ],
    }


def of_insurer(one: sql.Waiting, today: date, acts: Sequence[str]) -> dict[str, Any]:
    """Return a dispute as the desk of its insurer sees it, with what was decided and why."""
    return {
        "dispute": to_code(one.dispute_id),
        "finess": one.finess,
        "name": one.name,
        "invoice": one.invoice,
        "plan": one.plan_code,
        "received_on": civil_day(one.received_at),
        "opened_on": civil_day(one.opened_at),
        "ground": one.ground,
        "line": one.line,
        "expected_cents": one.expected_cents,
        "control": one.control,
        "why": CONTROLS[Control(one.control)].french if one.control else None,
        "expense_cents": one.expense_cents,
        "amo_cents": one.amo_cents,
        "amc_cents": one.amc_cents,
        "acts": acts,
        "reckoning": reckoning(one.response),
        "needs_another_person": one.is_read,
        **standing(one, today),
    }


def reckoning(response: bytes) -> list[dict[str, Any]]:
    """Return why an invoice was decided as it was: the sentences of each line, or of what rejected it (line None)."""
    answer: Mapping[str, Any] = fhir.decode(response)
    lines = [
        {
            "line": item["itemSequence"],
            "said": [
                step["reason"]["text"] for step in item["adjudication"] if "reason" in step
            ],
        }
        for item in answer.get("item", [])
    ]
    faults = [
        {"line": fault.get("itemSequence"), "said": [fault["code"]["text"]]}
        for fault in answer.get("error", [])
    ]
    return lines + faults
