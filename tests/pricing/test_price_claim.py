"""Laws of the price, for every act and every grid."""

from itertools import permutations
from random import Random

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from egide.core.money import share_cents
from egide.nomenclature import families
from egide.pricing import Act, Guarantee, Role, Share, StepCode, price_claim
from egide.pricing.act import ELEMENTS, FRAMES
from pricing.builders import LAW, any_act, any_guarantee, grid, held, stacked

many = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def total(guarantee: Guarantee, *acts: Act) -> Share:
    return price_claim(acts, guarantee, LAW, {}).total


@given(st.lists(any_act(), min_size=1, max_size=5), any_guarantee())
@many
def test_every_cent_is_paid_by_exactly_one_payer(acts: list[Act], guarantee: Guarantee) -> None:
    for line in price_claim(acts, guarantee, LAW, {}).lines:
        share = line.share
        assert sum(share) == line.act.expense_cents
        assert min(share) >= 0
        by_code = {step.code: step.cents for step in line.steps}
        assert by_code[StepCode.AMC] == share.amc_cents
        assert by_code[StepCode.PATIENT] == share.patient_cents
        assert by_code[StepCode.AMO] == share.amo_cents
        assert all(step.french and step.english and step.source for step in line.steps)


@given(
    st.lists(st.tuples(any_act(), st.integers(0, 60_000)), min_size=1, max_size=5),
    any_guarantee(),
)
@many
def test_what_another_insurer_has_paid_is_never_paid_again(
    acts: list[tuple[Act, int]], guarantee: Guarantee
) -> None:
    billed, others = [one for one, _ in acts], [cents for _, cents in acts]
    alone = price_claim(billed, guarantee, LAW, {})
    for line, cents in zip(
        price_claim(billed, guarantee, LAW, {}, other_amc=others).lines, others, strict=True
    ):
        share = line.share
        assert min(*share, line.other_amc_cents) >= 0
        assert sum(share) + line.other_amc_cents == line.act.expense_cents
        assert line.other_amc_cents == min(cents, line.act.expense_cents - share.amo_cents)
    nothing = price_claim(billed, guarantee, LAW, {}, other_amc=[0] * len(billed))
    assert nothing == alone


@given(st.lists(any_act(), min_size=1, max_size=4), any_guarantee())
@many
def test_an_explanation_changes_no_price(acts: list[Act], guarantee: Guarantee) -> None:
    told = price_claim(acts, guarantee, LAW, {})
    mute = price_claim(acts, guarantee, LAW, {}, explain=False)
    assert [line.share for line in told.lines] == [line.share for line in mute.lines]
    assert [line.uses for line in told.lines] == [line.uses for line in mute.lines]


@given(any_act(), st.integers(0, 300), st.integers(0, 300), st.sampled_from(("BR", "FR")))
@many
def test_a_better_guarantee_never_costs_the_patient_more(
    one: Act, low: int, more: int, word: str
) -> None:
    assume(word == "FR" or not families()[one.kind.family].is_refused)
    rule = "si: refusé" if "refused" in one.situation else "note: sans condition"
    weak = grid(f"{one.kind.family} | {low} % {word} | {rule}")
    strong = grid(f"{one.kind.family} | {low + more} % {word} | {rule}")
    assert total(strong, one).patient_cents <= total(weak, one).patient_cents


@given(any_act(), st.integers(1, 500_000), any_guarantee())
@many
def test_a_dearer_act_is_never_paid_less(one: Act, more: int, guarantee: Guarantee) -> None:
    dearer = one._replace(expense_cents=one.expense_cents + more)
    before, after = total(guarantee, one), total(guarantee, dearer)
    assert after.amo_cents >= before.amo_cents
    assert after.amo_cents + after.amc_cents >= before.amo_cents + before.amc_cents
    assert after.patient_cents >= before.patient_cents


@given(any_act(), any_guarantee())
@many
def test_a_responsible_contract_never_covers_the_increase_for_leaving_the_pathway(
    one: Act, guarantee: Guarantee
) -> None:
    outside = one._replace(situation=one.situation | {"out-of-pathway"})
    inside = one._replace(situation=one.situation - {"out-of-pathway"})
    out, within = total(guarantee, outside), total(guarantee, inside)
    paid, before = out.amc_cents, within.amc_cents
    if not guarantee.responsible:  # what it promises in all, it pays above what the AMO did pay
        assert paid >= before and out.patient_cents >= within.patient_cents
        return
    # A responsible contract also leaves the overrun that the agreement allows there (CSS R871-1).
    overrun = max(one.expense_cents - one.base_cents, 0)
    assert before - overrun <= paid <= before
    if not overrun:
        assert paid == before


