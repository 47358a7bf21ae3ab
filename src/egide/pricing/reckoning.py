"""The reckoning: each amount of a decision with the rule and the text that made it.

A step keeps what it says as a code and its words; the sentences are made when they are read.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from egide.core.money import Money, Rate, euros
from egide.pricing.act import Act
from egide.pricing.limits import Use


class StepCode(StrEnum):
    """The kind of a step; stable, so that software can read a reckoning."""

    EXPENSE = "expense"
    BASE = "base"
    REFUSED = "refused"
    AMO = "amo"
    OUT_OF_PATHWAY = "out-of-pathway"
    HEAVY_ACT = "heavy-act"
    IMPUTED = "imputed"
    NOT_DUE = "not-due"
    PROMISE = "promise"
    PROMISE_ADDED = "promise-added"
    OPTION = "option"
    CREDIT = "credit"
    GRID_CEILING = "grid-ceiling"
    CEILING = "ceiling"
    FLOOR = "floor"
    FULL = "full"
    EQUIPMENT_CEILING = "equipment-ceiling"
    EQUIPMENT_FLOOR = "equipment-floor"
    LIMIT = "limit"
    PARTLY = "partly"
    BEYOND = "beyond"
    NOT_COVERED = "not-covered"
    OTHER_AMC = "other-amc"
    AGREED = "agreed"
    INSURER = "insurer"
    AMC = "amc"
    PATIENT = "patient"
    FLAT_DEDUCTION = "flat-deduction"

    @property
    def meaning(self) -> str:
        """Return its name, in French."""
        return _MEANINGS[self]


_MEANINGS: Final[dict[StepCode, str]] = {
    StepCode.EXPENSE: "Prix facturé",
    StepCode.BASE: "Base de remboursement",
    StepCode.REFUSED: "Acte non remboursé par la Sécurité sociale",
    StepCode.AMO: "Part de la Sécurité sociale",
    StepCode.OUT_OF_PATHWAY: "Moins hors parcours",
    StepCode.HEAVY_ACT: "Participation sur acte lourd",
    StepCode.IMPUTED: "Forfait journalier compris dans la participation",
    StepCode.NOT_DUE: "Forfait patient urgences non dû",
    StepCode.PROMISE: "Garantie, avec la Sécurité sociale",
    StepCode.PROMISE_ADDED: "Garantie, en plus de la Sécurité sociale",
    StepCode.OPTION: "Garantie d'une option",
    StepCode.CREDIT: "Pris sur un crédit",
    StepCode.GRID_CEILING: "Limite de la grille",
    StepCode.CEILING: "Plafond du contrat responsable",
    StepCode.FLOOR: "Plancher du contrat responsable",
    StepCode.FULL: "100 % Santé",
    StepCode.EQUIPMENT_CEILING: "Plafond d'un équipement",
    StepCode.EQUIPMENT_FLOOR: "Plancher d'un équipement",
    StepCode.LIMIT: "Limite atteinte",
    StepCode.PARTLY: "Reste d'une limite",
    StepCode.BEYOND: "Au-delà d'une limite",
    StepCode.NOT_COVERED: "Non prévu par le contrat",
    StepCode.OTHER_AMC: "Payé par une autre complémentaire",
    StepCode.AGREED: "Accordé par la prise en charge",
    StepCode.INSURER: "Réponse de l'assureur",
    StepCode.AMC: "Part de la complémentaire",
    StepCode.PATIENT: "Reste à la charge du patient",
    StepCode.FLAT_DEDUCTION: "Participation ou franchise retenue plus tard",
}
# What each step says, to a patient; {amount} is the step's, {words[n]} are its own words.
_FRENCH: Final[dict[StepCode, str]] = {
    StepCode.EXPENSE: "{words[0]} : {amount} facturés.",
    StepCode.BASE: "Base de remboursement de la Sécurité sociale : {amount}.",
    StepCode.REFUSED: "La Sécurité sociale ne rembourse pas cet acte.",
    StepCode.AMO: "La Sécurité sociale paie {rate} de la base{less} : {amount}.",
    StepCode.OUT_OF_PATHWAY: "Hors parcours, {amount} de moins : aucun contrat responsable ne les paie.",
    StepCode.HEAVY_ACT: "Acte lourd : votre participation est ramenée à {amount}.",
    StepCode.IMPUTED: "Forfait journalier : {amount} sont déjà dans votre participation au séjour, et non dus en plus.",
    StepCode.NOT_DUE: "Forfait patient urgences : {amount} non dus, le passage a été suivi d'une hospitalisation.",
    StepCode.PROMISE: "Votre contrat, « {words[0]} » : {words[1]}, soit {amount} avec la Sécurité sociale.",
    StepCode.PROMISE_ADDED: "Votre contrat, « {words[0]} » : {words[1]}, soit {amount} en plus de la Sécurité sociale.",
    StepCode.OPTION: "Votre option, « {words[0]} » : {words[1]}, soit {amount} de plus.",
    StepCode.CREDIT: "Dont {amount} pris sur le crédit de cette garantie.",
    StepCode.GRID_CEILING: "La limite de la grille ramène ce montant à {amount}.",
    StepCode.CEILING: "Un contrat responsable paie au plus {amount} avec la Sécurité sociale.",
    StepCode.FLOOR: "Un contrat responsable paie au moins {amount} avec la Sécurité sociale.",
    StepCode.FULL: "100 % Santé : le prix est couvert en entier jusqu'à sa limite, soit {amount} en tout.",
    StepCode.EQUIPMENT_CEILING: "Lunettes : un contrat responsable paie au plus {amount} par équipement.",
    StepCode.EQUIPMENT_FLOOR: "Lunettes : un contrat responsable paie au moins {amount} par équipement.",
    StepCode.LIMIT: "« {words[0]} » : la limite de {words[1]} par période est déjà atteinte.",
    StepCode.PARTLY: "« {words[0]} » : il reste {words[1]} sur {words[2]} avant la limite.",
    StepCode.BEYOND: "« {words[0]} » : au-delà de la limite, {amount} de plus pour {words[1]}.",
    StepCode.NOT_COVERED: "Votre contrat ne prévoit rien de plus pour cet acte.",
    StepCode.OTHER_AMC: "Une autre complémentaire a déjà payé {amount}.",
    StepCode.AGREED: "La prise en charge accorde {amount}.",
    StepCode.INSURER: "Votre assureur, interrogé, paie {amount}.",
    StepCode.AMC: "Votre complémentaire paie {amount}.",
    StepCode.PATIENT: "Il vous reste {amount} à payer.",
    StepCode.FLAT_DEDUCTION: "La Sécurité sociale retiendra {amount} plus tard, qu'aucun contrat responsable ne paie.",
}
_ENGLISH: Final[dict[StepCode, str]] = {
    StepCode.EXPENSE: "{words[0]}: {amount} billed.",
    StepCode.BASE: "Social security's tariff base: {amount}.",
    StepCode.REFUSED: "Social security does not reimburse this act.",
    StepCode.AMO: "Social security pays {rate} of the base{less}: {amount}.",
    StepCode.OUT_OF_PATHWAY: "Outside the care pathway, {amount} stay with you and no responsible contract pays them.",
    StepCode.HEAVY_ACT: "Heavy act: your participation is brought down to {amount}.",
    StepCode.IMPUTED: "Hospital day charge: {amount} are within your participation in the stay, not due on top.",
    StepCode.NOT_DUE: "Emergency charge: {amount} not due, a stay in hospital followed.",
    StepCode.PROMISE: "Your contract, “{words[0]}”: {words[1]}, that is {amount} with social security.",
    StepCode.PROMISE_ADDED: "Your contract, “{words[0]}”: {words[1]}, that is {amount} on top of social security.",
    StepCode.OPTION: "Your option, “{words[0]}”: {words[1]}, that is {amount} more.",
    StepCode.CREDIT: "Of which {amount} taken from the credit of this guarantee.",
    StepCode.GRID_CEILING: "The grid's own limit brings this amount down to {amount}.",
    StepCode.CEILING: "A responsible contract pays at most {amount} with social security.",
    StepCode.FLOOR: "A responsible contract pays at least {amount} with social security.",
    StepCode.FULL: "100 % Santé: the price is covered whole up to its limit, {amount} in all.",
    StepCode.EQUIPMENT_CEILING: "Glasses: a responsible contract pays at most {amount} a pair.",
    StepCode.EQUIPMENT_FLOOR: "Glasses: a responsible contract pays at least {amount} a pair.",
    StepCode.LIMIT: "“{words[0]}”: the limit of {words[1]} a period is reached.",
    StepCode.PARTLY: "“{words[0]}”: {words[1]} of {words[2]} are left before the limit.",
    StepCode.BEYOND: "“{words[0]}”: past the limit, {amount} more for {words[1]}.",
    StepCode.NOT_COVERED: "Your contract provides nothing more for this act.",
    StepCode.OTHER_AMC: "Another complementary insurer has paid {amount} already.",
    StepCode.AGREED: "The prior agreement grants {amount}.",
    StepCode.INSURER: "Your insurer, when asked, pays {amount}.",
    StepCode.AMC: "Your complementary insurer pays {amount}.",
    StepCode.PATIENT: "{amount} are left for you to pay.",
    StepCode.FLAT_DEDUCTION: "Social security will keep {amount} later; no responsible contract pays them.",
}


class Step(NamedTuple):
    """One line of a reckoning.

    Args:
        source: the article, tariff or grid line that made the amount.
        words: what the sentence says beside the amount: labels, formulas, counts, a rate.
    """

    code: StepCode
    cents: int
    source: str
    words: tuple[str | int, ...] = ()

    @property
    def amount(self) -> Money:
        """Return the step's amount."""
        return Money(self.cents)

    @property
    def french(self) -> str:
        """Return what the step says, in French that a patient understands."""
        return self._say(_FRENCH, ", moins {} hors parcours")

    @property
    def english(self) -> str:
        """Return the same in English."""
        return self._say(_ENGLISH, ", less {} outside the pathway")

    def _say(self, texts: dict[StepCode, str], outside: str) -> str:
        rate, less = "", ""
        if self.code is StepCode.AMO:
            rate = str(Rate(int(self.words[0])))
            if len(self.words) > 1:
                less = outside.format(euros(int(self.words[1])))
        words, amount = self.words, euros(self.cents)
        return texts[self.code].format(amount=amount, words=words, rate=rate, less=less)


