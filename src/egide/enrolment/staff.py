"""Who an administrator lets into its establishment, and shuts out: never administrators."""

from typing import Final, Literal
from uuid import UUID

import msgspec

from egide import db
from egide.access import Scope
from egide.accounts import label_owner
from egide.core.ids import uuid7
from egide.core.refusal import Refusal, RefusalCode
from egide.edge.http import Request, Response, json_answer, read_json
from egide.edge.route import Route
from egide.enrolment import sql
from egide.enrolment.desk import EnrolmentDesk
from egide.identity import Person, new_code

_LONGEST: Final = 80


class _Invited(msgspec.Struct):
    role: Literal["professional", "assistant"]
    label: str


class _Shut(msgspec.Struct):
    account: UUID


_read_invited = msgspec.json.Decoder(_Invited)
_read_shut = msgspec.json.Decoder(_Shut)


async def invite_staff(desk: EnrolmentDesk, request: Request, person: Person) -> Response:
    """Open an account in one's establishment; answer the code to hand over, good for seven days and shown once.

    Raises Refusal: ``value-invalid`` at ``label``; ``change-open``: too many wait for their persons.
    """
    asked = read_json(request, _read_invited, root="staff")
    label = " ".join(asked.label.split())
    if not 1 <= len(label) <= _LONGEST or not label.isprintable():
        raise Refusal(RefusalCode.VALUE_INVALID, where="label", hint="De 1 à 80 lettres.")
    account, (code, kept_code) = uuid7(request.now), new_code()
    sealed = desk.sealer.pack(label.encode(), label_owner(account))
    async with db.transaction(desk.pool) as tx:
        kept = (sealed, kept_code)
        if not await sql.invite_to_establishment(
            tx, person.session_id, account, asked.role, kept
        ):
            hint = "Cinquante codes que personne n'a employés, au plus."
            raise Refusal(RefusalCode.CHANGE_OPEN, hint=hint)
    return json_answer({"account": account, "code": code})


async def shut_out_staff(desk: EnrolmentDesk, request: Request, person: Person) -> Response:
    """Close an account of one's establishment for good, with all that lets it in; Refusal ``change-unknown``."""
    which = read_json(request, _read_shut, root="staff")
    async with db.transaction(desk.pool) as tx:
        if not await sql.shut_out(tx, person.session_id, which.account):
            raise Refusal(RefusalCode.CHANGE_UNKNOWN, where="account")
    return json_answer({})


# Called with the ``EnrolmentDesk``.
ROUTES: Final = (
    Route(
        "POST",
        "/portal/staff/invite",
        Scope.STAFF_CHANGE,
        invite_staff,
        fresh=True,
        body=_Invited,
    ),
    Route(
        "POST",
        "/portal/staff/close",
        Scope.STAFF_CHANGE,
        shut_out_staff,
        fresh=True,
        body=_Shut,
    ),
)
