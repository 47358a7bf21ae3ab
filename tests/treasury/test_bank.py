"""The bank's answers, from a bank that knows nothing of our code: nothing is paid on advice, lost, or paid twice."""

import asyncio
import io
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from lxml import etree

from conftest import ROOT, Place, Running, now, run
from egide import db
from egide.checks import check_laws
from egide.cli.bank import bank as bank_command
from egide.client.messages import CLAIM_PATH, cancelled
from egide.core.identifiers import Iban
from egide.core.refusal import Refusal
from egide.doubles.wire import write_request
from egide.payments import Debtor, one_settlement, write_settlement
from egide.treasury import (
    BankFileError,
    release_hold,
    say,
    take_report,
    take_statements,
    unmatched,
)
from egide.vault import KeyRing, Sealer
from payments.builders import DEBTOR, close, submit_claims, with_pool, write
from spreadsheets import rows_of
from treasury.model_bank import Line, ModelBank

_IBAN = DEBTOR.iban.text
_SCHEMAS = ROOT.parent / "shared/reference/iso20022"


@pytest.fixture(scope="module")
def at_bank(server: Running) -> ModelBank:
    """The account that pays, at a bank; whatever other tests left is settled first."""
    close(server.place)
    return ModelBank(iban=_IBAN, day=now().date() + timedelta(days=1), balance=123_456)


def _take(place: Place, body: bytes, *, account: str = _IBAN) -> dict[str, int]:
    taken = with_pool(
        place,
        lambda pool: take_statements(
            pool, io.BytesIO(body), account=account, now=now(), is_first=True
        ),
    )
    return {what: count for one in taken for what, count in one.counts.items()}


def _report(place: Place, body: bytes) -> Any:
    return with_pool(place, lambda pool: take_report(pool, body, now=now()))


def _query(place: Place, query: Any, *values: object) -> list[db.Row]:
    async def work(pool: db.Pool) -> list[db.Row]:
        async with db.statement(pool) as tx:
            return await db.many(tx, query, *values)

    return with_pool(place, work, "owner")


def _enter_account(place: Place, finess: str, iban: str | None) -> str:
    """Put an account in force, the same one again for None, as a change of 72 hours ago does; return what it was."""
    sealer = Sealer(KeyRing.open(place.keys))
    read = "select establishment_id, iban_sealed from establishment where finess = $1"
    [row] = _query(place, read, finess)
    owner = row["establishment_id"].bytes
    was = sealer.unpack(row["iban_sealed"], owner)
    sealed = sealer.pack(was if iban is None else iban.encode(), owner)
    assert sealed != row["iban_sealed"]
    write_it = "update establishment set iban_sealed = $2 where finess = $1 returning finess"
    assert _query(place, write_it, finess, sealed)
    return was.decode()


def _states(place: Place, settlement: str) -> dict[str, str]:
    query = "select transfer_id, state from transfer where settlement_id = $1"
    return {row["transfer_id"]: row["state"] for row in _query(place, query, settlement)}


