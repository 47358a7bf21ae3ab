"""How often a line pays, as grids say it: « 4 par an », « 1 par 2 ans (moins de 16 ans) »."""

import re
from dataclasses import dataclass
from typing import Final

from egide.plans.language.conditions import read_condition
from egide.plans.language.formula import read_count
from egide.plans.language.spans import FormulaError, Per, SpanReader, YearKind
from egide.plans.language.terms import CountTerm
from egide.plans.language.words import tokens
from egide.pricing import ALWAYS, NO_LIMIT, Condition, Span, Window

_CONDITIONAL = re.compile(
    r"^(?P<count>.+?)(?: ?\((?P<aside>[^()]+)\))?(?: (?:si|en cas d[e'] ?)(?P<case>[^()]+))?$"
)
_LEADING: Final = re.compile(r"^(?:limitée? à |maximum |maxi |max\.? |au plus )", re.IGNORECASE)
_NUMBERS: Final = {"une": "1", "un": "1", "deux": "2", "trois": "3", "quatre": "4", "cinq": "5"}
_NO_DELAY: Final = "sans délai"
_EQUIPMENT = re.compile(r"^(\d+) équipements?\b")
_ANCHOR = re.compile(
    r",? à compter (?:de la date |du jour )?(?:d'achat|de l'achat|d'acquisition|de l'acquisition|du premier élément)"
    r"(?: du premier élément)?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLimit:
    """A limit read, its counter not yet named.

    Args:
        of_equipments: it counts pairs of glasses: a frame and two lenses each.
        anchored: its window begins with the first use, of any element of the equipment.
    """

    units: int
    window: Window
    per: Per
    condition: Condition = ALWAYS
    of_equipments: bool = False
    anchored: bool = False


def read_limit(text: str, year: YearKind | None) -> ReadLimit:
    """Read a limit.

    Raises:
        FormulaError: what it does not understand, with what to write.
    """
    folded = _LEADING.sub("", " ".join(text.split()))
    for word, number in _NUMBERS.items():
        folded = re.sub(rf"^{word}\b", number, folded, flags=re.IGNORECASE)
    anchored = _ANCHOR.search(folded)
    if anchored:
        folded = (folded[: anchored.start()] + folded[anchored.end() :]).strip()
    found = _CONDITIONAL.match(folded)
    if found is None:
        raise FormulaError(reason=f"« {text} » n'est pas une limite.", remedy=_HELP)
    condition = ALWAYS
    said = [part for part in (found["aside"], found["case"]) if part]
    if said:
        condition = read_condition(" et ".join(said))
    count = found["count"].strip()
    if count == _NO_DELAY:
        if condition is ALWAYS:
            raise FormulaError(
                reason="« sans délai » demande un cas.",
                remedy="Écrire « sans délai si motif médical ».",
            )
        return ReadLimit(
            units=NO_LIMIT, window=Window(Span.WHOLE), per=Per(), condition=condition
        )
    read = _count(count, year)
    window = read.window
    if anchored:
        window = Window(Span.ANCHORED, _months(window, text))
    return ReadLimit(
        units=read.units,
        window=window,
        per=read.per,
        condition=condition,
        of_equipments=_EQUIPMENT.match(count) is not None,
        anchored=anchored is not None,
    )


_HELP: Final = (
    "Écrire « 1 par année civile », « 2 par 24 mois (à partir de 16 ans) », « 1 par 4 ans et par oreille », "
    "« 8 jours par séjour », « 1 par 1 an si évolution de la vue » ou « sans délai si motif médical »."
)


def _count(text: str, year: YearKind | None) -> CountTerm:
    spans = SpanReader(tokens(text), 0, year)
    if not spans.tokens or spans.tokens[0].kind != "number":
        raise FormulaError(reason=f"« {text} » ne commence pas par un nombre.", remedy=_HELP)
    count = read_count(spans)
    if spans.peek():
        raise FormulaError(
            reason=f"« {spans.peek()} » n'est pas compris dans une limite.", remedy=_HELP
        )
    return count


def _months(window: Window, text: str) -> int:
    match window.span:
        case Span.MONTHS:
            return window.length
        case Span.CIVIL_YEARS | Span.MEMBERSHIP_YEAR:
            return 12 * window.length
        case _:
            raise FormulaError(reason=f"« {text} » n'a pas de durée.", remedy=_HELP)
