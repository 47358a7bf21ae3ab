"""An insurer's staff see their own rows only, and two of them let a file of claims out."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from conftest import Place, Running, now, run
from egide import db
from egide.access import Role
from egide.accounts import Invitation, invite
from egide.core.refusal import Refusal
from egide.doubles.device import Browser, SecurityKey
from egide.members import ImportRefusedError, ImportTerms, import_members
from egide.statements.api import _why
from egide.statements.sql import CalledOf
from egide.vault import KeyRing, Sealer
from identity.persons import as_counter, as_owner, as_portal, change, refusal
from payments.builders import close, submit_claims
from spreadsheets import rows_of


def _insurers(place: Place) -> dict[str, UUID]:
    async def work() -> dict[str, UUID]:
        async with place.store.pool("owner") as pool, db.statement(pool) as tx:
            rows = await db.many(tx, "select amc_number, insurer_id from insurer")
            return {row["amc_number"]: row["insurer_id"] for row in rows}

    return run(work())


def _staff(server: Running, client: httpx2.Client, insurer: UUID) -> Browser:
    async def work() -> str:
        async with server.place.store.pool("owner") as pool, db.transaction(pool) as tx:
            wanted = Invitation(role=Role.INSURER, label="Gestionnaire", insurer_id=insurer)
            sealer = Sealer(KeyRing.open(server.place.keys))
            return (await invite(tx, wanted, sealer=sealer, now=now())).code

    browser = Browser(server.origin, client)
    assert browser.enrol(SecurityKey(server.origin), run(work()))[0] == 200
    return browser


_SETTLED = """claim_id in (
    select a.claim_id from allocation a join transfer t using (transfer_id) where t.settlement_id = $1)"""


@pytest.fixture(scope="module")
def settled(server: Running) -> tuple[str, list[UUID]]:
    """A settlement that calls several insurers."""
    submit_claims(server, "STATEMENT", 24, step=17)
    settlement = close(server.place)
    assert settlement is not None
    rows = as_portal(
        server.place,
        "select insurer_id from funds_call where settlement_id = $1 order by 1",
        settlement.settlement_id,
    )
    called = [row["insurer_id"] for row in rows]
    assert len(called) > 1
    return settlement.settlement_id, called


def _claims(place: Place, settlement: str, insurer: UUID) -> set[str]:
    query = f"select claim_id from claim where {_SETTLED} and insurer_id = $2"
    return {str(row["claim_id"]) for row in as_counter(place, query, settlement, insurer)}


def _take(browser: Browser, settlement: str) -> list[dict[str, str]]:
    status, said = browser.post("/portal/exports/take", {"settlement": settlement})
    assert status == 200, said
    return rows_of(said["lines"])


class TestStatements:
    def test_each_sees_its_own_calls_for_funds(
        self, server: Running, client: httpx2.Client, settled: tuple[str, list[UUID]]
    ) -> None:
        settlement, called = settled
        for insurer in called:
            _, said = _staff(server, client, insurer).call("GET", "/portal/statements")
            query = "select amount_cents from funds_call where settlement_id = $1 and insurer_id = $2"
            [mine] = as_portal(server.place, query, settlement, insurer)
            [shown] = [one for one in said["calls"] if one["settlement"] == settlement]
            assert shown["amount_cents"] == mine["amount_cents"]
            every = as_portal(
                server.place,
                "select count(*) as n from funds_call where insurer_id = $1",
                insurer,
            )
            assert len(said["calls"]) == every[0]["n"]

    def test_a_call_is_shown_by_establishment_with_what_stands_out(
        self, server: Running, client: httpx2.Client, settled: tuple[str, list[UUID]]
    ) -> None:
        settlement, called = settled
        first, other = (_staff(server, client, one) for one in called[:2])
        path, sent = "/portal/statements/show", {"settlement": settlement}
        status, said = first.post(path, sent)
        assert status == 200, said
        rows = said["establishments"]
        total = "select amount_cents, claims from funds_call where settlement_id = $1 and insurer_id = $2"
        [mine] = as_portal(server.place, total, settlement, called[0])
        assert sum(row["amount_cents"] for row in rows) == mine["amount_cents"]
        assert sum(row["claims"] for row in rows) == mine["claims"]
        assert [row["amount_cents"] for row in rows] == sorted(
            (row["amount_cents"] for row in rows), reverse=True
        )
        assert all(row["new_persons"] <= row["persons"] <= row["claims"] for row in rows)
        assert rows != other.post(path, sent)[1]["establishments"]
        assert refusal(first.post(path, {"settlement": "none"})[1]) == "transfer-unknown"
        plain = CalledOf(
            **{name: value for name, value in rows[0].items() if name != "stands_out"},
            stands_out=True,
        )
        usual = replace(plain, persons=20, new_persons=2, claims=20, without_card=3)
        usual = replace(usual, amount_cents=9_000, largest_cents=900)
        assert _why(replace(usual, stands_out=False)) == []
        assert len(_why(replace(usual, new_persons=11, without_card=11))) == 2
        assert len(_why(replace(usual, amount_cents=200_000, largest_cents=150_000))) == 1

    def test_what_stands_out_is_shown_first_however_small(
        self, server: Running, client: httpx2.Client, settled: tuple[str, list[UUID]]
    ) -> None:
        settlement, called = settled
        clerk = _staff(server, client, called[0])
        sent = {"settlement": settlement}
        before = clerk.post("/portal/statements/show", sent)[1]["establishments"]
        assert not any(row["stands_out"] for row in before)
        # The cheapest establishment of the call, as if it had billed ten persons who never came.
        finess = before[-1]["finess"]
        of_it = """
        select a.establishment_id, a.transfer_id, a.claim_id
          from allocation a join transfer t using (transfer_id) join establishment e on e.establishment_id = a.establishment_id
         where t.settlement_id = $1 and e.finess = $2 and a.insurer_id = $3 limit 1
        """
        [one] = as_owner(server.place, of_it, settlement, finess, called[0])
        copy = """
        with made as (
            insert into claim (establishment_id, invoice, claim_id, content_hash, entry_id, care_hash, person_id, insurer_id,
                               plan_code, state, expense_cents, amo_cents, amc_cents, patient_cents, received_at, due_on,
                               response, attested)
            select establishment_id, 'MADEUP-' || n, gen_random_uuid(), content_hash, gen_random_uuid(),
                   sha256(('madeup' || n)::bytea), gen_random_uuid(), insurer_id, plan_code, 'payable', 1, 0, 1, 0,
                   received_at, due_on, response, attested
              from claim, generate_series(1, 12) n
             where claim_id = $1
            returning establishment_id, claim_id
        )
        insert into allocation (establishment_id, claim_id, transfer_id, insurer_id, amount_cents)
        select establishment_id, claim_id, $2, $3, 1 from made
        """
        change(server, copy, one["claim_id"], one["transfer_id"], called[0])
        try:
            said = clerk.post("/portal/statements/show", sent)[1]
            first = said["establishments"][0]
            assert first["finess"] == finess and len(first["stands_out"]) >= 1
            assert (said["left_out"], said["left_out_cents"]) == (0, 0)
        finally:
            gone = """
            with gone as (delete from allocation a using claim c
                           where a.claim_id = c.claim_id and c.invoice like 'MADEUP-%' returning 1)
            select count(*) from gone
            """
            as_owner(server.place, gone)
            change(server, "delete from claim where invoice like 'MADEUP-%'")

    def test_who_accepts_a_call_settles_its_own_claims_and_they_justify(
        self, server: Running, client: httpx2.Client, settled: tuple[str, list[UUID]]
    ) -> None:
        settlement, called = settled
        owe = f"""
        with claimed as (
            select distinct establishment_id, person_id, insurer_id from claim where {_SETTLED}
        )
        insert into gate.unproved_query (establishment_id, address, asked_at, basis, person_id)
        select establishment_id, gen_random_uuid(), now(), 'U', person_id from claimed
        """
        change(server, owe, settlement)

        def owed() -> dict[UUID, int]:
            query = f"""
            select c.insurer_id, count(distinct d.address) as n
              from (select distinct establishment_id, person_id, insurer_id from claim where {_SETTLED}) c
              left join gate.unproved_query d using (establishment_id, person_id)
             group by 1
            """

            async def work() -> dict[UUID, int]:
                async with server.place.store.pool("owner") as pool, db.statement(pool) as tx:
                    return {
                        row["insurer_id"]: row["n"]
                        for row in await db.many(tx, query, settlement)
                    }

            return run(work())

        before = owed()
        assert set(before) == set(called) and all(before.values())
        first = _staff(server, client, called[0])
        path, sent = "/portal/statements/accept", {"settlement": settlement}
        status, said = first.post(path, sent)
        assert status == 200, said
        assert said["claims"] == len(_claims(server.place, settlement, called[0]))
        # Days to object come first; then as many as the establishment proved by cards.
        assert owed() == before
        change(server, "update gate.claimed set accepted_at = accepted_at - interval '5 days'")
        change(server, "select gate.justify_claimed()")
        after = owed()
        assert after[called[0]] == 0
        assert {one: after[one] for one in called[1:]} == {
            one: before[one] for one in called[1:]
        }
        assert refusal(first.post(path, sent)[1]) == "transfer-unknown"  # once
        unknown = first.post(path, {"settlement": "none"})[1]
        assert refusal(unknown) == "transfer-unknown"
        _, shown = first.call("GET", "/portal/statements")
        [mine] = [one for one in shown["calls"] if one["settlement"] == settlement]
        assert mine["accepted_at"] is not None
        # Whom a claim settled is known to its establishment from then on, by an alias of its own.
        query = f"""
        select count(*) as n from claim c left join gate.relation r using (establishment_id, person_id)
         where c.{_SETTLED} and c.insurer_id = $2 and r.alias is null
        """

        async def unmet() -> int:
            async with server.place.store.pool("owner") as pool, db.statement(pool) as tx:
                row = await db.first(tx, query, settlement, called[0])
                assert row is not None
                return int(row["n"])

        assert run(unmet()) == 0
        columns = "establishment_id, invoice, claim_id, entry_id, insurer_id, person_id"
        with pytest.raises(db.DatabaseError):
            as_counter(
                server.place,
                f"insert into claim select * from claim where {_SETTLED} returning {columns}",
                settlement,
            )
        counter = as_portal(
            server.place, "select accept_call(gen_random_uuid(), $1) as n", settlement
        )
        assert counter[0]["n"] is None


class TestByTwo:
    """Above what its contract says, two of an insurer's people accept a call."""

    def test_the_second_accepts_and_it_is_another(
        self, server: Running, client: httpx2.Client, settled: tuple[str, list[UUID]]
    ) -> None:
        settlement, called = settled
        insurer = called[1]
        query = (
            "select amount_cents from funds_call where settlement_id = $1 and insurer_id = $2"
        )
        [mine] = as_portal(server.place, query, settlement, insurer)
        bound = """
        insert into insurer_funding (insurer_id, from_on, credit_cents, two_above_cents)
        values ($1, current_date + $2::integer, null, $3)
        """
        change(server, bound, insurer, -2, mine["amount_cents"] - 1)
        change(server, bound, insurer, 2, 10**9)  # of a day to come
        path, sent = "/portal/statements/accept", {"settlement": settlement}
        first, second = (_staff(server, client, insurer) for _ in range(2))
        try:
            for _ in range(2):  # one person, twice
                status, said = first.post(path, sent)
                assert (status, said) == (200, {"claims": 0, "waits_for_another": True})
            _, shown = second.call("GET", "/portal/statements")
            [one] = [each for each in shown["calls"] if each["settlement"] == settlement]
            assert one["first_at"] is not None and one["accepted_at"] is None
            noted = (
                "select 1 from gate.claimed g join claim c using (establishment_id, person_id)"
            )
            settled_of = f"{noted} where c.{_SETTLED} and c.insurer_id = $2"
            assert as_owner(server.place, settled_of, settlement, insurer) == []
            status, said = second.post(path, sent)
            assert said["claims"] == len(_claims(server.place, settlement, insurer))
            assert not said["waits_for_another"]
            assert as_owner(server.place, settled_of, settlement, insurer) != []
            assert refusal(first.post(path, sent)[1]) == "transfer-unknown"
        finally:
            change(server, "delete from insurer_funding where insurer_id = $1", insurer)

    def test_to_the_cent_one_is_enough(
        self, server: Running, client: httpx2.Client, settled: tuple[str, list[UUID]]
    ) -> None:
        settlement, called = settled
        insurer = called[2] if len(called) > 2 else called[-1]
        query = (
            "select amount_cents from funds_call where settlement_id = $1 and insurer_id = $2"
        )
        [mine] = as_portal(server.place, query, settlement, insurer)
        bound = "insert into insurer_funding values ($1, current_date - 2, null, $2)"
        change(server, bound, insurer, mine["amount_cents"])
        try:
            alone = _staff(server, client, insurer)
            said = alone.post("/portal/statements/accept", {"settlement": settlement})[1]
            assert not said["waits_for_another"] and said["claims"] > 0
        finally:
            change(server, "delete from insurer_funding where insurer_id = $1", insurer)


