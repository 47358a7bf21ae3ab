"""One line of an insurer's file: a person, its contract, its periods of cover, its card.

The format is ``egide-members/1``, described in ``docs/formats/members.md``.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec

from egide.core.identifiers import AmcNumber, BirthDate, MemberNumber
from egide.core.ids import from_code
from egide.core.meanings import MEANINGS
from egide.core.nir import Nir
from egide.core.refusal import Refusal, RefusalCode

FORMAT = "egide-members/1"
CSV_COLUMNS = (
    "amc",
    "person",
    "contract",
    "member",
    "nir",
    "birth",
    "rank",
    "family_name",
    "given_name",
    "email",
    "phone",
    "card",
    "covers",
)
_REFERENCE = re.compile(r"[0-9A-Za-z][0-9A-Za-z./_-]{0,39}")
_RANKS = range(1, 10)
_NAME_LENGTH = 100
_MONTHS, _NO_MONTH, _LAST_DAY = 12, range(43, 50), 31


class Cover(msgspec.Struct, frozen=True, rename={"since": "from"}):
    """A period of cover under a plan; ``to`` is its last day, absent while it is open."""

    since: date
    plan: str
    to: date | None = None


class Contact(msgspec.Struct, frozen=True):
    """How to reach a person; sealed with its identity."""

    email: str = ""
    phone: str = ""


class PersonRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person as the insurer's file says it."""

    amc: str
    person: str
    contract: str
    member: str
    nir: str
    birth: str
    covers: list[Cover]
    rank: int = 1
    family_name: str = ""
    given_name: str = ""
    contact: Contact = Contact()
    card: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that is refused: where, why, what to do; never the value itself."""

    line: int
    field: str
    reason: str
    remedy: str


class PlanTerms(NamedTuple):
    """Who may be covered by a plan code.

    Args:
        grid: the grid that it is a level of.
        option_of: the bases that it is added to; empty for a base.
        closed_on: first day on which nobody can enter it any more.
    """

    grid: str
    option_of: frozenset[str]
    closed_on: date | None


Plans = Mapping[str, PlanTerms]


class Insurers(NamedTuple):
    """The numbers of the directory's insurers, and those of them whose lines a file may hold."""

    known: frozenset[str]
    taken: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedPerson:
    """A record whose every value has been checked."""

    record: PersonRecord
    text: bytes = field(repr=False)
    amc: AmcNumber
    member: MemberNumber
    nir: Nir
    birth: BirthDate
    card: UUID | None


read_person = msgspec.json.Decoder(PersonRecord).decode


def check_person(
    record: PersonRecord, text: bytes, insurers: Insurers, plans: Plans, today: date
) -> CheckedPerson:
    """Check a record against the directory and the published plans; Refusal with the field.

    Args:
        text: the record as it came, whose keyed digest tells whether it changed.
    """
    field = "amc"
    try:
        amc = AmcNumber.parse(record.amc)
        if amc.text not in insurers.taken:
            hint = "Assureur inconnu du répertoire."
            if amc.text in insurers.known:
                hint = "Cette ligne est d'un autre assureur que celui du fichier."
            raise Refusal(RefusalCode.AMC_INVALID, hint=hint)
        field = "nir"
        nir = Nir.parse(record.nir)
        field = "birth"
        birth = BirthDate.parse(record.birth)
        _check_birth(birth, today)
        field = "member"
        member = MemberNumber.parse(record.member)
        field = "person"
        _require(_REFERENCE.fullmatch(record.person) is not None)
        field = "contract"
        _require(_REFERENCE.fullmatch(record.contract) is not None)
        field = "rank"
        _require(record.rank in _RANKS)
        field = "card"
        card = from_code(record.card) if record.card else None
        _require(card is not None or not record.card)
        field = "family_name"
        _require(len(record.family_name) <= _NAME_LENGTH)
        field = "given_name"
        _require(len(record.given_name) <= _NAME_LENGTH)
        field = "covers"
        _check_covers(record.covers, plans)
    except Refusal as refusal:
        raise Refusal(refusal.code, where=field, hint=refusal.hint) from None
    return CheckedPerson(
        record=record, text=text, amc=amc, member=member, nir=nir, birth=birth, card=card
    )


def _check_birth(birth: BirthDate, today: date) -> None:
    """Refuse a birth to come, or of no day: lunar and unknown months are as in a NIR, 13 to 42, 50 to 99."""
    month, day = int(birth.text[4:6]), int(birth.text[6:])
    if month in _NO_MONTH or day > _LAST_DAY:
        hint = "Ce mois ou ce jour n'existe pas : AAAAMMJJ (lunaire ou inconnu : mois 00, 13 à 42 ou 50 à 99)."
        raise Refusal(RefusalCode.BIRTH_DATE_INVALID, hint=hint)
    if birth.year > today.year or (month <= _MONTHS and birth.text > f"{today:%Y%m%d}"):
        raise Refusal(RefusalCode.BIRTH_DATE_INVALID, hint="Cette date est à venir.")


