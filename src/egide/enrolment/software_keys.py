"""The keys of an establishment's software, as its administrator sees, enrols and takes them away."""

import re
from typing import Annotated, Final
from uuid import UUID

import msgspec

from egide import access, db
from egide.access import Scope, requested_key
from egide.core.refusal import Refusal, RefusalCode
from egide.edge.http import Request, Response, json_answer, read_json
from egide.edge.route import Route
from egide.enrolment.desk import EnrolmentDesk
from egide.identity import Person

_THUMBPRINT: Final = re.compile(r"[A-Za-z0-9_-]{43}")  # RFC 7638, SHA-256


class _NewKey(msgspec.Struct):
    software: UUID
    request: str
    concentrator: Annotated[str, msgspec.Meta(max_length=80)] = ""


class _Revoked(msgspec.Struct):
    thumbprint: str


_read_key = msgspec.json.Decoder(_NewKey)
_read_revoked = msgspec.json.Decoder(_Revoked)


async def show_keys(desk: EnrolmentDesk, _: Request, person: Person) -> Response:
    """Show the keys of the software of a person's establishment."""
    async with db.statement(desk.pool) as tx:
        rows = await access.keys_of(tx, person.own_establishment)
        builds = await access.software(tx)
    return json_answer(
        {
            "establishment": person.own_establishment,
            "keys": [
                {
                    "thumbprint": row.thumbprint,
                    "software": f"{row.product} {row.version} ({row.vendor})",
                    "concentrator": row.concentrator,
                    "enrolled_at": row.enrolled_at,
                    "enrolled_by": desk.label(row.enrolled_by, row.enrolled_label),
                    "revoked_at": row.revoked_at,
                    "revoked_by": desk.label(row.revoked_by, row.revoked_label),
                }
                for row in rows
            ],
            "software": [
                {
                    "software": row.software_id,
                    "name": f"{row.product} {row.version} ({row.vendor})",
                }
                for row in builds
            ],
        }
    )


async def enrol_key(desk: EnrolmentDesk, request: Request, person: Person) -> Response:
    """Enrol the key that signed a request for this establishment."""
    sent = read_json(request, _read_key, root="key")
    establishment = person.own_establishment
    key = requested_key(
        sent.request, origin=desk.party.origin, establishment_id=establishment, now=request.now
    )
    async with db.transaction(desk.pool) as tx:
        by = (person.account_id, request.now)
        await access.enrol_requested(tx, key, sent.software, by, sent.concentrator)
    return json_answer({"thumbprint": key.thumbprint})


async def revoke_key(desk: EnrolmentDesk, request: Request, person: Person) -> Response:
    """Revoke a key of the establishment: no token from now on, and those it has end in a second."""
    which = read_json(request, _read_revoked, root="key")
    if not _THUMBPRINT.fullmatch(which.thumbprint):
        raise Refusal(RefusalCode.KEY_UNKNOWN, where="thumbprint")
    async with db.statement(desk.pool) as tx:
        by = (person.account_id, request.now)
        if not await access.revoke_key(tx, person.own_establishment, which.thumbprint, by):
            raise Refusal(RefusalCode.KEY_UNKNOWN, where="thumbprint")
    return json_answer({})


# Called with the ``EnrolmentDesk``.
ROUTES: Final = (
    Route("GET", "/portal/keys", Scope.KEYS_READ, show_keys),
    Route("POST", "/portal/keys/enrol", Scope.KEYS_CHANGE, enrol_key, fresh=True, body=_NewKey),
    Route(
        "POST", "/portal/keys/revoke", Scope.KEYS_CHANGE, revoke_key, fresh=True, body=_Revoked
    ),
)
