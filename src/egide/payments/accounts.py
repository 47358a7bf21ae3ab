"""An establishment's account number, changed by two persons and three days; the number is never shown again.

A hijacked session asks for nothing without a fresh touch of the passkey, approves nothing that it asked,
and is seen by every person of the house for the 72 hours in which any of them may stop it.
"""

from typing import Final
from uuid import UUID

import msgspec

from egide import db
from egide.access import Role
from egide.core.identifiers import Iban
from egide.core.ids import uuid7
from egide.core.refusal import Refusal, RefusalCode
from egide.edge.http import Request, Response, json_answer, read_json
from egide.payments import sql
from egide.people import Person, Portal

_TAIL: Final = 3  # the signs of an account number by which its owner knows it


class _Asked(msgspec.Struct):
    iban: str


class _Which(msgspec.Struct):
    change: UUID


class _Approved(msgspec.Struct):
    change: UUID
    iban: str


_read_approved = msgspec.json.Decoder(_Approved)
_read_asked = msgspec.json.Decoder(_Asked)
_read_which = msgspec.json.Decoder(_Which)


async def show_changes(portal: Portal, _: Request, person: Person) -> Response:
    """Show the account in use and the changes under way: of the person's house, or of all to an operator.

    Three last signs of a number, never more.
    """
    house = None if person.role is Role.OPERATOR else person.house
    async with db.statement(portal.pool) as tx:
        tail = None if house is None else await sql.iban_tail(tx, house)
        rows = await sql.open_iban_changes(tx, house)
    changes = [
        {
            "change": row["change_id"],
            "establishment": row["name"],
            "tail": row["iban_tail"],
            "asked_by": portal.label(row["asked_by"], row["asked_label"]),
            "asked_at": row["asked_at"],
            "approved_at": row["approved_at"],
            "approved_by": portal.label(row["approved_by"], row["approved_label"]),
            "in_force_at": row["in_force_at"],
            "may_approve": row["approved_at"] is None and row["asked_by"] != person.account_id,
        }
        for row in rows
    ]
    return json_answer({"tail": tail, "changes": changes})


async def ask_change(portal: Portal, request: Request, person: Person) -> Response:
    """Ask for a new account of the person's house.

    Raises Refusal: ``iban-invalid``; ``iban-change-open`` while another is under way.
    """
    asked = read_json(request, _read_asked, root="iban")
    house, iban = person.house, Iban.parse(asked.iban)
    change_id = uuid7(request.now)
    sealed = portal.sealer.pack(iban.text.encode(), house.bytes)
    async with db.statement(portal.pool) as tx:
        kept = (sealed, iban.text[-_TAIL:], portal.addresses.iban(iban))
        if not await sql.ask_iban_change(tx, change_id, house, kept, person.account_id):
            raise Refusal(RefusalCode.IBAN_CHANGE_OPEN)
    return json_answer({"change": change_id, "tail": iban.text[-_TAIL:]})


async def approve_change(portal: Portal, request: Request, person: Person) -> Response:
    """Approve a change that another asked, by typing its number again: it is in force 72 hours later.

    Raises Refusal: ``iban-invalid``; ``change-unknown``: ended, of another house, to another number, or one's own.
    """
    which = read_json(request, _read_approved, root="change")
    address = portal.addresses.iban(Iban.parse(which.iban))
    async with db.statement(portal.pool) as tx:
        house = None if person.role is Role.OPERATOR else person.house
        if not await sql.approve_iban_change(
            tx, which.change, house, person.account_id, address
        ):
            raise Refusal(RefusalCode.CHANGE_UNKNOWN, where="change")
    return json_answer({})


async def cancel_change(portal: Portal, request: Request, person: Person) -> Response:
    """Stop a change, whoever asked it and whoever approved it; its number is forgotten."""
    which = read_json(request, _read_which, root="change")
    async with db.statement(portal.pool) as tx:
        house = None if person.role is Role.OPERATOR else person.house
        if not await sql.cancel_iban_change(tx, which.change, house, person.account_id):
            raise Refusal(RefusalCode.CHANGE_UNKNOWN, where="change")
    return json_answer({})
