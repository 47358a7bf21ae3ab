"""Quote an act under a plan, as if nothing had been used yet: for showing, comparing, auditing."""

from dataclasses import replace
from datetime import date

from egide.nomenclature import Nomenclature, TypicalCare
from egide.plans.catalogue import Plan
from egide.pricing import Guarantee, Layer, PricedClaim, price_claim

_LONG_AGO_YEARS = 10  # old enough for every wait to be over


def quote(plan: Plan, care: TypicalCare, nomenclature: Nomenclature) -> PricedClaim:
    """Price a care under a plan for a member of long standing.

    Raises:
        UnpriceableError: a code, tariff or rate that is not there on the day.
    """
    day = care.lines[0].care_on
    since = date(day.year - _LONG_AGO_YEARS, 1, 1)
    acts = [nomenclature.act(line, age=care.age, member_since=since) for line in care.lines]
    return price_claim(acts, plan.guarantee, nomenclature.law_on(day), {})


def unbound(layer: Layer) -> Guarantee:
    """Return what a layer says by itself, without what the law adds to it or takes from it."""
    lines = [replace(line, limits=()) for line in layer.lines]
    return Guarantee(
        (
            Layer(
                plan_code=layer.plan_code,
                label=layer.label,
                responsible=False,
                lines=tuple(lines),
                network_prices=layer.network_prices,
            ),
        )
    )
