"""The bank's answers, from a bank that knows nothing of our code: nothing is paid on advice, lost, or paid twice."""

import asyncio
import io
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from lxml import etree

from conftest import ROOT, Place, Running, now, run
from egide import db
from egide.cli.money.bank import bank as bank_command
from egide.client.messages import CLAIM_PATH, cancelled
from egide.core.identifiers import Iban
from egide.core.refusal import Refusal
from egide.doubles.wire import write_request
from egide.payments import Debtor, one_settlement, write_settlement
from egide.treasury import (
    BankFileError,
    release_hold,
    take_report,
    take_statements,
    unmatched,
)
from egide.vault import KeyRing, Sealer
from payments.builders import close, submit_claims, with_pool, write
from spreadsheets import rows_of
from treasury.builders import (
    OUR_IBAN,
    broken_laws,
    cancel_invoice,
    rows_in,
    say_as,
    states_of,
    take,
    take_pain,
)
from treasury.model_bank import Line, ModelBank, report_of

_SCHEMAS = ROOT.parent / "shared/reference/iso20022"


def _enter_account(place: Place, finess: str, iban: str | None) -> str:
    """Put an account in force, the same one again for None, as a change of 72 hours ago does; return what it was."""
    sealer = Sealer(KeyRing.open(place.keys))
    read = "select establishment_id, iban_sealed from establishment where finess = $1"
    [row] = rows_in(place, read, finess)
    owner = row["establishment_id"].bytes
    was = sealer.unpack(row["iban_sealed"], owner)
    sealed = sealer.pack(was if iban is None else iban.encode(), owner)
    assert sealed != row["iban_sealed"]
    write_it = "update establishment set iban_sealed = $2 where finess = $1 returning finess"
    assert rows_in(place, write_it, finess, sealed)
    return was.decode()


def _ordered(server: Running, tmp_path: Path, prefix: str, count: int) -> tuple[str, Path]:
    """Have claims settled, of nobody who is held; return the settlement and its order file."""
    for held in with_pool(server.place, unmatched).held:
        with_pool(
            server.place,
            lambda pool, finess=held.finess: _released(pool, finess),
        )
    close(server.place)
    submit_claims(server, prefix, count)
    settlement = close(server.place)
    assert settlement is not None
    return settlement.settlement_id, write(server.place, settlement, tmp_path) / "pain.001.xml"


async def _released(pool: db.Pool, finess: str) -> None:
    try:
        await release_hold(pool, finess, "Awa", now=now())
    except Refusal:
        pass  # released with another of its transfers


def _write_again(place: Place, settlement: str, folder: Path) -> Path:
    """Write a settlement's files anew, as ``egide pay --rewrite`` does."""
    one = with_pool(place, lambda pool: one_settlement(pool, settlement))
    return write(place, one, folder / "again")


def _paid_then_held_back(
    server: Running, folder: Path, at_bank: ModelBank, prefix: str, *, booked: bool
) -> tuple[str, str, Path]:
    """Have a claim paid, cancelled and held back; return its transfer, the one that holds it back and its file."""
    place = server.place
    first, path = _ordered(server, folder, f"{prefix}A", 1)
    _accept_all(at_bank, path)
    take(place, at_bank.statement(at_bank.execute(random.Random(1))))
    [paid] = states_of(place, first)
    cancel_invoice(server, f"{prefix}A-0")
    _, path = _ordered(server, folder, f"{prefix}B", 9)
    [held] = rows_in(
        place,
        "select w.transfer_id from withholding w join claim c using (claim_id) "
        "where c.invoice = $1 and w.ended_at is null",
        f"{prefix}A-0",
    )
    if booked:
        _accept_all(at_bank, path)
        take(place, at_bank.statement(at_bank.execute(random.Random(1))))
    return paid, held["transfer_id"], path


def _of_claim(place: Place, invoice: str) -> tuple[int, int, int, bool]:
    """Return how often a claim is paid, held back and given back today, and whether it is owed back."""
    [row] = rows_in(
        place,
        """
        select (select count(*) from allocation a where a.claim_id = c.claim_id and a.ended_at is null) as paid,
               (select count(*) from withholding w where w.claim_id = c.claim_id and w.ended_at is null) as held,
               (select count(*) from refund f where f.claim_id = c.claim_id and f.ended_at is null) as given,
               coalesce(x.was = 'settled' and x.transfer_id is null, false) as owed
          from claim c left join claim_cancellation x using (establishment_id, claim_id)
         where c.invoice = $1
        """,
        invoice,
    )
    return row["paid"], row["held"], row["given"], row["owed"]


def _accept_all(at_bank: ModelBank, path: Path) -> bytes:
    return at_bank.receive(path, random.Random(1), share_rejected=0)


