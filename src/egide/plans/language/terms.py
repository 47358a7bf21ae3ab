"""The parts of a formula as they are read: sums being gathered, credits, counts."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from egide.plans.language.spans import FormulaError, Per, YearKind
from egide.pricing import Amount, Bound, Choice, Sum, Window

MEASURES: Final = {
    "BR": "base",
    "TM": "copayment",
    "RSS": "amo",
    "FR": "expense",
    "RAC": "remainder",
    "PLV": "limit",
    "HLF": "limit",
}


class AmoMode(StrEnum):
    """What a grid's header says of its amounts."""

    INCLUDED = "comprise"
    ON_TOP = "en plus"
    INCLUDED_IN_BASE = (
        "comprise dans les BR"  # percentages include the AMO part; euros and PMSS do not
    )


class Setting(NamedTuple):
    """What a formula takes from the header of its grid."""

    amo: AmoMode | None
    year: YearKind | None


class CreditTerm(NamedTuple):
    """An amount that is spent in a window."""

    amount: Amount
    per: Per
    window: Window


class CountTerm(NamedTuple):
    """A number of units at most in a window."""

    units: int
    per: Per
    window: Window


@dataclass(slots=True, kw_only=True)
class ParsedFormula:
    """A formula read, its counters not yet named.

    Args:
        includes_amo: the sum is what AMO and AMC pay together; otherwise what the AMC adds.
        purses: ceilings over a window, and whether what the AMO pays is spent from each; None where it
            is as in the sum.
        counts: units at most over a window.
    """

    text: str
    sum: Sum = field(default_factory=Sum)
    includes_amo: bool = False
    credit: CreditTerm | None = None
    ceilings: list[Bound] = field(default_factory=list[Bound])
    floors: list[Bound] = field(default_factory=list[Bound])
    purses: list[tuple[CreditTerm, bool | None]] = field(
        default_factory=list[tuple[CreditTerm, bool | None]]
    )
    counts: list[CountTerm] = field(default_factory=list[CountTerm])


class Terms:
    """A sum being gathered."""

    def __init__(self) -> None:
        self.rates: dict[str, int] = {}
        self.amounts: dict[str, Amount] = {}
        self.choices: list[Choice] = []
        self.credit: CreditTerm | None = None
        self.holds_amo = False  # RSS is named
        self.says_amo: bool | None = None  # « SS incluse », « en plus de la SS »

    def add_rate(self, measure: str, basis_points: int) -> None:
        """Add a share, in basis points."""
        self.rates[measure] = self.rates.get(measure, 0) + basis_points

    def add_amount(self, unit: str, amount: Amount) -> None:
        """Add an amount by unit."""
        held = self.amounts.get(unit, Amount())
        self.amounts[unit] = Amount(held.cents + amount.cents, held.pmss_bp + amount.pmss_bp)

    def sum(self) -> Sum:
        """Return the sum gathered, its credit apart."""
        return Sum(
            base=self.rates.get("base", 0),
            copayment=self.rates.get("copayment", 0),
            amo=self.rates.get("amo", 0),
            expense=self.rates.get("expense", 0),
            remainder=self.rates.get("remainder", 0),
            limit=self.rates.get("limit", 0),
            network=self.rates.get("network", 0),
            choices=tuple(self.choices),
            **self.amounts,
        )

    @property
    def adds(self) -> bool:
        """Tell whether the sum is by nature what comes on top of the AMO part: TM, a share of what is left."""
        return not self.holds_amo and ("copayment" in self.rates or "remainder" in self.rates)

    def includes_amo(self, mode: AmoMode | None) -> bool:
        """Tell whether the sum holds the AMO part: what it says itself, else the header."""
        if self.holds_amo:
            if "copayment" in self.rates:
                raise FormulaError(
                    reason="TM et RSS dans une même somme.",
                    remedy="Écrire « 100 % BR » : c'est RSS + TM.",
                )
            return True
        if self.adds:
            return False
        if self.says_amo is not None:
            return self.says_amo
        match mode:
            case AmoMode.INCLUDED:
                return True
            case AmoMode.ON_TOP:
                return False
            case AmoMode.INCLUDED_IN_BASE:
                return bool(self.rates)
            case None:
                raise FormulaError(
                    reason="le montant ne dit pas si la part de la Sécurité sociale est comprise.",
                    remedy="Écrire « amo: comprise » ou « amo: en plus » en tête de grille, ou sur la ligne.",
                )
