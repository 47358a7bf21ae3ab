"""The routes of insurers' own services: what waits for them, and what they answer, each call signed by them.

An event is taken once: sent again, it is answered alike; its number with other content is refused. What it answers is
decided here as at the insurer's desk: nothing above what the others leave, no reason but those of the list.
"""

from datetime import date, datetime, time, timedelta
from typing import Final, NoReturn, Protocol
from uuid import UUID

import msgspec

from egide import db
from egide.adjudication import cancellation_values, lock_counters
from egide.adjudication.asked import REASONS, coded_for_insurer
from egide.adjudication.claim import ClaimUse, question_number
from egide.answers import sql
from egide.claims import ClaimsDesk, end_claim
from egide.core.ids import first_at, from_code, to_code
from egide.core.period import PARIS, civil_day
from egide.core.refusal import Refusal, RefusalCode
from egide.edge.http import Request, Response, json_answer, read_json
from egide.edge.route import Route
from egide.insurers import Service, SignedEvent, read_signed, take_event
from egide.nomenclature import Nomenclature
from egide.preauth import InsurersAnswer, answer_of, room_of


class _Data(msgspec.Struct, forbid_unknown_fields=True):
    """What an event answers: a prise en charge, or an invoice by its claim."""

    decision: str
    establishment: UUID | None = None
    preauth: str = ""
    revision: int = 1
    claim: str = ""
    amounts: dict[int, int] = {}
    reason: str = ""
    piece: str = ""


class Event(msgspec.Struct, forbid_unknown_fields=True):
    """An event as Standard Webhooks advise to write it: what happened, when, and to what."""

    type: str
    timestamp: str
    data: _Data


_read: Final = msgspec.json.Decoder(Event)
_NO_KEY: Final = bytes(32)
_PREAUTH: Final = "preauth.answered"
_CLAIM: Final = "claim.answered"
_DECISIONS: Final = {"accept": "accepted", "refuse": "refused"}


async def take(desk: ClaimsDesk, request: Request) -> Response:
    """Take what an insurer's own service answers.

    Raises Refusal: ``signature-invalid``, ``event-reused``, ``event-unknown``, ``value-invalid``, ``piece-unexpected``.
    """
    service, signed = _sender(desk, request)
    event = read_json(request, _read, root="event")
    async with db.transaction(desk.pool) as tx:
        before = await take_event(
            tx, service.insurer_id, signed.number, signed.digest, request.now
        )
        if before is not None and before != signed.digest:
            raise Refusal(RefusalCode.EVENT_REUSED, where="webhook-id")
        if before is None:
            await _answered(tx, desk, service, event, request.now)
    return json_answer({"event": signed.number, "taken": True})


async def show_waiting(desk: ClaimsDesk, request: Request) -> Response:
    """Answer what waits for an insurer's own service, the oldest first, a hundred of each kind; more by ``?after=``.

    Raises Refusal: ``signature-invalid``; ``value-invalid``: ``after`` is no number of what waits.
    """
    service, _ = _sender(desk, request)
    today, after = civil_day(request.now), _after(request)
    async with db.statement(desk.pool) as tx:
        preauths = await sql.waiting_preauths(tx, service.insurer_id, today, after=after)
        claims = await sql.waiting_claims(tx, service.insurer_id, today, after=after)
        lines = await sql.preauth_lines(tx, preauths)
        lines += await sql.claim_lines(tx, [one.claim_id for one in claims])
    by_number: dict[UUID, list[dict[str, object]]] = {}
    for line in lines:
        by_number.setdefault(line.of, []).append(_line(line, desk.reference.acts.nomenclature))
    return json_answer(
        {
            "preauths": [
                {
                    "after": to_code(one.entry_id),
                    "question": _question(one, ClaimUse.PREAUTHORIZATION, one.request),
                    "establishment": one.establishment_id,
                    "preauth": to_code(one.preauth_id),
                    "revision": one.revision,
                    "person": to_code(one.person_id),
                    "asked_at": one.asked_at,
                    "answer_by": one.act_by,
                    "piece": one.piece,
                    "piece_answer": one.piece_answer,
                    "at_most": room_of(one.response),
                    "lines": by_number.get(one.preauth_id, []),
                }
                for one in preauths
            ],
            "claims": [
                {
                    "after": to_code(one.claim_id),
                    "question": _question(one, ClaimUse.CLAIM, one.invoice),
                    "claim": to_code(one.claim_id),
                    "establishment": one.establishment_id,
                    "person": to_code(one.person_id),
                    "amc_cents": one.amc_cents,
                    "asked_at": one.asked_at,
                    "answer_by": one.answer_by,
                    "silence": "accepts" if one.silence_accepts else "refuses",
                    "lines": by_number.get(one.claim_id, []),
                }
                for one in claims
            ],
            "reasons": REASONS,
        }
    )


