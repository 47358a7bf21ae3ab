"""What an establishment does about a decision that it contests: open, read, ask a second reading, withdraw."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from egide import db
from egide.access import Pass, Scope, counting_numbers, log_reads
from egide.claims import ENDED, ClaimsDesk
from egide.core.ids import from_code, uuid7
from egide.core.period import civil_day
from egide.core.refusal import Refusal, RefusalCode
from egide.core.working_days import working_days_after
from egide.disputes import said, sql
from egide.disputes.dispute import (
    ANSWER_DAYS,
    MOVES,
    STANDINGS,
    Ground,
    Move,
    days_of_reading,
    state_on,
)
from egide.edge.http import Request, Response, json_answer, read_json
from egide.edge.route import Route

_SHOWN: Final = 500
_DISPUTED_WITHIN: Final = timedelta(days=730)  # as long as an invoice may be sent at all
_REJECTED: Final = "rejected"


class _Opened(msgspec.Struct, forbid_unknown_fields=True):
    """What is contested; ``line`` and ``expected_cents`` of an amount alone, and as one likes."""

    invoice: str
    ground: str
    line: int | None = None
    expected_cents: int | None = None


class _Which(msgspec.Struct, forbid_unknown_fields=True):
    dispute: str


_read_opened: Final = msgspec.json.Decoder(_Opened)
_read_which: Final = msgspec.json.Decoder(_Which)


async def open_dispute(desk: ClaimsDesk, request: Request, admitted: Pass) -> Response:
    """Contest the decision of an invoice; answers where the dispute stands, with the reckoning. Safe to repeat.

    Raises Refusal: ``claim-unknown``, ``claim-closed``, ``dispute-closed``, ``value-invalid``, ``value-missing``.
    """
    asked = read_json(request, _read_opened, root="dispute")
    ground = _ground(asked)
    establishment = admitted.caller.establishment_id
    async with counting_numbers(desk.pool, admitted.caller):
        async with db.statement(desk.pool) as tx:
            claim = await sql.decided(tx, establishment, asked.invoice)
        if claim is None:
            raise Refusal(RefusalCode.CLAIM_UNKNOWN, where="dispute.invoice")
    async with db.transaction(desk.pool) as tx:
        kept = await sql.of_claim(tx, establishment, claim.claim_id)
        if kept is None:
            _check_claim(asked, ground, claim, request.now)
            answer_by, second_by = days_of_reading(civil_day(request.now))
            row = sql.DisputeRow(
                dispute_id=uuid7(request.now),
                establishment_id=establishment,
                claim_id=claim.claim_id,
                insurer_id=claim.insurer_id,
                ground=ground.value,
                line=asked.line,
                expected_cents=asked.expected_cents,
                opened_at=request.now,
                answer_by=answer_by,
                second_by=second_by,
            )
            await sql.open_dispute(tx, row)
            kept = await sql.of_claim(tx, establishment, claim.claim_id)
        if kept is None:
            raise Refusal(RefusalCode.BUSY)
        if (kept.ground, kept.line, kept.expected_cents) != (
            ground.value,
            asked.line,
            asked.expected_cents,
        ):
            hint = "Une facture se conteste une fois : celle-ci l'est déjà, autrement."
            raise Refusal(RefusalCode.DISPUTE_CLOSED, where="dispute.invoice", hint=hint)
        return await _show(tx, kept, admitted, request.now)


def _ground(asked: _Opened) -> Ground:
    if asked.ground not in set(Ground):
        hint = f"Attendu : {', '.join(Ground)}."
        raise Refusal(RefusalCode.VALUE_INVALID, where="dispute.ground", hint=hint)
    ground = Ground(asked.ground)
    for name, value in (("line", asked.line), ("expected_cents", asked.expected_cents)):
        if value is not None and ground is not Ground.AMOUNT:
            hint = "Un rejet est de toute la facture."
            raise Refusal(RefusalCode.VALUE_INVALID, where=f"dispute.{name}", hint=hint)
    if asked.expected_cents is not None and not 0 <= asked.expected_cents <= 10**12:
        raise Refusal(RefusalCode.VALUE_INVALID, where="dispute.expected_cents")
    return ground


def _check_claim(
    asked: _Opened, ground: Ground, claim: sql.DecidedClaim, now: datetime
) -> None:
    """Stop a dispute of what nobody can change any more, or that was not decided so."""
    if claim.state in ENDED:
        hint = "Annulée ou remplacée, une facture ne se conteste plus."
        raise Refusal(RefusalCode.CLAIM_CLOSED, where="dispute.invoice", hint=hint)
    if (claim.state == _REJECTED) != (ground is Ground.REJECTION):
        was = "rejetée" if claim.state == _REJECTED else "acceptée"
        hint = f"Cette facture a été {was}."
        raise Refusal(RefusalCode.VALUE_INVALID, where="dispute.ground", hint=hint)
    if now - claim.received_at > _DISPUTED_WITHIN:
        hint = "Une décision se conteste pendant deux ans."
        raise Refusal(RefusalCode.CLAIM_CLOSED, where="dispute.invoice", hint=hint)
    if asked.line is not None:
        lines = [one["line"] for one in said.reckoning(claim.response)]
        if asked.line not in lines:
            hint = f"Lignes de cette facture : {', '.join(map(str, lines))}."
            raise Refusal(RefusalCode.VALUE_INVALID, where="dispute.line", hint=hint)


async def _show(tx: db.Tx, kept: sql.Kept, admitted: Pass, now: datetime) -> Response:
    """Show a dispute whole: what it shows of a care is an entry of the access log."""
    answers = await sql.answers(tx, [kept.dispute_id])
    shown = said.of_establishment(kept, answers.get(kept.dispute_id, []), civil_day(now))
    await log_reads(tx, admitted.caller, [kept.entry_id], now)
    return json_answer({**shown, "reckoning": said.reckoning(kept.response)})


async def list_disputes(desk: ClaimsDesk, request: Request, admitted: Pass) -> Response:
    """Answer one's last 500 disputes, the last opened first, each with where it stands today."""
    today = civil_day(request.now)
    async with db.statement(desk.pool) as tx:
        kept = await sql.of_establishment(tx, admitted.caller.establishment_id, _SHOWN)
        answers = await sql.answers(tx, [one.dispute_id for one in kept])
    disputes: list[dict[str, Any]] = [
        said.of_establishment(one, answers.get(one.dispute_id, []), today) for one in kept
    ]
    return json_answer({"disputes": disputes})


