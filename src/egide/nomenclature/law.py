"""The numbers of the law, dated and sourced: what ``data/law.yaml`` holds, and the law of a day."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from typing import TypeVar

import msgspec

from egide.nomenclature.exact_yaml import load_data, to_basis_points, to_cents
from egide.nomenclature.unpriceable import UnpriceableError
from egide.pricing import (
    ALWAYS,
    NO_LIMIT,
    Case,
    Condition,
    Deductible,
    Kind,
    Law,
    Limit,
    OpticsRange,
    ResponsibleContract,
    Role,
    Span,
    Window,
)


class Rate(msgspec.Struct, frozen=True, rename={"since": "from"}):
    """What the AMO pays of the base of some families, in percent; ``local`` in Alsace-Moselle."""

    families: list[str]
    since: date
    rate: Decimal
    local: Decimal
    source: str


class Exoneration(msgspec.Struct, frozen=True, rename={"since": "from", "but": "except"}):
    """A word of the situation that takes the patient's participation away."""

    word: str
    since: date
    rate: Decimal
    source: str
    but: list[str] = []
    only: list[str] = []


class _Deduction(msgspec.Struct, frozen=True, rename={"since": "from"}):
    families: list[str]
    since: date
    amount: Decimal
    counter: str
    group: str
    source: str
    units_a_day: int | None = None
    by_performer: bool = False


class _Optics(msgspec.Struct, frozen=True):
    floor: int
    ceiling: int


class _Renewal(msgspec.Struct, frozen=True):
    roles: list[Role]
    counter: str
    units: int
    months: int
    by_side: bool = False
    from_age: int = 0
    below_age: int = 200
    when: str = ""


class _Contract(msgspec.Struct, frozen=True, rename={"since": "from"}):
    since: date
    source: str
    pathway: str
    pathway_overrun: str
    full: dict[Role, str]
    optics: dict[str, _Optics] = {}
    frame: int | None = None
    audio: int | None = None
    overrun: int | None = None
    gap: int = 0
    renewals: list[_Renewal] = []
    equipment_months: int = 24


class _Pathway(msgspec.Struct, frozen=True, rename={"since": "from"}):
    since: date
    rate: Decimal
    most: Decimal
    overrun: Decimal
    from_age: int
    exempt: list[str]
    source: str


class _Heavy(msgspec.Struct, frozen=True, rename={"since": "from", "threshold": "tariff"}):
    since: date
    participation: Decimal
    threshold: Decimal
    source: str


class _Amount(msgspec.Struct, frozen=True, rename={"since": "from"}):
    since: date
    amount: Decimal
    source: str


class LetterValue(msgspec.Struct, frozen=True, rename={"since": "from"}):
    """What a key letter of a nomenclature is worth, in euros, from a day."""

    letter: str
    since: date
    amount: Decimal
    source: str


class _Tables(msgspec.Struct, frozen=True):
    pmss: list[_Amount]
    rates: list[Rate]
    rates_in_stay: list[Rate]
    exonerations: list[Exoneration]
    pathway: list[_Pathway]
    heavy: list[_Heavy]
    deductions: list[_Deduction]
    deducted_in_a_year: list[_Amount]
    not_deducted: list[str]
    not_deducted_families: list[str]
    deducted_from_age: int
    responsible_contract: list[_Contract]
    letters: list[LetterValue]


Dated = TypeVar("Dated", Rate, Exoneration, _Deduction, _Contract, _Pathway, _Heavy, _Amount)


def _on(rows: Sequence[Dated], day: date) -> Dated | None:
    found: Dated | None = None
    for row in rows:
        if row.since <= day and (found is None or found.since <= row.since):
            found = row
    return found


def _need(rows: Sequence[Dated], day: date, what: str) -> Dated:
    row = _on(rows, day)
    if row is None:
        message = f"{what} : aucun barème avant le {min(one.since for one in rows)}"
        raise UnpriceableError(message)
    return row


