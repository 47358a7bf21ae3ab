"""Formulas as the printed table writes them: ``100 % BR + 37,50 € par verre``.

A formula is a sum, then ceilings and floors::

    formula := sum { [","] ( ceiling | floor ) }
    sum     := term { "+" term } [ "-" "RSS" ]
    term    := percent ( "BR" | "FR" | "TM" | "RSS" | "RAC" | "PLV" | "HLF" ) | "TM" | "RSS" | "FR" | "PLV" | "HLF"
             | [ "crédit de" ] amount [ per ] | "max(" sum { ";" sum } ")" | "min(" sum { ";" sum } ")"
    amount  := euros | percent "PMSS"
    ceiling := ( "dans la limite de" | "limité à" | "maximum" ) ( "PLV" | "HLF" | "forfait réglementaire"
             | "prix du réseau" | sum [ per period ] | count per period )
    floor   := ( "minimum" | "au-delà" ) sum

A percentage of BR says nothing of the AMO part by itself: the grid's header does (``amo``), unless the
sum has TM (it adds to the AMO) or RSS (it holds the AMO part).
"""

from dataclasses import replace
from typing import Final

from egide.plans.language.spans import FormulaError, SpanReader, singular
from egide.plans.language.terms import (
    MEASURES,
    CountTerm,
    CreditTerm,
    ParsedFormula,
    Setting,
    Terms,
)
from egide.plans.language.words import Token, hundredths, tokens
from egide.pricing import Amount, Bound, BoundKind, Choice

_HELP: Final = (
    "Employer : x % BR, x % FR, x % TM, TM, RSS, x % du reste à charge, x € [par unité], x % PMSS [par unité], "
    "crédit de x € par année civile, max(… ; …), min(… ; …)."
)
_CEILING_TEXT: Final = """
    limité limitée limités limitées plafonné plafonnée plafonnés plafonnées maximum maxi max jusqu'à
"""
_CEILING_WORDS: Final = frozenset(_CEILING_TEXT.split())
_BEYOND_WORDS: Final = frozenset({"au-delà", "puis", "ensuite"})
_FLOOR_WORDS: Final = frozenset({"minimum", "mini", "min"})
_SAYS_OF_AMO: Final = {"AMO_COMPRISE": True, "AMO_EN_PLUS": False}
_FULL = 10_000
_MOST_COUNT = 9_999


