"""The acts that a line names: families, codes, whole pairs of glasses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import yaml

from egide.nomenclature import families
from egide.plans.table.reader import Reader
from egide.pricing import EQUIPMENT, Role

# The words that pay a pair of glasses as a whole, and the categories of R871-2 3°.
EQUIPMENTS: Final[Mapping[str, str]] = {
    "equipement-simple": "a",
    "equipement-mixte-simple-complexe": "b",
    "equipement-complexe": "c",
    "equipement-mixte-simple-tres-complexe": "d",
    "equipement-mixte-complexe-tres-complexe": "e",
    "equipement-tres-complexe": "f",
}
FREE_WORD: Final = "libre:"
_NEAR = 8  # how many known words an unknown one is answered with


@dataclass(frozen=True, slots=True)
class NamedActs:
    """What a line names.

    Args:
        equipment: categories (a to f) of whole pairs of glasses.
    """

    families: frozenset[str]
    codes: frozenset[str]
    equipment: frozenset[str]

    @property
    def are_refused(self) -> bool:
        """Tell whether some family is one that the AMO refuses or does not know."""
        known = families()
        return any(
            word.startswith(FREE_WORD) or known[word].is_refused for word in self.families
        )

    @property
    def roles(self) -> frozenset[Role]:
        """Return what the law calls the acts named, those of narrower families included."""
        roles = {
            one.kind.role
            for one in families().values()
            if not self.families.isdisjoint(one.kind.lineage)
        }
        if self.equipment:
            roles |= EQUIPMENT
        return frozenset(roles - {Role.NONE})


def read_acts(
    reader: Reader,
    at: yaml.Node,
    words: Iterable[tuple[yaml.Node, str]],
    codes: Iterable[tuple[yaml.Node, str]],
) -> NamedActs:
    """Check the words and the codes of a line; the reader gathers the mistakes."""
    known = families()
    faults = len(reader.faults)
    named: set[str] = set()
    letters: set[str] = set()
    for node, word in words:
        if word in known or (word.startswith(FREE_WORD) and len(word) > len(FREE_WORD)):
            named.add(word)
        elif word in EQUIPMENTS:
            letters.add(EQUIPMENTS[word])
        elif word:
            reader.fault(
                node, "actes", f"la famille « {word} » n'est pas connue.", _remedy(word)
            )
    chosen: set[str] = set()
    for node, code in codes:
        system, _, act = code.partition(":")
        if system and act:
            chosen.add(code)
        else:
            remedy = "Écrire « ccam:HBLD038 », « lpp:2203240 »."
            reader.fault(node, "codes", f"« {code} » n'est pas un code.", remedy)
    if not (named or letters or chosen) and len(reader.faults) == faults:
        remedy = "Nommer au moins une famille d'actes, ou des codes."
        reader.fault(at, "actes", "ce champ manque.", remedy)
    return NamedActs(frozenset(named), frozenset(chosen), frozenset(letters))


def _remedy(word: str) -> str:
    every = (*families(), *EQUIPMENTS)
    parts = {part[:5] for part in word.split("-") if len(part) > 3}
    near = [one for one in every if any(part in one for part in parts)][:_NEAR]
    said = f"Écrire par exemple : {', '.join(near)}. " if near else ""
    return (
        f"{said}Toutes les familles : egide plans words. Hors nomenclature : « libre:{word} »."
    )
