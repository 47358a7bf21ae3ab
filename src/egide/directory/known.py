"""What a directory file says of somebody whom the directory, or the file itself, knows otherwise."""

from collections.abc import Iterator, Sequence
from typing import Final

from egide import db
from egide.access import enrolled_key
from egide.core.identifiers import TAIL_LENGTH
from egide.directory import sql
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

_Subject = tuple[object, ...]
# The fields that a record says of a subject.
_Facts = dict[str, object]

_REMEDIES: Final = {
    InsurerRecord: (
        "Ce numéro est d'un autre assureur, ou ce fichier en donne deux à celui-ci ; "
        "deux assureurs qui fusionnent se suivent par leurs fichiers de membres."
    ),
    TermsRecord: "D'autres termes sont ceux d'un autre jour : changer « since ».",
    FundingRecord: "Un autre plafond est celui d'un autre jour : changer « since ».",
    MandateRecord: "Un mandat signé ne change pas : un autre a une autre référence.",
    EstablishmentRecord: "Un établissement garde ses numéros et sa profession : un autre a un autre « id ».",
    ProfessionalRecord: "Un professionnel est d'un établissement à la fois.",
    SoftwareRecord: "Une version déclarée ne change pas : en déclarer une autre.",
    VendorRecord: "Cette clé est d'un autre éditeur : chacun a la sienne.",
    KeyRecord: "Cette clé est enrôlée ailleurs : en faire une par logiciel et par établissement.",
}


async def known_otherwise(
    tx: db.Tx, records: Sequence[tuple[int, Record]]
) -> list[tuple[int, str, str]]:
    """Return the line, the field and the remedy of what would be left as it is, though the line says otherwise.

    An insurer's name and number may change; an account number and a contact are not compared, since they change by two
    persons only.
    """
    held = await sql.known(tx, [record for _, record in records])
    numbers = await sql.insurer_numbers(tx)
    said: dict[_Subject, _Facts] = {
        ("amc", number): {"amc": one.insurer_id} for number, one in numbers.items()
    }
    said |= {subject: facts for one in held for subject, facts in _facts(one)}
    found: list[tuple[int, str, str]] = []
    for line, record in records:
        wrong: str | None = None
        for subject, facts in _facts(record):
            before = said.setdefault(subject, facts)
            wrong = wrong or next((at for at in facts if before[at] != facts[at]), None)
        if wrong is not None:
            found.append((line, wrong, _REMEDIES[type(record)]))
    return found


def _facts(record: Record) -> Iterator[tuple[_Subject, _Facts]]:
    match record:
        case InsurerRecord():
            yield ("amc", record.amc), {"amc": record.id}
            yield ("insurer", record.id), _of(record, "amc")  # among the lines of one file
        case TermsRecord():
            names = ("valid_days", "tolerance_days", "answer_days", "piece_days", "above_cents")
            yield ("terms", record.insurer, record.since), _of(record, *names)
        case FundingRecord():
            names = ("credit_cents", "two_above_cents")
            yield ("funding", record.insurer, record.since), _of(record, *names)
        case MandateRecord():
            names = ("insurer", "scheme", "signed_on", "name")
            shown = {"iban": record.iban.replace(" ", "")[-TAIL_LENGTH:]}  # the rest is sealed
            yield ("mandate", record.mandate), _of(record, *names) | shown
        case EstablishmentRecord():
            names = ("finess", "siret", "profession", "department")
            yield ("establishment", record.id), _of(record, *names)
            yield ("finess", record.finess), {"finess": record.id}
        case ProfessionalRecord():
            yield ("professional", record.rpps), _of(record, "establishment")
        case SoftwareRecord():
            yield ("software", record.id), _of(record, "vendor", "product", "version")
            build = (record.vendor, record.product, record.version)
            yield ("build", *build), {"id": record.id}
        case VendorRecord():
            yield ("vendor", enrolled_key(record.jwk)[0]), _of(record, "vendor")
        case KeyRecord():
            # Its build is the one that it last ran with, whatever it was enrolled with.
            yield ("key", enrolled_key(record.jwk)[0]), _of(record, "establishment")


def _of(record: Record, *names: str) -> _Facts:
    return {name: getattr(record, name) for name in names}