class _Parser:
    def __init__(self, text: str, setting: Setting) -> None:
        self._spans = SpanReader(tokens(text), 0, setting.year)
        self._setting = setting
        self._text = text
        self._adds = False

    def _peek(self, ahead: int = 0) -> str:
        return self._spans.peek(ahead)

    def _kind(self) -> str:
        spans = self._spans
        return spans.tokens[spans.at].kind if spans.at < len(spans.tokens) else ""

    def _take(self) -> Token:
        spans = self._spans
        spans.at += 1
        return spans.tokens[spans.at - 1]

    def parse(self) -> ParsedFormula:
        terms = self._sum()
        parsed = ParsedFormula(text=" ".join(self._text.split()))
        # What the sum adds by nature (TM, a share of what is left) is what amounts that bound it are of.
        self._adds = terms.adds
        while self._peek():
            self._clause(parsed, terms)
        parsed.sum, parsed.credit = terms.sum(), terms.credit
        parsed.includes_amo = terms.includes_amo(self._setting.amo)
        return parsed

    def _sum(self) -> Terms:
        terms = Terms()
        if self._peek() == "+":  # « + 50 € » : on top of what the social security pays
            self._take()
            terms.says_amo = False
        self._term(terms)
        while True:
            word = self._peek()
            if word in _SAYS_OF_AMO:
                terms.says_amo = _SAYS_OF_AMO[self._take().text]
            elif word == "-":
                self._take()
                self._minus_amo(terms)
            elif word == "+":
                self._take()
                self._term(terms)
            else:
                return terms

    def _minus_amo(self, terms: Terms) -> None:
        """Read « - RSS »: the amounts before it hold the AMO part."""
        if self._peek() != "RSS":
            raise FormulaError(
                reason=f"« - {self._peek() or 'rien'} » n'est pas connu.",
                remedy="Seul « - RSS » se retranche.",
            )
        self._take()
        terms.holds_amo = True
        per = self._spans.read()
        if (
            per.window is not None
        ):  # « 580 € - RSS par an » : what runs by the year is the amount
            amount = terms.amounts.pop("unit", None)
            if amount is None or terms.credit is not None:
                raise FormulaError(
                    reason="une période après « - RSS » demande un montant.", remedy=_HELP
                )
            terms.credit = CreditTerm(amount, per, per.window)

    def _term(self, terms: Terms) -> None:
        word = self._peek()
        if word.lower() in {"jusqu'à", "budget"}:
            self._take()
            word = self._peek()
        if word in {"max", "min"} and self._peek(1) == "(":
            self._choice(terms, is_greatest=word == "max")
        elif word in MEASURES:
            self._measure(terms, _FULL)
        elif singular(word) in {"crédit", "forfait"}:
            self._take()
            self._amount(terms, is_credit=singular(word) == "crédit")
        elif self._kind() == "number":
            self._amount(terms, is_credit=False)
        else:
            raise FormulaError(
                reason=f"le terme « {word or self._text} » n'est pas connu.", remedy=_HELP
            )

    def _measure(self, terms: Terms, basis_points: int) -> None:
        word = self._take().text
        measure = MEASURES[word]
        if measure == "amo" and not terms.holds_amo:
            terms.holds_amo = True
        terms.add_rate(measure, basis_points)
        if self._spans.read().window is not None:
            raise FormulaError(
                reason=f"« {word} » est une part de chaque acte : elle n'a pas de période.",
                remedy="Écrire un montant par période, ou « dans la limite de … € par an ».",
            )

    def _choice(self, terms: Terms, *, is_greatest: bool) -> None:
        self._take()
        self._take()
        options = [self._sum()]
        while self._peek().lower() in {";", "ou", "et", ","}:
            self._take()
            options.append(self._sum())
        if self._peek() == ")":
            self._take()
        if len(options) < 2:
            raise FormulaError(
                reason="un choix demande deux montants au moins.",
                remedy="Écrire « max(80 € ; 1 % PMSS) ».",
            )
        if any(option.credit for option in options):
            raise FormulaError(
                reason="un crédit dans un choix.", remedy="Mettre le crédit hors du choix."
            )
        for option in options:
            terms.holds_amo = terms.holds_amo or option.holds_amo
            for measure in option.rates:
                terms.rates.setdefault(measure, 0)
        terms.choices.append(Choice(tuple(one.sum() for one in options), is_greatest))

    def _amount(self, terms: Terms, *, is_credit: bool) -> None:
        if self._kind() != "number":
            raise FormulaError(
                reason=f"un montant est attendu avant « {self._peek()} ».", remedy=_HELP
            )
        written = self._take().text
        number = hundredths(written)
        sign = self._take().text if self._peek() in {"%", "€"} else ""
        if sign == "%" and self._peek() in MEASURES:
            if is_credit:
                raise FormulaError(
                    reason="un crédit est un montant.", remedy="Écrire des euros ou un % PMSS."
                )
            self._measure(terms, number)
            return
        if sign == "%" and self._peek() == "PMSS":
            self._take()
            amount = Amount(pmss_bp=number)
        elif sign == "€":
            amount = Amount(cents=number)
        else:
            said = " ".join(part for part in (written, sign, self._peek()) if part)
            raise FormulaError(
                reason=f"« {said} » n'est pas un montant : un nombre est suivi de €, ou de % et de quoi.",
                remedy=f"{_HELP} Dans une liste entre crochets, une décimale se met entre guillemets : "
                '["1,5 % PMSS", 30 €].',
            )
        per = self._spans.read()
        if per.window is None:
            if is_credit:
                raise FormulaError(
                    reason="un crédit se compte par période.",
                    remedy="Écrire « crédit de … € par année civile ».",
                )
            terms.add_amount("pair" if per.unit == "pair" else "unit", amount)
            return
        if terms.credit is not None:
            raise FormulaError(
                reason="deux crédits dans une même ligne.", remedy="Faire deux lignes."
            )
        if per.unit and not per.by_side:
            raise FormulaError(
                reason="un montant par unité et par période : on ne sait pas s'il vaut pour chaque unité "
                "ou pour toute la période.",
                remedy="Chaque unité : « 80 € par verre » et « limite: 2 par 24 mois ». Toute la période : "
                "retirer l'unité, « 80 € par an ».",
            )
        terms.credit = CreditTerm(amount, per, per.window)

    def _clause(self, parsed: ParsedFormula, terms: Terms) -> None:
        while self._peek() in {",", "(", ")", ";"} or self._peek().lower() in {"et", "avec"}:
            self._take()
        word = self._peek().lower()
        if not word:
            return
        if any(floor.beyond for floor in parsed.floors) and word not in _BEYOND_WORDS:
            raise FormulaError(
                reason=f"« {self._peek()} » après « au-delà » ne borne rien : ce qui suit la limite n'en a pas.",
                remedy="Mettre plafonds et minimums avant « au-delà ».",
            )
        if self._peek() in _SAYS_OF_AMO:
            terms.says_amo = _SAYS_OF_AMO[self._take().text]
        elif self._kind() == "number" and not self._is_amount(0):
            self._count(parsed)  # « 30 € par séance, 4 séances par an »
        elif self._kind() == "number" and terms.credit is None:
            self._yearly(parsed)  # « 25 € par séance, 75 € par an »
        elif word == "+":
            self._take()
            self._term(terms)
        elif word == "dans" and self._peek(1).lower() == "limite":
            self._take()
            self._take()
            self._ceiling(parsed)
        elif word in _CEILING_WORDS:
            self._take()
            self._ceiling(parsed)
        elif word in _FLOOR_WORDS or word in _BEYOND_WORDS:
            self._take()
            self._floor(parsed, is_beyond=word in _BEYOND_WORDS)
        else:
            raise self._unexpected()

    def _unexpected(self) -> FormulaError:
        return FormulaError(
            reason=f"« {self._peek()} » n'est pas compris après la somme.",
            remedy="Écrire ensuite « dans la limite de … », « minimum … » ou « au-delà … ».",
        )

    def _floor(self, parsed: ParsedFormula, *, is_beyond: bool) -> None:
        terms = self._sum()
        if terms.credit is not None:
            raise FormulaError(
                reason=f"« {self._text} » : un minimum, ou ce qui est payé au-delà, est celui de chaque acte, "
                "sans période ; et une franchise ne s'écrit pas.",
                remedy="Écrire « minimum 10 € », ou « 30 € par séance, maximum 4 par an, au-delà TM ».",
            )
        if is_beyond and any(floor.beyond for floor in parsed.floors):
            raise FormulaError(
                reason="deux « au-delà » dans une même formule : une tranche en a une seule après elle.",
                remedy="Faire une ligne par tranche, ou retenir en note la lecture choisie.",
            )
        floor = replace(self._bound(terms), beyond=is_beyond)
        if is_beyond:  # a promise of its own
            floor = replace(floor, includes_amo=terms.includes_amo(self._setting.amo))
        parsed.floors.append(floor)

    def _yearly(self, parsed: ParsedFormula) -> None:
        """Read an amount by period that follows the sum: a ceiling, though no word says so."""
        unexpected = self._unexpected()
        terms = self._sum()
        if terms.credit is None:
            raise unexpected
        self._hold(parsed, terms.credit, terms)

    def _hold(self, parsed: ParsedFormula, credit: CreditTerm, terms: Terms) -> None:
        """Add a ceiling over a period: it holds the AMO part where an amount of the grid does."""
        mode = self._setting.amo
        includes = None
        if terms.says_amo is not None or mode is not None:
            includes = self._includes(terms)
        parsed.purses.append((credit, includes))

    def _bound(self, terms: Terms) -> Bound:
        return Bound(kind=BoundKind.AMOUNT, sum=terms.sum(), includes_amo=self._includes(terms))

    def _includes(self, terms: Terms) -> bool:
        """Tell whether what bounds the sum holds the AMO part: an amount, as the sum itself does."""
        if self._adds and terms.says_amo is None and not terms.holds_amo and not terms.rates:
            return False
        return terms.includes_amo(self._setting.amo)

    def _ceiling(self, parsed: ParsedFormula) -> None:
        word = self._peek().lower()
        if not word:
            return  # « 50 € max »
        if word in {"plv", "hlf"}:
            self._take()
            parsed.ceilings.append(Bound(kind=BoundKind.REGULATED))
        elif word in {"forfait", "législation", "réglementation"} and not self._is_amount(1):
            while self._peek() and self._peek() not in {",", "("}:
                self._take()
            parsed.ceilings.append(Bound(kind=BoundKind.REGULATED))
        elif word == "prix":
            while singular(self._peek()) in {"prix", "réseau"}:
                self._take()
            parsed.ceilings.append(Bound(kind=BoundKind.NETWORK))
        elif word == "fr":
            self._take()  # nothing is ever paid above what is billed
        elif self._kind() == "number" and not self._is_amount(0):
            self._count(parsed)
        else:
            terms = self._sum()
            if terms.credit is not None:
                self._hold(parsed, terms.credit, terms)
            else:
                parsed.ceilings.append(self._bound(terms))

    def _is_amount(self, ahead: int) -> bool:
        return self._peek(ahead + 1) in {"%", "€"}

    def _count(self, parsed: ParsedFormula) -> None:
        count = read_count(self._spans)
        parsed.counts.append(count)


