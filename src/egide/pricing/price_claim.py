"""Price a claim: every act in order, then the equipment they make, with the reckoning.

Laws: AMO, AMC and patient pay the expense of each act to the cent, none of them below zero; a
better guarantee never costs the patient more; a claim that has its acts in another order has the
same total, except where a counter runs out in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from egide.core.money import ZERO, Money
from egide.core.refusal import invariant
from egide.pricing.amo_part import amo_part, amo_part_in_pathway, amo_steps
from egide.pricing.promise import (
    applying_limits,
    credit_counter,
    limit_counter,
    promise,
    units_left,
)
from egide.pricing.reckoning import Step, StepCode
from egide.pricing.responsible_contract import (
    EQUIPMENT_FAMILIES,
    copayment_is_due,
    equipment_range,
    least_for_act,
    most_for_act,
)
from egide.pricing.terms import (
    LENS_LETTERS,
    RENEWED_AS,
    Act,
    Counters,
    Family,
    Guarantee,
    GuaranteeLine,
    Law,
    Share,
    Use,
)

_WHOLE_PAIR = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedLine:
    """The decision on one act: who pays, why, and what it uses up."""

    act: Act
    share: Share
    steps: tuple[Step, ...]
    uses: tuple[Use, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedClaim:
    """The decision on a claim."""

    lines: tuple[PricedLine, ...]

    @property
    def total(self) -> Share:
        """Return the sums of the lines."""
        shares = [line.share for line in self.lines]
        return Share(
            amo=Money(sum(share.amo.cents for share in shares)),
            amc=Money(sum(share.amc.cents for share in shares)),
            patient=Money(sum(share.patient.cents for share in shares)),
        )


@dataclass(slots=True)
class _Draft:
    """A line being decided: AMC part, and the steps so far."""

    act: Act
    amo: Money
    in_pathway: Money
    amc: Money
    steps: list[Step]
    uses: list[Use]

    @property
    def most(self) -> Money:
        """Return the most the AMC may pay: what is left once AMO and pathway increase are out."""
        return self.act.expense - self.in_pathway

    def cap(self, together: Money, french: str, source: str) -> None:
        """Lower the AMC part so that AMO and AMC pay at most ``together``."""
        allowed = Money(max(together.cents - self.in_pathway.cents, 0))
        if self.amc > allowed:
            self.amc = allowed
            self.steps.append(Step(StepCode.CEILING, together, french, source))

    def lift(self, together: Money, french: str, source: str) -> None:
        """Raise the AMC part so that AMO and AMC pay at least ``together``."""
        due = min(Money(max(together.cents - self.in_pathway.cents, 0)), self.most)
        if self.amc < due:
            self.amc = due
            self.steps.append(Step(StepCode.FLOOR, together, french, source))


def price_claim(
    acts: Sequence[Act], guarantee: Guarantee, law: Law, counters: Counters
) -> PricedClaim:
    """Decide who pays each act of a claim.

    Args:
        acts: with the tariff of their day; an expense is never negative.
        law: the responsible contract's numbers on the day of care.
        counters: the person's uses before this claim.
    """
    used: dict[str, tuple[Use, ...]] = dict(counters)
    drafts: list[_Draft] = []
    for act in acts:
        invariant(act.expense >= ZERO and act.base >= ZERO, "an act costs nothing or more")
        draft = _price_act(act, guarantee, law, used)
        for use in draft.uses:
            used[use.counter] = (*used.get(use.counter, ()), use)
        drafts.append(draft)
    if guarantee.responsible:
        _bound_equipment(drafts, law)
    return PricedClaim(lines=tuple(_close(draft, guarantee) for draft in drafts))


def _price_act(act: Act, guarantee: Guarantee, law: Law, counters: Counters) -> _Draft:
    amo = amo_part(act)
    in_pathway = amo_part_in_pathway(act)
    draft = _Draft(act, amo, in_pathway, ZERO, amo_steps(act, amo, in_pathway), [])
    line = guarantee.line_for(act)
    plain = ZERO
    if line is None:
        said = "Votre contrat ne prévoit rien de plus pour cet acte."
        draft.steps.append(Step(StepCode.NOT_COVERED, ZERO, said, guarantee.plan_code))
    elif _is_used_up(line, draft, counters):
        if guarantee.responsible:
            _lift_to_copayment(line, draft, law)
        return draft
    else:
        plain = _apply_line(line, draft, counters)
    if guarantee.responsible:
        _bound_act(line, draft, guarantee, law)
    if line is not None:
        _use_credit(line, draft, plain)
    return draft


def _is_used_up(line: GuaranteeLine, draft: _Draft, counters: Counters) -> bool:
    """Note the units used; True, with its step, when a limit leaves too few for this act.

    A case of early renewal opens the period of what is renewed, and of nothing else.
    """
    act = draft.act
    limits = applying_limits(line, act)
    opened = act.early_renewal and act.family in RENEWED_AS
    for limit in limits:
        if not opened and units_left(limit, act, counters) < act.quantity:
            said = (
                f"« {line.label} » : la limite de {limit.units} par période est déjà atteinte."
            )
            draft.steps.append(Step(StepCode.LIMIT, ZERO, said, line.key))
            return True
    names = dict.fromkeys(limit_counter(limit, act) for limit in limits)
    draft.uses += [Use(name, act.care_on, act.quantity, ZERO) for name in names]
    return False


def _apply_line(line: GuaranteeLine, draft: _Draft, counters: Counters) -> Money:
    act = draft.act
    promised = promise(line, act, draft.in_pathway, counters)
    total = promised.plain + promised.credit
    draft.amc = min(Money(max(total.cents - draft.in_pathway.cents, 0)), draft.most)
    said = f"Votre contrat, « {line.label} » : {line.formula.text}, soit {total} avec la Sécurité sociale."
    if not line.formula.includes_amo:
        added = Money(max(total.cents - draft.in_pathway.cents, 0))
        said = f"Votre contrat, « {line.label} » : {line.formula.text}, soit {added} en plus de la Sécurité sociale."
    draft.steps.append(Step(StepCode.PROMISE, total, said, line.key))
    if promised.capped:
        said = "Le prix limite fixé par la réglementation ou la grille borne ce montant."
        draft.steps.append(Step(StepCode.CEILING, total, said, line.key))
    return promised.plain


def _use_credit(line: GuaranteeLine, draft: _Draft, plain: Money) -> None:
    """Note what the decision took from the line's credit, once every cap has been applied."""
    counter = credit_counter(line)
    taken = Money(max(draft.in_pathway.cents + draft.amc.cents - plain.cents, 0))
    if counter is None or taken == ZERO:
        return
    said = f"Dont {taken} pris sur le crédit de cette garantie."
    draft.steps.append(Step(StepCode.CREDIT, taken, said, line.key))
    draft.uses.append(Use(counter, draft.act.care_on, 0, taken))


