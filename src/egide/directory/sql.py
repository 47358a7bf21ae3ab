"""Every statement on insurers, establishments, professionals, software and the enrolment of keys."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from egide import db
from egide.access import enrolled_key
from egide.core.identifiers import Finess
from egide.directory.record import (
    EstablishmentRecord,
    FundingRecord,
    InsurerRecord,
    KeyRecord,
    MandateRecord,
    ProfessionalRecord,
    Record,
    SoftwareRecord,
    TermsRecord,
    VendorRecord,
)

_INSURER: Final = """
insert into insurer (insurer_id, amc_number, name, keyed_as)
values ($1, $2, $3, $2)
    on conflict (insurer_id) do update
   set name = excluded.name
"""
_FORMER: Final = """
insert into insurer_former_number (amc_number, insurer_id, ended_at)
select amc_number, insurer_id, $3 from insurer where insurer_id = $1 and amc_number <> $2
"""
_TAKEN_AGAIN: Final = (
    "delete from insurer_former_number where insurer_id = $1 and amc_number = $2"
)
_RENUMBER: Final = (
    "update insurer set amc_number = $2 where insurer_id = $1 and amc_number <> $2"
)
# What was noted of an incident stands under the number that its controller has now, too.
_INCIDENTS: Final = """
insert into incident_act
select (jsonb_populate_record(a, jsonb_build_object('controller', $2::text))).*
  from incident_act a
  join insurer_former_number f on f.amc_number = a.controller
 where f.insurer_id = $1
    on conflict do nothing
"""


async def put_insurer(tx: db.Tx, record: InsurerRecord, now: datetime) -> None:
    """Add an insurer, or give one that is there the name and the number of today; its former numbers stay its own."""
    await db.run(tx, _INSURER, record.id, record.amc, record.name)
    await db.run(tx, _FORMER, record.id, record.amc, now)
    await db.run(tx, _TAKEN_AGAIN, record.id, record.amc)
    await db.run(tx, _RENUMBER, record.id, record.amc)
    await db.run(tx, _INCIDENTS, record.id, record.amc)


_INSERT_TERMS: Final = """
insert into preauth_terms (insurer_id, from_on, valid_days, tolerance_days, answer_days, piece_days, above_cents)
values ($1, $2, $3, $4, $5, $6, $7)
    on conflict (insurer_id, from_on) do nothing
"""


async def insert_terms(tx: db.Tx, record: TermsRecord) -> None:
    """Add what an insurer's convention says of its prises en charge from a day on, unless that day has terms."""
    days = (record.valid_days, record.tolerance_days, record.answer_days, record.piece_days)
    await db.run(tx, _INSERT_TERMS, record.insurer, record.since, *days, record.above_cents)


_INSERT_FUNDING: Final = """
insert into insurer_funding (insurer_id, from_on, credit_cents, two_above_cents)
values ($1, $2, $3, $4)
    on conflict (insurer_id, from_on) do nothing
"""
_INSERT_MANDATE: Final = """
insert into insurer_mandate (mandate, insurer_id, scheme, signed_on, holder, iban_sealed, iban_tail, registered_on)
values ($1, $2, $3, $4, $5, $6, $7, $8)
    on conflict (mandate) do update
   set registered_on = excluded.registered_on
 where insurer_mandate.registered_on is null
"""


async def insert_funding(tx: db.Tx, record: FundingRecord) -> None:
    """Add how far an insurer is paid for ahead of it from a day on, unless that day has a bound."""
    bounds = (record.credit_cents, record.two_above_cents)
    await db.run(tx, _INSERT_FUNDING, record.insurer, record.since, *bounds)


