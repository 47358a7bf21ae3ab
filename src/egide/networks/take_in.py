"""Take in a network's file: it says the network whole, and is taken whole or refused with every fault."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

import msgspec

from egide import db, directory
from egide.core.refusal import Refusal, RefusalCode
from egide.networks import sql
from egide.networks.record import (
    InsurerRecord,
    MemberRecord,
    NetworkRecord,
    PriceRecord,
    Record,
    read_record,
)
from egide.nomenclature import families

_CODE: Final = re.compile(r"[A-Z][A-Z0-9-]{1,19}")
_ACT: Final = re.compile(r"(ngap|ccam|nabm|lpp|cip|grouping|libre):[0-9A-Za-z+._-]{1,40}")
_MOST_CENTS: Final = 100_000_000


@dataclass(frozen=True, slots=True)
class NetworkReport:
    """What a file did: the network's code and version, or every fault (line, what, remedy) and nothing taken."""

    code: str = ""
    version: int = 0
    is_new: bool = False
    faults: tuple[tuple[int, str, str], ...] = ()


async def take_in_network(pool: db.Pool, lines: Iterable[bytes]) -> NetworkReport:
    """Take in a network's file; safe to repeat. An older version, or the same with other content, is refused."""
    faults: list[tuple[int, str, str]] = []
    records: list[tuple[int, Record]] = []
    digest = hashlib.sha256()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        digest.update(line.strip() + b"\n")
        try:
            records.append((number, read_record(line)))
        except msgspec.DecodeError:
            faults.append((number, "Cette ligne n'est pas lisible.", _FORMS))
    async with db.transaction(pool) as tx:
        known = await directory.insurer_ids(tx)
        sites = [one.establishment for _, one in records if isinstance(one, MemberRecord)]
        there = await sql.known_establishments(tx, sites)
        for number, record in records:
            faults += [(number, *said) for said in _faults(record, known, there)]
        heads = [one for _, one in records if isinstance(one, NetworkRecord)]
        if len(heads) != 1 or not isinstance(records[0][1], NetworkRecord):
            faults.append(
                (1, "Le fichier dit un réseau, et un seul, à sa première ligne.", _FORMS)
            )
        faults += _overlaps(records)
        if faults:
            return NetworkReport(faults=tuple(sorted(faults)))
        [head] = heads
        before = await sql.version_of(tx, head.code)
        if before is not None and before[0] >= head.version:
            if before == (head.version, digest.digest()):
                return NetworkReport(head.code, head.version)
            said = f"La version {before[0]} de {head.code} est déjà prise."
            raise Refusal(
                RefusalCode.IMPORT_INVALID,
                where="version",
                hint=f"{said} Une version plus grande la remplace.",
            )
        await sql.replace(tx, _whole(head, digest.digest(), records, known))
    return NetworkReport(head.code, head.version, is_new=True)


_FORMS: Final = "Voir docs/formats/networks.md."


def _faults(
    record: Record, insurers: dict[str, UUID], establishments: set[UUID]
) -> list[tuple[str, str]]:
    match record:
        case NetworkRecord():
            if (
                not _CODE.fullmatch(record.code)
                or not record.name.strip()
                or record.version < 1
            ):
                return [("code, name ou version n'a pas la forme attendue.", _FORMS)]
        case InsurerRecord():
            if record.amc not in insurers:
                return [("Cet assureur n'est pas au répertoire.", "L'importer d'abord.")]
        case MemberRecord():
            if record.establishment not in establishments:
                return [("Cet établissement n'est pas au répertoire.", "L'importer d'abord.")]
        case PriceRecord():
            if not _ACT.fullmatch(record.act) and record.act not in families():
                remedy = "Un code (« grouping:VU1 ») ou un mot de famille (« verre-b-simple »)."
                return [("Cet acte n'est pas connu.", remedy)]
            if not 0 < record.cents <= _MOST_CENTS:
                return [("Le prix n'est pas un montant.", "En centimes, plus de 0.")]
    if isinstance(record, (InsurerRecord, MemberRecord)) and (
        record.until is not None and record.until < record.since
    ):
        return [("La fin précède le début.", "Corriger « from » ou « to ».")]
    return []


def _overlaps(records: Iterable[tuple[int, Record]]) -> list[tuple[int, str, str]]:
    """Return the lines that say a day of somebody, or a price, twice."""
    found: list[tuple[int, str, str]] = []
    spans: dict[object, list[tuple[date, date]]] = {}
    prices: set[tuple[str, date]] = set()
    for number, record in records:
        if isinstance(record, PriceRecord):
            if (record.act, record.since) in prices:
                found.append((number, "Ce prix est dit deux fois.", "En garder un."))
            prices.add((record.act, record.since))
        elif isinstance(record, (InsurerRecord, MemberRecord)):
            who = record.amc if isinstance(record, InsurerRecord) else record.establishment
            span = record.since, record.until or date.max
            known = spans.setdefault(who, [])
            if any(span[0] <= end and start <= span[1] for start, end in known):
                found.append((number, "Ces jours sont déjà dits plus haut.", "En garder un."))
            known.append(span)
    return found


def _whole(
    head: NetworkRecord,
    digest: bytes,
    records: Iterable[tuple[int, Record]],
    insurers: dict[str, UUID],
) -> sql.Whole:
    every = [record for _, record in records]
    return sql.Whole(
        code=head.code,
        name=head.name,
        version=head.version,
        digest=digest,
        insurers=[
            (insurers[one.amc], one.since, one.until)
            for one in every
            if isinstance(one, InsurerRecord)
        ],
        members=[
            (one.establishment, one.since, one.until)
            for one in every
            if isinstance(one, MemberRecord)
        ],
        prices=[
            (one.act, one.since, one.cents) for one in every if isinstance(one, PriceRecord)
        ],
    )
