"""What a software sends: FHIR R4 resources as this server reads them (``docs/formats/fhir.md``)."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from egide.edge import fhir

RIGHTS_PATH: Final = "/fhir/CoverageEligibilityRequest/$submit"
CLAIM_PATH: Final = "/fhir/Claim/$submit"
INQUIRE_PATH: Final = "/fhir/Claim/$inquire"
COMMUNICATION_PATH: Final = "/fhir/Communication"


def by_card(card: str) -> dict[str, Any]:
    """Return the insurance element that shows a card: the 26 characters of its code."""
    return _insured({"identifier": {"system": fhir.CARD, "value": card}})


def by_numbers(*, amc: str, member: str, birth: str, rank: int) -> dict[str, Any]:
    """Return the elements that name a person by what its card prints.

    Args:
        amc: the number of the complementary insurer.
        member: the number that insurer gave.
        birth: ``AAAA-MM-JJ``, or as the insurer writes it where the day is not of a calendar.
        rank: of birth, among twins; 1 for most.
    """
    payor = {"identifier": {"system": fhir.AMC, "value": amc}}
    extension = {"url": fhir.BIRTH_TEXT, "valueString": birth}
    return {
        "contained": [
            {"resourceType": "Patient", "id": "p", "extension": [extension]},
            {
                "resourceType": "Coverage",
                "id": "c",
                "status": "active",
                "subscriberId": member,
                "dependent": str(rank),
                "beneficiary": {"reference": "#p"},
                "payor": [payor],
            },
        ],
        **_insured({"reference": "#c"}),
    }


def by_nir(nir: str, birth: str, *, amc: str = "") -> dict[str, Any]:
    """Return the elements that name a person by NIR and birth date, and the insurer asked where it has several."""
    patient = {
        "resourceType": "Patient",
        "id": "p",
        "identifier": [{"system": fhir.NIR, "value": nir}],
        "extension": [{"url": fhir.BIRTH_TEXT, "valueString": birth}],
    }
    if not amc:
        return {"contained": [patient], **_insured({"display": "NIR"})}
    cover = {
        "resourceType": "Coverage",
        "id": "c",
        "status": "active",
        "beneficiary": {"reference": "#p"},
        "payor": [{"identifier": {"system": fhir.AMC, "value": amc}}],
    }
    return {
        "contained": [patient, cover],
        **_insured({"reference": "#c"}),
    }


def by_engagement(number: str) -> dict[str, Any]:
    """Return the insurance element that quotes an engagement."""
    return _insured({"identifier": {"system": fhir.ENGAGEMENT, "value": number}})


def _insured(coverage: dict[str, Any]) -> dict[str, Any]:
    return {"insurance": [{"coverage": coverage}]}


def _of_claim(named: dict[str, Any]) -> dict[str, Any]:
    """Return what names a person, as a Claim says it: which insurance it is, and whether the one asked."""
    insurance = [
        {"sequence": place, "focal": True, **one}
        for place, one in enumerate(named["insurance"], 1)
    ]
    return named | {"insurance": insurance}


def rights_question(named: dict[str, Any], day: str) -> bytes:
    """Return a CoverageEligibilityRequest about a named person."""
    question = {
        "resourceType": "CoverageEligibilityRequest",
        "status": "active",
        "purpose": ["validation"],
        "patient": {"display": "Personne au comptoir"},
        "servicedDate": day,
        "created": day,
        "insurer": {"display": "AMC de la carte"},
        **named,
    }
    return msgspec.json.encode(question)


def claim(
    named: dict[str, Any],
    invoice: str,
    day: str,
    items: list[dict[str, Any]],
    *,
    replaces: str = "",
) -> bytes:
    """Return a Claim about a named person; ``replaces`` is the number of the invoice that it corrects."""
    sent = _claim(fhir.INVOICE, invoice, day) | {"item": items, **_of_claim(named)}
    if replaces:
        sent["related"] = [_prior(fhir.INVOICE, replaces)]
    return msgspec.json.encode(sent)


def preauthorization(
    named: dict[str, Any],
    request: str,
    day: str,
    items: list[dict[str, Any]],
    *,
    extends: str = "",
    is_quote: bool = False,
) -> bytes:
    """Return the demand of a prise en charge about a named person, or of a quote, which promises and holds nothing.

    Args:
        request: the establishment's own number of it.
        extends: the number of a running one that it takes the place of.
    """
    sent = _claim(fhir.PREAUTH_REQUEST, request, day) | {
        "use": "predetermination" if is_quote else "preauthorization",
        "item": items,
        **_of_claim(named),
    }
    if extends:
        sent["related"] = [_prior(fhir.PREAUTH_REQUEST, extends)]
    return msgspec.json.encode(sent)


def cancelled(number: str, day: str, *, use: str = "claim") -> bytes:
    """Return the Claim that cancels an invoice, a prise en charge or a quote: its number and nothing else."""
    return msgspec.json.encode(named(number, day, use=use) | {"status": "cancelled"})


def named(number: str, day: str, *, use: str = "claim") -> dict[str, Any]:
    """Return a Claim that names one sent before by the establishment's own number, and says nothing more."""
    system = fhir.INVOICE if use == "claim" else fhir.PREAUTH_REQUEST
    insurance = [{"sequence": 1, "focal": True, "coverage": {"display": "AMC de la carte"}}]
    return _claim(system, number, day) | {"use": use, "insurance": insurance}


