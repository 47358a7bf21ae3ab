"""Every statement on an establishment's applications, sites, keys and people, and on what two persons change there."""

from dataclasses import astuple, dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from egide import db
from egide.core.refusal import invariant

_APPLY_CHANGES: Final = "select apply_establishment_changes() as changed"
_IN_FORCE: Final = """
select e.name, e.iban_tail, c.shown as contact_shown
  from establishment e
  left join establishment_contact c using (establishment_id)
 where e.establishment_id = $1
"""
_NAMED: Final = "select name, siret from establishment where establishment_id = $1"
_OPEN: Final = """
select c.change_id, c.kind, e.name, c.shown, c.asked_by, a.label_sealed as asked_label, c.asked_at, c.approved_at,
       c.approved_at + interval '72 hours' as in_force_at, c.approved_by, b.label_sealed as approved_label,
       c.subject, s.label_sealed as subject_label
  from establishment_change c
  left join establishment e using (establishment_id)
  join account a on a.account_id = c.asked_by
  left join account b on b.account_id = c.approved_by
  left join account s on s.account_id = c.subject
 where c.cancelled_at is null and c.applied_at is null and ($1::uuid is null or c.establishment_id = $1)
 order by c.kind not in ('iban', 'contact'), c.asked_at desc, c.change_id
 limit 500
"""
_PEOPLE: Final = """
select account_id, label_sealed, role
  from account
 where establishment_id = $1 and closed_at is null
 order by created_at, account_id
 limit 200
"""
_SUBJECT: Final = """
select establishment_id, rpps
  from account
 where account_id = $1 and closed_at is null and role <> 'insured' and ($2::uuid is null or establishment_id = $2)
"""
_ASK: Final = """
insert into establishment_change (change_id, kind, establishment_id, subject, sealed, shown, address, asked_by,
                                  asked_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, now())
    on conflict do nothing
"""
_APPROVE: Final = """
update establishment_change
   set approved_by = $3, code_hash = case when kind = 'recovery' then $5::bytea end
 where change_id = $1 and ($2::uuid is null or establishment_id = $2) and asked_by <> $3 and subject is distinct from $3
   and address = $4 and approved_by is null and cancelled_at is null and applied_at is null
   and not recovered_by_each_other(asked_by, $3)
returning kind
"""
_CANCEL: Final = """
update establishment_change
   set cancelled_by = $3
 where change_id = $1 and ($2::uuid is null or establishment_id = $2)
   and cancelled_at is null and applied_at is null
   and not (kind = 'administrator' and shown <> 'administrator' and subject = $3)
"""


async def apply_changes(tx: db.Tx) -> int:
    """Put in force what was approved 72 hours ago; return how many."""
    row = await db.first(tx, _APPLY_CHANGES)
    return 0 if row is None else int(row["changed"])


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """What of an establishment a change would replace."""

    name: str
    iban_tail: str | None
    contact_shown: str | None


