"""The reckoning: each amount of a decision with the rule and the text that made it."""

from dataclasses import dataclass
from enum import StrEnum

from egide.core.money import Money


class StepCode(StrEnum):
    """The kind of a step; stable, so that software can read a reckoning."""

    EXPENSE = "expense"
    BASE = "base"
    AMO = "amo"
    OUT_OF_PATHWAY = "out-of-pathway"
    PROMISE = "promise"
    CREDIT = "credit"
    CEILING = "ceiling"
    FLOOR = "floor"
    LIMIT = "limit"
    NOT_COVERED = "not-covered"
    AMC = "amc"
    PATIENT = "patient"
    FLAT_DEDUCTION = "flat-deduction"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a reckoning, in French that a patient understands.

    Args:
        source: the article, tariff or grid line that made the amount.
    """

    code: StepCode
    amount: Money
    french: str
    source: str
