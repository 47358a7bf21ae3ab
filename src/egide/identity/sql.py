"""Every statement on passkeys, the codes that let make a first one, ceremonies, sessions and logins elsewhere."""

from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from egide import db
from egide.identity.rows import (
    Answered,
    Invited,
    KnownPasskey,
    Left,
    ListedSession,
    LockedPasskey,
    Machine,
    OpenSession,
)

_INVITE: Final = """
insert into invitation (code_hash, account_id, expires_at)
values ($1, $2, $3)
"""


async def insert_invitation(
    tx: db.Tx, code_hash: bytes, account_id: UUID, expires_at: datetime
) -> None:
    """Add a code that lets an account enrol a passkey."""
    await db.run(tx, _INVITE, code_hash, account_id, expires_at, changes=1)


_VOID_CODES: Final = (
    "update invitation set used_at = $2 where account_id = $1 and used_at is null"
)
_VOID_CEREMONIES: Final = "delete from ceremony where account_id = $1"
_REVOKE_ALL: Final = """
update passkey
   set revoked_at = $2, revoked_why = $3
 where account_id = $1 and revoked_at is null
"""


async def let_nothing_in(tx: db.Tx, account_id: UUID, now: datetime, why: str) -> None:
    """Void the codes of an account, revoke its passkeys and close its sessions."""
    await db.run(tx, _VOID_CODES, account_id, now)
    await db.run(tx, _VOID_CEREMONIES, account_id)
    await db.run(tx, _REVOKE_ALL, account_id, now, why)
    await close_sessions(tx, account_id, None, now)


_INVITED: Final = """
select i.account_id, a.label_sealed
  from invitation i
  join account a using (account_id)
 where i.code_hash = $1 and i.used_at is null and i.expires_at > $2 and a.closed_at is null
"""


async def invited(tx: db.Tx, code_hash: bytes, now: datetime) -> Invited | None:
    """Return the account that a code still lets in, None if it lets nobody."""
    return await db.read_one(tx, Invited, _INVITED, code_hash, now)


_USE_INVITATION: Final = """
update invitation set used_at = $2 where code_hash = $1 and used_at is null and expires_at > $2
"""


async def use_invitation(tx: db.Tx, code_hash: bytes, now: datetime) -> bool:
    """Use a code up; False if it was used or is too old."""
    return await db.run(tx, _USE_INVITATION, code_hash, now) == 1


