"""What the basic insurer (AMO) pays for an act, and what it would pay inside the care pathway."""

from egide.core.money import ZERO, Money
from egide.pricing.reckoning import Step, StepCode
from egide.pricing.terms import Act


def amo_part(act: Act) -> Money:
    """Return the AMO part: its rate of the base, never above the expense.

    Source: CSS art. L160-10 (never above the real cost).
    """
    return min(act.amo_rate.of(act.base), act.expense)


def amo_part_in_pathway(act: Act) -> Money:
    """Return what the AMO would pay inside the pathway: guarantees are reckoned from it.

    Source: CSS art. R871-1, 1° (the increase for leaving the pathway is never covered).
    """
    return min(max(act.full_rate, act.amo_rate).of(act.base), act.expense)


def amo_steps(act: Act, paid: Money, in_pathway: Money) -> list[Step]:
    """Return the steps that explain expense, base and AMO part."""
    steps = [
        Step(StepCode.EXPENSE, act.expense, f"{act.label} : {act.expense} facturés.", act.code)
    ]
    if act.base == ZERO:
        said = "La Sécurité sociale ne rembourse pas cet acte."
        return [*steps, Step(StepCode.AMO, ZERO, said, act.tariff_source)]
    said = f"Base de remboursement de la Sécurité sociale : {act.base}."
    steps.append(Step(StepCode.BASE, act.base, said, act.tariff_source))
    said = f"La Sécurité sociale paie {act.amo_rate} de la base : {paid}."
    steps.append(Step(StepCode.AMO, paid, said, act.rate_source))
    if paid < in_pathway:
        lost = in_pathway - paid
        said = f"Hors parcours de soins, {lost} restent à votre charge et aucun contrat responsable ne les paie."
        steps.append(Step(StepCode.OUT_OF_PATHWAY, lost, said, "CSS R160-6, R871-1 1°"))
    return steps