def piece(preauth: str, code: str, answer: str) -> bytes:
    """Return the Communication that answers a piece which the insurer asks of a prise en charge."""
    return msgspec.json.encode(
        {
            "resourceType": "Communication",
            "status": "completed",
            "about": [{"identifier": {"system": fhir.ENGAGEMENT, "value": preauth}}],
            "reasonCode": [{"coding": [{"system": "urn:egide:piece", "code": code}]}],
            "payload": [{"contentString": answer}],
        }
    )


def _prior(system: str, number: str) -> dict[str, Any]:
    coding = {
        "system": "http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship",
        "code": "prior",
    }
    return {
        "claim": {"identifier": {"system": system, "value": number}},
        "relationship": {"coding": [coding]},
    }


def _claim(system: str, number: str, day: str) -> dict[str, Any]:
    return {
        "resourceType": "Claim",
        "status": "active",
        "type": {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/claim-type",
                    "code": "professional",
                }
            ]
        },
        "use": "claim",
        "patient": {"display": "Personne au comptoir"},
        "created": day,
        "provider": {"display": "Établissement du jeton"},
        "priority": {"coding": [{"code": "normal"}]},
        "identifier": [{"system": system, "value": number}],
    }


def item(
    sequence: int,
    act: str,
    cents: int,
    day: str,
    *,
    quantity: int = 1,
    side: str = "",
) -> dict[str, Any]:
    """Return a Claim.item; ``act`` is ``system:code``, ``cents`` the price of the whole quantity."""
    system, _, code = act.partition(":")
    row: dict[str, Any] = {
        "sequence": sequence,
        "productOrService": {"coding": [{"system": f"urn:egide:act:{system}", "code": code}]},
        "servicedDate": day,
        "quantity": {"value": quantity},
        "net": {"value": cents / 100, "currency": "EUR"},
    }
    if side:
        row["bodySite"] = {"coding": [{"code": side}]}
    return row


def saying_more(
    row: dict[str, Any],
    *,
    situation: Sequence[str] = (),
    base: int | None = None,
    stay: str = "",
    performer: str = "",
) -> dict[str, Any]:
    """Return an item with what its code does not say.

    Args:
        situation: words that change rates or guarantees: ``ald``, ``sight-change``…
        base: what the AMO reimburses from, in cents, where no tariff says it.
        stay: which stay in hospital it is part of.
        performer: who did it, where several of the establishment may.
    """
    if situation:
        words = [{"system": "urn:egide:situation", "code": word} for word in situation]
        row = row | {"modifier": [{"coding": [word]} for word in words]}
    extensions: list[dict[str, Any]] = list(row.get("extension", ()))
    if base is not None:
        amount = {"value": base / 100, "currency": "EUR"}
        extensions.append({"url": "urn:egide:base", "valueMoney": amount})
    labels = (("urn:egide:stay", stay), ("urn:egide:performer", performer))
    extensions += [{"url": url, "valueString": text} for url, text in labels if text]
    return row | {"extension": extensions} if extensions else row


def in_stay(row: dict[str, Any], stay: str, base: int | None = None) -> dict[str, Any]:
    """Return an item as part of a stay in hospital, with its tariff base in cents if no tariff says it."""
    extensions: list[dict[str, Any]] = [{"url": "urn:egide:stay", "valueString": stay}]
    if base is not None:
        amount = {"value": base / 100, "currency": "EUR"}
        extensions.append({"url": "urn:egide:base", "valueMoney": amount})
    return row | {"extension": extensions}
