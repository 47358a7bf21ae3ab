"""The real server: bad input, fuzz, uniform negatives, routes and scopes, containment, restart."""

import base64
import gzip
import json
import os
import re
import signal
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from urllib.request import urlopen

import msgspec
import pytest
from fhir.resources.R4B.capabilitystatement import CapabilityStatement
from fhir.resources.R4B.coverageeligibilityresponse import CoverageEligibilityResponse
from fhir.resources.R4B.operationoutcome import OperationOutcome
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OKPKey

from conftest import Place, Running, free_port, now, run, start_server
from egide import db
from egide.access import PERSON_SCOPES, Scope
from egide.access.scopes import DEFAULT_SCOPES
from egide.client.messages import CLAIM_PATH, RIGHTS_PATH, by_nir, claim, item, rights_question
from egide.core.nir import nir_key
from egide.doubles.software import Software
from egide.doubles.wire import Reply, write_request
from egide.drills import Person
from egide.drills.shows import by_card, by_numbers
from egide.web.routes import ROUTES
from web.route_table import FRESH_ONES, NAMED

DAY = now().date().isoformat()


def _people(server: Running) -> list[Person]:
    return [person for person in server.place.france.persons if person.covered and person.card]


def _send(
    server: Running, body: bytes, *, path: str = RIGHTS_PATH, shop: int = 0, **headers: str
) -> Reply:
    async def work() -> Reply:
        wire, software = server.wire(), server.software(shop)
        await software.ready(wire, now())
        instant = now()
        sent = {
            "Content-Type": "application/fhir+json",
            "Authorization": f"DPoP {software.token}",
            "DPoP": software.proof("POST", path, instant, token=software.token),
        }
        return await wire.send(write_request("POST", path, sent | headers, body))

    return run(work())


def _code(reply: Reply) -> str:
    outcome = msgspec.json.decode(reply.body)
    OperationOutcome.model_validate(outcome)
    return outcome["issue"][0]["details"]["coding"][0]["code"]


def test_a_positive_answer_is_valid_fhir_signed_and_without_identity(server: Running) -> None:
    person = _people(server)[40]
    reply = _send(server, rights_question(by_card(person), DAY))
    assert reply.status == 200
    answer = msgspec.json.decode(reply.body)
    CoverageEligibilityResponse.model_validate(answer)
    record = json.loads(person.record)
    for secret in (person.nir, person.birth, person.member, person.card, record["family_name"]):
        assert secret.encode() not in reply.body

    async def keys_and_again() -> tuple[dict[str, Any], dict[str, Any], int]:
        wire = server.wire()
        keys = msgspec.json.decode(
            (await wire.send(write_request("GET", "/.well-known/jwks.json", {}))).body
        )
        path = f"/engagements/{answer['preAuthRef']}"
        again = await server.software(0).call(wire, "GET", path, now())
        other = await server.software(1).call(wire, "GET", path, now())
        return keys, msgspec.json.decode(again.body), other.status

    keys, again, other = run(keys_and_again())
    jws = answer["extension"][0]["valueString"]
    assert again["jws"] == jws  # the same to the byte, to the establishment that received it
    assert other == 404
    key = OKPKey.import_key(next(key for key in keys["keys"] if key["kid"] == "engagements-1"))
    claims = jwt.decode(jws, key, algorithms=["EdDSA"]).claims
    assert claims["jti"] == answer["preAuthRef"]
    assert claims["amc"] == person.amc


def test_every_negative_is_the_same_bytes(server: Running) -> None:
    ended = next(p for p in server.place.france.persons if not p.covered and p.card)
    body = "1800359123456"
    questions = [
        by_card(ended),
        by_numbers(ended),
        by_nir(f"{body}{nir_key(body):02d}", "19800301"),
        {
            "insurance": [
                {"coverage": {"identifier": {"system": "urn:egide:card", "value": "0" * 26}}}
            ]
        },
    ]
    replies = {_send(server, rights_question(one, DAY), shop=2).body for one in questions}
    assert len(replies) == 1
    answer = msgspec.json.decode(replies.pop())
    CoverageEligibilityResponse.model_validate(answer)
    assert answer["disposition"] == "Droit non affiché, demandez la carte."


