"""CSV as a French spreadsheet opens it with a double click: the only writer of what leaves in CSV.

A mark of UTF-8, semicolons, CRLF, amounts with a comma. A number whose figures are a name (a FINESS with its zero, an
invoice of twenty figures) is written ``="012"``, which a spreadsheet keeps as it stands; a text that it would take for
a formula begins with an apostrophe.

Source: RFC 4180; OWASP, CSV Injection.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final, TextIO

from egide.core.money import Money

MARK: Final = "\ufeff"
MEDIA_TYPE: Final = b"text/csv; charset=utf-8"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
# What a spreadsheet reads as a number or a day, and shows as another: zeros in front, sixteen figures, 2E10, 3-12.
_NAMES: Final = re.compile(
    r"0[0-9]+|[0-9]{16,}|[0-9]+[eE][0-9]+|[0-9]{1,4}[/-][0-9]{1,2}([/-][0-9]{1,4})?"
)
Cell = str | int | Money | date | datetime | None


class Spreadsheet:
    """Writes rows to a text."""

    def __init__(
        self, text: TextIO, columns: Sequence[str] = (), *, marked: bool = True
    ) -> None:
        """Write to ``text``, opened with ``newline=""`` where it is a file.

        Args:
            columns: its first line; without any, the text goes on from one that had them.
            marked: it begins with a mark of UTF-8, as a file does; a terminal has none.
        """
        self._writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
        if columns:
            text.write(MARK if marked else "")
            self.row(columns)

    def row(self, cells: Iterable[Cell]) -> None:
        """Write a row."""
        self._writer.writerow([_shown(cell) for cell in cells])


def spreadsheet(columns: Sequence[str], rows: Iterable[Iterable[Cell]]) -> bytes:
    """Return a whole file: its mark, its columns, its rows."""
    text = io.StringIO(newline="")
    table = Spreadsheet(text, columns)
    for row in rows:
        table.row(row)
    return text.getvalue().encode()


def _shown(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case Money():
            sign = "-" if cell.cents < 0 else ""
            return f"{sign}{abs(cell.cents) // 100},{abs(cell.cents) % 100:02d}"
        case datetime():
            return cell.isoformat(timespec="seconds")
        case date():
            return cell.isoformat()
        case int():
            return str(cell)
        case _:
            if _NAMES.fullmatch(cell):
                return f'="{cell}"'
            return f"'{cell}" if cell.startswith(_FORMULA) else cell
