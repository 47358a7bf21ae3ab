"""The funds of insurers, each apart: a bound that holds, what is paid in ahead, debits by mandate and their ends."""

import itertools
import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from stdnum import iso11649

from conftest import ROOT, Place, Running, now, run
from egide import db
from egide.cli.money.funds import funds
from egide.cli.money.pay import pay
from egide.client.messages import CLAIM_PATH, claim, item
from egide.core.bank import next_target_day, target_days_before
from egide.core.identifiers import Iban
from egide.core.ids import to_code
from egide.core.period import civil_day
from egide.core.refusal import Refusal
from egide.directory import DirectoryReport, take_in
from egide.drills.shows import by_card
from egide.payments import (
    Debtor,
    Settlement,
    close_settlement,
    unwritten,
    write_settlement,
)
from egide.payments.funds import (
    InsurerFunds,
    all_funds,
    call_reference,
    deposit_reference,
    named_calls,
    named_deposits,
    register_mandate,
)
from egide.treasury import unmatched
from egide.vault import Attester, KeyRing, Sealer
from payments.builders import close, with_pool
from spreadsheets import amount, rows_of
from treasury.builders import (
    broken_laws,
    cancel_invoice,
    rows_in,
    say_both,
    take,
    take_back_funds,
    take_pain,
    waiting_on,
)
from treasury.model_bank import Line, ModelBank, report_of

_PAYER = Debtor(
    "Égide fonds", Iban.parse("FR7630003036200005000123474"), creditor_id="FR72ZZZ123456"
)
_NS = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.008.001.08"}
_DAY = now().date().isoformat()
_NUMBERS, _CENTS = itertools.count(), itertools.count(2_000)


@pytest.fixture(scope="module")
def bank(server: Running) -> ModelBank:
    """The account of these tests, at a bank; whatever other tests left is settled first."""
    close(server.place)
    return ModelBank(iban=_PAYER.iban.text, day=now().date() - timedelta(days=60))


@pytest.fixture
def amc(server: Running, bank: ModelBank, tmp_path: Path) -> Iterator[str]:
    """An insurer whose bound, mandates and funds are this test's own; what it settles is written."""
    place = server.place
    close(place)
    take_back_funds(place, bank)
    yield place.france.insurers[1]
    for statement in (
        "delete from insurer_funding where insurer_id is not null",
        "update insurer_mandate set stopped_on = current_date, stopped_why = 'test' where stopped_on is null",
    ):
        _change(place, statement)
    _close(place)
    for settlement in with_pool(place, unwritten):
        _write(place, settlement, tmp_path / "left")
    assert broken_laws(place) == {}


def _change(place: Place, statement: Any, *values: object) -> None:
    async def work(pool: db.Pool) -> None:
        async with db.transaction(pool) as tx:
            await db.many(tx, statement, *values)

    with_pool(place, work, "owner")


def _close(place: Place, *, day: date | None = None) -> Settlement | None:
    keys = KeyRing.open(place.keys)
    attester, sealer = Attester(keys), Sealer(keys)
    execute_on = day or civil_day(now()) + timedelta(days=1)
    return with_pool(
        place,
        lambda pool: close_settlement(
            pool,
            execute_on=execute_on,
            attester=attester,
            sealer=sealer,
            now=now(),
            debtor=_PAYER,
        ),
    )


def _closed(place: Place, *, day: date | None = None) -> Settlement:
    settlement = _close(place, day=day)
    assert settlement is not None
    return settlement


def _write(place: Place, settlement: Settlement, folder: Path) -> Path:
    sealer = Sealer(KeyRing.open(place.keys))
    return with_pool(
        place,
        lambda pool: write_settlement(
            pool, settlement, folder, debtor=_PAYER, sealer=sealer, now=now()
        ),
    )


def _funds(place: Place, amc: str) -> InsurerFunds:
    async def work(pool: db.Pool) -> InsurerFunds:
        async with db.transaction(pool) as tx:
            return next(
                one for one in await all_funds(tx, civil_day(now())) if one.amc_number == amc
            )

    return with_pool(place, work)


def _directory(place: Place, *lines: dict[str, Any]) -> DirectoryReport:
    body = [msgspec.json.encode(one) for one in lines]
    sealer = Sealer(KeyRing.open(place.keys))
    return with_pool(place, lambda pool: take_in(pool, body, sealer=sealer, now=now()), "owner")


def _insurer(place: Place, amc: str) -> str:
    [row] = rows_in(place, "select insurer_id from insurer where amc_number = $1", amc)
    return str(row["insurer_id"])


def _bound(place: Place, amc: str, cents: int | None, *, since: int = 0) -> None:
    """Bound what is paid ahead for an insurer to so much more than today's."""
    ahead = _funds(place, amc).ahead_cents
    line = {
        "kind": "funding",
        "insurer": _insurer(place, amc),
        "since": (civil_day(now()) - timedelta(days=30 - since)).isoformat(),
        "credit_cents": None if cents is None else max(0, ahead + cents),
    }
    assert _directory(place, line).faults == []


def _mandate(place: Place, amc: str, **said: Any) -> str:
    name = f"RUM-{next(_NUMBERS)}"
    line = {
        "kind": "mandate",
        "insurer": _insurer(place, amc),
        "mandate": name,
        "scheme": "B2B",
        "signed_on": (date(2025, 1, 1) + timedelta(days=next(_NUMBERS))).isoformat(),
        "name": "Mutuelle du test",
        "iban": "FR7630004000031234567890143",
        **said,
    }
    report = _directory(place, line)
    assert report.faults == [], report.faults
    return name


