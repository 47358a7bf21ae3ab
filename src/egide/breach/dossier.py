"""All that is known of an incident at an instant."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from egide import db
from egide.accesslog.victims import Exposure
from egide.breach import sql
from egide.breach.duties import Act, Clock, clocks, standing
from egide.breach.sql import Count, Incident, Reckoning, Total
from egide.core.refusal import Refusal, RefusalCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """All that the documents of an incident are made of."""

    incident: Incident
    reckonings: Sequence[Reckoning]
    counts: Sequence[Count]
    totals: Sequence[Total]
    clocks: Sequence[Clock]
    acts: Sequence[Act]
    made_at: datetime

    @property
    def last(self) -> Reckoning:
        """Return the reckoning that stands."""
        return self.reckonings[-1]

    @property
    def standing(self) -> dict[tuple[str, str], Act]:
        """Return what stands of what was noted, by controller and act."""
        return standing(self.acts)

    @property
    def until(self) -> datetime:
        """Return the end of the window, as far as it was reckoned: nothing is told of an hour to come."""
        return min(self.incident.until, self.last.reckoned_at)

    def of(self, amc: str) -> list[Count]:
        """Return what was seen of an insurer's members."""
        return [one for one in self.counts if one.amc_number == amc]


async def one_incident(tx: db.Tx, number: UUID) -> Incident:
    """Return an incident; Refusal ``value-invalid`` for a number that none has."""
    found = await sql.incidents(tx, number)
    if not found:
        hint = "Aucun incident de ce numéro : ./egide incident list."
        raise Refusal(RefusalCode.VALUE_INVALID, where="NUMBER", hint=hint)
    return found[0]


async def every_incident(tx: db.Tx) -> list[Incident]:
    """Return every incident, the oldest first."""
    return await sql.incidents(tx)


async def read_dossier(tx: db.Tx, number: UUID, now: datetime) -> Dossier:
    """Return all that is known of an incident; Refusal ``value-invalid`` for a number that none has."""
    found = await one_incident(tx, number)
    totals, acts = await sql.totals(tx, number), await sql.acts(tx, number)
    return Dossier(
        incident=found,
        reckonings=await sql.reckonings(tx, number),
        counts=await sql.counts(tx, number),
        totals=totals,
        clocks=clocks(found.aware_at, [one.amc_number for one in totals], acts, now),
        acts=acts,
        made_at=now,
    )


def exposures_of(tx: db.Tx, number: UUID, insurer_id: UUID) -> AsyncIterator[Exposure]:
    """Yield what an incident taught of an insurer's members, person by person."""
    return sql.exposures_of(tx, number, insurer_id)


async def close_incident(tx: db.Tx, number: UUID, now: datetime, by: str) -> bool:
    """Close an incident; False if it was closed."""
    return await sql.close(tx, number, now, by)
