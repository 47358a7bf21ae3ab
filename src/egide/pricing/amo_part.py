"""What the basic insurer (AMO) pays for each act of a claim, and what it keeps later."""

from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

from egide.core.money import share_cents
from egide.pricing.act import Act, Heaviness, Role, Trait
from egide.pricing.law import Law
from egide.pricing.limits import Counters, Use
from egide.pricing.reckoning import Step, StepCode

HEAVY: Final = "heavy-act"  # the situation of a stay in which a heavy act was done
OUT_OF_PATHWAY: Final = "out-of-pathway"
_FULL_BP: Final = 10_000


class AmoPart(NamedTuple):
    """What the AMO pays for an act, in cents.

    Args:
        act: the act itself, its base lowered by what is imputed elsewhere.
        in_pathway: what it would pay inside the care pathway: guarantees are reckoned from it.
        heavy_cents: the participation that stands for the copayment; None if the act is not heavy.
        imputed_cents: what of the day charge is part of the participation in the stay.
        undue_cents: what was billed of it all the same: nobody owes it, and it has left the expense.
    """

    act: Act
    paid: int
    in_pathway: int
    heavy_cents: int | None = None
    imputed_cents: int = 0
    undue_cents: int = 0


_HEAVY: Final = int(Trait.HEAVY)
_DAILY_CHARGE: Final = int(Trait.DAILY_CHARGE)
_STAY: Final = int(Trait.STAY)


def amo_parts(acts: Sequence[Act], law: Law, traits: int) -> list[AmoPart]:
    """Return the AMO part of every act of a claim: its rate of the base, which is never above the expense.

    Args:
        traits: those of all the acts; an act of the HEAVY situation counts as heavy.

    Source: CSS L160-10 (never above the real cost), R160-6 (outside the pathway), R160-16 (heavy
    acts), L174-4 (the day charge and the participation in the stay are imputed on each other), L160-13 I (no emergency
    charge where a stay follows).
    """
    parts = [_plain(act, law) for act in acts]
    if traits & _HEAVY:
        _reduce_heavy(parts, law)
    if traits & _DAILY_CHARGE:
        _impute_day_charge(parts)
    if traits & _STAY:
        _leave_pathway_of_stays(parts, law)
        _leave_out_emergencies(parts)
    return parts


def _plain(act: Act, law: Law) -> AmoPart:
    base = _real_base(act)
    whole = share_cents(base, act.rate_bp)
    paid = whole
    if act.situation and leaves_pathway(act, law):
        lost = min(share_cents(base, law.pathway_bp), law.pathway_cents * act.quantity)
        paid = max(whole - lost, 0)
    return AmoPart(act, paid, whole)


def _real_base(act: Act) -> int:
    """Return what the AMO's rate is of: the tariff, or what was billed where that is less (L160-10)."""
    return min(act.base_cents, act.expense_cents)


def leaves_pathway(act: Act, law: Law) -> bool:
    """Tell whether an act is outside the care pathway of somebody who has one."""
    return act.kind.in_pathway and _is_out(act, law)


def _is_out(act: Act, law: Law) -> bool:
    """Tell whether somebody who has a care pathway is said to be outside it."""
    return (
        OUT_OF_PATHWAY in act.situation
        and act.age >= law.pathway_from_age
        and act.situation.isdisjoint(law.pathway_exempt)
    )


_Moment = tuple[date, str, str]


def _moment(act: Act) -> _Moment:
    """Return what was done at once: on a day, by one professional.

    Where nobody says who, acts of one family are one's, those of two are not: a surgeon and an anaesthetist never are.
    """
    return (act.care_on, act.performer, "" if act.performer else act.kind.family)


