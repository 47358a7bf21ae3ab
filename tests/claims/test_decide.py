"""Deciding: each claim after those before it, and what was loaded left as it was."""

import re
from dataclasses import fields

import pytest

from egide.claims import sql


@pytest.mark.parametrize(
    ("statement", "row"),
    [
        (sql._INSERT_CLAIMS, sql.ClaimRow),
        (sql._INSERT_LINES, sql.LineRow),
        (sql._INSERT_USES, sql.UseRow),
    ],
)
def test_a_rows_fields_are_its_statements_columns_in_their_order(
    statement: str, row: type
) -> None:
    columns = re.search(r"insert into \w+ \(([^)]*)\)", statement)
    assert columns is not None
    assert re.findall(r"\w+", columns[1]) == [one.name for one in fields(row)]