class TestExports:
    def test_one_asks_another_approves_the_first_takes(
        self, server: Running, client: httpx2.Client, settled: tuple[str, list[UUID]]
    ) -> None:
        settlement, called = settled
        asker, other = (_staff(server, client, called[0]) for _ in range(2))
        assert _take(asker, settlement) == []
        status, asked = asker.post("/portal/exports/ask", {"settlement": settlement})
        assert status == 200, asked
        assert _take(asker, settlement) == []
        assert refusal(asker.post("/portal/exports/approve", asked)[1]) == "change-unknown"
        assert other.post("/portal/exports/approve", asked)[0] == 200
        taken = {row["claim"] for row in _take(asker, settlement)}
        assert taken == _claims(server.place, settlement, called[0]) != set()
        logged = as_owner(
            server.place,
            "select e.address from gate.entry e where e.purpose = 'export' and e.basis = 'O' and e.insurer_id = $1"
            " and e.account_id = (select asked_by from export_order where export_id = $2)",
            called[0],
            UUID(asked["export"]),
        )
        assert {
            str(row["address"]) for row in logged
        } == taken  # each person sees who took it out
        assert _take(other, settlement) == []  # who approves takes nothing
        assert refusal(other.post("/portal/exports/approve", asked)[1]) == "change-unknown"

    def test_another_insurer_neither_approves_nor_takes(
        self, server: Running, client: httpx2.Client, settled: tuple[str, list[UUID]]
    ) -> None:
        settlement, called = settled
        asker, stranger = (_staff(server, client, one) for one in called[:2])
        asked = asker.post("/portal/exports/ask", {"settlement": settlement})[1]
        assert refusal(stranger.post("/portal/exports/approve", asked)[1]) == "change-unknown"
        _, said = stranger.call("GET", "/portal/statements")
        assert asked["export"] not in {one["export"] for one in said["exports"]}
        unknown = asker.post("/portal/exports/ask", {"settlement": "S20000101-01"})[1]
        assert refusal(unknown) == "transfer-unknown"

    def test_a_day_later_it_is_over(
        self, server: Running, client: httpx2.Client, settled: tuple[str, list[UUID]]
    ) -> None:
        settlement, called = settled
        asker, other = (_staff(server, client, called[1]) for _ in range(2))
        asked = asker.post("/portal/exports/ask", {"settlement": settlement})[1]
        assert other.post("/portal/exports/approve", asked)[0] == 200
        assert _take(asker, settlement)
        _age(server, asked["export"], "approved_at")
        assert _take(asker, settlement) == []
        late = asker.post("/portal/exports/ask", {"settlement": settlement})[1]
        _age(server, late["export"], "asked_at")
        assert refusal(other.post("/portal/exports/approve", late)[1]) == "change-unknown"


