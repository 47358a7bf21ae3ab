"""The exact persons that an actor learned something about, in a window of time, from the log alone."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Self, cast, get_args
from uuid import UUID

from egide import db
from egide.accesslog import sql
from egide.accesslog.sql import InsurerKey, insurers, set_insurer_key
from egide.core.ids import EstablishmentId
from egide.core.refusal import Refusal, RefusalCode

__all__ = [
    "Actor",
    "ActorKind",
    "Condition",
    "Exposure",
    "InsurerKey",
    "conditions_of",
    "exposures",
    "insurers",
    "set_insurer_key",
    "stream_exposures",
]

ActorKind = Literal["establishment", "key", "software", "vendor", "account"]
# What each purpose shows of a person: the columns of its answers, never an identity.
FIELDS: Final = {
    "rights": "cover",
    "claim": "cover, birth year, price",
    "preauth": "cover, birth year, price",
    "quote": "cover, birth year, price",
    "support": "invoice, masked",
    "reread": "cover or invoice, again",
    "export": "invoice, price",
    "own": "cover, invoices, prices",
}
_BATCH: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """What an actor learned of one person, by ground and purpose; the person is a pseudonym."""

    person_id: UUID
    insurer_id: UUID
    basis: str
    purpose: str
    answers: int
    first_at: datetime
    last_at: datetime

    @property
    def fields(self) -> str:
        """Return what was shown of it."""
        return FIELDS[self.purpose]


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who learned: an establishment, a key, a build, a vendor's every build, or an account of the operator's.

    Args:
        number: of an establishment, a build or an account.
        name: thumbprint of a key, or a vendor's name.
    """

    kind: ActorKind
    number: UUID | None = None
    name: str = ""

    @property
    def text(self) -> str:
        """Return it as ``parse`` reads it."""
        return f"{self.kind}:{self.name or self.number}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the actor of ``KIND:VALUE``; Refusal ``value-invalid``."""
        kind, _, value = text.partition(":")
        if kind not in get_args(ActorKind) or not value:
            hint = (
                "establishment:UUID, key:EMPREINTE, software:UUID, vendor:NOM ou account:UUID."
            )
            raise Refusal(RefusalCode.VALUE_INVALID, where="--actor", hint=hint)
        if kind in {"key", "vendor"}:
            return cls(kind=cast("ActorKind", kind), name=value)
        try:
            return cls(kind=cast("ActorKind", kind), number=UUID(value))
        except ValueError:
            raise Refusal(RefusalCode.VALUE_INVALID, where="--actor") from None


@dataclass(frozen=True, slots=True)
class Condition:
    """Whose answers are an actor's: an establishment's, by one key or one build where they are given."""

    establishment: UUID
    key: str | None
    build: UUID | None


async def conditions_of(tx: db.Tx, actor: Actor) -> list[Condition]:
    """Return by what an actor's answers are known in the log; nothing of one that never was. Owner only."""
    named = (actor.kind, actor.number, actor.name)
    if actor.kind == "establishment" and not await sql.is_establishment(tx, actor.number):
        return []
    key = actor.name if actor.kind == "key" else None
    is_build = actor.kind in {"software", "vendor"}
    builds: Sequence[UUID | None] = await sql.builds_of(tx, *named) if is_build else [None]
    establishments = await sql.establishments_of(tx, *named)
    return [Condition(one, key, build) for one in establishments for build in builds]


async def stream_exposures(
    tx: db.Tx, actor: Actor, *, since: datetime, until: datetime
) -> AsyncGenerator[Exposure]:
    """Yield every person exposed to an actor from ``since`` to ``until``, excluded, by insurer.

    Needs the owner's login: the application cannot read the log back. Cost: one range of an index for each
    establishment; memory does not grow with the persons.
    """
    named = (actor.kind, actor.number, actor.name)
    is_build = actor.kind in {"software", "vendor"}
    asked = sql.Asked(
        establishments=await sql.establishments_of(tx, *named),
        since=since,
        until=until,
        key=actor.name if actor.kind == "key" else None,
        builds=await sql.builds_of(tx, *named) if is_build else None,
    )
    async for one in sql.stream_shown(tx, asked, size=_BATCH):
        yield Exposure(
            person_id=one.person_id,
            insurer_id=one.insurer_id,
            basis=one.basis,
            purpose=one.purpose,
            answers=one.answers,
            first_at=one.first_at,
            last_at=one.last_at,
        )


async def exposures(
    tx: db.Tx, establishment_id: EstablishmentId, *, since: datetime, until: datetime
) -> list[Exposure]:
    """Return every person exposed to an establishment. Owner only."""
    actor = Actor(kind="establishment", number=establishment_id)
    return [one async for one in stream_exposures(tx, actor, since=since, until=until)]