def _bill(server: Running, amc: str, count: int, *, shop: int = 2) -> list[tuple[str, int]]:
    """Send invoices of persons of an insurer; return their numbers and what it pays of each."""
    people = [one for one in server.place.france.persons if one.covered and one.card]
    own = [one for one in people if one.amc == amc]
    sent: list[tuple[str, int]] = []

    async def work() -> None:
        software = server.software(server.shops("pharmacy")[shop])
        for _ in range(count):
            at = next(_NUMBERS)
            line = item(1, "grouping:PH7", next(_CENTS), _DAY)
            body = claim(by_card(own[(40 + at) % len(own)]), f"FND-{at}", _DAY, [line])
            answer = await software.call(server.wire(), "POST", CLAIM_PATH, now(), body)
            said: dict[str, Any] = msgspec.json.decode(answer.body)
            assert said["outcome"] == "complete", said
            sent.append((f"FND-{at}", round(said["payment"]["amount"]["value"] * 100)))

    run(work())
    return sent


def _states(place: Place, invoices: list[tuple[str, int]]) -> list[str]:
    query = "select invoice, state from claim where invoice = any ($1::text[])"
    found = {
        row["invoice"]: row["state"]
        for row in rows_in(place, query, [one for one, _ in invoices])
    }
    return [found[one] for one, _ in invoices]


def _collection(place: Place, settlement: Settlement) -> db.Row:
    query = "select * from collection where settlement_id = $1"
    [row] = rows_in(place, query, settlement.settlement_id)
    return row


def _debited(server: Running, amc: str) -> tuple[Settlement, str, int]:
    """Close a settlement that debits an insurer; return it, the debit and its amount."""
    place = server.place
    _mandate(place, amc, registered=True)
    [(_, due)] = _bill(server, amc, 1)
    settlement = _closed(place)
    return settlement, _collection(place, settlement)["collection_id"], due


def _account(place: Place, amc: str, what: str) -> int:
    """Return the balance of an account of an insurer: credits less debits."""
    name = f"amc:{_insurer(place, amc)}:{what}"
    query = """
    select coalesce(sum(case when credit = $1 then amount_cents else -amount_cents end), 0)::bigint as cents
      from ledger_entry where $1 in (debit, credit)
    """
    return int(rows_in(place, query, name)[0]["cents"])


def test_no_more_is_paid_for_an_insurer_than_its_bound_and_the_others_are_paid(
    server: Running, amc: str
) -> None:
    place, other = server.place, server.place.france.insurers[0]
    mine = _bill(server, amc, 4)
    theirs = _bill(server, other, 2)
    first_two = mine[0][1] + mine[1][1]
    _bound(place, amc, first_two + mine[2][1] - 1)  # a cent short of the third
    settlement = _closed(place)
    assert _states(place, theirs) == ["settled", "settled"]
    assert _states(place, mine) == ["settled", "settled", "payable", "payable"]
    assert settlement.amount.cents == first_two + sum(cents for _, cents in theirs)
    found = _funds(place, amc)
    assert (found.waiting_claims, found.waiting_cents) == (2, mine[2][1] + mine[3][1])
    assert found.oldest_on == civil_day(now()) and found.room_cents == mine[2][1] - 1
    assert _close(place) is None  # nothing is left that its funds reach
    _bound(place, amc, mine[2][1], since=1)  # a later day's bound stands: to the cent
    assert _closed(place).amount.cents == mine[2][1]
    _bound(place, amc, None, since=2)
    assert _closed(place).amount.cents == mine[3][1]
    assert _funds(place, amc).waiting_claims == 0


def test_what_is_called_again_after_a_return_asks_no_more_of_the_bound(
    server: Running, amc: str, bank: ModelBank, tmp_path: Path
) -> None:
    place = server.place
    mine = _bill(server, amc, 1)
    _bound(place, amc, mine[0][1])
    settlement = _closed(place)
    path = _write(place, settlement, tmp_path) / "pain.001.xml"
    bank.receive(path, random.Random(1), share_rejected=0)
    take(place, bank.statement(bank.execute(random.Random(2))), account=bank.iban)
    query = "select transfer_id from transfer where settlement_id = $1"
    [row] = rows_in(place, query, settlement.settlement_id)
    take(place, bank.statement([bank.give_back(row["transfer_id"], "MS03")]), account=bank.iban)
    assert _states(place, mine) == ["payable"]
    assert _funds(place, amc).room_cents == 0
    # It asks nothing of what is left, and leaves all of it to what comes after.
    new = _bill(server, amc, 1)
    _bound(place, amc, new[0][1], since=2)
    assert _closed(place).amount.cents == mine[0][1] + new[0][1]


def test_what_is_called_again_waits_behind_nobody(
    server: Running, amc: str, bank: ModelBank, tmp_path: Path
) -> None:
    place = server.place
    mine = _bill(server, amc, 1)
    settlement = _closed(place)
    path = _write(place, settlement, tmp_path) / "pain.001.xml"
    bank.receive(path, random.Random(3), share_rejected=0)
    take(place, bank.statement(bank.execute(random.Random(4))), account=bank.iban)
    query = "select transfer_id from transfer where settlement_id = $1"
    [row] = rows_in(place, query, settlement.settlement_id)
    take(place, bank.statement([bank.give_back(row["transfer_id"], "MS03")]), account=bank.iban)
    older = _bill(server, amc, 1)
    earlier = "update claim set received_at = received_at - interval '1 day' where invoice = $1"
    _change(place, earlier, older[0][0])
    _bound(place, amc, 0)
    assert _closed(place).amount.cents == mine[0][1]
    assert _states(place, older) == ["payable"]


