"""Every statement on insurers, establishments, professionals, software and the enrolment of keys."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from egide import db
from egide.core.identifiers import Finess
from egide.directory.record import (
    EstablishmentRecord,
    InsurerRecord,
    KeyRecord,
    ProfessionalRecord,
    SoftwareRecord,
    TermsRecord,
    VendorRecord,
)

_INSURER: Final = """
insert into insurer (insurer_id, amc_number, name)
values ($1, $2, $3)
    on conflict (insurer_id) do nothing
"""


async def insert_insurer(tx: db.Tx, record: InsurerRecord) -> None:
    """Add an insurer unless it is there."""
    await db.run(tx, _INSURER, record.id, record.amc, record.name)


_INSERT_TERMS: Final = """
insert into preauth_terms (insurer_id, from_on, valid_days, tolerance_days, answer_days, piece_days, above_cents)
values ($1, $2, $3, $4, $5, $6, $7)
    on conflict (insurer_id, from_on) do nothing
"""


async def insert_terms(tx: db.Tx, record: TermsRecord) -> None:
    """Add what an insurer's convention says of its prises en charge from a day on, unless that day has terms."""
    days = (record.valid_days, record.tolerance_days, record.answer_days, record.piece_days)
    await db.run(tx, _INSERT_TERMS, record.insurer, record.since, *days, record.above_cents)


_ESTABLISHMENT: Final = """
insert into establishment (establishment_id, finess, siret, profession, name, department,
                           iban_sealed, iban_tail, enrolled_at)
select r.id, r.finess, r.siret, r.profession, r.name, r.department, $2, $3, $4
  from jsonb_to_record($1) as r (id uuid, finess text, siret text, profession text, name text, department text)
    on conflict (establishment_id) do nothing
"""


async def insert_establishment(
    tx: db.Tx, record: EstablishmentRecord, iban_sealed: bytes, iban_tail: str, now: datetime
) -> None:
    """Add an establishment unless it is there; its IBAN is never changed by this way."""
    shown = {
        "id": str(record.id),
        "finess": record.finess,
        "siret": record.siret,
        "profession": record.profession,
        "name": record.name,
        "department": record.department,
    }
    await db.run(tx, _ESTABLISHMENT, shown, iban_sealed, iban_tail, now)


_CONTACT: Final = """
insert into establishment_contact (establishment_id, contact_sealed, shown, since)
values ($1, $2, $3, $4)
    on conflict (establishment_id) do nothing
"""


async def insert_contact(
    tx: db.Tx, establishment_id: UUID, sealed: bytes, shown: str, now: datetime
) -> None:
    """Note where an establishment is written to, unless that is known; it is never changed by this way."""
    await db.run(tx, _CONTACT, establishment_id, sealed, shown, now)


_SIZE_SEGMENTS: Final = "select gate.size_segments()"
_OPEN_BUDGET: Final = "select gate.open_budget($1, $2)"


async def open_budget(tx: db.Tx, establishment_id: UUID, *, proved: bool) -> None:
    """Open the budget of an establishment: a newcomer's, or a proved one's."""
    await db.run(tx, _OPEN_BUDGET, establishment_id, proved)


_PROFESSIONAL: Final = """
insert into professional (rpps, establishment_id)
values ($1, $2)
    on conflict (rpps) do nothing
"""


async def insert_professional(tx: db.Tx, record: ProfessionalRecord) -> None:
    """Add a professional unless it is there."""
    await db.run(tx, _PROFESSIONAL, record.rpps, record.establishment)


_VENDOR: Final = """
insert into vendor_key (thumbprint, vendor, jwk, registered_at)
values ($1, $2, $3, $4)
    on conflict (thumbprint) do nothing
"""


async def insert_vendor(
    tx: db.Tx, record: VendorRecord, thumbprint: str, public: dict[str, str], now: datetime
) -> None:
    """Register a vendor's key unless it is there."""
    await db.run(tx, _VENDOR, thumbprint, record.vendor, public, now)


