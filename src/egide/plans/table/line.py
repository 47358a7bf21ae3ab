"""Read one line of the printed table: what it pays, how, to whom, how often; level by level."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Final, NamedTuple

import yaml

from egide.core.period import Period
from egide.plans.language.conditions import every, read_condition
from egide.plans.language.formula import read_formula
from egide.plans.language.spans import FormulaError
from egide.plans.language.terms import AmoMode, ParsedFormula, Setting
from egide.plans.language.unsayable import remedy_for_cell
from egide.plans.language.words import hundredths, slug
from egide.plans.table import counters
from egide.plans.table.acts import NamedActs, apart_from_others, read_acts
from egide.plans.table.counting import Counting, Names
from egide.plans.table.effect import check_pays, check_tiers
from egide.plans.table.placed import (
    NOTHING,
    Header,
    PlacedLine,
    ReadLine,
    with_voids_last,
)
from egide.plans.table.reader import Reader
from egide.plans.table.row import Cell, Row
from egide.plans.table.scope import Scope
from egide.plans.table.units import check_units
from egide.pricing import (
    ALL_DAYS,
    ALWAYS,
    EQUIPMENT,
    Amount,
    Case,
    Condition,
    GuaranteeLine,
    Role,
)

AMO_MODES: Final = {mode.value: mode for mode in AmoMode} | {
    "incluse": AmoMode.INCLUDED,
    "non comprise": AmoMode.ON_TOP,
    "en complément": AmoMode.ON_TOP,
}
FIELDS: Final = (
    "ligne",
    "actes",
    "codes",
    "remboursement",
    "service",
    "cas",
    "si",
    "limite",
    "renouvellement",
    "plafond",
    "crédit",
    "compteur",
    "attente",
    "base",
    "dont monture",
    "amo",
    "du",
    "au",
    "note",
)
CASE_FIELDS: Final = tuple(
    name for name in FIELDS if name not in {"ligne", "cas", "service", "note", "compteur"}
)
REST: Final = "sinon"
_NOTHING: Final = frozenset(
    {
        "néant",
        "neant",
        "-",
        "\u2013",
        "\u2014",
        "\u2212",
        "/",
        "non",
        "non couvert",
        "non couverte",
        "non couverts",
        "non couvertes",
        "non pris en charge",
        "non prise en charge",
        "pas de prise en charge",
        "aucun",
        "aucune",
    }
)
_FRAME: Final = re.compile(
    r",? ?\(?dont (?:maximum |au plus )?(?:(?:pour )?(?:la )?monture )?(?:maximum |de |: ?)?([\d ]+(?:,\d{1,2})?) ?€"
    r"(?: (?:maximum )?(?:pour|de|sur) (?:la )?monture)?\)?",
    re.IGNORECASE,
)
_SAME: Final = "idem"
_GLASSES: Final = EQUIPMENT - {Role.FRAME_A}
_ACCEPTED: Final = Condition((Case(forbidden=frozenset({"refused"})),))


class _Case(NamedTuple):
    """A line, or one of its cases; ``apart``: what tells its own counters from the other cases'."""

    scope: Scope
    acts: NamedActs
    apart: str


