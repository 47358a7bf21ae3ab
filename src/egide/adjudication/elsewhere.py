"""What another insurer of the same person has paid of an act: which of its acts, and how much of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self
from uuid import UUID

from egide.nomenclature import BilledLine


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidLine:
    """An act that was billed for a person, and what AMO and its insurer pay of it, in cents.

    Args:
        amo_cents: what AMO pays, of ``paid_cents``.
        other_cents: what was subtracted of it, when it was decided, that another insurer had paid.
    """

    establishment_id: UUID
    person_id: UUID
    care_on: date
    act_code: str
    side: str
    quantity: int
    expense_cents: int
    paid_cents: int = 0
    amo_cents: int = 0
    other_cents: int = 0

    @classmethod
    def of(cls, establishment: UUID, person: UUID, line: BilledLine) -> Self:
        """Return a line as it is billed."""
        return cls(
            establishment_id=establishment,
            person_id=person,
            care_on=line.care_on,
            act_code=f"{line.system}:{line.code}",
            side=line.side,
            quantity=line.quantity,
            expense_cents=line.expense.cents,
        )

    def is_same(self, other: "PaidLine") -> bool:
        """Tell whether two lines bill one act alike."""
        return self.is_like(other) and (self.quantity, self.expense_cents, self.side) == (
            other.quantity,
            other.expense_cents,
            other.side,
        )

    def is_like(self, other: "PaidLine") -> bool:
        """Tell whether two lines may bill one act: a second insurer is no reason to change its price or its side."""
        return (self.act_code, self.care_on) == (other.act_code, other.care_on) and (
            self.side == other.side or not self.side or not other.side
        )

    def strangeness(self, other: "PaidLine") -> int:
        """Return by how many cents what was subtracted of either is not what the other, met, would have it be."""
        return min(
            abs(self.other_cents - max(other.paid_cents - self.amo_cents, 0)),
            abs(other.other_cents - max(self.paid_cents - other.amo_cents, 0)),
        )


@dataclass(slots=True)
class _Left:
    """What is left of a line of another insurer, for the lines that bill the same act."""

    line: PaidLine
    units: int
    cents: int

    def take(self, line: PaidLine, units: int) -> tuple[int, int]:
        """Take the share of some units of a line, to the cent above; all of it if the line is as dear."""
        taken = min(units, self.units)
        if taken == self.units or line.expense_cents >= self.line.expense_cents:
            taken, cents = self.units, self.cents
        else:
            cents = -(-self.cents * taken // self.units)
        self.units -= taken
        self.cents -= cents
        return taken, cents


def paid_of(
    lines: Sequence[PaidLine], before: Sequence[PaidLine], theirs: Sequence[PaidLine]
) -> list[int]:
    """Return what AMO and another insurer have paid of each line, in cents.

    Each of its acts counts once: for the line that bills it alike, else for the first that may be the same act.

    Args:
        lines: what is billed now.
        before: what was billed to the same insurer as the lines: the acts that it met are met.
        theirs: what was billed to the other insurer, in its order.
    """
    left = [_Left(one, one.quantity, one.paid_cents) for one in theirs]
    for line in before:
        # It met one when it was decided, or one met it: which, what was subtracted tells, whatever was cancelled since.
        like = [one for one in left if one.units and line.is_like(one.line)]
        if like:
            met = min(
                like, key=lambda one: (line.strangeness(one.line), not line.is_same(one.line))
            )
            met.take(line, line.quantity)
    found = [0] * len(lines)
    unmet: list[int] = []
    for index, line in enumerate(lines):
        same = next((one for one in left if one.units and line.is_same(one.line)), None)
        if same is None:
            unmet.append(index)
        else:
            _, found[index] = same.take(line, line.quantity)
    for index in unmet:
        units = lines[index].quantity
        for one in left:
            if units > 0 and one.units and lines[index].is_like(one.line):
                taken, cents = one.take(lines[index], units)
                units -= taken
                found[index] += cents
    return found