def test_an_insurer_pays_ahead_under_its_number_of_before(
    server: Running, amc: str, bank: ModelBank
) -> None:
    place = server.place
    former = f"4{next(_NUMBERS):08d}"
    query = """
    insert into insurer_former_number (amc_number, insurer_id, ended_at)
    select $2, insurer_id, now() from insurer where amc_number = $1
    """
    _change(place, query, amc, former)
    line = Line(777, said=deposit_reference(former))
    assert take(place, bank.statement([line]), account=bank.iban) == {"called": 1}
    assert _account(place, amc, "funds") == 777


def test_what_is_paid_in_ahead_pays_the_next_calls(
    server: Running, amc: str, bank: ModelBank, tmp_path: Path
) -> None:
    place = server.place
    mine = _bill(server, amc, 2)
    due = mine[0][1] + mine[1][1]
    _bound(place, amc, 0)
    assert _close(place) is None and _states(place, mine) == ["payable", "payable"]
    paid_in = Line(due - mine[1][1] + 5, said=f"VIR SEPA {deposit_reference(amc)} MUTUELLE")
    assert take(place, bank.statement([paid_in]), account=bank.iban) == {"called": 1}
    assert _account(place, amc, "funds") == mine[0][1] + 5
    assert _funds(place, amc).room_cents == mine[0][1] + 5
    settlement = _closed(place)
    assert _states(place, mine) == ["settled", "payable"]
    assert _account(place, amc, "funds") == 5
    folder = _write(place, settlement, tmp_path)
    lines = rows_of((folder / "calls" / f"{amc}.csv").read_bytes())
    query = "select person_id from claim where invoice = $1"
    person = to_code(rows_in(place, query, mine[0][0])[0]["person_id"])
    said = (lines[0]["person"], lines[0]["care_on"], lines[0]["profession"])
    assert said == (person, civil_day(now()).isoformat(), "pharmacy")
    assert {line["person"] for line in lines[1:]} == {""}
    told = {line["line"]: round(amount(line["amc"]) * 100) for line in lines}
    assert told == {"claim": mine[0][1], "funds": -mine[0][1], "total": 0}
    # What is left of the call is nothing: no movement of its number is taken for its payment.
    said = call_reference(settlement.settlement_id, amc)
    assert lines[-1]["reference"] == "" and iso11649.is_valid(said)
    counts = take(place, bank.statement([Line(mine[0][1], said=said)]), account=bank.iban)
    assert counts == {"suspense": 1}
    # What is left is taken back; no more than that, or a law would say so.
    take_back_funds(place, bank)
    assert _account(place, amc, "funds") == 0
    _bound(place, amc, None, since=3)