async def show_kept(desk: ClaimsDesk, request: Request) -> Response:
    """Answer the invoices of a day (``?day=``) as they stand: by which question, who answered, what each came to.

    A thousand at once; the next from ``?after=``. What was cancelled or replaced since is told by its state.
    Raises Refusal: ``signature-invalid``, ``value-invalid``.
    """
    service, _ = _sender(desk, request)
    try:
        day = date.fromisoformat(request.query.get("day", ""))
    except ValueError:
        hint = "Un jour : AAAA-MM-JJ."
        raise Refusal(RefusalCode.VALUE_INVALID, where="day", hint=hint) from None
    start = datetime.combine(day, time(), PARIS)
    after = _after(request) or first_at(start)
    async with db.statement(desk.pool) as tx:
        before = first_at(start + timedelta(days=1))
        kept = await sql.kept(tx, service.insurer_id, max(after, first_at(start)), before)
    return json_answer(
        {
            "claims": [
                {
                    "after": to_code(one.claim_id),
                    "question": _question(one, ClaimUse.CLAIM, one.invoice),
                    "claim": to_code(one.claim_id),
                    "establishment": one.establishment_id,
                    "person": to_code(one.person_id),
                    "state": one.state,
                    "said_by": one.said_by,
                    "amc_cents": one.amc_cents,
                    "received_at": one.received_at,
                    "replaced_by": one.replaced_by and to_code(one.replaced_by),
                }
                for one in kept
            ]
        }
    )


class _Asked(Protocol):
    @property
    def establishment_id(self) -> UUID: ...
    @property
    def content_hash(self) -> bytes: ...


def _question(one: _Asked, use: ClaimUse, number: str) -> str:
    key = (one.establishment_id, number)
    return to_code(question_number(key, use, one.content_hash))


def _line(one: sql.Line, nomenclature: Nomenclature) -> dict[str, object]:
    system, _, code = one.act_code.partition(":")
    said = coded_for_insurer(system, code, nomenclature.family_of(system, code))
    return {
        "line": one.line,
        "act": said,
        "on": one.care_on,
        "quantity": one.quantity,
        "side": one.side,
        "expense_cents": one.expense_cents,
        "amo_cents": one.amo_cents,
    }


def _after(request: Request) -> UUID | None:
    said = request.query.get("after", "")
    number = from_code(said) if said else None
    if said and number is None:
        raise Refusal(RefusalCode.VALUE_INVALID, where="after")
    return number


def _sender(desk: ClaimsDesk, request: Request) -> tuple[Service, SignedEvent]:
    """Return whose call it is; Refusal ``signature-invalid``, the same for an insurer that has no service."""
    asked = request.query.get("amc", "")
    numbers = desk.reference.insurers
    for insurer_id, service in desk.reference.services.by_insurer.items():
        if insurer_id in numbers and numbers[insurer_id][0] == asked:
            return service, read_signed(request, service.public_key)
    return _nobody(request)