def _reduce_heavy(parts: list[AmoPart], law: Law) -> None:
    """Bring the participation in what is done at once down to one amount for all of it, or to nothing.

    Tariffs add up of what one professional did on a day (R160-16 I, sixth line); imaging counts by itself. In a stay,
    the amount is due on the stay's own costs.
    """
    tariffs: dict[_Moment, int] = {}
    for part in parts:
        act = part.act
        if act.kind.heaviness is Heaviness.REDUCED:
            moment = _moment(act)
            tariffs[moment] = tariffs.get(moment, 0) + act.base_cents
    heavy_stays = _heavy_stays(parts, tariffs, law)
    left: dict[_Moment | str, int] = {}
    for index, part in enumerate(parts):
        act = part.act
        moment: _Moment | str = _moment(act)
        if (HEAVY in act.situation or act.stay in heavy_stays) and _is_of_stay(act):
            moment = act.stay or "stay"
            is_heavy, is_charged = True, act.kind.role is Role.STAY
        elif act.kind.heaviness is Heaviness.REDUCED:
            # In a stay, the participation is due on the stay's own costs, on whichever bill they are.
            is_heavy, is_charged = tariffs[moment] >= law.heavy_from_cents, not act.stay
        else:
            is_heavy = act.kind.heaviness is Heaviness.EXEMPT
            is_heavy = is_heavy and act.base_cents >= law.heavy_from_cents * act.quantity
            is_charged = False
        base = _real_base(act)
        copayment = base - share_cents(base, act.rate_bp)
        if is_heavy and copayment > 0:
            due = min(left.get(moment, law.heavy_cents), copayment) if is_charged else 0
            left[moment] = left.get(moment, law.heavy_cents) - due
            parts[index] = _with_participation(part, due)


def _heavy_stays(parts: list[AmoPart], tariffs: dict[_Moment, int], law: Law) -> set[str]:
    """Return the stays whose own costs are billed here beside a heavy act done in them: no word need say so."""
    stays = {part.act.stay for part in parts if part.act.kind.role is Role.STAY}
    return {
        part.act.stay
        for part in parts
        if part.act.stay
        and part.act.stay in stays
        and part.act.kind.heaviness is Heaviness.REDUCED
        and tariffs[_moment(part.act)] >= law.heavy_from_cents
    }


def _is_of_stay(act: Act) -> bool:
    """Tell whether an act is part of the costs of a stay: the day charge and emergencies are not."""
    role = act.kind.role
    return role is Role.STAY or (
        act.stay != "" and role not in {Role.DAILY_CHARGE, Role.EMERGENCY}
    )


def _with_participation(part: AmoPart, cents: int) -> AmoPart:
    whole = _real_base(part.act) - cents
    lost = part.in_pathway - part.paid
    return part._replace(in_pathway=whole, paid=max(whole - lost, 0), heavy_cents=cents)


def _impute_day_charge(parts: list[AmoPart]) -> None:
    """Take from the day charge what the participation in the stay already holds."""
    left: dict[str, int] = {}
    for part in parts:
        act = part.act
        if act.kind.role is Role.STAY and part.heavy_cents is None:
            copayment = max(_real_base(act) - part.in_pathway, 0)
            left[act.stay] = left.get(act.stay, 0) + copayment
    for index, part in enumerate(parts):
        act = part.act
        if act.kind.role is Role.DAILY_CHARGE and left.get(act.stay):
            due = max(act.base_cents - part.in_pathway, 0)
            imputed = min(left[act.stay], due)
            left[act.stay] -= imputed
            base, billed = act.base_cents - imputed, act.expense_cents
            expense = max(min(billed, base), billed - imputed, 0)
            parts[index] = part._replace(
                act=act._replace(base_cents=base, limit_cents=base, expense_cents=expense),
                imputed_cents=imputed,
                undue_cents=billed - expense,
            )


def _leave_pathway_of_stays(parts: list[AmoPart], law: Law) -> None:
    """Add once to the participation in a stay outside the pathway what its law says, on the stay's own costs."""
    out: dict[str, list[int]] = {}
    for index, part in enumerate(parts):
        if part.act.kind.role is Role.STAY and _is_out(part.act, law):
            out.setdefault(part.act.stay, []).append(index)
    for places in out.values():
        index = min(places, key=lambda place: parts[place].act.apart)
        paid = max(parts[index].paid - law.pathway_cents, 0)
        parts[index] = parts[index]._replace(paid=paid)


