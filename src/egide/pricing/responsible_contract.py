"""The responsible contract's floors and ceilings, on one act and on one optical equipment.

Source: CSS art. R871-2 (version in force since 28 November 2025), by the numbers of ``Law``.
"""

from egide.core.money import ZERO, Money
from egide.pricing.terms import (
    DOCTOR_FAMILIES,
    LENS_LETTERS,
    Act,
    Family,
    GuaranteeLine,
    Law,
    OpticsRange,
)

_PAIRS = {"aa": "a", "ac": "b", "cc": "c", "af": "d", "cf": "e", "ff": "f"}
_ZERO_SHARE = frozenset(
    {
        Family.FRAME_A,
        Family.LENS_A,
        Family.PAIRING,
        Family.FILTER,
        Family.AUDIO_CLASS_1,
        Family.INLAY_CORE_ZERO,
        Family.DENTURE_ZERO,
    }
)
EQUIPMENT_FAMILIES = frozenset({*LENS_LETTERS, Family.FRAME_B})


def most_for_act(
    act: Act, amo: Money, law: Law, *, optam_promise: Money | None
) -> tuple[Money, str] | None:
    """Return the most that AMO and AMC together may pay for an act, and the article; None if free.

    Args:
        amo: the AMO part inside the pathway.
        optam_promise: for a doctor outside OPTAM, what the same contract promises for one inside
            it, AMO part included; None if the grid promises nothing there.
    """
    if act.family is Family.FRAME_B:
        return law.frame.times(act.quantity), f"{law.source} 3°"
    if act.family is Family.AUDIO_CLASS_2:
        return law.audio_class_2.times(act.quantity), f"{law.source} 4° b"
    if act.family in DOCTOR_FAMILIES and not act.optam:
        inside = Money(max((optam_promise or ZERO).cents - act.base.cents, 0))
        gap = law.free_fee_gap.of(act.base)
        overrun = min(
            law.free_fee_overrun.of(act.base), Money(max(inside.cents - gap.cents, 0))
        )
        return max(act.base, amo) + overrun, f"{law.source} 2°"
    return None


def least_for_act(act: Act, amo: Money) -> Money | None:
    """Return the least that AMO and AMC together must pay for an act of the 100 % Santé baskets."""
    if act.family in _ZERO_SHARE and act.price_limit is not None:
        return max(min(act.expense, act.price_limit), amo)
    return None


def copayment_is_due(line: GuaranteeLine | None, act: Act) -> bool:
    """Tell whether the contract must pay at least the whole copayment of an act.

    Source: R871-2, 1°: all of it but 30 %, 15 % drugs, homoeopathy and spas.
    """
    optional = {Family.DRUG_30, Family.DRUG_15}
    return act.base > ZERO and (line is not None or act.family not in optional)


def equipment_range(lenses: list[Family], law: Law) -> OpticsRange | None:
    """Return floor and ceiling of an equipment from its class B lenses; None without any.

    One lens alone takes the range of a pair of its own category.
    """
    letters = sorted(LENS_LETTERS[lens] for lens in lenses)[:2]
    if not letters:
        return None
    pair = "".join(letters) if len(letters) > 1 else letters[0] * 2
    return law.optics[_PAIRS[pair]]