def read_count(spans: SpanReader) -> CountTerm:
    """Read « 4 séances par an », « 8 jours par séjour », « 1 par 4 ans et par oreille »."""
    text = spans.tokens[spans.at].text
    if not text.isdigit() or not 0 < int(text) <= _MOST_COUNT:
        raise FormulaError(
            reason=f"« {text} » n'est pas un nombre d'actes.", remedy="Écrire un entier."
        )
    spans.at += 1
    while spans.peek() and spans.peek().lower() not in {"par", ",", "(", ")", "et", "si"}:
        if spans.tokens[spans.at].kind != "word":
            break
        spans.at += 1
    per = spans.read()
    if per.window is None:
        raise FormulaError(
            reason="la limite ne dit pas sur quelle période elle compte.",
            remedy="Écrire « 4 par année civile », « 2 par 24 mois », « 8 jours par séjour » ou « 1 par vie ».",
        )
    return CountTerm(int(text), per, per.window)


def read_formula(text: str, setting: Setting) -> ParsedFormula:
    """Read a formula.

    Args:
        setting: what the grid's header says of the AMO part and of years.

    Raises:
        FormulaError: what it does not understand, with what to write.
    """
    if not text.strip():
        raise FormulaError(reason="la formule est vide.", remedy=_HELP)
    try:
        return _Parser(text, setting).parse()
    except IndexError:
        raise FormulaError(
            reason=f"la formule « {text} » s'arrête trop tôt.", remedy=_HELP
        ) from None
