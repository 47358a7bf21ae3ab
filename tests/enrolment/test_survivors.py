"""Rules that a wrong implementation once passed the tests without: each has one of its own."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx2
import pytest
from click.testing import CliRunner

from conftest import Place, Running, now, run
from egide import db
from egide.access import Role
from egide.access.attestation import attested
from egide.access.certificate import Certificate
from egide.access.jose import Jwk, thumbprint
from egide.cli.serving.serve import serve
from egide.client import FileKey, attestation, build_declaration
from egide.core.refusal import Refusal
from egide.directory import take_in
from egide.vault import KeyRing, Sealer
from enrolment.test_iban import operator
from identity.persons import as_portal, change, entered, refusal
from payments.builders import submit_claims


def _establishments_invoice(server: Running, shop: int, prefix: str) -> str:
    submit_claims(server, prefix, 1, shops=1)
    establishment = server.place.france.shops[shop].establishment_id
    query = "select invoice from claim where establishment_id = $1 and invoice like $2 || '%'"
    [row] = as_portal(server.place, query, establishment, prefix)
    return row["invoice"]


def test_a_establishment_neither_lists_nor_closes_anothers_ticket(
    server: Running, client: httpx2.Client
) -> None:
    shop, other = server.shops("pharmacy")[:2]
    asker, _, _ = entered(server, client, shop=shop)
    stranger, _, _ = entered(server, client, shop=other)
    sent = {"invoice": _establishments_invoice(server, shop, "SURVIVOR"), "reason": "other"}
    ticket = asker.post("/portal/tickets/open", sent)[1]["ticket"]

    def listed(browser: object) -> set[str]:
        return {one["ticket"] for one in browser.call("GET", "/portal/tickets")[1]["tickets"]}  # type: ignore[attr-defined]

    assert ticket in listed(asker) and ticket not in listed(stranger)
    said = stranger.post("/portal/tickets/close", {"ticket": ticket})[1]
    assert refusal(said) == "change-unknown"
    assert ticket in listed(asker)


@pytest.mark.parametrize("why", ["session", "account"])
def test_an_operator_whose_session_or_account_ended_sees_no_invoice(
    server: Running, client: httpx2.Client, why: str
) -> None:
    shop = server.shops("pharmacy")[0]
    asker, _, _ = entered(server, client, shop=shop)
    sent = {"invoice": _establishments_invoice(server, shop, f"ENDED{why}"), "reason": "other"}
    ticket = UUID(asker.post("/portal/tickets/open", sent)[1]["ticket"])
    watch = operator(server, client)
    [session] = watch.call("GET", "/portal/me")[1]["sessions"]
    number = UUID(session["session"])
    query = "select support_view($1, $2, gen_random_uuid()) as seen"
    for _ in range(26):  # one person, however often, is one of the twenty-five
        [row] = as_portal(server.place, query, number, ticket)
        assert row["seen"] == "logged"
    ended = {
        "session": "update web_session set ends_at = opened_at where session_id = $1",
        "account": "update account set closed_at = now() where account_id = (select account_id from web_session where session_id = $1)",
    }[why]
    change(server, ended, number)
    [row] = as_portal(server.place, query, number, ticket)
    assert row["seen"] is None


def test_a_session_that_ended_invites_nobody(server: Running, client: httpx2.Client) -> None:
    browser, _, _ = entered(server, client, Role.ADMINISTRATOR, server.shops("laboratory")[0])
    [session] = browser.call("GET", "/portal/me")[1]["sessions"]
    number = UUID(session["session"])
    query = "select invite_to_establishment($1, gen_random_uuid(), 'assistant', ''::bytea, $2) as done"
    assert as_portal(server.place, query, number, uuid4().bytes)[0]["done"] is True
    change(server, "update web_session set ends_at = opened_at where session_id = $1", number)
    assert as_portal(server.place, query, number, uuid4().bytes)[0]["done"] is False
    helper, _, _ = entered(server, client, Role.ASSISTANT, server.shops("laboratory")[0])
    [session] = helper.call("GET", "/portal/me")[1]["sessions"]
    said = as_portal(server.place, query, UUID(session["session"]), uuid4().bytes)
    assert said[0]["done"] is False


def test_only_an_operator_decides_on_an_application(
    server: Running, client: httpx2.Client
) -> None:
    _, _, account = entered(server, client)
    query = "select decide_application(gen_random_uuid(), gen_random_uuid(), $1, false) as done"
    assert as_portal(server.place, query, account)[0]["done"] is False


def test_a_certificate_holds_between_its_two_instants_alone() -> None:
    instant = now()
    one = Certificate(
        digest="d", key="k", starts=instant, ends=instant + timedelta(days=1), der=b""
    )
    assert one.holds(instant) and one.holds(one.ends - timedelta(seconds=1))
    assert not one.holds(one.ends) and not one.holds(instant - timedelta(seconds=1))
    assert not replace(one, ends=instant).holds(instant)


class _Makers:
    """Two vendors, each with a registered key, and a build of the first."""

    def __init__(self, place: Place, folder: Path) -> None:
        self.place = place
        self.keys = [FileKey.create(folder / f"{number}.pem") for number in range(2)]
        lines = [
            json.dumps(
                {"kind": "vendor", "vendor": f"{folder.name} {at}", "jwk": dict(key.jwk)}
            ).encode()
            for at, key in enumerate(self.keys)
        ]

        async def register() -> None:
            async with place.store.pool("owner") as pool:
                report = await take_in(
                    pool, lines, sealer=Sealer(KeyRing.open(place.keys)), now=now()
                )
                assert report.taken == 2

        run(register())


def test_a_maker_vouches_for_its_own_builds_with_a_live_key_and_the_right_words(
    server: Running, tmp_path: Path
) -> None:
    vendors = _Makers(server.place, tmp_path)
    mine, theirs = vendors.keys
    said = build_declaration(
        mine, origin=server.origin, product="Atelier", version="1", now=now()
    )
    build = UUID(httpx2.post(f"{server.origin}/software", content=said).json()["software"])
    instance = FileKey.create(tmp_path / "instance.pem")
    named = thumbprint(Jwk(**instance.jwk))
    ends = now() + timedelta(days=1)

    def holds(text: str) -> bool:
        async def work() -> bool:
            async with server.place.store.pool("portal") as pool, db.statement(pool) as tx:
                try:
                    await attested(tx, text, thumbprint=named, now=now())
                except Refusal:
                    return False
                return True

        return run(work())

    good = attestation(mine, software=build, instance=instance.jwk, ends=ends)
    assert holds(good)
    assert not holds(attestation(theirs, software=build, instance=instance.jwk, ends=ends))
    # A declaration of a build is no attestation of an instance, nor the other way round.
    assert not holds(said)
    assert httpx2.post(f"{server.origin}/software", content=good.encode()).status_code == 403
    query = "update vendor_key set revoked_at = now() where thumbprint = $1"
    change(server, query, thumbprint(Jwk(**mine.jwk)))
    assert not holds(good)
    assert httpx2.post(f"{server.origin}/software", content=said).status_code == 403
    # Its only key taken away opens nothing: its instances are vouched for, or not enrolled.
    _, _, account = entered(server, httpx2.Client(base_url=server.origin), shop=12)
    establishment = server.place.france.shops[12].establishment_id
    text = """insert into caller_key (thumbprint, establishment_id, software_id, jwk, enrolled_by, enrolled_at)
              values ('x', $1, $2, '{}', $3, now()) returning thumbprint"""
    with pytest.raises(db.DatabaseError, match="vouches"):
        as_portal(server.place, text, establishment, build, account)
    with pytest.raises(db.DatabaseError, match="in the name of somebody"):
        as_portal(server.place, text, establishment, build, None)


def test_a_server_reads_certificates_from_its_handshakes_or_from_a_relay_never_both(
    tmp_path: Path,
) -> None:
    file = tmp_path / "any.pem"
    file.write_text("")
    words = ["--data", str(tmp_path / "var"), "--tls", str(file), str(file)]
    done = CliRunner().invoke(serve, [*words, "--relayed-certificates"])
    assert isinstance(done.exception, Refusal)
    assert done.exception.where == "--relayed-certificates"
    assert not (tmp_path / "var").exists()
