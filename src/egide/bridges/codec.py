"""Read and write files of fixed width by a layout: each record whole, loops nested, totals checked."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple, cast

from egide.bridges.layout import Field, Kind, Layout, Record, Role

Item = dict[str, Any]


class Fault(NamedTuple):
    """What is wrong: on which line, from which character, and why; never what stands there."""

    line: int
    at: int
    why: str


@dataclass(slots=True)
class ReadFile:
    """What a file says: its head, its items in order, and what is wrong with it."""

    head: Item = field(default_factory=dict[str, Any])
    items: list[Item] = field(default_factory=list[Item])
    faults: list[Fault] = field(default_factory=list[Fault])


class _Totals:
    """How many records of each type, and what each of their numbers comes to."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.sums: dict[str, int] = {}

    def add(self, record: Record, values: Mapping[str, Any]) -> None:
        self.counts[record.type] = self.counts.get(record.type, 0) + 1
        for name, value in values.items():
            if isinstance(value, int):
                key = f"{record.type}.{name}"
                self.sums[key] = self.sums.get(key, 0) + value

    def of(self, one: Field) -> int | None:
        """Return what a field of the total says; None if it is none of a count or a sum."""
        if one.counts:
            return self.counts.get(one.counts, 0)
        return self.sums.get(one.sums, 0) if one.sums else None


def read_file(layout: Layout, data: bytes) -> ReadFile:
    """Return what a file says; a fault in any record leaves that record out, and the file is not to be used."""
    read, totals = ReadFile(), _Totals()
    # The longest type first: one may begin with another.
    records = sorted(layout.records, key=lambda one: -len(one.type))
    roles = {one.role for one in records}
    ended, number = False, 0
    for number, raw in enumerate(_lines(data), start=1):
        record, text = _record(layout, records, number, raw, read.faults)
        if record is None:
            continue
        if ended or (record.role is Role.HEAD) != (number == 1 and Role.HEAD in roles):
            read.faults.append(Fault(number, 1, "cet enregistrement n'est pas à sa place."))
            continue
        values = _values(record, number, text, read.faults)
        if record.role is Role.TOTAL:
            ended = True
            _check_totals(record, number, values, totals, read.faults)
            continue
        totals.add(record, values)
        _put(record, number, values, read)
    if not ended and Role.TOTAL in roles:
        read.faults.append(Fault(number + 1, 1, "le total manque : fichier coupé ?"))
    return read


def _lines(data: bytes) -> Iterator[bytes]:
    for line in data.removesuffix(b"\x1a").split(b"\n"):
        if stripped := line.removesuffix(b"\r"):
            yield stripped


def _record(
    layout: Layout, records: Sequence[Record], number: int, raw: bytes, faults: list[Fault]
) -> tuple[Record | None, str]:
    try:
        text = raw.decode(layout.encoding)
    except UnicodeDecodeError as error:
        faults.append(
            Fault(number, error.start + 1, f"un caractère n'est pas de {layout.encoding}.")
        )
        return None, ""
    if len(text) != layout.width:
        faults.append(Fault(number, 1, f"{len(text)} caractères, pour {layout.width}."))
        return None, ""
    record = next((one for one in records if text.startswith(one.type)), None)
    if record is None:
        faults.append(Fault(number, 1, "ce type d'enregistrement n'est pas de la disposition."))
    return record, text


def _values(record: Record, number: int, text: str, faults: list[Fault]) -> Item:
    values: Item = {}
    for one in record.fields:
        said = text[one.at - 1 : one.at - 1 + one.length]
        try:
            value = _value(one, said)
        except ValueError as error:
            faults.append(Fault(number, one.at, f"{one.name} : {error}"))
            continue
        if value is not None:
            values[one.name] = value
    return values


def _value(one: Field, said: str) -> str | int | None:
    """Return what a field says, None for nothing; ValueError says why it says nothing that can be read."""
    bare = said.rstrip(" ")
    match one.kind:
        case Kind.CONSTANT:
            if said != one.value:
                raise ValueError("n'est pas la constante de la disposition.")
            return None
        case Kind.NUMBER:
            if not (said.isascii() and said.isdigit()):
                if one.blank and not bare:
                    return None
                raise ValueError("des chiffres sont attendus, complétés de zéros devant.")
            return None if one.blank and not int(said) else int(said)
        case Kind.DATE:
            return None if one.blank and not bare.strip("0") else _day(said)
        case Kind.TEXT:
            if not bare and not one.blank:
                raise ValueError("ne peut pas être vide.")
            if bare != bare.lstrip(" "):
                raise ValueError("commence par un blanc : calé à gauche, complété de blancs.")
            return bare or None


def _day(said: str) -> str:
    try:
        if not (said.isascii() and said.isdigit()):
            raise ValueError
        return date(int(said[:4]), int(said[4:6]), int(said[6:])).isoformat()
    except ValueError:
        raise ValueError("une date AAAAMMJJ est attendue.") from None