def test_a_replayed_call_is_refused_by_every_worker(server: Running) -> None:
    async def work() -> list[int]:
        software = server.software(3)
        await software.ready(server.wire(), now())
        raw = software.request(
            "POST", RIGHTS_PATH, now(), rights_question(by_card(_people(server)[41]), DAY)
        )
        return [(await server.wire().send(raw)).status for _ in range(8)]

    assert sorted(run(work())) == [200] + [401] * 7


def test_a_token_request_is_used_once(server: Running) -> None:
    async def work() -> list[int]:
        software = server.software(4)
        software.nonce = (await server.wire().send(software.token_request(now()))).nonce
        raw = software.token_request(now())
        return [(await server.wire().send(raw)).status for _ in range(4)]

    assert sorted(run(work())) == [200, 400, 400, 400]


@pytest.mark.parametrize("made_in_advance", ["", "AAAAAAAAAAAAAAAAAAAAAA"])
def test_a_token_is_given_against_the_servers_nonce_alone(
    server: Running, made_in_advance: str
) -> None:
    async def work() -> tuple[Reply, Reply]:
        software = server.software(4)
        software.nonce = made_in_advance
        refused = await server.wire().send(software.token_request(now()))
        software.nonce = refused.nonce
        return refused, await server.wire().send(software.token_request(now()))

    refused, given = run(work())
    assert (refused.status, msgspec.json.decode(refused.body)["error"]) == (
        400,
        "use_dpop_nonce",
    )
    assert (given.status, bool(given.nonce)) == (200, True)


def test_another_establishments_key_gets_no_token(server: Running) -> None:
    thief = server.software(5)
    thief.establishment_id = server.software(6).establishment_id

    async def work() -> Reply:
        return await thief.ask_token(server.wire(), now())

    reply = run(work())
    assert reply.status == 401
    assert msgspec.json.decode(reply.body)["error"] == "invalid_client"


def _good() -> dict[str, Any]:
    named = {
        "insurance": [
            {"coverage": {"identifier": {"system": "urn:egide:card", "value": "0" * 26}}}
        ]
    }
    return msgspec.json.decode(claim(named, "BAD-1", DAY, [item(1, "grouping:PH7", 500, DAY)]))


def _with(path: str, value: Any) -> bytes:
    body = _good()
    at: Any = body
    *parents, last = path.split(".")
    for name in parents:
        at = at[int(name)] if name.isdigit() else at[name]
    if value is ...:
        del at[last]
    else:
        at[last] = value
    return json.dumps(body).encode()