class TestMandates:
    """Insurers debited of their calls, and what their banks answer."""

    def test_a_call_is_debited_by_its_mandate_once_the_bank_has_registered_it(
        self, server: Running, amc: str, bank: ModelBank, tmp_path: Path
    ) -> None:
        place = server.place
        mandate = _mandate(place, amc)
        mine = _bill(server, amc, 1)
        settlement = _closed(place)
        assert not (_write(place, settlement, tmp_path) / "pain.008.xml").exists()
        _register(place, mandate)
        with pytest.raises(Refusal):
            _register(place, mandate)  # it is active
        mine = _bill(server, amc, 2)
        due = sum(cents for _, cents in mine)
        _bill(server, place.france.insurers[0], 1)  # without a mandate: called, not debited
        settlement = _closed(place)
        folder = _write(place, settlement, tmp_path)
        body = (folder / "pain.008.xml").read_bytes()
        assert oct((folder / "pain.008.xml").stat().st_mode)[-3:] == "600"
        tree = etree.fromstring(body)
        _schema().assertValid(tree)
        assert tree.findtext(".//p:MndtId", namespaces=_NS) == mandate
        assert tree.findtext(".//p:SeqTp", namespaces=_NS) == "RCUR"
        assert tree.findtext(".//p:CtrlSum", namespaces=_NS) == f"{due / 100:.2f}"
        assert tree.findtext(".//p:LclInstrm/p:Cd", namespaces=_NS) == "B2B"
        assert tree.findtext(".//p:CdtrSchmeId//p:Id/p:PrvtId//p:Id", namespaces=_NS) == (
            _PAYER.creditor_id
        )
        lines = rows_of((folder / "calls" / f"{amc}.csv").read_bytes())
        name = tree.findtext(".//p:EndToEndId", namespaces=_NS)
        assert lines[-1]["line"] == "debited" and lines[-1]["reference"] == name
        assert lines[-1]["due_on"] == tree.findtext(".//p:ReqdColltnDt", namespaces=_NS)
        # Written again, to the byte; from another creditor's number too, which it was not closed for.
        assert _write(place, settlement, tmp_path) == folder
        assert (folder / "pain.008.xml").read_bytes() == body

        credit = Line(due, [(name, due, "")], code=("PMNT", "IDDT", "BBDD"))
        assert take(place, bank.statement([credit]), account=bank.iban) == {"called": 1}
        assert _collection(place, settlement)["state"] == "booked"

    @pytest.mark.parametrize("in_one_file", [True, False])
    def test_what_a_bank_takes_back_is_called_again_and_stops_the_mandate(
        self, server: Running, amc: str, bank: ModelBank, *, in_one_file: bool
    ) -> None:
        place = server.place
        mandate = _mandate(place, amc, registered=True)
        mine = _bill(server, amc, 1)
        settlement = _closed(place)
        name, due = _collection(place, settlement)["collection_id"], mine[0][1]
        owed = _account(place, amc, "due")
        forth = Line(due, [(name, due, "")], code=("PMNT", "IDDT", "BBDD"))
        back = Line(-due, [(name, -due, "MD06")], code=("PMNT", "IDDT", "UPDD"))
        if in_one_file:
            take(place, bank.statement([forth, back]), account=bank.iban)
        else:
            take(place, bank.statement([forth]), account=bank.iban)
            assert _account(place, amc, "due") == owed + due
            counts = take(place, bank.statement([back]), account=bank.iban)
            assert counts == {"uncalled": 1}
        row = _collection(place, settlement)
        assert (row["state"], row["reason"]) == ("returned", "MD06")
        assert _account(place, amc, "due") == owed
        assert waiting_on(place, name) == []
        # Nothing is debited by it before a person has looked; the call is still to be paid, by a transfer now.
        _bill(server, amc, 1)
        later = _closed(place)
        query = "select 1 from collection where settlement_id = $1"
        assert rows_in(place, query, later.settlement_id) == []
        said = f"REGLT {call_reference(settlement.settlement_id, amc)}"
        counts = take(place, bank.statement([Line(due, said=said)]), account=bank.iban)
        assert counts == {"called": 1}
        _register(place, mandate)
        _bill(server, amc, 1)
        assert _collection(place, _closed(place))["mandate"] == mandate

    def test_a_reject_leaves_the_call_to_be_paid(
        self, server: Running, amc: str, bank: ModelBank
    ) -> None:
        place = server.place
        mandate = _mandate(place, amc, registered=True)
        due = _bill(server, amc, 1)[0][1]
        settlement = _closed(place)
        name = _collection(place, settlement)["collection_id"]
        _sent(place, settlement)
        file = f"{settlement.settlement_id}-D"
        told = take_pain(place, report_of(file, "ACCP", "", []))
        assert (told.acknowledged, told.contradicted) == (1, {})
        told = take_pain(place, report_of(file, "PART", "", [(name, "MD01")]))
        assert (told.rejected, told.contradicted) == (1, {})
        assert _collection(place, settlement)["state"] == "rejected"
        query = "select stopped_why from insurer_mandate where mandate = $1"
        assert rows_in(place, query, mandate)[0]["stopped_why"] == "MD01"
        # Credited all the same: two persons say so, of the debit itself. Rejected once it was credited: nothing moves.
        line = Line(due, [(name, due, "")])
        assert take(place, bank.statement([line]), account=bank.iban) == {"suspense": 1}
        [waits] = waiting_on(place, name)
        with pytest.raises(Refusal):
            say_both(place, waits, f"due:{amc}")
        say_both(place, waits, f"called:{name}")
        assert _collection(place, settlement)["state"] == "booked"
        told = take_pain(place, report_of(file, "PART", "", [(name, "AC04")]))
        assert told.rejected == 0 and name in told.contradicted
        # And taken back after that, by itself.
        back = Line(-due, [(name, -due, "MD01")])
        assert take(place, bank.statement([back]), account=bank.iban) == {"uncalled": 1}

    def test_a_person_says_what_a_bank_took_back_with_a_charge(
        self, server: Running, amc: str, bank: ModelBank
    ) -> None:
        place = server.place
        settlement, name, due = _debited(server, amc)
        take(place, bank.statement([Line(due, [(name, due, "")])]), account=bank.iban)
        owed = _account(place, amc, "due")
        back = Line(-due - 850, [(name, -due - 850, "MD01")])
        assert take(place, bank.statement([back]), account=bank.iban) == {"suspense": 1}
        [waits] = waiting_on(place, name)
        with pytest.raises(Refusal):
            say_both(place, waits, "uncalled:nothing")
        far = Line(-due - 10_001, [(name, -due - 10_001, "MD01")])
        take(place, bank.statement([far]), account=bank.iban)
        [beyond] = {*waiting_on(place, name)} - {waits}
        with pytest.raises(Refusal):
            say_both(place, beyond, f"uncalled:{name}")
        say_both(place, waits, f"uncalled:{name}")
        assert _account(place, amc, "due") == owed - due
        assert _collection(place, settlement)["state"] == "returned"

    def test_a_file_booked_whole_is_known_by_its_group(
        self, server: Running, amc: str, bank: ModelBank
    ) -> None:
        place = server.place
        _mandate(place, amc, registered=True)
        due = _bill(server, amc, 1)[0][1]
        settlement = _closed(place)
        line = Line(due, batch=f"{settlement.settlement_id}-B2B")
        assert take(place, bank.statement([line]), account=bank.iban) == {"called": 1}
        assert _collection(place, settlement)["state"] == "booked"

    def test_a_file_of_several_insurers_booked_whole_pays_each_ones_call(
        self, server: Running, amc: str, bank: ModelBank
    ) -> None:
        place, other = server.place, server.place.france.insurers[2]
        _mandate(place, amc, registered=True)
        _mandate(place, other, registered=True)
        both = {one: _bill(server, one, 1)[0][1] for one in (amc, other)}
        settlement = _closed(place)
        before = {one: _account(place, one, "due") for one in both}
        group = f"{settlement.settlement_id}-B2B"
        short = Line(sum(both.values()) - 1, batch=group)
        assert take(place, bank.statement([short]), account=bank.iban) == {"suspense": 1}
        whole = Line(sum(both.values()), batch=group)
        assert take(place, bank.statement([whole]), account=bank.iban) == {"called": 1}
        assert {one: _account(place, one, "due") - before[one] for one in both} == both
        query = "select state from collection where settlement_id = $1"
        found = [row["state"] for row in rows_in(place, query, settlement.settlement_id)]
        assert found == ["booked", "booked"]

    def test_a_call_paid_twice_is_paid_ahead_the_second_time(
        self, server: Running, amc: str, bank: ModelBank
    ) -> None:
        place = server.place
        settlement, name, due = _debited(server, amc)
        said = call_reference(settlement.settlement_id, amc)
        take(place, bank.statement([Line(due, said=said)]), account=bank.iban)
        credit = Line(due, [(name, due, "")])
        assert take(place, bank.statement([credit]), account=bank.iban) == {"called": 1}
        assert _account(place, amc, "funds") == due

    def test_a_debit_that_came_back_is_not_written_again(
        self, server: Running, amc: str, bank: ModelBank, tmp_path: Path
    ) -> None:
        place = server.place
        _mandate(place, amc, registered=True)
        due = _bill(server, amc, 1)[0][1]
        settlement = _closed(place)
        _write(place, settlement, tmp_path)
        name = _collection(place, settlement)["collection_id"]
        for cents in (due, -due):
            take(place, bank.statement([Line(cents, [(name, cents, "")])]), account=bank.iban)
        with pytest.raises(Refusal, match="value-invalid"):
            _write(place, settlement, tmp_path)
        # Its call is paid by a transfer that names the debit, as the call's file did.
        line = Line(due, said=f"REGUL {name}")
        assert take(place, bank.statement([line]), account=bank.iban) == {"called": 1}

    def test_the_newest_mandate_alone_counts_and_one_revoked_debits_no_more(
        self, server: Running, amc: str
    ) -> None:
        place = server.place
        _mandate(place, amc, registered=True)
        newest = _mandate(place, amc, registered=True)
        _bill(server, amc, 1)
        assert _collection(place, _closed(place))["mandate"] == newest
        data = ["--data", str(place.settings.data)]
        assert CliRunner().invoke(funds, ["stopped", newest, *data]).exit_code == 0
        again = CliRunner().invoke(funds, ["stopped", newest, *data])
        assert isinstance(again.exception, Refusal)
        _bill(server, amc, 1)
        query = "select 1 from collection where settlement_id = $1"
        assert rows_in(place, query, _closed(place).settlement_id) == []

    def test_which_of_two_credits_a_debit_undoes_a_person_says(
        self, server: Running, amc: str, bank: ModelBank
    ) -> None:
        place = server.place
        mandate = _mandate(place, amc, registered=True)
        due = _bill(server, amc, 1)[0][1]
        settlement = _closed(place)
        name = _collection(place, settlement)["collection_id"]
        for line in (due, due, -due):
            take(place, bank.statement([Line(line, [(name, line, "")])]), account=bank.iban)
        assert _collection(place, settlement)["state"] == "booked"
        query = "select stopped_on from insurer_mandate where mandate = $1"
        assert rows_in(place, query, mandate)[0]["stopped_on"] is None
        second, undone = waiting_on(place, name)
        say_both(place, second, f"against:{undone}")
        assert waiting_on(place, name) == []

    def test_a_file_rejected_is_believed_where_it_says_why_and_was_not_acknowledged(
        self, server: Running, amc: str
    ) -> None:
        place = server.place
        mandate = _mandate(place, amc, registered=True)
        _bill(server, amc, 1)
        first = _closed(place)
        _sent(place, first)
        for status, reason in (("RJCT", "NARR"), ("RJCT", ""), ("BLCK", "")):
            file = f"{first.settlement_id}-D"
            told = take_pain(place, report_of(file, status, reason, []))
            assert told.rejected == 0 and file in told.contradicted
        told = take_pain(place, report_of(f"{first.settlement_id}-D", "RJCT", "AM05", []))
        assert (told.duplicates, told.rejected) == (1, 0)
        assert _collection(place, first)["state"] == "ordered"
        told = take_pain(place, report_of(f"{first.settlement_id}-D", "RJCT", "FF01", []))
        assert (told.rejected, told.contradicted) == (1, {})
        # The reason is the file's: it stops nobody's mandate.
        _bill(server, amc, 1)
        second = _closed(place)
        _sent(place, second)
        assert _collection(place, second)["mandate"] == mandate
        file = f"{second.settlement_id}-D"
        take_pain(place, report_of(file, "ACCP", "", []))
        told = take_pain(place, report_of(file, "RJCT", "FF01", []))
        assert told.rejected == 0 and file in told.contradicted
        # Each of its debits rejected, and the file with them: said once, and not contradicted.
        name = _collection(place, second)["collection_id"]
        told = take_pain(place, report_of(file, "RJCT", "AC04", [(name, "AC04")]))
        assert told.rejected == 1

    def test_two_persons_say_that_a_debit_was_rejected(
        self, server: Running, amc: str, bank: ModelBank
    ) -> None:
        place = server.place
        _mandate(place, amc, registered=True)
        _bill(server, amc, 1)
        settlement = _closed(place)
        name = _collection(place, settlement)["collection_id"]
        _change(
            place,
            "update collection set due_on = $2 where collection_id = $1",
            *(name, bank.day - timedelta(days=1)),
        )
        take(place, bank.statement([]), account=bank.iban)
        late = [one for one in with_pool(place, unmatched).expected if one.transfer_id == name]
        assert [one.is_debit for one in late] == [True]
        _sent(place, settlement)
        say_both(place, name, "rejected")
        assert _collection(place, settlement)["state"] == "rejected"
        with pytest.raises(Refusal):
            say_both(place, name, "rejected")

    def test_a_debit_is_due_within_two_weeks(self, server: Running, amc: str) -> None:
        place = server.place
        _mandate(place, amc, registered=True)
        _bill(server, amc, 1)
        today = civil_day(now())
        settlement = _closed(place, day=today + timedelta(days=40))
        due_on = _collection(place, settlement)["due_on"]
        assert today + timedelta(days=9) < due_on <= today + timedelta(days=14)
        _bill(server, amc, 1)
        near = _closed(place, day=today)
        assert _collection(place, near)["due_on"] == next_target_day(today)

    def test_the_laws_see_a_debit_or_funds_that_say_otherwise(
        self, server: Running, amc: str, bank: ModelBank
    ) -> None:
        place = server.place
        settlement, name, due = _debited(server, amc)
        take(place, bank.statement([Line(due, [(name, due, "")])]), account=bank.iban)
        forged = "update collection set state = $2, ended_on = $3 where collection_id = $1"
        _change(place, forged, name, "returned", civil_day(now()))
        assert [name] in broken_laws(place).values()
        _change(place, forged, name, "booked", None)
        less = "update funds_call set funds_cents = $2 where settlement_id = $1"
        _change(place, less, settlement.settlement_id, 1)
        assert [settlement.settlement_id] in broken_laws(place).values()
        _change(place, less, settlement.settlement_id, 0)


