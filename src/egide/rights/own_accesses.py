"""What an insured person sees and says of the answers given on it: who looked, the proof, that it was there."""

import os
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

import msgspec

from egide import db
from egide.access import Scope
from egide.accesslog.receipts import own_receipt
from egide.core.identifiers import Finess
from egide.core.ids import SHORT_BITS, to_short_code
from egide.core.period import on_page
from egide.core.refusal import Refusal, RefusalCode
from egide.edge.http import Request, Response, json_answer, read_json
from egide.edge.route import Route
from egide.identity import Person
from egide.rights import sql
from egide.vault import Addresses

# The database's clock may be that far ahead of this machine's.
_AHEAD: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAccesses:
    """What the routes of an insured person share."""

    pool: db.Pool
    addresses: Addresses


class _Page(msgspec.Struct):
    before: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class _Entry(msgspec.Struct):
    entry: UUID


class _Establishment(msgspec.Struct):
    establishment: UUID


class _Asking(msgspec.Struct):
    finess: str


_read_page = msgspec.json.Decoder(_Page)
_read_entry = msgspec.json.Decoder(_Entry)
_read_establishment = msgspec.json.Decoder(_Establishment)
_read_asking = msgspec.json.Decoder(_Asking)


async def show_accesses(own: OwnAccesses, request: Request, person: Person) -> Response:
    """Show who learned something about oneself: the last hundred answers before an instant, with its twins."""
    asked = read_json(request, _read_page, root="accesses")
    before = on_page(asked.before, request.now + _AHEAD, "before")
    async with db.statement(own.pool) as tx:
        rows = await sql.accesses(tx, person.session_id, before)
    return json_answer({"accesses": [asdict(row) for row in rows]})


async def prove_access(own: OwnAccesses, request: Request, person: Person) -> Response:
    """Answer the proof of one of them, which whoever has ``verify.py`` checks.

    Raises Refusal: ``engagement-unknown``: no answer on this person, or not in the tree yet.
    """
    asked = read_json(request, _read_entry, root="accesses")
    async with db.transaction(own.pool) as tx:
        found = await own_receipt(tx, person.session_id, asked.entry)
    if found is None:
        raise Refusal(RefusalCode.ENGAGEMENT_UNKNOWN, where="entry")
    return json_answer(found)


async def confirm_access(own: OwnAccesses, request: Request, person: Person) -> Response:
    """Say that one was there: what the establishment typed of oneself counts no more against it.

    Raises Refusal: ``change-unknown``: it owes no explanation.
    """
    asked = read_json(request, _read_establishment, root="accesses")
    async with db.transaction(own.pool) as tx:
        if not await sql.confirm_presence(tx, person.session_id, asked.establishment):
            raise Refusal(RefusalCode.CHANGE_UNKNOWN, where="establishment")
    return json_answer({})


async def object_access(own: OwnAccesses, request: Request, person: Person) -> Response:
    """Say that one was not there: no claim of that establishment justifies what it typed of oneself.

    Raises Refusal: ``change-unknown``: it learned nothing.
    """
    asked = read_json(request, _read_establishment, root="accesses")
    async with db.transaction(own.pool) as tx:
        if not await sql.object_access(tx, person.session_id, asked.establishment):
            raise Refusal(RefusalCode.CHANGE_UNKNOWN, where="establishment")
    return json_answer({})


async def give_presence(own: OwnAccesses, request: Request, person: Person) -> Response:
    """Give a code that opens one answer to one establishment, by its FINESS number, for sixty seconds.

    Raises Refusal: ``finess-invalid``; ``change-unknown``: no such establishment here.
    """
    finess = Finess.parse(read_json(request, _read_asking, root="presence").finess)
    code = int.from_bytes(os.urandom(8), "big") >> (64 - SHORT_BITS)
    async with db.transaction(own.pool) as tx:
        address = own.addresses.presence(code)
        until = await sql.give_presence(tx, person.session_id, finess.text, address)
    if until is None:
        raise Refusal(RefusalCode.CHANGE_UNKNOWN, where="finess")
    return json_answer({"code": to_short_code(code), "until": until})


# Called with the ``OwnAccesses``.
ROUTES: Final = (
    Route("POST", "/portal/accesses", Scope.ACCESSES_READ, show_accesses, body=_Page),
    Route("POST", "/portal/accesses/proof", Scope.ACCESSES_READ, prove_access, body=_Entry),
    Route(
        "POST",
        "/portal/accesses/confirm",
        Scope.ACCESSES_READ,
        confirm_access,
        body=_Establishment,
    ),
    Route(
        "POST",
        "/portal/accesses/object",
        Scope.ACCESSES_READ,
        object_access,
        body=_Establishment,
    ),
    Route("POST", "/portal/presence", Scope.ACCESSES_READ, give_presence, body=_Asking),
)