_BAD = {
    "malformed JSON": (b"{", "body-invalid", "Claim"),
    "an array": (b"[]", "value-invalid", "Claim"),
    "duplicated key": (
        b'{"resourceType":"Claim","resourceType":"Claim"}',
        "body-invalid",
        None,
    ),
    "not UTF-8": (b'{"a":"\xff"}', "body-invalid", None),
    "deep nesting": (b"[" * 100_000, "body-invalid", None),
    "wrong resource": (_with("resourceType", "Patient"), "resource-unexpected", "resourceType"),
    "no item": (_with("item", []), "value-missing", "Claim.item"),
    "missing element": (
        _with("item.0.servicedDate", ...),
        "value-missing",
        "Claim.item[0].servicedDate",
    ),
    "wrong type": (
        _with("item.0.servicedDate", 3),
        "value-invalid",
        "Claim.item[0].servicedDate",
    ),
    "future care": (
        _with("item.0.servicedDate", "2031-01-01"),
        "care-date-future",
        "Claim.item[0].servicedDate",
    ),
    "care too old": (
        _with("item.0.servicedDate", "2019-01-01"),
        "care-date-too-old",
        "Claim.item[0].servicedDate",
    ),
    "no day": (
        _with("item.0.servicedDate", "2026"),
        "value-invalid",
        "Claim.item[0].servicedDate",
    ),
    "negative": (_with("item.0.net.value", -5), "amount-invalid", "Claim.item[0].net.value"),
    "absurd": (_with("item.0.net.value", 1e30), "amount-invalid", "Claim.item[0].net.value"),
    "half a cent": (
        _with("item.0.net.value", 5.005),
        "amount-invalid",
        "Claim.item[0].net.value",
    ),
    "dollars": (
        _with("item.0.net.currency", "USD"),
        "amount-invalid",
        "Claim.item[0].net.currency",
    ),
    "no quantity": (
        _with("item.0.quantity.value", 0),
        "value-invalid",
        "Claim.item[0].quantity.value",
    ),
    "half an act": (
        _with("item.0.quantity.value", 0.5),
        "value-invalid",
        "Claim.item[0].quantity.value",
    ),
    "another total": (_with("total", {"value": 6}), "amount-invalid", "Claim.total"),
    "code system": (_with("item.0.productOrService.coding.0.system", "x"), "act-unknown", None),
    "code with blanks": (
        _with("item.0.productOrService.coding.0.code", "a b"),
        "value-invalid",
        None,
    ),
    "invoice": (
        _with("identifier.0.value", "é" * 9),
        "value-invalid",
        "Claim.identifier[0].value",
    ),
    "no invoice": (_with("identifier", []), "value-missing", "Claim.identifier"),
    "card": (_with("insurance.0.coverage.identifier.value", "no"), "value-invalid", None),
    "two covers": (
        _with("insurance", _good()["insurance"] * 2),
        "value-invalid",
        "Claim.insurance",
    ),
}


@pytest.mark.parametrize("name", list(_BAD))
def test_bad_input_names_the_element_and_the_remedy(server: Running, name: str) -> None:
    body, code, where = _BAD[name]
    reply = _send(server, body, path=CLAIM_PATH)
    assert 400 <= reply.status < 500
    assert _code(reply) == code
    issue = msgspec.json.decode(reply.body)["issue"][0]
    if where:
        assert issue["expression"] == [where]
    assert len(issue["details"]["text"]) > 20


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Content-Type": "text/plain"}, "media-type-unsupported"),
        ({"Content-Type": "application/json; charset=latin-1"}, "media-type-unsupported"),
        ({"Content-Encoding": "gzip"}, "media-type-unsupported"),
        ({"Authorization": "Bearer abc"}, "token-invalid"),
        ({"Authorization": "DPoP abc"}, "token-invalid"),
        ({"DPoP": "abc"}, "proof-invalid"),
    ],
)
def test_bad_headers_are_refused(server: Running, headers: dict[str, str], code: str) -> None:
    reply = _send(
        server, gzip.compress(b"{}") if "Content-Encoding" in headers else b"{}", **headers
    )
    assert _code(reply) == code


def test_a_body_of_10_megabytes_is_refused(server: Running) -> None:
    async def work() -> Reply:
        software = server.software(0)
        wire = server.wire()
        await software.ready(wire, now())
        return await wire.send(software.request("POST", CLAIM_PATH, now(), b" " * 10_000_000))

    reply = run(work())
    assert (reply.status, _code(reply)) == (413, "body-too-large")


@pytest.mark.parametrize("name", ["Ñame", "X" * 40])
def test_what_was_sent_is_never_echoed(server: Running, name: str) -> None:
    for path in (
        "item.0.bodySite",
        "insurance.0.coverage.identifier.value",
        "status",
        "use",
        "item.0.servicedDate",
    ):
        value: Any = {"coding": [{"code": name}]} if path.endswith("bodySite") else name
        reply = _send(server, _with(path, value), path=CLAIM_PATH)
        assert reply.status in {200, 400, 422}
        assert name.encode() not in reply.body


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
_PATHS = sorted(
    {"resourceType", "identifier", "insurance", "item", "status", "use", "contained", "total", "item.0", "item.0.net",
     "item.0.quantity", "item.0.servicedDate", "item.0.productOrService", "item.0.modifier", "item.0.bodySite",
     "insurance.0", "insurance.0.coverage", "insurance.0.preAuthRef", "identifier.0", "item.0.unitPrice"}
)  # fmt: skip


