"""What changes for whom from one plan to another: on typical acts, and line by line of the table."""

from collections.abc import Sequence
from datetime import date
from difflib import SequenceMatcher
from typing import NamedTuple

from egide.nomenclature import Nomenclature, UnpriceableError, typical_treatments
from egide.plans.catalogue import Plan
from egide.plans.grid import Grid
from egide.plans.quote import quote


class Change(NamedTuple):
    """What the AMC pays and what is left to the patient for a typical act, before and after, in cents."""

    label: str
    expense: int
    amc_before: int
    amc_after: int
    patient_before: int
    patient_after: int

    @property
    def gain(self) -> int:
        """Return what the patient pays less, in cents; negative if he pays more."""
        return self.patient_before - self.patient_after


def changes(before: Plan, after: Plan, nomenclature: Nomenclature, day: date) -> list[Change]:
    """Return every typical act priced under two plans on a day."""
    found: list[Change] = []
    for care in typical_treatments(day):
        try:
            one, other = (quote(plan, care, nomenclature).total for plan in (before, after))
        except UnpriceableError:
            continue  # an act that does not exist on that day changes nothing
        found.append(
            Change(
                care.label,
                sum(one),
                one.amc_cents,
                other.amc_cents,
                one.patient_cents,
                other.patient_cents,
            )
        )
    return found


def _printed(grid: Grid, level: int) -> list[str]:
    texts: list[str] = []
    for row in grid.rows:
        cells = row.cells[level] if level < len(row.cells) else ()
        said = " ; ".join(
            f"{cell.text} ({cell.case})" if cell.case else cell.text for cell in cells
        )
        texts.append(f"{row.section} · {row.label} : {said}")
    return texts


def table_changes(
    before: tuple[Grid, int], after: tuple[Grid, int]
) -> Sequence[tuple[str, str]]:
    """Return the lines of the printed table that one has and not the other: (sign, line)."""
    one, other = _printed(*before), _printed(*after)
    found: list[tuple[str, str]] = []
    for tag, a0, a1, b0, b1 in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if tag != "equal":
            found += [("-", line) for line in one[a0:a1]]
            found += [("+", line) for line in other[b0:b1]]
    return found