_BEGIN: Final = """
insert into ceremony (challenge_hash, purpose, thumbprint, account_id, code_hash, expires_at)
values ($1, $2, $3, $4, $5, $6)
"""
_ANSWER: Final = """
delete from ceremony
 where challenge_hash = $1 and purpose = $2
returning thumbprint, account_id, code_hash, expires_at
"""
_FORGET: Final = "delete from ceremony where expires_at < $1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """What a browser (by its key's thumbprint) is to sign: for an account, by a code, where they are known."""

    challenge_hash: bytes
    purpose: str
    thumbprint: str
    account_id: UUID | None = None
    code_hash: bytes | None = None
    expires_at: datetime


async def begin(tx: db.Tx, challenge: Challenge) -> None:
    """Note a challenge given out."""
    await db.run(tx, _BEGIN, *astuple(challenge))


async def answer(
    tx: db.Tx, challenge_hash: bytes, purpose: str, thumbprint: str, now: datetime
) -> Answered | None:
    """Take a challenge back, once; None if it was not given to this browser, was answered, or is too old."""
    row = await db.read_one(tx, Answered, _ANSWER, challenge_hash, purpose)
    if row is None or row.expires_at <= now or row.thumbprint != thumbprint:
        return None
    return row


async def forget_ceremonies(tx: db.Tx, now: datetime) -> None:
    """Delete the challenges that nobody answered."""
    await db.run(tx, _FORGET, now)


_ADD_PASSKEY: Final = """
insert into passkey (credential_id, account_id, public_key, sign_count, name, enrolled_at)
values ($1, $2, $3, $4, $5, $6)
    on conflict (credential_id) do nothing
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPasskey:
    """A passkey that was just made, and what its owner calls it."""

    credential_id: bytes
    account_id: UUID
    public_key: bytes
    sign_count: int
    name: str
    enrolled_at: datetime


async def add_passkey(tx: db.Tx, passkey: NewPasskey) -> bool:
    """Add a passkey; False if its identifier is known already."""
    return await db.run(tx, _ADD_PASSKEY, *astuple(passkey)) == 1


_LOCK_PASSKEY: Final = """
select p.account_id, p.public_key, p.sign_count, p.used_at
  from passkey p
  join account a using (account_id)
 where p.credential_id = $1 and p.revoked_at is null and a.closed_at is null
   for update of p
"""
_USED: Final = "update passkey set sign_count = $2, used_at = $3 where credential_id = $1"
_ACCOUNT_USED: Final = "update account set used_at = $2 where account_id = $1"
_REVOKE: Final = """
update passkey
   set revoked_at = $3, revoked_why = $4
 where credential_id = $1 and account_id = $2 and revoked_at is null
"""
_LOCK_ACCOUNT: Final = "select account_id from account where account_id = $1 for update"
_HAD_PASSKEY: Final = "select account_id from passkey where account_id = $1 limit 1"
_PASSKEYS: Final = """
select credential_id, name, enrolled_at, used_at
  from passkey
 where account_id = $1 and revoked_at is null
 order by enrolled_at, credential_id
"""


async def lock_passkey(tx: db.Tx, credential_id: bytes) -> LockedPasskey | None:
    """Return a live passkey of an open account, locked."""
    return await db.read_one(tx, LockedPasskey, _LOCK_PASSKEY, credential_id)


async def passkey_used(
    tx: db.Tx, credential_id: bytes, account_id: UUID, count: int, now: datetime
) -> None:
    """Note that a passkey was used, and its account with it."""
    await db.run(tx, _USED, credential_id, count, now, changes=1)
    await db.run(tx, _ACCOUNT_USED, account_id, now, changes=1)


async def revoke_passkey(
    tx: db.Tx, credential_id: bytes, account_id: UUID, now: datetime, why: str
) -> bool:
    """Revoke a passkey of an account; False if it has none such."""
    return await db.run(tx, _REVOKE, credential_id, account_id, now, why) == 1


async def lock_account(tx: db.Tx, account_id: UUID) -> None:
    """Make whoever else changes the passkeys of an account wait until this transaction ends."""
    await db.first(tx, _LOCK_ACCOUNT, account_id)


async def had_passkey(tx: db.Tx, account_id: UUID) -> bool:
    """Tell whether an account has, or ever had, a passkey."""
    return await db.first(tx, _HAD_PASSKEY, account_id) is not None


async def passkeys(tx: db.Tx, account_id: UUID) -> list[KnownPasskey]:
    """Return the live passkeys of an account."""
    return await db.read(tx, KnownPasskey, _PASSKEYS, account_id)


_OPEN: Final = """
insert into web_session (session_hash, session_id, account_id, thumbprint, device, opened_at, seen_at,
                         reauthenticated_at, ends_at)
values ($1, $2, $3, $4, $5, $6, $6, $6, $7)
"""
_SESSION: Final = """
select s.session_id, s.account_id, s.thumbprint, s.seen_at, s.reauthenticated_at, s.ends_at,
       s.device_from, a.role, a.establishment_id, a.insurer_id, a.label_sealed,
       is_admitted(a.account_id, a.role) as is_admitted
  from web_session s
  join account a using (account_id)
 where s.session_hash = $1 and s.closed_at is null and s.ends_at > $2 and a.closed_at is null
"""
_BIND: Final = """
update web_session
   set device_jwk = $2, device_from = $3
 where session_id = $1 and closed_at is null and device_jwk is null
"""
_DEVICE: Final = """
select s.account_id, s.device_jwk
  from web_session s
  join account a using (account_id)
 where s.session_id = $1 and s.closed_at is null and s.ends_at > $2 and s.seen_at > $3 and a.closed_at is null
   and s.device_jwk is not null
"""
_SEEN: Final = "update web_session set seen_at = $2 where session_id = $1"
_REAUTHENTICATED: Final = """
update web_session set reauthenticated_at = $2 where session_id = $1 and closed_at is null
"""
_SESSIONS: Final = """
select session_id, device, opened_at, seen_at, is_new
  from web_session
 where account_id = $1 and closed_at is null and ends_at > $2
 order by opened_at desc, session_id
 limit 50
"""
_CLOSE: Final = """
update web_session
   set closed_at = $3
 where account_id = $1 and closed_at is null and ($2::uuid is null or session_id = $2)
"""
_CLOSE_OTHERS: Final = """
update web_session
   set closed_at = $3
 where account_id = $1 and closed_at is null and session_id <> $2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSession:
    """A session of a browser: by its key's thumbprint, under what it calls itself."""

    session_hash: bytes
    session_id: UUID
    account_id: UUID
    thumbprint: str
    device: str
    opened_at: datetime
    expires_at: datetime


async def open_session(tx: db.Tx, session: NewSession) -> None:
    """Open a session."""
    await db.run(tx, _OPEN, *astuple(session), changes=1)


async def session(tx: db.Tx, session_hash: bytes, now: datetime) -> OpenSession | None:
    """Return an open session with its account.

    Cost: one probe of each primary key; asked at each call, so that closing one is felt everywhere at once.
    """
    return await db.read_one(tx, OpenSession, _SESSION, session_hash, now)


async def bind_session(tx: db.Tx, session_id: UUID, jwk: str, since: datetime) -> bool:
    """Bind a session to the key of its machine, whose cookie is asked from an instant; False if it has one."""
    return await db.run(tx, _BIND, session_id, jwk, since) == 1


async def bound_session(
    tx: db.Tx, session_id: UUID, now: datetime, seen_since: datetime
) -> Machine | None:
    """Return the account and the machine's key of an open session that has one."""
    return await db.read_one(tx, Machine, _DEVICE, session_id, now, seen_since)


async def session_seen(tx: db.Tx, session_id: UUID, now: datetime) -> None:
    """Note that a session is in use."""
    await db.run(tx, _SEEN, session_id, now)


async def session_reauthenticated(tx: db.Tx, session_id: UUID, now: datetime) -> bool:
    """Note that the passkey was used again in a session."""
    return await db.run(tx, _REAUTHENTICATED, session_id, now) == 1


async def sessions(tx: db.Tx, account_id: UUID, now: datetime) -> list[ListedSession]:
    """Return the open sessions of an account, the newest first."""
    return await db.read(tx, ListedSession, _SESSIONS, account_id, now)


async def close_sessions(
    tx: db.Tx, account_id: UUID, session_id: UUID | None, now: datetime
) -> int:
    """Close one session of an account, or all; return how many."""
    return await db.run(tx, _CLOSE, account_id, session_id, now)


async def close_other_sessions(
    tx: db.Tx, account_id: UUID, session_id: UUID, now: datetime
) -> None:
    """Close every session of an account but one."""
    await db.run(tx, _CLOSE_OTHERS, account_id, session_id, now)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """A browser that leaves for a peer, and what it must bring back."""

    state_hash: bytes
    peer: str
    thumbprint: str
    nonce: str
    verifier: str
    expires_at: datetime


async def leave(tx: db.Tx, leaving: Leaving) -> None:
    """Note a browser that leaves."""
    await db.run(tx, _LEAVE, *astuple(leaving), changes=1)


async def take_back(
    tx: db.Tx, state_hash: bytes, thumbprint: str, now: datetime
) -> Left | None:
    """Take a browser back, once; None if it did not leave, left with another key, or too long ago."""
    row = await db.read_one(tx, Left, _BACK, state_hash)
    if row is None or row.expires_at <= now or row.thumbprint != thumbprint:
        return None
    return row


async def forget_left(tx: db.Tx, now: datetime) -> None:
    """Delete the browsers that never came back."""
    await db.run(tx, _FORGET_LEFT, now)


_FORGET_ACTIVATION: Final = "select forget_activation($1)"


async def forget_activation(tx: db.Tx, account_id: UUID) -> None:
    """Forget the code by which an account came in, now that it has a passkey."""
    await db.first(tx, _FORGET_ACTIVATION, account_id)