@given(st.sampled_from(_PATHS), json_values)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_json_makes_the_server_fail(server: Running, path: str, value: Any) -> None:
    body = _good()
    at: Any = body
    *parents, last = path.split(".")
    for name in parents:
        at = at[int(name)] if name.isdigit() else at[name]
    at[int(last) if last.isdigit() else last] = value
    raw = json.dumps(body).encode()
    question = body | {"resourceType": "CoverageEligibilityRequest"}
    assert _send(server, raw, path=CLAIM_PATH).status < 500
    assert _send(server, json.dumps(question).encode()).status < 500


@given(st.binary(max_size=400))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_bytes_make_the_server_fail(server: Running, body: bytes) -> None:
    assert 400 <= _send(server, body, path=CLAIM_PATH).status < 500


def test_the_metadata_is_valid_fhir(server: Running) -> None:
    async def work() -> bytes:
        return (await server.wire().send(write_request("GET", "/fhir/metadata", {}))).body

    CapabilityStatement.model_validate(msgspec.json.decode(run(work())))


def test_every_route_is_in_the_table_and_every_line_of_it_is_a_route() -> None:
    assert {key: route.scope for key, route in ROUTES.items()} == NAMED
    assert {key for key, route in ROUTES.items() if route.fresh} == FRESH_ONES


_SOFTWARES = {
    key for key, scope in NAMED.items() if scope is not None and scope not in PERSON_SCOPES
}


@pytest.mark.parametrize("scope", sorted(PERSON_SCOPES))
def test_software_is_given_no_scope_of_persons(server: Running, scope: Scope) -> None:
    async def ask() -> None:
        software = server.software(0)
        narrow = _Scoped(
            origin=software.origin,
            establishment_id=software.establishment_id,
            key=software.key,
            jwk=software.jwk,
        )
        narrow.scope = scope.value
        await narrow.ready(server.wire(), now())

    with pytest.raises(ConnectionError):
        run(ask())


@pytest.mark.parametrize("key", sorted(_SOFTWARES), ids=lambda key: f"{key[0]} {key[1]}")
@pytest.mark.parametrize("held", [None, *sorted(DEFAULT_SCOPES)])
def test_a_route_serves_its_own_scope_and_no_other(
    server: Running, key: tuple[str, str], held: Scope | None
) -> None:
    method, path = (
        key[0],
        key[1].replace("{number}", "X").replace("{claim}", "X").replace("{transfer}", "X"),
    )

    async def work() -> Reply:
        wire, software = server.wire(), server.software(7)
        if held is None:
            return await wire.send(
                write_request(method, path, {"Content-Type": "application/json"}, b"{}")
            )
        software = _Scoped(
            origin=software.origin,
            establishment_id=software.establishment_id,
            key=software.key,
            jwk=software.jwk,
        )
        software.scope = held.value
        await software.ready(wire, now())
        return await wire.send(software.request(method, path, now(), b"{}"))

    reply = run(work())
    if held is None:
        assert reply.status == 401
    elif held == NAMED[key]:
        assert reply.status in {200, 404, 415, 422}  # let in, and told what is wrong or unknown
    else:
        assert (reply.status, _code(reply)) == (403, "scope-missing")


_BODIES = {
    ("POST", RIGHTS_PATH): lambda person: rights_question(by_card(person), DAY),
    ("POST", CLAIM_PATH): lambda person: claim(
        by_card(person), "REPLAYED", DAY, [item(1, "grouping:PH7", 2000, DAY)]
    ),
}