@pytest.mark.parametrize(
    ("scheme", "held", "free"),
    [("B2B", 3, 4), ("CORE", 56, 57)],
)
def test_what_is_debited_counts_once_it_is_out_of_reach(
    server: Running, amc: str, bank: ModelBank, scheme: str, held: int, free: int
) -> None:
    place = server.place
    _mandate(place, amc, registered=True, scheme=scheme)
    due = _bill(server, amc, 1)[0][1]
    before = _funds(place, amc).ahead_cents
    settlement = _closed(place)
    name = _collection(place, settlement)["collection_id"]
    take(place, bank.statement([Line(due, [(name, due, "")])]), account=bank.iban)
    today = civil_day(now())
    for days, ahead in ((held, before + due), (free, before)):
        day = today - timedelta(days=days)
        if scheme == "B2B":
            day = target_days_before(today, days)
        again = "update collection set booked_on = $2 where collection_id = $1"
        _change(place, again, name, day)
        assert _funds(place, amc).ahead_cents == ahead


def _register(place: Place, mandate: str) -> None:
    async def work(pool: db.Pool) -> None:
        async with db.transaction(pool) as tx:
            await register_mandate(tx, mandate, civil_day(now()))

    with_pool(place, work)


def _schema() -> etree.XMLSchema:
    path = ROOT.parent / "shared/reference/iso20022/pain.008.001.08.xsd"
    if not path.exists():
        pytest.skip("the schemas of ISO 20022 are not beside the project")
    return etree.XMLSchema(etree.parse(str(path)))


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"kind": "funding", "since": _DAY, "credit_cents": -1}, "credit_cents"),
        ({"kind": "funding", "since": _DAY, "credit_cents": 10**12}, "credit_cents"),
        ({"kind": "mandate", "scheme": "B3B"}, "scheme"),
        ({"kind": "mandate", "mandate": "RUM 1"}, "mandate"),
        ({"kind": "mandate", "mandate": "R" * 36}, "mandate"),
        ({"kind": "mandate", "iban": "FR7630004000031234567890144"}, "iban"),
        ({"kind": "mandate", "name": " "}, "name"),
        ({"kind": "mandate", "signed_on": "2099-01-01"}, "signed_on"),
        ({"kind": "mandate", "iban": "CH9300762011623852957"}, "iban"),
    ],
)
def test_a_line_that_says_what_cannot_be_is_refused_at_its_field(
    server: Running, amc: str, said: dict[str, Any], field: str
) -> None:
    place = server.place
    whole = {
        "insurer": _insurer(place, amc),
        "mandate": "RUM-BAD",
        "scheme": "CORE",
        "signed_on": _DAY,
        "name": "Mutuelle",
        "iban": "FR7630004000031234567890143",
    }
    report = _directory(place, {"kind": said["kind"], **whole, **said})
    assert [one.field for one in report.faults] == [field]
    assert rows_in(place, "select 1 from insurer_mandate where mandate = 'RUM-BAD'") == []


