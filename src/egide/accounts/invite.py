"""Invite a person: an account of a role, and a code on paper that lets it enrol a first passkey, once."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from egide import db
from egide.access import Role
from egide.accounts import sql
from egide.core.ids import uuid7
from egide.identity import give_code, let_nothing_in
from egide.vault import Sealer


@dataclass(frozen=True, slots=True)
class Invited:
    """An account and the code to hand over; the code is not kept and cannot be shown again."""

    account_id: UUID
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """Who is invited.

    Args:
        label: the name by which the person knows its own account; sealed.
    """

    role: Role
    label: str
    establishment_id: UUID | None = None
    insurer_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountsReader:
    """Reads the names that establishments gave to their people's accounts."""

    pool: db.Pool
    sealer: Sealer

    def label(self, account_id: UUID | None, sealed: bytes | None) -> str:
        """Return who did something, by the name its own establishment gave it; empty for the operator."""
        if account_id is None or sealed is None:
            return ""
        return self.sealer.unpack(sealed, label_owner(account_id)).decode()


def label_owner(account_id: UUID) -> bytes:
    """Return what the label of an account is sealed for: nothing else sealed opens as a label."""
    return b"label\0" + account_id.bytes


async def invite(
    tx: db.Tx, invitation: Invitation, *, sealer: Sealer, now: datetime
) -> Invited:
    """Open an account and return the code of its first passkey: 128 random bits, good for seven days."""
    account_id = uuid7(now)
    label = sealer.pack(invitation.label.encode(), label_owner(account_id))
    account = sql.NewAccount(
        account_id=account_id,
        role=invitation.role.value,
        establishment_id=invitation.establishment_id,
        insurer_id=invitation.insurer_id,
        label_sealed=label,
        created_at=now,
    )
    await sql.insert_account(tx, account)
    return Invited(account_id, await give_code(tx, account_id, now))


async def invite_again(tx: db.Tx, account_id: UUID, now: datetime) -> str | None:
    """Return a new code for an account that lost its passkeys; who asks has proved who it is elsewhere.

    Its codes, its passkeys and its sessions are worth nothing from then on: who found them may use them.
    None if there is no such open account.
    """
    if not await sql.open_account(tx, account_id):
        return None
    await let_nothing_in(tx, account_id, now, "lost")
    return await give_code(tx, account_id, now)


async def close(tx: db.Tx, account_id: UUID, now: datetime) -> bool:
    """Close an account for good, with all that lets it in; False if there is none such open."""
    if not await sql.close_account(tx, account_id, now):
        return False
    await let_nothing_in(tx, account_id, now, "closed")
    return True