@pytest.mark.parametrize("key", sorted(_SOFTWARES), ids=lambda key: f"{key[0]} {key[1]}")
def test_a_call_of_any_route_serves_once(server: Running, key: tuple[str, str]) -> None:
    path = re.sub(r"\{\w+\}", "X", key[1])

    async def work() -> list[Reply]:
        software = server.software(server.shops("pharmacy")[0])
        await software.ready(server.wire(), now())
        body = _BODIES[key](_people(server)[43]) if key in _BODIES else b"{}"
        raw = software.request(key[0], path, now(), body)
        return [await server.wire().send(raw) for _ in range(2)]

    first, second = run(work())
    assert first.status in {200, 404, 415, 422}  # let in, and told what is wrong or unknown
    assert (second.status, _code(second)) == (401, "proof-replayed")


def test_the_whole_api_is_said_in_openapi(server: Running) -> None:
    async def work() -> bytes:
        return (await server.wire().send(write_request("GET", "/openapi.json", {}))).body

    said = msgspec.json.decode(run(work()))
    shown = {
        (method.upper(), path) for path, methods in said["paths"].items() for method in methods
    }
    assert shown == {(method, path.replace("*}", "}")) for method, path in NAMED}
    for (method, path), scope in NAMED.items():
        operation = said["paths"][path.replace("*}", "}")][method.lower()]
        assert len(operation["summary"]) > 10, (
            f"{path}: the first line of its endpoint says what it does"
        )
        asked = [scopes for one in operation.get("security", []) for scopes in one.values()]
        assert asked == ([] if scope is None else [[scope.value]])
    names = [
        one["operationId"] for methods in said["paths"].values() for one in methods.values()
    ]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("path", ["/portal", "/portal/insurer/abc", "/fhir/metadata"])
def test_a_media_type_is_said_once(server: Running, path: str) -> None:
    with urlopen(server.origin + path) as answer:
        assert answer.headers["content-type"].count("charset=utf-8") == 1


class _Scoped(Software):
    """A software that asks for one scope alone."""

    scope: str = ""

    def token_request(self, now: Any) -> bytes:
        raw = super().token_request(now)
        head, _, body = raw.partition(b"\r\n\r\n")
        body += f"&scope={self.scope}".encode()
        lines = [
            line
            for line in head.split(b"\r\n")
            if not line.lower().startswith(b"content-length")
        ]
        return b"\r\n".join([*lines, b"Content-Length: %d" % len(body)]) + b"\r\n\r\n" + body


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nope", 404),
        ("DELETE", "/fhir/Claim/$submit", 405),
        ("POST", "/engagements/X", 405),
        ("GET", "/../etc/passwd", 404),
    ],
)
def test_what_is_no_route_is_refused(
    server: Running, method: str, path: str, status: int
) -> None:
    async def work() -> Reply:
        return await server.wire().send(write_request(method, path, {}))

    assert run(work()).status == status


def test_a_suspended_establishment_is_seen_by_every_worker_at_once(server: Running) -> None:
    shop = server.shops("doctor")[-1]
    establishment = server.place.france.shops[shop].establishment_id

    async def state(name: str) -> None:
        async with server.place.store.pool("owner") as pool, db.transaction(pool) as tx:
            query = "select gate.set_segment('establishment', $1, $2, 'test', 'test', now() + interval '1 hour')"
            await db.run(tx, query, str(establishment), name)

    question = rights_question(by_card(_people(server)[42]), DAY)
    assert b"preAuthRef" in _send(server, question, shop=shop).body
    run(state("off"))
    assert b"preAuthRef" not in _send(server, question, shop=shop).body
    run(state("open"))
    assert b"preAuthRef" in _send(server, question, shop=shop).body


def test_a_connections_proof_is_worth_nothing_by_default(server: Running) -> None:
    async def work() -> list[int]:
        wire, software = server.wire(), server.software(8)
        await software.ready(wire, now())
        body = rights_question(by_card(_people(server)[43]), DAY)
        first = await wire.send(software.request("POST", RIGHTS_PATH, now(), body))
        second = await wire.send(
            software.request("POST", RIGHTS_PATH, now(), body, proved=False)
        )
        return [first.status, second.status]

    assert run(work()) == [200, 401]


