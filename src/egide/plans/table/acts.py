"""The acts that a line names: families, codes, whole pairs of glasses."""

from collections.abc import Mapping, Sequence
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
        first: the first word or code, as they are written.
    """

    families: frozenset[str]
    codes: frozenset[str]
    equipment: frozenset[str]
    first: str = ""

    @property
    def said(self) -> str:
        """Return the words and codes named, as they are written."""
        letters = {letter: word for word, letter in EQUIPMENTS.items()}
        pairs = (letters[letter] for letter in self.equipment)
        return ", ".join(sorted([*self.families, *self.codes, *pairs]))

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
    words: Sequence[tuple[yaml.Node, str]],
    codes: Sequence[tuple[yaml.Node, str]],
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
    first = next((word for _, word in (*words, *codes)), "")
    return NamedActs(frozenset(named), frozenset(chosen), frozenset(letters), first)


def apart_from_others(cases: Sequence[NamedActs]) -> list[str]:
    """Return what tells the counters of each case of a line from the others'; empty where they are the same.

    Cases share what they count where they pay the same acts (they differ by whom, or by when); one that pays acts of
    its own counts them by itself. A code may be of a family: who names either shares with who names the other.
    """
    groups: list[set[int]] = []
    for place, acts in enumerate(cases):
        met = [group for group in groups if any(_meet(acts, cases[one]) for one in group)]
        groups = [group for group in groups if group not in met]
        groups.append({place}.union(*met))
    if len(groups) == 1:
        return [""] * len(cases)
    names: dict[int, str] = {}
    for group in groups:
        # By the first word of its first case: one that is added later changes no name, and forgets nothing.
        names |= dict.fromkeys(group, f":{cases[min(group)].first}")
    return [names[place] for place in range(len(cases))]


def _words(acts: NamedActs) -> frozenset[str]:
    return acts.families | acts.codes | acts.equipment


def _meet(some: NamedActs, others: NamedActs) -> bool:
    """Tell whether two cases may pay one act."""
    if (some.families and others.codes) or (some.codes and others.families):
        return True
    return not _words(some).isdisjoint(_words(others)) or any(
        not narrow.isdisjoint(wide.families)
        for narrow, wide in ((_wider(some), others), (_wider(others), some))
    )


def _wider(acts: NamedActs) -> frozenset[str]:
    """Return the families that hold those that a case names."""
    known = families()
    return frozenset(
        word for name in acts.families if name in known for word in known[name].kind.lineage
    )


def _remedy(word: str) -> str:
    every = (*families(), *EQUIPMENTS)
    parts = {part[:5] for part in word.split("-") if len(part) > 3}
    near = [one for one in every if any(part in one for part in parts)][:_NEAR]
    said = f"Écrire par exemple : {', '.join(near)}. " if near else ""
    return (
        f"{said}Toutes les familles : egide plans words. Hors nomenclature : « libre:{word} »."
    )