class Share(NamedTuple):
    """The payers of one act, in cents; with what another AMC has paid before, they pay its expense."""

    amo_cents: int
    amc_cents: int
    patient_cents: int

    @property
    def amo(self) -> Money:
        """Return what the basic insurer pays."""
        return Money(self.amo_cents)

    @property
    def amc(self) -> Money:
        """Return what the complementary insurer pays."""
        return Money(self.amc_cents)

    @property
    def patient(self) -> Money:
        """Return what is left to the patient."""
        return Money(self.patient_cents)


class PricedLine(NamedTuple):
    """The decision on one act: who pays, why, what it uses up, and what the AMO keeps later.

    Args:
        steps: empty if nobody asked why.
        other_amc_cents: what another complementary insurer has paid of it before.
    """

    act: Act
    share: Share
    steps: tuple[Step, ...]
    uses: tuple[Use, ...]
    deducted_cents: int
    other_amc_cents: int = 0


class PricedClaim(NamedTuple):
    """The decision on a claim."""

    lines: tuple[PricedLine, ...]

    @property
    def other_amc_cents(self) -> int:
        """Return what another complementary insurer has paid of the claim's acts."""
        return sum(line.other_amc_cents for line in self.lines)

    @property
    def total(self) -> Share:
        """Return the sums of the lines."""
        shares = [line.share for line in self.lines]
        return Share(
            sum(share.amo_cents for share in shares),
            sum(share.amc_cents for share in shares),
            sum(share.patient_cents for share in shares),
        )


