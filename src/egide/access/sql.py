"""Every statement on ``caller_key`` and ``assertion_seen``; and on proofs used."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final
from uuid import UUID

from egide import db
from egide.access.caller import Caller
from egide.core.ids import uuid7
from egide.core.refusal import Refusal, RefusalCode

_LIVE_KEY: Final = """
select establishment_id, software_id, jwk
  from caller_key
 where thumbprint = $1 and revoked_at is null
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveKey:
    """A software key in force, and whose it is."""

    establishment_id: UUID
    software_id: UUID
    jwk: dict[str, str]


async def live_key(tx: db.Tx, thumbprint: str) -> LiveKey | None:
    """Return whom a key belongs to, None if it is unknown or revoked."""
    return await db.read_one(tx, LiveKey, _LIVE_KEY, thumbprint)


async def public_jwk(tx: db.Tx, thumbprint: str) -> dict[str, str] | None:
    """Return the public members of an enrolled key, None if it is unknown or revoked."""
    row = await live_key(tx, thumbprint)
    return None if row is None else row.jwk


_VENDOR_KEY: Final = """
select v.jwk
  from vendor_key v
 where v.thumbprint = $1 and v.revoked_at is null
   and ($2::uuid is null
        or exists (select from software s where s.software_id = $2 and s.vendor = v.vendor))
"""
_SAME_VENDOR: Final = """
select exists (select from software a join software b using (vendor)
                where a.software_id = $1 and b.software_id = $2) as same
"""
# A vendor that ever vouched is asked to: taking its only key away opens nothing.
_VOUCHES: Final = """
select exists (select from software s join vendor_key v using (vendor)
                where s.software_id = $1) as vouches
"""
_DECLARE_BUILD: Final = "select declare_build($1, $2, $3, $4) as software_id"


async def vendor_jwk(
    tx: db.Tx, thumbprint: str, software_id: UUID | None
) -> dict[str, str] | None:
    """Return a live key of the vendor of a build, or of any vendor; None if it has none such."""
    row = await db.first(tx, _VENDOR_KEY, thumbprint, software_id)
    return None if row is None else row["jwk"]


async def same_vendor(tx: db.Tx, one: UUID, other: UUID) -> bool:
    """Return whether two builds are of one vendor."""
    row = await db.first(tx, _SAME_VENDOR, one, other)
    return row is not None and bool(row["same"])


async def vendor_vouches(tx: db.Tx, software_id: UUID) -> bool:
    """Return whether a build's vendor has registered a key, and so vouches for each instance."""
    row = await db.first(tx, _VOUCHES, software_id)
    return row is not None and bool(row["vouches"])


async def declare_build(
    tx: db.Tx, software_id: UUID, thumbprint: str, named: tuple[str, str]
) -> UUID | None:
    """Register a build (product, version) of the vendor of a key; return its number, None if the key is unknown."""
    row = await db.first(tx, _DECLARE_BUILD, software_id, thumbprint, *named)
    return None if row is None else row["software_id"]


_REVOKED_SINCE: Final = "select thumbprint from caller_key where revoked_at > $1"


async def revoked_since(tx: db.Tx, since: datetime) -> frozenset[str]:
    """Return the keys revoked after an instant."""
    return frozenset(
        [str(row["thumbprint"]) for row in await db.many(tx, _REVOKED_SINCE, since)]
    )


_USE_PROOF: Final = "select gate.use_proof($1) as fresh"


async def use_proof(tx: db.Tx, proof: UUID) -> bool:
    """Use a proof; False if it has been used before, by any process."""
    row = await db.first(tx, _USE_PROOF, proof)
    return row is not None and bool(row["fresh"])


_IS_OFF: Final = "select gate.is_off($1, $2, $3, $4, $5) as off"


async def is_off(tx: db.Tx, caller: Caller, flow: str) -> bool:
    """Tell whether a caller is shut out of a flow: ``rights``, ``claim``, ``payments`` or ``token``."""
    values = (caller.establishment_id, caller.software_id, caller.thumbprint, caller.method)
    row = await db.first(tx, _IS_OFF, *values, flow)
    return row is not None and bool(row["off"])


_FORGET_ASSERTIONS: Final = "select forget_assertions($1)"
_RUN_BUILD: Final = "select run_build($1, $2)"
_USE_ASSERTION: Final = """
insert into assertion_seen (assertion_hash, expires_at)
values ($1, $2)
    on conflict do nothing
"""


async def use_assertion(tx: db.Tx, digest: UUID, expires: datetime) -> bool:
    """Use an assertion; False if it has been used before."""
    return await db.run(tx, _USE_ASSERTION, digest, expires) == 1


async def forget_assertions(tx: db.Tx, now: datetime) -> None:
    """Forget the assertions that are too old to be accepted again; cost: a scan of the last minutes'."""
    await db.run(tx, _FORGET_ASSERTIONS, now)


async def run_build(tx: db.Tx, thumbprint: str, software_id: UUID) -> None:
    """Note the build that a key runs now, of the same vendor."""
    await db.run(tx, _RUN_BUILD, thumbprint, software_id)


_FORGET_PROOFS: Final = "select gate.forget_proofs()"


async def forget_proofs(tx: db.Tx) -> None:
    """Forget the proofs that are too old to be accepted again."""
    await db.run(tx, _FORGET_PROOFS)


