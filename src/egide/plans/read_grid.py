"""Read a grid's file (YAML): one line of the printed table, one entry; every mistake is named.

The format is described for insurers in ``docs/howto/add-a-plan.md``.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Final, TypeVar, cast

import yaml

from egide.plans.grid import Grid, GridError
from egide.plans.language import (
    AmoMode,
    CreditTerm,
    FormulaError,
    Setting,
    YearKind,
    hundredths,
    read_formula,
)
from egide.plans.table import (
    AMO_MODES,
    UNLIMITED,
    GridFault,
    Header,
    LineReader,
    Reader,
    ReadLine,
    check_counters,
    check_overlaps,
)
from egide.pricing import GuaranteeLine, Layer, Stacking

DOMAINS: Final = (
    "PHAR",
    "MED",
    "LABO",
    "RADL",
    "AUXM",
    "DENT",
    "OPTI",
    "AUDI",
    "HOSP",
    "TRAN",
    "EXTE",
)
HEADER: Final = (
    "grille",
    "version",
    "libellé",
    "source",
    "amo",
    "an",
    "responsable",
    "domaines",
    "niveaux",
    "option de",
    "empilement",
    "fermée le",
    "réseau",
    "plafonds",
    "notes",
    "garanties",
)
_YES_NO: Final = {"oui": True, "non": False, "true": True, "false": False}
_YEARS: Final = {year.value: year for year in YearKind} | {
    "année civile": YearKind.CIVIL,
    "civile": YearKind.CIVIL,
    "adhesion": YearKind.MEMBERSHIP,
}
STACKING: Final = {"total": Stacking.TOTAL, "ajouté": Stacking.ADDED}
_CODE = re.compile(r"^[A-Z0-9][A-Z0-9-]{1,39}$")
_LEVEL = re.compile(r"^[A-Z0-9]{1,12}$")
Value = TypeVar("Value")
_LIST_REMEDY: Final = "Commencer chaque ligne par « - ligne: »."


def read_grid(text: str) -> Grid:
    """Read and check a grid; the file is taken whole or refused with every fault.

    Raises:
        GridError: with line, field, reason and remedy of each mistake.
    """
    root = _compose(text)
    reader = Reader()
    head = _Head(reader, root)
    header = head.header()
    lines = _lines(reader, head.members.get("garanties"), root, header)
    check_overlaps(reader, lines)
    check_counters(reader, lines)
    grid = head.grid(lines, text)
    if reader.faults or grid is None:
        raise GridError(sorted(reader.faults, key=lambda fault: fault.line))
    return grid


def _compose(text: str) -> yaml.Node:
    try:
        root = _yaml_node(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        fault = GridFault(
            mark.line + 1 if mark else 1,
            "fichier",
            "le fichier n'est pas du YAML lisible.",
            "Vérifier l'alignement et les deux-points de cette ligne.",
        )
        raise GridError([fault]) from None
    except yaml.YAMLError:
        raise GridError(
            [GridFault(1, "fichier", "un signe n'est pas lisible.", "Enregistrer en UTF-8.")]
        ) from None
    if root is None:
        raise GridError([GridFault(1, "fichier", "le fichier est vide.", "Écrire la grille.")])
    return root


_yaml_node = cast(
    "Callable[[str], yaml.Node | None]",
    partial(yaml.compose, Loader=yaml.SafeLoader),  # pyright: ignore[reportUnknownMemberType]  # typed in part
)


class _Head:
    """The head of a grid's file."""

    def __init__(self, reader: Reader, root: yaml.Node) -> None:
        self.reader = reader
        self.root = root
        self.members = reader.members(root, "fichier", HEADER)
        self.code = reader.text(self.members.get("grille"), "grille", root)
        if self.code and not _CODE.match(self.code):
            node = self.members["grille"]
            remedy = "Majuscules, chiffres, tirets."
            reader.fault(node, "grille", "ce code n'a pas la forme attendue.", remedy)
        self.labels = self._levels()
        amo = self.members.get("amo")
        self.says_included = amo is not None and str(amo.value).startswith("compris")

    def header(self) -> Header:
        amo = self._choice("amo", AMO_MODES)
        if amo is None and "amo" in self.members:
            amo = AmoMode.INCLUDED  # told once, where it stands; not again at each amount
        year = self._choice("an", _YEARS)
        setting = Setting(amo, year)
        return Header(
            code=self.code,
            levels=tuple(self.labels),
            setting=setting,
            ceilings=self._ceilings(setting),
            has_network="réseau" in self.members,
        )

    def _choice(self, name: str, values: dict[str, Value]) -> Value | None:
        node = self.members.get(name)
        return None if node is None else self.reader.choice(node, name, self.root, values)

    def _pairs(self, name: str, remedy: str) -> list[tuple[yaml.Node, str, str]]:
        """Return the node, the key and the text of a mapping's members."""
        node = self.members.get(name)
        if node is None:
            return []
        if not isinstance(node, yaml.MappingNode) or not node.value:
            self.reader.fault(node, name, "une liste de « nom: valeur » est attendue.", remedy)
            return []
        return [
            (key, str(key.value), self.reader.text(value, name, node))
            for key, value in node.value
        ]

    def _levels(self) -> dict[str, str]:
        """Return the label of each column, by plan code."""
        remedy = (
            "Écrire « niveaux: {S1: Socle, S2: Renforcé} », un nom de douze lettres au plus."
        )
        labels: dict[str, str] = {}
        for node, name, label in self._pairs("niveaux", remedy):
            if not _LEVEL.match(name):
                reason = f"« {name} » n'est pas un nom de niveau."
                self.reader.fault(node, "niveaux", reason, remedy)
            elif f"{self.code}-{name}" in labels:
                reason = f"le niveau « {name} » est répété."
                self.reader.fault(node, "niveaux", reason, "N'en garder qu'un.")
            labels[f"{self.code}-{name}"] = label
        return labels or {self.code: ""}

    def _ceilings(self, setting: Setting) -> dict[str, Sequence[CreditTerm | None]]:
        """Return the purses that lines share, one a level."""
        remedy = "Écrire « dentaire: 1 500 € par année civile »."
        found: dict[str, Sequence[CreditTerm | None]] = {}
        node = self.members.get("plafonds")
        if node is None:
            return found
        if not isinstance(node, yaml.MappingNode) or not node.value:
            self.reader.fault(
                node, "plafonds", "une liste de « nom: valeur » est attendue.", remedy
            )
            return found
        for key, value in node.value:
            texts = self.reader.texts(value, "plafonds")
            if len(texts) == 1:
                texts *= len(self.labels)
            elif len(texts) != len(self.labels):
                reason = f"{len(texts)} valeurs pour {len(self.labels)} niveau(x)."
                self.reader.fault(value, "plafonds", reason, remedy)
                continue
            found[str(key.value)] = [
                self._ceiling(key, text, setting, remedy) for _, text in texts
            ]
        return found

    def _ceiling(
        self, node: yaml.Node, text: str, setting: Setting, remedy: str
    ) -> CreditTerm | None:
        if text.lower() in UNLIMITED:
            return None
        try:
            term = read_formula(text, setting).credit
        except FormulaError as error:
            self.reader.fault(node, "plafonds", str(error), error.remedy)
            return None
        if term is None:
            reason = f"« {text} » n'est pas un montant par période."
            self.reader.fault(node, "plafonds", reason, remedy)
        return term

    def _prices(self) -> Mapping[str, int]:
        """Return the network's prices by act code, in cents."""
        remedy = "Écrire « lpp:2223342: 95,00 € »."
        prices: dict[str, int] = {}
        for node, name, text in self._pairs("réseau", remedy):
            system, _, code = name.partition(":")
            try:
                prices[name] = hundredths(text.removesuffix("€").strip())
            except ValueError:
                system = ""
            if not (system and code):
                reason = f"« {name}: {text} » n'est pas le prix d'un acte."
                self.reader.fault(node, "réseau", reason, remedy)
        return prices

    def _texts(self, name: str) -> tuple[str, ...]:
        node = self.members.get(name)
        if node is None:
            return ()
        return tuple(text for _, text in self.reader.texts(node, name))

    def _stacking(self) -> Stacking:
        if "option de" not in self.members:
            if "empilement" in self.members:
                node = self.members["empilement"]
                remedy = "Écrire aussi « option de: CODE »."
                self.reader.fault(node, "empilement", "la grille n'est pas une option.", remedy)
            return Stacking.BASE
        node = self.members.get("empilement")
        chosen = self.reader.choice(node, "empilement", self.root, STACKING)
        if chosen is Stacking.ADDED and node is not None and self.says_included:
            self.reader.fault(
                node,
                "empilement",
                "ce qui s'ajoute ne comprend pas la part de la Sécurité sociale, déjà payée.",
                "Écrire « amo: en plus », ou « empilement: total ».",
            )
        for at, word in self.reader.texts(self.members["option de"], "option de"):
            if word in {self.code, *self.labels}:
                remedy = "Nommer les niveaux de la base qu'elle complète."
                self.reader.fault(
                    at, "option de", "une option ne se complète pas elle-même.", remedy
                )
        return chosen or Stacking.BASE

    def _domains(self) -> tuple[str, ...]:
        node = self.members.get("domaines")
        remedy = f"Écrire une liste parmi : {', '.join(DOMAINS)}."
        if node is None:
            self.reader.fault(self.root, "domaines", "ce champ manque.", remedy)
            return ()
        words: list[str] = []
        for at, word in self.reader.texts(node, "domaines"):
            if word and word not in DOMAINS:
                self.reader.fault(at, "domaines", f"« {word} » n'est pas connu.", remedy)
            words.append(word)
        return tuple(words)

    def grid(self, lines: list[ReadLine], text: str) -> Grid | None:
        """Return the grid; None if its head has mistakes."""
        reader, members = self.reader, self.members
        version_on = reader.day(members.get("version"), "version", self.root)
        label = reader.text(members.get("libellé"), "libellé", self.root)
        responsible = reader.choice(
            members.get("responsable"), "responsable", self.root, _YES_NO
        )
        closed: date | None = None
        if "fermée le" in members:
            closed = reader.day(members["fermée le"], "fermée le", self.root)
        domains, stacking, prices = self._domains(), self._stacking(), self._prices()
        if version_on is None or responsible is None:
            return None
        layers = {
            plan_code: Layer(
                plan_code=plan_code,
                label=f"{label}, {column}" if column else label,
                responsible=responsible,
                lines=_in_order(lines, level),
                stacking=stacking,
                network_prices=prices,
            )
            for level, (plan_code, column) in enumerate(self.labels.items())
        }
        return Grid(
            code=self.code,
            version_on=version_on,
            label=label,
            source=" ; ".join(self._texts("source")),
            levels=self.labels,
            layers=layers,
            option_of=self._texts("option de"),
            closed_on=closed,
            domains=domains,
            rows=tuple(read.row for read in lines),
            notes=self._texts("notes"),
            text=text,
            digest=hashlib.sha256(text.encode()).hexdigest(),
        )


def _lines(
    reader: Reader, node: yaml.Node | None, root: yaml.Node, header: Header
) -> list[ReadLine]:
    if not isinstance(node, yaml.MappingNode) or not node.value:
        remedy = "Écrire « Poste: » puis ses lignes."
        reason = "les postes de la grille manquent."
        reader.fault(node or root, "garanties", reason, remedy)
        return []
    line_reader = LineReader(reader, header)
    lines: list[ReadLine] = []
    for section, entries in node.value:
        name = str(section.value)
        if not isinstance(entries, yaml.SequenceNode):
            reader.fault(entries, name, "une liste de lignes est attendue.", _LIST_REMEDY)
            continue
        for entry in entries.value:
            read = line_reader.read(entry, name)
            if read is not None:
                lines.append(read)
    return lines


def _in_order(lines: list[ReadLine], level: int) -> tuple[GuaranteeLine, ...]:
    """Return a level's lines, those that leave their acts to others at the end."""
    placed = [one for read in lines for one in read.by_level[level]]
    return tuple(one.line for one in sorted(placed, key=lambda one: one.is_last))
