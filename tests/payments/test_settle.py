"""Money out: one transfer an establishment, every claim in it, nothing lost or twice after a crash."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest
from click.testing import CliRunner
from fhir.resources.R4B.paymentreconciliation import PaymentReconciliation
from lxml import etree

from conftest import Place, Running, now, run
from egide import db
from egide.checks import check_laws
from egide.cli.money.pay import pay
from egide.core.identifiers import Iban
from egide.core.refusal import Refusal
from egide.payments import Debtor, Settlement, close_settlement, unwritten, write_settlement
from egide.vault import Attester, KeyRing, Sealer
from payments.builders import DEBTOR, close, grow_tree, submit_claims, with_pool, write
from spreadsheets import amount, rows_of

_NS = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}


def _schema() -> etree.XMLSchema:
    spec = find_spec("sepaxml")
    assert spec is not None and spec.origin is not None
    return etree.XMLSchema(
        etree.parse(str(Path(spec.origin).parent / "schemas" / "pain.001.001.09.xsd"))
    )


def _check_laws(place: Place) -> None:
    async def work(pool: db.Pool) -> None:
        async with db.transaction(pool) as tx:
            broken = [finding for finding in await check_laws(tx) if finding.broken_by]
        assert not broken

    # Nothing grows the log's tree in these tests but the tests themselves.
    grow_tree(place)
    with_pool(place, work, "owner")


def test_a_settlement_pays_every_claim_once(server: Running, tmp_path: Path) -> None:
    place = server.place
    close(place)  # what other tests left
    owed = submit_claims(server, "PAY-A", 11)
    settlement = close(place)
    assert settlement is not None
    assert settlement.amount.cents == owed
    assert settlement.transfers == 4
    assert close(place) is None
    target = write(place, settlement, tmp_path)
    tree = etree.parse(str(target / "pain.001.xml"))
    _schema().assertValid(tree)
    amounts = [Decimal(one.text or "0") for one in tree.findall(".//p:InstdAmt", _NS)]
    assert sum(amounts) * 100 == owed
    assert (
        tree.findtext(".//p:GrpHdr/p:CtrlSum", namespaces=_NS) == f"{Decimal(owed) / 100:.2f}"
    )
    paid = 0
    for identifier in tree.findall(".//p:EndToEndId", _NS):
        body = (target / "remittances" / f"{identifier.text}.csv").read_bytes()
        assert body.startswith("\ufeff".encode())
        rows = rows_of(body)
        assert amount(rows[-1]["amc"]) == sum(amount(row["amc"]) for row in rows[:-1])
        paid += sum(row["line"] == "paid" for row in rows)
        document = msgspec.json.decode(
            (target / "remittances" / f"{identifier.text}.json").read_bytes()
        )
        PaymentReconciliation.model_validate(document)
        details = sum(Decimal(str(one["amount"]["value"])) for one in document["detail"])
        assert details == Decimal(str(document["paymentAmount"]["value"]))
    assert paid == 11
    calls = sum(
        amount(rows_of(path.read_bytes())[-1]["amc"]) for path in (target / "calls").iterdir()
    )
    assert calls * 100 == owed
    assert settlement not in with_pool(place, unwritten)
    _check_laws(place)


def test_orders_leave_from_the_account_that_was_fixed_by_one_writer_at_a_time(
    server: Running, tmp_path: Path
) -> None:
    place = server.place
    submit_claims(server, "PAY-W", 4)
    settlement = close(place)
    assert settlement is not None
    sealer = Sealer(KeyRing.open(place.keys))

    async def both(pool: db.Pool) -> list[Path]:
        one, other = tmp_path / "one", tmp_path / "other"
        writing = (
            write_settlement(pool, settlement, folder, debtor=DEBTOR, sealer=sealer, now=now())
            for folder in (one, other, one)
        )
        return list(await asyncio.gather(*writing))

    written = with_pool(place, both)
    assert len({(path / "pain.001.xml").read_bytes() for path in written}) == 1
    assert not list(tmp_path.glob("*/.S*"))
    elsewhere = Debtor("Autre", Iban.parse("DE89370400440532013000"))
    with pytest.raises(Refusal) as refused:
        with_pool(
            place,
            lambda pool: write_settlement(
                pool, settlement, tmp_path / "third", debtor=elsewhere, sealer=sealer, now=now()
            ),
        )
    assert DEBTOR.name in refused.value.hint and DEBTOR.iban.text not in refused.value.hint
    words = ["--data", str(place.settings.data), "--out", str(tmp_path / "again")]
    words += ["--debtor-name", DEBTOR.name, "--debtor-iban", DEBTOR.iban.text]
    done = CliRunner().invoke(pay, [*words, "--rewrite", settlement.settlement_id])
    assert done.exit_code == 0, done.output
    again = tmp_path / "again" / settlement.settlement_id / "pain.001.xml"
    assert again.read_bytes() == (written[0] / "pain.001.xml").read_bytes()
    nobody = CliRunner().invoke(pay, [*words, "--rewrite", "S20200101-01"])
    assert isinstance(nobody.exception, Refusal)


def test_a_file_written_again_is_the_same_to_the_byte(server: Running, tmp_path: Path) -> None:
    place = server.place
    submit_claims(server, "PAY-B", 5)
    settlement = close(place)
    assert settlement is not None
    first = write(place, settlement, tmp_path / "one")
    second = write(place, settlement, tmp_path / "two")
    names = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert names == sorted(
        path.relative_to(second) for path in second.rglob("*") if path.is_file()
    )
    for name in names:
        assert (first / name).read_bytes() == (second / name).read_bytes()


def test_two_settlements_at_once_pay_each_claim_once(server: Running) -> None:
    place = server.place
    owed = submit_claims(server, "PAY-C", 8)

    async def work() -> list[Settlement | None]:
        async with place.store.pool("payer") as one, place.store.pool("payer") as two:
            day, keys = now().date(), KeyRing.open(place.keys)
            attester, sealer = Attester(keys), Sealer(keys)
            first, second = (
                close_settlement(
                    pool, execute_on=day, attester=attester, sealer=sealer, now=now()
                )
                for pool in (one, two)
            )
            return list(await asyncio.gather(first, second))

    closed = [one for one in run(work()) if one is not None]
    assert sum(one.amount.cents for one in closed) == owed
    _check_laws(place)


@pytest.mark.parametrize("delay", [0.25, 0.5, 0.7, 0.9, 1.1])
def test_killed_at_any_moment_it_finishes_on_the_next_run(
    server: Running, tmp_path: Path, delay: float
) -> None:
    place = server.place
    close(place)
    owed = submit_claims(server, f"PAY-K{delay}", 6)
    command = [
        sys.executable,
        "-m",
        "egide.cli",
        "pay",
        "--data",
        str(place.settings.data),
        "--out",
        str(tmp_path),
    ]
    command += ["--debtor-name", "Egide", "--debtor-iban", "FR7630006000011234567890189"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(delay)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    paid = 0
    for path in tmp_path.glob("S*/pain.001.xml"):
        tree = etree.parse(str(path))
        _schema().assertValid(tree)
        names = {one.text for one in tree.findall(".//p:EndToEndId", _NS)}
        for name in names:
            rows = rows_of((path.parent / "remittances" / f"{name}.csv").read_bytes())
            paid += sum(
                round(amount(row["amc"]) * 100)
                for row in rows
                if row["invoice"].startswith(f"PAY-K{delay}-")
            )
    assert paid == owed
    assert not list(tmp_path.glob("S*/.S*"))
    _check_laws(place)


def test_a_remittance_is_shown_to_its_payee_alone(server: Running) -> None:
    place = server.place
    submit_claims(server, "PAY-D", 4)
    settlement = close(place)
    assert settlement is not None
    shops = server.shops("pharmacy")

    async def work() -> list[int]:
        query = "select transfer_id from transfer where settlement_id = $1 and establishment_id = $2"
        async with place.store.pool("owner") as pool, db.statement(pool) as tx:
            row = await db.first(
                tx,
                query,
                settlement.settlement_id,
                place.france.shops[shops[0]].establishment_id,
            )
        assert row is not None
        statuses: list[int] = []
        for path in (f"/fhir/PaymentReconciliation/{row[0]}", f"/remittances/{row[0]}"):
            for shop in shops[:2]:
                statuses.append(
                    (await server.software(shop).call(server.wire(), "GET", path, now())).status
                )
        return statuses

    assert run(work()) == [200, 404, 200, 404]


def test_a_claim_that_no_process_of_ours_decided_is_not_paid_and_is_named(
    server: Running,
) -> None:
    """Who holds the counter's login alone writes a claim with its entry: it is set aside, named, and nobody else waits."""
    submit_claims(server, "HONEST", 2)
    forged = uuid4()
    written = """
    insert into claim (establishment_id, invoice, claim_id, content_hash, entry_id, care_hash, person_id, insurer_id,
                       plan_code, state, expense_cents, amo_cents, amc_cents, patient_cents, received_at, due_on,
                       response, undue_cents, attested)
    select establishment_id, 'FORGED-1', $1, content_hash, entry_id, sha256('forged'), person_id, insurer_id,
           plan_code, 'payable', 900000, 0, 900000, 0, received_at, due_on, response, 0, $2
      from claim where invoice = 'HONEST-0'
    """
    booked = """
    insert into ledger_entry (cause_kind, cause_id, part, debit, credit, amount_cents, booked_at)
    select 'claim', claim_id::text, 0, 'amc:' || insurer_id || ':due',
           'establishment:' || establishment_id || ':payable', 900000, now()
      from claim where claim_id = $1
    """

    async def write(attested: bytes | None) -> None:
        async with server.place.store.pool("app") as pool, db.transaction(pool) as tx:
            await db.run(tx, written, forged, attested)
            await db.run(tx, booked, forged)

    with pytest.raises(db.DatabaseError, match="attested"):
        run(write(None))
    run(write(bytes(32)))
    first = close(server.place)
    assert first is not None and first.set_aside == (forged,)
    assert 0 < first.amount.cents < 900_000
    paid = "select count(*) from allocation where claim_id = $1"
    assert _count(server.place, paid, forged) == 0
    submit_claims(server, "HONEST-TOO", 1)
    said = CliRunner().invoke(
        pay,
        [
            "--data",
            str(server.place.settings.data),
            "--debtor-name",
            "É",
            "--debtor-iban",
            DEBTOR.iban.text,
        ],
    )
    # It has no lines: a law of money is broken, and the command pays nothing until a person has looked.
    assert said.exit_code != 0 and "each claim is the sum of its lines" in said.output
    with_pool(server.place, lambda pool: _mend(pool, forged), "owner")
    settled = close(server.place)
    assert settled is not None and settled.amount.cents < 900_000


def _count(place: Place, query: str, *values: object) -> int:
    async def work() -> int:
        async with place.store.pool("owner") as pool, db.statement(pool) as tx:
            row = await db.first(tx, query, *values)  # type: ignore[arg-type]
            return 0 if row is None else int(row[0])

    return run(work())


async def _mend(pool: db.Pool, forged: UUID) -> None:
    async with db.transaction(pool) as tx:
        await db.script(tx, "alter table ledger_entry disable trigger user")
        await db.run(tx, "delete from ledger_entry where cause_id = $1", str(forged), changes=1)
        await db.script(tx, "alter table ledger_entry enable trigger user")
        await db.run(tx, "delete from claim where claim_id = $1", forged, changes=1)