def _leave_out_emergencies(parts: list[AmoPart]) -> None:
    """Leave the emergency charge out of a bill of the stay that followed: nobody owes it."""
    stays = {part.act.stay for part in parts if part.act.kind.role is Role.STAY}
    for index, part in enumerate(parts):
        act = part.act
        if act.kind.role is Role.EMERGENCY and act.stay and act.stay in stays:
            none = act._replace(base_cents=0, limit_cents=0, expense_cents=0)
            parts[index] = AmoPart(none, 0, 0, undue_cents=act.expense_cents)


def amo_steps(part: AmoPart, law: Law) -> list[Step]:
    """Return the steps that explain expense, base and AMO part."""
    act = part.act
    billed = act.expense_cents + part.undue_cents
    steps = [Step(StepCode.EXPENSE, billed, act.code, (act.label,))]
    if part.undue_cents and not part.imputed_cents:
        return [*steps, Step(StepCode.NOT_DUE, part.undue_cents, "CSS L160-13 I")]
    if part.imputed_cents:
        steps.append(Step(StepCode.IMPUTED, part.imputed_cents, "CSS L174-4"))
    if not act.base_cents:
        if not part.imputed_cents:
            steps.append(Step(StepCode.REFUSED, 0, act.tariff_source))
        steps.append(Step(StepCode.AMO, 0, act.rate_source, (0,)))
        return steps
    steps.append(Step(StepCode.BASE, _real_base(act), act.tariff_source))
    rate = act.rate_bp
    if part.heavy_cents is not None:
        rate = _FULL_BP
        steps.append(Step(StepCode.HEAVY_ACT, part.heavy_cents, "CSS R160-16"))
    lost = part.in_pathway - part.paid
    words = (rate, lost) if lost > 0 else (rate,)
    steps.append(Step(StepCode.AMO, part.paid, act.rate_source, words))
    if lost > 0:
        steps.append(Step(StepCode.OUT_OF_PATHWAY, lost, f"CSS R160-6, {law.contract.pathway}"))
    return steps


def deductions(parts: Sequence[AmoPart], law: Law, counters: Counters) -> list[Use | None]:
    """Return what the AMO keeps later on each act, by unit, within its ceilings of day and year.

    Never more than the AMO pays for the act, and nothing during a stay; it changes no share.
    Source: CSS L160-13 II and III, D160-6 to D160-11.
    """
    kept, is_bound = _deducted(parts, law, counters)
    if not is_bound or len(parts) < 2:
        return kept

    # A ceiling was met: the acts meet it in the order of care, then of what tells them apart, not of the claim's lines.
    def rank(index: int) -> tuple[object, ...]:
        act = parts[index].act
        return act.care_on, -parts[index].paid, act.apart

    order = sorted(range(len(parts)), key=rank)
    kept, _ = _deducted([parts[index] for index in order], law, counters)
    placed = dict(zip(order, kept, strict=True))
    return [placed[index] for index in range(len(parts))]


def _deducted(
    parts: Sequence[AmoPart], law: Law, counters: Counters
) -> tuple[list[Use | None], bool]:
    """Return the deductions of acts in their order, and whether a ceiling bound one of them."""
    years: dict[tuple[str, int], int] = {}
    days: dict[tuple[str, date, str], int] = {}
    kept: list[Use | None] = []
    is_bound = False
    for part in parts:
        act, rule = part.act, part.act.deductible
        if rule is None or not part.paid or act.stay:
            kept.append(None)
            continue
        year = (rule.counter, act.care_on.year)
        if year not in years:
            uses = counters.get(rule.counter)
            spent = [use.cents for use in uses if use.care_on.year == year[1]] if uses else ()
            years[year] = sum(spent)
        units = act.quantity
        if rule.units_a_day is not None:
            day = (rule.group, act.care_on, act.performer if rule.by_performer else "")
            units = min(units, rule.units_a_day - days.get(day, 0))
            days[day] = days.get(day, 0) + units
        left = law.deducted_year_cents - years[year]
        cents = max(min(rule.cents * units, left, part.paid), 0)
        is_bound = is_bound or units < act.quantity or cents == left
        years[year] += cents
        kept.append(Use(rule.counter, act.care_on, units, cents) if cents else None)
    return kept, is_bound
