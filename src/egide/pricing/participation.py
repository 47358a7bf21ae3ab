"""The participation in a heavy act, priced apart from its act where a grid has a row for it.

A grid prints « Participation forfaitaire sur les actes lourds » as a row of its own: what is left of the act or the
stay by R160-16 is that row's, and the row of the act pays what is beyond. A grid without such a row leaves it to the
act's own.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Final

from egide.pricing.act import Act, Heaviness, Kind, Role
from egide.pricing.amo_part import AmoPart
from egide.pricing.draft import Draft
from egide.pricing.guarantee import Layer
from egide.pricing.reckoning import Step

PARTICIPATION: Final = "participation-acte-lourd"  # the word of the plan language
_CODE: Final = f"libre:{PARTICIPATION}"
_LABEL: Final = "Participation sur acte lourd"


def is_apart(layers: Sequence[Layer]) -> bool:
    """Tell whether some layer has a row for the participation in heavy acts."""
    return any(layer.names(PARTICIPATION, _CODE) for layer in layers)


def set_apart(draft: Draft, *, explain: bool, responsible: bool) -> None:
    """Take the participation out of a draft, into one of its own; nothing where none is due."""
    due = draft.part.heavy_cents
    if not due:
        return
    steps = list[Step]() if explain else None
    draft.participation = Draft(_of(draft.act, due), steps, responsible=responsible)
    draft.in_pathway += due
    draft.most = max(draft.most - due, 0)


def _of(act: Act, cents: int) -> AmoPart:
    """Return the participation due on an act as what the AMO leaves whole."""
    alone = act._replace(
        code=_CODE,
        kind=_kind(act.kind),
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


@cache
def _kind(kind: Kind) -> Kind:
    """Return the participation's kind: a layer without a row for it pays it as it pays the act."""
    return replace(
        kind,
        family=PARTICIPATION,
        lineage=(PARTICIPATION, *kind.lineage),
        role=Role.NONE,
        is_doctor=False,
        in_pathway=False,
        heaviness=Heaviness.NONE,
    )
