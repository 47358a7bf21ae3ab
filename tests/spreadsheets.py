"""Reads CSV that leaves the product, as a spreadsheet does."""

import csv
import io
import re
from decimal import Decimal

_NAME = re.compile(r'="([^"]*)"')


def rows_of(body: bytes | str) -> list[dict[str, str]]:
    """Return the rows of a file by column; numbers that are names without their sign of equality."""
    text = (body if isinstance(body, str) else body.decode()).removeprefix("\ufeff")
    return [
        {name: _NAME.sub(r"\1", cell) for name, cell in row.items()}
        for row in csv.DictReader(io.StringIO(text, newline=""), delimiter=";")
    ]


def amount(cell: str) -> Decimal:
    """Return an amount, which is written with a comma."""
    assert re.fullmatch(r"-?[0-9]+,[0-9]{2}", cell), cell
    return Decimal(cell.replace(",", "."))
