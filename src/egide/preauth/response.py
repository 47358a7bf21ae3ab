"""The ClaimResponse of a prise en charge or of a quote: as it was rated, and as it stands.

Source: https://hl7.org/fhir/R4/claimresponse.html; preAuthRef, preAuthPeriod, outcome ``queued`` and ``partial``.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final, Protocol
from uuid import UUID

import msgspec

from egide.adjudication.asked import REASON, REASONS
from egide.adjudication.claim import ClaimUse
from egide.adjudication.controls import Rejection
from egide.adjudication.response import Frame, document, fault, notes, reckoning, sum_of
from egide.core.ids import from_code
from egide.core.money import Money, euros
from egide.core.period import civil_day
from egide.core.refusal import Actor
from egide.edge import fhir
from egide.preauth.pieces import pieces_on
from egide.preauth.rate import Rating
from egide.preauth.states import STANDINGS, State, state_of

PIECE: Final = "urn:egide:piece"
_LONGEST_REVISION: Final = 4
_PROMISED: Final = frozenset({State.GRANTED, State.PARTLY_GRANTED, State.USED_PART, State.USED})


class _Stored(Protocol):
    @property
    def revision(self) -> int: ...
    @property
    def state(self) -> str: ...
    @property
    def asked_at(self) -> datetime: ...
    @property
    def act_by(self) -> date | None: ...
    @property
    def valid_until(self) -> date | None: ...
    @property
    def invoice_until(self) -> date | None: ...
    @property
    def piece(self) -> str | None: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def amc_cents(self) -> int: ...
    @property
    def response(self) -> bytes: ...
    @property
    def said_by(self) -> str: ...


def numbered(text: str) -> tuple[UUID, int] | None:
    """Return the number and the revision that the ``id`` of an answer says; None if it is no such id."""
    code, _, revision = text.partition("-")
    number = from_code(code)
    if number is None or not (revision or "1").isdecimal() or len(revision) > _LONGEST_REVISION:
        return None
    return number, int(revision or "1")


def asked_as(one: _Stored) -> str:
    """Return the ``use`` that a demand was sent with."""
    return fhir.decode(one.response)["use"]


def rated(frame: Frame, number: UUID, rating: Rating) -> bytes:
    """Return what a rating says, whatever becomes of it: lines with their reckoning, lines left out, totals.

    What is submitted is the whole demand: a line left out is the patient's.
    """
    priced = rating.accepted.priced
    total = priced.total
    submitted = frame.claim.expense_cents
    lines = zip(rating.kept, priced.lines, strict=True)
    answer = document(frame, number) | {
        "item": [reckoning(at, line) for at, line in lines],
        "total": [
            sum_of("submitted", "", Money(submitted)),
            sum_of("", "amo", total.amo),
            sum_of("benefit", "amc", total.amc),
            sum_of("", "patient", Money(submitted - total.amo_cents - total.amc_cents)),
        ],
    }
    if rating.refused:
        answer["error"] = [fault(one) for one in rating.refused]
    return fhir.encode(answer)


def rejected(frame: Frame, number: UUID, rejection: Rejection) -> bytes:
    """Return what a demand that a control refuses whole is answered."""
    return fhir.encode(document(frame, number) | {"error": [fault(rejection)]})


def granted_less(response: bytes, amounts: Mapping[int, int]) -> bytes:
    """Return an answer whose lines are granted some amounts, in cents, by number; the others keep theirs."""
    answer: dict[str, Any] = fhir.decode(response)
    taken = 0
    for one in answer["item"]:
        steps = {step["category"]["coding"][-1]["code"]: step for step in one["adjudication"]}
        cents = amounts.get(one["itemSequence"])
        if cents is None:
            continue
        less = fhir.cents_of(steps["amc"]) - cents
        taken += less
        _say(steps["amc"], cents, f"L'assureur accorde {euros(cents)}.")
        left = fhir.cents_of(steps["patient"]) + less
        _say(steps["patient"], left, f"Il vous reste {euros(left)} à payer.")
    signs = {"amc": -1, "patient": 1}
    for one in answer["total"]:
        sign = signs.get(one["category"]["coding"][-1]["code"], 0)
        one["amount"] = fhir.money_element(Money(fhir.cents_of(one) + sign * taken))
    return fhir.encode(answer)


def promised(response: bytes) -> dict[int, int]:
    """Return what the grid gives of each line that no control refused, in cents; nothing of what cannot be read."""
    try:
        return {
            one["itemSequence"]: fhir.cents_of(step)
            for one in fhir.decode(response).get("item", [])
            for step in one["adjudication"]
            if step["category"]["coding"][-1]["code"] == "amc"
        }
    except (msgspec.DecodeError, LookupError, TypeError, AttributeError):
        return {}  # another wrote it than us: it is not for one row to hide the others


def room_of(response: bytes) -> dict[int, int]:
    """Return what an insurer may pay of each line that no control refused, in cents: what the AMO leaves of it."""
    given = promised(response)
    left: dict[int, int] = {
        one["itemSequence"]: fhir.cents_of(step)
        for one in fhir.decode(response).get("item", [])
        for step in one["adjudication"]
        if step["category"]["coding"][-1]["code"] == "patient"
    }
    return {line: cents + left.get(line, 0) for line, cents in given.items()}


def _say(step: dict[str, Any], cents: int, text: str) -> None:
    step["amount"] = fhir.money_element(Money(cents))
    step["reason"]["text"] = text


def as_it_stands(one: _Stored, today: date) -> bytes:
    """Return the answer of a prise en charge on a day: its state, who must act next and by when."""
    state = state_of(one, today)
    standing = STANDINGS[state]
    answer: dict[str, Any] = fhir.decode(one.response)
    is_quote = answer["use"] == ClaimUse.PREDETERMINATION.value
    said = ["Annulé" if is_quote and state is State.CANCELLED else standing.french]
    number = answer["identifier"][0]["value"]
    # Revisions share the number that invoices cite; each is a resource of its own.
    answer["id"] = number if one.revision == 1 else f"{number}-{one.revision}"
    if one.said_by == "silence" and state in {State.RATED, State.PENDED_PAYER}:
        said.append("l'assureur ne répond pas, ces montants sont ceux de sa grille")
    if state in _PROMISED:
        answer["preAuthRef"] = number
        said.append(f"{euros(one.amc_cents)} promis")
    if one.valid_until is not None and state in _PROMISED:
        start = civil_day(one.asked_at).isoformat()
        answer["preAuthPeriod"] = {"start": start, "end": one.valid_until.isoformat()}
    if one.reason and state in {State.REFUSED, State.PARTLY_GRANTED}:
        said.append(REASONS[one.reason])
    if state is State.REFUSED and one.reason and "error" not in answer:
        coding = {"system": REASON, "code": one.reason}
        answer["error"] = [{"code": {"coding": [coding], "text": REASONS[one.reason]}}]
    answer["status"] = "cancelled" if state in {State.CANCELLED, State.SUPERSEDED} else "active"
    answer["outcome"] = standing.outcome
    answer["disposition"] = (
        " : ".join(said) if said[-1].endswith(".") else f"{' : '.join(said)}."
    )
    by = _act_by(one, state, standing.actor)
    answer["extension"] = [
        {"url": fhir.STANDING, "valueCode": state.value},
        {"url": fhir.ACTOR, "valueCode": standing.actor.value},
    ]
    said_notes = [f"state: {state.value}", f"who must act: {standing.actor.value}"]
    if by is not None:
        answer["extension"].append({"url": fhir.ACT_BY, "valueDate": by.isoformat()})
        said_notes.append(f"by: {by.isoformat()}{' (late)' if by < today else ''}")
    answer["processNote"] = notes(*said_notes)
    if state is State.PENDED_PIECES and one.piece:
        asked = pieces_on(civil_day(one.asked_at)) | pieces_on(today)
        identifier = {"system": PIECE, "value": one.piece}
        answer["communicationRequest"] = [
            {"display": asked[one.piece].french, "identifier": identifier}
        ]
    return fhir.encode(answer)


def _act_by(one: _Stored, state: State, actor: Actor) -> date | None:
    """Return the day by which somebody is to act; None where nobody is, or nothing is to be lost."""
    if actor is Actor.NOBODY or state in {State.REFUSED, State.EXPIRED}:
        return None
    return (
        one.act_by if state in {State.PENDED_PAYER, State.PENDED_PIECES} else one.invoice_until
    )