def _age(server: Running, export: str, column: str) -> None:
    change(server, "alter table export_order disable trigger export_order_guard")
    change(server, f"update export_order set {column} = {column} - $2::interval where export_id = $1", UUID(export), timedelta(hours=25))  # fmt: skip
    change(server, "alter table export_order enable trigger export_order_guard")


class TestTheDatabase:
    """What a statement that forgets its condition, or an injection as the role of insurers, is shown."""

    def _as_insurer(
        self, place: Place, session: UUID | None, query: str, *values: Any
    ) -> list[db.Row]:
        async def work() -> list[db.Row]:
            async with place.store.pool("portal") as pool, db.transaction(pool) as tx:
                await db.run(tx, "set local role egide_insurer")
                if session is not None:
                    await db.first(
                        tx, "select set_config('egide.session', $1::uuid::text, true)", session
                    )
                return await db.many(tx, query, *values)  # type: ignore[arg-type]

        return run(work())

    def test_without_a_session_of_an_insurer_there_is_nothing(
        self, server: Running, client: httpx2.Client, settled: tuple[str, list[UUID]]
    ) -> None:
        mine = UUID(_staff(server, client, settled[1][0]).session)
        for session in (None, uuid4()):
            for table in ("funds_call", "export_order", "claim", "account"):
                column = "insurer_id"
                assert (
                    self._as_insurer(server.place, session, f"select {column} from {table}")
                    == []
                )
        seen = self._as_insurer(
            server.place, mine, "select distinct insurer_id from funds_call"
        )
        assert [row["insurer_id"] for row in seen] == [settled[1][0]]
        assert self._as_insurer(server.place, mine, "select claim_id from claim") == []
        change(server, "update web_session set closed_at = now() where session_id = $1", mine)
        assert self._as_insurer(server.place, mine, "select insurer_id from funds_call") == []

    @pytest.mark.parametrize(
        "query",
        [
            "select person_id from claim",
            "select response from claim",
            "select * from gate.person",
            "select credential_id from passkey",
            "select iban_tail from establishment",
            "update funds_call set amount_cents = 1",
            "delete from export_order",
            "select * from transfer",
        ],
    )
    def test_it_reads_no_person_and_changes_nothing(self, server: Running, query: str) -> None:
        with pytest.raises(db.DatabaseError, match="permission denied"):
            self._as_insurer(server.place, None, query)

    def test_an_export_is_of_two_persons_of_the_insurer(
        self, server: Running, client: httpx2.Client, settled: tuple[str, list[UUID]]
    ) -> None:
        settlement, called = settled
        first, theirs = (_staff(server, client, one) for one in called[:2])
        mine, stranger = (_account(server, one.session) for one in (first, theirs))
        ask = """insert into export_order (export_id, insurer_id, settlement_id, asked_by, asked_at)
                 values ($1, $2, $3, $4, now())"""
        session, number = UUID(first.session), uuid4()
        with pytest.raises(db.DatabaseError, match="row-level security"):
            self._as_insurer(
                server.place, session, ask, uuid4(), called[1], settlement, stranger
            )
        with pytest.raises(db.DatabaseError, match="of the insurer"):
            self._as_insurer(
                server.place, session, ask, uuid4(), called[0], settlement, stranger
            )
        self._as_insurer(server.place, session, ask, number, called[0], settlement, mine)
        approve = "update export_order set approved_by = $2 where export_id = $1"
        with pytest.raises(db.DatabaseError, match="export_order_by_two"):
            self._as_insurer(server.place, session, approve, number, mine)
        with pytest.raises(db.DatabaseError, match="of the insurer"):
            self._as_insurer(server.place, session, approve, number, stranger)


