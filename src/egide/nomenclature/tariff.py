"""Acts with their tariffs, each from a day and to another, with its source."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

import msgspec

from egide.nomenclature.exact_yaml import load_data, to_cents
from egide.nomenclature.families import families
from egide.nomenclature.unpriceable import UnpriceableError
from egide.pricing import Kind


class Basis(StrEnum):
    """Where the tariff base of an act comes from."""

    FIXED = "fixed"  # the tariff says it, by unit
    PRICE = "price"  # what is billed is the base: drugs, whose price is regulated
    DECLARED = "declared"  # the professional's software sends it: stays, transports, lenses


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """A tariff from a day, and to one if it has ended; amounts in cents by unit.

    Args:
        until: the first day on which it holds no more.
        limit_cents: PLV, HLF or regulated price.
        not_optam_cents: the base of a doctor outside OPTAM, where it is another.
        young_cents: the base below an age, where it is another.
        young_below: that age, in full years.
        reduced_cents: the base, and the price limit, in some situations, where they are others.
        reduced_for: those situations.
    """

    since: date
    basis: Basis
    base_cents: int
    source: str
    limit_cents: int | None = None
    not_optam_cents: int | None = None
    until: date | None = None
    young_cents: int | None = None
    young_below: int = 0
    reduced_cents: int | None = None
    reduced_for: frozenset[str] = frozenset()

    def base_on(self, age: int, situation: frozenset[str]) -> int:
        """Return the base of a person of an age in a situation, by unit."""
        if self._is_reduced(situation):
            return self.reduced_cents or 0
        if self.young_cents is not None and age < self.young_below:
            return self.young_cents
        return self.base_cents

    def limit_on(self, situation: frozenset[str]) -> int | None:
        """Return the price limit in a situation, by unit; None if the price is free."""
        return self.reduced_cents if self._is_reduced(situation) else self.limit_cents

    def _is_reduced(self, situation: frozenset[str]) -> bool:
        return self.reduced_cents is not None and not situation.isdisjoint(self.reduced_for)

    def holds(self, day: date) -> bool:
        """Tell whether the tariff is in force on a day."""
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An act of a nomenclature.

    Args:
        professions: who may bill it.
        tariffs: in the order of their days.
    """

    system: str
    code: str
    kind: Kind
    label: str
    professions: frozenset[str]
    tariffs: tuple[Tariff, ...]

    def tariff_on(self, day: date) -> Tariff:
        """Return the tariff of a day.

        Raises:
            UnpriceableError: none holds; the message says the nearest day on which one does.
        """
        for tariff in reversed(self.tariffs):
            if tariff.holds(day):
                return tariff
        raise UnpriceableError(self._nearest(day))

    def _nearest(self, day: date) -> str:
        later = [tariff.since for tariff in self.tariffs if tariff.since > day]
        earlier = [
            tariff.until - timedelta(days=1)
            for tariff in self.tariffs
            if tariff.until is not None and tariff.until <= day
        ]
        if earlier and (not later or day - max(earlier) <= min(later) - day):
            last = max(earlier)
            return f"cet acte n'a plus de tarif après le {last} (dernier jour valable)"
        return f"cet acte n'a pas de tarif avant le {min(later)}"


class _TariffRow(msgspec.Struct, frozen=True, rename={"since": "from", "until": "to"}):
    since: date
    source: str
    base: Decimal = Decimal(0)
    basis: Basis = Basis.FIXED
    limit: Decimal | None = None
    not_optam: Decimal | None = None
    until: date | None = None
    young: Decimal | None = None
    young_below: int = 0
    reduced: Decimal | None = None
    reduced_for: list[str] = []


class _EntryRow(msgspec.Struct, frozen=True):
    code: str
    label: str
    tariffs: list[_TariffRow]


class _Group(msgspec.Struct, frozen=True):
    system: str
    family: str
    professions: list[str]
    acts: list[_EntryRow]


def _tariff(row: _TariffRow) -> Tariff:
    return Tariff(
        since=row.since,
        basis=row.basis,
        base_cents=to_cents(row.base),
        source=row.source,
        limit_cents=None if row.limit is None else to_cents(row.limit),
        not_optam_cents=None if row.not_optam is None else to_cents(row.not_optam),
        until=None if row.until is None else row.until + timedelta(days=1),
        young_cents=None if row.young is None else to_cents(row.young),
        young_below=row.young_below,
        reduced_cents=None if row.reduced is None else to_cents(row.reduced),
        reduced_for=frozenset(row.reduced_for),
    )


def following(tariffs: Iterable[Tariff]) -> tuple[Tariff, ...]:
    """Return tariffs in order, each ended where the next begins."""
    ordered = sorted(tariffs, key=lambda one: one.since)
    ends: Sequence[date | None] = [*(one.since for one in ordered[1:]), None]
    return tuple(
        tariff
        if end is None or (tariff.until is not None and tariff.until <= end)
        else replace(tariff, until=end)
        for tariff, end in zip(ordered, ends, strict=True)
    )


def shipped_entries() -> list[Entry]:
    """Return the acts that come with the product: a small set, for the demo and the tests."""
    vocabulary = families()
    return [
        Entry(
            system=group.system,
            code=row.code,
            kind=vocabulary[group.family].kind,
            label=row.label,
            professions=frozenset(group.professions),
            tariffs=following(_tariff(one) for one in row.tariffs),
        )
        for group in load_data("acts.yaml", list[_Group])
        for row in group.acts
    ]
