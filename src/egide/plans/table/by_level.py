"""The fields of a line that may say one thing for all its levels, several that hold together, or one a level."""

import re
from collections.abc import Callable, Sequence
from typing import Final

import yaml

from egide.plans.language.limits import ReadLimit
from egide.plans.table.reader import Reader

Texts = list[tuple[yaml.Node, str]]
# What a printed column says where it has no limit.
UNLIMITED: Final = frozenset(
    {"illimité", "illimitée", "sans limite", "sans limitation", "néant", "-", "—", "–"}
)
_TOGETHER: Final = re.compile(r" et (?=\d|sans délai)")
_REMEDY: Final = (
    "Une valeur par niveau, chacune entre crochets : [[2 par an], [1 par 6 mois]]. "
    "Ensemble à tous les niveaux : « 2 par an et 1 par 6 mois »."
)


def by_level(
    reader: Reader,
    node: yaml.Node | None,
    name: str,
    levels: int,
    limit: Callable[[str], ReadLimit | None] | None = None,
) -> list[Texts]:
    """Return, for each level, the texts of a field; the reader gathers the mistakes.

    A list as long as there are levels is one text a level, as everywhere in a grid; limits of several cases or
    periods hold together, at every level, where the list cannot be read otherwise.

    Args:
        limit: reads a text as a limit, for the fields that are limits; None where it is none.
    """
    if node is None:
        return [[] for _ in range(levels)]
    if isinstance(node, yaml.SequenceNode):
        if any(isinstance(one, yaml.SequenceNode) for one in node.value):
            return _nested(reader, node, name, levels)
        found = reader.texts(node, name)
        parts = [[(at, part) for part in _TOGETHER.split(text)] for at, text in found]
        if any(len(one) > 1 for one in parts):
            return _joined(reader, name, parts, levels, limit)
        if (
            levels > 1
            and len(found) == levels
            and _is_by_level(reader, node, name, found, limit)
        ):
            return [[one] if one[1].lower() not in UNLIMITED else [] for one in found]
    else:
        found = [(node, part) for part in _TOGETHER.split(reader.text(node, name, node))]
    if limit is not None:
        _tell_repeated(reader, name, found, limit)
    return [found for _ in range(levels)]


def _joined(
    reader: Reader,
    name: str,
    parts: list[Texts],
    levels: int,
    limit: Callable[[str], ReadLimit | None] | None,
) -> list[Texts]:
    """Return a list of which a text says two things that hold together: one text a level, or all at every level."""
    parts = [[one for one in part if one[1].lower() not in UNLIMITED] for part in parts]
    is_by_level = levels > 1 and len(parts) == levels
    cells = parts if is_by_level else [[one for part in parts for one in part]] * levels
    if limit is None:
        return cells
    read = [found for cell in parts for _, text in cell if (found := limit(text)) is not None]
    if is_by_level and len({one.condition for one in read}) > 1:
        reason = "cette liste peut valoir niveau par niveau, ou toute entière à chacun."
        reader.fault(parts[0][0][0] if parts[0] else parts[-1][0][0], name, reason, _REMEDY)
    for cell in cells if is_by_level else cells[:1]:
        _tell_repeated(reader, name, cell, limit)
    return cells


def _nested(reader: Reader, node: yaml.SequenceNode, name: str, levels: int) -> list[Texts]:
    cells = [reader.texts(one, name) for one in node.value]
    if len(cells) != levels:
        reader.fault(node, name, f"{len(cells)} valeurs pour {levels} niveau(x).", _REMEDY)
        return [[] for _ in range(levels)]
    return [[one for one in cell if one[1].lower() not in UNLIMITED] for cell in cells]


def _is_by_level(
    reader: Reader,
    node: yaml.Node,
    name: str,
    found: Texts,
    limit: Callable[[str], ReadLimit | None] | None,
) -> bool:
    """Tell whether a list as long as there are levels says one thing for each."""
    if limit is None or any(text.lower() in UNLIMITED for _, text in found):
        return True
    read = [limit(text) for _, text in found]
    known = [one for one in read if one is not None]
    if len({one.condition for one in known}) > 1:
        return False  # one a case: they hold together
    if len({_period(one) for one in known}) > 1:
        reason = "cette liste peut valoir niveau par niveau, ou toute entière à chacun."
        reader.fault(node, name, reason, _REMEDY)
    return True


def _period(read: ReadLimit) -> tuple[object, ...]:
    return (read.window, read.per, read.of_equipments)


def _tell_repeated(
    reader: Reader,
    name: str,
    found: Sequence[tuple[yaml.Node, str]],
    limit: Callable[[str], ReadLimit | None],
) -> None:
    """Refuse two limits of one period and one case: the larger would never be met."""
    seen: set[tuple[object, ...]] = set()
    for node, text in found:
        read = limit(text)
        if read is None:
            continue
        said = (*_period(read), read.condition)
        if said in seen:
            reason = f"« {text} » : deux limites de la même période."
            reader.fault(node, name, reason, f"N'en garder qu'une. {_REMEDY}")
        seen.add(said)
