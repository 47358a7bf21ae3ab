"""How often a line pays and how long after joining: its limits, renewals, ceilings and waits, level by level."""

from collections.abc import Collection
from dataclasses import replace
from typing import Final, NamedTuple, Self

import yaml

from egide.plans.language.conditions import every
from egide.plans.language.limits import ReadLimit, read_limit
from egide.plans.language.spans import FormulaError, YearKind
from egide.plans.language.terms import ParsedFormula
from egide.plans.language.unsayable import remedy_for_cell
from egide.plans.language.words import slug
from egide.plans.table import counters
from egide.plans.table.acts import NamedActs
from egide.plans.table.by_level import Texts, by_level
from egide.plans.table.placed import Header
from egide.plans.table.reader import Reader
from egide.plans.table.scope import Scope
from egide.pricing import ALWAYS, Case, Condition, Limit, Purse, Role

_EARS: Final = frozenset({Role.AUDIO_1, Role.AUDIO_2})


class Names(NamedTuple):
    """Under which names a line, or one of its cases, counts what its formula says, its limits and its renewals."""

    line: str
    formula: str
    limit: str
    renewal: str

    @classmethod
    def of(cls, own: Collection[str], line: str, apart: str) -> Self:
        """Return the names of a case: its own for the fields that it says itself, the line's for the others."""
        fields = ("remboursement", "limite", "renouvellement")
        return cls(line, *(line + apart if field in own else line for field in fields))


class Counting:
    """Reads what the lines of one grid count."""

    def __init__(self, reader: Reader, header: Header) -> None:
        self._reader = reader
        self._header = header

    def by_level(self, scope: Scope, name: str) -> list[Texts]:
        """Return the texts of a field, by level."""
        return by_level(self._reader, scope.get(name), name, len(self._header.levels))

    def counts(self, scope: Scope) -> list[tuple[Texts, Texts]]:
        """Return the limits and the renewals of each level, as they are written."""
        found: list[list[Texts]] = []
        for name, year in (
            ("limite", self._header.setting.year),
            ("renouvellement", YearKind.ROLLING),
        ):
            node = scope.get(name)

            def limit(
                text: str,
                at: yaml.Node | None = node,
                name: str = name,
                year: YearKind | None = year,
            ) -> ReadLimit | None:
                return None if at is None else self._limit(at, name, text, year)

            found.append(by_level(self._reader, node, name, len(self._header.levels), limit))
        return list(zip(*found, strict=True))

    def limits(
        self, counts: tuple[Texts, Texts], formula: ParsedFormula, acts: NamedActs, names: Names
    ) -> list[Limit]:
        """Return the limits of a line at one level: those of its formula, of its fields, of its renewals."""
        found: list[Limit] = []
        year = self._header.setting.year
        is_pair = bool(acts.equipment) and not acts.families
        said = [(read, names.formula) for read in counters.counted(formula)]
        limited, renewed = counts
        for at, text in limited:
            if (read := self._limit(at, "limite", text, year)) is not None:
                said.append((read, names.limit))
        for read, name in said:
            if is_pair:  # what is counted of a pair is the pair
                found += counters.renewals(replace(read, of_equipments=True), acts.roles, name)
            else:
                found.append(counters.line_limit(read, name))
        for at, text in renewed:
            read = self._limit(at, "renouvellement", text, YearKind.ROLLING)
            if read is None:
                continue
            if acts.roles & _EARS and not read.per.by_side and read.units == 1:
                remedy = "Écrire « 1 par 4 ans et par oreille »."
                reason = f"« {text} » ne dit pas si chaque oreille a la sienne."
                self._reader.fault(at, "renouvellement", reason, remedy)
            read = replace(read, of_equipments=True) if is_pair else read
            found += counters.renewals(read, acts.roles, names.renewal)
        return found

    def _limit(
        self, at: yaml.Node, name: str, text: str, year: YearKind | None
    ) -> ReadLimit | None:
        try:
            return read_limit(text, year)
        except FormulaError as error:
            self._reader.fault(at, name, str(error), remedy_for_cell(text) or error.remedy)
            return None

    def ceilings(
        self, named: Texts, formula: ParsedFormula, name: str, level: int
    ) -> tuple[Purse, ...]:
        """Return the purses that bound a line at one level: those of its formula, and those it names."""
        found = counters.purses(formula, name)
        for at, text in named:
            terms = self._header.ceilings.get(text)
            term = None if terms is None else terms[level]
            if terms is None:
                names = ", ".join(self._header.ceilings) or "aucun"
                remedy = f"Le définir sous « plafonds » en tête de grille (définis : {names})."
                reason = f"le plafond « {text} » n'est pas défini."
                self._reader.fault(at, "plafond", reason, remedy)
            if term is None:
                continue
            counter = f"ceiling:{self._header.code}:{slug(text)}"
            found.append(counters.purse(counter, term, includes_amo=False))
        return tuple(found)

    def waits(self, scope: Scope) -> list[Condition]:
        """Return what must have gone by since the cover began, by level."""
        return [self._wait(texts) for texts in self.by_level(scope, "attente")]

    def _wait(self, texts: Texts) -> Condition:
        wait = ALWAYS
        for at, text in texts:
            count, _, unit = text.partition(" ")
            if not count.isdigit() or unit != "mois":
                reason = f"« {text} » n'est pas une durée."
                self._reader.fault(at, "attente", reason, "Écrire « 3 mois ».")
                continue
            wait = every(wait, Condition((Case(from_months=int(count)),)))
        return wait