def _account(server: Running, session: str) -> UUID:
    query = "select account_id from web_session where session_id = $1"
    [row] = as_portal(server.place, query, UUID(session))
    return row["account_id"]


class TestImports:
    def _import(self, place: Place, file: Path, amc: str | None) -> int:
        async def work() -> int:
            async with place.store.pool("loader") as pool:
                terms = ImportTerms(keys=place.keys, amc=amc)
                return (await import_members(pool, file, terms, now=now())).persons

        return run(work())

    def test_an_insurers_file_writes_no_person_of_another(
        self, server: Running, tmp_path: Path
    ) -> None:
        place, (mine, other, *_) = server.place, server.place.france.insurers
        file = tmp_path / "members.ndjson"
        file.write_bytes(b"".join(list(place.france.members_file(other))[:20]))
        for amc, refused in ((mine, ImportRefusedError), ("00000000", Refusal)):
            with pytest.raises(refused):
                self._import(place, file, amc)
        report = file.with_name(f"{file.name}.report.ndjson").read_text()
        assert report.count("autre assureur") == 19
        assert self._import(place, file, other) == 19

    @pytest.mark.parametrize("known", [True, False])
    def test_the_loaders_login_sees_the_insurers_of_its_import_alone(
        self, server: Running, known: bool
    ) -> None:
        insurers = _insurers(server.place)
        mine, other = list(insurers.values())[:2]

        async def work() -> tuple[set[UUID], int]:
            async with server.place.store.pool("loader") as pool, db.transaction(pool) as tx:
                if known:
                    await db.first(
                        tx, "select set_config('egide.insurers', $1::text, true)", str(mine)
                    )
                rows = await db.many(tx, "select distinct insurer_id from gate.person")
                moved = await db.run(tx, "delete from gate.cover where insurer_id = $1", other)
                return {row["insurer_id"] for row in rows}, moved

        assert run(work()) == ({mine} if known else set(), 0)

    def test_nor_does_it_write_another(self, server: Running) -> None:
        mine, other = list(_insurers(server.place).values())[:2]

        async def work() -> None:
            async with server.place.store.pool("loader") as pool, db.transaction(pool) as tx:
                await db.first(
                    tx, "select set_config('egide.insurers', $1::text, true)", str(mine)
                )
                query = """insert into gate.cover (address, person_id, start_on, basis, insurer_id, plan_code)
                           values (gen_random_uuid(), gen_random_uuid(), '2026-01-01', 'P', $1, 'X')"""
                await db.run(tx, query, other)

        with pytest.raises(db.DatabaseError, match="row-level security"):
            run(work())
