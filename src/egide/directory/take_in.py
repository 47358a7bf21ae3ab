"""Take in a directory file: every line checked, then all of it in one transaction, or nothing."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import msgspec

from egide import db
from egide.access import enrolled_key
from egide.core.contact import Contact
from egide.core.identifiers import AmcNumber, Finess, Iban, Rpps, Siret
from egide.core.meanings import MEANINGS
from egide.core.period import civil_day
from egide.core.refusal import Refusal, RefusalCode
from egide.directory import sql
from egide.directory.finess import registered
from egide.directory.known import known_otherwise
from egide.directory.record import (
    PROFESSIONS,
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
    read_record,
)
from egide.vault import Sealer

_MOST_CREDIT: Final = 100_000_000_000  # cents
_MANDATE: Final = re.compile(r"[A-Za-z0-9+?:().,'-]{1,35}", re.ASCII)
_SCHEMES: Final = ("B2B", "CORE")
# Of SEPA and not of the EEA: a debit asks the debtor's address, which is not kept (EPC130-08, EPC131-08).
_FAR: Final = frozenset(
    ["AD", "AL", "CH", "GB", "GG", "IM", "JE", "MC", "MD", "ME", "MK", "RS", "SM", "VA"]
)
_OTHERWISE: Final = "Le répertoire, ou ce fichier plus haut, dit autre chose."
# The days that a convention may say of its prises en charge, least and most.
_TERMS: Final = (
    ("valid_days", 1, 180),
    ("tolerance_days", 0, 20),
    ("answer_days", 1, 30),
    ("piece_days", 1, 60),
)


@dataclass(frozen=True, slots=True)
class DirectoryFault:
    """A line that is refused, and why; never the value itself."""

    line: int
    field: str
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class DirectoryReport:
    """What a file did: lines taken, or every fault and nothing taken."""

    taken: int
    faults: list[DirectoryFault]


async def take_in(
    pool: db.Pool, lines: Iterable[bytes], *, sealer: Sealer, now: datetime
) -> DirectoryReport:
    """Take in a directory file; safe to repeat: a line already there is left as it is.

    An insurer takes the name and the number of its line. A fault in any line refuses the file whole.
    """
    records: list[tuple[int, Record]] = []
    faults: list[DirectoryFault] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = read_record(line)
            check(record, civil_day(now))
        except (msgspec.DecodeError, UnicodeDecodeError):
            faults.append(_fault(number, "ligne", RefusalCode.BODY_INVALID))
        except Refusal as refusal:
            faults.append(_fault(number, refusal.where, refusal.code))
        else:
            records.append((number, record))
    async with db.transaction(pool) as tx:
        faults += await _unregistered(tx, records)
        faults += [
            DirectoryFault(line, field, _OTHERWISE, remedy)
            for line, field, remedy in await known_otherwise(tx, records)
        ]
        if faults:
            return DirectoryReport(0, sorted(faults, key=lambda fault: fault.line))
        for record in sorted((record for _, record in records), key=_order):
            await _store(tx, record, sealer, now)
        await sql.size_segments(tx)
    return DirectoryReport(len(records), [])


async def _unregistered(
    tx: db.Tx, records: Iterable[tuple[int, Record]]
) -> list[DirectoryFault]:
    """Return the establishments that the register, if one was imported, does not know as such."""
    sites = [(number, one) for number, one in records if isinstance(one, EstablishmentRecord)]
    known = await registered(tx, [one.finess for _, one in sites])
    if known is None:
        return []
    return [
        _fault(number, "finess", RefusalCode.FINESS_UNREGISTERED)
        for number, one in sites
        if known.get(one.finess) != one.siret
    ]


def _fault(line: int, field: str, code: RefusalCode) -> DirectoryFault:
    meaning = MEANINGS[code]
    return DirectoryFault(line, field, meaning.french, meaning.remedy)


def check(record: Record, today: date) -> None:
    """Check every number and key of a record; Refusal with the field at fault."""
    match record:
        case InsurerRecord():
            _field("amc", AmcNumber.parse, record.amc)
            if not record.name.strip():
                raise Refusal(RefusalCode.VALUE_MISSING, where="name")
        case TermsRecord():
            _check_terms(record)
        case FundingRecord():
            _check_funding(record)
        case MandateRecord():
            _check_mandate(record, today)
        case EstablishmentRecord():
            _check_establishment(record)
        case ProfessionalRecord():
            _field("rpps", Rpps.parse, record.rpps)
        case SoftwareRecord():
            pass
        case KeyRecord() | VendorRecord():
            enrolled_key(record.jwk)


def _check_terms(record: TermsRecord) -> None:
    for name, least, most in _TERMS:
        if not least <= getattr(record, name) <= most:
            raise Refusal(RefusalCode.VALUE_INVALID, where=name)
    if record.above_cents is not None and record.above_cents < 0:
        raise Refusal(RefusalCode.AMOUNT_INVALID, where="above_cents")


def _check_establishment(record: EstablishmentRecord) -> None:
    _field("finess", Finess.parse, record.finess)
    _field("siret", Siret.parse, record.siret)
    _field("iban", Iban.parse, record.iban)
    if record.profession not in PROFESSIONS:
        raise Refusal(RefusalCode.VALUE_INVALID, where="profession")
    if record.mail or record.phone:
        Contact.parse(record.mail, record.phone)


def _check_funding(record: FundingRecord) -> None:
    for name in ("credit_cents", "two_above_cents"):
        if not 0 <= (getattr(record, name) or 0) <= _MOST_CREDIT:
            raise Refusal(RefusalCode.AMOUNT_INVALID, where=name)


def _check_mandate(record: MandateRecord, today: date) -> None:
    if record.signed_on > today:
        raise Refusal(RefusalCode.VALUE_INVALID, where="signed_on")
    if not _MANDATE.fullmatch(record.mandate):
        raise Refusal(RefusalCode.VALUE_INVALID, where="mandate")
    if record.scheme not in _SCHEMES:
        raise Refusal(RefusalCode.VALUE_INVALID, where="scheme")
    if not record.name.strip():
        raise Refusal(RefusalCode.VALUE_MISSING, where="name")
    _field("iban", Iban.parse, record.iban)
    if record.iban[:2].upper() in _FAR:
        raise Refusal(RefusalCode.IBAN_INVALID, where="iban")


def _field(name: str, parse: Callable[[str], object], text: str) -> None:
    try:
        parse(text)
    except Refusal as refusal:
        raise Refusal(refusal.code, where=name) from None


def _order(record: Record) -> int:
    kinds = (
        InsurerRecord,
        TermsRecord,
        FundingRecord,
        MandateRecord,
        EstablishmentRecord,
        VendorRecord,
        SoftwareRecord,
        ProfessionalRecord,
        KeyRecord,
    )
    return kinds.index(type(record))


async def _store(tx: db.Tx, record: Record, sealer: Sealer, now: datetime) -> None:
    match record:
        case InsurerRecord():
            await sql.put_insurer(tx, record, now)
        case TermsRecord():
            await sql.insert_terms(tx, record)
        case FundingRecord():
            await sql.insert_funding(tx, record)
        case MandateRecord():
            iban = Iban.parse(record.iban)
            sealed = sealer.pack(iban.text.encode(), record.insurer.bytes)
            await sql.insert_mandate(tx, record, sealed, iban.tail, civil_day(now))
        case EstablishmentRecord():
            iban = Iban.parse(record.iban)
            sealed = sealer.pack(iban.text.encode(), record.id.bytes)
            await sql.insert_establishment(tx, record, sealed, iban.tail, now)
            await sql.open_budget(tx, record.id, proved=record.proved)
            if record.mail:
                contact = Contact.parse(record.mail, record.phone)
                hidden = sealer.pack(contact.text.encode(), Contact.owner(record.id))
                await sql.insert_contact(tx, record.id, hidden, contact.shown, now)
        case ProfessionalRecord():
            await sql.insert_professional(tx, record)
        case SoftwareRecord():
            await sql.insert_software(tx, record)
        case VendorRecord():
            thumbprint, public = enrolled_key(record.jwk)
            await sql.insert_vendor(tx, record, thumbprint, public, now)
        case KeyRecord():
            thumbprint, public = enrolled_key(record.jwk)
            await sql.insert_key(tx, record, thumbprint, public, now)