async def insert_mandate(
    tx: db.Tx, record: MandateRecord, iban_sealed: bytes, iban_tail: str, today: date
) -> None:
    """Add the mandate of an insurer; one that is there may be said registered, and changes in nothing else."""
    signed = (record.mandate, record.insurer, record.scheme, record.signed_on, record.name)
    registered_on = today if record.registered else None
    await db.run(tx, _INSERT_MANDATE, *signed, iban_sealed, iban_tail, registered_on)


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
_NUMBERED: Final = """
select i.insurer_id, i.name, i.amc_number as amc, i.keyed_as,
       array(select f.amc_number
               from insurer_former_number f
              where f.insurer_id = i.insurer_id
              order by f.amc_number) as formers
  from insurer i
 order by i.amc_number
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """An insurer and its numbers.

    Args:
        amc: the one of today.
        keyed_as: its first, which its persons' and contracts' pseudonyms are made of.
        formers: those that cards in pockets may still show.
    """

    insurer_id: UUID
    name: str
    amc: str
    keyed_as: str
    formers: list[str]


async def insurer_numbers(tx: db.Tx) -> dict[str, Numbers]:
    """Return the insurers by each number that they have or had."""
    found = await db.read(tx, Numbers, _NUMBERED)
    return {number: one for one in found for number in (one.amc, *one.formers)}


async def insurer_ids(tx: db.Tx) -> dict[str, UUID]:
    """Return the insurers by each AMC number that they have or had."""
    return {number: one.insurer_id for number, one in (await insurer_numbers(tx)).items()}


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


_KNOWN_TERMS: Final = """
select insurer_id as insurer, from_on as since, valid_days, tolerance_days, answer_days, piece_days, above_cents
  from preauth_terms
 where insurer_id = any ($1::uuid[])
"""
_KNOWN_FUNDING: Final = """
select insurer_id as insurer, from_on as since, credit_cents, two_above_cents
  from insurer_funding
 where insurer_id = any ($1::uuid[])
"""
_KNOWN_MANDATES: Final = """
select insurer_id as insurer, mandate, scheme, signed_on, holder as name, iban_tail as iban
  from insurer_mandate
 where mandate = any ($1::text[])
"""
_KNOWN_ESTABLISHMENTS: Final = """
select establishment_id as id, finess, siret, profession, name, department, '' as iban
  from establishment
 where establishment_id = any ($1::uuid[]) or finess = any ($2::text[])
"""
_KNOWN_PROFESSIONALS: Final = """
select rpps, establishment_id as establishment from professional where rpps = any ($1::text[])
"""
_KNOWN_SOFTWARE: Final = """
select software_id as id, vendor, product, version
  from software
 where software_id = any ($1::uuid[]) or vendor = any ($2::text[])
"""
_KNOWN_VENDORS: Final = "select vendor, jwk from vendor_key where thumbprint = any ($1::text[])"
_KNOWN_KEYS: Final = """
select establishment_id as establishment, software_id as software, jwk
  from caller_key
 where thumbprint = any ($1::text[])
"""


async def known(tx: db.Tx, records: Iterable[Record]) -> list[Record]:
    """Return what the directory holds of those whom records name, insurers apart; never an account number."""
    said = list(records)
    sites = [one for one in said if isinstance(one, EstablishmentRecord)]
    builds = [one for one in said if isinstance(one, SoftwareRecord)]
    people = [one.rpps for one in said if isinstance(one, ProfessionalRecord)]
    payers = [one.insurer for one in said if isinstance(one, (TermsRecord, FundingRecord))]
    signed = [one.mandate for one in said if isinstance(one, MandateRecord)]
    vouching = [enrolled_key(one.jwk)[0] for one in said if isinstance(one, VendorRecord)]
    asking = [enrolled_key(one.jwk)[0] for one in said if isinstance(one, KeyRecord)]
    places = ([one.id for one in sites], [one.finess for one in sites])
    declared = ([one.id for one in builds], [one.vendor for one in builds])
    return [
        *await db.read(tx, TermsRecord, _KNOWN_TERMS, payers),
        *await db.read(tx, FundingRecord, _KNOWN_FUNDING, payers),
        *await db.read(tx, MandateRecord, _KNOWN_MANDATES, signed),
        *await db.read(tx, EstablishmentRecord, _KNOWN_ESTABLISHMENTS, *places),
        *await db.read(tx, ProfessionalRecord, _KNOWN_PROFESSIONALS, people),
        *await db.read(tx, SoftwareRecord, _KNOWN_SOFTWARE, *declared),
        *await db.read(tx, VendorRecord, _KNOWN_VENDORS, vouching),
        *await db.read(tx, KeyRecord, _KNOWN_KEYS, asking),
    ]