@dataclass
class _Month:
    """A seeded month: what is settled, what the bank does with it, what it says."""

    server: Running
    bank: ModelBank
    rng: random.Random
    folder: Path
    settlements: list[str] = field(default_factory=list[str])

    @property
    def place(self) -> Place:
        return self.server.place

    def settle(self, prefix: str) -> None:
        submit_claims(self.server, prefix, self.rng.randint(2, 6), step=7)
        settlement = close(self.place)
        if settlement is None:
            return
        path = write(self.place, settlement, self.folder) / "pain.001.xml"
        self.settlements.append(settlement.settlement_id)
        report = self.bank.receive(path, self.rng, share_rejected=0.25)
        if self.rng.random() < 0.7:
            assert take_pain(self.place, report).original == settlement.settlement_id
            assert take_pain(self.place, report).already
        if self.rng.random() < 0.3:  # sent twice, by somebody's hand
            again = self.bank.receive(path, self.rng, share_rejected=0)
            assert take_pain(self.place, again).duplicates == 1

    def lines(self) -> list[Line]:
        """Return a day's movements: what was executed, what came back, and what is nobody's."""
        rng, lines = self.rng, [Line(777, status="PDNG")]
        booked = {
            name
            for one in self.settlements
            for name, state in states_of(self.place, one).items()
            if state == "booked"
        }
        for name in sorted(booked & set(self.bank.executed)):
            if rng.random() < 0.1:
                lines.append(self.bank.give_back(name, rng.choice(["AC04", "MS03"])))
        if rng.random() < 0.8:
            lines += self.bank.execute(rng)
        if rng.random() < 0.4:
            lines.append(Line(-rng.randint(10, 900), code=("ACMT", "MDOP", "CHRG")))
        if rng.random() < 0.4:
            lines.append(Line(rng.randint(100, 9_000), said="VIREMENT SANS REFERENCE"))
        return lines


@pytest.mark.parametrize("seed", range(4))
def test_a_month_with_a_bank_of_its_own_books(
    server: Running, tmp_path: Path, at_bank: ModelBank, seed: int
) -> None:
    month = _Month(server, at_bank, random.Random(seed), tmp_path)
    place = server.place
    for step in range(5):
        month.settle(f"BK{seed}-{step}")
        body = at_bank.statement(month.lines())
        take(place, body)
        assert take(place, body) == {}  # again: nothing is done
        assert broken_laws(place) == {}, (seed, step)
    take(place, at_bank.statement(at_bank.execute(month.rng)))
    assert broken_laws(place) == {}
    # Of a file whose total alone was debited, and whose rejects nobody told us, a person looks at the rest.
    looked_at = {one.target for one in with_pool(place, unmatched).suspense}
    for settlement in set(month.settlements) - looked_at:
        for name, state in states_of(place, settlement).items():
            if name in at_bank.returned:
                assert state == "returned", name
            elif name in at_bank.executed:
                assert state == "booked", name
            else:
                assert name in at_bank.rejected and state in {"rejected", "ordered"}, name


def test_what_the_model_writes_is_valid(at_bank: ModelBank) -> None:
    other = ModelBank(iban=OUR_IBAN, day=now().date(), balance=5)
    body = other.statement([Line(100, [("A", 100, "AC04")], said="x"), Line(-5, batch="S")])
    if not _SCHEMAS.exists():
        pytest.skip("the schemas of ISO 20022 are not here")
    schema = etree.XMLSchema(etree.parse(str(_SCHEMAS / "camt.053.001.08.xsd")))
    schema.assertValid(etree.fromstring(body))


def test_advice_pays_nothing_and_the_account_does(
    server: Running, tmp_path: Path, at_bank: ModelBank
) -> None:
    place = server.place
    settlement, path = _ordered(server, tmp_path, "BKA", 3)
    assert set(states_of(place, settlement).values()) == {"ordered"}
    accepted = _accept_all(at_bank, path)
    assert take_pain(place, accepted).acknowledged == len(states_of(place, settlement))
    assert set(states_of(place, settlement).values()) == {"acknowledged"}
    # Long due, where the bank's days are: an empty one, and what was to come has not.
    late = "update settlement set execute_on = $2 where settlement_id = $1 returning execute_on"
    rows_in(place, late, settlement, at_bank.day)
    take(place, at_bank.statement([]))
    expected = {one.transfer_id for one in with_pool(place, unmatched).expected}
    assert expected >= set(states_of(place, settlement))
    assert take(place, at_bank.statement(at_bank.execute(random.Random(3))))["booked"]
    assert set(states_of(place, settlement).values()) == {"booked"}
    assert broken_laws(place) == {}


def test_an_establishment_lists_its_transfers_and_learns_no_number(
    server: Running, tmp_path: Path, at_bank: ModelBank
) -> None:
    settlement, path = _ordered(server, tmp_path, "BKL", 1)
    _accept_all(at_bank, path)
    take(server.place, at_bank.statement(at_bank.execute(random.Random(2))))
    [name] = states_of(server.place, settlement)

    async def asked(query: str) -> tuple[int, Any]:
        wire, software = server.wire(), server.software(server.shops("pharmacy")[0])
        await software.ready(wire, now())
        sent = {
            "Authorization": f"DPoP {software.token}",
            "DPoP": software.proof("GET", "/transfers", now(), token=software.token),
        }
        reply = await wire.send(write_request("GET", f"/transfers{query}", sent, b""))
        return reply.status, msgspec.json.decode(reply.body)

    status, said = run(asked(""))
    first = said["transfers"][0]
    assert (status, first["settlement"], first["state"]) == (200, settlement, "booked")
    assert first["ends_with"] == name[-4:] and name not in str(said)
    assert all(one["settlement"] < settlement for one in said["transfers"][1:])
    older = run(asked(f"?before={settlement}"))[1]["transfers"]
    assert older == said["transfers"][1:]
    assert run(asked("?before=x"))[0] == 404