def test_a_bound_and_a_mandate_are_changed_by_another_line_alone(
    server: Running, amc: str
) -> None:
    place = server.place
    _bound(place, amc, 1_000)
    line = {"kind": "funding", "insurer": _insurer(place, amc)}
    since = (civil_day(now()) - timedelta(days=30)).isoformat()
    again = _directory(place, {**line, "since": since, "credit_cents": 3})
    assert [one.field for one in again.faults] == ["credit_cents"]
    name = _mandate(place, amc, signed_on="2025-01-01")
    for field, other in (("scheme", "CORE"), ("iban", "FR7630003036200005000123474")):
        with pytest.raises(AssertionError, match=field):
            _mandate(place, amc, mandate=name, signed_on="2025-01-01", **{field: other})
    # The same, said registered since: it is.
    _mandate(place, amc, mandate=name, signed_on="2025-01-01", registered=True)
    query = "select registered_on from insurer_mandate where mandate = $1"
    assert rows_in(place, query, name)[0]["registered_on"] == civil_day(now())


def test_a_bound_of_a_day_to_come_holds_nobody_today(server: Running, amc: str) -> None:
    place = server.place
    line = {
        "kind": "funding",
        "insurer": _insurer(place, amc),
        "since": (civil_day(now()) + timedelta(days=1)).isoformat(),
        "credit_cents": 0,
    }
    assert _directory(place, line).faults == []
    mine = _bill(server, amc, 1)
    assert _closed(place).amount.cents == mine[0][1]


