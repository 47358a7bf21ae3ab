"""What the portal's login may ask of prises en charge: functions that take a session, and no table."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from egide import db
from egide.preauth.answered import InsurerAnswer

_QUEUE: Final = """
select establishment_id, preauth_id, revision, finess, name, plan_code, asked_at, act_by, piece, piece_answer,
       insurer_id, acts, expense_cents, amc_cents, response
  from insurer_preauths($1, $2, $3)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A demand that waits for its insurer's answer."""

    establishment_id: UUID
    preauth_id: UUID
    revision: int
    finess: str
    name: str
    plan_code: str
    asked_at: datetime
    act_by: date | None
    piece: str | None
    piece_answer: str | None
    insurer_id: UUID
    acts: list[str]
    expense_cents: int
    amc_cents: int
    response: bytes


async def waiting(
    tx: db.Tx, session_id: UUID, which: tuple[UUID, UUID] | None = None
) -> list[Waiting]:
    """Return the demands that wait for the insurer of a session, or one of them, establishments in turn."""
    return await db.read(tx, Waiting, _QUEUE, session_id, *(which or (None, None)))


_ANSWER: Final = "select answer_preauth($1, $2, $3, $4, $5, $6, $7, $8, $9) as done"


async def answer(tx: db.Tx, session_id: UUID, one: Waiting, said: InsurerAnswer) -> bool:
    """Answer a demand for the insurer of a session; False if it waits for it no more."""
    row = await db.first(
        tx,
        _ANSWER,
        session_id,
        one.establishment_id,
        one.preauth_id,
        one.revision,
        said.state,
        said.amounts,
        list(said.days),
        [said.piece, said.reason],
        said.response,
    )
    return row is not None and bool(row["done"])


_OWN: Final = """
select establishment_id, preauth_id, name, profession, state, asked_at, act_by, valid_until, invoice_until, acts,
       expense_cents, amo_cents, amc_cents
  from own_preauths($1)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """A prise en charge as its person sees it."""

    establishment_id: UUID
    preauth_id: UUID
    name: str
    profession: str
    state: str
    asked_at: datetime
    act_by: date | None
    valid_until: date | None
    invoice_until: date | None
    acts: list[str]
    expense_cents: int
    amo_cents: int
    amc_cents: int


async def own(tx: db.Tx, session_id: UUID) -> list[Own]:
    """Return the prises en charge asked for the person of a session, the last first."""
    return await db.read(tx, Own, _OWN, session_id)


_CONTEST: Final = "select contest_preauth($1, $2, $3) as done"


async def contest(
    tx: db.Tx, session_id: UUID, establishment_id: UUID, preauth_id: UUID
) -> bool:
    """Cancel what the person of a session never asked for; False if it is not its own, or is used."""
    row = await db.first(tx, _CONTEST, session_id, establishment_id, preauth_id)
    return row is not None and bool(row["done"])