@pytest.mark.skipif("EGIDE_DATABASE_URL" in os.environ, reason="another server is in use")
def test_the_database_killed_under_the_server_comes_back(server: Running) -> None:
    question = rights_question(by_card(_people(server)[44]), DAY)
    assert _send(server, question).status == 200
    data = server.place.settings.data
    elsewhere = data / "postgres-is-at"
    home = Path(elsewhere.read_text().strip()) if elsewhere.exists() else data / "postgres"
    os.kill(int((home / "cluster" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    deadline = time.monotonic() + 60
    status = 0
    while status != 200 and time.monotonic() < deadline:
        time.sleep(0.5)
        try:
            status = _send(server, question).status
        except ConnectionError:
            status = 0
    assert status == 200


def test_a_connection_may_be_trusted_where_clients_reach_us_directly(place: Place) -> None:
    port = free_port()
    process = start_server(place, port, "--trust-connections", workers=1)
    try:
        running = Running(place, port)

        async def work() -> list[int]:
            wire, software = running.wire(), running.software(9)
            await software.ready(wire, now())
            body = rights_question(by_card(_people(running)[45]), DAY)
            proved = software.request("POST", RIGHTS_PATH, now(), body)
            bare = software.request("POST", RIGHTS_PATH, now(), body, proved=False)
            statuses = [(await wire.send(raw)).status for raw in (bare, proved, bare, bare)]
            # The stolen token, and even the call that was proved, on another connection.
            thief = running.wire()
            return statuses + [(await thief.send(raw)).status for raw in (bare, proved, bare)]

        assert run(work()) == [401, 200, 200, 200, 401, 401, 401]
    finally:
        process.terminate()
        process.wait(30)


_BYTES = base64.urlsafe_b64encode(b'{"alg":"\xff"}').rstrip(b"=").decode()
_PLAIN = base64.urlsafe_b64encode(b'{"typ":"dpop+jwt","alg":"ES256"}').rstrip(b"=").decode()


@pytest.mark.parametrize("token", [f"{_BYTES}.e30.AA", f"{_PLAIN}.e30.AA", "\x7f.\x7f.\x7f"])
@pytest.mark.parametrize("header", ["Authorization", "DPoP"])
def test_no_token_makes_the_server_fail(server: Running, header: str, token: str) -> None:
    sent = f"DPoP {token}" if header == "Authorization" else token
    assert 400 <= _send(server, b"{}", **{header: sent}).status < 500


class _Late(Software):
    """A software whose proofs are of an instant beyond all dates."""

    def _jws(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        late = {"iat": 2**60} if header["typ"] == "dpop+jwt" else {}
        return Software._jws(self, header, claims | late)


def test_an_instant_beyond_all_dates_is_refused(server: Running) -> None:
    plain = server.software(0)

    async def work() -> int:
        await plain.ready(server.wire(), now())
        late = _Late(
            origin=plain.origin,
            establishment_id=plain.establishment_id,
            key=plain.key,
            jwk=plain.jwk,
            token=plain.token,
            token_at=plain.token_at,
        )
        return (
            await server.wire().send(late.request("POST", RIGHTS_PATH, now(), b"{}"))
        ).status

    assert run(work()) == 401


@pytest.mark.parametrize(
    "path", ["/remittances/a%00b", "/engagements/a%00b", "/fhir/ClaimResponse/%00"]
)
def test_a_nul_in_a_path_is_unknown(server: Running, path: str) -> None:
    async def work() -> int:
        software, wire = server.software(0), server.wire()
        await software.ready(wire, now())
        proof = software.proof("GET", unquote(path), now(), token=software.token)
        headers = {"Authorization": f"DPoP {software.token}", "DPoP": proof}
        return (await wire.send(write_request("GET", path, headers))).status

    assert run(work()) == 404