def _broken(place: Place) -> dict[str, list[str]]:
    async def work(pool: db.Pool) -> dict[str, list[str]]:
        async with db.transaction(pool) as tx:
            return {
                one.law: one.broken_by
                for one in await check_laws(tx)
                if one.broken_by and one.of_money
            }

    return with_pool(place, work, "owner")


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
            assert _report(self.place, report).original == settlement.settlement_id
            assert _report(self.place, report).already
        if self.rng.random() < 0.3:  # sent twice, by somebody's hand
            again = self.bank.receive(path, self.rng, share_rejected=0)
            assert _report(self.place, again).duplicates == 1

    def lines(self) -> list[Line]:
        """Return a day's movements: what was executed, what came back, and what is nobody's."""
        rng, lines = self.rng, [Line(777, status="PDNG")]
        booked = {
            name
            for one in self.settlements
            for name, state in _states(self.place, one).items()
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
        _take(place, body)
        assert _take(place, body) == {}  # again: nothing is done
        assert _broken(place) == {}, (seed, step)
    _take(place, at_bank.statement(at_bank.execute(month.rng)))
    assert _broken(place) == {}
    # Of a file whose total alone was debited, and whose rejects nobody told us, a person looks at the rest.
    looked_at = {one.target for one in with_pool(place, unmatched).suspense}
    for settlement in set(month.settlements) - looked_at:
        for name, state in _states(place, settlement).items():
            if name in at_bank.returned:
                assert state == "returned", name
            elif name in at_bank.executed:
                assert state == "booked", name
            else:
                assert name in at_bank.rejected and state in {"rejected", "ordered"}, name


def test_what_the_model_writes_is_valid(at_bank: ModelBank) -> None:
    other = ModelBank(iban=_IBAN, day=now().date(), balance=5)
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
    assert set(_states(place, settlement).values()) == {"ordered"}
    accepted = _accept_all(at_bank, path)
    assert _report(place, accepted).acknowledged == len(_states(place, settlement))
    assert set(_states(place, settlement).values()) == {"acknowledged"}
    _take(place, at_bank.statement([]))  # an empty day: what was to come has not
    expected = {one.transfer_id for one in with_pool(place, unmatched).expected}
    assert expected >= set(_states(place, settlement))
    assert _take(place, at_bank.statement(at_bank.execute(random.Random(3))))["booked"]
    assert set(_states(place, settlement).values()) == {"booked"}
    assert _broken(place) == {}


def test_an_establishment_lists_its_transfers_and_learns_no_number(
    server: Running, tmp_path: Path, at_bank: ModelBank
) -> None:
    settlement, path = _ordered(server, tmp_path, "BKL", 1)
    _accept_all(at_bank, path)
    _take(server.place, at_bank.statement(at_bank.execute(random.Random(2))))
    [name] = _states(server.place, settlement)

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
    _report(place, _accept_all(at_bank, path))
    _take(place, at_bank.statement(at_bank.execute(random.Random(4))))
    [name] = _states(place, settlement)
    assert _take(place, at_bank.statement([at_bank.give_back(name, "AC04")])) == {"returned": 1}
    assert _broken(place) == {}
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
    assert _broken(place) == {}


def test_an_account_that_refused_is_paid_again_when_a_person_says_so(
    server: Running, tmp_path: Path, at_bank: ModelBank
) -> None:
    place = server.place
    settlement, path = _ordered(server, tmp_path, "BKH", 1)
    _report(place, _accept_all(at_bank, path))
    _take(place, at_bank.statement(at_bank.execute(random.Random(4))))
    [name] = _states(place, settlement)
    _take(place, at_bank.statement([at_bank.give_back(name, "AC04")]))
    [held] = [one for one in with_pool(place, unmatched).held if one.transfer_id == name]
    with_pool(place, lambda pool: release_hold(pool, held.finess, "Awa", now=now()))
    again = close(place)
    assert again is not None and again.transfers == 1
    folder = write(place, again, tmp_path)
    [call] = (folder / "calls").glob("*.csv")
    rows = rows_of(call.read_bytes())
    assert [row["line"] for row in rows] == ["reissued", "total"]
    assert rows[-1]["amc"] == "0,00"  # the insurer was called the first time
    _report(place, _accept_all(at_bank, folder / "pain.001.xml"))
    _take(place, at_bank.statement(at_bank.execute(random.Random(5))))
    assert set(_states(place, again.settlement_id).values()) == {"booked"}
    assert _broken(place) == {}


def test_what_came_back_of_an_invoice_cancelled_since_is_owed_neither_way(
    server: Running, tmp_path: Path, at_bank: ModelBank
) -> None:
    place = server.place
    settlement, path = _ordered(server, tmp_path, "BKC", 1)
    _report(place, _accept_all(at_bank, path))
    _take(place, at_bank.statement(at_bank.execute(random.Random(6))))
    [name] = _states(place, settlement)
    shop = server.shops("pharmacy")[0]

    async def work() -> int:
        software = server.software(shop)
        day = now().date().isoformat()
        sent = cancelled("BKC-0", day)
        return (await software.call(server.wire(), "POST", CLAIM_PATH, now(), sent)).status

    assert run(work()) == 200
    _take(place, at_bank.statement([at_bank.give_back(name, "MS03")]))
    assert _broken(place) == {}
    [row] = _query(place, "select state from claim where invoice = 'BKC-0'")
    assert row["state"] == "cancelled"
    assert close(place) is None


def _say(place: Place, subject: str, target: str, who: str) -> bool:
    return with_pool(place, lambda pool: say(pool, subject, target, who, now=now()))


def test_what_nothing_explains_is_what_two_persons_say_in_the_same_words(
    server: Running, at_bank: ModelBank
) -> None:
    place = server.place
    _take(place, at_bank.statement([Line(4_200, said="REMBOURSEMENT [/b]")], number="EXPL"))
    found = with_pool(place, unmatched).suspense
    [one] = [each for each in found if each.reference == "EXPL"]
    assert (one.amount_cents, one.rule) == (4_200, "unknown-reference")
    [insurer, *_] = place.france.insurers
    for wrong in ("gift", "due", "due:999", "charges:1", "booked:S1", "returned:", "rejected"):
        with pytest.raises(Refusal):
            _say(place, one.subject, wrong, "Awa")
    with pytest.raises(Refusal):
        _say(place, "EXPL/2", "charges", "Awa")
    assert not _say(place, one.subject, f"funds:{insurer}", "Awa")
    assert not _say(place, one.subject, f"funds:{insurer}", " AWA ")
    assert not _say(place, one.subject, "write-off", "Cy")  # neither is what another said
    shown = CliRunner().invoke(
        bank_command, ["unmatched", "--data", str(place.settings.data)], env={"COLUMNS": "160"}
    )
    assert shown.exit_code == 0 and "[/b]" in shown.output and "awa" in shown.output
    assert _say(place, one.subject, f"funds:{insurer}", "Bo")
    with pytest.raises(Refusal):
        _say(place, one.subject, "write-off", "Dee")
    assert _broken(place) == {}


def test_an_insurer_that_pays_its_call_is_known_by_it(
    server: Running, tmp_path: Path, at_bank: ModelBank
) -> None:
    place = server.place
    settlement, _ = _ordered(server, tmp_path, "BKF", 2)
    query = (
        "select i.amc_number, f.amount_cents - f.returned_cents - f.reissued_cents as cents"
        " from funds_call f join insurer i using (insurer_id) where settlement_id = $1"
    )
    call = _query(place, query, settlement)[0]
    said = f"APPEL {settlement} AMC {call['amc_number']}"
    lines = [Line(call["cents"], said=said), Line(call["cents"], said=said)]
    counts = _take(place, at_bank.statement(lines))
    assert counts == {"called": 1, "suspense": 1}  # paid once; the second waits for a person
    assert _broken(place) == {}


class TestBadFiles:
    """A file that is wrong anywhere is refused by its place, and changes nothing."""

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            (lambda body: body.replace(b"CRDT", b"CREDIT"), "sens"),
            (lambda body: body.replace(b"<Cd>BOOK", b"<Cd>DONE"), "état"),
            (lambda body: body.replace(b'Ccy="EUR"', b'Ccy="USD"', 3), "euros"),
            (
                lambda body: body.replace(_IBAN.encode(), b"DE89370400440532013000"),
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
        other = ModelBank(iban=_IBAN, day=at_bank.day, balance=at_bank.balance)
        body = other.statement([Line(1_234, said="X")], number="BAD")
        before = _query(place, "select count(*) as n from ledger_entry")[0]["n"]
        with pytest.raises(BankFileError) as refused:
            _take(place, change(body))
        assert told in str(refused.value) and refused.value.remedy
        assert _query(place, "select count(*) as n from ledger_entry")[0]["n"] == before
        assert not _query(place, "select 1 from bank_statement where reference = 'BAD'")

    def test_a_gap_and_another_content_are_refused(
        self, server: Running, at_bank: ModelBank
    ) -> None:
        place = server.place
        body = at_bank.statement([Line(50, said="A")], number="GAP-1")
        missed = at_bank.statement([Line(60, said="B")], number="GAP-2")
        last = at_bank.statement([Line(70, said="C")], number="GAP-3")
        _take(place, body)
        with pytest.raises(BankFileError, match="manque"):
            _take(place, last)
        with pytest.raises(BankFileError, match="autre contenu"):
            _take(place, body.replace(b">A<", b">Z<"))
        _take(place, missed)
        _take(place, last)
        assert _broken(place) == {}

    @pytest.mark.parametrize(
        "body",
        [b"", b"<a/>", b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", b"\xff\xfe<"],
    )
    def test_of_a_report(self, server: Running, body: bytes) -> None:
        with pytest.raises(BankFileError):
            _report(server.place, body)

    def test_a_reject_of_what_was_debited_is_told_and_changes_nothing(
        self, server: Running, tmp_path: Path, at_bank: ModelBank
    ) -> None:
        place = server.place
        settlement, path = _ordered(server, tmp_path, "BKX", 1)
        _accept_all(at_bank, path)
        _take(place, at_bank.statement(at_bank.execute(random.Random(7))))
        [name] = _states(place, settlement)
        lying = ModelBank(iban=_IBAN, day=now().date())
        report = lying.receive(path, random.Random(8), share_rejected=1)
        assert _report(place, report).contradicted == [name]
        assert _states(place, settlement) == {name: "booked"}
        assert name in {one.name for one in with_pool(place, unmatched).to_look_at}
        assert _say(place, name, "seen", "Awa")
        assert name not in {one.name for one in with_pool(place, unmatched).to_look_at}
        with pytest.raises(Refusal):
            _say(place, name, "seen", "Awa")

    def test_a_first_statement_that_opens_with_something_and_another_account_are_asked_about(
        self, server: Running, tmp_path: Path
    ) -> None:
        place = server.place
        other = "FR1420041010050500013M02606"
        fresh = ModelBank(iban=other, day=now().date(), balance=-5_000)
        body = fresh.statement([Line(10, said="X")])
        with pytest.raises(BankFileError, match="aucun ordre"):
            _take(place, body, account=other)

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
        assert _take(place, at_bank.statement([wrong, line, line])) == {
            "suspense": 2,
            "booked": 1,
        }
        assert _states(place, settlement) == {name: "booked"}
        assert _broken(place) == {}


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
        _report(place, _accept_all(at_bank, path))
        again = at_bank.receive(path, random.Random(1), share_rejected=0)
        for change in (_lying("<Prtry>DOUBLON</Prtry>"), _lying("<Cd>NARR</Cd>")):
            assert _report(place, change(again)).contradicted == [settlement]
        assert set(_states(place, settlement).values()) == {"acknowledged"}
        _take(place, at_bank.statement(at_bank.execute(random.Random(1))))
        assert set(_states(place, settlement).values()) == {"booked"}
        assert _broken(place) == {}

    def test_a_report_that_speaks_twice_of_a_transfer_leaves_no_end(
        self, server: Running, tmp_path: Path
    ) -> None:
        place = server.place
        settlement, path = _ordered(server, tmp_path, "RV2", 1)
        lying = ModelBank(iban=_IBAN, day=now().date())
        body = lying.receive(path, random.Random(8), share_rejected=1)
        start, end = body.index(b"<TxInfAndSts>"), body.index(b"</TxInfAndSts>") + 14
        one = body[start:end]
        later = one.replace(b"RJCT", b"ACSP")
        taken = _report(place, body[:start] + one + one + later + body[end:])
        assert taken.rejected == 1
        assert set(_states(place, settlement).values()) == {"rejected"}
        assert _broken(place) == {}

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
        assert _take(place, at_bank.statement([credit, debit])) == {"booked": 1, "returned": 1}
        assert _states(place, settlement) == {order.end_to_end: "returned"}
        assert _broken(place) == {}

    def test_a_files_total_is_explained_by_the_report_that_comes_after(
        self, server: Running, tmp_path: Path, at_bank: ModelBank
    ) -> None:
        place = server.place
        settlement, path = _ordered(server, tmp_path, "RV4", 4)
        report = at_bank.receive(path, random.Random(12), share_rejected=0.5)
        rejected = set(_states(place, settlement)) & at_bank.rejected
        assert rejected and at_bank.accepted
        lines = at_bank.execute(random.Random(1), whole_file=True)
        assert _take(place, at_bank.statement(lines)) == {"suspense": 1}
        assert _report(place, report).explained == 1
        states = _states(place, settlement)
        assert {states[name] for name in rejected} == {"rejected"}
        assert {states[name] for name in states.keys() - rejected} == {"booked"}
        assert _broken(place) == {}

    def test_a_return_less_a_fee_is_said_by_two(
        self, server: Running, tmp_path: Path, at_bank: ModelBank
    ) -> None:
        place = server.place
        settlement, path = _ordered(server, tmp_path, "RV5", 1)
        _accept_all(at_bank, path)
        _take(place, at_bank.statement(at_bank.execute(random.Random(1))))
        [name] = _states(place, settlement)
        cents = at_bank.executed[name].cents
        body = at_bank.statement(
            [Line(cents - 150, [(name, cents - 150, "FOCR")])], number="FEE"
        )
        assert _take(place, body) == {"suspense": 1}
        assert not _say(place, "FEE/1", f"returned:{name}", "Awa")
        assert _say(place, "FEE/1", f"returned:{name}", "Bo")
        assert _states(place, settlement) == {name: "returned"}
        assert _broken(place) == {}
        again = close(place)
        assert again is not None and again.amount.cents == cents  # due at its face

    def test_what_was_held_back_of_a_claim_that_never_was_paid_is_given_back_once(
        self, server: Running, tmp_path: Path, at_bank: ModelBank
    ) -> None:
        place = server.place
        first, path = _ordered(server, tmp_path, "RV6", 1)
        _accept_all(at_bank, path)
        _take(place, at_bank.statement(at_bank.execute(random.Random(1))))
        [name] = _states(place, first)
        [claim] = _query(place, "select amc_cents from claim where invoice = 'RV6-0'")
        paid = claim["amc_cents"]
        _cancel(server, "RV6-0")
        second, path = _ordered(server, tmp_path, "RV7", 9)  # one shop of four: three claims
        _accept_all(at_bank, path)
        held = _query(
            place,
            "select transfer_id from withholding where ended_at is null and amount_cents = $1",
            paid,
        )
        assert held
        _take(place, at_bank.statement(at_bank.execute(random.Random(1))))
        # The first payment comes back after all: what the second withheld was never owed.
        _take(place, at_bank.statement([at_bank.give_back(name, "MS03")]))
        assert _broken(place) == {}
        third, path = _ordered(server, tmp_path, "RV8", 9)
        [given] = _query(
            place,
            "select amount_cents, transfer_id from refund where transfer_id like $1",
            f"{third}-%",
        )
        assert given["amount_cents"] == paid
        assert _broken(place) == {}
        lines = rows_of(
            (path.parent / "remittances" / f"{given['transfer_id']}.csv").read_bytes()
        )
        assert [row["line"] for row in lines].count("given-back") == 1
        # And that one is rejected: it is given back by the next.
        lying = ModelBank(iban=_IBAN, day=now().date())
        _report(place, lying.receive(path, random.Random(8), share_rejected=1))
        assert _broken(place) == {}
        fourth, _ = _ordered(server, tmp_path, "RV9", 9)
        query = "select transfer_id from refund where claim_id = (select claim_id from claim where invoice = 'RV6-0')"
        [anew] = _query(place, f"{query} and ended_at is null")
        assert str(anew["transfer_id"]) > f"{third}-Z"
        assert _broken(place) == {}
        assert second < third < fourth

    def test_an_insurer_is_given_back_a_cancelled_claim_once_whatever_becomes_of_transfers(
        self, server: Running, tmp_path: Path, at_bank: ModelBank
    ) -> None:
        place = server.place
        _, path = _ordered(server, tmp_path, "RVA", 1)
        _accept_all(at_bank, path)
        _take(place, at_bank.statement(at_bank.execute(random.Random(1))))
        _cancel(server, "RVA-0")
        for prefix in ("RVB", "RVC"):  # held back, rejected, held back again
            settlement, path = _ordered(server, tmp_path, prefix, 9)
            lying = ModelBank(iban=_IBAN, day=now().date())
            if prefix == "RVB":
                _report(place, lying.receive(path, random.Random(8), share_rejected=1))
            assert _broken(place) == {}
            write(
                place,
                with_pool(place, lambda pool, one=settlement: one_settlement(pool, one)),
                tmp_path / prefix,
            )
        credited = _query(
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
        _take(place, at_bank.statement(at_bank.execute(random.Random(1))))
        [row] = _query(
            place,
            "select a.transfer_id from allocation a join claim c using (claim_id) where c.invoice='RVD-0'",
        )
        _take(place, at_bank.statement([at_bank.give_back(row["transfer_id"], "MS03")]))
        _cancel(server, "RVD-0")
        settlement, _ = _ordered(server, tmp_path, "RVE", 2)
        found = _query(
            place,
            "select credited_in from claim_call k join claim c using (claim_id) where c.invoice='RVD-0'",
        )
        assert found[0]["credited_in"] == settlement
        assert _broken(place) == {}

    def test_a_cancellation_beside_a_reject_goes_before_or_after(
        self, server: Running, tmp_path: Path
    ) -> None:
        place = server.place
        settlement, path = _ordered(server, tmp_path, "RVF", 1)
        lying = ModelBank(iban=_IBAN, day=now().date())
        body = lying.receive(path, random.Random(8), share_rejected=1)
        [row] = _query(
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
        assert set(_states(place, settlement).values()) == {"rejected"}
        assert _broken(place) == {}

    def test_odd_but_legal_statements(self, server: Running, at_bank: ModelBank) -> None:
        place = server.place
        zero = Line(-30, [("X1", -10, ""), ("X2", 0, ""), ("X3", -20, "")])
        assert _take(place, at_bank.statement([zero, Line(5, said="Y")])) == {"suspense": 3}
        assert _take(place, at_bank.statement([Line(5, said="A")], number="001"))
        assert _take(place, at_bank.statement([Line(6, said="B")], number="001"))  # a new year
        for encoding in ("foo", "hex", "utf-32", "shift_jis"):
            with pytest.raises(BankFileError):
                _take(place, f'<?xml version="1.0" encoding="{encoding}"?><a/>'.encode())
            with pytest.raises(BankFileError):
                _report(place, f'<?xml version="1.0" encoding="{encoding}"?><a/>'.encode())
        assert _broken(place) == {}


def _cancel(server: Running, invoice: str) -> None:
    """Cancel an invoice of the first pharmacy."""

    async def work() -> int:
        software = server.software(server.shops("pharmacy")[0])
        sent = cancelled(invoice, now().date().isoformat())
        return (await software.call(server.wire(), "POST", CLAIM_PATH, now(), sent)).status

    assert run(work()) == 200


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
    words = ["take", str(report), str(statement), *data, "--account", _IBAN]
    done = CliRunner().invoke(bank_command, words)
    assert done.exit_code == 0, done.output
    assert f"État de {settlement}" in done.output and "à expliquer" in done.output
    shown = CliRunner().invoke(bank_command, ["unmatched", *data], env={"COLUMNS": "160"})
    assert "INCONNU" in shown.output
    other = ["take", str(statement), *data, "--account", "DE89370400440532013000"]
    refused = CliRunner().invoke(bank_command, other)
    assert isinstance(refused.exception, Refusal)
    assert msgspec.json.encode(refused.exception.hint)
