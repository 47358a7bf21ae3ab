"""What this server does in FHIR's words: its CapabilityStatement, and the operations as it does them.

HL7's own operations take a Bundle of several and answer several; ours take one, and say so by a definition of their own
on HL7's base (FHIR R4, CapabilityStatement.rest.resource.operation.definition).
"""

from collections.abc import Collection
from typing import Any, Final

import msgspec

from egide import __version__
from egide.core.refusal import Refusal, RefusalCode
from egide.edge.http import Response

_DATE: Final = "2026-11-27"
_HL7: Final = "http://hl7.org/fhir/OperationDefinition"
_POSTED: Final = (
    "POST answers 200 with the ClaimResponse of the prise en charge that it is about."
)
# By resource and code: what it takes, what it returns, and HL7's operation that it is a part of, if it is of any.
_OPERATIONS: Final[dict[tuple[str, str], tuple[str, str | None, str]]] = {
    ("Claim", "submit"): (
        "ClaimResponse",
        "Claim-submit",
        "Decide one invoice, demand of prise en charge or quote; the same number and content again, the same answer.",
    ),
    ("Claim", "inquire"): (
        "ClaimResponse",
        None,
        "Say what became of an invoice, a demand or a quote, by one's own number of it.",
    ),
    ("CoverageEligibilityRequest", "submit"): (
        "CoverageEligibilityResponse",
        "CoverageEligibilityRequest-submit",
        "Say whether one person is covered on a day.",
    ),
}


def capability_statement(origin: str, routes: Collection[tuple[str, str]]) -> Response:
    """Return what this server does (R4 CapabilityStatement), resource by resource, from its routes."""
    resources: dict[str, dict[str, Any]] = {}
    for method, path in sorted(routes):
        if not path.startswith("/fhir/") or path == "/fhir/metadata":
            continue
        name, _, rest = path.removeprefix("/fhir/").partition("/")
        resource = resources.setdefault(name, {"type": name})
        if rest.startswith("$"):
            code = rest.removeprefix("$")
            definition = f"{origin}/fhir/OperationDefinition/{operation_id(name, code)}"
            resource.setdefault("operation", []).append(
                {"name": code, "definition": definition}
            )
        else:
            if (
                method != "GET"
            ):  # answered by what became of what it is about: no resource is made that could be read
                resource["documentation"] = _POSTED
                continue
            code = "read" if rest else "search-type"
            resource.setdefault("interaction", []).append({"code": code})
            if code == "search-type":
                resource["searchParam"] = [
                    {"name": "_id", "type": "token"},
                    {"name": "url", "type": "uri"},
                ]
    body = {
        "resourceType": "CapabilityStatement",
        "url": f"{origin}/fhir/metadata",
        "name": "Egide",
        "title": "Égide, tiers payant",
        "description": "Rights, invoices, prises en charge and payments of professionals, by their software.",
        "status": "active",
        "date": _DATE,
        "kind": "instance",
        "software": {"name": "Égide", "version": __version__},
        "implementation": {"description": "Égide, tiers payant", "url": f"{origin}/fhir"},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "rest": [
            {
                "mode": "server",
                "security": {
                    "description": "private_key_jwt, then a DPoP-bound token on each call (RFC 9449)"
                },
                "resource": list(resources.values()),
            }
        ],
    }
    return Response(200, msgspec.json.encode(body))


def operation_id(resource: str, code: str) -> str:
    """Return the id of an operation's definition."""
    return f"egide-{resource}-{code}"


def operation_definition(origin: str, number: str) -> Response:
    """Return how an operation is done here (R4 OperationDefinition); Refusal ``route-unknown``."""
    for (resource, code), (answer, base, said) in _OPERATIONS.items():
        if operation_id(resource, code) == number:
            return Response(
                200,
                msgspec.json.encode(
                    _definition(origin, (resource, code), (answer, base, said))
                ),
            )
    raise Refusal(RefusalCode.ROUTE_UNKNOWN)


def _definition(
    origin: str, named: tuple[str, str], done: tuple[str, str | None, str]
) -> dict[str, Any]:
    (resource, code), (answer, base, said) = named, done
    number = operation_id(resource, code)
    based = {} if base is None else {"base": f"{_HL7}/{base}"}
    return {
        "resourceType": "OperationDefinition",
        "id": number,
        "url": f"{origin}/fhir/OperationDefinition/{number}",
        "name": f"Egide{resource}{code.capitalize()}",
        "status": "active",
        "kind": "operation",
        "date": _DATE,
        "description": said,
        "code": code,
        **based,
        "resource": [resource],
        "system": False,
        "type": True,
        "instance": False,
        "parameter": [
            {
                "name": "resource",
                "use": "in",
                "min": 1,
                "max": "1",
                "documentation": f"A {resource}, alone, or once in a Bundle or Parameters with what it refers to.",
                "type": "Resource",
            },
            {
                "name": "return",
                "use": "out",
                "min": 1,
                "max": "1",
                "documentation": f"Its {answer}.",
                "type": answer,
            },
        ],
    }
