"""Segments by the portal's routes: an operator contains and opens again; persons and the portal itself are shut."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, LiteralString
from uuid import UUID, uuid4

import httpx2
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric import ec

from conftest import Running, run
from egide import db
from egide.access import Role
from egide.cli.gate.ranking import ranking
from egide.cli.gate.segment import segment
from egide.cli.gate.segments import segments
from egide.cli.gate.unjustified import unjustified
from egide.cli.people.keys import concentrator_
from egide.core.refusal import Refusal
from egide.doubles.device import Browser
from egide.rights import Answer, Basis
from enrolment.test_iban import operator
from identity.persons import as_portal, asking, change, entered, refusal
from rights.test_gate import _ask as ask
from rights.test_gate import _card as card
from rights.test_gate import _covered as covered
from rights.test_gate import _new_establishment as new_establishment
from rights.test_gate import _question as question
from rights.test_gate import _typed as typed


@pytest.fixture(autouse=True)
def opened_again(server: Running) -> Iterator[None]:
    change(server, "delete from gate.segment")  # what other tests contained
    yield
    change(server, "delete from gate.segment")


def _set(
    browser: Browser, kind: str, value: object, mode: str, **more: object
) -> tuple[int, Any]:
    body = {"kind": kind, "value": str(value), "mode": mode, "reason": "essai", **more}
    return browser.post("/portal/segments/set", body)


def _sees(server: Running, shop: int, number: int, key: str = "") -> tuple[bool, bool]:
    """Tell whether a shop sees a person by its card, and by what is typed."""
    establishment, person = server.place.france.shops[shop], covered(server.place)[number]
    asked = [
        replace(
            question(establishment.establishment_id, basis, find(server.place, person)),
            software_id=establishment.software_id,
            key=key,
        )
        for basis, find in ((Basis.PRESENCE, card), (Basis.TYPED, typed))
    ]
    first, second = run(ask(server.place, asked))
    return isinstance(first, Answer), isinstance(second, Answer)


def _open(server: Running, kind: str, value: object) -> None:
    """Open a segment again as the command does, on the machine."""
    query = "select gate.set_segment($1, $2, 'open', 'essai', 'moi', now())"
    change(server, query, kind, str(value))


def test_an_operator_contains_a_segment_and_the_machine_opens_it_again(
    server: Running, client: httpx2.Client
) -> None:
    watch, auditor = operator(server, client), operator(server, client, Role.AUDITOR)
    establishment = server.place.france.shops[3].establishment_id
    assert _sees(server, 3, 40) == (True, True)
    assert _set(watch, "establishment", establishment, "card-only", hours=2)[0] == 200
    assert _sees(server, 3, 41) == (True, False)
    for reader in (watch, auditor):
        every = reader.call("GET", "/portal/segments")[1]["segments"]
        [seen] = [one for one in every if one["value"] == str(establishment)]
        assert seen["reason"] == "essai" and UUID(seen["author"])
    assert refusal(_set(auditor, "flow", "rights", "off")[1]) == "scope-missing"
    assert _set(watch, "establishment", establishment, "off", hours=3)[0] == 200
    assert _sees(server, 3, 41) == (False, False)
    # Whoever forges an operator's session shuts, and opens nothing.
    for mode, hours in (("open", 3), ("card-only", 5), ("off", 1)):
        _, said = _set(watch, "establishment", establishment, mode, hours=hours)
        assert refusal(said) == "value-invalid", mode
        assert _sees(server, 3, 41) == (False, False)
    _open(server, "establishment", establishment)
    assert _sees(server, 3, 41) == (True, True)
    assert watch.call("GET", "/portal/segments")[1]["segments"] == []


@pytest.mark.parametrize(
    ("kind", "value", "mode", "more", "said"),
    [
        ("profession", "pharmaci", "off", {}, ("value-invalid", "value")),
        ("establishment", uuid4(), "off", {}, ("value-invalid", "value")),
        ("concentrator", "personne", "off", {}, ("value-invalid", "value")),
        ("department", "75", "off", {"reason": "  "}, ("value-missing", "reason")),
        ("flow", "portal", "card-only", {}, ("value-invalid", "mode")),
        ("flow", "rights", "half", {}, ("value-invalid", "mode")),
        ("planet", "mars", "off", {}, ("value-invalid", "kind")),
        ("flow", "rights", "off", {"hours": 3000}, ("value-invalid", "hours")),
    ],
)
def test_what_would_contain_nothing_is_refused(
    server: Running,
    client: httpx2.Client,
    kind: str,
    value: object,
    mode: str,
    more: dict[str, object],
    said: tuple[str, str],
) -> None:
    watch = operator(server, client)
    _, answer = _set(watch, kind, value, mode, **more)
    assert refusal(answer) == said[0]
    assert answer["issue"][0]["expression"][0].endswith(said[1])
    assert watch.call("GET", "/portal/segments")[1]["segments"] == []


def test_who_is_no_operator_contains_nobody_by_the_database_either(
    server: Running, client: httpx2.Client
) -> None:
    administrator, _, account = entered(server, client)
    assert refusal(_set(administrator, "flow", "rights", "off")[1]) == "scope-missing"
    watch = operator(server, client)
    assert _set(watch, "department", "75", "card-only")[0] == 200
    assert _by_the_database(server, account) == ("no-operator", 0)
    operating = UUID(_account_of(server, watch))
    assert _by_the_database(server, operating) == ("done", 2)
    # Not one who is contained, nor one whose session is closed.
    assert _set(watch, "person", operating, "off")[0] == 200
    assert _by_the_database(server, operating)[0] == "no-operator"
    _open(server, "person", operating)
    change(server, "update web_session set closed_at = now() where account_id = $1", operating)
    assert _by_the_database(server, operating) == ("no-operator", 0)


def _account_of(server: Running, browser: Browser) -> str:
    query = "select account_id from web_session where session_id = $1"
    return str(as_portal(server.place, query, UUID(browser.session))[0]["account_id"])


def _by_the_database(server: Running, account: UUID) -> tuple[str, int]:
    """Contain, and count what is contained, under the counter's login and the latest session of an account."""
    [row] = as_portal(
        server.place,
        "select session_id from web_session where account_id = $1 order by opened_at desc limit 1",
        account,
    )
    query = "select contain($1, 'flow', 'claim', 'card-only', 'r', now() + interval '1 day') as done"
    [done] = as_portal(server.place, query, row["session_id"])
    [seen] = as_portal(
        server.place, "select count(*) as n from contained($1)", row["session_id"]
    )
    return done["done"], seen["n"]


