"""Acts, guarantees and grids for the tests of pricing."""

from datetime import date
from functools import cache

from hypothesis import strategies as st

from egide.core.money import Money
from egide.nomenclature import BilledLine, families, load_nomenclature
from egide.plans import Catalogue, read_grid
from egide.pricing import Act, Deductible, Guarantee, Law, Use

DAY = date(2026, 3, 2)
NOMENCLATURE = load_nomenclature()
LAW: Law = NOMENCLATURE.law_on(DAY)


def act(
    name: str,
    cents: int,
    *,
    quantity: int = 1,
    situation: tuple[str, ...] = (),
    age: int = 40,
    on: date = DAY,
    since: date | None = date(2020, 1, 1),
    base: int | None = None,
    side: str = "",
    stay: str = "",
    performer: str = "",
) -> Act:
    system, _, code = name.partition(":")
    line = BilledLine(
        system=system,
        code=code,
        care_on=on,
        quantity=quantity,
        expense=Money(cents),
        side=side,
        situation=frozenset(situation),
        base=None if base is None else Money(base),
        stay=stay,
        performer=performer,
    )
    return NOMENCLATURE.act(line, age=age, member_since=since)


@cache
def grid_text(
    lines: tuple[str, ...], amo: str, responsible: str, head: str, code: str, year: str
) -> str:
    text = f"grille: {code}\nversion: 2018-01-01\nlibellé: essai\namo: {amo}\nresponsable: {responsible}\n"
    text += f"an: {year}\ndomaines: [MED]\n{head}garanties:\n  Essai:\n"
    for number, line in enumerate(lines):
        words, formula, *more = line.split(" | ")
        text += (
            f"    - ligne: L{number}\n      actes: [{words}]\n      remboursement: {formula}\n"
        )
        text += "".join(f"      {one}\n" for one in more)
    return text


def grid(
    *lines: str,
    amo: str = "comprise",
    responsible: str = "oui",
    head: str = "",
    year: str = "civil",
) -> Guarantee:
    """Return a grid from lines ``families | formula | other fields``."""
    return _guarantee(grid_text(lines, amo, responsible, head, "TEST", year))


@cache
def _guarantee(text: str) -> Guarantee:
    read = read_grid(text)
    plan = Catalogue([read]).on(next(iter(read.levels)), date(2030, 1, 1))
    assert plan is not None
    return plan.guarantee


def stacked(
    base: str, *options: str, stacking: str = "ajouté", responsible: str = "oui"
) -> Guarantee:
    """Return a base of one line and options of one line each."""
    grids = [read_grid(grid_text((base,), "comprise", responsible, "", "TEST", "civil"))]
    for number, option in enumerate(options):
        head = f"option de: TEST\nempilement: {stacking}\n"
        amo = "en plus" if stacking == "ajouté" else "comprise"
        text = grid_text((option,), amo, responsible, head, f"OPT{number}", "civil")
        grids.append(read_grid(text))
    code = "+".join(["TEST", *(f"OPT{number}" for number in range(len(options)))])
    plan = Catalogue(grids).on(code, DAY)
    assert plan is not None
    return plan.guarantee


def held(*lines: tuple[Use, ...]) -> dict[str, tuple[Use, ...]]:
    """Return the counters that the uses of some lines make."""
    counters: dict[str, tuple[Use, ...]] = {}
    for use in (one for uses in lines for one in uses):
        counters[use.counter] = (*counters.get(use.counter, ()), use)
    return counters


words = st.sampled_from(sorted(families()))
cents = st.integers(0, 2_000_000)
situations = st.sets(
    st.sampled_from(
        (
            "ald",
            "not-optam",
            "out-of-pathway",
            "heavy-act",
            "refused",
            "sight-change",
            "network",
        )
    ),
    max_size=2,
).map(frozenset)


@st.composite
def any_act(draw: st.DrawFn) -> Act:
    """Draw any act, possible or not in practice: the laws hold for all."""
    return Act(
        code="test:X",
        kind=families()[draw(words)].kind,
        label="acte",
        care_on=draw(st.dates(date(2021, 1, 1), date(2026, 12, 31))),
        quantity=draw(st.integers(1, 3)),
        expense_cents=draw(cents),
        base_cents=draw(cents),
        rate_bp=draw(st.integers(0, 100)) * 100,
        limit_cents=draw(st.none() | cents),
        deductible=draw(
            st.none()
            | st.just(Deductible("amo:participation", "doctor", 200, 4, by_performer=True))
        ),
        situation=draw(situations),
        age=draw(st.integers(0, 99)),
        member_since=draw(st.none() | st.dates(date(2015, 1, 1), date(2026, 1, 1))),
        side=draw(st.sampled_from(("", "left", "right"))),
        stay=draw(st.sampled_from(("", "S1"))),
        performer=draw(st.sampled_from(("", "P1"))),
        network_cents=draw(st.none() | cents),
        tariff_source="tarif",
        rate_source="taux",
    )


FORMULAS = (
    "{percent} % BR",
    "{percent} % BR + {euros} €",
    "TM + {percent} % BR",
    "{part} % FR dans la limite de {euros} €",
    "RSS + 100 % du reste à charge, dans la limite des PLV",
    "100 % BR + crédit de {euros} € par année civile",
    "{euros} € par séance",
    "{euros} € - RSS",
    "max({euros} € ; {percent} % BR)",
    "min({euros} € + RSS ; {percent} % BR)",
    "{part} % PMSS",
    "{euros} € par an, au-delà 100 % BR",
    "100 % FR dans la limite de {percent} % BR",
)
LIMITS = ("", "limite: 2 par année civile", "renouvellement: 2 par 2 ans")


@st.composite
def any_guarantee(draw: st.DrawFn) -> Guarantee:
    """Draw a grid whose lines speak of many families."""
    percent = draw(st.integers(0, 400))
    formula = draw(st.sampled_from(FORMULAS)).format(
        percent=percent, part=min(percent, 100), euros=draw(st.integers(0, 500))
    )
    # A line whose acts are all refused by the AMO may not be a share of their base, which is nothing.
    chosen = draw(st.sets(words, min_size=5, max_size=40)) | {"consultation-generaliste"}
    limit = draw(st.sampled_from(LIMITS))
    return grid(
        " | ".join(filter(None, (", ".join(sorted(chosen)), f'"{formula}"', limit))),
        responsible=draw(st.sampled_from(("oui", "non"))),
    )
