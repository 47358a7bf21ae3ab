"""Every statement on the ways in that are not a passkey: other houses' word, the insured person's code."""

from datetime import datetime
from typing import Final
from uuid import UUID

from egide import db

_LEAVE: Final = """
insert into oidc_login (state_hash, peer, thumbprint, nonce, verifier, expires_at)
values ($1, $2, $3, $4, $5, $6)
"""
_BACK: Final = """
delete from oidc_login
 where state_hash = $1
returning peer, thumbprint, nonce, verifier, expires_at
"""
_FORGET_LEFT: Final = "delete from oidc_login where expires_at < $1"
_LISTED: Final = """
select p.establishment_id, e.siret, e.finess
  from professional p
  join establishment e using (establishment_id)
 where p.rpps = $1
"""
_ACCOUNT_OF: Final = "select account_id from account where rpps = $1 and closed_at is null"
_ENROL_PROFESSIONAL: Final = "select enrol_professional($1, $2, $3, $4) as account_id"


async def leave(
    tx: db.Tx, left: tuple[bytes, str, str, str, str], expires_at: datetime
) -> None:
    """Note a browser that leaves: hash of its state, peer, thumbprint, nonce and verifier of its return."""
    await db.run(tx, _LEAVE, *left, expires_at, changes=1)


async def take_back(
    tx: db.Tx, state_hash: bytes, thumbprint: str, now: datetime
) -> db.Row | None:
    """Take a browser back, once; None if it did not leave, left with another key, or too long ago."""
    row = await db.first(tx, _BACK, state_hash)
    if row is None or row["expires_at"] <= now or row["thumbprint"] != thumbprint:
        return None
    return row


async def listed(tx: db.Tx, rpps: str) -> db.Row | None:
    """Return the establishment that the directory has a professional at, None if it has none."""
    return await db.first(tx, _LISTED, rpps)


async def account_of(tx: db.Tx, rpps: str) -> UUID | None:
    """Return the open account of a professional."""
    row = await db.first(tx, _ACCOUNT_OF, rpps)
    return None if row is None else row["account_id"]


async def enrol_professional(
    tx: db.Tx, account_id: UUID, rpps: str, label_sealed: bytes, now: datetime
) -> bool:
    """Open the account of a professional of the directory; False if it has one open."""
    row = await db.first(tx, _ENROL_PROFESSIONAL, account_id, rpps, label_sealed, now)
    return row is not None and row["account_id"] is not None


async def forget_left(tx: db.Tx, now: datetime) -> None:
    """Delete the browsers that never came back."""
    await db.run(tx, _FORGET_LEFT, now)


_ACTIVATE: Final = "select activate_insured($1, $2, $3) as account_id"
_ENROL_INSURED: Final = "select enrol_insured($1, $2, $3, $4) as account_id"
_INSURER_NAMES: Final = """
select amc_number as amc, name from insurer where amc_number = any($1::text[]) order by name
"""
_ONLY_FOR: Final = """
select set_config('egide.insurers', insurer_id::text, true) from insurer where amc_number = $1
"""
_ISSUE: Final = """
insert into gate.activation (address, person_id, issued_at, expires_at)
select t.address, t.person_id, $3, $4
  from unnest($1::uuid[], $2::uuid[]) as t (person_id, address)
  join gate.person p using (person_id)
    on conflict (person_id) do update
   set address = excluded.address, issued_at = excluded.issued_at, expires_at = excluded.expires_at
returning person_id
"""
_FORGET_ACTIVATION: Final = "select forget_activation($1)"
_ACCESSES: Final = """
select at, entry_id as entry, establishment_id as establishment, name, profession, department, purpose, basis, care_on,
       is_in_tree, is_owed
  from accesses_of($1, $2)
"""
_CONFIRM: Final = "select confirm_presence($1, $2) as done"
_GIVE: Final = "select give_presence($1, $2, $3) as until"


async def activate_insured(
    tx: db.Tx, address: UUID, account_id: UUID, label_sealed: bytes
) -> UUID | None:
    """Return the account of whom a code names, opened as ``account_id`` if there is none."""
    row = await db.first(tx, _ACTIVATE, address, account_id, label_sealed)
    return None if row is None else row["account_id"]


async def insurer_names(tx: db.Tx, amcs: tuple[str, ...]) -> list[db.Row]:
    """Return the number and the name of the insurers of these numbers that the directory has."""
    return await db.many(tx, _INSURER_NAMES, list(amcs)) if amcs else []


async def enrol_insured(
    tx: db.Tx, amc: str, person: UUID, account_id: UUID, label_sealed: bytes
) -> UUID | None:
    """Return the account of a person of an insurer, opened as ``account_id`` if it never had one.

    None if the insurer has no such person, or if its account was closed.
    """
    row = await db.first(tx, _ENROL_INSURED, amc, person, account_id, label_sealed)
    return None if row is None else row["account_id"]


async def only_for(tx: db.Tx, amc: str) -> bool:
    """Let the rest of a transaction see the persons of one insurer, and no other; False if it is unknown."""
    row = await db.first(tx, _ONLY_FOR, amc)
    return row is not None


async def issue_activations(
    tx: db.Tx, persons: list[UUID], addresses: list[UUID], now: datetime, until: datetime
) -> set[UUID]:
    """Give each person a code by its address, in place of any other; return who is known."""
    rows = await db.many(tx, _ISSUE, persons, addresses, now, until)
    return {row["person_id"] for row in rows}


async def forget_activation(tx: db.Tx, account_id: UUID) -> None:
    """Forget the code by which an account came in, now that it has a passkey."""
    await db.first(tx, _FORGET_ACTIVATION, account_id)


async def accesses(tx: db.Tx, session_id: UUID, before: datetime) -> list[db.Row]:
    """Return who learned something about the person of a session, a hundred answers before an instant."""
    return await db.many(tx, _ACCESSES, session_id, before)


async def confirm_presence(tx: db.Tx, session_id: UUID, establishment_id: UUID) -> bool:
    """Explain what an establishment typed of the person of a session; False if it owes nothing."""
    row = await db.first(tx, _CONFIRM, session_id, establishment_id)
    return row is not None and bool(row["done"])


async def give_presence(
    tx: db.Tx, session_id: UUID, finess: str, address: UUID
) -> datetime | None:
    """Let the code of an address open one answer to an establishment; return until when, None if it is unknown."""
    row = await db.first(tx, _GIVE, session_id, finess, address)
    return None if row is None else row["until"]