def test_a_returned_transfer_is_owed_again_and_not_to_the_account_that_refused(
    server: Running, tmp_path: Path, at_bank: ModelBank
) -> None:
    place = server.place
    settlement, path = _ordered(server, tmp_path, "BKR", 1)
    take_pain(place, _accept_all(at_bank, path))
    take(place, at_bank.statement(at_bank.execute(random.Random(4))))
    [name] = states_of(place, settlement)
    assert take(place, at_bank.statement([at_bank.give_back(name, "AC04")])) == {"returned": 1}
    assert broken_laws(place) == {}
    assert close(place) is None  # held: the account is at fault
    [held] = [one for one in with_pool(place, unmatched).held if one.transfer_id == name]
    assert held.reason == "AC04"
    iban = _enter_account(place, held.finess, None)
    assert close(place) is None  # the same number, sealed anew, is the same account
    _enter_account(place, held.finess, "FR7630001007941234567890185")
    released = close(place)
    assert released is not None and released.transfers == 1
    other = etree.fromstring((write(place, released, tmp_path) / "pain.001.xml").read_bytes())
    assert "FR7630001007941234567890185" in other.xpath("//*[local-name() = 'IBAN']/text()")
    assert iban not in other.xpath("//*[local-name() = 'IBAN']/text()")
    assert broken_laws(place) == {}


def test_an_account_that_refused_is_paid_again_when_a_person_says_so(
    server: Running, tmp_path: Path, at_bank: ModelBank
) -> None:
    place = server.place
    settlement, path = _ordered(server, tmp_path, "BKH", 1)
    take_pain(place, _accept_all(at_bank, path))
    take(place, at_bank.statement(at_bank.execute(random.Random(4))))
    [name] = states_of(place, settlement)
    take(place, at_bank.statement([at_bank.give_back(name, "AC04")]))
    [held] = [one for one in with_pool(place, unmatched).held if one.transfer_id == name]
    with_pool(place, lambda pool: release_hold(pool, held.finess, "Awa", now=now()))
    again = close(place)
    assert again is not None and again.transfers == 1
    folder = write(place, again, tmp_path)
    [call] = (folder / "calls").glob("*.csv")
    rows = rows_of(call.read_bytes())
    assert [row["line"] for row in rows] == ["reissued", "total"]
    assert rows[-1]["amc"] == "0,00"  # the insurer was called the first time
    take_pain(place, _accept_all(at_bank, folder / "pain.001.xml"))
    take(place, at_bank.statement(at_bank.execute(random.Random(5))))
    assert set(states_of(place, again.settlement_id).values()) == {"booked"}
    assert broken_laws(place) == {}


def test_what_came_back_of_an_invoice_cancelled_since_is_owed_neither_way(
    server: Running, tmp_path: Path, at_bank: ModelBank
) -> None:
    place = server.place
    settlement, path = _ordered(server, tmp_path, "BKC", 1)
    take_pain(place, _accept_all(at_bank, path))
    take(place, at_bank.statement(at_bank.execute(random.Random(6))))
    [name] = states_of(place, settlement)
    shop = server.shops("pharmacy")[0]

    async def work() -> int:
        software = server.software(shop)
        day = now().date().isoformat()
        sent = cancelled("BKC-0", day)
        return (await software.call(server.wire(), "POST", CLAIM_PATH, now(), sent)).status

    assert run(work()) == 200
    take(place, at_bank.statement([at_bank.give_back(name, "MS03")]))
    assert broken_laws(place) == {}
    [row] = rows_in(place, "select state from claim where invoice = 'BKC-0'")
    assert row["state"] == "cancelled"
    assert close(place) is None


def test_what_nothing_explains_is_what_two_persons_say_in_the_same_words(
    server: Running, at_bank: ModelBank
) -> None:
    place = server.place
    take(place, at_bank.statement([Line(4_200, said="REMBOURSEMENT [/b]")], number="EXPL"))
    found = with_pool(place, unmatched).suspense
    [one] = [each for each in found if each.reference == "EXPL"]
    assert (one.amount_cents, one.rule) == (4_200, "unknown-reference")
    [insurer, *_] = place.france.insurers
    for wrong in ("gift", "due", "due:999", "charges:1", "booked:S1", "returned:", "rejected"):
        with pytest.raises(Refusal):
            say_as(place, one.subject, wrong, "Awa")
    with pytest.raises(Refusal):
        say_as(place, "EXPL/2", "charges", "Awa")
    assert not say_as(place, one.subject, f"funds:{insurer}", "Awa")
    assert not say_as(place, one.subject, f"funds:{insurer}", " AWA ")
    assert not say_as(place, one.subject, "write-off", "Cy")  # neither is what another said
    shown = CliRunner().invoke(
        bank_command, ["unmatched", "--data", str(place.settings.data)], env={"COLUMNS": "160"}
    )
    assert shown.exit_code == 0 and "[/b]" in shown.output and "awa" in shown.output
    assert say_as(place, one.subject, f"funds:{insurer}", "Bo")
    with pytest.raises(Refusal):
        say_as(place, one.subject, "write-off", "Dee")
    assert broken_laws(place) == {}


def test_an_insurer_that_pays_its_call_is_known_by_it(
    server: Running, tmp_path: Path, at_bank: ModelBank
) -> None:
    place = server.place
    settlement, _ = _ordered(server, tmp_path, "BKF", 12)
    query = """
    select i.amc_number, f.amount_cents - f.returned_cents - f.reissued_cents - f.funds_cents as cents
      from funds_call f join insurer i using (insurer_id) where settlement_id = $1 order by cents desc
    """
    call = rows_in(place, query, settlement)[0]
    # Its number of before, as the file of the call may have said: it is the same call.
    former = (
        "insert into insurer_former_number (amc_number, insurer_id, ended_at)"
        " select '409999991', insurer_id, now() from insurer where amc_number = $1 returning amc_number"
    )
    numbers = (rows_in(place, former, call["amc_number"])[0]["amc_number"], call["amc_number"])
    lines = [Line(call["cents"], said=f"APPEL {settlement} AMC {one}") for one in numbers]
    counts = take(place, at_bank.statement(lines))
    assert counts == {"called": 1, "suspense": 1}  # paid once; the second waits for a person
    assert broken_laws(place) == {}


