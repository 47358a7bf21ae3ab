"""A file debited whole, in parts, with a charge, twice, or with what was rejected: each has a word, and none pays twice."""

import io
from pathlib import Path

import pytest

from conftest import Running, now
from egide.core.refusal import Refusal
from egide.treasury import BankFileError, release_hold, take_statements, unmatched
from payments.builders import close, submit_claims, with_pool, write
from treasury.builders import (
    OUR_IBAN,
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


def _refuses(server: Running, subject: str, word: str) -> str:
    with pytest.raises(Refusal) as refused:
        say_as(server.place, subject, word, "Awa")
    return refused.value.hint or ""


class TestOneFile:
    def test_a_reject_debited_with_its_file_and_credited_back_is_due_again_once(
        self, server: Running, tmp_path: Path, at_bank: ModelBank
    ) -> None:
        place = server.place
        file, _, names = ordered(server, tmp_path, "FA", 4)
        take_pain(place, report_of(file, "PART", "", [(names[0], "MS03")]))
        total = sum(cents_of(place, name) for name in names)
        whole = at_bank.statement([Line(-total, [], batch=file), credit_of(place, names[0])])
        assert take(place, whole) == {"suspense": 2}
        [debit] = waiting_on(place, file)
        say_both(place, debit, f"booked:{file}")
        assert set(states_of(place, file).values()) == {"booked"}
        take(
            place, at_bank.statement([Line(1, said="centime")])
        )  # what waited is looked at again
        states = states_of(place, file)
        assert states.pop(names[0]) == "returned"
        assert set(states.values()) == {"booked"}

    def test_a_charge_with_the_file_is_a_charge_and_no_order_is_forgotten(
        self, server: Running, tmp_path: Path, at_bank: ModelBank
    ) -> None:
        place = server.place
        file, _, names = ordered(server, tmp_path, "FB", 4)
        total = sum(cents_of(place, name) for name in names)
        take(place, at_bank.statement([Line(-total - 100, [], batch=file)]))
        [debit] = waiting_on(place, file)
        hint = _refuses(server, debit, f"booked:{names[0]}")
        assert names[1] in hint or "plus que des frais" in hint
        say_both(place, debit, f"booked:{file}")
        assert set(states_of(place, file).values()) == {"booked"}
        with pytest.raises(Refusal):
            say_as(place, file, "rejected", "Awa")

    def test_a_file_debited_in_two_parts_is_said_part_by_part(
        self, server: Running, tmp_path: Path, at_bank: ModelBank
    ) -> None:
        place = server.place
        file, _, names = ordered(server, tmp_path, "FC", 4)
        parts = names[:1], names[1:]
        lines = [
            Line(-sum(cents_of(place, name) for name in part), [], batch=file) for part in parts
        ]
        assert take(place, at_bank.statement(lines)) == {"suspense": 2}
        by_amount = {
            one.amount_cents: one.full_name
            for one in with_pool(place, unmatched).suspense
            if one.target == file
        }
        for line, part in zip(lines, parts, strict=True):
            _refuses(server, by_amount[line.cents], f"booked:{','.join([*part, 'NOBODY'])}")
            say_both(place, by_amount[line.cents], f"booked:{','.join(part)}")
        assert set(states_of(place, file).values()) == {"booked"}

    def test_what_undoes_a_second_debit_order_by_order_pays_nobody_again(
        self, server: Running, tmp_path: Path, at_bank: ModelBank
    ) -> None:
        place = server.place
        file, _, names = ordered(server, tmp_path, "FD", 4)
        total = sum(cents_of(place, name) for name in names)
        twice = [Line(-total, [], batch=file)] * 2
        assert take(place, at_bank.statement(twice)) == {"booked": 1, "suspense": 1}
        undoing = at_bank.statement([credit_of(place, name) for name in names])
        assert take(place, undoing) == {"suspense": 4}
        [debit] = waiting_on(place, file)
        back = [one for name in names for one in waiting_on(place, name)]
        _refuses(server, debit, f"against:{','.join(back[:3])}")
        _refuses(server, debit, f"against:{','.join([*back, back[0]])}")
        say_both(place, debit, f"against:{','.join(back)}")
        assert set(states_of(place, file).values()) == {"booked"}
        assert not any(is_paid_again(place, f"FD-{at}") for at in range(4))


class TestCharges:
    def test_a_charge_that_names_an_order_or_a_file_is_a_charge(
        self, server: Running, tmp_path: Path, at_bank: ModelBank
    ) -> None:
        place = server.place
        file, _, names = ordered(server, tmp_path, "FE", 4)
        take_pain(place, report_of(file, "PART", "", [(names[0], "MS03")]))
        fee = ("PMNT", "ICDT", "CHRG")
        lines = [
            Line(-1_501, [(names[0], -1_501, "")], code=fee),
            Line(-3, [], batch=file, code=fee),
        ]
        assert take(place, at_bank.statement(lines)) == {"charges": 2}
        assert not {one.transfer_id for one in with_pool(place, unmatched).blocked} & set(names)

    def test_an_excess_is_no_charge_where_it_is_more_than_one(
        self, server: Running, tmp_path: Path, at_bank: ModelBank
    ) -> None:
        place = server.place
        _, _, [name] = ordered(server, tmp_path, "FF")
        take(place, at_bank.statement([debit_of(place, name, more=10_001)]))
        [one] = with_pool(place, unmatched).suspense[-1:]
        assert "plus que des frais" in _refuses(server, one.full_name, f"booked:{name}")
        say_both(place, one.full_name, "write-off")


def test_an_order_that_paid_while_its_second_try_failed_is_booked(
    server: Running, tmp_path: Path, at_bank: ModelBank
) -> None:
    place = server.place
    first, _, [name] = ordered(server, tmp_path, "FG")
    take_pain(place, report_of(first, "PART", "", [(name, "MS03")]))
    second = close(place)
    assert second is not None
    write(place, second, tmp_path)
    sql = "select a.transfer_id from allocation a join claim c using (claim_id) where c.invoice = 'FG-0' and attempt = 2"
    [again] = rows_in(place, sql)
    take_pain(
        place, report_of(second.settlement_id, "PART", "", [(again["transfer_id"], "MS03")])
    )
    take(place, at_bank.statement([debit_of(place, name)]))
    say_both(place, waiting_on(place, name)[0], f"booked:{name}")
    assert states_of(place, first) == {name: "booked"}
    close(place)
    assert len(rows_in(place, sql.replace("attempt = 2", "attempt > 2"))) == 0


def test_an_account_that_refuses_after_it_was_released_is_held_again(
    server: Running, tmp_path: Path, at_bank: ModelBank
) -> None:
    place = server.place
    file, _, [name] = ordered(server, tmp_path, "FH")
    take_pain(place, report_of(file, "PART", "", [(name, "AC04")]))
    [held] = [one for one in with_pool(place, unmatched).held if one.transfer_id == name]
    with_pool(place, lambda pool: release_hold(pool, held.finess, "Awa", now=now()))
    take(place, at_bank.statement([debit_of(place, name)]))
    say_both(place, waiting_on(place, name)[0], f"booked:{name}")
    take(place, at_bank.statement([credit_of(place, name, "AC04")]))
    assert name in {one.transfer_id for one in with_pool(place, unmatched).held}
    with_pool(place, lambda pool: release_hold(pool, held.finess, "Awa", now=now()))


def test_a_statement_with_an_at_sign_is_named_and_one_person_is_one(
    server: Running, at_bank: ModelBank
) -> None:
    place = server.place
    take(place, at_bank.statement([Line(77, said="x")], number="REL@2026"))
    name = with_pool(place, unmatched).suspense[-1].full_name
    assert name.startswith("REL@2026@")
    assert not say_as(place, "REL@2026/1", "write-off", "Awa")
    assert not say_as(place, name, "write-off", "A\u034fwa")  # as Awa reads
    assert say_as(place, name, "write-off", "Bo")


def test_a_credit_that_may_undo_either_debit_is_a_persons_for_ever(
    server: Running, tmp_path: Path, at_bank: ModelBank
) -> None:
    place = server.place
    file, _, [name] = ordered(server, tmp_path, "FI")
    take(place, at_bank.statement([credit_of(place, name)]))
    take(place, at_bank.statement([debit_of(place, name), debit_of(place, name)]))
    debits = [one for one in with_pool(place, unmatched).suspense if one.target == name]
    [second] = [one.full_name for one in debits if one.amount_cents < 0]
    say_both(place, second, "write-off")
    take(place, at_bank.statement([Line(1, said="y")]))
    assert states_of(place, file) == {name: "booked"}


def test_what_the_bank_says_makes_stale_what_one_person_said(
    server: Running, tmp_path: Path, at_bank: ModelBank
) -> None:
    place = server.place
    file, _, names = ordered(server, tmp_path, "FJ", 4)
    assert not say_as(place, file, "rejected", "Awa")
    take(place, at_bank.statement([debit_of(place, name) for name in names[1:]]))
    assert not say_as(place, file, "rejected", "Bo")
    assert states_of(place, file)[names[0]] == "ordered"


def test_a_word_of_what_has_not_left_is_looked_at_and_the_file_is_written_all_the_same(
    server: Running, tmp_path: Path
) -> None:
    place = server.place
    submit_claims(server, "FK", 1)
    settlement = close(place)
    assert settlement is not None
    taken = take_pain(place, report_of(settlement.settlement_id, "ACSP", "", []))
    assert taken.contradicted == {settlement.settlement_id: "accusé, mais pas encore parti"}
    assert (write(place, settlement, tmp_path) / "pain.001.xml").exists()


def test_a_bank_that_skips_its_numbers_is_taken_where_a_person_says_that_none_is_missing(
    server: Running, at_bank: ModelBank
) -> None:
    place = server.place
    take(place, at_bank.statement([Line(2, said="a")]))
    at_bank.number += 751
    body = at_bank.statement([Line(3, said="b")])
    with pytest.raises(BankFileError) as refused:
        take(place, body)
    assert "--none-missing" in refused.value.remedy
    assert _taken(server, body) == {"suspense": 1}
    at_bank.balance += 5  # a statement that is missing in truth
    body = at_bank.statement([Line(4, said="c")])
    with pytest.raises(BankFileError) as refused:
        _taken(server, body)
    assert "s'ouvre" in refused.value.why
    at_bank.balance -= 9
    at_bank.number -= 1


def _taken(server: Running, body: bytes) -> dict[str, int]:
    [one] = with_pool(
        server.place,
        lambda pool: take_statements(
            pool, io.BytesIO(body), account=OUR_IBAN, now=now(), none_missing=True
        ),
    )
    return one.counts
