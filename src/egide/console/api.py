"""The route of the operator's console: what has happened, what is contained, what is owed and late."""

from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

import msgspec

from egide import db
from egide.access import Scope
from egide.accesslog.facts import MEANS
from egide.breach import Act, Clock, State, clocks, seen_in, unseen_in
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
        objections = await sql.objections(tx, person.session_id)
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
            "objections": [asdict(one) for one in objections],
            "segments": [
                {**one, "said": names.get(one["value"], one["value"])} for one in segments
            ],
            "incidents": [_incident(one, request.now) for one in incidents],
        }
    )


async def show_told(pool: db.Pool, request: Request, person: Person) -> Response:
    """Show an insurer's person the incidents that its insurer was told of: how many members, and its own clocks."""
    async with db.statement(pool) as tx:
        found = await sql.of_insurer(tx, person.session_id)
    return json_answer({"incidents": [_told(one, request.now) for one in found]})


def _told(one: sql.InsurerIncident, now: datetime) -> dict[str, Any]:
    acts = msgspec.convert(one.acts, list[Act])
    owed = clocks(one.aware_at, [one.amc_number], acts, now)
    purposes = {str(row["purpose"]) for row in one.seen}
    return {
        "incident": to_code(one.incident_id),
        "aware_at": one.aware_at,
        "what": one.hypothesis,
        "since": one.since,
        "until": min(one.until, one.reckoned_at),
        "goes_on": one.reckoned_at < one.until,
        "reckoned_at": one.reckoned_at,
        "closed_at": one.closed_at,
        "persons": one.persons,
        "seen": seen_in(purposes) or "rien",
        "unseen": unseen_in(purposes),
        "clocks": [
            _clock(clock, {one.amc_number: "vous"})
            for clock in owed
            if clock.controller == one.amc_number
        ],
    }


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
ROUTES: Final = (
    Route("GET", "/portal/console", Scope.SEGMENTS_READ, show_console),
    Route("GET", "/portal/incidents/told", Scope.STATEMENTS_READ, show_told),
)
