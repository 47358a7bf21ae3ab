"""Open an incident, reckon whom it exposed, note what was done, close it. Under the owner's login.

A reckoning is from the access log alone: the exact persons, what the log was then, what changed since the one before.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from egide import db
from egide.accesslog import api as log
from egide.accesslog import tree
from egide.accesslog.victims import Actor, Condition, conditions_of
from egide.breach import sql
from egide.breach.duties import OURSELVES, Act, decisions, notable
from egide.breach.words import day_of
from egide.core.refusal import Refusal, RefusalCode

_FARTHEST: Final = timedelta(days=31)


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


async def reckon_again(tx: db.Tx, incident: sql.Incident, now: datetime) -> None:
    """Keep the incident as it is, and reckon once more where its window went on after the last reckoning.

    One that is closed stays as it was reckoned.
    """
    await sql.hold(tx, incident.incident_id)
    last = (await sql.reckonings(tx, incident.incident_id))[-1]
    if incident.closed_at is None and last.reckoned_at < incident.until:
        await reckon(tx, incident, [Actor.parse(one) for one in incident.actors], now)


async def reckon(
    tx: db.Tx, incident: sql.Incident, actors: Sequence[Actor], now: datetime
) -> None:
    """Keep the exact persons whom actors learned something of in the window, and what the log was."""
    number = incident.incident_id
    before = await sql.persons_before(tx, number)
    conditions = [one for actor in actors for one in await _conditions(tx, actor)]
    await sql.expose(tx, number, conditions, incident.since, incident.until)
    digest, answers = hashlib.sha256(), 0
    after: set[UUID] = set()
    async for one in sql.exposed(tx, number):
        digest.update(one.insurer_id.bytes + one.person_id.bytes + one.answers.to_bytes(8))
        answers += one.answers
        after.add(one.person_id)
    note = await log.checkpoint(tx) or ""
    size = tree.read_note(note)[0].size if note else 0
    changed = (len(after - before), len(before - after))
    await sql.add_reckoning(
        tx, number, now, size, note, len(after), answers, *changed, digest.digest()
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

    What is noted later stands in place of what was noted before of the same, or of its contrary. Raises Refusal:
    ``value-invalid``: what is not of this controller, no proof, an instant to come or before we knew.
    """
    [incident] = await sql.incidents(tx, incident_id)
    named = {one.amc_number for one in await sql.totals(tx, incident_id)}
    if act.controller not in {OURSELVES, *named}:
        raise _refused(
            "--for",
            f"Attendu : {OURSELVES}, ou l'AMC d'une victime : {', '.join(sorted(named))}.",
        )
    may = notable(act.controller, incident.aware_at)
    if act.act not in may:
        raise _refused("ACTE", f"De {act.controller} se note : {', '.join(sorted(may))}.")
    if not act.proof.strip():
        raise _refused("--proof", "Un numéro, un accusé, le motif d'une décision.")
    if act.done_at > now:
        raise _refused("--at", "Cet instant est à venir.")
    if act.act not in decisions() and act.done_at < incident.aware_at:
        raise _refused("--at", f"Nous l'avons su après : le {day_of(incident.aware_at)}.")
    await sql.add_act(tx, incident_id, act, now)


def _check_window(since: datetime, until: datetime, now: datetime) -> None:
    if since >= until:
        raise _refused("--from", "La fenêtre finit avant de commencer.")
    if since > now:
        raise _refused("--from", "La fenêtre est à venir.")
    if until > now + _FARTHEST:
        raise _refused("--to", "La fenêtre finit dans plus d'un mois.")


def _refused(where: str, hint: str) -> Refusal:
    return Refusal(RefusalCode.VALUE_INVALID, where=where, hint=hint)
