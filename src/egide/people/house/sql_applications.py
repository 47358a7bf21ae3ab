"""Every statement on applications of houses, their sites and signatures, and on the people a house lets in."""

from datetime import date
from typing import Final
from uuid import UUID

from egide import db

_ENROL_APPLICANT: Final = "select enrol_applicant($1, $2, $3, $4::text[][], $5) as account_id"
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
  from house_application h
  left join convention_signature s using (application_id)
 where h.account_id = $1
 order by h.asked_at desc
 limit 1
"""
_WITHDRAW: Final = "select withdraw_unsigned($1)"
_APPLY: Final = """
insert into house_application (application_id, account_id, finess, siret, iban_sealed, iban_tail, contact_sealed,
                               contact_shown, payee, document, asked_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, now())
    on conflict (account_id) where decided_at is null do nothing
"""
_UNSIGNED: Final = """
select h.document
  from house_application h
 where h.application_id = $1 and h.account_id = $2 and h.decided_at is null
   and not exists (select from convention_signature s where s.application_id = h.application_id)
"""
_SIGN: Final = """
insert into convention_signature (application_id, credential_id, nonce, client_data, authenticator_data, signature,
                                  signed_at, starts_on, ends_on)
values ($1, $2, $3, $4, $5, $6, now(), $7, $8)
"""
_LOCK_SITE: Final = """
select pg_advisory_xact_lock(hashtextextended('site ' || finess, 0)) from house_application where application_id = $1
"""
_DECIDE: Final = "select decide_application($1, $1, $2, $3) as done"
_WAITING: Final = """
select h.application_id as application, h.finess, h.siret, f.name, f.department, f.category, a.profession, h.payee,
       h.asked_at
  from house_application h
  join applicant a using (account_id)
  join convention_signature s using (application_id)
  left join finess_site f on f.finess = h.finess
 where h.decided_at is null
 order by h.asked_at, h.application_id
 limit 200
"""
_INVITE: Final = "select invite_to_house($1, $2, $3, $4, $5) as done"
_SHUT_OUT: Final = "select shut_out_of_house($1, $2) as done"


async def enrol_applicant(
    tx: db.Tx,
    account_id: UUID,
    who: tuple[str, str],
    places: tuple[list[str], list[str]],
    label_sealed: bytes,
) -> UUID | None:
    """Return the account of who may apply (RPPS, profession) at some places (SIRET, FINESS), opened if there is none.

    None where there is nothing to apply for.
    """
    longest = max(map(len, places))
    even = [one + [""] * (longest - len(one)) for one in places]
    row = await db.first(tx, _ENROL_APPLICANT, account_id, *who, even, label_sealed)
    return None if row is None else row["account_id"]


async def sites_of(tx: db.Tx, account_id: UUID) -> list[db.Row]:
    """Return the sites that an account may apply for, with the profession it would have there."""
    return await db.many(tx, _SITES, account_id)


async def last_application(tx: db.Tx, account_id: UUID) -> db.Row | None:
    """Return the last application of an account."""
    return await db.first(tx, _LAST, account_id)


async def withdraw_unsigned(tx: db.Tx, account_id: UUID) -> None:
    """Forget an application that was never signed: it is begun anew."""
    await db.first(tx, _WITHDRAW, account_id)


async def apply(
    tx: db.Tx,
    who: tuple[UUID, UUID],
    place: tuple[str, str],
    sealed: tuple[bytes, str, bytes, str],
    said: tuple[str, str],
) -> bool:
    """Keep an application (its number and account, FINESS and SIRET, account and contact, payee and document).

    False while another waits for a decision.
    """
    return await db.run(tx, _APPLY, *who, *place, *sealed, *said) == 1


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

    Those for one site are decided one after another: the second sees that the first has its house.
    """
    await db.first(tx, _LOCK_SITE, application_id)
    row = await db.first(tx, _DECIDE, application_id, by, accept)
    return row is not None and bool(row["done"])


async def waiting(tx: db.Tx) -> list[db.Row]:
    """Return the signed applications that wait for an operator, the oldest first."""
    return await db.many(tx, _WAITING)


async def invite_to_house(
    tx: db.Tx, session_id: UUID, account_id: UUID, role: str, sealed: tuple[bytes, bytes]
) -> bool:
    """Open an account in the house of a session's administrator (label, hash of its code); False if it may not."""
    row = await db.first(tx, _INVITE, session_id, account_id, role, *sealed)
    return row is not None and bool(row["done"])


async def shut_out(tx: db.Tx, session_id: UUID, account_id: UUID) -> bool:
    """Close an account of the house of a session's administrator; False if it may not."""
    row = await db.first(tx, _SHUT_OUT, session_id, account_id)
    return row is not None and bool(row["done"])
