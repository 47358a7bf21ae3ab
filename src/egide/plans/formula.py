"""Formulas as the printed table writes them: ``100 % BR + 37,50 € par verre``.

A formula is a sum of terms, then at most one ceiling::

    formula := term { "+" term } [ "dans la limite" ( "des PLV" | "des HLF" | "du forfait
               réglementaire" | "de" euros ) ]
    term    := percent "BR" | percent "FR" | percent "du reste à charge" | "TM" | "RSS"
             | [ "crédit de" ] euros [ "par" unit ]

A percentage of BR says nothing of the AMO part by itself: the grid's header does (``amo``), unless
the sum has TM (it adds to the AMO) or RSS (it holds the AMO part).
"""

import re
from typing import Final

from egide.core.money import Money, Rate
from egide.pricing import Ceiling, CeilingKind, Formula, Per, Term, TermKind

_UNITS: Final = {
    "acte": Per.ACT,
    "séance": Per.ACT,
    "jour": Per.ACT,
    "nuit": Per.ACT,
    "verre": Per.ACT,
    "monture": Per.ACT,
    "dent": Per.ACT,
    "oreille": Per.ACT,
    "œil": Per.ACT,
    "semestre": Per.ACT,
    "année civile": Per.CIVIL_YEAR,
    "équipement": Per.EQUIPMENT,
}
_NUMBER = r"(\d{1,3}(?:[ \u202f]?\d{3})*(?:,\d{1,2})?)"
_PERCENT = re.compile(
    rf"^{_NUMBER} ?% (?:de la |des |de )?(BR|BRSS|FR|frais réels|reste à charge)$"
)
_REMAINDER = re.compile(rf"^{_NUMBER} ?% du reste à charge$")
_EUROS = re.compile(rf"^(crédit de )?{_NUMBER} ?€(?: par ([a-zéèœ ]+))?$")
_CEILING = re.compile(r",? dans la limite (des PLV|des HLF|du forfait réglementaire|de .+)$")
_CEILING_EUROS = re.compile(rf"^de {_NUMBER} ?€$")


class FormulaError(Exception):
    """A formula cannot be read; the message says why, ``remedy`` what to write."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.remedy = remedy


def _hundredths(number: str) -> int:
    whole, _, part = number.replace(" ", "").replace("\u202f", "").partition(",")
    return int(whole) * 100 + int(part.ljust(2, "0") or "0")


def _term(text: str) -> Term:
    if text == "TM":
        return Term(kind=TermKind.COPAYMENT)
    if text == "RSS":
        return Term(kind=TermKind.AMO)
    if found := _REMAINDER.match(text):
        return Term(kind=TermKind.REMAINDER, rate=Rate(_hundredths(found[1])))
    if found := _PERCENT.match(text):
        kind = TermKind.BASE if found[2] in {"BR", "BRSS"} else TermKind.EXPENSE
        return Term(kind=kind, rate=Rate(_hundredths(found[1])))
    if found := _EUROS.match(text):
        unit = _UNITS.get(found[3] or "acte")
        if unit is None:
            reason = f"l'unité « {found[3]} » n'est pas connue."
            raise FormulaError(reason, f"Écrire « par » suivi de : {', '.join(_UNITS)}.")
        if found[1] and unit is Per.ACT:
            raise FormulaError(
                "un crédit se compte par période.", "Écrire « crédit de … € par année civile »."
            )
        return Term(kind=TermKind.FLAT, amount=Money(_hundredths(found[2])), per=unit)
    reason = f"le terme « {text} » n'est pas connu."
    raise FormulaError(
        reason, "Employer : x % BR, x % FR, TM, RSS, x % du reste à charge, x € [par unité]."
    )


def read_formula(text: str, *, includes_amo: bool | None) -> Formula:
    """Read a formula.

    Args:
        includes_amo: what the grid's header says of percentages of BR; None if it says nothing.

    Raises:
        FormulaError: unknown term, or a percentage that does not say whether the AMO is included.
    """
    folded = " ".join(text.split())
    ceiling: Ceiling | None = None
    if found := _CEILING.search(folded):
        ceiling = _ceiling(found[1])
        folded = folded[: found.start()]
    terms = tuple(_term(part.strip()) for part in folded.split("+"))
    kinds = [term.kind for term in terms]
    with_credit = [term for term in terms if term.per is not Per.ACT]
    if len(with_credit) > 1:
        raise FormulaError("deux crédits dans une même ligne.", "Faire deux lignes.")
    if TermKind.COPAYMENT in kinds and TermKind.AMO in kinds:
        raise FormulaError(
            "TM et RSS dans une même somme.", "Écrire « 100 % BR » : c'est RSS + TM."
        )
    if TermKind.COPAYMENT in kinds:
        includes_amo = False
    elif TermKind.AMO in kinds:
        includes_amo = True
    elif includes_amo is None:
        reason = "le pourcentage ne dit pas si la part de la Sécurité sociale est comprise."
        raise FormulaError(
            reason, "Écrire « amo: comprise » ou « amo: en plus » en tête de grille."
        )
    if TermKind.REMAINDER in kinds and TermKind.AMO not in kinds:
        raise FormulaError(
            "le reste à charge s'ajoute à RSS.", "Écrire « RSS + 100 % du reste à charge »."
        )
    return Formula(
        terms=terms, includes_amo=includes_amo, ceiling=ceiling, text=" ".join(text.split())
    )


def _ceiling(text: str) -> Ceiling:
    if not text.startswith("de "):
        return Ceiling(CeilingKind.REGULATED)
    found = _CEILING_EUROS.match(text)
    if found is None:
        reason = f"la limite « {text} » n'est pas connue."
        raise FormulaError(
            reason, "Écrire « dans la limite des PLV », « des HLF » ou « de x € »."
        )
    return Ceiling(CeilingKind.AMOUNT, Money(_hundredths(found[1])))
