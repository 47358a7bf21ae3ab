"""A random differential test: the product against a straight computation that shares no code with it."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from egide.nomenclature import families
from egide.pricing import Act, Heaviness, price_claim
from pricing.builders import DAY, LAW, any_act, grid
from pricing.straight import Case, Line, price

many = settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
percents = st.sampled_from((0, 20, 65, 80, 100, 100, 125, 150, 200, 320))


@st.composite
def lines(draw: st.DrawFn) -> Line:
    form = draw(st.sampled_from(("base", "copayment", "expense", "euros")))
    percent = draw(percents)
    euros = draw(st.sampled_from((0, 0, 15, 80, 400)))
    bound = draw(st.sampled_from((None, None, 90, 130, 250)))
    kind = draw(st.sampled_from(("most_base", "least_base")))
    includes_amo = form != "copayment" and draw(st.booleans())
    shares = {
        "base": {"base": percent},
        "copayment": {"copayment": 100, "base": percent},
        "expense": {"expense": min(percent, 100)},
        "euros": {},
    }[form]
    return Line(euros=euros, includes_amo=includes_amo, **shares, **{kind: bound})


def printed(line: Line) -> str:
    terms = [
        f"{percent} % {word}"
        for percent, word in ((line.copayment, "TM"), (line.base, "BR"), (line.expense, "FR"))
        if percent
    ]
    terms += [f"{line.euros} €"] if line.euros or not terms else []
    text = " + ".join(terms)
    if line.most_base is not None:
        text += f" dans la limite de {line.most_base} % BR"
    if line.least_base is not None:
        text += f", minimum {line.least_base} % BR"
    return text


@given(any_act(), lines(), st.booleans())
@many
def test_the_price_is_that_of_a_straight_computation(
    drawn: Act, line: Line, responsible: bool
) -> None:
    kind = drawn.kind
    one = drawn._replace(
        quantity=1,
        care_on=DAY,
        situation=drawn.situation - {"heavy-act", "network", "sight-change"},
        stay="",
    )
    is_lens = kind.role.value.startswith("lens-") and kind.role.value != "lens-a"
    if kind.heaviness is not Heaviness.NONE or is_lens:
        return  # what is reckoned with other acts has its own tests
    if families()[kind.family].is_refused and not (line.expense or line.euros):
        return  # a share of the base of what has none is refused
    if families()[kind.family].is_refused and line.most_base is not None:
        return  # and so is a ceiling that is one
    amo = "comprise" if line.includes_amo else "en plus"
    rule = "si: refusé" if "refused" in one.situation else "note: sans condition"
    if families()[kind.family].is_refused:
        rule = "note: non remboursé"
    guarantee = grid(
        f"{kind.family} | {printed(line)} | {rule}",
        amo=amo,
        responsible="oui" if responsible else "non",
    )
    case = Case(
        role=kind.role.value,
        is_doctor=kind.is_doctor,
        in_pathway=kind.in_pathway,
        optional=kind.copayment_optional,
        expense=one.expense_cents,
        base=one.base_cents,
        rate=one.rate_bp,
        limit=one.limit_cents,
        situation=one.situation,
        age=one.age,
    )
    share = price_claim([one], guarantee, LAW, {}).total
    assert tuple(share) == price(line, case, responsible=responsible)