def _lift_to_copayment(line: GuaranteeLine | None, draft: _Draft, law: Law) -> None:
    if copayment_is_due(line, draft.act):
        base = draft.act.base
        said = (
            f"Un contrat responsable paie au moins le ticket modérateur, soit {base} en tout."
        )
        draft.lift(base, said, f"{law.source} 1°")


def _bound_act(
    line: GuaranteeLine | None, draft: _Draft, guarantee: Guarantee, law: Law
) -> None:
    act = draft.act
    _lift_to_copayment(line, draft, law)
    least = least_for_act(act, draft.in_pathway)
    if least is not None:
        draft.lift(
            least,
            "100 % Santé : rien ne reste à votre charge jusqu'au prix limite.",
            law.source,
        )
    most = most_for_act(
        act,
        draft.in_pathway,
        law,
        optam_promise=_optam_promise(guarantee, act, draft.in_pathway),
    )
    if most is not None:
        together, source = most
        draft.cap(
            together,
            f"Un contrat responsable paie au plus {together} avec la Sécurité sociale.",
            source,
        )


def _optam_promise(guarantee: Guarantee, act: Act, amo: Money) -> Money | None:
    if act.optam:
        return None
    inside = replace(act, optam=True)
    line = guarantee.line_for(inside)
    return None if line is None else promise(line, inside, amo, {}).plain


def _bound_equipment(drafts: Sequence[_Draft], law: Law) -> None:
    """Hold class B lenses and frame of one claim between floor and ceiling of their category."""
    parts = [draft for draft in drafts if draft.act.family in EQUIPMENT_FAMILIES]
    lenses = [
        draft.act.family
        for draft in parts
        if draft.act.family in LENS_LETTERS
        for _ in range(draft.act.quantity)
    ]
    bounds = equipment_range(lenses, law)
    if bounds is None:
        return
    paid = sum(draft.in_pathway.cents + draft.amc.cents for draft in parts)
    over = paid - bounds.ceiling.cents
    for draft in reversed(parts):
        if over <= 0:
            break
        cut = min(over, draft.amc.cents)
        over -= cut
        draft.amc = Money(draft.amc.cents - cut)
        said = (
            f"Lunettes : un contrat responsable paie au plus {bounds.ceiling} par équipement."
        )
        draft.steps.append(Step(StepCode.CEILING, bounds.ceiling, said, f"{law.source} 3°"))
    has_frame = any(draft.act.family is Family.FRAME_B for draft in parts)
    covers_beyond = any(draft.in_pathway + draft.amc > draft.act.base for draft in parts)
    if not (has_frame and len(lenses) == _WHOLE_PAIR and covers_beyond):
        return
    short = bounds.floor.cents - paid
    for draft in parts:
        most = draft.most
        if draft.act.family is Family.FRAME_B:
            most = min(most, Money(max(law.frame.cents - draft.in_pathway.cents, 0)))
        add = min(short, most.cents - draft.amc.cents)
        if add <= 0:
            continue
        short -= add
        draft.amc = Money(draft.amc.cents + add)
        said = f"Lunettes : un contrat responsable paie au moins {bounds.floor} par équipement."
        draft.steps.append(Step(StepCode.FLOOR, bounds.floor, said, f"{law.source} 3°"))


def _close(draft: _Draft, guarantee: Guarantee) -> PricedLine:
    act = draft.act
    patient = act.expense - draft.amo - draft.amc
    invariant(min(draft.amo, draft.amc, patient) >= ZERO, "no payer pays less than nothing")
    steps = [
        *draft.steps,
        Step(
            StepCode.AMC,
            draft.amc,
            f"Votre complémentaire paie {draft.amc}.",
            guarantee.plan_code,
        ),
        Step(
            StepCode.PATIENT,
            patient,
            f"Il vous reste {patient} à payer.",
            "dépense - AMO - AMC",
        ),
    ]
    if act.flat_deduction > ZERO:
        said = f"La Sécurité sociale retiendra {act.flat_deduction} plus tard ; aucun contrat responsable ne les paie."
        steps.append(
            Step(StepCode.FLAT_DEDUCTION, act.flat_deduction, said, "CSS L160-13 II et III")
        )
    return PricedLine(
        act=act,
        share=Share(amo=draft.amo, amc=draft.amc, patient=patient),
        steps=tuple(steps),
        uses=tuple(draft.uses),
    )
