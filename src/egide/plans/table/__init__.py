"""The lines of a printed table: what each pays, level by level, and what no table may say."""

from egide.plans.table.acts import EQUIPMENTS
from egide.plans.table.by_level import UNLIMITED
from egide.plans.table.clashes import check_counters, check_overlaps
from egide.plans.table.line import AMO_MODES, CASE_FIELDS, FIELDS, LineReader
from egide.plans.table.placed import Header, ReadLine
from egide.plans.table.reader import GridFault, Reader
from egide.plans.table.row import Cell, Row

__all__ = [
    "AMO_MODES",
    "CASE_FIELDS",
    "EQUIPMENTS",
    "FIELDS",
    "UNLIMITED",
    "Cell",
    "GridFault",
    "Header",
    "LineReader",
    "ReadLine",
    "Reader",
    "Row",
    "check_counters",
    "check_overlaps",
]
