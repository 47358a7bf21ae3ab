"""The plan language: from the words of a printed table to lines that pricing reckons with."""

from egide.plans.language.formula import read_formula
from egide.plans.language.line import CASE_FIELDS, FIELDS, LineReader
from egide.plans.language.placed import Header, ReadLine
from egide.plans.language.reader import GridFault, Reader
from egide.plans.language.row import Cell, Row
from egide.plans.language.spans import FormulaError, YearKind
from egide.plans.language.terms import AmoMode, CreditTerm, Setting
from egide.plans.language.words import hundredths, slug

__all__ = [
    "CASE_FIELDS",
    "FIELDS",
    "AmoMode",
    "Cell",
    "CreditTerm",
    "FormulaError",
    "GridFault",
    "Header",
    "LineReader",
    "ReadLine",
    "Reader",
    "Row",
    "Setting",
    "YearKind",
    "hundredths",
    "read_formula",
    "slug",
]
