"""Open an incident, reckon whom it exposed, note what was done, close it. Under the owner's login.

A reckoning is from the access log alone: the exact persons, what the log was then, what changed since the one before.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from egide import db
from egide.accesslog import api as log
from egide.accesslog import tree
from egide.accesslog.victims import Actor, Condition, conditions_of
from egide.breach import sql
from egide.breach.duties import OURSELVES, Act, decisions, known_acts
from egide.core.refusal import Refusal, RefusalCode


async def open_incident(tx: db.Tx, incident: sql.Incident, actors: Sequence[Actor]) -> None:
    """Open an incident and reckon whom it exposed.

    Raises Refusal: ``value-invalid`` for a window to come, or an actor that never was.
    """
    _check_window(incident.since, incident.until, incident.opened_at)
    await sql.add(tx, incident)
    await reckon(tx, incident, actors, incident.opened_at)


async def recount(
    tx: db.Tx, incident: sql.Incident, actors: Sequence[Actor], now: datetime
) -> None:
    """Reckon again, the window and the actors corrected; Refusal ``value-invalid`` where it is closed."""
    _check_window(incident.since, incident.until, now)
    values = (incident.since, incident.until, incident.actors)
    if not await sql.change(tx, incident.incident_id, *values):
        raise _refused("--incident", "Cet incident est clos : en ouvrir un autre.")
    await reckon(tx, incident, actors, now)


async def reckon(
    tx: db.Tx, incident: sql.Incident, actors: Sequence[Actor], now: datetime
) -> None:
    """Keep the exact persons whom actors learned something of in the window, and what the log was."""
    number = incident.incident_id
    before = await sql.persons_before(tx, number)
    conditions = [one for actor in actors for one in await _conditions(tx, actor)]
    await sql.expose(tx, number, conditions, incident.since, incident.until)
    digest, persons, answers = hashlib.sha256(), 0, 0
    after: set[UUID] = set()
    async for one in sql.exposed(tx, number):
        digest.update(one.insurer_id.bytes + one.person_id.bytes)
        answers += one.answers
        after.add(one.person_id)
    persons = len(after)
    note = await log.checkpoint(tx) or ""
    size = tree.read_note(note)[0].size if note else 0
    changed = (len(after - before), len(before - after))
    await sql.add_reckoning(
        tx, number, now, size, note, persons, answers, *changed, digest.digest()
    )


async def _conditions(tx: db.Tx, actor: Actor) -> list[Condition]:
    found = await conditions_of(tx, actor)
    if not found:
        raise _refused(
            "--actor", f"Personne de ce nom : {actor.kind}:{actor.number or actor.name}."
        )
    return found


async def note_act(tx: db.Tx, incident_id: UUID, act: Act, now: datetime) -> None:
    """Note that a duty was done, or what was decided, with who and by what it is proved.

    Raises Refusal: ``value-invalid``: another word or controller, an instant to come, or the contrary decided.
    """
    if act.act not in known_acts():
        raise _refused("ACTE", f"Attendu : {', '.join(sorted(known_acts()))}.")
    named = {one.amc_number for one in await sql.totals(tx, incident_id)}
    if act.controller not in {OURSELVES, *named}:
        raise _refused(
            "--for",
            f"Attendu : {OURSELVES}, ou l'AMC d'une victime : {', '.join(sorted(named))}.",
        )
    if act.done_at > now:
        raise _refused("--at", "Cet instant est à venir.")
    contrary = act.act.removeprefix("not-") if act.act.startswith("not-") else f"not-{act.act}"
    known = {(one.controller, one.act) for one in await sql.acts(tx, incident_id)}
    if act.act in decisions() and (act.controller, contrary) in known:
        raise _refused(
            "ACTE",
            f"Le contraire est décidé : {contrary}. Une décision ne se reprend pas en silence.",
        )
    if not await sql.add_act(tx, incident_id, act, now):
        raise _refused("ACTE", "C'est déjà noté ; la première fois fait foi.")


def _check_window(since: datetime, until: datetime, now: datetime) -> None:
    if since >= until:
        raise _refused("--from", "La fenêtre finit avant de commencer.")
    if since > now:
        raise _refused("--from", "La fenêtre est à venir.")


def _refused(where: str, hint: str) -> Refusal:
    return Refusal(RefusalCode.VALUE_INVALID, where=where, hint=hint)
