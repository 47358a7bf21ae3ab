"""Turn a chunk of lines into sealed rows in PostgreSQL's binary COPY format; runs in a worker.

Nothing of an identity leaves this function in clear.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, Self
from uuid import UUID

import msgspec

from egide.core.identifiers import AmcNumber
from egide.core.refusal import Refusal, RefusalCode
from egide.directory import Numbers
from egide.members.identity import identity_text
from egide.members.read_file import Chunk
from egide.members.record import (
    CheckedPerson,
    Cover,
    Fault,
    Insurers,
    PersonRecord,
    Plans,
    check_person,
    cover_end,
    csv_record,
    fault_of,
    read_person,
)
from egide.vault import Addresses, KeyRing, Sealer, kept

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
    "contract",
    "formers",
)
_EPOCH = date(2000, 1, 1).toordinal()  # PostgreSQL counts days from there
_DATE_OID, _TEXT_OID, _UUID_OID = 1082, 25, 2950
_NULL = struct.pack(">i", -1)
_HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
_TRAILER = struct.pack(">h", -1)
_COLUMN_COUNT = struct.pack(">h", len(COLUMNS))
_UUID_LENGTH, _DIGEST_LENGTH, _BIGINT_LENGTH, _SMALLINT_LENGTH = (
    struct.pack(">i", size) for size in (16, 32, 8, 2)
)
_length = struct.Struct(">i").pack
_array = struct.Struct(">iiiii").pack


MOST_FAULTS = 10_000  # a report is for people to mend from


@dataclass(frozen=True, slots=True)
class Staged:
    """A chunk's rows ready to copy, and the lines refused."""

    lines: int
    persons: int
    rows: bytes
    faults: list[Fault]


class KeyedNumbers(NamedTuple):
    """What the addresses of an insurer's persons are made of: its first number, today's, the others; and its column."""

    field: bytes
    first: AmcNumber
    today: AmcNumber
    formers: tuple[AmcNumber, ...]

    @classmethod
    def of(cls, numbers: Numbers) -> Self:
        """Return those of an insurer."""
        formers = tuple(map(AmcNumber.parse, numbers.formers))
        first, today = AmcNumber.parse(numbers.keyed_as), AmcNumber.parse(numbers.amc)
        return cls(_field(numbers.insurer_id.bytes), first, today, formers)


@dataclass(frozen=True, slots=True, kw_only=True)
class MembersReader:
    """All that a worker needs: keys, insurers, plans."""

    addresses: Addresses
    sealer: Sealer
    keyed: dict[str, KeyedNumbers]
    insurers: Insurers
    plans: Plans
    digest_field: bytes
    is_csv: bool
    today: date
    covers: Callable[[tuple[Cover, ...]], bytes]


_desk: list[MembersReader] = []


def open_desk(
    keys: Path,
    insurers: dict[str, Numbers | None],
    plans: Plans,
    file: tuple[UUID, bool],
    today: date,
) -> None:
    """Prepare a worker process for a file: its digest, and whether it is CSV.

    Args:
        insurers: those of the directory, by each of their numbers; None for one whose lines are not taken.
    """
    taken = {amc: one for amc, one in insurers.items() if one is not None}
    digest, is_csv = file
    ring = KeyRing.open(keys)
    _desk[:] = [
        MembersReader(
            addresses=Addresses(ring),
            sealer=Sealer(ring),
            keyed={amc: KeyedNumbers.of(one) for amc, one in taken.items()},
            insurers=Insurers(frozenset(insurers), frozenset(taken)),
            plans=plans,
            digest_field=_field(digest.bytes),
            is_csv=is_csv,
            today=today,
            # Most persons of an insurer share their dates and their plan.
            covers=lru_cache(10_000)(_encode_covers),
        )
    ]


def stage_chunk(chunk: Chunk) -> Staged:
    """Check, address and seal every line of a chunk."""
    desk = _desk[0]
    rows: list[bytes] = [_HEADER]
    faults: list[Fault] = []
    for number, record, text in _records(chunk, is_csv=desk.is_csv):
        if len(faults) > MOST_FAULTS:
            break  # the file is refused whole: what else is wrong with it is not looked at
        if isinstance(record, Fault):
            faults.append(record)
            continue
        try:
            person = check_person(record, text, desk.insurers, desk.plans, desk.today)
        except Refusal as refusal:
            faults.append(fault_of(number, refusal))
            continue
        rows.append(_row(desk, number, person))
    rows.append(_TRAILER)
    return Staged(chunk.lines, len(rows) - 2, b"".join(rows), faults)


