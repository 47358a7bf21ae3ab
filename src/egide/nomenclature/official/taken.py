"""What a file gave: the acts that can be priced, and what was left out of them, with the reason."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from egide.nomenclature.families import Family
from egide.nomenclature.tariff import Entry, Tariff, following

MOST_EUROS: Final = 100_000_000
_NO_END: Final = 9999  # a year


class OfficialFileError(Exception):
    """A file cannot be taken at all; the message says where, ``remedy`` what to do."""

    def __init__(self, *, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An act of the file that is not taken.

    Args:
        place: its code, or its line.
    """

    place: str
    reason: str


@dataclass(slots=True)
class Taken:
    """The acts of a file.

    Args:
        tables: the files read, by name.
    """

    tables: list[str] = field(default_factory=list[str])
    entries: list[Entry] = field(default_factory=list[Entry])
    left_out: list[LeftOut] = field(default_factory=list[LeftOut])

    def add(
        self, system: str, code: str, label: str, family: Family, tariffs: Iterable[Tariff]
    ) -> None:
        """Take an act in, its tariffs put in order."""
        self.entries.append(
            Entry(
                system=system,
                code=code,
                kind=family.kind,
                label=" ".join(label.split()),
                professions=family.official_billers,
                tariffs=following(tariffs),
            )
        )

    def leave(self, place: str, reason: str) -> None:
        """Leave an act out."""
        self.left_out.append(LeftOut(place, reason))

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Return why acts were left out, with how many, the most frequent first."""
        return Counter(one.reason for one in self.left_out).most_common()


def rounded_cents(euros: Decimal) -> int:
    """Return an amount of an official file in cents; the LPP gives some in tenths of a cent.

    Raises:
        OfficialFileError: no tariff is negative, nor of more than a hundred million euros.
    """
    if not euros.is_finite() or not 0 <= euros <= MOST_EUROS:
        raise OfficialFileError(
            reason=f"un tarif de « {euros} » n'est pas possible.",
            remedy="Télécharger le fichier à nouveau.",
        )
    return int(euros.scaleb(2).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def day_after(last: object) -> date | None:
    """Return the day on which what ended on ``last`` is no more; None if it has no end.

    Files write « no end » as no day at all, or as the last of days (31/12/9999).
    """
    return last + timedelta(days=1) if isinstance(last, date) and last.year < _NO_END else None
