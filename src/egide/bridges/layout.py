"""What a layout says: its records, told by their first characters; their fields, by place, length, kind and padding.

No layout of a real norm is shipped: those who hold one write it down.
"""

from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec
import yaml


class Kind(StrEnum):
    """What a field holds."""

    TEXT = "text"  # padded with blanks behind
    NUMBER = "number"  # a count or an amount in cents, padded with zeros before
    DATE = "date"  # YYYYMMDD, read as YYYY-MM-DD
    CONSTANT = "constant"  # the same characters always


class Role(StrEnum):
    """What a record does."""

    HEAD = "head"  # once, first
    BEGIN = "begin"  # begins an item: what it says is the item's own
    PART = "part"  # of the item begun, as often as it comes
    TOTAL = "total"  # once, last


class Field(msgspec.Struct, forbid_unknown_fields=True):
    """A field of a record.

    Args:
        at: the place of its first character, from 1.
        into: where its value goes, by names apart by points (``who.member``); nowhere if empty.
        value: of a constant.
        blank: whether nothing may stand there (blanks, or zeros of a number): the value is left out.
        counts: of a total: the records of that type that the file has.
        sums: of a total: what a field of the records of a type comes to (``20.price``).
    """

    name: str
    at: int
    length: int
    kind: Kind = Kind.TEXT
    into: str = ""
    value: str = ""
    blank: bool = False
    counts: str = ""
    sums: str = ""


class Record(msgspec.Struct, forbid_unknown_fields=True):
    """A record.

    Args:
        type: the characters that it begins with.
        into: of a part: the list of the item that it is added to (``items``).
    """

    type: str
    role: Role
    fields: list[Field]
    into: str = ""


class Layout(msgspec.Struct, forbid_unknown_fields=True):
    """A layout of fixed width; one character is one byte of ``encoding``."""

    layout: str
    width: int
    records: list[Record]
    encoding: str = "ascii"


class LayoutError(Exception):
    """A layout cannot be used; the message says where and why."""


_ENCODINGS: Final = frozenset({"ascii", "iso-8859-1", "iso-8859-15"})
_WIDEST: Final = 4_096


def read_layout(path: Path) -> Layout:
    """Return a layout; LayoutError for one whose records overlap, overrun or say what nobody has."""
    try:
        layout = msgspec.convert(yaml.safe_load(path.read_text("utf-8")), Layout)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, msgspec.ValidationError) as error:
        message = f"{path.name} : {type(error).__name__} ; voir docs/formats/bridge.md"
        raise LayoutError(message) from None
    for problem in _problems(layout):
        message = f"{layout.layout} : {problem}"
        raise LayoutError(message)
    return layout


def _problems(layout: Layout) -> list[str]:
    found: list[str] = []
    if layout.encoding not in _ENCODINGS or not 1 <= layout.width <= _WIDEST:
        found.append(f"encoding : {', '.join(sorted(_ENCODINGS))} ; width : 1 à {_WIDEST}.")
    types = [record.type for record in layout.records]
    if len(set(types)) != len(types) or not all(types):
        found.append("chaque enregistrement a son type, et aucun celui d'un autre.")
    roles = [record.role for record in layout.records]
    if (
        roles.count(Role.HEAD) > 1
        or roles.count(Role.TOTAL) > 1
        or roles.count(Role.BEGIN) != 1
    ):
        found.append(
            "une tête et un total au plus, et un seul enregistrement qui commence (begin)."
        )
    for record in layout.records:
        found += _problems_of(layout, record)
    return found


def _problems_of(layout: Layout, record: Record) -> list[str]:
    found: list[str] = []
    taken = len(record.type)
    if record.role is Role.PART and not record.into:
        found.append(f"{record.type} : « into » manque.")
    for field in sorted(record.fields, key=lambda one: one.at):
        place = f"{record.type}.{field.name}"
        if field.at <= taken or field.length < 1 or field.at + field.length - 1 > layout.width:
            found.append(f"{place} : sur un autre champ, ou hors de la largeur.")
        taken = field.at + field.length - 1
        if field.kind is Kind.DATE and field.length != len("YYYYMMDD"):
            found.append(f"{place} : une date a 8 caractères.")
        if field.kind is Kind.CONSTANT and len(field.value) != field.length:
            found.append(f"{place} : « value » a {field.length} caractères.")
        if (field.counts or field.sums) and record.role is not Role.TOTAL:
            found.append(f"{place} : un compte ou une somme est d'un total.")
        if field.counts and field.counts not in {one.type for one in layout.records}:
            found.append(f"{place} : « counts » nomme un type.")
        if field.sums and field_named(layout, field.sums) is None:
            found.append(f"{place} : « sums » nomme un champ, « 20.price ».")
    return found


def field_named(layout: Layout, name: str) -> Field | None:
    """Return the field of a record by ``type.name``; None if there is none."""
    kind, _, said = name.partition(".")
    return next(
        (
            field
            for record in layout.records
            if record.type == kind
            for field in record.fields
            if field.name == said
        ),
        None,
    )
