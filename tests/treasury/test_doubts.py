"""What a bank says that does not fit is paid by nobody twice: it waits, it is said by two, and money goes on."""

import random
from pathlib import Path

import msgspec
import pytest

from conftest import Running, now, run
from egide import db
from egide.core.refusal import Refusal, RefusalCode
from egide.payments import never_left, write_files
from egide.treasury import BankFileError, unmatched, withdraw_doubted
from payments.builders import close, submit_claims, with_pool, write
from treasury.builders import (
    broken_laws,
    cancel_invoice,
    cents_of,
    credit_of,
    debit_of,
    is_paid_again,
    ordered,
    rows_in,
    say_as,
    say_both,
    states_of,
    take,
    take_pain,
    waiting_on,
)
from treasury.model_bank import Line, ModelBank, report_of

pytestmark = pytest.mark.usefixtures("settled")

ONE = random.Random(1)


def test_a_debit_of_what_was_rejected_is_paid_no_second_time(
    server: Running, tmp_path: Path, at_bank: ModelBank
) -> None:
    place = server.place
    settlement, _, [name] = ordered(server, tmp_path, "DA")
    assert take_pain(place, report_of(settlement, "PART", "", [(name, "MS03")])).rejected == 1
    assert take(place, at_bank.statement([debit_of(place, name)])) == {"suspense": 1}
    assert not is_paid_again(place, "DA-0")
    assert name in {one.transfer_id for one in with_pool(place, unmatched).blocked}
    say_both(place, waiting_on(place, name)[0], f"booked:{name}")
    assert states_of(place, settlement) == {name: "booked"}
    assert not is_paid_again(place, "DA-0")
    # Paid as any other, it may come back, and is due again.
    assert take(place, at_bank.statement([credit_of(place, name, "MS03")])) == {"returned": 1}
    assert is_paid_again(place, "DA-0")


def test_a_debit_of_what_was_tried_again_is_too_much_and_said_so(
    server: Running, tmp_path: Path, at_bank: ModelBank
) -> None:
    place = server.place
    settlement, _, [name] = ordered(server, tmp_path, "DB")
    take_pain(place, report_of(settlement, "PART", "", [(name, "MS03")]))
    assert is_paid_again(place, "DB-0")
    take(place, at_bank.statement([debit_of(place, name)]))
    [subject] = waiting_on(place, name)
    with pytest.raises(Refusal) as refused:
        say_as(place, subject, f"booked:{name}", "Awa")
    assert "trop-payé" in refused.value.hint
    # The payee sends it back: the two undo each other.
    take(place, at_bank.statement([Line(cents_of(place, name), said="trop perçu")]))
    back = with_pool(place, unmatched).suspense[-1]
    with pytest.raises(Refusal):
        say_as(place, subject, f"against:{subject}", "Awa")
    say_both(place, subject, f"against:{back.full_name}")
    assert not waiting_on(place, name)


def _told_of(server: Running, transfer: str) -> str:
    """Return what the first pharmacy is told of a transfer to it."""

    async def work() -> str:
        software = server.software(server.shops("pharmacy")[0])
        path = f"/fhir/PaymentReconciliation/{transfer}"
        answer = await software.call(server.wire(), "GET", path, now())
        assert answer.status == 200
        return str(msgspec.json.decode(answer.body)["disposition"])

    return run(work())


@pytest.mark.parametrize("others", [0, 3])
def test_a_file_that_is_not_written_yet_pays_nothing_that_a_debit_may_have_paid(
    server: Running, tmp_path: Path, at_bank: ModelBank, others: int
) -> None:
    place, prefix = server.place, f"DW{others}"
    settlement, _, [first] = ordered(server, tmp_path, prefix)
    take_pain(place, report_of(settlement, "PART", "", [(first, "MS03")]))
    if others:  # of it, and of three other pharmacies
        submit_claims(server, f"{prefix}X", others + 1)
    second = close(place)
    assert second is not None
    take(place, at_bank.statement([debit_of(place, first)]))
    with pytest.raises(Refusal) as refused:
        write(place, second, tmp_path)
    assert refused.value.code is RefusalCode.PAYMENT_DOUBTED
    number = second.settlement_id

    async def withdraw(pool: db.Pool) -> list[str]:
        return await withdraw_doubted(pool, number, tmp_path, now=now())

    gone = with_pool(place, withdraw)
    assert len(gone) == 1
    assert "avant de partir" in _told_of(server, gone[0])
    with pytest.raises(Refusal):  # it never left: the debit is the first's
        say_as(place, waiting_on(place, first)[0], f"booked:{gone[0]}", "Awa")
    file = write(place, second, tmp_path) / "pain.001.xml"
    assert file.exists() is bool(others)
    if others:
        assert gone[0] not in file.read_text() and f"<NbOfTxs>{others}<" in file.read_text()
        assert with_pool(place, withdraw) == []
    assert broken_laws(place) == {}
    is_written = "select 1 from settlement where settlement_id = $1 and written_at is not null"
    assert rows_in(place, is_written, number)
    say_both(place, waiting_on(place, first)[0], f"booked:{first}")
    assert states_of(place, settlement) == {first: "booked"}
    close(place)
    standing = """
    select a.transfer_id from allocation a join claim c using (claim_id)
     where c.invoice = $1 and a.ended_at is null
    """
    assert [row["transfer_id"] for row in rows_in(place, standing, f"{prefix}-0")] == [first]
    assert broken_laws(place) == {}


