"""What leaves in CSV opens as it is in a French spreadsheet, and runs nothing."""

import csv
import io
from datetime import UTC, date, datetime

import pytest

from egide.core.money import Money
from egide.core.spreadsheet import Cell, spreadsheet


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        (Money(123_450), "1234,50"),
        (Money(-5), "-0,05"),
        (Money(0), "0,00"),
        (None, ""),
        (7, "7"),
        (date(2026, 11, 27), "2026-11-27"),
        (datetime(2026, 11, 27, 8, 30, 0, 5, UTC), "2026-11-27T08:30:00+00:00"),
        ("750000001", "750000001"),
        ("012345678", '="012345678"'),
        ("12345678901234567890", '="12345678901234567890"'),
        ("2E10", '="2E10"'),
        ("3-12", '="3-12"'),
        ("12/5", '="12/5"'),
        ("F-12/5", "F-12/5"),
        ("=1+1", "'=1+1"),
        ("+33", "'+33"),
        ("-2", "'-2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("à ; b", "à ; b"),
    ],
)
def test_a_cell(cell: Cell, written: str) -> None:
    body = spreadsheet(("a", "b"), [(cell, "x")])
    assert body.startswith(b"\xef\xbb\xbfa;b\r\n") and body.endswith(b"\r\n")
    [_, row] = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=";")
    assert row == [written, "x"]