async def in_force(tx: db.Tx, establishment_id: UUID) -> InForce | None:
    """Return the last characters of the account in use, and what the contact in use is known by."""
    return await db.read_one(tx, InForce, _IN_FORCE, establishment_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedEstablishment:
    """An establishment as its letters name it."""

    name: str
    siret: str


async def named_establishment(tx: db.Tx, establishment_id: UUID) -> NamedEstablishment:
    """Return the name and the SIRET of an establishment that is there."""
    rows = await db.read(tx, NamedEstablishment, _NAMED, establishment_id)
    invariant(len(rows) == 1, "an establishment that has accounts is in the directory")
    return rows[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenChange:
    """A change by two persons that is under way."""

    change_id: UUID
    kind: str
    name: str | None
    shown: str
    asked_by: UUID
    asked_label: bytes
    asked_at: datetime
    approved_at: datetime | None
    in_force_at: datetime | None
    approved_by: UUID | None
    approved_label: bytes | None
    subject: UUID | None
    subject_label: bytes | None


async def open_changes(tx: db.Tx, establishment_id: UUID | None) -> list[OpenChange]:
    """Return the changes under way of an establishment, or of all: accounts and contacts first, then the newest."""
    return await db.read(tx, OpenChange, _OPEN, establishment_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An open account of an establishment."""

    account_id: UUID
    label_sealed: bytes
    role: str


async def people_of(tx: db.Tx, establishment_id: UUID) -> list[Member]:
    """Return the open accounts of an establishment."""
    return await db.read(tx, Member, _PEOPLE, establishment_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom a change is about."""

    establishment_id: UUID | None
    rpps: str | None


async def subject(tx: db.Tx, account_id: UUID, establishment_id: UUID | None) -> Subject | None:
    """Return the establishment of an open account, of an establishment or of any; None if there is none such."""
    return await db.read_one(tx, Subject, _SUBJECT, account_id, establishment_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewChange:
    """A change to ask for.

    Args:
        subject: the account it is about.
        address: what is said again to approve it.
    """

    change_id: UUID
    kind: str
    establishment_id: UUID | None
    subject: UUID | None
    sealed: bytes
    shown: str
    address: UUID
    asked_by: UUID


async def ask_change(tx: db.Tx, change: NewChange) -> bool:
    """Ask for a change; False while another such is under way."""
    return await db.run(tx, _ASK, *astuple(change)) == 1


async def approve_change(
    tx: db.Tx, which: tuple[UUID, UUID | None], by: UUID, address: UUID, code: bytes
) -> str | None:
    """Approve a change, of an establishment or of any, to an address; return its kind.

    None if this account may none such.

    Args:
        code: hash of the code that a recovery will let in by.
    """
    row = await db.first(tx, _APPROVE, *which, by, address, code)
    return None if row is None else str(row["kind"])


async def cancel_change(
    tx: db.Tx, change_id: UUID, establishment_id: UUID | None, by: UUID
) -> bool:
    """Stop a change of an establishment, or of any; False if there is none under way."""
    return await db.run(tx, _CANCEL, change_id, establishment_id, by) == 1


_SITES: Final = """
select s.finess, s.siret, s.name, s.category, s.department,
       site_profession(a.profession, s.category) as profession
  from applicant a
 cross join lateral open_sites(a.sirets, a.finess) s
 where a.account_id = $1 and site_profession(a.profession, s.category) is not null
   and a.proved_at > now() - interval '30 days'
"""
_LAST: Final = """
select h.application_id, h.finess, h.payee, h.asked_at, s.signed_at, h.accepted
  from establishment_application h
  left join convention_signature s using (application_id)
 where h.account_id = $1
 order by h.asked_at desc
 limit 1
"""
_WITHDRAW: Final = "select withdraw_unsigned($1)"
_APPLY: Final = """
insert into establishment_application (application_id, account_id, finess, siret, iban_sealed, iban_tail,
                                       contact_sealed, contact_shown, payee, document, asked_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, now())
    on conflict (account_id) where decided_at is null do nothing
"""
_UNSIGNED: Final = """
select h.document
  from establishment_application h
 where h.application_id = $1 and h.account_id = $2 and h.decided_at is null
   and not exists (select from convention_signature s where s.application_id = h.application_id)
"""
_SIGN: Final = """
insert into convention_signature (application_id, credential_id, nonce, client_data, authenticator_data, signature,
                                  signed_at, starts_on, ends_on)
values ($1, $2, $3, $4, $5, $6, now(), $7, $8)
"""
_LOCK_SITE: Final = """
select pg_advisory_xact_lock(hashtextextended('site ' || finess, 0))
  from establishment_application
 where application_id = $1
"""
_DECIDE: Final = "select decide_application($1, $1, $2, $3) as done"
_WAITING: Final = """
select h.application_id as application, h.finess, h.siret, f.name, f.department, f.category, a.profession, h.payee,
       h.asked_at
  from establishment_application h
  join applicant a using (account_id)
  join convention_signature s using (application_id)
  left join finess_site f on f.finess = h.finess
 where h.decided_at is null
 order by h.asked_at, h.application_id
 limit 200
"""
_INVITE: Final = "select invite_to_establishment($1, $2, $3, $4, $5) as done"
_SHUT_OUT: Final = "select shut_out_of_establishment($1, $2) as done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A site that an account may apply for."""

    finess: str
    siret: str
    name: str
    category: str
    department: str
    profession: str


async def sites_of(tx: db.Tx, account_id: UUID) -> list[Site]:
    """Return the sites that an account may apply for, with the profession it would have there."""
    return await db.read(tx, Site, _SITES, account_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """The last application of an account."""

    application_id: UUID
    finess: str
    payee: str
    asked_at: datetime
    signed_at: datetime | None
    accepted: bool | None


async def last_application(tx: db.Tx, account_id: UUID) -> Application | None:
    """Return the last application of an account."""
    return await db.read_one(tx, Application, _LAST, account_id)


async def withdraw_unsigned(tx: db.Tx, account_id: UUID) -> None:
    """Forget an application that was never signed: it is begun anew."""
    await db.first(tx, _WITHDRAW, account_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApplication:
    """An application to be paid: where, to what account, and what is to be signed.

    Args:
        payee: what the bank says of the account's holder.
    """

    application_id: UUID
    account_id: UUID
    finess: str
    siret: str
    iban_sealed: bytes
    iban_tail: str
    contact_sealed: bytes
    contact_shown: str
    payee: str
    document: str


async def apply(tx: db.Tx, application: NewApplication) -> bool:
    """Keep an application; False while another waits for a decision."""
    return await db.run(tx, _APPLY, *astuple(application)) == 1


async def unsigned(tx: db.Tx, application_id: UUID, account_id: UUID) -> str | None:
    """Return the document of an application that its account has still to sign."""
    row = await db.first(tx, _UNSIGNED, application_id, account_id)
    return None if row is None else row["document"]


async def keep_signature(
    tx: db.Tx,
    application_id: UUID,
    kept: tuple[bytes, ...],
    term: tuple[date, date],
) -> None:
    """Keep a signature (credential, nonce, client data, authenticator data, signature) and its term."""
    await db.run(tx, _SIGN, application_id, *kept, *term, changes=1)


async def decide(tx: db.Tx, application_id: UUID, *, by: UUID | None, accept: bool) -> bool:
    """Decide on an application, of itself or by an operator; False if that may not be.

    Those for one site are decided one after another: the second sees that the first has its establishment.
    """
    await db.first(tx, _LOCK_SITE, application_id)
    row = await db.first(tx, _DECIDE, application_id, by, accept)
    return row is not None and bool(row["done"])


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingApplication:
    """A signed application that waits for an operator."""

    application: UUID
    finess: str
    siret: str
    name: str | None
    department: str | None
    category: str | None
    profession: str
    payee: str
    asked_at: datetime


async def waiting(tx: db.Tx) -> list[WaitingApplication]:
    """Return the signed applications that wait for an operator, the oldest first."""
    return await db.read(tx, WaitingApplication, _WAITING)


async def invite_to_establishment(
    tx: db.Tx, session_id: UUID, account_id: UUID, role: str, sealed: tuple[bytes, bytes]
) -> bool:
    """Open an account where a session's administrator is (label, hash of its code); False if it may not."""
    row = await db.first(tx, _INVITE, session_id, account_id, role, *sealed)
    return row is not None and bool(row["done"])


async def shut_out(tx: db.Tx, session_id: UUID, account_id: UUID) -> bool:
    """Close an account of the establishment of a session's administrator; False if it may not."""
    row = await db.first(tx, _SHUT_OUT, session_id, account_id)
    return row is not None and bool(row["done"])
