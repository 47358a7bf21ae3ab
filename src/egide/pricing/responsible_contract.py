"""The responsible contract's floors and ceilings on one act, by the numbers of the law of its day.

Source: CSS L871-1, R871-1, R871-2.
"""

from typing import Final

from egide.core.money import share_cents
from egide.pricing.act import REFUSED, Act, Role
from egide.pricing.law import Law

NOT_OPTAM: Final = "not-optam"


def most_for_act(
    act: Act, amo: int, law: Law, *, optam_promise: int | None
) -> tuple[int, str] | None:
    """Return the most that AMO and AMC together may pay for an act, and the article; None if free.

    Args:
        amo: the AMO part inside the pathway.
        optam_promise: for a doctor outside OPTAM, what the same contract promises for one inside
            it, AMO part included; None if the grid promises nothing there.
    """
    contract = law.contract
    role = act.kind.role
    if role is Role.FRAME_B and contract.frame_cents is not None:
        return contract.frame_cents * act.quantity, f"{contract.source} 3°"
    if role is Role.AUDIO_2 and contract.audio_cents is not None:
        return contract.audio_cents * act.quantity, f"{contract.source} 4° b"
    if act.kind.is_doctor and contract.overrun_bp is not None and NOT_OPTAM in act.situation:
        base = act.base_cents
        inside = max((optam_promise or 0) - base, 0)
        overrun = min(
            share_cents(base, contract.overrun_bp),
            max(inside - share_cents(base, contract.gap_bp), 0),
        )
        return max(base, amo) + overrun, f"{contract.source} 2°"
    return None


def least_for_act(act: Act, amo: int, law: Law) -> tuple[int, str] | None:
    """Return the least that AMO and AMC together must pay for what the law covers whole.

    None where the law says nothing: the copayment is another floor (``copayment_is_due``).
    """
    article = law.contract.full.get(act.kind.role)
    if article is None or act.limit_cents is None:
        return None
    return max(min(act.expense_cents, act.limit_cents), amo), article


def copayment_is_due(act: Act) -> bool:
    """Tell whether the contract must pay at least the whole copayment of an act.

    Source: R871-2, 1°: all of it but 30 %, 15 % drugs, homoeopathy and spas; nothing of what the AMO
    refuses.
    """
    return (
        act.base_cents > 0 and not act.kind.copayment_optional and REFUSED not in act.situation
    )