def _check_totals(
    record: Record, number: int, values: Item, totals: _Totals, faults: list[Fault]
) -> None:
    for one in record.fields:
        due = totals.of(one)
        if due is not None and values.get(one.name, 0) != due:
            faults.append(Fault(number, one.at, f"{one.name} : le fichier compte {due}."))


def _put(record: Record, number: int, values: Item, read: ReadFile) -> None:
    said = {
        one.into: values[one.name] for one in record.fields if one.into and one.name in values
    }
    if record.role is Role.HEAD:
        _set(read.head, said)
    elif record.role is Role.BEGIN:
        item: Item = {}
        _set(item, said)
        read.items.append(item)
    elif not read.items:
        read.faults.append(Fault(number, 1, "rien n'est commencé avant cet enregistrement."))
    else:
        part: Item = {}
        _set(part, said)
        cast("list[Item]", read.items[-1].setdefault(record.into, [])).append(part)


def _set(item: Item, said: Mapping[str, Any]) -> None:
    for path, value in said.items():
        *holders, last = path.split(".")
        held = item
        for name in holders:
            held = cast("Item", held.setdefault(name, {}))
        held[last] = value


def write_file(layout: Layout, head: Item, items: Iterable[Item]) -> bytes:
    """Return items as a file of a layout; ValueError says which field of which item does not fit.

    What ``read_file`` returns of such a file is written back as it was read, to the byte; a field that goes nowhere,
    and how an empty number or a line's end was written, are not in it.
    """
    lines: list[str] = []
    totals = _Totals()
    by_role = {role: [one for one in layout.records if one.role is role] for role in Role}
    [begin] = by_role[Role.BEGIN]
    lists = {record.into for record in by_role[Role.PART]}

    def write(record: Record, said: Item, name: str) -> None:
        values = {one.name: _get(said, one.into) for one in record.fields if one.into}
        lines.append(_written(layout, record, values, name))
        totals.add(record, values)

    for record in by_role[Role.HEAD]:
        write(record, head, "tête")
    for number, item in enumerate(items, start=1):
        name = f"élément {number}"
        _check_placed(begin, item, lists, name)
        write(begin, item, name)
        for record in by_role[Role.PART]:
            for part in _parts(item, record.into, name):
                _check_placed(record, part, set(), name)
                write(record, part, name)
    for record in by_role[Role.TOTAL]:
        due = {one.name: totals.of(one) for one in record.fields}
        lines.append(_written(layout, record, due, "total"))
    return "".join(f"{line}\r\n" for line in lines).encode(layout.encoding)


def _parts(item: Item, into: str, name: str) -> list[Item]:
    parts = item.get(into, [])
    if isinstance(parts, list) and all(
        isinstance(one, dict) for one in cast("list[Any]", parts)
    ):
        return cast("list[Item]", parts)
    message = f"{name} : {into} est une liste d'objets."
    raise ValueError(message)


def _check_placed(record: Record, said: Item, lists: set[str], name: str) -> None:
    """Refuse what a record has no field for: it would be lost without a word."""
    lost = set(_paths(said)) - {one.into for one in record.fields} - lists
    if lost:
        message = f"{name} : {min(lost)} n'a pas de place dans la disposition."
        raise ValueError(message)


def _paths(item: Item, before: str = "") -> Iterator[str]:
    for name, value in item.items():
        if isinstance(value, dict):
            yield from _paths(cast("Item", value), f"{before}{name}.")
        elif value is not None:
            yield before + name


def _get(item: Item, path: str) -> Any:  # noqa: ANN401 - whatever an item holds
    held: Any = item
    for name in path.split("."):
        held = cast("Item", held).get(name) if isinstance(held, dict) else None
    return held


def _written(layout: Layout, record: Record, values: Mapping[str, Any], name: str) -> str:
    line = list(record.type.ljust(layout.width))
    for one in record.fields:
        text, why = _text(one, values.get(one.name), layout.encoding)
        if why:
            message = f"{name}, {record.type}.{one.name} : {why}"
            raise ValueError(message)
        line[one.at - 1 : one.at - 1 + one.length] = text
    return "".join(line)


def _text(one: Field, value: object, encoding: str) -> tuple[str, str]:
    """Return a value as its field writes it, and why it cannot: what would not be read back as it was."""
    if one.kind is Kind.CONSTANT:
        return one.value, ""
    if value is None and not one.blank:
        return "", "manque."
    match one.kind:
        case Kind.NUMBER:
            text = str(value or 0).rjust(one.length, "0")
        case Kind.DATE:
            text = "0" * one.length if value is None else str(value).replace("-", "")
        case Kind.TEXT:
            text = ("" if value is None else str(value)).ljust(one.length)
    if len(text) != one.length:
        return "", f"{len(text)} caractères, pour {one.length}."
    if "\r" in text or "\n" in text or not _holds(encoding, text):
        return "", f"une fin de ligne, ou un caractère qui n'est pas de {encoding}."
    try:
        read = _value(one, text)
    except ValueError as error:
        return "", str(error)
    is_same = (type(read), read) == (type(value), value) or (read is None and not value)
    return (text, "") if is_same else ("", "n'est pas de ce type de champ.")


def _holds(encoding: str, text: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
