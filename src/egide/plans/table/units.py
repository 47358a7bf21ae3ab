"""What a unit counts: « par implant » on a line whose acts are not all implants would be paid once for each of them."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Final

from egide.nomenclature import families
from egide.plans.language.spans import singular
from egide.plans.language.words import tokens
from egide.plans.table.acts import FREE_WORD, NamedActs
from egide.plans.table.reader import Reader
from egide.plans.table.scope import Scope

# The families whose acts are such units, or a part of the table that is theirs whole; other units say nothing more
# than « acte ».
_UNITS: Final[Mapping[str, frozenset[str]]] = {
    "implant": frozenset({"implant"}),
    "pilier": frozenset({"pilier-implantaire"}),
    "couronne": frozenset({"couronne-implant"}),
    "semestre": frozenset({"orthodontie-semestre", "orthodontie-refusee"}),
    "verre": frozenset({"verre"}),
    "monture": frozenset({"monture"}),
    "lentille": frozenset({"lentilles", "lentilles-refusees"}),
    "oreille": frozenset({"aide-auditive"}),
    "œil": frozenset({"chirurgie-refractive", "lentilles", "lentilles-refusees"}),
    "dent": frozenset({"Dentaire"}),
    "nuit": frozenset({"Hospitalisation"}),
    "nuitée": frozenset({"Hospitalisation"}),
    "boîte": frozenset({"Pharmacie"}),
    "vaccin": frozenset({"vaccin", "vaccin-refuse"}),
    "transport": frozenset({"transport"}),
    "trajet": frozenset({"transport"}),
    "naissance": frozenset({"naissance"}),
    "adoption": frozenset({"naissance"}),
}
_SPELT: Final = {"oeil": "œil"}
_EITHER: Final = frozenset({"et", "ou"})


def check_units(reader: Reader, scope: Scope, acts: NamedActs, text: str) -> None:
    """Refuse an amount by a unit that some act of the line is not; codes, named one by one, are taken at their word."""
    for unit in _said(text):
        if any(_is_of(word, _UNITS[unit]) for word in acts.families):
            strangers = sorted(word for word in acts.families if not _is_of(word, _UNITS[unit]))
        else:
            strangers = sorted(acts.families)
        if not strangers:
            continue
        wanted = sorted(_UNITS[unit] & families().keys())
        said = ", ".join(strangers)
        reason = f"« par {unit} » : {said} a des actes qui n'en sont pas, et chacun serait payé autant."
        remedy = "Écrire « par acte » si c'est bien de chaque acte ; sinon un montant par période, ou les codes."
        if wanted:
            remedy = f"Nommer {' ou '.join(f'« {word} »' for word in wanted)}. {remedy}"
        reader.fault(scope.get("remboursement") or scope.node, "remboursement", reason, remedy)


def _said(text: str) -> list[str]:
    """Return the units of the table that a formula says, each once."""
    words = [singular(token.text) for token in tokens(text)]
    nouns = (
        _SPELT.get(noun, noun)
        for before, noun in pairwise(words)
        if before == "par" or before in _EITHER
    )
    return [noun for noun in dict.fromkeys(nouns) if noun in _UNITS]


def _is_of(word: str, wanted: frozenset[str]) -> bool:
    """Tell whether every act of a family is of those wanted; a word of the grid's own is what the grid says."""
    if word.startswith(FREE_WORD):
        return True
    family = families()[word]
    return family.section in wanted or not wanted.isdisjoint(family.kind.lineage)
