"""The operator helps by ticket: masked, counted to 25 persons a day, each in the log (GATE, A11)."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from conftest import Running, now, run
from egide import db
from egide.access import Role
from egide.core.ids import uuid7
from egide.doubles.device import Browser
from enrolment.test_iban import operator
from identity.persons import as_counter, as_portal, change, entered, refusal
from payments.builders import submit_claims


@pytest.fixture
def shop(server: Running) -> int:
    return server.shops("pharmacy")[0]


@pytest.fixture(scope="module")
def invoices(server: Running) -> list[str]:
    """Invoices of that pharmacy, each of another person."""
    submit_claims(server, "HELP", 40, shops=1)
    establishment = server.place.france.shops[server.shops("pharmacy")[0]].establishment_id
    query = """select distinct on (person_id) invoice from claim
                where establishment_id = $1 and invoice like 'HELP%' order by person_id"""
    return [row["invoice"] for row in as_counter(server.place, query, establishment)]


def _open(browser: Browser, invoice: str) -> str:
    status, said = browser.post(
        "/portal/tickets/open", {"invoice": invoice, "reason": "refused"}
    )
    assert status == 200, said
    return said["ticket"]


class TestTickets:
    def test_an_operator_sees_the_invoice_that_a_establishment_asked_about_and_no_person(
        self, server: Running, client: httpx2.Client, shop: int, invoices: list[str]
    ) -> None:
        asker, _, _ = entered(server, client, Role.ASSISTANT, shop)
        second = operator(server, client)
        ticket = _open(asker, invoices[0])
        twice = asker.post("/portal/tickets/open", {"invoice": invoices[0], "reason": "other"})[
            1
        ]
        assert refusal(twice) == "change-open"
        [listed] = [
            one
            for one in second.call("GET", "/portal/tickets")[1]["tickets"]
            if one["ticket"] == ticket
        ]
        assert listed["invoice"] == ""
        status, seen = second.post("/portal/tickets/view", {"ticket": ticket})
        assert status == 200
        establishment = server.place.france.shops[shop].establishment_id
        query = "select amc_cents, person_id, state from claim where establishment_id = $1 and invoice = $2"
        [row] = as_counter(server.place, query, establishment, invoices[0])
        assert (seen["amc_cents"], seen["state"]) == (row["amc_cents"], row["state"])
        assert str(row["person_id"]) not in str(seen) and "act" not in str(seen)
        assert sum(line["amc_cents"] for line in seen["lines"]) == seen["amc_cents"]
        assert asker.post("/portal/tickets/close", {"ticket": ticket})[0] == 200
        assert (
            refusal(second.post("/portal/tickets/view", {"ticket": ticket})[1])
            == "change-unknown"
        )

    def test_there_is_no_ticket_on_anothers_invoice(
        self, server: Running, client: httpx2.Client, invoices: list[str]
    ) -> None:
        stranger, _, _ = entered(server, client, shop=server.shops("pharmacy")[1])
        sent = {"invoice": invoices[1], "reason": "other"}
        assert refusal(stranger.post("/portal/tickets/open", sent)[1]) == "claim-unknown"
        sent = {"ticket": str(uuid4())}
        assert refusal(stranger.post("/portal/tickets/close", sent)[1]) == "change-unknown"

    def test_a_ticket_is_worth_seven_days(
        self, server: Running, client: httpx2.Client, shop: int, invoices: list[str]
    ) -> None:
        asker, _, _ = entered(server, client, shop=shop)
        ticket = _open(asker, invoices[2])
        change(
            server,
            "update support_ticket set opened_at = opened_at - interval '8 days' where ticket_id = $1",
            UUID(ticket),
        )
        sent = {"ticket": ticket}
        assert (
            refusal(operator(server, client).post("/portal/tickets/view", sent)[1])
            == "change-unknown"
        )


class TestTheLimit:
    def test_twenty_five_persons_a_day_even_at_once_and_each_in_the_log(
        self, server: Running, client: httpx2.Client, shop: int, invoices: list[str]
    ) -> None:
        asker, _, _ = entered(server, client, shop=shop)
        second = operator(server, client)
        tickets = [UUID(_open(asker, one)) for one in invoices[3:33]]
        assert len(tickets) == 30
        session = UUID(second.session)

        async def look(pool: db.Pool, ticket: UUID) -> bool:
            async with db.statement(pool) as tx:
                entry = uuid7(now())
                query = "select support_view($1, $2, $3) as said"
                row = await db.first(tx, query, session, ticket, entry)
                seen = await db.first(tx, "select support_told($1, $2) as seen", session, entry)
                assert row is not None
                assert (row["said"] == "logged") == (seen is not None and bool(seen["seen"]))
                return row["said"] == "logged"

        async def work() -> int:
            async with server.place.store.pool("portal", size=8) as pool:
                return sum(await asyncio.gather(*(look(pool, one) for one in tickets)))

        assert run(work()) == 25
        seen = next(str(one) for one in tickets if self._logged(server, one))
        unseen = next(str(one) for one in tickets if not self._logged(server, one))
        answer = second.post("/portal/tickets/view", {"ticket": unseen})
        assert (answer[0], refusal(answer[1])) == (429, "support-limit")
        assert (
            second.post("/portal/tickets/view", {"ticket": seen})[0] == 200
        )  # of a person already counted
        assert sum(self._logged(server, one) > 0 for one in tickets) == 25
        assert (
            operator(server, client).post("/portal/tickets/view", {"ticket": unseen})[0] == 200
        )

    def _logged(self, server: Running, ticket: UUID) -> int:
        async def work() -> int:
            async with server.place.store.pool("owner") as pool, db.statement(pool) as tx:
                query = "select count(*) as n from gate.entry where purpose = 'support' and address = $1"
                row = await db.first(tx, query, ticket)
                assert row is not None
                return int(row["n"])

        return run(work())

    def test_nobody_but_an_operators_session_sees(
        self, server: Running, client: httpx2.Client, shop: int, invoices: list[str]
    ) -> None:
        asker, _, _ = entered(server, client, shop=shop)
        ticket = UUID(_open(asker, invoices[34]))
        for session in (UUID(asker.session), uuid4()):
            [row] = as_portal(
                server.place,
                "select support_view($1, $2, $3) as seen",
                session,
                ticket,
                uuid4(),
            )
            assert row["seen"] is None
        assert self._logged(server, ticket) == 0


class TestTrail:
    def test_an_auditor_reads_who_asked_and_approved_and_no_name(
        self, server: Running, client: httpx2.Client, shop: int, invoices: list[str]
    ) -> None:
        asker, _, account = entered(server, client, shop=shop)
        second = operator(server, client)
        auditor = operator(server, client, Role.AUDITOR)
        which = asker.post("/portal/changes/iban", {"iban": "DE89370400440532013000"})[1]
        assert asker.post("/portal/changes/cancel", {"change": which["change"]})[0] == 200
        ticket = _open(asker, invoices[35])
        assert second.post("/portal/tickets/view", {"ticket": ticket})[0] == 200
        status, said = auditor.post("/portal/trail", {})
        assert status == 200
        events = [(one["event"], one["about"]) for one in said["trail"]]
        assert ("support-view", ticket) in events
        mine: list[Any] = [
            one["event"] for one in said["trail"] if one["by_account"] == str(account)
        ]
        assert mine == ["change-cancelled", "change-asked"]
        assert "Compte d'essai" not in str(said) and "DE89" not in str(said)
        earlier = {"before": (now() - timedelta(days=400)).isoformat()}
        assert auditor.post("/portal/trail", earlier)[1] == {"trail": []}
        assert (
            as_portal(server.place, "select * from trail($1, now())", UUID(second.session))
            == []
        )
