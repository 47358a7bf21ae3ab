"""A settlement that two people release: nothing is on disk before the second has."""

import itertools
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conftest import Place, Running
from egide.cli.money.pay import pay
from egide.core.refusal import Refusal, RefusalCode
from egide.payments import Settlement, release, unwritten
from identity.persons import as_owner, change
from payments.builders import DEBTOR, close, submit_claims, with_pool, write

_NUMBERS = itertools.count()


def _pay(place: Place, folder: Path, *more: str) -> Result:
    return CliRunner().invoke(
        pay,
        [
            *("--data", str(place.settings.data), "--out", str(folder)),
            *("--debtor-name", DEBTOR.name, "--debtor-iban", DEBTOR.iban.text, *more),
        ],
        env={"COLUMNS": "400"},
    )


@pytest.fixture
def waiting(server: Running, tmp_path: Path) -> Settlement:
    """A settlement of a few invoices that waits for two people."""
    place = server.place
    close(place)
    # Of whatever account: what other tests left unwritten is not looked at here.
    change(server, "update settlement set written_at = now() where written_at is null")
    submit_claims(server, f"REL{next(_NUMBERS)}", 3)
    done = _pay(place, tmp_path, "--by-two")
    assert done.exit_code == 0, done.output
    [settlement] = with_pool(place, unwritten)
    assert f"{settlement.settlement_id} : 3 virements" in done.output
    assert "Deux personnes, à libérer" in done.output
    assert list(tmp_path.glob("S*")) == []
    return settlement


def test_two_people_let_it_out_and_one_is_not_two(
    server: Running, tmp_path: Path, waiting: Settlement
) -> None:
    place, number = server.place, waiting.settlement_id
    # Neither a run without the word, nor one that writes again, gets round it.
    assert "Deux personnes" in _pay(place, tmp_path).output
    again = _pay(place, tmp_path, "--rewrite", number)
    assert isinstance(again.exception, Refusal)
    assert again.exception.code is RefusalCode.RELEASE_NEEDED
    with pytest.raises(Refusal, match="release-needed"):
        write(place, waiting, tmp_path)
    assert "une autre doit" in _pay(place, tmp_path, "--release", number, "--by", "Awa").output
    for same in (" AWA ", "Áwa", "A\u200bwa"):
        refused = _pay(place, tmp_path, "--release", number, "--by", same)
        assert isinstance(refused.exception, Refusal) and refused.exception.where == "--by"
    assert "Libéré par awa" in _pay(place, tmp_path).output
    assert list(tmp_path.glob("S*")) == []
    done = _pay(place, tmp_path, "--release", number, "--by", "Bo")
    assert done.exit_code == 0 and "libéré par deux" in done.output
    assert (tmp_path / number / "pain.001.xml").exists()
    third = _pay(place, tmp_path, "--release", number, "--by", "Cy")
    assert isinstance(third.exception, Refusal) and third.exception.where == "--release"
    body = (tmp_path / number / "pain.001.xml").read_bytes()
    assert _pay(place, tmp_path, "--rewrite", number).exit_code == 0
    assert (tmp_path / number / "pain.001.xml").read_bytes() == body


def test_what_is_new_is_told(server: Running, tmp_path: Path, waiting: Settlement) -> None:
    place = server.place
    for who in ("Awa", "Bo"):
        with_pool(
            place,
            lambda pool, who=who: release(
                pool, waiting.settlement_id, who, os_user="root", now=waiting.closed_at
            ),
        )
    assert _pay(place, tmp_path).exit_code == 0
    # All of them have been paid on these accounts: then one enters another.
    submit_claims(server, f"REL{next(_NUMBERS)}", 3)
    assert "; 0 pour la première fois" in _pay(place, tmp_path, "--by-two").output
    [now_waiting] = with_pool(place, unwritten)
    other = "update transfer set iban_sealed = iban_sealed || '\\x00' where transfer_id = $1"
    query = "select transfer_id from transfer where settlement_id = $1 limit 1"
    [one] = as_owner(place, query, now_waiting.settlement_id)
    change(server, other, one["transfer_id"])
    assert "; 1 pour la première fois" in _pay(place, tmp_path).output
    change(
        server,
        "update transfer set iban_sealed = substr(iban_sealed, 1, length(iban_sealed) - 1)"
        " where transfer_id = $1",
        one["transfer_id"],
    )
    for who in ("Awa", "Bo"):
        assert (
            _pay(place, tmp_path, "--release", now_waiting.settlement_id, "--by", who).exit_code
            == 0
        )
    unknown = _pay(place, tmp_path, "--release", "S20200101-01", "--by", "Awa")
    assert isinstance(unknown.exception, Refusal) and unknown.exception.where == "--release"