def merged_uses(uses: Sequence[Use], others: Sequence[Use]) -> list[Use]:
    """Return the uses of an act and of its participation, one of each counter: they may share a ceiling."""
    merged = list(uses)
    for use in others:
        place = next((at for at, one in enumerate(merged) if one.counter == use.counter), None)
        if place is None:
            merged.append(use)
        else:
            known = merged[place]
            units, cents = known.units + use.units, known.cents + use.cents
            merged[place] = known._replace(units=units, cents=cents)
    return merged


def joined(one: PricedLine, more: PricedLine) -> PricedLine:
    """Return the decision on a line that was priced in two parts."""
    return PricedLine(
        one.act,
        Share(*(sum(both) for both in zip(one.share, more.share, strict=True))),
        _both(one.steps, more.steps),
        tuple(merged_uses(one.uses, more.uses)),
        one.deducted_cents + more.deducted_cents,
        one.other_amc_cents + more.other_amc_cents,
    )


# Of a line in two parts, one amount; every other step is that of its part.
_SUMMED: Final = frozenset(
    {
        StepCode.EXPENSE,
        StepCode.BASE,
        StepCode.AMO,
        StepCode.OTHER_AMC,
        StepCode.AMC,
        StepCode.PATIENT,
        StepCode.FLAT_DEDUCTION,
    }
)


def _both(one: Sequence[Step], more: Sequence[Step]) -> tuple[Step, ...]:
    sums = {step.code: step.cents for step in more if step.code in _SUMMED}
    whole = [
        step._replace(cents=step.cents + sums.pop(step.code, 0))
        if step.code in _SUMMED
        else step
        for step in one
    ]
    rest = [step for step in more if step.code not in _SUMMED or step.code in sums]
    at = next((at for at, step in enumerate(whole) if step.code is StepCode.AMC), len(whole))
    return (*whole[:at], *rest, *whole[at:])