def test_who_owes_as_much_as_it_is_due_takes_nobodys_room(server: Running, amc: str) -> None:
    """Its claims are the oldest, and no settlement pays them: those of others do not wait behind them."""
    place = server.place
    paid = _bill(server, amc, 2, shop=3)
    _closed(place)
    for invoice, _ in paid:
        cancel_invoice(server, invoice, shop=3)
    ours = _bill(server, amc, 1, shop=3)  # less than what it owes back
    theirs = _bill(server, amc, 1)
    _bound(place, amc, theirs[0][1])
    assert _closed(place).amount.cents == theirs[0][1]
    assert _states(place, [*ours, *theirs]) == ["payable", "settled"]
    assert _funds(place, amc).waiting_claims == 0  # it waits for what it owes
    _bound(place, amc, None, since=1)
    more = _bill(server, amc, 3, shop=3)
    settlement = _closed(place)
    assert settlement.amount.cents == sum(c for _, c in [*ours, *more]) - sum(
        c for _, c in paid
    )


def test_what_was_paid_ahead_and_taken_back_is_owed_again(
    server: Running, amc: str, bank: ModelBank
) -> None:
    place = server.place
    due = _bill(server, amc, 1)[0][1]
    forth = Line(due + 100, said=deposit_reference(amc))
    assert take(place, bank.statement([forth]), account=bank.iban) == {"called": 1}
    _closed(place)
    owed = _account(place, amc, "due")
    back = Line(-due - 100, said="RAPPEL DU DEPOT")
    take(place, bank.statement([back]), account=bank.iban)
    [name] = [
        one.full_name for one in with_pool(place, unmatched).suspense if one.said == back.said
    ]
    say_both(place, name, f"funds:{amc}")
    assert _account(place, amc, "funds") == 0
    assert (
        _account(place, amc, "due") == owed - due
    )  # the call that took it is to be paid again


def test_a_call_that_gives_back_more_than_it_asks_is_the_insurers_own_money(
    server: Running, amc: str, tmp_path: Path
) -> None:
    place = server.place
    _mandate(place, amc, registered=True)
    first = _bill(server, amc, 1)[0]
    _closed(place)
    cancel_invoice(server, first[0], shop=2)
    _bill(
        server, place.france.insurers[0], 6
    )  # what pays the establishment, and holds that back
    settlement = _closed(place)
    assert _account(place, amc, "funds") == first[1]
    query = "select 1 from collection where settlement_id = $1 and insurer_id = $2"
    of = UUID(_insurer(place, amc))
    assert rows_in(place, query, settlement.settlement_id, of) == []
    folder = _write(place, settlement, tmp_path)
    lines = rows_of((folder / "calls" / f"{amc}.csv").read_bytes())
    told = [(line["line"], round(amount(line["amc"]) * 100)) for line in lines]
    assert told == [("returned", -first[1]), ("funds", first[1]), ("total", 0)]
    mine = _bill(server, amc, 2)
    asked = sum(cents for _, cents in mine) - first[1]
    assert _collection(place, _closed(place))["amount_cents"] == asked


def test_the_commands_say_what_waits_and_what_is_wrong(server: Running, amc: str) -> None:
    place = server.place
    mine = _bill(server, amc, 1)
    _bound(place, amc, mine[0][1] - 1)
    data = ["--data", str(place.settings.data)]
    shown = CliRunner().invoke(funds, [*data, "--json"])
    [one] = [row for row in msgspec.json.decode(shown.output) if row["amc_number"] == amc]
    assert (one["waiting_claims"], one["waiting_cents"]) == (1, mine[0][1])
    assert (
        deposit_reference(amc) in CliRunner().invoke(funds, data, env={"COLUMNS": "200"}).output
    )
    wrong = CliRunner().invoke(
        pay,
        [
            *data,
            *("--debtor-name", "X", "--debtor-iban", _PAYER.iban.text),
            *("--creditor-id", "FR73ZZZ123456"),
        ],
    )
    assert isinstance(wrong.exception, Refusal) and wrong.exception.where == "--creditor-id"
    mandate = _mandate(place, amc)
    listed = CliRunner().invoke(funds, ["mandates", *data])
    assert f"{mandate} : AMC {amc}" in listed.output and "attend que la banque" in listed.output
    assert CliRunner().invoke(funds, ["registered", mandate, *data]).exit_code == 0
    _bound(place, amc, None, since=4)


