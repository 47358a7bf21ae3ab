"""Price a claim: every act in order, then the pairs of glasses they make, with the reckoning.

Laws: AMO, AMC and patient pay the expense of each act to the cent, none of them below zero; a better guarantee never
costs the patient more; whatever the order of its lines, each act has the same amounts; a claim split in several never
pays more, but for a pair of glasses of which a lens of class B is billed before its class A, owed whole by law, or
before a lens of another correction: alone, it counts for both; or a frame before its lenses, whose category it cannot
know; or of which two are begun at once, or one against its days: what is remembered is of days, not of pairs.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby, repeat
from typing import Final, NamedTuple

from egide.core.refusal import InvariantError
from egide.pricing.act import FRAMES, Act, Role, Trait
from egide.pricing.amo_part import HEAVY, AmoPart, amo_parts, amo_steps, deductions
from egide.pricing.draft import Draft, set_apart
from egide.pricing.equipment import (
    EQUIPMENT_USE,
    Equipment,
    as_elements,
    element_use,
    equipments,
)
from egide.pricing.guarantee import Guarantee, Layer, is_class_a
from egide.pricing.law import Law
from egide.pricing.limits import Counters, Use
from egide.pricing.price_act import PricingState
from egide.pricing.reckoning import (
    PricedClaim,
    PricedLine,
    Share,
    Step,
    StepCode,
    joined,
    merged_uses,
)
from egide.pricing.responsible_contract import bound_equipment, cover_copayment
from egide.pricing.units import MOST_UNITS, UnitPart, in_units, joined_units, shares_of

_NO_EQUIPMENT: Mapping[int, Equipment] = {}
_ELEMENT: Final = int(Trait.ELEMENT)
_HEAVY: Final = int(Trait.HEAVY)


def price_claim(
    acts: Sequence[Act],
    guarantee: Guarantee,
    law: Law,
    counters: Counters,
    *,
    other_amc: Sequence[int] = (),
    explain: bool = True,
) -> PricedClaim:
    """Decide who pays each act of a claim.

    Args:
        acts: with the tariff of their day; no amount is negative.
        law: the numbers of the law on the day of care.
        counters: the uses of the person, and of its contract, before this claim.
        other_amc: what another complementary insurer has paid of each act, in cents; empty for nothing. What it
            leaves is all that this one may owe (loi n° 89-1009, article 9).
        explain: note the steps; without them a price costs a third.

    The place of a line in the claim changes no amount: see ``_in_order``.
    """
    terms = _Terms(guarantee, law, counters)
    traits = _traits(acts)
    if traits & _ELEMENT:
        parts = as_elements(acts)
        if len(parts) > len(acts):
            return _priced_in_parts(parts, acts, other_amc, terms, explain=explain)
    if len(acts) < 2 or not traits & _TOGETHER:
        lines, is_counting = _price(_Bill(acts, other_amc), traits, terms, explain=explain)
        if len(acts) < 2 or not is_counting:
            return PricedClaim(lines)
    order = _in_order(acts, other_amc, terms)
    others = [other_amc[place] for place in order] if other_amc else ()
    bill = _Bill([acts[place] for place in order], others, order)
    lines, _ = _price(bill, traits, terms, explain=explain)
    placed = dict(zip(order, lines, strict=True))
    return PricedClaim(tuple(placed[place] for place in range(len(acts))))


_TOGETHER: Final = int(Trait.ELEMENT | Trait.HEAVY | Trait.DAILY_CHARGE)
_ALL: Final = (
    1_000_000  # so many times what one act uses is more than any count or credit holds
)
_CLASS_A: Final = frozenset({Role.FRAME_A, Role.LENS_A})


class _Terms(NamedTuple):
    """On what a claim is priced."""

    guarantee: Guarantee
    law: Law
    counters: Counters


class _Bill(NamedTuple):
    """What is priced, in its order.

    Args:
        others: what another complementary insurer has paid of each act; empty for nothing.
        places: those of the acts in the claim; empty for its own order.
        most_units: how many units may be priced one by one.
    """

    acts: Sequence[Act]
    others: Sequence[int] = ()
    places: Sequence[int] = ()
    most_units: int = MOST_UNITS


def _priced_in_parts(
    parts: Sequence[tuple[int, Act]],
    acts: Sequence[Act],
    other_amc: Sequence[int],
    terms: _Terms,
    *,
    explain: bool,
) -> PricedClaim:
    """Price lines of several frames, or of more lenses than a pair has, as if each pair had lines of its own."""
    left, others = list(other_amc), list[int]()
    billed = [act for _, act in parts]
    # What another has paid is of the whole line: each part has what the AMO leaves of it.
    alone = price_claim(billed, *terms, explain=False).lines if other_amc else ()
    for (place, act), line in zip(parts, alone, strict=bool(other_amc)):
        others.append(min(left[place], act.expense_cents - line.share.amo_cents))
        left[place] -= others[-1]
    priced = price_claim(billed, *terms, other_amc=others, explain=explain)
    whole: dict[int, PricedLine] = {}
    for (place, _), line in zip(parts, priced.lines, strict=True):
        known = whole.get(place)
        whole[place] = line._replace(act=acts[place]) if known is None else joined(known, line)
    return PricedClaim(tuple(whole[place] for place in range(len(acts))))


def _in_order(acts: Sequence[Act], others: Sequence[int], terms: _Terms) -> list[int]:
    """Return the places of the acts in the order in which they are priced: one, whatever the claim's.

    First the elements of class A, since what a grid gives for a pair of glasses is less what they cost; then by day of
    care; of one day, glasses pair after pair, a frame before its lenses, as bills have them; what gains most by a count
    or a credit has what is left of it (a contract is read in the favour of the insured: code de la consommation,
    L211-1); then the dearest, and what else tells two acts apart.
    """
    most = max(MOST_UNITS // len(acts), 1)
    bills = (
        _Bill([act], others[place : place + 1], most_units=most)
        for place, act in enumerate(acts)
    )
    worth = [_worth(bill, terms) for bill in bills]
    ranks = _ranks_of_pairs(acts, worth, terms)

    def rank(place: int) -> tuple[object, ...]:
        act = acts[place]
        return (
            act.kind.role not in _CLASS_A,
            act.care_on,
            ranks.get(place, _NO_PAIR),
            act.kind.role not in FRAMES,
            -worth[place],
            act.apart,
            others[place] if others else 0,
        )

    return sorted(range(len(acts)), key=rank)


_NO_PAIR: Final = (True,)


def _ranks_of_pairs(
    acts: Sequence[Act], worth: Sequence[int], terms: _Terms
) -> dict[int, tuple[object, ...]]:
    """Return, by place, which pair comes first: one that is begun, a whole one, that which gains most, the first."""
    pairs = equipments(acts, terms.counters, terms.law.contract.equipment_months)
    gained: dict[int, int] = {}
    first: dict[int, int] = {}
    for place, pair in pairs.items():
        gained[id(pair)] = gained.get(id(pair), 0) + worth[place]
        first[id(pair)] = min(first.get(id(pair), place), place)
    return {
        place: (
            False,
            not pair.is_begun,
            not pair.is_complete,
            -gained[id(pair)],
            first[id(pair)],
        )
        for place, pair in pairs.items()
    }


def _worth(alone: _Bill, terms: _Terms) -> int:
    """Return what an act gains by what is left of the counts, credits and ceilings that it would use alone."""
    traits = _traits(alone.acts)
    (line,), is_counting = _price(alone, traits, terms, explain=False)
    if not is_counting:
        return 0
    used_up = dict(terms.counters)
    for use in line.uses:
        if use.counter.startswith(EQUIPMENT_USE):
            continue
        spent = use._replace(units=use.units * _ALL, cents=use.cents * _ALL)
        used_up[use.counter] = (*used_up.get(use.counter, ()), spent)
    (without,), _ = _price(alone, traits, terms._replace(counters=used_up), explain=False)
    return line.share.amc_cents - without.share.amc_cents


def _price(
    bill: _Bill, traits: int, terms: _Terms, *, explain: bool
) -> tuple[tuple[PricedLine, ...], bool]:
    """Return the decision on each act in order, and whether one used a count that those after it meet."""
    acts, others, places, most_units = bill
    guarantee, law, counters = terms
    wholes = amo_parts(acts, law, traits)
    units = in_units(wholes, guarantee, law, most_units)
    parts = [one.part for one in units]
    responsible = guarantee.responsible
    drafts = _drafts(units, law, explain=explain, responsible=responsible)
    if traits & _HEAVY:
        for draft in drafts:
            set_apart(draft, guarantee.layers[0], explain=explain, responsible=responsible)
    if others:
        _leave(units, drafts, others)
    pairs = _NO_EQUIPMENT
    if traits & _ELEMENT:
        as_billed = [places[one.place] if places else one.place for one in units]
        pairs = _pairs(parts, as_billed, counters, law)
    desk = PricingState(law, counters)
    bound, free = _split(guarantee)
    for index, draft in enumerate(drafts):
        equipment = pairs.get(index) if pairs else None
        if equipment is not None:
            equipment.amo_cents -= draft.in_pathway
        _pay_whole(desk, bound, draft, equipment, responsible=responsible)
    if pairs:
        _settle_equipments(desk, guarantee, drafts, pairs)
    for draft in drafts if free else ():
        draft.leave_law()
    for layer in free:
        for index, draft in enumerate(drafts):
            _pay_whole(desk, (layer,), draft, pairs.get(index), responsible=False)
    of_wholes = deductions(wholes, law, counters)
    kept = [of_wholes[one.place] if one.is_first else None for one in units]
    lines = tuple(map(_close, drafts, kept, repeat(guarantee)))
    return joined_units(units, lines, wholes), desk.has_noted


def _leave(units: Sequence[UnitPart], drafts: Sequence[Draft], others: Sequence[int]) -> None:
    """Leave to the AMC what another complementary insurer has not paid of each act: of its units, the same of each."""
    both = zip(units, drafts, strict=True)
    for place, group in groupby(both, key=lambda one: one[0].place):
        own = [draft for _, draft in group]
        rooms = [one.act.expense_cents - one.part.paid for one in own]
        for draft, other in zip(own, shares_of(others[place], rooms), strict=True):
            draft.leave(other)


def _pay_whole(
    desk: PricingState,
    layers: Sequence[Layer],
    draft: Draft,
    equipment: Equipment | None,
    *,
    responsible: bool,
) -> None:
    """Pay an act, and take what an element of class A costs from the amount of its pair."""
    _pay(desk, layers, draft, equipment, responsible=responsible)
    if equipment is not None and is_class_a(draft.act, equipment):
        desk.take_class_a(layers, draft, equipment)


def _pay(
    desk: PricingState,
    layers: Sequence[Layer],
    draft: Draft,
    equipment: Equipment | None,
    *,
    responsible: bool,
) -> None:
    """Pay an act by the layers that the law bounds together, or by one that is free; its participation apart."""
    for layer in layers:
        desk.add_layer(layer, draft, equipment)
    if responsible:
        desk.bound(layers, draft, equipment)
    if draft.payments:
        desk.spend(draft, equipment)
    if draft.participation is not None:
        _pay(desk, layers, draft.participation, None, responsible=responsible)


def _drafts(
    units: Sequence[UnitPart], law: Law, *, explain: bool, responsible: bool
) -> list[Draft]:
    return [
        Draft(one.part, amo_steps(one.part, law) if explain else None, responsible=responsible)
        for one in units
    ]


def _traits(acts: Sequence[Act]) -> int:
    """Return what some act of the claim asks for; no act costs less than nothing."""
    traits = 0
    for act in acts:
        if act.expense_cents < 0 or act.base_cents < 0 or act.quantity <= 0:
            message = "an act costs nothing or more"
            raise InvariantError(message)
        traits |= act.kind.traits
        if act.situation and HEAVY in act.situation:
            traits |= _HEAVY
    return traits


def _pairs(
    parts: Sequence[AmoPart], places: Sequence[int], counters: Counters, law: Law
) -> Mapping[int, Equipment]:
    """Return the pair of glasses of each element, by position, with what the AMO pays of it in this claim.

    Args:
        places: those of the parts in the claim: where it bills several pairs, they are one after the other.
    """
    as_billed = sorted(range(len(parts)), key=places.__getitem__)
    acts = [parts[index].act for index in as_billed]
    found = equipments(acts, counters, law.contract.equipment_months)
    pairs = {as_billed[number]: equipment for number, equipment in found.items()}
    for index, equipment in pairs.items():
        equipment.amo_cents += parts[index].in_pathway
    return dict(sorted(pairs.items()))


def _split(guarantee: Guarantee) -> tuple[tuple[Layer, ...], tuple[Layer, ...]]:
    """Return the layers that the law bounds together, and those that come after its bounds."""
    layers = guarantee.layers
    if len(layers) == 1 or not guarantee.responsible:
        return layers, ()
    bound = tuple(layer for layer in layers if layer.responsible)
    return bound, tuple(layer for layer in layers if not layer.responsible)


def _settle_equipments(
    desk: PricingState,
    guarantee: Guarantee,
    drafts: Sequence[Draft],
    pairs: Mapping[int, Equipment],
) -> None:
    """Bound each pair of glasses as a whole, and remember its elements."""
    if guarantee.responsible:
        for equipment in {id(one): one for one in pairs.values()}.values():
            parts = [drafts[index] for index, one in pairs.items() if one is equipment]
            cover_copayment(equipment, parts, desk.law)
            bound_equipment(equipment, parts, desk.law, beyond=guarantee.covers_optics)
    for index in pairs:
        draft = drafts[index]
        desk.note(draft, element_use(draft.act, draft.together))


def _of_equipments(uses: Sequence[Use]) -> list[Use]:
    """Return what says of a pair of glasses that it was bought: the rest is not used up where another has paid."""
    return [use for use in uses if use.counter.startswith(EQUIPMENT_USE)]


def _close(draft: Draft, deducted: Use | None, guarantee: Guarantee) -> PricedLine:
    act, amo, amc, other = draft.act, draft.part.paid, draft.amc, draft.other
    noted = draft.uses
    apart = draft.participation
    if apart is not None:
        amc, other, noted = amc + apart.amc, other + apart.other, merged_uses(noted, apart.uses)
    patient = act.expense_cents - amo - amc - other
    if amo < 0 or amc < 0 or patient < 0:
        message = "no payer pays less than nothing"
        raise InvariantError(message)
    steps: tuple[Step, ...] = ()
    if draft.steps is not None:
        if apart is not None and apart.steps is not None:
            draft.steps += apart.steps
        if other:
            draft.say(StepCode.OTHER_AMC, other, "loi n° 89-1009, article 9")
        draft.say(StepCode.AMC, amc, guarantee.plan_code)
        draft.say(StepCode.PATIENT, patient, "FR - AMO - AMC")
        if deducted is not None:
            draft.say(StepCode.FLAT_DEDUCTION, deducted.cents, "CSS L160-13 II et III")
        steps = tuple(draft.steps)
    own = noted if amc or not other else _of_equipments(noted)
    uses = own if deducted is None else [*own, deducted]
    cents = 0 if deducted is None else deducted.cents
    return PricedLine(act, Share(amo, amc, patient), steps, tuple(uses), cents, other)
