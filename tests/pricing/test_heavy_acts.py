"""Acts of a high tariff (CSS R160-16): what the patient takes part with, and for which acts together."""

import pytest

from egide.nomenclature import families
from egide.pricing import Act, StepCode, price_claim
from pricing.builders import DAY, LAW, act, grid

NOTHING = grid("transport | TM", responsible="non")


def done(
    cents: int, *, family: str = "acte-chirurgie", by: str = "P1", quantity: int = 1
) -> Act:
    """Return an act of 70 % whose tariff is its price."""
    one = act("ngap:G", cents, base=cents, performer=by, quantity=quantity)
    return one._replace(kind=families()[family].kind, rate_bp=7_000, base_cents=cents)


def left(*acts: Act) -> list[int]:
    """Return what the basic insurer leaves of each act, in cents."""
    priced = price_claim(acts, NOTHING, LAW, {}).lines
    assert all(line.share.amc_cents == 0 for line in priced)
    return [line.share.patient_cents for line in priced]


@pytest.mark.parametrize(
    ("cents", "patient"), [(11_999, 3_600), (12_000, 2_400), (50_000, 2_400)]
)
def test_from_120_euros_the_participation_is_24(cents: int, patient: int) -> None:
    assert left(done(cents)) == [patient]


def test_acts_done_at_once_by_one_practitioner_count_together() -> None:
    assert left(done(6_000), done(6_000)) == [1_800, 600]
    assert left(done(6_000), done(5_999)) == [1_800, 1_800]
    assert left(done(20_000), done(30_000), done(10_000)) == [0, 2_400, 0]


def test_another_practitioner_or_another_day_is_another_time() -> None:
    assert left(done(6_000), done(6_000, by="P2")) == [1_800, 1_800]
    assert left(done(20_000), done(20_000, by="P2")) == [2_400, 2_400]
    tomorrow = done(20_000)._replace(care_on=DAY.replace(day=3))
    assert left(done(20_000), tomorrow) == [2_400, 2_400]


def test_what_is_not_on_the_list_neither_counts_nor_gains() -> None:
    crown = done(20_000, family="prothese-dentaire")
    assert left(done(6_000), crown) == [1_800, 6_000]
    assert left(done(12_000), crown) == [2_400, 6_000]


def test_imaging_leaves_nothing_each_by_itself() -> None:
    assert left(done(11_999, family="radiologie")) == [3_600]
    assert left(done(12_000, family="radiologie")) == [0]
    assert left(done(6_000, family="radiologie"), done(6_000, family="radiologie")) == [
        1_800,
        1_800,
    ]
    assert left(done(18_000, family="radiologie", quantity=2)) == [5_400]
    assert left(done(24_000, family="radiologie", quantity=2)) == [0]
    assert left(done(20_000, family="radiologie"), done(20_000)) == [0, 2_400]
    assert left(done(20_000, family="radiologie"), done(11_999)) == [0, 3_600]


def test_a_patient_exempt_from_it_has_nothing_to_reduce() -> None:
    whole = done(20_000)._replace(rate_bp=10_000)
    line = price_claim([whole], NOTHING, LAW, {}).lines[0]
    assert line.share.patient_cents == 0
    assert StepCode.HEAVY_ACT not in {step.code for step in line.steps}


def test_outside_the_pathway_the_loss_is_on_top() -> None:
    outside = done(20_000)._replace(situation=frozenset({"out-of-pathway"}))
    assert left(outside) == [2_400 + LAW.pathway_cents]


def test_never_more_than_what_is_left_of_the_price() -> None:
    small = done(20_000)._replace(expense_cents=2_000)
    assert left(small) == [600]  # its own copayment, which is less


def test_in_a_stay_it_is_due_once_on_the_costs_of_the_stay() -> None:
    def of(stay: str, name: str, cents: int) -> Act:
        return act(name, cents, base=cents, stay=stay, situation=("heavy-act",))

    surgeon = of("S1", "ngap:CS", 2_300)
    two = (of("S1", "grouping:GHS", 100_000), of("S1", "grouping:GHS", 50_000))
    assert left(surgeon, *two) == [0, 2_400, 0]
    other = of("S2", "grouping:GHS", 50_000)
    assert left(*two, other) == [2_400, 0, 2_400]
    unnamed = of("", "grouping:GHS", 50_000)
    assert left(unnamed, unnamed) == [2_400, 0]
    visit = of("", "ngap:G", 3_000)
    assert left(visit) == [900]  # not of the stay


def test_the_day_charge_keeps_what_the_participation_does_not_hold() -> None:
    stay = act("grouping:GHS", 10_000, base=10_000, stay="S1")
    days = act("grouping:FJ", 6_900, quantity=3, stay="S1")
    lines = price_claim([stay, days], NOTHING, LAW, {}).lines
    assert [line.share.patient_cents for line in lines] == [2_000, 4_900]
    paid_for = days._replace(rate_bp=10_000)
    lines = price_claim([stay, paid_for], NOTHING, LAW, {}).lines
    assert [line.share.amo_cents for line in lines] == [8_000, 6_900]
    other = days._replace(stay="S2")
    assert left(stay, other) == [2_000, 6_900]


