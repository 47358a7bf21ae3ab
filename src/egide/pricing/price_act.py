"""Price one act through the layers of a guarantee: what each promises, then the law's bounds."""

from collections.abc import Sequence
from datetime import date

from egide.pricing.act import EQUIPMENT, REFUSED, Act, Part, Role, part_of
from egide.pricing.amo_part import leaves_pathway
from egide.pricing.draft import Draft, Payment, say_promise
from egide.pricing.equipment import Equipment
from egide.pricing.formula import Promise, Purse, least, promised
from egide.pricing.guarantee import (
    SMALLEST,
    GuaranteeLine,
    Layer,
    Stacking,
    by_the_grid,
    line_of,
)
from egide.pricing.law import Law
from egide.pricing.limits import Counters, Limit, Use, applying, counter_of, units_left
from egide.pricing.reckoning import StepCode
from egide.pricing.responsible_contract import (
    NOT_OPTAM,
    copayment_is_due,
    least_for_act,
    most_for_act,
)


class PricingState:
    """What pricing the acts of one claim shares.

    Args:
        before: the counters of before the claim.
        used: the counters, those of the acts already priced included.
    """

    __slots__ = ("_own", "before", "law", "used")

    def __init__(self, law: Law, counters: Counters) -> None:
        self.law = law
        self.before = self.used = counters
        self._own: dict[str, Sequence[Use]] | None = None  # a copy, from the first use noted

    @property
    def has_noted(self) -> bool:
        """Tell whether an act used something that those after it meet."""
        return self._own is not None

    def note(self, draft: Draft, use: Use) -> None:
        """Add a use to an act and to the counters that the next ones meet."""
        draft.uses.append(use)
        own = self._own
        if own is None:
            self.used = own = self._own = dict(self.used)
        own[use.counter] = (*own.get(use.counter, ()), use)

    def add_layer(self, layer: Layer, draft: Draft, equipment: Equipment | None) -> None:
        """Add what a layer pays for an act, within its limits, credits and ceilings."""
        act = draft.act
        line = line_of(layer, act, equipment)
        if line is None:
            if layer.stacking is Stacking.BASE:
                draft.say(StepCode.NOT_COVERED, 0, layer.plan_code)
                if layer.covers_optics and layer.responsible and act.kind.role in EQUIPMENT:
                    self._count_of_law(draft)
            return
        since = act.care_on if equipment is None else equipment.since
        limits: Sequence[Limit] = line.limits
        if act.kind.role is not Role.NONE and layer.responsible and not line.renews:
            limits = (*limits, *self.law.contract.renewals.get(act.kind.role, ()))
        covered = act.quantity
        if limits:
            covered = self._count(limits, draft, since, (line.key, line.label))
            if layer.stacking is Stacking.BASE:
                draft.covered = covered
        if covered:
            self._pay(layer, line, draft, equipment, covered)
        if covered < act.quantity and line.formula.floors:
            self._pay_beyond(line, draft, covered)

    def _count(
        self, limits: Sequence[Limit], draft: Draft, since: date, named: tuple[str, str]
    ) -> int:
        """Note and return the units that the limits allow, with a step where they leave some out."""
        act = draft.act
        holding = applying(limits, act)
        covered = act.quantity
        names = [
            counter_of(limit.counter, act, by_side=limit.by_side, by_stay=limit.by_stay)
            for limit in holding
        ]
        # A counter of the equipment is shared by the layers: what the first one noted, the next ones find.
        noted = {use.counter: use.units for use in draft.uses if use.units}
        for limit, name in zip(holding, names, strict=True):
            left = noted.get(name)
            if left is None:
                left = units_left(limit, act, self.used, since)
            if left < covered:
                covered = left
                if left:
                    draft.say(StepCode.PARTLY, 0, named[0], named[1], left, act.quantity)
                else:
                    draft.say(StepCode.LIMIT, 0, named[0], named[1], limit.units)
        if covered:
            for name in dict.fromkeys(names):
                if name not in noted:
                    self.note(draft, Use(name, act.care_on, covered, 0))
        return covered

    def _pay(
        self,
        layer: Layer,
        line: GuaranteeLine,
        draft: Draft,
        equipment: Equipment | None,
        covered: int,
    ) -> None:
        since = draft.act.care_on if equipment is None else equipment.since
        act, amo, room = draft.act, draft.in_pathway, draft.most - draft.amc
        if line.base_cents is not None or layer.network_prices:
            act = by_the_grid(layer, line, act)
        if covered < act.quantity:
            act, amo = part_of(act, amo, covered)
            room = min(room, act.expense_cents - amo)
        before = draft.amc if layer.stacking is Stacking.TOTAL else 0
        if line.is_bare:
            self._pay_bare(layer, line, draft, Part(act, amo), room, before)
            return
        credit = line.formula.credit
        left = self._left(layer, credit, act, equipment)
        promise = promised(line.formula, act, amo, self.law, left)
        paid = promise.total - amo - before
        paid = min(paid, room)
        is_cut = False
        for ceiling in line.ceilings:
            # What an option's purse holds includes what the layers under it pay.
            most = ceiling.left(act, self.law, self.used, since) - before
            most -= amo if ceiling.includes_amo else 0
            is_cut = is_cut or most < paid
            paid = min(paid, most)
        if line.formula.floors and line.ceilings:
            floor = least(line.formula, act, amo, self.law, beyond=is_cut, within=True)
            if floor is not None:
                paid = min(max(paid, floor - amo - before), room)
        if line.frame_cents is not None and act.kind.role is Role.FRAME_B:
            includes_amo = line.formula.includes_amo if credit is None else credit.includes_amo
            paid = min(paid, line.frame_cents - (amo if includes_amo else 0))
        paid = max(paid, 0)
        draft.amc += paid
        draft.pays_pair |= bool(line.equipment) and layer.stacking is Stacking.BASE
        if credit is not None or line.ceilings:
            draft.payments.append(Payment(line, act, amo, promise.plain, left, paid, before))
        if draft.steps is not None:
            say_promise(layer, line, draft, promise, amo, paid)
            if is_cut:
                draft.say(
                    StepCode.GRID_CEILING,
                    paid + (amo if line.formula.includes_amo else 0),
                    line.key,
                )

    def _pay_bare(
        self,
        layer: Layer,
        line: GuaranteeLine,
        draft: Draft,
        part: Part,
        room: int,
        before: int,
    ) -> None:
        """Add what a sum that nothing bounds pays for an act and the AMO part that goes with it."""
        act, amo = part
        formula = line.formula
        total = formula.sum.cents(act, amo, self.law)
        if not formula.includes_amo:
            total += amo
        paid = min(total - amo - before, room)
        if paid > 0:
            draft.amc += paid
        else:
            paid = 0
        if line.equipment and layer.stacking is Stacking.BASE:
            draft.pays_pair = True
        if draft.steps is not None:
            say_promise(layer, line, draft, Promise(total, total, is_capped=False), amo, paid)

    def _left(
        self, layer: Layer, credit: Purse | None, act: Act, equipment: Equipment | None
    ) -> int:
        """Return what is left of a credit for an act; of none, nothing."""
        if credit is None:
            return 0
        if equipment is None:
            return credit.left(act, self.law, self.used, act.care_on)
        if not credit.is_for_pair:
            return credit.left(act, self.law, self.used, equipment.since)
        left = credit.amount.on(self.law)
        if credit.is_of_pair:
            # The AMO part of the pair's other elements is within the amount, whatever their order.
            left -= equipment.amo_cents
        credits_ = layer.pair_credits
        left -= sum(equipment.spent.get(other.name(act), 0) for other in credits_)
        if equipment.is_begun:
            # What its first elements were paid, on whatever line they were taken for; of no other pair of that day.
            earlier = sum(other.used(act, self.before, equipment.since) for other in credits_)
            left -= min(earlier, equipment.paid_cents)
        else:
            left -= credit.used(act, self.before, equipment.since)
        return max(left, 0)

    def _pay_beyond(self, line: GuaranteeLine, draft: Draft, covered: int) -> None:
        """Add what the line pays for the units that its limits leave out (« au-delà »)."""
        act = draft.act
        act = by_the_grid(None, line, act)
        rest, amo = part_of(act, draft.in_pathway, act.quantity - covered)
        floor = least(line.formula, rest, amo, self.law, beyond=True, within=False)
        if floor is None:
            return
        paid = min(floor - amo, rest.expense_cents - amo, draft.most - draft.amc)
        if paid > 0:
            draft.amc += paid
            draft.say(StepCode.BEYOND, paid, line.key, line.label, rest.quantity)

    def bound(self, layers: Sequence[Layer], draft: Draft, equipment: Equipment | None) -> None:
        """Hold an act between the floors and the ceilings of the responsible contract."""
        act, law, amo = draft.act, self.law, draft.in_pathway
        contract = law.contract
        is_short = draft.amc < min(draft.most, act.base_cents - amo)
        if is_short and not draft.pays_pair and copayment_is_due(act):
            draft.lift(act.base_cents, StepCode.FLOOR, f"{contract.source} 1°")
        role = act.kind.role
        if role is not Role.NONE and role in contract.full:
            self._cover_whole(layers[0], draft, equipment)
        if draft.amc and (act.situation or role is not Role.NONE):  # else nothing caps it
            inside = None
            if act.kind.is_doctor and NOT_OPTAM in act.situation:
                inside = self._optam_promise(layers, act, amo)
            most = most_for_act(act, amo, law, optam_promise=inside)
            if most is not None:
                draft.cap(most[0], StepCode.CEILING, most[1])
            if act.situation and act.kind.in_pathway:
                self._leave_overrun(draft)

    def _leave_overrun(self, draft: Draft) -> None:
        """Leave to the patient the overrun that the agreement allows outside the care pathway."""
        act, law = draft.act, self.law
        if not leaves_pathway(act, law):
            return
        kept = min(act.expense_cents - act.base_cents, law.pathway_overrun_cents * act.quantity)
        if kept > 0:
            most = act.expense_cents - kept
            draft.cap(most, StepCode.CEILING, law.contract.pathway_overrun)

    def _cover_whole(self, base: Layer, draft: Draft, equipment: Equipment | None) -> None:
        """Lift what the law covers whole to its price limit, for the units whose period was open."""
        act = draft.act
        if line_of(base, act, equipment) is None:
            self._count_of_law(draft)
        if not draft.covered:
            return
        part, amo = act, draft.in_pathway
        if draft.covered < act.quantity:
            part, amo = part_of(act, amo, draft.covered)
        least = None if REFUSED in act.situation else least_for_act(part, amo, self.law)
        if least is not None:
            together = least[0] - amo + draft.in_pathway
            draft.lift(together, StepCode.FULL, least[1])

    def _count_of_law(self, draft: Draft) -> None:
        """Count an act that no line pays in the law's own period."""
        act = draft.act
        limits = self.law.contract.renewals.get(act.kind.role, ())
        if limits:  # months, by equipment: never from its first element
            named = (self.law.contract.source, act.label)
            draft.covered = self._count(limits, draft, act.care_on, named)

    def _optam_promise(self, layers: Sequence[Layer], act: Act, amo: int) -> int | None:
        """Return what the layers promise together for the same act by a doctor inside OPTAM."""
        inside = act._replace(situation=act.situation - {NOT_OPTAM})
        together: int | None = None
        for layer in layers:
            line = line_of(layer, inside, None)
            if line is None:
                continue
            left = self._left(layer, line.formula.credit, inside, None)
            total = promised(line.formula, inside, amo, self.law, left).total
            if layer.stacking is Stacking.ADDED:
                total += (amo if together is None else together) - amo
            together = total if together is None else max(together, total)
        return together

    def take_class_a(self, layers: Sequence[Layer], draft: Draft, equipment: Equipment) -> None:
        """Take what an element of class A costs the payers from what each layer gives for its pair."""
        act = draft.act
        for layer in layers:  # of class B alone: what class A costs is the law's
            line = layer.equipment_line(act, equipment.category or SMALLEST)
            if line is None or not line.pays or line.formula.credit is None:
                continue
            credit = line.formula.credit
            if not credit.is_for_pair:
                continue
            name = credit.name(act)
            # A frame alone is paid from it by its own line.
            rest = _cost(line, draft, self.law) - sum(
                use.cents for use in draft.uses if use.counter == name
            )
            if rest > 0:
                self._spend(draft, credit, Use(name, act.care_on, 0, rest), equipment)

    def _spend(
        self, draft: Draft, credit: Purse, use: Use, equipment: Equipment | None
    ) -> None:
        """Note what an act took from a credit; of a pair's, for that pair alone."""
        self.note(draft, use)
        if equipment is not None and credit.is_for_pair:
            equipment.spent[use.counter] = equipment.spent.get(use.counter, 0) + use.cents

    def spend(self, draft: Draft, equipment: Equipment | None) -> None:
        """Note what an act took from credits and ceilings, once every bound has been applied."""
        for payment in draft.payments:
            line, act = payment.line, payment.act
            credit = line.formula.credit
            together = payment.amo + payment.before + payment.paid
            taken = min(together - payment.plain, payment.credit_left)
            if credit is not None and taken > 0:
                draft.say(StepCode.CREDIT, taken, line.key)
                use = Use(credit.name(act), act.care_on, 0, taken)
                self._spend(draft, credit, use, equipment)
            for ceiling in line.ceilings:
                spent = payment.before + payment.paid
                spent += payment.amo if ceiling.includes_amo else 0
                if spent:
                    self.note(draft, Use(ceiling.name(act), act.care_on, 0, spent))
        draft.payments.clear()


def _cost(line: GuaranteeLine, draft: Draft, law: Law) -> int:
    """Return what an element of class A costs of the amount of its pair: what the line pays beside it left out."""
    formula = line.formula
    if formula.credit is not None and formula.credit.is_of_pair:
        return draft.together
    beside = formula.sum.cents(draft.act, draft.in_pathway, law)
    if formula.includes_amo:
        beside -= draft.in_pathway
    return draft.amc - max(beside, 0)