@given(any_act(), any_guarantee())
@many
def test_a_flat_deduction_changes_no_share(one: Act, guarantee: Guarantee) -> None:
    assert total(guarantee, one) == total(guarantee, one._replace(deductible=None))


@given(
    any_act(), st.sampled_from(("ajouté", "total")), st.integers(0, 300), st.integers(0, 300)
)
@many
def test_an_option_never_lowers_a_payment(
    one: Act, stacking: str, base: int, option: int
) -> None:
    word = one.kind.family
    assume(not families()[word].is_refused)
    alone = grid(f"{word} | {base} % BR")
    both = stacked(f"{word} | {base} % BR", f"{word} | {option} % BR + 20 €", stacking=stacking)
    assert total(both, one).amc_cents >= total(alone, one).amc_cents


@given(st.lists(any_act(), min_size=2, max_size=3), st.integers(0, 300))
@many
def test_the_order_of_acts_without_counters_changes_nothing(
    acts: list[Act], percent: int
) -> None:
    plain = [
        one
        for one in acts
        if one.kind.role in {Role.NONE, Role.STAY, Role.AUDIO_1, Role.DENTAL_ZERO}
        and one.kind.heaviness == "none"
        and "heavy-act" not in one.situation
    ]
    guarantee = grid(f"consultation, pharmacie, transport, prothese-dentaire | {percent} % BR")
    totals = {total(guarantee, *order) for order in permutations(plain)}
    assert len(totals) <= 1


@given(st.lists(any_act(), min_size=2, max_size=4), any_guarantee(), st.randoms())
@many
def test_each_act_has_the_same_amounts_in_any_order(
    acts: list[Act], guarantee: Guarantee, chance: Random
) -> None:
    def decided(order: list[Act]) -> dict[str, object]:
        lines = price_claim(order, guarantee, LAW, {}).lines
        return {one.act.code: (one.share, one.uses, one.deducted_cents) for one in lines}

    acts = [one._replace(code=f"test:{number}") for number, one in enumerate(acts)]
    # Where a claim bills more than one pair of glasses, its order says which lens is of which.
    assume(sum(one.quantity for one in acts if one.kind.role in FRAMES) <= 1)
    assume(sum(one.quantity for one in acts if one.kind.role in ELEMENTS - FRAMES) <= 2)
    shuffled = list(acts)
    chance.shuffle(shuffled)
    assert decided(acts) == decided(shuffled) == decided(acts[::-1])


@given(st.lists(any_act(), min_size=2, max_size=4), any_guarantee())
@many
def test_a_claim_split_in_several_never_pays_more(
    acts: list[Act], guarantee: Guarantee
) -> None:
    # Heavy acts are reckoned together on purpose, and so is a pair of glasses.
    same_day = [
        one._replace(care_on=acts[0].care_on, situation=one.situation - {"heavy-act"})
        for one in acts
        if one.kind.heaviness == "none" and one.kind.role not in ELEMENTS
    ]
    whole = price_claim(same_day, guarantee, LAW, {}).total.amc_cents
    counters: dict[str, tuple[object, ...]] = {}
    split = 0
    for one in same_day:
        line = price_claim([one], guarantee, LAW, counters).lines[0]
        split += line.share.amc_cents
        counters = held(*(tuple(uses) for uses in counters.values()), line.uses)
    assert split <= whole


@given(st.lists(any_act(), min_size=1, max_size=4), any_guarantee())
@many
def test_the_same_history_gives_the_same_counters(
    acts: list[Act], guarantee: Guarantee
) -> None:
    runs: list[dict[str, object]] = []
    for _ in range(2):
        counters: dict[str, tuple[object, ...]] = {}
        for one in acts:
            line = price_claim([one], guarantee, LAW, counters).lines[0]
            counters = held(*(tuple(uses) for uses in counters.values()), line.uses)
        runs.append(dict(counters))
    assert runs[0] == runs[1]


@given(any_act(), st.integers(0, 400))
@many
def test_a_percentage_of_the_base_agrees_with_bare_arithmetic(one: Act, percent: int) -> None:
    """A straight computation beside ours, for what no rule of the law touches."""
    plain = one._replace(situation=frozenset(), quantity=1)
    if plain.kind.role is not Role.NONE or plain.kind.heaviness != "none":
        return
    assume(not families()[plain.kind.family].is_refused)
    guarantee = grid(f"{plain.kind.family} | {percent} % BR", responsible="non")
    amo = share_cents(min(plain.base_cents, plain.expense_cents), plain.rate_bp)
    together = min(max(share_cents(plain.base_cents, percent * 100), amo), plain.expense_cents)
    assert total(guarantee, plain) == Share(amo, together - amo, plain.expense_cents - together)
