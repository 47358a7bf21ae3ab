"""The books read again: balances that sum to nothing, a statement that ends at its balance, a journal hledger agrees with."""

import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conftest import Place, Running, run
from egide import db
from egide.cli.money.ledger import ledger
from egide.core.refusal import Refusal, RefusalCode
from egide.ledger import Names, journal
from identity.persons import as_owner
from payments.builders import close, submit_claims
from spreadsheets import rows_of

_POSTING = re.compile(r"^    (\S+)  (-?)(\d+)\.(\d\d) EUR$")


def _say(place: Place, *words: str) -> Result:
    command, *rest = words
    asked = [command, "--data", str(place.settings.data), *rest]
    return CliRunner().invoke(ledger, asked, env={"COLUMNS": "200"})


@pytest.fixture(scope="module")
def booked(server: Running) -> Place:
    """An installation that has paid some claims."""
    submit_claims(server, "BOOKS", 5)
    assert close(server.place) is not None
    return server.place


def _balances(place: Place) -> dict[str, int]:
    query = """
    select account, sum(cents)::bigint as cents
      from (select debit as account, amount_cents as cents from ledger_entry
             union all
            select credit, -amount_cents from ledger_entry) m
     group by account
    """
    numbers = """
    select insurer_id::text as holder, amc_number as number from insurer
     union all select establishment_id::text, finess from establishment
    """
    known = {row["holder"]: row["number"] for row in as_owner(place, numbers)}
    told: dict[str, int] = {}
    for row in as_owner(place, query):
        parts = row["account"].split(":")
        if len(parts) == 3:
            parts[1] = known[parts[1]]
        told[":".join(parts)] = row["cents"]
    return told


def _journal(text: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in text.splitlines():
        if posting := _POSTING.match(line):
            account, sign, euros, cents = posting.groups()
            moved = int(euros) * 100 + int(cents)
            found[account] = found.get(account, 0) + (-moved if sign else moved)
    return found


def test_accounts_are_told_by_numbers_that_a_person_knows_and_sum_to_nothing(
    booked: Place,
) -> None:
    done = _say(booked, "accounts")
    assert done.exit_code == 0, done.output
    assert "Somme des soldes : 0,00 €." in done.output
    amc = booked.france.insurers[0]
    assert f"amc:{amc}:due" in done.output
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}", done.output)
    own = _say(booked, "accounts", "--amc", amc).output
    assert f"amc:{amc}:due" in own and "in-flight" not in own


def test_the_journal_has_our_balances(booked: Place, tmp_path: Path) -> None:
    done = _say(booked, "hledger")
    assert done.exit_code == 0, done.output
    assert _journal(done.output) == _balances(booked)
    hledger = shutil.which("hledger")
    if hledger is None:
        return
    path = tmp_path / "books.journal"
    path.write_text(done.output)
    subprocess.run([hledger, "-f", path, "check"], check=True)
    words = ["balance", "--flat", "--no-total", "--empty", "--output-format", "csv"]
    said = subprocess.run(
        [hledger, "-f", path, *words], check=True, capture_output=True, text=True
    )
    theirs = {
        row["account"]: round(float(row["balance"].split()[0]) * 100)
        for row in rows_of(said.stdout.replace(",", ";").encode())
    }
    assert theirs == _balances(booked)


def test_a_statement_ends_at_its_balance(booked: Place) -> None:
    finess = next(
        name.split(":")[1]
        for name, cents in _balances(booked).items()
        if name.startswith("establishment:") and name.endswith(":payable")
    )
    rows = rows_of(_say(booked, "statement", "--finess", finess).output.encode())
    ends = {row["account"]: row["balance"] for row in rows}
    ours = {name: cents for name, cents in _balances(booked).items() if finess in name}
    assert {
        name: round(float(text.replace(",", ".")) * 100) for name, text in ends.items()
    } == ours
    later = _say(booked, "statement", "--finess", finess, "--since", "2030-01-01")
    assert isinstance(later.exception, Refusal)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["hledger", "--since", "0001-01-01"], RefusalCode.VALUE_INVALID),
        (["statement"], RefusalCode.VALUE_MISSING),
        (["statement", "--amc", "775671993", "--finess", "1"], RefusalCode.VALUE_INVALID),
        (["accounts", "--finess", "000000000"], RefusalCode.VALUE_INVALID),
        (
            ["hledger", "--since", "2026-02-01", "--until", "2026-01-01"],
            RefusalCode.VALUE_INVALID,
        ),
    ],
)
def test_what_is_asked_wrongly_is_refused(
    booked: Place, words: list[str], code: RefusalCode
) -> None:
    said = _say(booked, *words).exception
    assert isinstance(said, Refusal) and said.code is code


def test_what_a_cause_books_later_is_of_its_own_day(booked: Place) -> None:
    insert = """
    insert into ledger_entry (cause_kind, cause_id, part, debit, credit, amount_cents, booked_at)
    values ('disposition', 'BOOKS-DAYS', $1, 'suspense', 'write-off', 100, $2)
    """
    first = datetime(2031, 12, 31, 22, 59, tzinfo=UTC)  # in Paris, the last minute of the year
    told: list[str] = []

    async def work() -> None:
        async with booked.store.pool("owner") as pool:
            with pytest.raises(KeyError):  # nothing that is booked is ever taken out
                async with db.transaction(pool) as tx:
                    await db.run(tx, insert, 0, first)
                    await db.run(tx, insert, 1, first + timedelta(minutes=2))
                    names, end = await Names.read(tx), first + timedelta(days=1)
                    told.extend([text async for text in journal(tx, names, first, end)])
                    raise KeyError

    run(work())
    heads = [line for line in "".join(told).splitlines() if "BOOKS-DAYS" in line]
    assert [line.split()[0] for line in heads] == ["2031-12-31", "2032-01-01"]