_SOFTWARE: Final = (
    "select software_id, vendor, product, version from software order by 2, 3, 4 limit 5000"
)
_ENROL_KEY: Final = """
insert into caller_key (thumbprint, establishment_id, software_id, jwk, attested_by, concentrator, enrolled_by,
                        enrolled_at)
select $1, $2, s.software_id, $4, $5, nullif($6, ''), $7, $8 from software s where s.software_id = $3
    on conflict (thumbprint) do nothing
"""
_REVOKE_KEY: Final = """
update caller_key
   set revoked_by = $3, revoked_at = $4
 where establishment_id = $1 and thumbprint = $2 and revoked_at is null
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Software:
    """A build that a vendor has registered."""

    software_id: UUID
    vendor: str
    product: str
    version: str


async def software(tx: db.Tx) -> list[Software]:
    """Return the builds that vendors have registered."""
    return await db.read(tx, Software, _SOFTWARE)


_KEYS_OF: Final = """
select k.thumbprint, k.enrolled_at, k.revoked_at, k.concentrator, s.vendor, s.product, s.version,
       k.enrolled_by, e.label_sealed as enrolled_label, k.revoked_by, r.label_sealed as revoked_label
  from caller_key k
  join software s using (software_id)
  left join account e on e.account_id = k.enrolled_by
  left join account r on r.account_id = k.revoked_by
 where k.establishment_id = $1
 order by k.enrolled_at desc, k.thumbprint
 limit 100
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftwareKey:
    """A key of an establishment's software, revoked or not."""

    thumbprint: str
    enrolled_at: datetime
    revoked_at: datetime | None
    concentrator: str | None
    vendor: str
    product: str
    version: str
    enrolled_by: UUID | None
    enrolled_label: bytes | None
    revoked_by: UUID | None
    revoked_label: bytes | None


async def keys_of(tx: db.Tx, establishment_id: UUID) -> list[SoftwareKey]:
    """Return the keys of an establishment's software, revoked ones included."""
    return await db.read(tx, SoftwareKey, _KEYS_OF, establishment_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key to enrol.

    Args:
        vouched_by: the vendor's key that vouches for it.
        concentrator: who relays what it signs; empty for nobody.
        by: which account enrols it; None for the operator.
    """

    thumbprint: str
    establishment_id: UUID
    software_id: UUID
    public: dict[str, str]
    vouched_by: str | None = None
    concentrator: str = ""
    by: UUID | None = None
    at: datetime


async def enrol_key(tx: db.Tx, key: NewKey) -> bool:
    """Enrol a key; False if it is known or its build is not."""
    values = (getattr(key, one.name) for one in fields(key))
    return await db.run(tx, _ENROL_KEY, *values) == 1


async def revoke_key(
    tx: db.Tx, establishment_id: UUID, thumbprint: str, by: tuple[UUID | None, datetime]
) -> bool:
    """Revoke a key of an establishment (by which account, when); False if it has none such."""
    return await db.run(tx, _REVOKE_KEY, establishment_id, thumbprint, *by) == 1


_NOTE_MISMATCH: Final = "select gate.note_mismatch($1, $2, $3)"


async def note_mismatch(
    tx: db.Tx, establishment_id: UUID, software_id: UUID, thumbprint: str
) -> None:
    """Keep the fact that a token came with the proof of another key than its own."""
    await db.run(tx, _NOTE_MISMATCH, establishment_id, software_id, thumbprint)


_RELAYED: Final = "update caller_key set concentrator = nullif($2, '') where thumbprint = $1"


async def set_concentrator(tx: db.Tx, thumbprint: str, name: str) -> bool:
    """Say who relays the calls of a key, or by an empty name that nobody does; False if it is unknown."""
    return await db.run(tx, _RELAYED, thumbprint, name) == 1


_REREAD: Final = "select gate.reread($1, $2, $3, $4, $5, $6, $7) as done"
_TRY_NUMBER: Final = "select gate.try_number($1, $2) as done"
_READS_AT_ONCE: Final = 2_000


async def log_reads(
    tx: db.Tx,
    caller: Caller,
    entries: Sequence[UUID],
    now: datetime,
    *,
    is_bounded: bool = True,
) -> list[UUID]:
    """Write in the access log that a caller reads again what it was shown, one entry for each; return their numbers.

    Args:
        is_bounded: of what it was shown more than a day ago, 100 persons in 24 hours, and 300 in 30 days.

    Raises Refusal: ``reread-limit``: beyond that, nothing is read.
    """
    reads: list[UUID] = []
    for first in range(0, len(entries), _READS_AT_ONCE):
        some = list(entries[first : first + _READS_AT_ONCE])
        numbers: list[UUID] = [uuid7(now) for _ in some]
        who = (caller.software_id, caller.thumbprint, caller.method)
        row = await db.first(
            tx, _REREAD, caller.establishment_id, some, numbers, *who, is_bounded
        )
        if row is None or not row["done"]:
            raise Refusal(RefusalCode.REREAD_LIMIT)
        reads += numbers
    return reads


async def try_number(tx: db.Tx, caller: Caller, *, is_missed: bool = True) -> None:
    """Count a number that is none of the caller's, or ask if it may try one; Refusal ``reread-limit`` beyond 100."""
    row = await db.first(tx, _TRY_NUMBER, caller.establishment_id, is_missed)
    if row is None or not row["done"]:
        raise Refusal(RefusalCode.REREAD_LIMIT)
