"""Look up a billed line in the dated tables and return the act that pricing needs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Final

from egide.core.money import Money
from egide.nomenclature.families import families, in_stay, other_kind
from egide.nomenclature.law import LawBook, load_law
from egide.nomenclature.tariff import Basis, Entry, Tariff, shipped_entries
from egide.nomenclature.unpriceable import BaseMissingError, UnpriceableError
from egide.pricing import Act, Law, Role

OTHER: Final = "libre"  # the system of what no nomenclature holds: the grid names it by itself
NOT_OPTAM: Final = "not-optam"
NOT_CONTRACTED: Final = "not-contracted"
REFUSED: Final = "refused"
_FREE = Tariff(since=date.min, basis=Basis.FIXED, base_cents=0, source="hors nomenclature")


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledLine:
    """A line as the professional bills it, before any tariff.

    Args:
        expense: for the whole quantity.
        base: the tariff base as the professional's software knows it, for the whole quantity; needed
            where no tariff says it (stays, transports), lowers that of a drug (tarif forfaitaire de
            responsabilité) or of who is not contracted (tarif d'autorité), ignored elsewhere.
        situation: words that change rates or lines, of ``SITUATIONS``.
        performer: who did it, where several of an establishment may.
        stay: what tells a hospital stay from another.
        sequence: the number that the professional's software gives it; 0 where it gives none.
    """

    system: str
    code: str
    care_on: date
    quantity: int
    expense: Money
    side: str = ""
    situation: frozenset[str] = frozenset()
    base: Money | None = None
    performer: str = ""
    stay: str = ""
    sequence: int = 0


_OF_STAY: Final = frozenset({Role.STAY, Role.DAILY_CHARGE})
_PLACES: Final = {"right": "droite", "left": "gauche"}
_THE_STAY: Final = "stay"  # of a bill that names none: it has one


class Nomenclature:
    """The tables in memory.

    Args:
        entries: the acts; one that comes later replaces an earlier one of the same code.
    """

    def __init__(self, entries: Iterable[Entry], law: LawBook) -> None:
        self._entries = {(entry.system, entry.code): entry for entry in entries}
        self._law = law
        self._tariffs: dict[tuple[str, str, date], tuple[Entry, Tariff]] = {}

    def extended(self, entries: Iterable[Entry]) -> "Nomenclature":
        """Return the same tables with other acts, which replace those of the same code."""
        return Nomenclature([*self._entries.values(), *entries], self._law)

    def entries(self) -> list[Entry]:
        """Return every act, by system and code."""
        return [entry for _, entry in sorted(self._entries.items())]

    def has(self, system: str, code: str) -> bool:
        """Tell whether an act is in the tables."""
        return (system, code) in self._entries

    def label_of(self, system: str, code: str) -> str | None:
        """Return how a code's act is called; None if it is not there."""
        entry = self._entries.get((system, code))
        if entry is None:
            family = families().get(code) if system == OTHER else None
            return None if family is None else family.label
        return entry.label

    def family_of(self, system: str, code: str) -> str:
        """Return the word of an act's family; its code's own where it is not there."""
        entry = self._entries.get((system, code))
        return code if entry is None else entry.kind.family

    def named(self, act: str) -> str:
        """Return an act with its place, « grouping:M03 right », as a person reads it, its code beside it."""
        coded, _, place = act.partition(" ")
        system, _, code = coded.partition(":")
        label = self.label_of(system, code)
        where = f", {_PLACES.get(place, place)}" if place else ""
        return f"{coded}{where}" if label is None else f"{label}{where} ({coded})"

    def of_one_stay(self, lines: Sequence[BilledLine]) -> list[BilledLine]:
        """Return the lines of one bill, all of one stay where it bills a stay or its day charge and names none.

        What a hospital bills beside the costs of a stay was done in it, unless the bill says which stay is whose.
        """
        bills_stay = any(
            entry is not None and entry.kind.role in _OF_STAY
            for entry in (self._entries.get((line.system, line.code)) for line in lines)
        )
        if not bills_stay or any(line.stay for line in lines):
            return list(lines)
        return [replace(line, stay=_THE_STAY) for line in lines]

    def may_bill(self, profession: str, system: str, code: str) -> bool:
        """Tell whether a profession may bill an act; an unknown act is nobody's."""
        entry = self._entries.get((system, code))
        if entry is None and system == OTHER and code in families():
            return profession in families()[code].billed_by
        return entry is not None and profession in entry.professions

    def law_on(self, day: date) -> Law:
        """Return the numbers of the law on a day.

        Raises:
            UnpriceableError: the tables begin later.
        """
        return self._law.on(day)

    def act(self, line: BilledLine, *, age: int, member_since: date | None = None) -> Act:
        """Return the act of a billed line, with the tariff and the rate of its day.

        Args:
            age: full years of the person on the day of care.
            member_since: first day of its cover.

        Raises:
            UnpriceableError: unknown code, no tariff or rate on that day, or no base where one is needed.
        """
        day, situation, quantity = line.care_on, _implied(line.situation), line.quantity
        key = (line.system, line.code, day)
        known = self._tariffs.get(key)
        if known is None:
            known = self._tariffs[key] = self._find(line)
        entry, tariff = known
        kind = in_stay(entry.kind) if line.stay else entry.kind
        expense = line.expense.cents
        base = _base(line, tariff, age, situation)
        rate, source = self._law.rate(kind, day, situation, in_stay=line.stay != "")
        if REFUSED in situation:
            rate, source = 0, "refusé par la Sécurité sociale"
        limit = tariff.limit_on(situation)
        return Act(
            f"{line.system}:{line.code}",
            kind,
            entry.label,
            day,
            quantity,
            expense,
            base,
            rate,
            None if limit is None else limit * quantity,
            self._law.deductible(kind, day, situation, age),
            situation,
            age,
            member_since,
            line.side,
            line.stay,
            line.performer,
            None,
            tariff.source,
            source,
        )

    def bare_act(
        self, word: str, day: date, cents: int, *, situation: frozenset[str], age: int = 40
    ) -> Act:
        """Return an act of a family whose base and price are the same, at the rate of a day.

        Raises:
            UnpriceableError: no rate yet on that day.
        """
        kind = families()[word].kind
        rate, source = self._law.rate(kind, day, situation)
        return Act(
            code=f"{OTHER}:{word}",
            kind=kind,
            label=families()[word].label,
            care_on=day,
            quantity=1,
            expense_cents=cents,
            base_cents=cents,
            rate_bp=rate,
            situation=situation,
            age=age,
            member_since=date.min,
            rate_source=source,
        )

    def _find(self, line: BilledLine) -> tuple[Entry, Tariff]:
        entry = self._entries.get((line.system, line.code))
        if entry is None and line.system == OTHER:
            return _other(line.code), _FREE
        if entry is None:
            message = (
                "ce code n'est pas dans les tables de cette installation, livrées ou importées "
                "(./egide import nomenclature)"
            )
            raise UnpriceableError(message)
        return entry, entry.tariff_on(line.care_on)


def _base(line: BilledLine, tariff: Tariff, age: int, situation: frozenset[str]) -> int:
    """Return the base that the AMO reimburses from, in cents, for the whole quantity."""
    expense = line.expense.cents
    match tariff.basis:
        case Basis.FIXED:
            base = tariff.base_on(age, situation)
            if tariff.not_optam_cents is not None and NOT_OPTAM in situation:
                base = tariff.not_optam_cents
            base *= line.quantity
            if NOT_CONTRACTED in situation and base:
                if line.base is None:
                    message = "Qui n'est pas conventionné est remboursé au tarif d'autorité."
                    raise BaseMissingError(message)
                base = min(base, line.base.cents)
        case Basis.PRICE:
            base = expense if line.base is None else min(expense, line.base.cents)
        case Basis.DECLARED:
            if line.base is None:
                raise BaseMissingError
            base = line.base.cents
    return base


def _implied(situation: frozenset[str]) -> frozenset[str]:
    """Add what some words imply: who is not contracted has not joined OPTAM either."""
    return situation | {NOT_OPTAM} if NOT_CONTRACTED in situation else situation


def _other(word: str) -> Entry:
    family = families().get(word)
    kind = other_kind(f"{OTHER}:{word}") if family is None else family.kind
    return Entry(
        system=OTHER,
        code=word,
        kind=kind,
        label=word if family is None else family.label,
        professions=frozenset(),
        tariffs=(_FREE,),
    )


@cache
def load_nomenclature() -> Nomenclature:
    """Return the tables that come with the product."""
    return Nomenclature(shipped_entries(), load_law())
