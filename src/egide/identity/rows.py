"""What the statements on accounts' ways in return, named."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """An account that a code lets in."""

    account_id: UUID
    label_sealed: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A challenge that was given, taken back."""

    thumbprint: str
    account_id: UUID | None
    code_hash: bytes | None
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedPasskey:
    """A live passkey, locked."""

    account_id: UUID
    public_key: bytes
    sign_count: int
    used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPasskey:
    """A live passkey of an account."""

    credential_id: bytes
    name: str
    enrolled_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """An open session with its account."""

    session_id: UUID
    account_id: UUID
    thumbprint: str
    seen_at: datetime
    reauthenticated_at: datetime
    ends_at: datetime
    device_from: datetime | None
    role: str
    establishment_id: UUID | None
    insurer_id: UUID | None
    label_sealed: bytes
    is_admitted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """The machine's key of an open session."""

    account_id: UUID
    device_jwk: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedSession:
    """An open session, as its account reads it."""

    session_id: UUID
    device: str
    opened_at: datetime
    seen_at: datetime
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A browser that left to be identified, and is back."""

    peer: str
    thumbprint: str
    nonce: str
    verifier: str
    expires_at: datetime
