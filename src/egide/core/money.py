"""Money in integer cents, rates in basis points, and the one rounding rule."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from egide.core.refusal import invariant

_FULL = 10_000


def share_cents(cents: int, basis_points: int) -> int:
    """Return a share of an amount in cents; half a cent goes up. The only place that rounds.

    Args:
        cents: not negative.

    Source: usage of the AMO, which rounds each line to the nearest cent.
    """
    return (cents * basis_points + _FULL // 2) // _FULL


def euros(cents: int) -> str:
    """Return an amount as a French reader writes it: ``1 234,50 €``."""
    sign = "-" if cents < 0 else ""
    whole, part = divmod(abs(cents), 100)
    grouped = f"{whole:,}".replace(",", " ") if whole >= 1000 else str(whole)
    return f"{sign}{grouped},{part:02d} €"


def decimal_euros(cents: int) -> Decimal:
    """Return an amount in euros, exactly, as machines read it: two decimals."""
    return Decimal(cents).scaleb(-2)


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in euros, held as cents; it may be negative only as a difference."""

    cents: int

    def __add__(self, other: Self) -> "Money":
        return Money(self.cents + other.cents)

    def __sub__(self, other: Self) -> "Money":
        return Money(self.cents - other.cents)

    def times(self, count: int) -> "Money":
        """Return this amount taken ``count`` times (a quantity, never a rate)."""
        return Money(self.cents * count)

    def __str__(self) -> str:
        """Return the amount as a French reader writes it: ``1 234,50 €``."""
        return euros(self.cents)


ZERO = Money(0)


@dataclass(frozen=True, slots=True, order=True)
class Rate:
    """A share of an amount, in basis points: 10 000 is 100 %."""

    basis_points: int

    def of(self, amount: Money) -> Money:
        """Return this share of ``amount``, rounded by ``share_cents``."""
        invariant(amount.cents >= 0, "a rate applies to an amount that is not negative")
        return Money(share_cents(amount.cents, self.basis_points))

    def __str__(self) -> str:
        """Return the rate as a French reader writes it: ``60 %`` or ``37,50 %``."""
        whole, part = divmod(self.basis_points, 100)
        return f"{whole},{part:02d} %" if part else f"{whole} %"


FULL = Rate(_FULL)