class LineReader:
    """Reads the lines of one grid."""

    def __init__(self, reader: Reader, header: Header) -> None:
        self._reader = reader
        self._header = header
        self._counting = Counting(reader, header)

    def read(self, node: yaml.Node, section: str) -> ReadLine | None:
        """Read an entry of a section; None if it has mistakes, which the reader gathers."""
        reader = self._reader
        known = len(reader.faults)
        members = reader.members(node, "ligne", FIELDS)
        label = reader.text(members.get("ligne"), "ligne", node)
        note = reader.text(members["note"], "note", node) if "note" in members else ""
        counter = self._texts(members.get("compteur"), "compteur")
        read = ReadLine(
            node=node,
            row=Row(section=section, label=label, cells=(), note=note),
            by_level=[[] for _ in self._header.levels],
            key=slug(counter[0][1] if counter else f"{section} {label}"),
            shares=bool(counter),
        )
        if "service" in members:
            self._check_service(members)
            said = self._cells(members["service"], "service", node)
            cells = tuple((Cell(text=text),) for _, text in said)
            read.row = replace(read.row, cells=cells, is_service=True)
            return read if len(reader.faults) == known else None
        shown: list[list[Cell]] = [[] for _ in self._header.levels]
        scopes = self._scopes(node, members)
        named = [self._acts(scope) for scope in scopes]
        # What a name shares with other lines, the cases share too.
        aparts = [""] * len(scopes) if read.shares else apart_from_others(named)
        for scope, acts, apart in zip(scopes, named, aparts, strict=True):
            self._scope(_Case(scope, acts, apart), read, shown)
        # What is left comes last: the first line that holds is taken.
        read.by_level = [
            with_voids_last(sorted(lines, key=lambda one: one.is_rest))
            for lines in read.by_level
        ]
        read.row = replace(read.row, cells=tuple(tuple(cells) for cells in shown))
        return read if len(reader.faults) == known else None

    def _check_service(self, members: Mapping[str, yaml.Node]) -> None:
        """Refuse a service that pays acts: what it pays would be lost."""
        for name, node in members.items():
            if name not in {"ligne", "service", "note"}:
                reason = (
                    f"une ligne de service ne paie pas d'acte : « {name} » y serait sans effet."
                )
                remedy = "Retirer « service », ou faire deux lignes."
                self._reader.fault(node, name, reason, remedy)

    def _scopes(self, node: yaml.Node, members: Mapping[str, yaml.Node]) -> list[Scope]:
        if "cas" not in members:
            return [Scope(node, members)]
        cases = members["cas"]
        if not isinstance(cases, yaml.SequenceNode) or not cases.value:
            remedy = "Commencer chaque cas par « - si: »."
            self._reader.fault(cases, "cas", "une liste de cas est attendue.", remedy)
            return []
        return [
            Scope(case, self._reader.members(case, "cas", CASE_FIELDS), members)
            for case in cases.value
        ]

    def _acts(self, scope: Scope) -> NamedActs:
        names = scope.naming("actes", "codes")
        words = self._texts(names.get("actes"), "actes")
        codes = self._texts(names.get("codes"), "codes")
        return read_acts(self._reader, scope.node, words, codes)

    def _scope(self, case: _Case, read: ReadLine, shown: list[list[Cell]]) -> None:
        scope, acts, apart = case
        condition, is_rest = self._condition(scope, acts)
        counting = self._counting
        waits, counts = counting.waits(scope), counting.counts(scope)
        named = counting.by_level(scope, "plafond")
        period = self._period(scope)
        formulas = self._formulas(scope)
        if not formulas and scope.get("remboursement") is None:
            self._reader.fault(scope.node, "remboursement", "ce champ manque.", "L'ajouter.")
        for level, formula in enumerate(formulas):
            text = formula.text if formula else "néant"
            counted = [[one for _, one in texts] for texts in counts[level]]
            said = scope.said(self._reader, level, len(self._header.levels), counted)
            said = ", ".join(filter(None, (apart and acts.said, said)))
            shown[level].append(Cell(text=text, case="" if formula is None else said))
            if period is None:
                continue
            void = GuaranteeLine(
                key=read.key,
                label=read.row.label,
                families=acts.families,
                codes=acts.codes,
                equipment=acts.equipment,
                condition=condition,
                period=period,
                formula=NOTHING,
                pays=False,
            )
            if formula is None:
                read.by_level[level].append(PlacedLine(scope.node, void, is_rest))
                continue
            names = Names.of(scope.own, f"{self._header.code}:{read.key}", apart)
            shared = self._texts(scope.get("crédit"), "crédit")
            spent = f"{self._header.code}:{slug(shared[0][1])}" if shared else names.formula
            wait = waits[level]
            limits = counting.limits(counts[level], formula, acts, names)
            self._check_pair(scope, formula, acts)
            check_units(self._reader, scope, acts, formula.text)
            check_tiers(self._reader, scope, formula, len(limits))
            line = replace(
                void,
                pays=True,
                condition=every(condition, wait),
                formula=counters.formula(formula, spent),
                limits=tuple(limits),
                ceilings=counting.ceilings(named[level], formula, names.formula, level),
                base_cents=self._amount(scope, "base", level),
                frame_cents=self._frame(scope, acts, level),
                glasses=not acts.roles.isdisjoint(_GLASSES),
            )
            has_network = self._header.has_network
            check_pays(self._reader, scope, acts, line, has_network=has_network)
            read.counts_units = read.counts_units or bool(limits)
            has_own = any(f"limit:{names.line}" in one.counter for one in limits)
            read.has_counters |= has_own or bool(line.formula.credit or line.ceilings)
            read.by_level[level].append(PlacedLine(scope.node, line, is_rest))
            if wait is not ALWAYS:
                read.by_level[level].append(PlacedLine(scope.node, void, is_rest))

    def _texts(self, node: yaml.Node | None, name: str) -> list[tuple[yaml.Node, str]]:
        return [] if node is None else self._reader.texts(node, name)

    def _formulas(self, scope: Scope) -> list[ParsedFormula | None]:
        node = scope.get("remboursement")
        if node is None:
            return []
        setting = self._header.setting
        if (amo := scope.get("amo")) is not None:
            mode = self._reader.choice(amo, "amo", scope.node, AMO_MODES)
            setting = setting._replace(amo=mode or setting.amo)
        return [
            self._formula(at, text, setting)
            for at, text in self._cells(node, "remboursement", scope.node)
        ]

    def _formula(self, at: yaml.Node, text: str, setting: Setting) -> ParsedFormula | None:
        if not text or text.lower() in _NOTHING:
            return None
        try:
            parsed = read_formula(_FRAME.sub("", text), setting)
            parsed.text = " ".join(text.split())
            return parsed
        except FormulaError as error:
            remedy = remedy_for_cell(text) or error.remedy
            self._reader.fault(at, "remboursement", str(error), remedy)
            return None

    def _cells(self, node: yaml.Node, name: str, at: yaml.Node) -> list[tuple[yaml.Node, str]]:
        """Return a text by level: one for all, or a list of as many as there are columns."""
        count = len(self._header.levels)
        if not isinstance(node, yaml.SequenceNode):
            return [(node, self._reader.text(node, name, at))] * count
        texts = self._reader.texts(node, name)
        if len(texts) != count:
            self._reader.fault(
                node,
                name,
                f"{len(texts)} valeurs pour {count} niveau(x).",
                "Écrire une valeur par niveau, dans l'ordre de « niveaux », ou une seule pour tous. "
                'Entre crochets, une décimale se met entre guillemets : ["1,5 % PMSS", 30 €].',
            )
            return []
        cells: list[tuple[yaml.Node, str]] = []
        for place, text in texts:
            is_same = text.lower() == _SAME and cells
            cells.append((place, cells[-1][1] if is_same else text))
        return cells

    def _frame(self, scope: Scope, acts: NamedActs, level: int) -> int | None:
        """Return what may go to the frame: of its field, or as the formula says it."""
        node = scope.get("dont monture")
        if node is not None and not acts.equipment:
            remedy = "Nommer une paire entière (« equipement-simple », …), ou retirer ce champ."
            self._reader.fault(node, "dont monture", "la ligne ne paie pas de paire.", remedy)
        if node is not None:
            return self._amount(scope, "dont monture", level)
        formula = scope.get("remboursement")
        cells = [] if formula is None else self._cells(formula, "remboursement", scope.node)
        found = _FRAME.search(cells[level][1]) if level < len(cells) else None
        return None if found is None else hundredths(found[1].strip())

    def _check_pair(self, scope: Scope, formula: ParsedFormula, acts: NamedActs) -> None:
        """Refuse an amount that a pair of glasses would get once an element."""
        amounts = (formula.sum.unit, formula.sum.pair, formula.sum.once)
        if acts.equipment and not acts.families and any(one != Amount() for one in amounts):
            self._reader.fault(
                scope.get("remboursement") or scope.node,
                "remboursement",
                f"« {formula.text} » serait payé pour chaque verre et pour la monture.",
                "Écrire « … € par équipement » pour la paire entière.",
            )

    def _amount(self, scope: Scope, name: str, level: int) -> int | None:
        """Return an amount in euros of a field, in cents; None if it is not there."""
        node = scope.get(name)
        cells = [] if node is None else self._cells(node, name, scope.node)
        if level >= len(cells):
            return None
        at, text = cells[level]
        try:
            return hundredths(text.removesuffix("€").strip())
        except ValueError:
            reason = f"« {text} » n'est pas un montant."
            self._reader.fault(at, name, reason, "Écrire « 107,50 € ».")
            return None

    def _condition(self, scope: Scope, acts: NamedActs) -> tuple[Condition, bool]:
        """Return what must hold, and whether it is the rest that other cases leave."""
        condition, is_rest = ALWAYS, False
        for holder in (scope.line, scope.own):
            for at, text in self._texts(holder.get("si"), "si"):
                if text == REST and scope.line:
                    is_rest = True
                    continue
                try:
                    condition = every(condition, read_condition(text))
                except FormulaError as error:
                    self._reader.fault(at, "si", str(error), error.remedy)
        if not condition.cases:
            reason = "ces conditions ne peuvent pas être vraies ensemble."
            self._reader.fault(scope.node, "si", reason, "En retirer une.")
            return ALWAYS, is_rest
        speaks_of_refused = acts.are_refused or any(
            "refused" in case.required | case.forbidden for case in condition.cases
        )
        # Unless it says so, a line pays only what the AMO accepts.
        return condition if speaks_of_refused else every(condition, _ACCEPTED), is_rest

    def _period(self, scope: Scope) -> Period | None:
        reader = self._reader
        if scope.get("du") is None and scope.get("au") is None:
            return ALL_DAYS
        start, end = date.min, None
        if (since := scope.get("du")) is not None:
            start = reader.day(since, "du", scope.node)
        if (until := scope.get("au")) is not None:
            last = reader.day(until, "au", scope.node)
            end = last + timedelta(days=1) if last else None
        if start is not None and end is not None and end <= start:
            remedy = "Corriger « du » ou « au »."
            reader.fault(scope.node, "au", "la fin précède le début.", remedy)
            return None
        return None if start is None else Period(start, end)
