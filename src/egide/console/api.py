"""The route of the operator's console: what has happened, what is contained, what is owed and late."""

from datetime import datetime
from typing import Any, Final

import msgspec

from egide import db
from egide.access import Scope
from egide.accesslog.facts import MEANS
from egide.breach import Act, Clock, State, clocks
from egide.console import sql
from egide.containment import contained_now
from egide.core.ids import to_code
from egide.edge.http import Request, Response, json_answer
from egide.edge.route import Route
from egide.identity import Person

_STATES: Final = {
    State.WAITS: "pas commencé",
    State.RUNS: "court",
    State.LATE: "en retard",
    State.DONE: "fait",
    State.DONE_LATE: "fait en retard",
}


async def show_console(pool: db.Pool, request: Request, person: Person) -> Response:
    """Show an operator or an auditor the facts of the gate, what is contained, and each incident with its clocks."""
    async with db.statement(pool) as tx:
        facts = await sql.facts(tx, person.session_id)
        segments = await contained_now(tx, person.session_id)
        incidents = await sql.incidents(tx, person.session_id)
        names = await sql.names_of(tx, [one["value"] for one in segments])
    return json_answer(
        {
            "facts": [
                {
                    "fact": one.fact_id,
                    "at": one.at,
                    "kind": one.kind,
                    "means": MEANS[one.kind],
                    "establishment": one.establishment_id,
                    "finess": one.finess,
                    "name": one.name,
                    "profession": one.profession,
                    "department": one.department,
                    "is_contained": one.is_contained,
                }
                for one in facts
            ],
            "segments": [
                {**one, "said": names.get(one["value"], one["value"])} for one in segments
            ],
            "incidents": [_incident(one, request.now) for one in incidents],
        }
    )


def _incident(one: sql.Incident, now: datetime) -> dict[str, Any]:
    acts = msgspec.convert(one.acts, list[Act])
    owed = clocks(one.aware_at, one.insurers, acts, now)
    called = dict(zip(one.insurers, one.names, strict=True))
    return {
        "incident": to_code(one.incident_id),
        "opened_at": one.opened_at,
        "opened_by": one.opened_by,
        "aware_at": one.aware_at,
        "what": one.hypothesis,
        "since": one.since,
        "until": one.until,
        "closed_at": one.closed_at,
        "persons": one.persons,
        "answers": one.answers,
        "clocks": [_clock(clock, called) for clock in owed],
    }


def _clock(one: Clock, called: dict[str, str]) -> dict[str, Any]:
    return {
        "code": one.code,
        "for": called.get(one.controller, "Égide"),
        "duty": one.french,
        "state": one.state.value,
        "french": _STATES[one.state],
        "due_at": one.due_at,
        "done_at": one.done_at,
        "source": one.source,
    }


# Called with the portal's pool.
ROUTES: Final = (Route("GET", "/portal/console", Scope.SEGMENTS_READ, show_console),)
