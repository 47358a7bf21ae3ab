"""Acts, guarantees and grids for the tests of pricing."""

from datetime import date

from hypothesis import strategies as st

from egide.core.money import Money, Rate
from egide.nomenclature import BilledLine, load_nomenclature
from egide.plans import read_grid
from egide.pricing import Act, Family, Guarantee, Law

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
    side: str = "",
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
    )
    return NOMENCLATURE.act(line, age=age)


def grid(*lines: str, amo: str = "comprise", responsible: str = "oui") -> Guarantee:
    """Return a grid from lines ``families | formula | other fields``."""
    text = f"grille: TEST\nversion: 2020-01-01\nlibellé: essai\namo: {amo}\nresponsable: {responsible}\n"
    text += "domaines: [MED]\ngaranties:\n  Essai:\n"
    for number, line in enumerate(lines):
        families, formula, *more = line.split(" | ")
        text += f"    - ligne: L{number}\n      actes: [{families}]\n      remboursement: {formula}\n"
        text += "".join(f"      {one}\n" for one in more)
    return read_grid(text).guarantee


families = st.sampled_from(sorted(Family))
cents = st.integers(0, 2_000_000).map(Money)


@st.composite
def any_act(draw: st.DrawFn) -> Act:
    """Draw any act, possible or not in practice: the laws hold for all."""
    full = draw(st.integers(0, 100)) * 100
    return Act(
        code="X",
        family=draw(families),
        label="acte",
        care_on=draw(st.dates(date(2021, 1, 1), date(2026, 12, 31))),
        quantity=draw(st.integers(1, 3)),
        expense=draw(cents),
        base=draw(cents),
        amo_rate=Rate(draw(st.integers(0, full))),
        full_rate=Rate(full),
        price_limit=draw(st.none() | cents),
        optam=draw(st.booleans()),
        contracted=draw(st.booleans()),
        side=draw(st.sampled_from(("", "left", "right"))),
        age=draw(st.integers(0, 99)),
    )


@st.composite
def any_guarantee(draw: st.DrawFn, scale: int = 1) -> Guarantee:
    """Draw a grid whose lines speak of many families."""
    percent = draw(st.integers(0, 400)) * scale
    euros = draw(st.integers(0, 500)) * scale
    formula = draw(
        st.sampled_from(
            (
                f"{percent} % BR",
                f"{percent} % BR + {euros} €",
                f"TM + {percent} % BR",
                f"{min(percent, 999)} % FR dans la limite de {euros} €",
                "RSS + 100 % du reste à charge, dans la limite des PLV",
                f"100 % BR + crédit de {euros} € par année civile",
                f"{euros} € par équipement",
            )
        )
    )
    chosen = draw(st.sets(families, min_size=5))
    limit = draw(
        st.sampled_from(("", "limite: 2 par année civile", "renouvellement: 1 par 2 ans"))
    )
    return grid(
        " | ".join(filter(None, (", ".join(sorted(chosen)), formula, limit))),
        responsible=draw(st.sampled_from(("oui", "non"))),
    )