_SOFTWARE: Final = """
insert into software (software_id, vendor, product, version)
values ($1, $2, $3, $4)
    on conflict (software_id) do nothing
"""


async def insert_software(tx: db.Tx, record: SoftwareRecord) -> None:
    """Add a build unless it is there."""
    await db.run(tx, _SOFTWARE, record.id, record.vendor, record.product, record.version)


_KEY: Final = """
insert into caller_key (thumbprint, establishment_id, software_id, jwk, enrolled_at)
values ($1, $2, $3, $4, $5)
    on conflict (thumbprint) do nothing
"""


async def insert_key(
    tx: db.Tx, record: KeyRecord, thumbprint: str, public: dict[str, str], now: datetime
) -> None:
    """Enrol a key unless it is there."""
    await db.run(tx, _KEY, thumbprint, record.establishment, record.software, public, now)


_INSURERS: Final = "select insurer_id, amc_number, name from insurer order by amc_number"


async def insurer_ids(tx: db.Tx) -> dict[str, UUID]:
    """Return the insurers by AMC number."""
    return {row["amc_number"]: row["insurer_id"] for row in await db.many(tx, _INSURERS)}


async def insurers(tx: db.Tx) -> dict[UUID, tuple[str, str]]:
    """Return AMC number and name of each insurer."""
    return {
        row["insurer_id"]: (row["amc_number"], row["name"])
        for row in await db.many(tx, _INSURERS)
    }


_PROFESSIONS: Final = """
select establishment_id, profession
  from establishment
 where establishment_id = any ($1::uuid[])
 order by establishment_id
"""


async def establishment_professions(tx: db.Tx, ids: list[UUID]) -> dict[UUID, str]:
    """Return the profession of some establishments."""
    return {
        row["establishment_id"]: row["profession"]
        for row in await db.many(tx, _PROFESSIONS, ids)
    }


_OF_FINESS: Final = "select establishment_id from establishment where finess = $1"


async def establishment_of(tx: db.Tx, finess: Finess) -> UUID | None:
    """Return the establishment of a FINESS number."""
    row = await db.first(tx, _OF_FINESS, finess.text)
    return None if row is None else row["establishment_id"]


_IBANS: Final = """
select establishment_id, name, finess, iban_sealed
  from establishment
 where establishment_id = any ($1::uuid[])
 order by establishment_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payee:
    """An establishment to pay, with its sealed account."""

    establishment_id: UUID
    name: str
    finess: str
    iban_sealed: bytes | None


async def establishment_ibans(tx: db.Tx, ids: list[UUID]) -> list[Payee]:
    """Return name, FINESS and sealed IBAN of the establishments to pay."""
    return await db.read(tx, Payee, _IBANS, ids)


async def size_segments(tx: db.Tx) -> None:
    """Size the caps of segments from the establishments that they have now; a cap only grows."""
    await db.run(tx, _SIZE_SEGMENTS)


_CLEAR_REGISTER: Final = "delete from finess_site"
_INSERT_SITES: Final = """
insert into finess_site (finess, finess_ej, siret, name, category, department)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
    on conflict (finess) do nothing
"""


async def replace_register(tx: db.Tx, columns: Iterable[Sequence[str]]) -> None:
    """Replace the register: FINESS, legal entity, SIRET, name, category, department."""
    await db.run(tx, _CLEAR_REGISTER)
    await db.run(tx, _INSERT_SITES, *(list(column) for column in columns))


_HAS_REGISTER: Final = "select exists (select from finess_site) as loaded"
_SITES: Final = """
select finess, siret from finess_site where finess = any ($1::text[]) order by finess
"""


async def registered_sirets(tx: db.Tx, numbers: Sequence[str]) -> dict[str, str] | None:
    """Return the SIRET of establishments of the register by FINESS; None where none was imported."""
    row = await db.first(tx, _HAS_REGISTER)
    if row is None or not row["loaded"]:
        return None
    return {row["finess"]: row["siret"] for row in await db.many(tx, _SITES, list(numbers))}