def test_a_file_that_was_begun_may_have_left_and_nothing_of_it_is_withdrawn(
    server: Running, tmp_path: Path, at_bank: ModelBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = server.place
    settlement, _, [first] = ordered(server, tmp_path, "DX")
    take_pain(place, report_of(settlement, "PART", "", [(first, "MS03")]))
    second = close(place)
    assert second is not None
    number, other = second.settlement_id, tmp_path / "other"

    async def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(write_files.sql, "mark_written", killed)
        with pytest.raises(KeyboardInterrupt):
            write(place, second, other)
    take(place, at_bank.statement([debit_of(place, first)]))

    async def withdraw(pool: db.Pool) -> list[str]:
        return await withdraw_doubted(pool, number, tmp_path, now=now())

    async def say_never_left(pool: db.Pool) -> None:
        await never_left(pool, number)

    # Its file is in another folder: somebody may have sent it.
    assert with_pool(place, withdraw) == []
    with pytest.raises(Refusal) as refused:
        write(place, second, tmp_path)
    assert refused.value.code is RefusalCode.PAYMENT_DOUBTED
    with_pool(place, say_never_left)
    assert len(with_pool(place, withdraw)) == 1
    write(place, second, tmp_path)
    with pytest.raises(Refusal):  # it is written
        with_pool(place, say_never_left)
    say_both(place, waiting_on(place, first)[0], f"booked:{first}")
    assert broken_laws(place) == {}


@pytest.mark.parametrize("at_once", [True, False])
def test_a_second_debit_and_what_undoes_it_leave_one_payment(
    server: Running, tmp_path: Path, at_bank: ModelBank, *, at_once: bool
) -> None:
    place = server.place
    prefix = f"DC{at_once:d}"
    settlement, _, [name] = ordered(server, tmp_path, prefix)
    debits, credit = [debit_of(place, name), debit_of(place, name)], credit_of(place, name)
    if at_once:
        assert take(place, at_bank.statement([debits[0], credit, debits[1]]))["suspense"] == 2
    else:
        take(place, at_bank.statement(debits))
        assert take(place, at_bank.statement([credit])) == {"suspense": 1}
    assert states_of(place, settlement) == {name: "booked"}
    assert not is_paid_again(place, f"{prefix}-0")
    one, other = waiting_on(place, name)
    say_both(place, one, f"against:{other}")
    assert states_of(place, settlement) == {name: "booked"}


def test_a_debit_with_its_fee_is_said_by_two_and_meanwhile_is_not_rejected(
    server: Running, tmp_path: Path, at_bank: ModelBank
) -> None:
    place = server.place
    settlement, _, [name] = ordered(server, tmp_path, "DD")
    assert take(place, at_bank.statement([debit_of(place, name, more=100)])) == {"suspense": 1}
    taken = take_pain(place, report_of(settlement, "PART", "", [(name, "AM04")]))
    assert (taken.rejected, taken.contradicted) == (0, {name: "rejeté, mais débité"})
    with pytest.raises(Refusal):
        say_as(place, name, "rejected", "Awa")
    say_both(place, waiting_on(place, name)[0], f"booked:{name}")
    assert states_of(place, settlement) == {name: "booked"}
    assert not is_paid_again(place, "DD-0")


def test_a_file_is_not_rejected_in_no_words_nor_while_a_debit_of_it_waits(
    server: Running, tmp_path: Path, at_bank: ModelBank
) -> None:
    place = server.place
    settlement, path, names = ordered(server, tmp_path, "DE", 4)
    for reason in ("", "NARR", "MS03"):
        assert take_pain(place, report_of(settlement, "RJCT", reason, [])).rejected == 0
    at_bank.accepted.clear()  # of other tests
    at_bank.receive(path, ONE, share_rejected=0)
    gone = at_bank.accepted.pop(names[0])
    lines = at_bank.execute(ONE, whole_file=True)
    assert take(place, at_bank.statement(lines)) == {"suspense": 1}
    assert take_pain(place, report_of(settlement, "RJCT", "FF01", [])).rejected == 0
    # Nor is one that does not explain what was debited; the one that does, is.
    other = take_pain(
        place, report_of(settlement, "PART", "", [(names[1], "AC04"), (names[2], "AC04")])
    )
    assert other.rejected == 0 and len(other.contradicted) == 2
    assert set(states_of(place, settlement).values()) == {"ordered"}
    with pytest.raises(Refusal):
        say_as(place, settlement, "rejected", "Awa")
    say_both(place, gone.end_to_end, "rejected")
    assert sorted(states_of(place, settlement).values()) == ["booked"] * (len(names) - 1) + [
        "rejected"
    ]


def test_a_file_that_left_before_a_crash_stops_no_later_one(
    server: Running, tmp_path: Path, at_bank: ModelBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = server.place
    submit_claims(server, "DF", 1)
    settlement = close(place)
    assert settlement is not None

    async def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(write_files.sql, "mark_written", killed)
        with pytest.raises(KeyboardInterrupt):
            write(place, settlement, tmp_path)
    path = tmp_path / settlement.settlement_id / "pain.001.xml"
    held = path.read_bytes()
    [name] = states_of(place, settlement.settlement_id)
    take(place, at_bank.statement([debit_of(place, name)]))
    take(place, at_bank.statement([credit_of(place, name, "MS03")]))
    write(place, settlement, tmp_path)
    assert path.read_bytes() == held
    assert is_paid_again(place, "DF-0")


def test_a_settlement_that_gives_back_alone_and_is_owed_back_keeps_every_law(
    server: Running, tmp_path: Path, at_bank: ModelBank
) -> None:
    place = server.place
    _, _, [paid] = ordered(server, tmp_path, "DGA")
    take(place, at_bank.statement([debit_of(place, paid)]))
    cancel_invoice(server, "DGA-0")
    _, _, names = ordered(server, tmp_path, "DGB", 9)
    take(place, at_bank.statement([debit_of(place, name) for name in names]))
    _, _, [last] = ordered(server, tmp_path, "DGC")
    take(place, at_bank.statement([debit_of(place, last)]))
    take(
        place,
        at_bank.statement([credit_of(place, paid, "MS03"), credit_of(place, last, "MS03")]),
    )
    cancel_invoice(server, "DGC-0")
    close(place)
    assert broken_laws(place) == {}


def test_a_name_that_changes_changes_no_file_that_is_written_again(
    server: Running, tmp_path: Path
) -> None:
    place = server.place
    submit_claims(server, "DH", 1)
    settlement = close(place)
    assert settlement is not None
    first = (write(place, settlement, tmp_path) / "pain.001.xml").read_bytes()
    rename = "update establishment set name = $1 || name returning establishment_id"
    rows_in(place, rename, "Nouvelle ")
    try:
        again = (write(place, settlement, tmp_path / "again") / "pain.001.xml").read_bytes()
    finally:
        rows_in(place, "update establishment set name = substr(name, 10) returning name")
    assert again == first


def test_a_missing_statement_that_sums_to_nothing_is_missed(
    server: Running, tmp_path: Path, at_bank: ModelBank
) -> None:
    place = server.place
    _, _, [name] = ordered(server, tmp_path, "DI")
    debit = debit_of(place, name)
    missed = at_bank.statement([debit, Line(-debit.cents, said="FONDS ASSUREUR")])
    following = at_bank.statement([Line(500, said="X")])
    with pytest.raises(BankFileError) as refused:
        take(place, following)
    assert "numéro" in refused.value.why
    take(place, missed)
    take(place, following)
    early = ModelBank(
        iban=at_bank.iban,
        day=at_bank.day.replace(year=2020),
        balance=at_bank.balance,
        number=at_bank.number,
    )
    future = ModelBank(
        iban=at_bank.iban,
        day=at_bank.day.replace(year=9999),
        balance=at_bank.balance,
        number=at_bank.number,
    )
    for other in (early, future):
        with pytest.raises(BankFileError):
            take(place, other.statement([]))


@pytest.mark.parametrize(
    ("reason", "is_held"),
    [
        ("AC03", True),
        ("AC07", True),
        ("RC07", True),
        ("AC13", False),
        ("RR02", False),
        ("MS03", False),
    ],
)
def test_a_payee_is_held_for_what_is_wrong_on_its_side(
    server: Running, tmp_path: Path, at_bank: ModelBank, reason: str, *, is_held: bool
) -> None:
    place = server.place
    settlement, _, [name] = ordered(server, tmp_path, f"DJ{reason}")
    take_pain(place, report_of(settlement, "PART", "", [(name, reason)]))
    held = [one for one in with_pool(place, unmatched).held if one.transfer_id == name]
    assert bool(held) is is_held
    if held:
        gone = "update payment_hold set released_by = 'test', released_at = now() where transfer_id = $1 returning reason"
        rows_in(place, gone, name)


def test_each_status_is_applied_or_told(server: Running, tmp_path: Path) -> None:
    place = server.place
    settlement, _, names = ordered(server, tmp_path, "DK", 6)
    body = report_of(settlement, "PART", "", [(name, "MS03") for name in names[:3]])
    odd = body.replace(b"RJCT", b"BLCK", 1).replace(b"RJCT", b"ACWP", 1)
    taken = take_pain(place, odd)
    assert (taken.acknowledged, taken.rejected) == (1, 1)
    assert taken.contradicted == {names[0]: "état « BLCK », que rien ne règle ici"}
    shown = {one.name: one.why for one in with_pool(place, unmatched).to_look_at}
    assert shown[names[0]] == taken.contradicted[names[0]]


def test_a_payment_rejected_whole_rejects_what_it_says_nothing_finer_of(
    server: Running, tmp_path: Path
) -> None:
    place = server.place
    settlement, _, names = ordered(server, tmp_path, "DL", 4)
    body = report_of(settlement, "PART", "", [(names[0], "MS03")])
    whole = b"<PmtInfSts>RJCT</PmtInfSts><StsRsnInf><Rsn><Cd>FF01</Cd></Rsn></StsRsnInf>"
    silent = body.replace(b"<TxSts>RJCT</TxSts>", b"").replace(
        b"<TxInfAndSts>", whole + b"<TxInfAndSts>", 1
    )
    assert take_pain(place, silent).rejected == len(names)
    unnamed = body.replace(names[0].encode(), b"NOTPROVIDED")
    assert list(take_pain(place, unnamed).contradicted) == ["NOTPROVIDED"]


def test_an_order_refused_alone_as_a_double_is_told(server: Running, tmp_path: Path) -> None:
    place = server.place
    settlement, _, [name] = ordered(server, tmp_path, "DM")
    taken = take_pain(place, report_of(settlement, "PART", "", [(name, "AM05")]))
    assert taken.rejected == 0 and name in taken.contradicted


def test_what_one_said_of_an_order_is_stale_once_the_bank_speaks(
    server: Running, tmp_path: Path
) -> None:
    place = server.place
    settlement, _, [name] = ordered(server, tmp_path, "DN")
    assert not say_as(place, settlement, "rejected", "Awa")
    assert settlement in {one.subject for one in with_pool(place, unmatched).said}
    take_pain(place, report_of(settlement, "ACSP", "", []))
    assert not say_as(place, settlement, "rejected", "Bo")
    assert not say_as(place, settlement, "rejected", "B\u200bo")  # as Bo reads
    assert states_of(place, settlement) == {name: "acknowledged"}


def test_charges_go_out_and_an_insurer_owes_no_more_than_it_does(
    server: Running, at_bank: ModelBank
) -> None:
    place = server.place
    take(place, at_bank.statement([Line(123_456_789, said="virement reçu")]))
    subject = with_pool(place, unmatched).suspense[-1].full_name
    [amc] = rows_in(place, "select amc_number from insurer order by 1 limit 1")
    for word in ("charges", f"due:{amc['amc_number']}"):
        with pytest.raises(Refusal):
            say_as(place, subject, word, "Awa")
    say_both(place, subject, f"funds:{amc['amc_number']}")


def test_a_crowd_of_small_credits_hides_nothing(
    server: Running, tmp_path: Path, at_bank: ModelBank
) -> None:
    place = server.place
    crowd = [Line(1, said=f"centime {at}") for at in range(5_001)]
    assert take(place, at_bank.statement(crowd, number="CROWD")) == {"suspense": 5_001}
    settlement, path, names = ordered(server, tmp_path, "DO", 4)
    at_bank.accepted.clear()  # of other tests
    at_bank.receive(path, ONE, share_rejected=0)
    at_bank.accepted.pop(names[0])
    take(place, at_bank.statement(at_bank.execute(ONE, whole_file=True)))
    assert (
        take_pain(place, report_of(settlement, "PART", "", [(names[0], "MS03")])).explained == 1
    )
    assert not say_as(place, "CROWD/5001", "write-off", "Awa")
    gone = (
        "update bank_entry b set disposition = 'disposed', rule = 'said', target = 'test' from bank_statement s "
        "where s.account = b.account and s.place = b.place and s.reference = 'CROWD' returning number"
    )
    assert len(rows_in(place, gone)) == 5_001
