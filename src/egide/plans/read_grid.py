"""Read a grid's file (YAML): one line of the printed table, one entry; every mistake is named.

The format is described for insurers in ``docs/howto/add-a-plan.md``.
"""

import hashlib
import re
from datetime import date, timedelta
from typing import Final

import yaml

from egide.core.period import Period
from egide.plans.formula import FormulaError, read_formula
from egide.plans.grid import Grid, GridError, GridFault
from egide.plans.reader import Reader
from egide.pricing import (
    RENEWED_AS,
    Condition,
    Family,
    Formula,
    Guarantee,
    GuaranteeLine,
    Limit,
    Window,
)

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
_HEADER: Final = (
    "grille",
    "version",
    "libellé",
    "source",
    "amo",
    "responsable",
    "domaines",
    "garanties",
    "notes",
)
_LINE: Final = (
    "ligne",
    "actes",
    "remboursement",
    "si",
    "limite",
    "renouvellement",
    "du",
    "au",
    "note",
)
_CONDITIONS: Final = {
    "DPTM": Condition(optam=True),
    "non DPTM": Condition(optam=False),
    "conventionné": Condition(contracted=True),
    "non conventionné": Condition(contracted=False),
}
_AMO: Final = {"comprise": True, "en plus": False}
_YES_NO: Final = {"oui": True, "non": False, "true": True, "false": False}
_CODE = re.compile(r"^[A-Z0-9][A-Z0-9-]{1,39}$")
_LIMIT = re.compile(r"^(\d+) par (année civile|(\d+) (ans?|mois))(?: et par (oreille|œil))?$")
_AGES = re.compile(
    r"^(.+?)(?: \((?:de (\d+) à moins de (\d+)|moins de (\d+)|à partir de (\d+)) ans\))?$"
)
_MOST_YEARS = 200


