"""A second opinion: the price of one act under one line, computed straight, in fractions, from the text of the law.

It shares no code with the product. It knows no counter, credit or layer: what it covers, it covers whole.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import floor

HALF = Fraction(1, 2)
FULLY_COVERED = {"frame-a", "lens-a", "optics-zero", "audio-1", "dental-zero", "hair-zero", "wheelchair-zero", "daily-charge"}  # fmt: skip


def cents(amount: Fraction) -> int:
    """Round to the cent, half a cent up."""
    return floor(amount + HALF)


@dataclass(frozen=True)
class Line:
    """What the grid says: percent of BR, FR, TM, euros; then at most and at least, AMO part included or not."""

    base: int = 0
    expense: int = 0
    copayment: int = 0
    euros: int = 0
    includes_amo: bool = True
    most_base: int | None = None
    least_base: int | None = None


@dataclass(frozen=True)
class Case:
    """One unit of an act on 2 March 2026."""

    role: str
    is_doctor: bool
    in_pathway: bool
    optional: bool
    expense: int
    base: int
    rate: int
    limit: int | None
    situation: frozenset[str]
    age: int


def of_base(percent: int, base: int) -> int:
    return cents(Fraction(percent, 100) * base)


def promise(line: Line, case: Case, base: int, amo: int) -> int:
    """What AMO and AMC pay together by the grid alone."""
    refused = "refused" in case.situation
    total = of_base(line.base, base) + cents(Fraction(line.expense, 100) * case.expense)
    if line.copayment and not refused:
        total += cents(Fraction(line.copayment, 100) * max(base - amo, 0))
    total += line.euros * 100
    if not line.includes_amo:
        total += amo
    for bound, pick in ((line.most_base, min), (line.least_base, max)):
        if bound is not None:
            total = pick(total, of_base(bound, base) + (0 if line.includes_amo else amo))
    return total


def price(line: Line, case: Case, *, responsible: bool) -> tuple[int, int, int]:
    """Return what AMO, AMC and patient pay.

    Source: CSS L160-10, R160-6, R871-1, R871-2; 40 % of the base, at most 12 €, and an allowed
    overrun of 8 € outside the pathway, 12 € of a stay; frames 100 €, class II aids 1 700 €.
    """
    real = min(case.base, case.expense)
    inside = cents(Fraction(case.rate, 10_000) * real)
    is_out = "out-of-pathway" in case.situation and case.age >= 16
    leaves = case.in_pathway and is_out
    lost = min(of_base(40, real), 1200) if leaves else 0
    if case.role == "stay" and is_out:  # R160-6, fourth line: the amount itself
        lost = 1200
    amo = max(inside - lost, 0)
    if not responsible:  # reckoned from what the AMO did pay
        inside = amo
    together = min(max(promise(line, case, case.base, inside), inside), case.expense)
    if responsible:
        together = bounded(line, case, together, inside)
        if leaves and together > inside:
            kept = min(max(case.expense - case.base, 0), 800)
            together = max(min(together, case.expense - kept), inside)
    amc = together - inside
    return amo, amc, case.expense - amo - amc


def bounded(line: Line, case: Case, together: int, inside: int) -> int:
    """Hold what is paid between the floors and the ceilings of R871-2, for one act."""
    refused = "refused" in case.situation
    if case.base and not case.optional and not refused:
        together = max(together, min(case.base, case.expense))
    if case.role in FULLY_COVERED and case.limit is not None and not refused:
        together = max(together, min(case.limit, case.expense), inside)
    if together <= inside:
        return together
    most = case.expense
    if case.role == "frame-b":
        most = 10_000
    elif case.role == "audio-2":
        most = 170_000
    elif case.is_doctor and "not-optam" in case.situation:
        overrun = max(promise(line, case, case.base, inside) - case.base, 0)
        allowed = min(case.base, max(overrun - of_base(20, case.base), 0))
        most = max(case.base, inside) + allowed
    return max(min(together, most), inside)
