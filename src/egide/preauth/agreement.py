"""Hold an invoice to what was granted before: a prise en charge promises an amount, and no more than it.

What an invoice is worth is what it is worth on its day, with what its own prise en charge holds left out: so that no
promise pays a renewal twice, whoever wrote it. What is held is what makes the promise good.
"""

from collections.abc import Sequence
from dataclasses import replace

from egide.adjudication.asked import paying
from egide.adjudication.decide import Accepted, Used
from egide.pricing import PricedLine, Share, Step, StepCode

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
    if is_word:
        return paying(accepted, agreed, StepCode.AGREED, number)
    lines: list[PricedLine] = []
    less: dict[int, int] = {}
    for at, (line, cents) in enumerate(
        zip(accepted.priced.lines, agreed, strict=True), start=1
    ):
        less[at] = max(line.share.amc_cents - cents, 0)
        lines.append(_paying(line, cents, number) if less[at] else line)
    priced = accepted.priced._replace(lines=tuple(lines))
    uses = [_used(one, less[one.line]) for one in accepted.uses]
    return replace(accepted, priced=priced, uses=uses)


def is_agreed(line: PricedLine) -> bool:
    """Tell whether a line pays what was agreed of it, or what its insurer said: not what its grid gives."""
    return any(step.code in _AGREED for step in line.steps)


def _paying(line: PricedLine, amc: int, number: str) -> PricedLine:
    share = line.share
    patient = share.patient_cents + share.amc_cents - amc
    steps = [step for step in line.steps if step.code not in {StepCode.AMC, StepCode.PATIENT}]
    steps += [
        Step(StepCode.AGREED, amc, number),
        Step(StepCode.AMC, amc, number),
        Step(StepCode.PATIENT, patient, "FR - AMO - AMC"),
    ]
    return line._replace(share=Share(share.amo_cents, amc, patient), steps=tuple(steps))


def _used(used: Used, less: int) -> Used:
    """Return a use less what its line is not paid, where amounts are what it counts."""
    use = used.use
    if not less or use.units or not use.cents:
        return used
    return replace(used, use=use._replace(cents=max(use.cents - less, 0)))