def _require(holds: bool) -> None:
    if not holds:
        raise Refusal(RefusalCode.VALUE_INVALID)


def _check_covers(covers: list[Cover], plans: Plans) -> None:
    if not covers:
        raise Refusal(RefusalCode.VALUE_MISSING, hint="Au moins une période de couverture.")
    previous: Cover | None = None
    for cover in sorted(covers, key=lambda one: one.since):
        _check_plan(cover, plans)
        if cover.to is not None and cover.to < cover.since:
            raise Refusal(RefusalCode.VALUE_INVALID, hint="La fin précède le début.")
        if previous is not None and (previous.to is None or cover.since <= previous.to):
            raise Refusal(RefusalCode.VALUE_INVALID, hint="Deux périodes se chevauchent.")
        previous = cover


def _check_plan(cover: Cover, plans: Plans) -> None:
    """Check a plan code: a base, then its options after ``+`` signs, all open on the first day."""
    base, *options = cover.plan.split("+")
    terms = plans.get(base)
    if terms is None:
        raise Refusal(RefusalCode.VALUE_INVALID, hint="Grille inconnue : la publier d'abord.")
    if terms.option_of:
        hint = f"{base} est une option : écrire BASE+{base}."
        raise Refusal(RefusalCode.VALUE_INVALID, hint=hint)
    for code in (base, *options):
        one = plans.get(code)
        if one is None:
            hint = f"Option inconnue : {code}. La publier d'abord."
            raise Refusal(RefusalCode.VALUE_INVALID, hint=hint)
        if code != base and one.option_of.isdisjoint((base, terms.grid)):
            raise Refusal(
                RefusalCode.VALUE_INVALID, hint=f"{code} n'est pas une option de {base}."
            )
        if one.closed_on is not None and cover.since >= one.closed_on:
            raise Refusal(
                RefusalCode.VALUE_INVALID,
                hint=f"La grille {code} n'accueille plus personne depuis le {one.closed_on}.",
            )


def cover_end(cover: Cover) -> date | None:
    """Return the first day that is no longer covered."""
    # Many files write the last day there is for "no end".
    if cover.to is None or cover.to == date.max:
        return None
    return cover.to + timedelta(days=1)


def fault_of(line: int, refusal: Refusal) -> Fault:
    """Return the report line of a refusal."""
    meaning = MEANINGS[refusal.code]
    return Fault(line, refusal.where, refusal.hint or meaning.french, meaning.remedy)


def csv_record(line: str, number: int) -> PersonRecord | Fault:
    """Read a row of CSV (semicolons), one person; covers as ``from/to/plan`` apart by spaces."""
    try:
        row = next(csv.reader([line], delimiter=";", strict=True))
    except csv.Error:
        return Fault(number, "ligne", "Cette ligne n'est pas du CSV.", "Fermer les guillemets.")
    if len(row) != len(CSV_COLUMNS):
        remedy = f"{len(CSV_COLUMNS)} colonnes : {';'.join(CSV_COLUMNS)}."
        return Fault(number, "ligne", f"{len(row)} colonnes.", remedy)
    named: dict[str, str] = dict(zip(CSV_COLUMNS, row, strict=True))
    try:
        rank = int(named["rank"] or "1")
    except ValueError:
        return Fault(
            number, "rank", "Ce rang n'est pas un nombre.", "Écrire de 1 à 9, ou rien."
        )
    try:
        covers = _covers(named["covers"])
    except ValueError:
        remedy = "Périodes : AAAA-MM-JJ/AAAA-MM-JJ/GRILLE, séparées par des espaces."
        return Fault(number, "covers", "Une période n'est pas lisible.", remedy)
    return _from_csv(named, rank, covers)


def _covers(text: str) -> list[Cover]:
    covers: list[Cover] = []
    for part in text.split():
        since, to, plan = part.split("/")
        last = date.fromisoformat(to) if to else None
        covers.append(Cover(since=date.fromisoformat(since), to=last, plan=plan))
    return covers


def _from_csv(row: dict[str, str], rank: int, covers: list[Cover]) -> PersonRecord:
    return PersonRecord(
        amc=row["amc"],
        person=row["person"],
        contract=row["contract"],
        member=row["member"],
        nir=row["nir"],
        birth=row["birth"],
        covers=covers,
        rank=rank,
        family_name=row["family_name"],
        given_name=row["given_name"],
        contact=Contact(row["email"], row["phone"]),
        card=row["card"],
    )
