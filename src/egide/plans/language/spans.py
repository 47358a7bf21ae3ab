"""Over what an amount or a count runs: by unit, by period, by side, by person or by contract."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from egide.plans.language.words import Token
from egide.pricing import Span, Window


class FormulaError(Exception):
    """A formula cannot be read; the message says why, ``remedy`` what to write."""

    def __init__(self, *, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.remedy = remedy


class YearKind(StrEnum):
    """What « par an » means in a grid."""

    CIVIL = "civil"
    ROLLING = "glissant"
    MEMBERSHIP = "adhésion"


_UNITS_TEXT = """
    acte séance consultation visite jour journée nuit nuitée verre lentille monture dent
    implant pilier oreille œil oeil appareil aide prothèse boîte vaccin enfant semestre
    trimestre examen bilan traitement couronne élément transport trajet intervention
    naissance adoption cure injection dose test dispositif accessoire prescription
    bridge inlay pile paquet produit équipement-audio
"""
_UNITS: Final = frozenset(_UNITS_TEXT.split())
_SIDES: Final = frozenset({"oreille", "œil", "oeil", "dent"})
_PERSON: Final = frozenset({"bénéficiaire", "personne", "patient"})
_CONTRACT: Final = frozenset({"famille", "foyer", "contrat"})
_INSURED: Final = frozenset({"assuré", "adhérent", "salarié", "participant"})
_STAYS: Final = frozenset({"séjour", "sejour", "hospitalisation"})
_CARRIED: Final = frozenset({"reporté", "reportée", "reportable"})
# Words that follow a noun of a period or a unit and change nothing.
_ADJECTIVES_TEXT = """
    consécutif consécutive glissant complet entier appareillé appareillée traité opéré
    posé auditif auditive dentaire maximum calendaire et
"""
_ADJECTIVES: Final = frozenset(_ADJECTIVES_TEXT.split())


@dataclass(frozen=True, slots=True)
class Per:
    """What follows « par »: a unit, a window, or both.

    Args:
        unit: ``unit``, ``pair``, or empty where nothing is said.
        window: None for what is counted act by act.
        carried_years: for how many years more the unused part stays (« reporté 1 an »).
    """

    unit: str = ""
    window: Window | None = None
    by_side: bool = False
    by_stay: bool = False
    by_contract: bool = False
    carried_years: int = 0


def singular(word: str) -> str:
    """Return a noun without the mark of the plural."""
    word = word.lower()
    if word in {"yeux"}:
        return "œil"
    if word.endswith("s") and word not in {"mois"}:
        return word[:-1]
    return word


class SpanReader:
    """Reads what follows an amount or a count: « par an et par bénéficiaire », « sur 2 ans »."""

    def __init__(self, tokens: list[Token], at: int, year: YearKind | None) -> None:
        self.tokens = tokens
        self.at = at
        self._year = year

    def peek(self, ahead: int = 0) -> str:
        """Return the text of a token to come, empty past the end."""
        index = self.at + ahead
        return self.tokens[index].text if index < len(self.tokens) else ""

    def _kind(self, ahead: int = 0) -> str:
        index = self.at + ahead
        return self.tokens[index].kind if index < len(self.tokens) else ""

    def read(self) -> Per:
        """Read every « par … » that stands here."""
        per = Per()
        while True:
            start = self.at
            after = singular(self.peek(1))
            if self.peek().lower() in {"et", ","} and (after == "par" or after in _CARRIED):
                self.at += 1
            if self.peek().lower() == "par":
                self.at += 1
                per = self._one(per)
            elif self._kind() == "number" and singular(self.peek(1)) in {
                "an",
                "an_civil",
                "mois",
            }:
                per = self._one(per)
            elif singular(self.peek()) in _CARRIED and self._kind(1) == "number":
                per = self._carried(per)
            else:
                self.at = start
                return per

    def _carried(self, per: Per) -> Per:
        years = self.peek(1)
        if per.window != Window(Span.CIVIL_YEARS) or not years.isdigit() or int(years) > 5:
            raise FormulaError(
                reason="seul un crédit par année civile se reporte, de 5 ans au plus.",
                remedy="Écrire « crédit de 100 € par année civile, reporté 1 an ».",
            )
        self.at += 3 if singular(self.peek(2)) == "an" else 2
        return replace(per, carried_years=int(years))

    def _one(self, per: Per) -> Per:
        count = 1
        if self._kind() == "number":
            text = self.peek()
            if not text.isdigit() or not 0 < int(text) <= 120:
                raise FormulaError(
                    reason=f"« {text} » ne compte ni années ni mois.",
                    remedy="Écrire « par 2 ans », « par 24 mois ».",
                )
            count = int(text)
            self.at += 1
        word = self.peek()
        noun = singular(word)
        self.at += 1
        while singular(self.peek()) in _ADJECTIVES - {"et"}:
            self.at += 1
        return self._named(per, noun, count)

    def _named(self, per: Per, noun: str, count: int) -> Per:
        window = self._window(noun, count)
        if window is not None:
            return replace(per, window=window)
        if noun in _STAYS:
            return replace(per, window=per.window or Window(Span.WHOLE), by_stay=True)
        if noun in _PERSON:
            return per
        if noun in _CONTRACT:
            return replace(per, by_contract=True)
        if noun in _SIDES:
            # « 1 400 € par an et par oreille » : a period and a side; « 160 € par oreille » : a unit.
            return replace(per, unit=per.unit or "unit", by_side=True)
        if noun == "paire":
            return replace(per, unit="pair")
        if noun in _UNITS:
            return replace(per, unit="unit")
        if noun in _INSURED:
            raise FormulaError(
                reason=f"« par {noun} » ne dit pas si le compte est de la personne ou du contrat.",
                remedy="Écrire « par bénéficiaire », ou « par contrat » si les ayants droit le partagent.",
            )
        raise FormulaError(
            reason=f"l'unité « {noun or 'rien'} » n'est pas connue.",
            remedy="Écrire « par » suivi de : acte, séance, jour, nuit, verre, dent, oreille, œil, séjour, "
            "équipement, an, année civile, 24 mois, vie, bénéficiaire, contrat.",
        )

    def _window(self, noun: str, count: int) -> Window | None:
        match noun:
            case "an":
                return self._years(count)
            case "an_civil":
                return Window(Span.CIVIL_YEARS, count)
            case "an_adhésion":
                return Window(Span.MEMBERSHIP_YEAR)
            case "mois":
                return Window(Span.MONTHS, count)
            case "vie":
                return Window(Span.WHOLE)
            case "équipement":
                return Window(Span.EQUIPMENT)
            case _:
                return None

    def _years(self, count: int) -> Window:
        match self._year:
            case YearKind.CIVIL:
                return Window(Span.CIVIL_YEARS, count)
            case YearKind.ROLLING:
                return Window(Span.MONTHS, 12 * count)
            case YearKind.MEMBERSHIP:
                if count > 1:
                    return Window(Span.MONTHS, 12 * count)
                return Window(Span.MEMBERSHIP_YEAR)
            case None:
                raise FormulaError(
                    reason="« par an » ne dit pas quelle année est comptée.",
                    remedy="Écrire « par année civile » ou « par 12 mois », ou « an: civil », « an: glissant » "
                    "ou « an: adhésion » en tête de grille.",
                )
