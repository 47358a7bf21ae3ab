"""The fields of a line of the table, or of one of its cases, and what the printed cell shows of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import yaml

from egide.plans.language.reader import Reader

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

    def said(self, reader: Reader) -> str:
        """Return what stands beside a formula in the printed cell: its case, its limits, its days."""
        parts: list[str] = []
        for name, before in _SAID.items():
            node = self.get(name)
            texts = [] if node is None else [text for _, text in reader.texts(node, name)]
            if texts:
                parts.append(before + " ; ".join(texts))
        return ", ".join(parts)
