"""Does a grid respect the responsible contract? Article by article, on what it says by itself.

Each rule of R871-2 is tried on acts priced by the lines of the grid alone, without the bounds that pricing
adds for a responsible grid: a gap found here is one that pricing closes by itself, and that the grid's
author should close in the text.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from itertools import product
from typing import Final, NamedTuple

from egide.core.money import Money, euros, share_cents
from egide.core.period import add_months
from egide.nomenclature import BilledLine, Family, Nomenclature, UnpriceableError, families
from egide.plans.quote import unbound
from egide.pricing import (
    ELEMENTS,
    HEAVY,
    PARTICIPATION,
    Act,
    Guarantee,
    Layer,
    PricedClaim,
    Role,
    Use,
    price_claim,
)

_BASE: Final = 10_000
_ELEMENT_BASE: Final = (
    900  # of a class A frame, the highest of what makes a pair; its price limit is 30 €
)
_ELEMENT_PRICE: Final = 3_000
_DEAR: Final = 100_000
_NOT_OPTAM: Final = frozenset({"not-optam"})
_NOTHING_SAID: Final[frozenset[str]] = frozenset()
_CODES: Final[Mapping[str, str]] = {"a": "VU1", "c": "VM1", "f": "VM5"}
_PAIRS: Final = {"a": "aa", "b": "ac", "c": "cc", "d": "af", "e": "cf", "f": "ff"}
_ADULT, _CHILD = 40, 10
_TEETH: Final = ("11", "13", "14", "15", "16")


def _places(family: Family) -> tuple[str, ...]:
    """Return where acts of a family are tried: one tooth of each kind, since a grid may tell them apart."""
    return _TEETH if family.section == "Dentaire" else ("",)


class Verdict(StrEnum):
    """What the audit found."""

    RESPECTED = "respecté"
    GAP = "écart"
    BUILT_IN = "toujours appliqué"  # no grid can say otherwise in the plan language


class Finding(NamedTuple):
    """What an article asks, whether a level respects it, and by which amounts."""

    article: str
    verdict: Verdict
    said: str


def audit(layer: Layer, nomenclature: Nomenclature, day: date) -> list[Finding]:
    """Return a finding for each rule of R871-1 and R871-2 in force on a day.

    Raises:
        UnpriceableError: the tables begin after that day.
    """
    examiner = _Examiner(layer, nomenclature, day)
    return [
        *_built_in(nomenclature, day),
        examiner.copayment(),
        examiner.overruns(),
        *examiner.optics(),
        *examiner.whole_covers(),
        *examiner.ceilings(),
        *examiner.renewals(),
    ]


def _built_in(nomenclature: Nomenclature, day: date) -> Iterator[Finding]:
    pathway = nomenclature.law_on(day).contract.pathway
    yield Finding(
        pathway,
        Verdict.BUILT_IN,
        "Ce que coûte la sortie du parcours de soins n'est jamais payé.",
    )
    yield Finding(
        "L871-1",
        Verdict.BUILT_IN,
        "Participations forfaitaires et franchises ne sont jamais payées.",
    )


def _finding(article: str, gaps: Sequence[str], respected: str) -> Finding:
    if gaps:
        return Finding(article, Verdict.GAP, " ; ".join(gaps))
    return Finding(article, Verdict.RESPECTED, respected)


class _Examiner:
    def __init__(self, layer: Layer, nomenclature: Nomenclature, day: date) -> None:
        self._layer = layer
        self._alone = unbound(layer)
        self._nomenclature = nomenclature
        self._day = day
        self._law = nomenclature.law_on(day)
        self._contract = self._law.contract
        wide = {word for family in families().values() for word in family.kind.lineage[1:]}
        billed = {entry.kind.family for entry in nomenclature.entries()}
        # A family that only gathers narrower ones is no act.
        self._billed = {word for word in families() if word not in wide or word in billed}

    def _price(self, *acts: Act) -> PricedClaim:
        return price_claim(acts, self._alone, self._law, {}, explain=False)

    def _paid(self, *acts: Act) -> int:
        total = self._price(*acts).total
        return total.amo_cents + total.amc_cents

    def _act(self, name: str, cents: int, *, quantity: int = 1, age: int = _ADULT) -> Act:
        system, _, code = name.partition(":")
        line = BilledLine(
            system=system,
            code=code,
            care_on=self._day,
            quantity=quantity,
            expense=Money(cents),
            side="right",
        )
        return self._nomenclature.act(line, age=age, member_since=date.min)

    def _bare(self, word: str, base: int, situation: frozenset[str], age: int) -> Act:
        """Return an act of a family; the participation in heavy acts is what a stay with one leaves."""
        if word == PARTICIPATION:
            word, situation = "sejour", frozenset({HEAVY})
        return self._nomenclature.bare_act(word, self._day, base, situation=situation, age=age)

    def copayment(self) -> Finding:
        """Try the whole copayment of every family that has one and may not be left."""
        short: list[str] = []
        for word, family in families().items():
            if family.is_refused or family.kind.copayment_optional or word not in self._billed:
                continue
            if family.kind.role is Role.DAILY_CHARGE:
                continue  # no copayment: a rule of its own
            situations = [_NOTHING_SAID]
            if family.kind.is_doctor:
                situations.append(_NOT_OPTAM)
            for situation in situations:
                for age, tooth in product((_ADULT, _CHILD), _places(family)):
                    base = _ELEMENT_BASE if family.kind.role in ELEMENTS else _BASE
                    try:
                        act = self._bare(word, base, situation, age)
                    except UnpriceableError:
                        continue  # a family that the law has not made yet
                    left = self._price(act._replace(side=tooth)).total.patient_cents
                    if left and family.label not in short:
                        short.append(family.label)
        gaps = [f"ticket modérateur incomplet : {', '.join(short)}"] if short else []
        return _finding(
            f"{self._contract.source} 1°", gaps, "Le ticket modérateur est couvert en entier."
        )

    def overruns(self) -> Finding:
        """Try the overruns of doctors outside OPTAM against those inside."""
        contract = self._contract
        if contract.overrun_bp is None:
            return Finding(
                f"{contract.source} 2°", Verdict.RESPECTED, "Aucune borne ce jour-là."
            )
        gaps: list[str] = []
        for word, family in families().items():
            if not family.kind.is_doctor or family.is_refused:
                continue
            inside, outside = (
                self._nomenclature.bare_act(
                    word, self._day, _BASE, situation=situation
                )._replace(expense_cents=_DEAR)
                for situation in (_NOTHING_SAID, _NOT_OPTAM)
            )
            optam = max(self._paid(inside) - _BASE, 0)
            most = min(
                share_cents(_BASE, contract.overrun_bp),
                max(optam - share_cents(_BASE, contract.gap_bp), 0),
            )
            got = self._paid(outside) - _BASE
            if got > most:
                gaps.append(
                    f"{family.label} : {got // 100} % de la base au-delà du tarif hors OPTAM, {most // 100} % au plus"
                )
        return _finding(
            f"{contract.source} 2°", gaps, "Les dépassements hors OPTAM sont sous leurs bornes."
        )

    def optics(self) -> Iterator[Finding]:
        """Try a dear pair of each category, and a dear frame."""
        contract = self._contract
        gaps: list[str] = []
        for letter, bounds in contract.optics.items():
            lenses = [self._act(f"grouping:{_CODES[one]}", _DEAR) for one in _PAIRS[letter]]
            frame = self._act("grouping:M03", _DEAR)
            paid = self._paid(frame, *lenses)
            covers_beyond = paid > frame.base_cents + sum(one.base_cents for one in lenses)
            if covers_beyond and not bounds.floor <= paid <= bounds.ceiling:
                asked = f"de {bounds.floor // 100} à {bounds.ceiling // 100} €"
                gaps.append(f"équipement {letter} : {euros(paid)}, {asked}")
        paid = self._paid(self._act("grouping:M03", _DEAR))
        if contract.frame_cents is not None and paid > contract.frame_cents:
            gaps.append(f"monture : {euros(paid)}, {euros(contract.frame_cents)} au plus")
        yield _finding(
            f"{contract.source} 3°",
            gaps,
            "Minimums et plafonds des équipements a à f sont tenus.",
        )

    def whole_covers(self) -> Iterator[Finding]:
        """Try what the law covers whole up to its price limit."""
        by_article: dict[str, list[str]] = {
            article: [] for article in self._contract.full.values()
        }
        for word, family in families().items():
            article = self._contract.full.get(family.kind.role)
            if article is None:
                continue
            is_element = family.kind.role in ELEMENTS
            price, units = (_ELEMENT_PRICE, 1) if is_element else (5 * _BASE, 5)
            act = self._nomenclature.bare_act(
                word,
                self._day,
                _ELEMENT_BASE if is_element else _BASE,
                situation=_NOTHING_SAID,
            )._replace(expense_cents=price, limit_cents=price, quantity=units)
            left = self._price(act).total.patient_cents
            if left:
                by_article[article].append(f"{family.label} : pas couvert en entier")
        for article, gaps in by_article.items():
            yield _finding(article, gaps, "Couvert en entier jusqu'au prix limite.")

    def ceilings(self) -> Iterator[Finding]:
        """Try a dear hearing aid of class II."""
        most = self._contract.audio_cents
        if most is None:
            return
        paid = self._paid(self._act("lpp:2392530", 3 * _DEAR))
        gaps = (
            [f"aide de classe II : {euros(paid)}, {euros(most)} au plus"] if paid > most else []
        )
        yield _finding(
            f"{self._contract.source} 4° b", gaps, "Le plafond de la classe II est tenu."
        )

    def renewals(self) -> Iterator[Finding]:
        """Buy again a month before and on the day the law's period ends."""
        if not self._contract.renewals:
            return
        bought = (
            ("monture, adulte", "grouping:M03", _ADULT, 24),
            ("monture, moins de 16 ans", "grouping:M04", _CHILD, 12),
            ("aide auditive", "lpp:2392530", _ADULT, 48),
        )
        gaps: list[str] = []
        for said, name, age, months in bought:
            act = self._act(name, _DEAR, age=age)
            if act.kind.role not in self._contract.renewals:
                continue
            first = self._again(act, ())
            early, due = (
                self._again(
                    act._replace(care_on=add_months(self._day, later)), first.lines[0].uses
                )
                for later in (months - 1, months)
            )
            paid = [one.total.amc_cents for one in (early, due)]
            if paid[0] == first.total.amc_cents > act.base_cents:
                gaps.append(f"{said} : renouvelée avant {months} mois")
            elif paid[1] < first.total.amc_cents:
                gaps.append(f"{said} : pas renouvelée à {months} mois")
        yield _finding(
            f"{self._contract.source}, renouvellement",
            gaps,
            "Les périodes sont celles de la loi.",
        )

    def _again(self, act: Act, uses: Sequence[Use]) -> PricedClaim:
        counters: dict[str, tuple[Use, ...]] = {use.counter: (use,) for use in uses}
        return price_claim([act], Guarantee((self._layer,)), self._law, counters, explain=False)