def test_a_contained_account_is_out_and_the_portal_shuts_for_all_but_who_opens_it(
    server: Running, client: httpx2.Client
) -> None:
    watch = operator(server, client)
    one, _, account = entered(server, client)
    other, _, _ = entered(server, client)
    assert _set(watch, "person", account, "off")[0] == 200
    assert refusal(one.call("GET", "/portal/me")[1]) == "portal-contained"
    assert other.call("GET", "/portal/me")[0] == 200
    _open(server, "person", account)
    assert one.call("GET", "/portal/me")[0] == 200
    assert _set(watch, "flow", "portal", "off")[0] == 200
    assert refusal(other.call("GET", "/portal/me")[1]) == "portal-contained"
    assert _sees(server, 3, 42) == (True, True)  # the counter goes on
    _open(server, "flow", "portal")
    assert other.call("GET", "/portal/me")[0] == 200


def test_a_concentrator_is_contained_by_the_name_its_keys_were_enrolled_with(
    server: Running, client: httpx2.Client
) -> None:
    watch = operator(server, client)
    administrator, _, _ = entered(server, client, shop=3)
    shop = server.place.france.shops[3]
    thumbprints: list[str] = []
    for name in ("Relais d'essai", ""):
        body = {
            "software": str(shop.software_id),
            "request": asking(server, ec.generate_private_key(ec.SECP256R1()), 3),
            "concentrator": name,
        }
        status, said = administrator.post("/portal/keys/enrol", body)
        assert status == 200, said
        thumbprints.append(said["thumbprint"])
    kept = {
        one["thumbprint"]: one["concentrator"]
        for one in administrator.call("GET", "/portal/keys")[1]["keys"]
    }
    assert [kept[one] for one in thumbprints] == ["Relais d'essai", None]
    assert _set(watch, "concentrator", "Relais d'essai", "card-only")[0] == 200
    assert _sees(server, 3, 43, thumbprints[0]) == (True, False)
    assert _sees(server, 3, 44, thumbprints[1]) == (True, True)
    # The operator says it of a key that its establishment enrolled without a word.
    words = [thumbprints[1], "Relais d'essai", "--data", str(server.place.settings.data)]
    assert CliRunner().invoke(concentrator_, words).exit_code == 0
    assert _sees(server, 3, 47, thumbprints[1]) == (True, False)
    unknown = CliRunner().invoke(concentrator_, ["-nobody's", "", *words[2:]])
    assert isinstance(unknown.exception, Refusal) and unknown.exception.where == "THUMBPRINT"


