"""Turn a chunk of lines into sealed rows in PostgreSQL's binary COPY format; runs in a worker.

Nothing of an identity leaves this function in clear.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID

import msgspec

from egide.core.ids import from_code
from egide.core.refusal import Refusal, RefusalCode
from egide.members.read_file import Chunk
from egide.members.record import (
    CheckedPerson,
    Fault,
    PersonRecord,
    check_person,
    cover_end,
    csv_records,
    fault_of,
    read_person,
)
from egide.vault import Addresses, KeyRing, Sealer

COLUMNS = (
    "digest",
    "line_number",
    "person_id",
    "insurer_id",
    "sealed",
    "wrapped_key",
    "person_digest",
    "birth_year",
    "card",
    "member",
    "nir",
    "starts",
    "ends",
    "plans",
)
_EPOCH = date(2000, 1, 1).toordinal()  # PostgreSQL counts days from there
_DATE_OID, _TEXT_OID = 1082, 25
_NULL = struct.pack(">i", -1)
_HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
_TRAILER = struct.pack(">h", -1)
_length = struct.Struct(">i").pack
_array = struct.Struct(">iiiii").pack


@dataclass(frozen=True, slots=True)
class Staged:
    """A chunk's rows ready to copy, and the lines refused."""

    lines: int
    persons: int
    rows: bytes
    faults: list[Fault]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """All that a worker needs: keys, insurers, plans."""

    addresses: Addresses
    sealer: Sealer
    insurers: dict[str, UUID]
    amcs: frozenset[str]
    plans: frozenset[str]
    digest: str
    is_csv: bool


_desk: list[Desk] = []


def open_desk(
    keys: Path, insurers: dict[str, UUID], plans: frozenset[str], digest: str, is_csv: bool
) -> None:
    """Prepare a worker process."""
    ring = KeyRing.open(keys)
    _desk[:] = [
        Desk(
            addresses=Addresses(ring),
            sealer=Sealer(ring),
            insurers=insurers,
            amcs=frozenset(insurers),
            plans=plans,
            digest=digest,
            is_csv=is_csv,
        )
    ]


def stage_chunk(chunk: Chunk) -> Staged:
    """Check, address and seal every line of a chunk."""
    desk = _desk[0]
    rows: list[bytes] = [_HEADER]
    faults: list[Fault] = []
    for number, record in _records(chunk, is_csv=desk.is_csv):
        if isinstance(record, Fault):
            faults.append(record)
            continue
        try:
            person = check_person(record, desk.amcs, desk.plans)
        except Refusal as refusal:
            faults.append(fault_of(number, refusal))
            continue
        rows.append(_row(desk, number, person))
    rows.append(_TRAILER)
    return Staged(chunk.lines, len(rows) - 2, b"".join(rows), faults)


def _records(chunk: Chunk, *, is_csv: bool) -> Iterator[tuple[int, PersonRecord | Fault]]:
    if is_csv:
        try:
            text = chunk.text.decode("utf-8")
        except UnicodeDecodeError:
            yield (
                chunk.first_line,
                Fault(
                    chunk.first_line,
                    "fichier",
                    "Le texte n'est pas en UTF-8.",
                    "L'enregistrer en UTF-8.",
                ),
            )
            return
        yield from csv_records(text, chunk.first_line)
        return
    for number, line in enumerate(chunk.text.split(b"\n"), start=chunk.first_line):
        if not line.strip():
            continue
        try:
            yield number, read_person(line)
        except msgspec.ValidationError as error:
            yield number, _located(number, str(error))
        except (msgspec.DecodeError, UnicodeDecodeError):
            yield number, fault_of(number, Refusal(RefusalCode.BODY_INVALID, where="ligne"))


def _located(number: int, message: str) -> Fault:
    said, _, place = message.partition(" - at `$")
    field = place.strip(".`") or "ligne"
    if said.startswith("Object missing required field"):
        return fault_of(number, Refusal(RefusalCode.VALUE_MISSING, where=said.split("`")[1]))
    if said.startswith("Object contains unknown field"):
        return Fault(
            number,
            said.split("`")[1],
            "Ce champ n'est pas connu.",
            "Le retirer, ou voir le format.",
        )
    return fault_of(number, Refusal(RefusalCode.VALUE_INVALID, where=field))


def _field(data: bytes) -> bytes:
    return _length(len(data)) + data


def _row(desk: Desk, number: int, person: CheckedPerson) -> bytes:
    record = person.record
    addresses = desk.addresses
    person_id = addresses.person(person.amc, record.person).bytes
    # The identity as it came, so that what the insurer said can be shown back to its subject.
    text = msgspec.json.encode(record)
    sealed = desk.sealer.seal(text, person_id)
    card = from_code(record.card) if record.card else None
    birth, rank = person.birth, record.rank
    ends = [cover_end(cover) for cover in record.covers]
    return b"".join(
        (
            b"\0\x0e",  # 14 columns
            _field(desk.digest.encode()),
            b"\0\0\0\x08",
            number.to_bytes(8, "big"),
            _field(person_id),
            _field(desk.insurers[person.amc.text].bytes),
            _field(sealed.text),
            _field(sealed.wrapped_key),
            _field(addresses.digest(text)),
            b"\0\0\0\x02",
            birth.year.to_bytes(2, "big"),
            _NULL if card is None else _field(addresses.card(card).bytes),
            _field(addresses.member(person.amc, person.member, birth, rank).bytes),
            _field(addresses.nir(person.nir, birth, rank).bytes),
            _dates([cover.since for cover in record.covers]),
            _dates(ends),
            _texts([cover.plan for cover in record.covers]),
        )
    )


def _dates(days: list[date] | list[date | None]) -> bytes:
    parts = [
        _NULL if day is None else _length(4) + _length(day.toordinal() - _EPOCH) for day in days
    ]
    return _field(_array(1, int(None in days), _DATE_OID, len(days), 1) + b"".join(parts))


def _texts(words: list[str]) -> bytes:
    parts = [_field(word.encode()) for word in words]
    return _field(_array(1, 0, _TEXT_OID, len(words), 1) + b"".join(parts))
