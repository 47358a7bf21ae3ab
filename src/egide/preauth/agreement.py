"""Hold an invoice to what was granted before: a prise en charge promises an amount, and no more than it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from egide.adjudication.decide import Accepted, Used
from egide.pricing import PricedLine, Share, Step, StepCode


class Agreed(NamedTuple):
    """What was granted of a line.

    Args:
        cents: what the AMC promised.
        is_alike: the line is billed as it was asked: it is owed what was promised; otherwise at most that.
    """

    cents: int
    is_alike: bool


def hold_to(accepted: Accepted, agreed: Sequence[Agreed], number: str) -> Accepted:
    """Return a decision whose lines pay what was agreed of them.

    Args:
        agreed: of each line of the claim, in its order.
        number: of the prise en charge, for the reckoning.
    """
    lines: list[PricedLine] = []
    more: dict[int, int] = {}
    for at, (line, one) in enumerate(zip(accepted.priced.lines, agreed, strict=True), start=1):
        left = line.act.expense_cents - line.share.amo_cents - line.other_amc_cents
        amc = min(one.cents, left)
        if not one.is_alike:
            amc = min(amc, line.share.amc_cents)
        more[at] = amc - line.share.amc_cents
        lines.append(line if not more[at] else _paying(line, amc, number))
    priced = accepted.priced._replace(lines=tuple(lines))
    return replace(
        accepted, priced=priced, uses=[_used(one, more[one.line]) for one in accepted.uses]
    )


def is_agreed(line: PricedLine) -> bool:
    """Tell whether a line pays what was promised of it, where its price would have been another."""
    return any(step.code is StepCode.AGREED for step in line.steps)


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


def _used(used: Used, more: int) -> Used:
    """Return a use with what its line pays more or less, where amounts are what it counts."""
    use = used.use
    if not more or use.units or not use.cents:
        return used
    return replace(used, use=use._replace(cents=max(use.cents + more, 0)))