def read_grid(text: str) -> Grid:
    """Read and check a grid; the file is taken whole or refused with every fault.

    Raises:
        GridError: with line, field, reason and remedy of each mistake.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
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
    reader = Reader()
    header = reader.members(root, "fichier", _HEADER)
    code = reader.text(header.get("grille"), "grille", root)
    if code and not _CODE.match(code):
        reader.fault(
            header["grille"],
            "grille",
            "ce code n'a pas la forme attendue.",
            "Majuscules, chiffres, tirets.",
        )
    version_on = reader.day(header.get("version"), "version", root)
    label = reader.text(header.get("libellé"), "libellé", root)
    responsible = reader.choice(header.get("responsable"), "responsable", root, _YES_NO)
    includes_amo = None
    if "amo" in header:
        includes_amo = reader.choice(header["amo"], "amo", root, _AMO)
    domains = _domains(reader, header.get("domaines"), root)
    lines = _lines(reader, header.get("garanties"), root, includes_amo=includes_amo)
    _check_overlaps(reader, lines)
    if reader.faults or version_on is None or responsible is None:
        raise GridError(sorted(reader.faults, key=lambda fault: fault.line))
    guarantee = Guarantee(
        plan_code=code,
        label=label,
        responsible=responsible,
        lines=tuple(line for _, line in lines),
    )
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Grid(
        code=code,
        version_on=version_on,
        label=label,
        domains=domains,
        guarantee=guarantee,
        text=text,
        digest=digest,
    )


def _domains(reader: Reader, node: yaml.Node | None, root: yaml.Node) -> tuple[str, ...]:
    if node is None:
        reader.fault(
            root,
            "domaines",
            "ce champ manque.",
            f"Écrire une liste parmi : {', '.join(DOMAINS)}.",
        )
        return ()
    words: list[str] = []
    for at, word in reader.texts(node, "domaines"):
        if word and word not in DOMAINS:
            reader.fault(
                at,
                "domaines",
                f"« {word} » n'est pas connu.",
                f"Écrire : {', '.join(DOMAINS)}.",
            )
        words.append(word)
    return tuple(words)


_Lines = list[tuple[yaml.Node, GuaranteeLine]]


def _lines(
    reader: Reader, node: yaml.Node | None, root: yaml.Node, *, includes_amo: bool | None
) -> _Lines:
    if not isinstance(node, yaml.MappingNode) or not node.value:
        reader.fault(
            node or root,
            "garanties",
            "les postes de la grille manquent.",
            "Écrire « Poste: » puis ses lignes.",
        )
        return []
    lines: _Lines = []
    for section, entries in node.value:
        if not isinstance(entries, yaml.SequenceNode):
            reader.fault(
                entries,
                str(section.value),
                "une liste de lignes est attendue.",
                "Commencer chaque ligne par « - ligne: ».",
            )
            continue
        for entry in entries.value:
            line = _line(
                reader, entry, key=f"ligne {len(lines) + 1}", includes_amo=includes_amo
            )
            if line is not None:
                lines.append((entry, line))
    return lines


def _line(
    reader: Reader, node: yaml.Node, *, key: str, includes_amo: bool | None
) -> GuaranteeLine | None:
    known = len(reader.faults)
    members = reader.members(node, "ligne", _LINE)
    label = reader.text(members.get("ligne"), "ligne", node)
    families = _families(reader, members.get("actes"), node)
    formula = _formula(reader, members.get("remboursement"), node, includes_amo=includes_amo)
    condition = Condition()
    if "si" in members:
        condition = reader.choice(members["si"], "si", node, _CONDITIONS) or condition
    limits: list[Limit] = []
    for name in ("limite", "renouvellement"):
        if name in members:
            # A renewal is of the equipment, whichever line of the grid paid it; a limit is of its line.
            prefix = f"limit:{key}" if name == "limite" else _renewal_counter(families)
            limits += _limits(reader, members[name], name, prefix)
    start = reader.day(members["du"], "du", node) if "du" in members else date.min
    end = None
    if "au" in members:
        last = reader.day(members["au"], "au", node)
        end = last + timedelta(days=1) if last else None
    if start is not None and end is not None and end <= start:
        reader.fault(node, "au", "la fin précède le début.", "Corriger « du » ou « au ».")
    if len(reader.faults) > known or formula is None or start is None:
        return None
    return GuaranteeLine(
        key=key,
        label=label,
        families=families,
        formula=formula,
        condition=condition,
        limits=tuple(limits),
        period=Period(start, end),
    )


def _renewal_counter(families: frozenset[Family]) -> str:
    return "renewal:" + "+".join(
        sorted({RENEWED_AS.get(family, family.value) for family in families})
    )


def _families(reader: Reader, node: yaml.Node | None, at: yaml.Node) -> frozenset[Family]:
    if node is None:
        reader.fault(at, "actes", "ce champ manque.", "Nommer au moins une famille d'actes.")
        return frozenset()
    found: set[Family] = set()
    words = {family.value: family for family in Family}
    for place, word in reader.texts(node, "actes"):
        if word in words:
            found.add(words[word])
        elif word:
            near = [known for known in words if known[:5] == word[:5]] or list(words)
            reader.fault(
                place,
                "actes",
                f"la famille « {word} » n'est pas connue.",
                f"Écrire : {', '.join(near)}.",
            )
    return frozenset(found)


def _formula(
    reader: Reader, node: yaml.Node | None, at: yaml.Node, *, includes_amo: bool | None
) -> Formula | None:
    text = reader.text(node, "remboursement", at)
    if not text:
        return None
    try:
        return read_formula(text, includes_amo=includes_amo)
    except FormulaError as error:
        reader.fault(node or at, "remboursement", str(error), error.remedy)
        return None


def _limits(reader: Reader, node: yaml.Node, name: str, counter: str) -> list[Limit]:
    limits: list[Limit] = []
    for place, text in reader.texts(node, name):
        ages = _AGES.match(text)
        found = _LIMIT.match(ages[1]) if ages else None
        if found is None or ages is None or int(found[1]) == 0:
            remedy = (
                "Écrire « 1 par année civile », « 2 par 24 mois (à partir de 16 ans) » "
                "ou « 1 par 4 ans et par oreille »."
            )
            reader.fault(place, name, f"« {text} » n'est pas connu.", remedy)
            continue
        months = int(found[3] or 0) * (12 if (found[4] or "").startswith("an") else 1)
        limits.append(
            Limit(
                counter=counter,
                units=int(found[1]),
                window=Window.ROLLING if found[3] else Window.CIVIL_YEAR,
                months=months,
                by_side=found[5] is not None,
                from_age=int(ages[2] or ages[5] or 0),
                below_age=int(ages[3] or ages[4] or _MOST_YEARS),
            )
        )
    return limits


def _check_overlaps(reader: Reader, lines: _Lines) -> None:
    """Refuse two lines for the same acts, days and condition: which one pays would be a guess."""
    for index, (node, line) in enumerate(lines):
        for _, other in lines[:index]:
            common = line.families & other.families
            if common and _meet(line, other):
                names = ", ".join(sorted(common))
                reason = f"« {names} » est déjà payé par « {other.label} » aux mêmes dates."
                reader.fault(
                    node,
                    "actes",
                    reason,
                    "Borner par « du », « au » ou « si », ou retirer l'une.",
                )


def _meet(one: GuaranteeLine, other: GuaranteeLine) -> bool:
    first, second = sorted((one.period, other.period), key=lambda period: period.start)
    if first.end is not None and first.end <= second.start:
        return False
    pairs = (
        (one.condition.optam, other.condition.optam),
        (one.condition.contracted, other.condition.contracted),
    )
    return not any(a is not None and b is not None and a != b for a, b in pairs)
