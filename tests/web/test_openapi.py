"""What the document says and what the server does: bodies as their endpoints read them, calls made of it by schemathesis."""

import ast
import inspect
import re
import textwrap
from typing import Any
from urllib.request import urlopen

import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from conftest import Running, now, run
from egide.doubles.software import Software
from egide.edge.http import read_json
from egide.edge.resources import read_resource
from egide.edge.route import Route
from egide.web.routes import ROUTES

_POSTED = [route for route in ROUTES.values() if route.method == "POST"]


def _decoded(route: Route) -> type | None:
    """Return the shape that an endpoint's own text reads; None for one that reads no JSON of ours."""
    endpoint: Any = inspect.unwrap(route.endpoint)
    spaces = inspect.getmodule(endpoint).__dict__
    calls = {
        node.func.id: node
        for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(endpoint))))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    for name, call in calls.items():
        if spaces.get(name) in (read_json, read_resource):
            decoder = eval(ast.unparse(call.args[1]), dict(spaces))
            return decoder.type
    called = [spaces.get(name) for name in calls]
    for one in called:  # a helper of the same module may read it
        if inspect.isfunction(one) and one.__module__ == endpoint.__module__:
            shape = _decoded(Route(route.method, route.path, route.scope, one))
            if shape is not None:
                return shape
    return None


@pytest.mark.parametrize("route", _POSTED, ids=lambda route: route.path)
def test_a_body_is_said_as_it_is_read(route: Route) -> None:
    assert route.body is _decoded(route)


def test_every_body_has_its_schema(server: Running) -> None:
    with urlopen(f"{server.origin}/openapi.json") as answer:
        said = msgspec.json.decode(answer.read())
    for route in _POSTED:
        body = said["paths"][route.path]["post"].get("requestBody")
        if route.body is not None:
            (media,) = body["content"].values()
            assert media["schema"]["$ref"].rpartition("/")[2] in said["components"]["schemas"]


def _document(origin: str) -> dict[str, Any]:
    with urlopen(f"{origin}/openapi.json") as answer:
        return msgspec.json.decode(answer.read())


def test_calls_made_of_the_document_are_answered_or_refused(server: Running) -> None:
    """Every operation, with bodies made of its schema: no fault of ours, and what is said is in the document."""
    software = server.software(0)
    run(software.ready(server.wire(), now()))
    schema: Any = schemathesis.openapi.from_dict(_document(server.origin))
    schema.config.update(base_url=server.origin)
    tried = set()
    for found in schema.get_all_operations():
        operation = found.ok()
        tried.add((operation.method.upper(), operation.path))
        _try(operation, software)
    assert len(tried) == len(ROUTES)


def _try(operation: Any, software: Software) -> None:
    @settings(
        max_examples=6,
        deadline=None,
        phases=[Phase.generate],
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def one(case: Any) -> None:
        path = case.formatted_path
        if not re.fullmatch(r"[!-~]+", path):
            path = operation.path
        token = software.token
        proof = software.proof(operation.method.upper(), path, now(), token=token)
        case.headers = {**(case.headers or {}), "DPoP": proof, "Authorization": f"DPoP {token}"}
        reply = case.call()
        # 503 is the true answer of an entrance that this installation was not given.
        most = 503 if operation.path.split("/")[2:3] in (["psc"], ["insurer"]) else 499
        assert reply.status_code <= most, (operation.path, case.body, reply.text)
        if reply.status_code >= 400 and operation.method.upper() != "HEAD":
            assert "json" in "".join(reply.headers["content-type"])

    one()
