"""The responsible contract's floors and ceilings on an act and on a pair of glasses, by the law of its day.

Source: CSS L871-1, R871-1, R871-2.
"""

from collections.abc import Sequence
from typing import Final

from egide.core.money import share_cents
from egide.pricing.act import FRAMES, REFUSED, Act, Role
from egide.pricing.draft import Draft
from egide.pricing.equipment import Equipment
from egide.pricing.law import Law
from egide.pricing.reckoning import StepCode

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


def cover_copayment(equipment: Equipment, drafts: Sequence[Draft], law: Law) -> None:
    """Cover the copayment of a pair that is paid as a whole: of all its elements together, not of each."""
    parts = [draft for draft in drafts if draft.pays_pair]
    short = sum(draft.act.base_cents for draft in parts) - equipment.paid_cents
    short -= sum(draft.together + draft.other for draft in parts)
    for draft in parts:
        add = min(short, draft.most - draft.amc, draft.act.base_cents - draft.together)
        if add > 0:
            short -= add
            draft.amc += add
            draft.say(StepCode.FLOOR, draft.act.base_cents, f"{law.contract.source} 1°")


def bound_equipment(
    equipment: Equipment, drafts: Sequence[Draft], law: Law, *, beyond: bool
) -> None:
    """Hold a pair of glasses with class B lenses between floor and ceiling of its category.

    Args:
        beyond: the contract covers some glasses of class B beyond the copayment: then the floors hold for all.
    """
    contract = law.contract
    bounds = contract.optics.get(equipment.category or "")
    if bounds is None:
        return
    # What a class A lens costs is within the pair's amounts, and covered whole: neither cut nor lifted.
    parts = [draft for draft in drafts if draft.act.kind.role is not Role.LENS_A]
    article = f"{contract.source} 3°"
    paid = equipment.paid_cents + sum(draft.together for draft in drafts)
    by_others = sum(draft.other for draft in drafts)
    over = paid - bounds.ceiling
    last_first = list(reversed(parts))
    for draft in sorted(last_first, key=lambda one: one.act.kind.role is Role.FRAME_A):
        if over <= 0:
            break
        cut = min(over, draft.amc - _owed_whole(draft))
        if cut <= 0:
            continue
        over -= cut
        draft.amc -= cut
        draft.give_back(cut)
        draft.say(StepCode.EQUIPMENT_CEILING, bounds.ceiling, article)
    is_open = all(draft.covered == draft.act.quantity for draft in parts)
    beyond = (beyond and is_open) or any(
        draft.together + draft.other > draft.act.base_cents for draft in parts
    )
    if not (equipment.is_complete and beyond):
        return
    short = bounds.floor - paid - by_others
    for draft in parts:
        most = draft.most
        if draft.act.kind.role in FRAMES and contract.frame_cents is not None:
            most = min(most, max(contract.frame_cents - draft.in_pathway, 0))
        add = min(short, most - draft.amc)
        if add > 0:
            short -= add
            draft.amc += add
            draft.say(StepCode.EQUIPMENT_FLOOR, bounds.floor, article)


def _owed_whole(draft: Draft) -> int:
    """Return what a class A frame is owed by law, up to its price limit, whatever its pair was paid before."""
    act = draft.act
    if act.kind.role is not Role.FRAME_A or act.limit_cents is None or not draft.covered:
        return 0
    return max(min(act.limit_cents, act.expense_cents) - draft.in_pathway, 0)
