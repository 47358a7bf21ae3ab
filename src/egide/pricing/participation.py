"""The participation in a heavy act, priced apart from its act where the grid has a row of its own for it.

A grid prints « Participation forfaitaire sur les actes lourds » as a row: what is left of the act or the stay by
R160-16 is that row's, and the row of the act pays what is beyond. Without such a row, or where one row names both, it
is priced with its act.
"""

from typing import Final

from egide.pricing.act import Act, Kind
from egide.pricing.amo_part import AmoPart
from egide.pricing.draft import Draft
from egide.pricing.guarantee import Layer
from egide.pricing.reckoning import Step

PARTICIPATION: Final = "participation-acte-lourd"  # the word of the plan language
_CODE: Final = f"libre:{PARTICIPATION}"
_LABEL: Final = "Participation sur acte lourd"
_KIND: Final = Kind(family=PARTICIPATION, lineage=(PARTICIPATION,))


def set_apart(draft: Draft, base: Layer, *, explain: bool, responsible: bool) -> None:
    """Take the participation out of a draft, into one of its own, where a row of the base pays it and not the act."""
    due = draft.part.heavy_cents
    if not due or not base.names(PARTICIPATION, _CODE):
        return
    alone = _of(draft.act, due)
    line, own = base.line_for(alone.act), base.line_for(draft.act)
    if line is None or (own is not None and own.key == line.key):
        return
    steps = list[Step]() if explain else None
    draft.participation = Draft(alone, steps, responsible=responsible)
    draft.in_pathway += due
    draft.most = max(draft.most - due, 0)


def _of(act: Act, cents: int) -> AmoPart:
    """Return the participation due on an act as what the AMO leaves whole."""
    alone = act._replace(
        code=_CODE,
        kind=_KIND,
        label=_LABEL,
        quantity=1,
        expense_cents=cents,
        base_cents=cents,
        rate_bp=0,
        limit_cents=None,
        deductible=None,
        network_cents=None,
    )
    return AmoPart(alone, 0, 0)
