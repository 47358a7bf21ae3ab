"""The words of a printed table: formulas, limits, conditions, as values that pricing reckons with."""

from egide.plans.language.formula import read_formula
from egide.plans.language.spans import FormulaError, YearKind
from egide.plans.language.terms import AmoMode, CreditTerm, Setting
from egide.plans.language.words import hundredths, slug

__all__ = [
    "AmoMode",
    "CreditTerm",
    "FormulaError",
    "Setting",
    "YearKind",
    "hundredths",
    "read_formula",
    "slug",
]
