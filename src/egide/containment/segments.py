"""Segments that are contained: an establishment, a key, a vendor, a profession…; asked of only by card, or shut."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec

from egide import db
from egide.access import Scope
from egide.containment import sql
from egide.core.refusal import Refusal, RefusalCode
from egide.directory import establishment_named, insurer_named
from egide.edge.http import Request, Response, json_answer, read_json
from egide.edge.route import Route
from egide.identity import Person

LONGEST_HOURS: Final = 24.0 * 90


class SegmentKind(StrEnum):
    """What a segment is of (GATE, section 6)."""

    ESTABLISHMENT = "establishment"
    KEY = "key"
    VENDOR = "vendor"
    BUILD = "build"
    CONCENTRATOR = "concentrator"
    AMC = "amc"
    FLOW = "flow"
    PROFESSION = "profession"
    DEPARTMENT = "department"
    METHOD = "method"
    PERSON = "person"


Mode = Literal["open", "card-only", "off"]


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """What is contained, how, why and for how long; ``open`` opens it again.

    Args:
        value: of its kind: a number (establishment, amc, person), a key's thumbprint, a name.
    """

    kind: SegmentKind
    value: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    mode: Mode
    reason: Annotated[str, msgspec.Meta(max_length=500)] = ""
    hours: Annotated[float, msgspec.Meta(ge=0.1, le=LONGEST_HOURS)] = 24.0

    @property
    def said(self) -> str:
        """Return the reason that is kept."""
        return self.reason.strip() or "reopened"

    def until(self, now: datetime) -> datetime:
        """Return when it ends by itself."""
        return now + timedelta(hours=self.hours)


_read_segment = msgspec.json.Decoder(Segment)
_NAMED: Final[Mapping[SegmentKind, Callable[[db.Tx, str, str], Awaitable[UUID]]]] = {
    SegmentKind.ESTABLISHMENT: establishment_named,
    SegmentKind.AMC: insurer_named,
}


async def with_number(tx: db.Tx, segment: Segment) -> Segment:
    """Return a segment with the number that is kept of who a FINESS or an AMC number names; ``value-invalid``."""
    named = _NAMED.get(segment.kind)
    if named is None:
        return segment
    return msgspec.structs.replace(segment, value=str(await named(tx, segment.value, "value")))


async def check_segment(tx: db.Tx, segment: Segment) -> None:
    """Refuse what would contain nothing, or nobody knows why.

    Raises Refusal: ``value-missing`` without a reason; ``value-invalid`` for a value that nothing has, and for
    a person or the portal by card alone: neither shows a card.
    """
    if segment.mode == "open":
        return
    if not segment.reason.strip():
        raise Refusal(RefusalCode.VALUE_MISSING, where="reason")
    shut = segment.kind is SegmentKind.PERSON or (segment.kind, segment.value) == (
        SegmentKind.FLOW,
        "portal",
    )
    if shut and segment.mode != "off":
        hint = "Une personne, ou le portail, n'a pas de carte à montrer : off, ou open."
        raise Refusal(RefusalCode.VALUE_INVALID, where="mode", hint=hint)
    if not await sql.is_segment(tx, segment.kind, segment.value):
        hint = f"Rien de connu ne porte cette valeur ({segment.kind})."
        raise Refusal(RefusalCode.VALUE_INVALID, where="value", hint=hint)


async def contained_now(tx: db.Tx, session_id: UUID) -> list[dict[str, Any]]:
    """Return what is contained now, by whom, why and until when, to the session of an operator or an auditor."""
    return [asdict(row) for row in await sql.contained(tx, session_id)]


async def show_segments(pool: db.Pool, _: Request, person: Person) -> Response:
    """Show an operator or an auditor what is contained now, by whom, why and until when."""
    async with db.statement(pool) as tx:
        held = await contained_now(tx, person.session_id)
    return json_answer({"segments": held})


async def set_segment(pool: db.Pool, request: Request, person: Person) -> Response:
    """Contain a segment, or hold it tighter or longer; felt by the next question of every process.

    A session can be forged by whoever takes the server over: opening again is a command's, on the machine.

    Raises Refusal: as ``check_segment``; ``scope-missing``; ``value-invalid`` for what would open anything.
    """
    segment = read_json(request, _read_segment, root="segment")
    async with db.transaction(pool) as tx:
        segment = await with_number(tx, segment)
        await check_segment(tx, segment)
        containing = sql.Containing(
            kind=segment.kind.value,
            value=segment.value,
            mode=segment.mode,
            reason=segment.said,
            until=segment.until(request.now),
        )
        said = await sql.contain(tx, person.session_id, containing)
    if said == "no-operator":
        raise Refusal(RefusalCode.SCOPE_MISSING)
    if said == "looser":
        hint = "Rouvrir, desserrer ou raccourcir se fait par ./egide segment, sur la machine."
        raise Refusal(RefusalCode.VALUE_INVALID, where="mode", hint=hint)
    return json_answer({"until": segment.until(request.now)})


# Called with the portal's pool.
ROUTES: Final = (
    Route("GET", "/portal/segments", Scope.SEGMENTS_READ, show_segments),
    Route(
        "POST",
        "/portal/segments/set",
        Scope.SEGMENTS_CHANGE,
        set_segment,
        fresh=True,
        body=Segment,
    ),
)
