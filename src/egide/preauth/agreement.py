"""Hold an invoice to what was granted before: a prise en charge promises an amount, and no more than it.

What an invoice is worth is what it is worth on its day, with what its own prise en charge holds left out: so that no
promise pays a renewal twice, whoever wrote it. What is held is what makes the promise good.
"""

from collections.abc import Sequence
from dataclasses import replace

from egide.adjudication.asked import paying
from egide.adjudication.decide import Accepted
from egide.pricing import PricedLine, StepCode

_AGREED = frozenset({StepCode.AGREED, StepCode.INSURER})


def hold_to(
    accepted: Accepted, agreed: Sequence[int], number: str, *, is_word: bool = False
) -> Accepted:
    """Return a decision whose lines pay at most what was agreed of them.

    Args:
        agreed: in cents, of each line of the claim, in its order.
        number: of the prise en charge, for the reckoning.
        is_word: an insurer that answers by itself agreed: that much is paid, whatever its grid gives.
    """
    lines = accepted.priced.lines
    if is_word:
        return paying(accepted, agreed, StepCode.AGREED, number)
    amounts = [
        min(cents, line.share.amc_cents) for line, cents in zip(lines, agreed, strict=True)
    ]
    held = paying(accepted, amounts, StepCode.AGREED, number)
    # What is worth no more than was agreed says nothing of it.
    kept = tuple(
        less if cents < line.share.amc_cents else line
        for line, less, cents in zip(lines, held.priced.lines, amounts, strict=True)
    )
    return replace(held, priced=accepted.priced._replace(lines=kept))


def is_agreed(line: PricedLine) -> bool:
    """Tell whether a line pays what was agreed of it, or what its insurer said: not what its grid gives."""
    return any(step.code in _AGREED for step in line.steps)
