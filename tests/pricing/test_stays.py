"""What is billed beside a stay or a consultation: who did it, what the pathway costs, what is not due."""

import pytest

from egide.nomenclature import load_nomenclature
from egide.pricing import Act, StepCode, price_claim
from pricing.builders import LAW, act, grid

_PSC = grid(
    "sejour | 100 % BR", "honoraires-hospitaliers | 200 % BR", "forfait-urgences | 100 % FR"
)
_FREE = grid("sejour | 100 % BR", responsible="non")


def _shares(guarantee: object, *acts: Act) -> tuple[int, int, int]:
    total = price_claim(acts, guarantee, LAW, {}).total  # type: ignore[arg-type]
    return total.amo_cents, total.amc_cents, total.patient_cents


def _in_stay(name: str, cents: int, *, by: str = "", **said: object) -> Act:
    made = act(name, cents, base=cents, stay="S1", **said)  # type: ignore[arg-type]
    return made._replace(performer=by)


class TestHeavyActs:
    """Tariffs add up of what one professional did: R160-16 I, sixth line."""

    def test_a_surgeon_and_an_anaesthetist_do_not_add_up(self) -> None:
        stay = _in_stay("grouping:GHS", 300_000)
        both = (_in_stay("grouping:ADC", 10_000), _in_stay("grouping:ADA", 6_000))
        assert _shares(_PSC, stay, *both) == (252_800, 63_200, 0)
        town = [
            act(name, cents, base=cents)
            for name, cents in (("grouping:ADC", 10_000), ("grouping:ADA", 6_000))
        ]
        assert _shares(_PSC, *town)[0] == 11_200

    def test_what_one_did_adds_up_whoever_says_it(self) -> None:
        stay = _in_stay("grouping:GHS", 300_000)
        left = LAW.heavy_cents
        for by in ("", "10001234567"):
            both = (
                _in_stay("grouping:ADC", 7_000, by=by),
                _in_stay("grouping:ADC", 6_000, by=by),
            )
            assert _shares(_PSC, stay, *both)[0] == 313_000 - left
        one = (_in_stay("grouping:ADC", 7_000, by="A"), _in_stay("grouping:ADE", 6_000, by="A"))
        assert _shares(_PSC, stay, *one)[0] == 313_000 - left
        two = (_in_stay("grouping:ADC", 7_000, by="A"), _in_stay("grouping:ADC", 6_000, by="B"))
        assert _shares(_PSC, stay, *two)[0] == 250_400


class TestOutOfPathway:
    """R160-6, fourth line: once, on what a stay costs."""

    def test_a_stay_bears_it_once(self) -> None:
        out = {"situation": ("out-of-pathway",)}
        lost = LAW.pathway_cents
        stay = _in_stay("grouping:GHS", 100_000, **out)
        assert _shares(_PSC, stay) == (80_000 - lost, 20_000, lost)
        assert _shares(_FREE, stay) == (80_000 - lost, 20_000 + lost, 0)
        other = _in_stay("grouping:GHS", 40_000, **out)
        fees = _in_stay("grouping:ADC", 5_000, **out)
        for acts in ((stay, other, fees), (fees, other, stay)):
            assert _shares(_PSC, *acts)[2] == lost
        [line] = price_claim([stay], _PSC, LAW, {}).lines
        assert [one.cents for one in line.steps if one.code is StepCode.OUT_OF_PATHWAY] == [
            lost
        ]

    def test_one_exempt_does_not(self) -> None:
        for said in (("out-of-pathway", "maternity"), ()):
            stay = _in_stay("grouping:GHS", 100_000, situation=said)
            paid = _shares(_PSC, stay)
            assert paid[2] == 0
        child = _in_stay("grouping:GHS", 100_000, situation=("out-of-pathway",))._replace(age=9)
        assert _shares(_PSC, child)[2] == 0
        long = _in_stay("grouping:GHS", 100_000, situation=("out-of-pathway", "ald"))
        assert _shares(_PSC, long) == (100_000 - LAW.pathway_cents, 0, LAW.pathway_cents)


class TestEmergencies:
    """The emergency charge: L160-13 I."""

    def test_it_is_not_due_where_a_stay_follows(self) -> None:
        charge, stay = _in_stay("grouping:FPU", 2_300), _in_stay("grouping:GHS", 100_000)
        for acts in ((charge, stay), (stay, charge)):
            priced = price_claim(acts, _PSC, LAW, {})
            assert priced.total.amc_cents == 20_000 and priced.total.patient_cents == 0
            line = priced.lines[acts.index(charge)]
            assert sum(line.share) == 0 and line.act.expense_cents == 0
            assert [one.cents for one in line.steps if one.code is StepCode.NOT_DUE] == [2_300]
        alone = act("grouping:FPU", 2_300)
        assert _shares(_PSC, alone)[1] == 2_300
        assert _shares(_PSC, alone._replace(stay="S2"), stay)[1] == 22_300

    @pytest.mark.parametrize(
        ("situation", "limit"), [("", 2_300), ("ald", 996), ("accident", 996)]
    )
    def test_it_is_reduced_for_some(self, situation: str, limit: int) -> None:
        said = frozenset({situation} - {""})
        line = act("grouping:FPU", 2_300, situation=tuple(said))
        assert (line.limit_cents, line.base_cents) == (limit, limit)


class TestMajorations:
    """No grid prints a row for them: that of their consultation pays them."""

    @pytest.mark.parametrize(
        ("row", "acts"),
        [
            ("consultation-specialiste | 300 % BR", (("ngap:CS", 7_650), ("ngap:MPC", 350))),
            ("consultation-generaliste | 150 % BR", (("ngap:G", 3_000), ("ngap:MEG", 500))),
            ("consultation | 150 % BR", (("ngap:G", 3_000), ("ngap:MEG", 500))),
            (
                "consultation-generaliste, majoration-consultation | 150 % BR",
                (("ngap:G", 3_000), ("ngap:MEG", 500)),
            ),
        ],
    )
    def test_the_row_of_a_consultation_pays_its_majoration(
        self, row: str, acts: tuple[tuple[str, int], ...]
    ) -> None:
        guarantee = grid(row, responsible="non")
        billed = [act(name, cents) for name, cents in acts]
        lines = price_claim(billed, guarantee, LAW, {}).lines
        assert all(one.code is not StepCode.NOT_COVERED for line in lines for one in line.steps)
        assert lines[1].share.patient_cents == 0

    def test_a_row_of_its_own_comes_first_and_another_consultations_pays_it_not(self) -> None:
        own = grid(
            "consultation-generaliste | 150 % BR",
            "majoration-consultation | TM",
            responsible="non",
        )
        [line] = price_claim([act("ngap:MEG", 900)], own, LAW, {}).lines
        assert line.share.amc_cents == line.act.base_cents - line.share.amo_cents
        other = grid("consultation-specialiste | 150 % BR", responsible="non")
        [line] = price_claim([act("ngap:MEG", 500)], other, LAW, {}).lines
        assert line.share.amc_cents == 0
        assert load_nomenclature().family_of("ngap", "MPC") == "majoration-specialiste"

    def test_nothing_is_kept_of_it_later(self) -> None:
        [line] = price_claim([act("ngap:MPC", 350)], _PSC, LAW, {}).lines
        assert line.deducted_cents == 0
