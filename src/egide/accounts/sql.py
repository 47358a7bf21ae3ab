"""Every statement on accounts: invited, vouched for by another organisation, recovered, closed."""

from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from egide import db

_LISTED: Final = """
select p.establishment_id, e.siret, e.finess
  from professional p
  join establishment e using (establishment_id)
 where p.rpps = $1
"""
_ACCOUNT_OF: Final = "select account_id from account where rpps = $1 and closed_at is null"
_ENROL_PROFESSIONAL: Final = "select enrol_professional($1, $2, $3, $4) as account_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The establishment that the directory has a professional at."""

    establishment_id: UUID
    siret: str
    finess: str


async def listed(tx: db.Tx, rpps: str) -> Listed | None:
    """Return the establishment that the directory has a professional at, None if it has none."""
    return await db.read_one(tx, Listed, _LISTED, rpps)


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


_ACTIVATE: Final = "select activate_insured($1, $2, $3) as account_id"
_ENROL_INSURED: Final = "select enrol_insured($1, $2, $3, $4) as account_id"
_INSURER_NAMES: Final = """
select a.amc, i.name
  from unnest($1::text[]) a (amc)
  join insurer i on i.insurer_id = insurer_numbered(a.amc)
 order by i.name
"""
_ONLY_FOR: Final = """
select keyed_as, set_config('egide.insurers', insurer_id::text, true)
  from insurer
 where insurer_id = insurer_numbered($1)
"""
_KEYED: Final = "select keyed_as from insurer where insurer_id = insurer_numbered($1)"
_ISSUE: Final = """
insert into gate.activation (address, person_id, issued_at, expires_at)
select t.address, t.person_id, $3, $4
  from unnest($1::uuid[], $2::uuid[]) as t (person_id, address)
  join gate.person p using (person_id)
    on conflict (person_id) do update
   set address = excluded.address, issued_at = excluded.issued_at, expires_at = excluded.expires_at
returning person_id
"""


async def activate_insured(
    tx: db.Tx, address: UUID, account_id: UUID, label_sealed: bytes
) -> UUID | None:
    """Return the account of whom a code names, opened as ``account_id`` if there is none."""
    row = await db.first(tx, _ACTIVATE, address, account_id, label_sealed)
    return None if row is None else row["account_id"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InsurerName:
    """An insurer by its number."""

    amc: str
    name: str


async def insurer_names(tx: db.Tx, amcs: tuple[str, ...]) -> list[InsurerName]:
    """Return the number and the name of the insurers of these numbers that the directory has."""
    return await db.read(tx, InsurerName, _INSURER_NAMES, list(amcs)) if amcs else []


async def enrol_insured(
    tx: db.Tx, amc: str, person: UUID, account_id: UUID, label_sealed: bytes
) -> UUID | None:
    """Return the account of a person of an insurer, opened as ``account_id`` if it never had one.

    None if the insurer has no such person, or if its account was closed.
    """
    row = await db.first(tx, _ENROL_INSURED, amc, person, account_id, label_sealed)
    return None if row is None else row["account_id"]


async def only_for(tx: db.Tx, amc: str) -> str | None:
    """Let the rest of a transaction see the persons of one insurer, and no other.

    Returns what ``keyed_as`` does.
    """
    row = await db.first(tx, _ONLY_FOR, amc)
    return None if row is None else row["keyed_as"]


async def keyed_as(tx: db.Tx, amc: str) -> str | None:
    """Return the number that the pseudonyms of an insurer's persons are made of; None if it is unknown."""
    row = await db.first(tx, _KEYED, amc)
    return None if row is None else row["keyed_as"]


async def issue_activations(
    tx: db.Tx, persons: list[UUID], addresses: list[UUID], now: datetime, until: datetime
) -> set[UUID]:
    """Give each person a code by its address, in place of any other; return who is known."""
    rows = await db.many(tx, _ISSUE, persons, addresses, now, until)
    return {row["person_id"] for row in rows}


_ACCOUNT: Final = """
insert into account (account_id, role, establishment_id, insurer_id, label_sealed, created_at)
values ($1, $2, $3, $4, $5, $6)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """An account of a role in an establishment, at an insurer, or of the operator's."""

    account_id: UUID
    role: str
    establishment_id: UUID | None
    insurer_id: UUID | None
    label_sealed: bytes
    created_at: datetime


async def insert_account(tx: db.Tx, account: NewAccount) -> None:
    """Add an account."""
    await db.run(tx, _ACCOUNT, *astuple(account), changes=1)


_CLOSE_ACCOUNT: Final = """
update account set closed_at = $2 where account_id = $1 and closed_at is null
"""


async def close_account(tx: db.Tx, account_id: UUID, now: datetime) -> bool:
    """Close an account for good; False if there is none such open. Owner only."""
    return await db.run(tx, _CLOSE_ACCOUNT, account_id, now) == 1


_CLOSE_DORMANT: Final = "select close_dormant_accounts() as closed"


async def close_dormant(tx: db.Tx) -> int:
    """Close the accounts that nobody has used for 180 days, a thousand at most; return how many."""
    row = await db.first(tx, _CLOSE_DORMANT)
    return 0 if row is None else int(row["closed"])


_ROLE: Final = "select role from account where account_id = $1 and closed_at is null"


async def open_account(tx: db.Tx, account_id: UUID) -> bool:
    """Tell whether an account is open."""
    return await db.first(tx, _ROLE, account_id) is not None


_OWN_RECOVERY: Final = "select change, asked_at, in_force_at from own_recovery($1, $2)"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRecovery:
    """A recovery of one's own account that is under way."""

    change: UUID
    asked_at: datetime
    in_force_at: datetime


async def own_recovery(tx: db.Tx, session_id: UUID, *, stop: bool) -> OwnRecovery | None:
    """Return the recovery of a session's own account that is under way, stopped if that is asked."""
    return await db.read_one(tx, OwnRecovery, _OWN_RECOVERY, session_id, stop)


_ENROL_APPLICANT: Final = "select enrol_applicant($1, $2, $3, $4::text[][], $5) as account_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicant:
    """A professional, and the places where it practises on its own account.

    Args:
        account_id: of the account to open.
    """

    account_id: UUID
    rpps: str
    profession: str
    sirets: list[str]
    finess: list[str]
    label_sealed: bytes


async def enrol_applicant(tx: db.Tx, applicant: Applicant) -> UUID | None:
    """Return the account of who may apply, opened if there is none; None where there is nothing to apply for."""
    places = (applicant.sirets, applicant.finess)
    longest = max(map(len, places))
    even = [one + [""] * (longest - len(one)) for one in places]
    row = await db.first(
        tx,
        _ENROL_APPLICANT,
        applicant.account_id,
        applicant.rpps,
        applicant.profession,
        even,
        applicant.label_sealed,
    )
    return None if row is None else row["account_id"]


_ASK_OWN_RECOVERY: Final = """
insert into establishment_change (change_id, kind, establishment_id, subject, sealed, shown, address, asked_by,
                                  asked_at)
select $1, 'recovery', establishment_id, account_id, '', '', account_id, account_id, now()
  from account
 where account_id = $2 and closed_at is null and role <> 'insured' and (rpps is not null or establishment_id is null)
    on conflict do nothing
"""


async def ask_own_recovery(tx: db.Tx, change_id: UUID, account_id: UUID) -> None:
    """Ask for the recovery of an account, for itself; nothing if one is under way, or if nobody could approve it."""
    await db.run(tx, _ASK_OWN_RECOVERY, change_id, account_id)