async def show_dispute(desk: ClaimsDesk, request: Request, admitted: Pass) -> Response:
    """Answer one of one's disputes, with the reckoning of what it contests. Refusal ``dispute-unknown``."""
    async with db.statement(desk.pool) as tx:
        kept = await _kept(tx, admitted, request.values["dispute"])
        return await _show(tx, kept, admitted, request.now)


async def _kept(tx: db.Tx, admitted: Pass, code: str) -> sql.Kept:
    number = from_code(code)
    establishment = admitted.caller.establishment_id
    kept = None if number is None else await sql.one(tx, establishment, number)
    if kept is None:
        raise Refusal(RefusalCode.DISPUTE_UNKNOWN, where="dispute")
    return kept


def _check_move(kept: sql.Kept, move: Move, now: datetime) -> None:
    """Stop a move that a state does not allow; Refusal ``dispute-closed``, which says where it stands."""
    state = state_on(kept, civil_day(now))
    if state not in MOVES[move]:
        hint = f"{STANDINGS[state].french}."
        raise Refusal(RefusalCode.DISPUTE_CLOSED, where="dispute", hint=hint)


async def ask_second_reading(desk: ClaimsDesk, request: Request, admitted: Pass) -> Response:
    """Ask a second person of the insurer to read a dispute that it maintained.

    Raises Refusal: ``dispute-unknown``, ``dispute-closed``.
    """
    which = read_json(request, _read_which, root="dispute")
    second_by = working_days_after(civil_day(request.now), ANSWER_DAYS)
    async with db.transaction(desk.pool) as tx:
        kept = await _kept(tx, admitted, which.dispute)
        _check_move(kept, Move.RAISE, request.now)
        establishment = admitted.caller.establishment_id
        done = await sql.ask_second(tx, establishment, kept.dispute_id, second_by)
        return await _moved(tx, kept.dispute_id, admitted, request.now, done=done)


async def withdraw_dispute(desk: ClaimsDesk, request: Request, admitted: Pass) -> Response:
    """Withdraw a dispute: the decision stays as it is. Refusal ``dispute-unknown``, ``dispute-closed``."""
    which = read_json(request, _read_which, root="dispute")
    async with db.transaction(desk.pool) as tx:
        kept = await _kept(tx, admitted, which.dispute)
        _check_move(kept, Move.WITHDRAW, request.now)
        done = await sql.withdraw(tx, admitted.caller.establishment_id, kept.dispute_id)
        return await _moved(tx, kept.dispute_id, admitted, request.now, done=done)


async def _moved(
    tx: db.Tx, dispute: UUID, admitted: Pass, now: datetime, *, done: bool
) -> Response:
    """Show where a dispute stands after a move, nothing of the care; Refusal ``busy``: another was made meanwhile."""
    kept = await sql.one(tx, admitted.caller.establishment_id, dispute)
    if kept is None or not done:
        raise Refusal(RefusalCode.BUSY)
    answers = await sql.answers(tx, [kept.dispute_id])
    return json_answer(
        said.of_establishment(kept, answers.get(kept.dispute_id, []), civil_day(now))
    )


# Called with a ``ClaimsDesk``.
ROUTES: Final = (
    Route("POST", "/disputes", Scope.CLAIM_SUBMIT, open_dispute, body=_Opened),
    Route("GET", "/disputes", Scope.CLAIM_SUBMIT, list_disputes),
    Route("GET", "/disputes/{dispute}", Scope.CLAIM_SUBMIT, show_dispute),
    Route(
        "POST", "/disputes/second-reading", Scope.CLAIM_SUBMIT, ask_second_reading, body=_Which
    ),
    Route("POST", "/disputes/withdraw", Scope.CLAIM_SUBMIT, withdraw_dispute, body=_Which),
)
