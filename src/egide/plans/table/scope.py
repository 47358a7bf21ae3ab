"""The fields of a line of the table, or of one of its cases, and what the printed cell shows of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import yaml

from egide.plans.table.reader import Reader

# What stands beside a formula in the printed cell, and the words before it.
_SAID: Final = {
    "si": "",
    "limite": "",
    "renouvellement": "",
    "dont monture": "dont monture ",
    "plafond": "plafond ",
    "attente": "attente ",
    "base": "base ",
    "du": "du ",
    "au": "au ",
}
# Fields that are said level by level where they have as many values as there are levels.
_A_LEVEL: Final = frozenset({"dont monture", "plafond", "attente", "base"})
_COUNTS: Final = ("limite", "renouvellement")


@dataclass(frozen=True, slots=True)
class Scope:
    """The fields of a line or of one of its cases, the case's own first."""

    node: yaml.Node
    own: Mapping[str, yaml.Node]
    line: Mapping[str, yaml.Node] = field(default_factory=dict[str, yaml.Node])

    def get(self, name: str) -> yaml.Node | None:
        """Return a field, the case's own or else the line's."""
        return self.own.get(name, self.line.get(name))

    def naming(self, *names: str) -> Mapping[str, yaml.Node]:
        """Return the case's own fields if it has one of them, else the line's: acts are named at one place."""
        return self.own if any(name in self.own for name in names) else self.line

    def said(
        self, reader: Reader, level: int, levels: int, counts: Sequence[Sequence[str]]
    ) -> str:
        """Return what stands beside a formula in the printed cell: its case, its limits, its days.

        Args:
            counts: the limits and the renewals of the level, as they were read.
        """
        read = dict(zip(_COUNTS, counts, strict=True))
        parts: list[str] = []
        for name, before in _SAID.items():
            node = self.get(name)
            texts: list[str] = []
            if name in read:
                texts = list(read[name])
            elif isinstance(node, yaml.SequenceNode) and name in _A_LEVEL and levels > 1:
                every: list[yaml.Node] = node.value
                of_level = every[level : level + 1] if len(every) == levels else []
                texts = [text for one in of_level for _, text in reader.texts(one, name)]
            if not texts and node is not None and name not in read:
                flat = [
                    one
                    for at in (node.value if isinstance(node, yaml.SequenceNode) else [node])
                    for one in (at.value if isinstance(at, yaml.SequenceNode) else [at])
                ]
                texts = [reader.text(one, name, node) for one in flat]
            if texts:
                parts.append(before + " ; ".join(texts))
        return ", ".join(parts)