@given(
    st.dates(date(2020, 1, 1), date(2099, 12, 31)),
    st.integers(1, 99_999),
    st.from_regex(r"\A[0-9A-Z]{8,10}\Z"),
)
def test_a_reference_is_read_wherever_it_is_written(day: date, count: int, amc: str) -> None:
    number = f"S{day:%Y%m%d}-{count:02d}"
    call, ahead = call_reference(number, amc), deposit_reference(amc)
    assert iso11649.is_valid(call) and iso11649.is_valid(ahead)
    text = f"/RFB/{call} ET {ahead.lower()}."
    assert named_calls(text) == [(number, amc)] and named_deposits(text) == [amc]
    assert named_calls(f"IMPAYE {number}-D{amc} REGLE") == [(number, amc)]
    wrong = f"RF{(int(call[2:4]) + 1) % 97:02d}{call[4:]}"
    assert named_calls(wrong) == []
    assert call_reference(f"S{day:%Y%m%d}-100000", amc) == ""


class TestReviewed:
    """What a reader found of these rules: sequences that broke a law, or wrote what nobody had looked at."""

    def test_a_group_credited_without_one_that_was_rejected_or_credited_alone_breaks_no_law(
        self, server: Running, amc: str, bank: ModelBank
    ) -> None:
        place, other = server.place, server.place.france.insurers[2]
        for is_rejected in (True, False):
            for one in (amc, other):
                _mandate(place, one, registered=True)
            both = {one: _bill(server, one, 1)[0][1] for one in (amc, other)}
            settlement = _closed(place)
            _sent(place, settlement)
            name = f"{settlement.settlement_id}-D{amc}"
            if is_rejected:
                file = f"{settlement.settlement_id}-D"
                take_pain(place, report_of(file, "PART", "", [(name, "AC04")]))
            else:
                line = Line(both[amc], [(name, both[amc], "")])
                take(place, bank.statement([line]), account=bank.iban)
            rest = Line(both[other], batch=f"{settlement.settlement_id}-B2B")
            assert take(place, bank.statement([rest]), account=bank.iban) == {"called": 1}
            assert broken_laws(place) == {}

    def test_what_is_not_written_is_neither_acknowledged_nor_rejected(
        self, server: Running, amc: str
    ) -> None:
        place = server.place
        _mandate(place, amc, registered=True)
        _bill(server, amc, 1)
        settlement = _closed(place)
        name = _collection(place, settlement)["collection_id"]
        with pytest.raises(Refusal):
            say_both(place, name, "rejected")
        for status, rejects in (("ACCP", []), ("PART", [(name, "AC04")])):
            told = take_pain(
                place, report_of(f"{settlement.settlement_id}-D", status, "", rejects)
            )
            assert told.contradicted
        assert _collection(place, settlement)["state"] == "ordered"

    def test_a_debit_paid_ahead_and_taken_back_leaves_no_funds(
        self, server: Running, amc: str, bank: ModelBank
    ) -> None:
        place = server.place
        settlement, name, due = _debited(server, amc)
        owed = _account(place, amc, "due")
        said = call_reference(settlement.settlement_id, amc)
        group = f"{settlement.settlement_id}-B2B"
        for line in (
            Line(due, said=said),
            Line(due, batch=group),  # a group too is ahead where its call was paid
            Line(-due, [(name, -due, "MD06")]),
        ):
            take(place, bank.statement([line]), account=bank.iban)
        assert _account(place, amc, "funds") == 0
        assert _account(place, amc, "due") == owed + due

    def test_a_mandate_revoked_before_the_file_is_written_debits_nothing(
        self, server: Running, amc: str, tmp_path: Path
    ) -> None:
        place = server.place
        mandate = _mandate(place, amc, registered=True)
        _bill(server, amc, 1)
        settlement = _closed(place)
        data = ["--data", str(place.settings.data)]
        assert CliRunner().invoke(funds, ["stopped", mandate, *data]).exit_code == 0
        folder = _write(place, settlement, tmp_path)
        assert not (folder / "pain.008.xml").exists()
        lines = rows_of((folder / "calls" / f"{amc}.csv").read_bytes())
        assert lines[-1]["line"] == "total" and iso11649.is_valid(lines[-1]["reference"])

    def test_one_that_owes_leaves_its_room_to_one_that_owes_less_than_it_is_due(
        self, server: Running, amc: str
    ) -> None:
        place = server.place
        for shop, count in ((3, 2), (4, 1)):
            paid = _bill(server, amc, count, shop=shop)
            _closed(place)
            for invoice, _ in paid:
                cancel_invoice(server, invoice, shop=shop)
        first = _bill(server, amc, 1, shop=3)  # the oldest; owes back more than that
        second = _bill(server, amc, 2, shop=4)
        _bound(place, amc, sum(cents for _, cents in second))
        settlement = _close(place)
        states = _states(place, second)
        assert settlement is not None and states == ["settled", "settled"]
        assert _states(place, first) == ["payable"]
        _bound(place, amc, None, since=1)
        _bill(server, amc, 3, shop=3)
        _closed(place)


def _sent(place: Place, settlement: Settlement) -> None:
    """Have a settlement noted as written: a bank answers what left alone."""
    _change(
        place,
        "update settlement set written_at = now() where settlement_id = $1",
        settlement.settlement_id,
    )