def _nobody(request: Request) -> NoReturn:
    """Refuse a call in the name of nobody as one that is not signed by who it names."""
    read_signed(request, _NO_KEY)
    raise Refusal(RefusalCode.SIGNATURE_INVALID, where="webhook-signature")


async def _answered(
    tx: db.Tx, desk: ClaimsDesk, service: Service, event: Event, now: datetime
) -> None:
    match event.type:
        case "preauth.answered":
            await _answer_preauth(tx, service, event.data, civil_day(now))
        case "claim.answered":
            await _answer_claim(tx, desk, service, event.data, now)
        case _:
            hint = f"Attendu : {_PREAUTH}, {_CLAIM}."
            raise Refusal(RefusalCode.VALUE_INVALID, where="event.type", hint=hint)


async def _answer_preauth(tx: db.Tx, service: Service, said: _Data, today: date) -> None:
    number = from_code(said.preauth)
    if number is None or said.establishment is None:
        raise Refusal(RefusalCode.EVENT_UNKNOWN, where="event.data.preauth")
    which = (said.establishment, number)
    waiting = await sql.waiting_preauths(tx, service.insurer_id, today, which=which)
    found = [one for one in waiting if one.revision == said.revision]
    if not found:
        raise Refusal(RefusalCode.EVENT_UNKNOWN, where="event.data.preauth")
    [one] = found
    if said.decision == "grant" and said.amounts.keys() != room_of(one.response).keys():
        # A line left out would be paid by its grid, which is not what it says.
        hint = "Un montant pour chaque ligne de at_most ; 0 pour ce qui n'est pas payé."
        raise Refusal(RefusalCode.VALUE_INVALID, where="event.data.amounts", hint=hint)
    answered = InsurersAnswer(
        establishment=said.establishment,
        preauth=said.preauth,
        revision=said.revision,
        decision=said.decision,
        amounts=said.amounts,
        reason=said.reason,
        piece=said.piece,
    )
    answer = await answer_of(tx, one, answered, today, room_of(one.response))
    if not await sql.answer_preauth(tx, one, answer):
        raise Refusal(RefusalCode.EVENT_UNKNOWN, where="event.data.preauth")


async def _answer_claim(
    tx: db.Tx, desk: ClaimsDesk, service: Service, said: _Data, now: datetime
) -> None:
    answer = _DECISIONS.get(said.decision)
    if answer is None:
        hint = f"Attendu : {', '.join(_DECISIONS)}."
        raise Refusal(RefusalCode.VALUE_INVALID, where="event.data.decision", hint=hint)
    if (answer == "refused") != (said.reason in REASONS):
        hint = f"Pour un refus, parmi : {', '.join(REASONS)} ; rien pour un accord."
        raise Refusal(RefusalCode.VALUE_INVALID, where="event.data.reason", hint=hint)
    number, today = from_code(said.claim), civil_day(now)
    waiting = (
        []
        if number is None
        else await sql.waiting_claims(tx, service.insurer_id, today, claim_id=number)
    )
    if not waiting or not await sql.answer_claim(
        tx, waiting[0].claim_id, answer, said.reason, now
    ):
        raise Refusal(RefusalCode.EVENT_UNKNOWN, where="event.data.claim")
    if answer == "refused":
        one = waiting[0]
        await lock_counters(tx, [one.person_id], today)
        values = cancellation_values(one.establishment_id, one.claim_id)
        await end_claim(tx, one.establishment_id, one.claim_id, desk.attester.attest(*values))


# Called with a ``ClaimsDesk``; who calls is proved by its signature.
ROUTES: Final = (
    Route("POST", "/insurer-events", None, take, body=Event, query=("amc",)),
    Route("GET", "/insurer-waiting", None, show_waiting, query=("amc", "after")),
    Route("GET", "/insurer-kept", None, show_kept, query=("amc", "day", "after")),
)