def test_a_stay_billed_with_a_heavy_act_leaves_one_participation_without_a_word() -> None:
    stay = act("grouping:GHS", 100_000, base=100_000, stay="S1")
    light, heavy = (done(cents)._replace(stay="S1") for cents in (11_999, 20_000))
    assert left(stay, heavy) == [LAW.heavy_cents, 0]
    assert left(heavy, stay) == [0, LAW.heavy_cents]
    assert left(stay, light) == [20_000, 3_600]
    other = act("grouping:GHS", 100_000, base=100_000, stay="S2")
    assert left(other, stay, heavy) == [20_000, LAW.heavy_cents, 0]


STAY = {"base": 200_000, "situation": ("heavy-act",)}


@pytest.mark.parametrize(
    ("participation", "stay", "paid"),
    [
        ("100 % FR", "néant", 2_400),
        ("100 % FR", "100 % BR", 2_400),
        ("TM", "TM", 2_400),
        ("20 €", "néant", 2_000),
        ("20 €", "100 % BR", 2_000),
        ("20 €", "TM + 10 % BR", 2_000),  # nothing is billed beyond the base
        ("néant", "100 % BR", 0),
    ],
)
def test_the_row_of_the_participation_pays_it_and_no_other_does(
    participation: str, stay: str, paid: int
) -> None:
    printed = grid(
        f"participation-acte-lourd | {participation}", f"sejour | {stay}", responsible="non"
    )
    (line,) = price_claim([act("grouping:GHS", 200_000, **STAY)], printed, LAW, {}).lines
    assert tuple(line.share) == (197_600, paid, 2_400 - paid)


def test_what_is_beyond_the_participation_is_the_acts_own_row() -> None:
    billed = [done(30_000)._replace(expense_cents=40_000)]
    for participation, paid in (("100 % FR", 9_000), ("néant", 6_600), ("10 €", 7_600)):
        printed = grid(
            f"participation-acte-lourd | {participation}",
            "acte-chirurgie | 122 % BR",
            responsible="non",
        )
        assert price_claim(billed, printed, LAW, {}).total.amc_cents == paid
    alone = grid("acte-chirurgie | 122 % BR", responsible="non")
    assert price_claim(billed, alone, LAW, {}).total.amc_cents == 9_000


def test_a_responsible_contract_pays_the_participation_whatever_its_row_says() -> None:
    printed = grid("participation-acte-lourd | néant", "sejour | néant")
    (line,) = price_claim([act("grouping:GHS", 200_000, **STAY)], printed, LAW, {}).lines
    assert tuple(line.share) == (197_600, 2_400, 0)


def test_what_another_insurer_has_paid_leaves_what_one_row_would() -> None:
    printed = grid(
        "participation-acte-lourd | 100 % FR", "acte-chirurgie | 122 % BR", responsible="non"
    )
    billed = [done(30_000)._replace(expense_cents=40_000)]
    (line,) = price_claim(billed, printed, LAW, {}, other_amc=[5_000]).lines
    assert tuple(line.share) == (27_600, 7_400, 0)
    assert line.other_amc_cents == 5_000
    (line,) = price_claim(billed, printed, LAW, {}, other_amc=[32_400]).lines
    assert tuple(line.share) == (27_600, 0, 0)  # it billed more, and paid all that is left


def test_the_reckoning_says_both_rows() -> None:
    printed = grid(
        "participation-acte-lourd | 20 €", "acte-chirurgie | 122 % BR", responsible="non"
    )
    (line,) = price_claim([done(30_000)._replace(expense_cents=40_000)], printed, LAW, {}).lines
    promises = [step.words[0] for step in line.steps if step.code is StepCode.PROMISE]
    assert sorted(promises) == ["L0", "L1"]
    assert [step.cents for step in line.steps if step.code is StepCode.AMC] == [8_600]


@pytest.mark.parametrize(
    ("lines", "paid"),
    [
        (
            (
                "participation-acte-lourd, acte-chirurgie | 122 % BR | limite: 1 par année civile",
            ),
            9_000,
        ),
        (
            (
                "participation-acte-lourd | 100 % FR | si: OPTAM",
                "acte-chirurgie | 122 % BR | limite: 1 par année civile",
            ),
            9_000,
        ),
    ],
)
def test_one_act_counts_once_whatever_pays_its_participation(
    lines: tuple[str, ...], paid: int
) -> None:
    billed = done(30_000)._replace(
        expense_cents=40_000, situation=frozenset({"not-optam"} if len(lines) > 1 else ())
    )
    (line,) = price_claim([billed], grid(*lines, responsible="non"), LAW, {}).lines
    assert line.share.amc_cents == paid
    assert [use.units for use in line.uses if use.counter.startswith("limit:")] == [1]


def test_a_ceiling_that_both_rows_share_is_spent_once() -> None:
    both = grid(
        "participation-acte-lourd | 100 % FR | plafond: hospitalier",
        "acte-chirurgie | 122 % BR | plafond: hospitalier",
        head="plafonds: {hospitalier: 1 000 € par année civile}\n",
        responsible="non",
    )
    (line,) = price_claim([done(30_000)._replace(expense_cents=40_000)], both, LAW, {}).lines
    spent = [use.cents for use in line.uses if use.cents and not use.units]
    assert (line.share.amc_cents, spent) == (9_000, [9_000])
