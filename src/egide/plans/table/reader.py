"""Walk the nodes of a YAML file, which know their lines, and gather every mistake met."""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

import yaml

Choice = TypeVar("Choice")
_FRENCH_DAY = re.compile(r"^(\d\d)/(\d\d)/(\d{4})$")


@dataclass(frozen=True, slots=True)
class GridFault:
    """One mistake in a grid's file."""

    line: int
    field: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        """Return the fault as a line of the report."""
        return f"ligne {self.line}, {self.field} : {self.reason} {self.remedy}"


@dataclass(slots=True)
class Reader:
    """Walks the file's nodes, which know their lines, and gathers the faults."""

    faults: list[GridFault] = field(default_factory=list[GridFault])

    def fault(self, node: yaml.Node, name: str, reason: str, remedy: str) -> None:
        """Note a mistake at a node."""
        fault = GridFault(node.start_mark.line + 1, name, reason, remedy)
        if fault not in self.faults:  # one text may serve several levels
            self.faults.append(fault)

    def members(
        self, node: yaml.Node, name: str, known: tuple[str, ...]
    ) -> dict[str, yaml.Node]:
        """Return the members of a mapping; unknown and repeated ones are faults."""
        found: dict[str, yaml.Node] = {}
        if not isinstance(node, yaml.MappingNode):
            self.fault(
                node, name, "une liste de champs est attendue ici.", "Écrire « champ: valeur »."
            )
            return found
        for key, value in node.value:
            word = str(key.value)
            if word in found:
                self.fault(key, word, "ce champ est répété.", "N'en garder qu'un.")
            elif word not in known:
                self.fault(
                    key,
                    word,
                    "ce champ n'est pas connu.",
                    f"Champs connus : {', '.join(known)}.",
                )
            else:
                found[word] = value
        return found

    def text(self, node: yaml.Node | None, name: str, at: yaml.Node) -> str:
        """Return a text; a fault and an empty one if it is missing."""
        if node is None:
            self.fault(at, name, "ce champ manque.", "L'ajouter.")
        elif not isinstance(node, yaml.ScalarNode) or not str(node.value).strip():
            self.fault(node, name, "un texte est attendu.", "Écrire un texte sur une ligne.")
        else:
            return " ".join(str(node.value).split())
        return ""

    def texts(self, node: yaml.Node, name: str) -> list[tuple[yaml.Node, str]]:
        """Return the texts of a list, or of a single text."""
        nodes: list[yaml.Node] = node.value if isinstance(node, yaml.SequenceNode) else [node]
        return [(one, self.text(one, name, node)) for one in nodes]

    def day(self, node: yaml.Node | None, name: str, at: yaml.Node) -> date | None:
        """Return a day written AAAA-MM-JJ."""
        text = self.text(node, name, at)
        if not text:
            return None
        if french := _FRENCH_DAY.match(text):
            text = f"{french[3]}-{french[2]}-{french[1]}"
        try:
            return date.fromisoformat(text)
        except ValueError:
            self.fault(
                node or at, name, f"« {text} » n'est pas une date.", "Écrire AAAA-MM-JJ."
            )
            return None

    def choice(
        self, node: yaml.Node | None, name: str, at: yaml.Node, values: dict[str, Choice]
    ) -> Choice | None:
        """Return what one of a few words stands for."""
        text = self.text(node, name, at)
        known = {word.lower(): value for word, value in values.items()}
        if text and text.lower() not in known:
            self.fault(
                node or at,
                name,
                f"« {text} » n'est pas connu.",
                f"Écrire : {', '.join(values)}.",
            )
        return known.get(text.lower())