class TestBadFiles:
    """A file that is wrong anywhere is refused by its place, and changes nothing."""

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            (lambda body: body.replace(b"CRDT", b"CREDIT"), "sens"),
            (lambda body: body.replace(b"<Cd>BOOK", b"<Cd>DONE"), "état"),
            (lambda body: body.replace(b'Ccy="EUR"', b'Ccy="USD"', 3), "euros"),
            (
                lambda body: body.replace(OUR_IBAN.encode(), b"DE89370400440532013000"),
                "autre compte",
            ),
            (lambda body: body.replace(b"camt.053", b"camt.054"), "camt.054"),
            (lambda body: body[: len(body) // 2], "XML"),
            (lambda _: b"", "XML"),
            (lambda _: b"<a/>", "camt.053"),
            (lambda body: body.replace(b">12.34<", b">12.345<"), "centime"),
            (lambda body: body.replace(b">12.34<", b">12,34<"), "nombre"),
            (lambda body: body.replace(b">12.34<", b">1e5<"), "nombre"),
            (lambda body: body.replace(b">12.34<", b">99.99<", 1), "solde final"),
            (
                lambda body: body.replace(
                    b"<Document", b'<!DOCTYPE a [<!ENTITY x "y">]><Document', 1
                ),
                "entité",
            ),
            (
                lambda body: body.replace(b"<Stmt>", b"<Stmt><X/>").replace(
                    b"<Id>BAD</Id>", b""
                ),
                "numéro",
            ),
            (
                lambda body: body.replace(
                    b"</ElctrncSeqNb>", b"</ElctrncSeqNb><CpyDplctInd>COPY</CpyDplctInd>"
                ),
                "copie",
            ),
        ],
    )
    def test_of_an_account(
        self, server: Running, at_bank: ModelBank, change: Callable[[bytes], bytes], told: str
    ) -> None:
        place = server.place
        other = ModelBank(iban=OUR_IBAN, day=at_bank.day, balance=at_bank.balance)
        body = other.statement([Line(1_234, said="X")], number="BAD")
        before = rows_in(place, "select count(*) as n from ledger_entry")[0]["n"]
        with pytest.raises(BankFileError) as refused:
            take(place, change(body))
        assert told in str(refused.value) and refused.value.remedy
        assert rows_in(place, "select count(*) as n from ledger_entry")[0]["n"] == before
        assert not rows_in(place, "select 1 from bank_statement where reference = 'BAD'")

    def test_a_gap_and_another_content_are_refused(
        self, server: Running, at_bank: ModelBank
    ) -> None:
        place = server.place
        body = at_bank.statement([Line(50, said="A")], number="GAP-1")
        missed = at_bank.statement([Line(60, said="B")], number="GAP-2")
        last = at_bank.statement([Line(70, said="C")], number="GAP-3")
        take(place, body)
        with pytest.raises(BankFileError, match="manque"):
            take(place, last)
        with pytest.raises(BankFileError, match="autre contenu"):
            take(place, body.replace(b">A<", b">Z<"))
        take(place, missed)
        take(place, last)
        assert broken_laws(place) == {}

    @pytest.mark.parametrize(
        "body",
        [b"", b"<a/>", b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", b"\xff\xfe<"],
    )
    def test_of_a_report(self, server: Running, body: bytes) -> None:
        with pytest.raises(BankFileError):
            take_pain(server.place, body)

    def test_a_reject_of_what_was_debited_is_told_and_changes_nothing(
        self, server: Running, tmp_path: Path, at_bank: ModelBank
    ) -> None:
        place = server.place
        settlement, path = _ordered(server, tmp_path, "BKX", 1)
        _accept_all(at_bank, path)
        take(place, at_bank.statement(at_bank.execute(random.Random(7))))
        [name] = states_of(place, settlement)
        lying = ModelBank(iban=OUR_IBAN, day=now().date())
        report = lying.receive(path, random.Random(8), share_rejected=1)
        assert take_pain(place, report).contradicted == {name: "rejeté, mais débité"}
        assert states_of(place, settlement) == {name: "booked"}
        assert name in {one.name for one in with_pool(place, unmatched).to_look_at}
        assert say_as(place, name, "seen", "Awa")
        assert name not in {one.name for one in with_pool(place, unmatched).to_look_at}
        with pytest.raises(Refusal):
            say_as(place, name, "seen", "Awa")

    def test_a_first_statement_that_opens_with_something_and_another_account_are_asked_about(
        self, server: Running, tmp_path: Path
    ) -> None:
        place = server.place
        other = "FR1420041010050500013M02606"
        fresh = ModelBank(iban=other, day=now().date(), balance=-5_000)
        body = fresh.statement([Line(10, said="X")])
        with pytest.raises(BankFileError, match="aucun ordre"):
            take(place, body, account=other)

        submit_claims(server, "FIRST", 1)
        settlement = close(place)
        assert settlement is not None

        async def first(pool: db.Pool) -> None:
            debtor = Debtor("Autre", Iban.parse(other))
            sealer = Sealer(KeyRing.open(place.keys))
            folder = tmp_path / "orders"
            await write_settlement(
                pool, settlement, folder, debtor=debtor, sealer=sealer, now=now()
            )
            with pytest.raises(BankFileError, match="--first"):
                await take_statements(pool, io.BytesIO(body), account=other, now=now())

        with_pool(place, first)

    def test_another_amount_or_a_second_debit_waits_for_a_person(
        self, server: Running, tmp_path: Path, at_bank: ModelBank
    ) -> None:
        place = server.place
        settlement, path = _ordered(server, tmp_path, "BKY", 1)
        _accept_all(at_bank, path)
        [line] = [
            Line(-one.cents, [(one.end_to_end, -one.cents, "")])
            for one in at_bank.accepted.values()
        ]
        at_bank.executed |= at_bank.accepted
        at_bank.accepted.clear()
        [(name, cents, _)] = line.details
        wrong = Line(cents - 1, [(name, cents - 1, "")])
        assert take(place, at_bank.statement([wrong, line, line])) == {
            "suspense": 2,
            "booked": 1,
        }
        assert states_of(place, settlement) == {name: "booked"}
        assert broken_laws(place) == {}


def _lying(text: str) -> Callable[[bytes], bytes]:
    """Return a change of a report that refuses the whole file in words of the bank's own."""
    return lambda body: body.replace(b"<Cd>DU01</Cd>", text.encode())


class TestWhatAReviewerFound:
    """Orders of events that lost money, paid it twice, or stopped every payment; each was tried and mended."""

    def test_a_second_sending_refused_in_the_banks_own_words_pays_nothing_twice(
        self, server: Running, tmp_path: Path, at_bank: ModelBank
    ) -> None:
        place = server.place
        settlement, path = _ordered(server, tmp_path, "RV1", 1)
        take_pain(place, _accept_all(at_bank, path))
        again = at_bank.receive(path, random.Random(1), share_rejected=0)
        for change in (_lying("<Prtry>DOUBLON</Prtry>"), _lying("<Cd>NARR</Cd>")):
            assert list(take_pain(place, change(again)).contradicted) == [settlement]
        assert set(states_of(place, settlement).values()) == {"acknowledged"}
        take(place, at_bank.statement(at_bank.execute(random.Random(1))))
        assert set(states_of(place, settlement).values()) == {"booked"}
        assert broken_laws(place) == {}

    def test_a_report_that_speaks_twice_of_a_transfer_leaves_no_end(
        self, server: Running, tmp_path: Path
    ) -> None:
        place = server.place
        settlement, path = _ordered(server, tmp_path, "RV2", 1)
        lying = ModelBank(iban=OUR_IBAN, day=now().date())
        body = lying.receive(path, random.Random(8), share_rejected=1)
        start, end = body.index(b"<TxInfAndSts>"), body.index(b"</TxInfAndSts>") + 14
        one = body[start:end]
        later = one.replace(b"RJCT", b"ACSP")
        taken = take_pain(place, body[:start] + one + one + later + body[end:])
        assert taken.rejected == 1
        assert set(states_of(place, settlement).values()) == {"rejected"}
        assert broken_laws(place) == {}

    def test_a_return_listed_before_its_debit_comes_back_after_it(
        self, server: Running, tmp_path: Path, at_bank: ModelBank
    ) -> None:
        place = server.place
        settlement, path = _ordered(server, tmp_path, "RV3", 1)
        _accept_all(at_bank, path)
        [order] = at_bank.accepted.values()
        debit = Line(-order.cents, [(order.end_to_end, -order.cents, "")])
        at_bank.executed |= at_bank.accepted
        at_bank.accepted.clear()
        credit = at_bank.give_back(order.end_to_end, "MS03")
        assert take(place, at_bank.statement([credit, debit])) == {"booked": 1, "returned": 1}
        assert states_of(place, settlement) == {order.end_to_end: "returned"}
        assert broken_laws(place) == {}

    def test_a_files_total_is_explained_by_the_report_that_comes_after(
        self, server: Running, tmp_path: Path, at_bank: ModelBank
    ) -> None:
        place = server.place
        settlement, path = _ordered(server, tmp_path, "RV4", 4)
        report = at_bank.receive(path, random.Random(12), share_rejected=0.5)
        rejected = set(states_of(place, settlement)) & at_bank.rejected
        assert rejected and at_bank.accepted
        lines = at_bank.execute(random.Random(1), whole_file=True)
        assert take(place, at_bank.statement(lines)) == {"suspense": 1}
        assert take_pain(place, report).explained == 1
        states = states_of(place, settlement)
        assert {states[name] for name in rejected} == {"rejected"}
        assert {states[name] for name in states.keys() - rejected} == {"booked"}
        assert broken_laws(place) == {}

    def test_a_return_less_a_fee_is_said_by_two(
        self, server: Running, tmp_path: Path, at_bank: ModelBank
    ) -> None:
        place = server.place
        settlement, path = _ordered(server, tmp_path, "RV5", 1)
        _accept_all(at_bank, path)
        take(place, at_bank.statement(at_bank.execute(random.Random(1))))
        [name] = states_of(place, settlement)
        cents = at_bank.executed[name].cents
        body = at_bank.statement(
            [Line(cents - 150, [(name, cents - 150, "FOCR")])], number="FEE"
        )
        assert take(place, body) == {"suspense": 1}
        assert not say_as(place, "FEE/1", f"returned:{name}", "Awa")
        assert say_as(place, "FEE/1", f"returned:{name}", "Bo")
        assert states_of(place, settlement) == {name: "returned"}
        assert broken_laws(place) == {}
        again = close(place)
        assert again is not None and again.amount.cents == cents  # due at its face

    def test_what_was_held_back_of_a_claim_that_never_was_paid_is_given_back_once(
        self, server: Running, tmp_path: Path, at_bank: ModelBank
    ) -> None:
        place = server.place
        first, path = _ordered(server, tmp_path, "RV6", 1)
        _accept_all(at_bank, path)
        take(place, at_bank.statement(at_bank.execute(random.Random(1))))
        [name] = states_of(place, first)
        [claim] = rows_in(place, "select amc_cents from claim where invoice = 'RV6-0'")
        paid = claim["amc_cents"]
        cancel_invoice(server, "RV6-0")
        second, path = _ordered(server, tmp_path, "RV7", 9)  # one shop of four: three claims
        _accept_all(at_bank, path)
        held = rows_in(
            place,
            "select transfer_id from withholding where ended_at is null and amount_cents = $1",
            paid,
        )
        assert held
        take(place, at_bank.statement(at_bank.execute(random.Random(1))))
        # The first payment comes back after all: what the second withheld was never owed.
        take(place, at_bank.statement([at_bank.give_back(name, "MS03")]))
        assert broken_laws(place) == {}
        alone = close(place)  # nobody bills anything more: it is paid all the same
        assert alone is not None and (alone.transfers, alone.amount.cents) == (1, paid)
        third, path = alone.settlement_id, write(place, alone, tmp_path) / "pain.001.xml"
        [given] = rows_in(
            place,
            "select amount_cents, transfer_id from refund where transfer_id like $1",
            f"{third}-%",
        )
        assert given["amount_cents"] == paid
        assert broken_laws(place) == {}
        lines = rows_of(
            (path.parent / "remittances" / f"{given['transfer_id']}.csv").read_bytes()
        )
        assert [row["line"] for row in lines].count("given-back") == 1
        # And that one is rejected: it is given back by the next.
        lying = ModelBank(iban=OUR_IBAN, day=now().date())
        take_pain(place, lying.receive(path, random.Random(8), share_rejected=1))
        assert broken_laws(place) == {}
        fourth, _ = _ordered(server, tmp_path, "RV9", 9)
        query = "select transfer_id from refund where claim_id = (select claim_id from claim where invoice = 'RV6-0')"
        [anew] = rows_in(place, f"{query} and ended_at is null")
        assert str(anew["transfer_id"]) > f"{third}-Z"
        assert broken_laws(place) == {}
        assert second < third < fourth

    def test_an_insurer_is_given_back_a_cancelled_claim_once_whatever_becomes_of_transfers(
        self, server: Running, tmp_path: Path, at_bank: ModelBank
    ) -> None:
        place = server.place
        _, path = _ordered(server, tmp_path, "RVA", 1)
        _accept_all(at_bank, path)
        take(place, at_bank.statement(at_bank.execute(random.Random(1))))
        cancel_invoice(server, "RVA-0")
        for prefix in ("RVB", "RVC"):  # held back, rejected, held back again
            settlement, path = _ordered(server, tmp_path, prefix, 9)
            lying = ModelBank(iban=OUR_IBAN, day=now().date())
            if prefix == "RVB":
                take_pain(place, lying.receive(path, random.Random(8), share_rejected=1))
            assert broken_laws(place) == {}
            if (
                prefix == "RVB"
            ):  # ordered anew by the next: written again, it would be paid twice
                with pytest.raises(Refusal):
                    _write_again(place, settlement, tmp_path)
        credited = rows_in(
            place,
            "select k.credited_in from claim_call k join claim c using (claim_id) where c.invoice = 'RVA-0'",
        )
        assert len(credited) == 1 and credited[0]["credited_in"]

    def test_a_claim_called_then_returned_then_cancelled_is_given_back_to_its_insurer(
        self, server: Running, tmp_path: Path, at_bank: ModelBank
    ) -> None:
        place = server.place
        _, path = _ordered(server, tmp_path, "RVD", 1)
        _accept_all(at_bank, path)
        take(place, at_bank.statement(at_bank.execute(random.Random(1))))
        [row] = rows_in(
            place,
            "select a.transfer_id from allocation a join claim c using (claim_id) where c.invoice='RVD-0'",
        )
        take(place, at_bank.statement([at_bank.give_back(row["transfer_id"], "MS03")]))
        cancel_invoice(server, "RVD-0")
        settlement, _ = _ordered(server, tmp_path, "RVE", 2)
        found = rows_in(
            place,
            "select credited_in from claim_call k join claim c using (claim_id) where c.invoice='RVD-0'",
        )
        assert found[0]["credited_in"] == settlement
        assert broken_laws(place) == {}

    def test_a_cancellation_beside_a_reject_goes_before_or_after(
        self, server: Running, tmp_path: Path
    ) -> None:
        place = server.place
        settlement, path = _ordered(server, tmp_path, "RVF", 1)
        lying = ModelBank(iban=OUR_IBAN, day=now().date())
        body = lying.receive(path, random.Random(8), share_rejected=1)
        [row] = rows_in(
            place, "select establishment_id, claim_id from claim where invoice = 'RVF-0'"
        )

        async def whole() -> None:
            async with place.store.pool("app") as app, place.store.pool("payer") as payer:
                async with db.transaction(app) as tx:
                    await db.many(
                        tx,
                        "select cancel_claim($1, $2, null, '')",
                        row["establishment_id"],
                        row["claim_id"],
                    )
                    taking = asyncio.create_task(take_report(payer, body, now=now()))
                    await asyncio.sleep(0.5)
                    assert not taking.done()
                await taking

        run(whole())
        assert set(states_of(place, settlement).values()) == {"rejected"}
        assert broken_laws(place) == {}

    def test_odd_but_legal_statements(self, server: Running, at_bank: ModelBank) -> None:
        place = server.place
        zero = Line(-30, [("X1", -10, ""), ("X2", 0, ""), ("X3", -20, "")])
        assert take(place, at_bank.statement([zero, Line(5, said="Y")])) == {"suspense": 3}
        assert take(place, at_bank.statement([Line(5, said="A")], number="001"))
        assert take(place, at_bank.statement([Line(6, said="B")], number="001"))  # a new year
        for encoding in ("foo", "hex", "utf-32", "shift_jis"):
            with pytest.raises(BankFileError):
                take(place, f'<?xml version="1.0" encoding="{encoding}"?><a/>'.encode())
            with pytest.raises(BankFileError):
                take_pain(place, f'<?xml version="1.0" encoding="{encoding}"?><a/>'.encode())
        assert broken_laws(place) == {}


def test_the_commands_take_both_kinds_and_tell_what_waits(
    server: Running, tmp_path: Path, at_bank: ModelBank
) -> None:
    settlement, path = _ordered(server, tmp_path, "BKZ", 2)
    report, statement = tmp_path / "report.xml", tmp_path / "statement.xml"
    report.write_bytes(_accept_all(at_bank, path))
    statement.write_bytes(
        at_bank.statement([*at_bank.execute(random.Random(9)), Line(99, said="INCONNU")])
    )
    data = ["--data", str(server.place.settings.data)]
    words = ["take", str(report), str(statement), *data, "--account", OUR_IBAN]
    done = CliRunner().invoke(bank_command, words)
    assert done.exit_code == 0, done.output
    assert f"État de {settlement}" in done.output and "à expliquer" in done.output
    shown = CliRunner().invoke(bank_command, ["unmatched", *data], env={"COLUMNS": "160"})
    assert "INCONNU" in shown.output
    other = ["take", str(statement), *data, "--account", "DE89370400440532013000"]
    refused = CliRunner().invoke(bank_command, other)
    assert isinstance(refused.exception, Refusal)
    assert msgspec.json.encode(refused.exception.hint)


class TestWhatASecondReviewerFound:
    @pytest.mark.parametrize("order", ["paid first", "held first"])
    @pytest.mark.parametrize("by", ["statement", "report"])
    def test_what_paid_and_what_held_it_back_come_to_nothing_together(
        self, server: Running, tmp_path: Path, at_bank: ModelBank, order: str, by: str
    ) -> None:
        place = server.place
        prefix = f"RW{'PH'[order == 'held first']}{by[0].upper()}"
        is_booked = by == "statement"
        if is_booked:
            paid, held, _ = _paid_then_held_back(server, tmp_path, at_bank, prefix, booked=True)
            names = [paid, held] if order == "paid first" else [held, paid]
            take(place, at_bank.statement([at_bank.give_back(name, "MS03") for name in names]))
        else:
            first, _ = _ordered(server, tmp_path, f"{prefix}A", 1)
            [paid] = states_of(place, first)
            cancel_invoice(server, f"{prefix}A-0")
            second, _ = _ordered(server, tmp_path, f"{prefix}B", 9)
            [row] = rows_in(
                place,
                "select w.transfer_id from withholding w join claim c using (claim_id) where c.invoice = $1",
                f"{prefix}A-0",
            )
            held = row["transfer_id"]
            names = [paid, held] if order == "paid first" else [held, paid]
            take_pain(place, report_of(second, "PART", "", [(name, "MS03") for name in names]))
        assert _of_claim(place, f"{prefix}A-0") == (0, 0, 0, False)
        assert broken_laws(place) == {}
        assert close(place) is not None
        assert broken_laws(place) == {}

    def test_what_held_back_comes_back_before_and_after_it_was_given_back(
        self, server: Running, tmp_path: Path, at_bank: ModelBank
    ) -> None:
        place = server.place
        paid, held, path = _paid_then_held_back(server, tmp_path, at_bank, "RX1", booked=False)
        take(place, at_bank.statement([at_bank.give_back(paid, "MS03")]))
        assert _of_claim(place, "RX1A-0") == (
            0,
            1,
            1,
            False,
        )  # held back of nothing: to be given back
        lying = ModelBank(iban=OUR_IBAN, day=now().date())
        take_pain(place, lying.receive(path, random.Random(8), share_rejected=1))
        assert _of_claim(place, "RX1A-0") == (0, 0, 0, False)
        assert broken_laws(place) == {}
        close(place)
        paid, held, _ = _paid_then_held_back(server, tmp_path, at_bank, "RX2", booked=True)
        take(place, at_bank.statement([at_bank.give_back(paid, "MS03")]))
        given = close(place)
        assert given is not None
        gave = states_of(place, given.settlement_id)
        assert _of_claim(place, "RX2A-0") == (0, 1, 1, False)
        take(place, at_bank.statement([at_bank.give_back(held, "MS03")]))
        assert _of_claim(place, "RX2A-0") == (0, 0, 1, True)  # given back of nothing: owed back
        assert broken_laws(place) == {}
        # What it held its claims back from is due whole, and what was given back is held back of that.
        after = close(place)
        assert after is not None
        assert _of_claim(place, "RX2A-0") == (0, 1, 1, False)
        assert broken_laws(place) == {}
        write(place, given, tmp_path)
        write(place, after, tmp_path)
        for name in gave:
            take_pain(place, report_of(given.settlement_id, "PART", "", [(name, "MS03")]))
        assert _of_claim(place, "RX2A-0") == (0, 1, 1, False)  # it was not given back after all
        assert broken_laws(place) == {}
        last = close(place)
        assert last is not None
        assert broken_laws(place) == {}

    def test_an_order_that_has_not_left_is_not_rejected(
        self, server: Running, tmp_path: Path
    ) -> None:
        place = server.place
        close(place)
        submit_claims(server, "RY1", 1)
        settlement = close(place)
        assert settlement is not None
        with pytest.raises(Refusal):
            say_as(place, settlement.settlement_id, "rejected", "Awa")
        taken = take_pain(place, report_of(settlement.settlement_id, "RJCT", "FF01", []))
        assert taken.rejected == 0
        assert taken.contradicted == {settlement.settlement_id: "rejeté, mais pas encore parti"}
        write(place, settlement, tmp_path)
        assert not say_as(place, settlement.settlement_id, "rejected", "Awa")
        assert say_as(place, settlement.settlement_id, "rejected", "Bo")

    def test_a_file_refused_for_our_own_account_holds_nobody(
        self, server: Running, tmp_path: Path
    ) -> None:
        place = server.place
        settlement, _ = _ordered(server, tmp_path, "RY2", 4)
        assert take_pain(place, report_of(settlement, "RJCT", "AC01", [])).rejected
        assert with_pool(place, unmatched).held == []
        assert close(place) is not None

    def test_what_one_said_of_a_movement_is_said_of_no_other(
        self, server: Running, tmp_path: Path, at_bank: ModelBank
    ) -> None:
        place = server.place
        _, path = _ordered(server, tmp_path, "RY3", 4)
        report = at_bank.receive(path, random.Random(12), share_rejected=0.5)
        lines = at_bank.execute(random.Random(1), whole_file=True)
        assert take(place, at_bank.statement(lines, number="009")) == {"suspense": 1}
        assert not say_as(place, "009/1", "write-off", "Awa")
        assert take_pain(place, report).explained == 1
        take(place, at_bank.statement([Line(9_999_900, said="un assureur")], number="009"))
        assert not say_as(place, "009/1", "write-off", "Bo")
        take(place, at_bank.statement([Line(400, said="un autre")], number="009"))
        with pytest.raises(Refusal) as refused:
            say_as(place, "009/1", "write-off", "Awa")
        two = [one for one in with_pool(place, unmatched).suspense if one.reference == "009"]
        assert all(one.full_name in refused.value.hint for one in two) and len(two) == 2
        assert say_as(place, two[0].full_name, "write-off", "Awa")

    def test_what_was_looked_at_is_shown_again_when_it_is_said_anew(
        self, server: Running, tmp_path: Path, at_bank: ModelBank
    ) -> None:
        place = server.place
        settlement, path = _ordered(server, tmp_path, "RY4", 1)
        take_pain(place, _accept_all(at_bank, path))
        for reason in ("", "AC01"):
            take_pain(place, report_of(settlement, "RJCT", reason, []))
            looked = [one.name for one in with_pool(place, unmatched).to_look_at]
            assert settlement in looked
            assert say_as(place, settlement, "seen", "Awa")
            left = with_pool(place, unmatched)
            assert settlement not in [one.name for one in left.to_look_at]
            assert settlement not in [one.subject for one in left.said]

    def test_a_detail_instructed_abroad_an_impossible_day_and_an_endless_number(
        self, server: Running, at_bank: ModelBank
    ) -> None:
        place = server.place
        body = at_bank.statement([Line(1_234, [("ABROAD", 1_234, "")])])
        told = b'<Amt Ccy="EUR">12.34</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
        abroad = b'<AmtDtls><TxAmt><Amt Ccy="USD">13.50</Amt></TxAmt></AmtDtls>'
        at = body.index(told, body.index(b"ABROAD"))
        assert take(place, body[:at] + abroad + body[at + len(told) :]) == {"suspense": 1}
        [one] = [
            one for one in with_pool(place, unmatched).suspense if one.end_to_end == "ABROAD"
        ]
        assert one.amount_cents == 1_234
        lost = ModelBank(iban=OUR_IBAN, day=at_bank.day, balance=at_bank.balance)
        body = lost.statement([Line(5, said="A")])
        [day] = re.findall(rb"<BookgDt>.*?</BookgDt>", body)
        for instant in ("0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"):
            wrong = body.replace(day, f"<BookgDt><DtTm>{instant}</DtTm></BookgDt>".encode())
            with pytest.raises(BankFileError):
                take(place, wrong)
        endless = ModelBank(iban=OUR_IBAN, day=at_bank.day, balance=at_bank.balance)
        with pytest.raises(BankFileError):
            take(place, endless.statement([Line(5, said="A")], number="9" * 36))

    def test_a_file_of_before_its_digest_was_kept_is_not_written_again(
        self, server: Running, tmp_path: Path
    ) -> None:
        place = server.place
        settlement, _ = _ordered(server, tmp_path, "RY5", 1)
        _write_again(place, settlement, tmp_path)
        gone = "delete from settlement_order where settlement_id = $1 returning settlement_id"
        assert rows_in(place, gone, settlement)
        with pytest.raises(Refusal):
            _write_again(place, settlement, tmp_path)