def _records(
    chunk: Chunk, *, is_csv: bool
) -> Iterator[tuple[int, PersonRecord | Fault, bytes]]:
    """Read each line by itself, so that a bad one is one fault and takes no other with it."""
    for number, line in enumerate(chunk.text.split(b"\n"), start=chunk.first_line):
        if not line.strip(b"; \t\r"):
            continue  # an empty line, as spreadsheets leave at the end
        try:
            if is_csv:
                record = csv_record(line.decode("utf-8").rstrip("\r"), number)
                yield number, record, msgspec.json.encode(record)
            else:
                yield number, read_person(line), line
        except msgspec.ValidationError as error:
            yield number, _located(number, str(error)), b""
        except UnicodeDecodeError:
            yield number, _not_utf8(number), b""
        except msgspec.DecodeError as error:
            refusal = Refusal(RefusalCode.BODY_INVALID, where="ligne")
            fault = _not_utf8(number) if "utf-8" in str(error) else fault_of(number, refusal)
            yield number, fault, b""


def _not_utf8(number: int) -> Fault:
    remedy = "Enregistrer en UTF-8 : dans Excel, « CSV UTF-8 (délimité par des virgules) » ou « Unicode »."
    return Fault(number, "ligne", "Les accents ne sont pas en UTF-8 (Windows-1252 ?).", remedy)


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


def _row(desk: MembersReader, number: int, person: CheckedPerson) -> bytes:
    record = person.record
    addresses = desk.addresses
    numbers = desk.keyed[person.amc.text]
    person_id = addresses.person_bytes(numbers.first, record.person)
    sealed = desk.sealer.seal(identity_text(record), person_id)
    birth, rank = person.birth, record.rank
    card = _NULL
    if person.card is not None:
        card = _UUID_LENGTH + kept(addresses.card_bytes(person.card.bytes))
    return b"".join(
        (
            _COLUMN_COUNT,
            desk.digest_field,
            _BIGINT_LENGTH,
            number.to_bytes(8, "big"),
            _UUID_LENGTH,
            person_id,
            numbers.field,
            _length(len(sealed.text)),
            sealed.text,
            _length(len(sealed.wrapped_key)),
            sealed.wrapped_key,
            _DIGEST_LENGTH,
            _digest(addresses, numbers, person.text),
            _SMALLINT_LENGTH,
            birth.year.to_bytes(2, "big"),
            card,
            _UUID_LENGTH,
            kept(addresses.member_bytes(numbers.today, person.member, birth, rank)),
            _UUID_LENGTH,
            kept(addresses.nir_bytes(person.nir, birth, rank)),
            desk.covers(tuple(record.covers)),
            _UUID_LENGTH,
            addresses.contract_bytes(numbers.first, record.contract),
            _formers(addresses, numbers, person),
        )
    )


def _digest(addresses: Addresses, numbers: KeyedNumbers, text: bytes) -> bytes:
    """Return what tells whether a person changed: the number of its insurer among the rest, once it is another."""
    return addresses.digest(
        f"{numbers.today.text}\0".encode() + text if numbers.formers else text
    )


def _formers(addresses: Addresses, numbers: KeyedNumbers, person: CheckedPerson) -> bytes:
    """Return the addresses of a member number under the former numbers of its insurer: cards in pockets show them."""
    if not numbers.formers:
        return _NULL
    rest = (person.member, person.birth, person.record.rank)
    made = [_field(kept(addresses.member_bytes(one, *rest))) for one in numbers.formers]
    return _field(_array(1, 0, _UUID_OID, len(made), 1) + b"".join(made))


def _encode_covers(covers: tuple[Cover, ...]) -> bytes:
    starts = _dates([cover.since for cover in covers])
    ends = _dates([cover_end(cover) for cover in covers])
    return starts + ends + _texts([cover.plan for cover in covers])


def _dates(days: list[date] | list[date | None]) -> bytes:
    parts = [
        _NULL if day is None else _length(4) + _length(day.toordinal() - _EPOCH) for day in days
    ]
    return _field(_array(1, int(None in days), _DATE_OID, len(days), 1) + b"".join(parts))


def _texts(words: list[str]) -> bytes:
    parts = [_field(word.encode()) for word in words]
    return _field(_array(1, 0, _TEXT_OID, len(words), 1) + b"".join(parts))
