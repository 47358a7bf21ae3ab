"""Look up a billed line in the dated tables and return the act that pricing needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Final, TypeVar

import msgspec
import yaml

from egide.core.money import FULL, ZERO, Money, Rate
from egide.pricing import Act, Family, Law, OpticsRange

_EXEMPT: Final = frozenset({"maternity", "c2s"})
_FULLY_PAID: Final = frozenset({"ald", "maternity", "accident"})


class _Tariff(msgspec.Struct, frozen=True, rename={"since": "from"}):
    since: date
    base: Decimal | None
    source: str
    limit: Decimal | None = None


class _Entry(msgspec.Struct, frozen=True):
    system: str
    code: str
    family: Family
    professions: list[str]
    label: str
    tariffs: list[_Tariff]


class _Rate(msgspec.Struct, frozen=True, rename={"since": "from"}):
    families: list[Family]
    since: date
    rate: int
    local: int
    source: str
    pathway: int | None = None


class _Deduction(msgspec.Struct, frozen=True, rename={"since": "from"}):
    families: list[Family]
    since: date
    amount: Decimal
    source: str


class _Contract(msgspec.Struct, frozen=True, rename={"since": "from"}):
    since: date
    source: str
    optics: dict[str, tuple[int, int]]
    frame: int
    audio_class_2: int
    free_fee_overrun: int
    free_fee_gap: int


class _Tables(msgspec.Struct, frozen=True):
    responsible_contract: list[_Contract]
    rates: list[_Rate]
    flat_deductions: list[_Deduction]
    flat_deduction_from_age: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledLine:
    """A line as the professional bills it, before any tariff.

    Args:
        expense: for the whole quantity.
        situation: words that change rates: ``ald``, ``maternity``, ``accident``, ``c2s``,
            ``out-of-pathway``, ``local-regime``, ``not-optam``, ``not-contracted``, ``early-renewal``.
    """

    system: str
    code: str
    care_on: date
    quantity: int
    expense: Money
    side: str
    situation: frozenset[str]


class UnpriceableError(Exception):
    """A line names an act that does not exist on its day; the message says what would be valid."""


Dated = TypeVar("Dated", _Tariff, _Rate, _Deduction, _Contract)


def _on(rows: Sequence[Dated], day: date) -> Dated | None:
    found: Dated | None = None
    for row in rows:
        if row.since <= day and (found is None or found.since <= row.since):
            found = row
    return found


def _cents(amount: Decimal) -> Money:
    return Money(int(amount.scaleb(2)))


class Nomenclature:
    """The tables in memory."""

    def __init__(self, entries: Sequence[_Entry], tables: _Tables) -> None:
        self._entries = {(entry.system, entry.code): entry for entry in entries}
        self._rates: Mapping[Family, list[_Rate]] = {
            family: [row for row in tables.rates if family in row.families] for family in Family
        }
        self._deductions: Mapping[Family, list[_Deduction]] = {
            family: [row for row in tables.flat_deductions if family in row.families]
            for family in Family
        }
        self._tables = tables
        self._laws: dict[date, Law] = {}

    def codes(self) -> list[tuple[str, str]]:
        """Return system and code of every act."""
        return sorted(self._entries)

    def may_bill(self, profession: str, system: str, code: str) -> bool:
        """Tell whether a profession may bill an act; an unknown act is nobody's."""
        entry = self._entries.get((system, code))
        return entry is not None and profession in entry.professions

    def law_on(self, day: date) -> Law:
        """Return the responsible contract's numbers on a day."""
        row = _on(self._tables.responsible_contract, day)
        if row is None:
            first = self._tables.responsible_contract[0].since
            message = f"aucun barème avant le {first}"
            raise UnpriceableError(message)
        known = self._laws.get(row.since)
        if known is None:
            known = self._laws[row.since] = Law(
                optics={
                    category: OpticsRange(Money(floor * 100), Money(ceiling * 100))
                    for category, (floor, ceiling) in row.optics.items()
                },
                frame=Money(row.frame * 100),
                audio_class_2=Money(row.audio_class_2 * 100),
                free_fee_overrun=Rate(row.free_fee_overrun * 100),
                free_fee_gap=Rate(row.free_fee_gap * 100),
                source=row.source,
            )
        return known

    def act(self, line: BilledLine, *, age: int) -> Act:
        """Return the act of a billed line, with the tariff and the rate of its day.

        Args:
            age: full years of the person on the day of care.

        Raises:
            UnpriceableError: unknown code, or no tariff or rate yet on that day.
        """
        entry = self._entries.get((line.system, line.code))
        if entry is None:
            message = "ce code n'existe pas dans la nomenclature"
            raise UnpriceableError(message)
        tariff = _on(entry.tariffs, line.care_on)
        rate = _on(self._rates[entry.family], line.care_on)
        if tariff is None or rate is None:
            first = min(row.since for row in entry.tariffs)
            message = f"cet acte n'a pas de tarif avant le {first}"
            raise UnpriceableError(message)
        base = line.expense
        if tariff.base is not None:
            base = _cents(tariff.base).times(line.quantity)
        full = Rate((rate.local if "local-regime" in line.situation else rate.rate) * 100)
        paid = full
        if "out-of-pathway" in line.situation and rate.pathway is not None:
            # Outside the pathway the AMO loses the same points whatever the regime.
            paid = Rate(full.basis_points - (rate.rate - rate.pathway) * 100)
        if _FULLY_PAID & line.situation and base > ZERO:
            lost = full.basis_points - paid.basis_points
            full, paid = FULL, Rate(FULL.basis_points - lost)
        return Act(
            code=line.code,
            family=entry.family,
            label=entry.label,
            care_on=line.care_on,
            quantity=line.quantity,
            expense=line.expense,
            base=base,
            amo_rate=paid,
            full_rate=full,
            price_limit=None
            if tariff.limit is None
            else _cents(tariff.limit).times(line.quantity),
            flat_deduction=self._deduction(entry.family, line, age),
            optam="not-optam" not in line.situation,
            contracted="not-contracted" not in line.situation,
            side=line.side,
            early_renewal="early-renewal" in line.situation,
            age=age,
            tariff_source=tariff.source,
            rate_source=rate.source,
        )

    def _deduction(self, family: Family, line: BilledLine, age: int) -> Money:
        row = _on(self._deductions[family], line.care_on)
        if (
            row is None
            or age < self._tables.flat_deduction_from_age
            or _EXEMPT & line.situation
        ):
            return ZERO
        return _cents(row.amount).times(line.quantity)


@cache
def load_nomenclature() -> Nomenclature:
    """Read the tables that come with the product."""
    folder = files("egide.nomenclature").joinpath("data")
    entries = _read(folder.joinpath("acts.yaml").read_text("utf-8"))
    tables = _read(folder.joinpath("law.yaml").read_text("utf-8"))
    return Nomenclature(
        msgspec.convert(entries, list[_Entry], strict=False),
        msgspec.convert(tables, _Tables, strict=False),
    )


class _ExactLoader(yaml.SafeLoader):
    """YAML without floats: an amount with a decimal point is read as Decimal, exactly."""


def _decimal(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Decimal:
    return Decimal(str(loader.construct_scalar(node)))


_ExactLoader.add_constructor("tag:yaml.org,2002:float", _decimal)


def _read(text: str) -> object:
    return yaml.load(text, Loader=_ExactLoader)  # noqa: S506 - a SafeLoader without floats