class LawBook:
    """The dated tables in memory."""

    def __init__(self, tables: _Tables) -> None:
        self._tables = tables
        self._laws: dict[tuple[int, ...], Law] = {}
        self._days: dict[date, Law] = {}
        self._rates: dict[tuple[str, date, frozenset[str], bool], tuple[int, str]] = {}
        self._contracts: dict[date, ResponsibleContract] = {}
        self._rate_rows = _by_family(tables.rates)
        self._stay_rows = _by_family(tables.rates_in_stay)
        self._deduction_rows = _by_family(tables.deductions)
        self._deductibles: dict[tuple[str, date], Deductible | None] = {}

    def on(self, day: date) -> Law:
        """Return the law of a day; the same object for all the days on which nothing changes.

        Raises:
            UnpriceableError: the tables begin later.
        """
        known = self._days.get(day)
        if known is not None:
            return known
        tables = self._tables
        pmss = _need(tables.pmss, day, "PMSS")
        pathway = _need(tables.pathway, day, "parcours de soins")
        heavy = _need(tables.heavy, day, "actes lourds")
        year = _need(tables.deducted_in_a_year, day, "franchises")
        contract = _need(tables.responsible_contract, day, "contrat responsable")
        key = tuple(id(row) for row in (pmss, pathway, heavy, year, contract))
        law = self._laws.get(key)
        if law is None:
            law = self._laws[key] = Law(
                contract=_contract(contract),
                pmss_cents=to_cents(pmss.amount),
                pathway_bp=to_basis_points(pathway.rate),
                pathway_cents=to_cents(pathway.most),
                pathway_overrun_cents=to_cents(pathway.overrun),
                pathway_from_age=pathway.from_age,
                pathway_exempt=frozenset(pathway.exempt),
                heavy_cents=to_cents(heavy.participation),
                heavy_from_cents=to_cents(heavy.threshold),
                deducted_year_cents=to_cents(year.amount),
            )
        self._days[day] = law
        return law

    def rate(
        self, kind: Kind, day: date, situation: frozenset[str], *, in_stay: bool = False
    ) -> tuple[int, str]:
        """Return what the AMO pays of the base inside the pathway, in basis points, and why.

        Args:
            in_stay: the act is done during a stay in hospital.

        Raises:
            UnpriceableError: no rate yet on that day.
        """
        key = (kind.family, day, situation, in_stay)
        known = self._rates.get(key)
        if known is None:
            tables = (self._stay_rows, self._rate_rows) if in_stay else (self._rate_rows,)
            rows = next(
                (table[word] for table in tables for word in kind.lineage if word in table),
                None,
            )
            known = self._rates[key] = self._rate(rows, kind, day, situation)
        return known

    def _rate(
        self, rows: list[Rate] | None, kind: Kind, day: date, situation: frozenset[str]
    ) -> tuple[int, str]:
        if rows is None:
            return 0, "hors nomenclature"
        row = _need(rows, day, kind.family)
        percent = row.local if "local-regime" in situation else row.rate
        rate, source = to_basis_points(percent), row.source
        for word in sorted(situation):
            rules = [
                one
                for one in self._tables.exonerations
                if one.word == word and _concerns(one, kind)
            ]
            rule = _on(rules, day)
            if rule is not None and to_basis_points(rule.rate) > rate:
                rate, source = to_basis_points(rule.rate), rule.source
        return rate, source

    def deductible(
        self, kind: Kind, day: date, situation: frozenset[str], age: int
    ) -> Deductible | None:
        """Return what the AMO keeps later on an act, None for the young and the exempt."""
        if age < self._tables.deducted_from_age:
            return None
        if situation and not situation.isdisjoint(self._tables.not_deducted):
            return None
        key = (kind.family, day)
        if key not in self._deductibles:
            self._deductibles[key] = self._deductible(kind, day)
        return self._deductibles[key]

    def _deductible(self, kind: Kind, day: date) -> Deductible | None:
        rows = next(
            (self._deduction_rows[w] for w in kind.lineage if w in self._deduction_rows), None
        )
        row = None if rows is None else _on(rows, day)
        if row is None or kind.family in self._tables.not_deducted_families:
            return None
        return Deductible(
            row.counter, row.group, to_cents(row.amount), row.units_a_day, row.by_performer
        )


Row = TypeVar("Row", Rate, _Deduction)


def _by_family(rows: Sequence[Row]) -> Mapping[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        for word in row.families:
            found.setdefault(word, []).append(row)
    return found


def _concerns(rule: Exoneration, kind: Kind) -> bool:
    if rule.only and not any(word in rule.only for word in kind.lineage):
        return False
    return not any(word in rule.but for word in kind.lineage)


def _contract(row: _Contract) -> ResponsibleContract:
    renewals: dict[Role, tuple[Limit, ...]] = {}
    for one in row.renewals:
        for role in one.roles:
            renewals[role] = (*renewals.get(role, ()), _renewal(one))
    return ResponsibleContract(
        source=row.source,
        pathway=row.pathway,
        pathway_overrun=row.pathway_overrun,
        optics={
            letter: OpticsRange(one.floor * 100, one.ceiling * 100)
            for letter, one in row.optics.items()
        },
        frame_cents=None if row.frame is None else row.frame * 100,
        audio_cents=None if row.audio is None else row.audio * 100,
        overrun_bp=None if row.overrun is None else row.overrun * 100,
        gap_bp=row.gap * 100,
        full=row.full,
        renewals=renewals,
        equipment_months=row.equipment_months,
    )


def _renewal(row: _Renewal) -> Limit:
    condition = ALWAYS
    if row.when or row.from_age or row.below_age != Case().below_age:
        case = Case(
            required=frozenset({row.when} if row.when else ()),
            from_age=row.from_age,
            below_age=row.below_age,
        )
        condition = Condition((case,))
    return Limit(
        counter=row.counter,
        units=row.units if row.months else NO_LIMIT,
        window=Window(Span.MONTHS, row.months or 1),
        by_side=row.by_side,
        condition=condition,
    )


@cache
def _tables() -> _Tables:
    return load_data("law.yaml", _Tables)


def load_law() -> LawBook:
    """Read the tables that come with the product."""
    return LawBook(_tables())


def letter_values(letter: str) -> list[LetterValue]:
    """Return what a key letter is worth, day after day."""
    return [one for one in _tables().letters if one.letter == letter]
