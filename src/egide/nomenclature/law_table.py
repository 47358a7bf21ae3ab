"""The dated numbers of the law as a table: what holds on a day, since when, on whose word, and how sure that is."""

from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, Final, NamedTuple, cast

from egide.nomenclature.exact_yaml import load_data

# What tells one row from the next of the same thing: its values and its day do not.
_Row = Mapping[str, Any]
_THING: Final = ("families", "word", "group", "letter")
_SAME: Final = (*_THING, "except", "only")
_APART: Final = frozenset({*_SAME, "from", "source", "counter", "renewals"})


class Surety(StrEnum):
    """Whose word a row stands on."""

    TEXT = "texte"
    PAGE = "page officielle"
    PRESS = "presse"
    UNSURE = "à vérifier"


class LawRow(NamedTuple):
    """A number of the law that holds on a day."""

    section: str
    what: str
    value: str
    since: date
    source: str

    @property
    def surety(self) -> Surety:
        """Return whose word it stands on, as its source says."""
        return surety(self.source)


def surety(source: str) -> Surety:
    """Return whose word a source is: the least sure of what it names."""
    said = source.lower()
    if "(k)" in said:
        return Surety.UNSURE
    if "presse" in said or "non trouvé" in said:
        return Surety.PRESS
    if "service-public.fr" in said or "ameli.fr" in said:
        return Surety.PAGE
    return Surety.TEXT


def law_rows(day: date) -> Iterator[LawRow]:
    """Yield every row of the law that holds on a day, section by section."""
    tables: Mapping[str, Any] = load_data("law.yaml", dict[str, Any])
    for section, every in tables.items():
        held: dict[tuple[str, ...], _Row] = {}
        for row in _dated(every):  # a row holds from its day until the next of the same thing
            key = tuple(_text(row.get(name, "")) for name in _THING)
            if row["from"] <= day and (key not in held or row["from"] >= held[key]["from"]):
                held[key] = row
        for row in held.values():
            values = [
                f"{name} {_text(value)}" for name, value in row.items() if name not in _APART
            ]
            what = " ".join(_text(row[name]) for name in _SAME if name in row)
            yield LawRow(section, what, ", ".join(values), row["from"], row["source"])


def _dated(every: object) -> list[_Row]:
    """Return the dated rows of a section; none where it is a list of words, or a number."""
    rows = cast("list[object]", every) if isinstance(every, list) else []
    return [cast("_Row", row) for row in rows if isinstance(row, dict)]


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(_text, cast("list[object]", value)))
    if isinstance(value, dict):
        pairs = cast("_Row", value).items()
        return " ; ".join(f"{name} {_text(one)}" for name, one in pairs)
    return str(value)