def test_the_commands_say_the_same_and_list_what_is_unjustified(server: Running) -> None:
    data = ["--data", str(server.place.settings.data)]

    def say(*words: str) -> str:
        command = {"segment": segment, "segments": segments, "unjustified": unjustified}[
            words[0]
        ]
        done = CliRunner().invoke(command, [*words[1:], *data])
        if isinstance(done.exception, Refusal):
            return f"{done.exception.code} {done.exception.where}"
        assert done.exit_code == 0, done.output
        return done.output

    assert (
        say("segment", "profession", "pharmaci", "off", "--reason", "r")
        == "value-invalid value"
    )
    assert say("segment", "profession", "dentist", "off") == "value-missing reason"
    say("segment", "profession", "dentist", "card-only", "--reason", "essai", "--by", "moi")
    assert "dentist  card-only  essai  moi" in say("segments")
    say("segment", "profession", "dentist", "open")
    assert say("segments") == ""
    assert say("segment", "profession", "dentist", "open") == "value-invalid value"
    establishment, person = server.place.france.shops[5], covered(server.place)[46]
    asked = [
        question(establishment.establishment_id, Basis.TYPED, typed(server.place, person)),
        question(establishment.establishment_id, Basis.TYPED, uuid4()),
    ]
    run(ask(server.place, asked))
    before = _elsewhere(say("unjustified", str(establishment.establishment_id)))
    neighbours = [server.place.france.shops[at].establishment_id for at in (6, 7)]
    for neighbour in neighbours:
        run(ask(server.place, [question(neighbour, Basis.TYPED, asked[0].address)]))
    after = _elsewhere(say("unjustified", str(establishment.establishment_id)))
    assert after - before in {1, 2}  # either may have typed it in another test of this run
    said = say("unjustified", str(establishment.establishment_id))
    assert "personne de trouvé" in said and "jamais venue là auparavant" in said
    assert "tapée aussi ailleurs" not in said.splitlines()[0]
    assert (
        "tapée aussi ailleurs : " in said.splitlines()[1]
    )  # others of this run may have typed it too
    assert not {person.member, person.reference, person.nir} & set(re.findall(r"\w+", said))


def test_the_ranking_says_who_stands_out_and_why_and_a_crowd_by_its_segment(
    server: Running,
) -> None:
    async def owner(query: LiteralString, *values: object) -> None:
        async with server.place.store.pool("owner") as pool, db.transaction(pool) as tx:
            await db.many(tx, query, *values)  # type: ignore[arg-type]

    establishment = run(new_establishment(server.place, proved=True))
    people = covered(server.place)
    asked = [
        question(establishment, Basis.TYPED, typed(server.place, one))
        for one in people[200:290]
    ]
    run(ask(server.place, asked))
    day = "(now() at time zone 'UTC')::date"
    run(
        owner(
            f"insert into gate.segment_use values ('vendor', 'Foule', {day}, 0, 799), ('vendor', 'Foule', {day} - 1, 3, 800)"
        )
    )
    words = ["--first", "500", "--data", str(server.place.settings.data)]
    said = CliRunner().invoke(ranking, words, catch_exceptions=False).output
    [mine] = [line for line in said.splitlines() if str(establishment) in line]
    assert mine.split()[:2] == ["22", str(establishment)]
    assert mine.endswith("60 typés en 24 h, 30 refusés en 24 h, 60 non justifiés (30 j)")
    crowds = [line for line in said.splitlines() if "Foule" in line]
    assert len(crowds) == 1 and "800 personnes" in crowds[0] and "plafond 1000" in crowds[0]
    run(owner("delete from gate.segment_use where value = 'Foule'"))


def _elsewhere(said: str) -> int:
    found = re.search(r"tapée aussi ailleurs : (\d+)", said)
    return int(found[1]) if found else 0
