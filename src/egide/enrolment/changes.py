"""What two persons and three days change in an establishment: account number, contact, administrators, a lost account.

A hijacked session asks for nothing without a fresh reauthentication, approves nothing that it asked,
and is seen by every person of the establishment for the 72 hours in which any of them may stop it. What is
asked in figures is typed again by who approves it, and never shown.
"""

from typing import Final, NamedTuple
from uuid import UUID, uuid4

import msgspec

from egide import db
from egide.access import Scope
from egide.core.bank import bank_name
from egide.core.contact import Contact
from egide.core.identifiers import Iban
from egide.core.ids import to_code, uuid7
from egide.core.refusal import Refusal, RefusalCode
from egide.edge.http import Request, Response, json_answer, read_json
from egide.edge.route import Route
from egide.enrolment import sql
from egide.enrolment.desk import EnrolmentDesk
from egide.enrolment.payee import not_anothers
from egide.identity import Person, code_hash


class _Iban(msgspec.Struct):
    iban: str


class _Contact(msgspec.Struct):
    mail: str
    phone: str = ""


class _Subject(msgspec.Struct):
    account: UUID


class _Which(msgspec.Struct):
    change: UUID


class _Approved(msgspec.Struct):
    change: UUID
    iban: str = ""
    mail: str = ""
    phone: str = ""
    account: UUID | None = None


class _What(NamedTuple):
    kind: str
    establishment_id: UUID | None
    subject: UUID | None = None


class _Kept(NamedTuple):
    """What is sealed of a change, what is shown of it, and what is said again to approve it."""

    sealed: bytes
    shown: str
    address: UUID


_read_iban = msgspec.json.Decoder(_Iban)
_read_contact = msgspec.json.Decoder(_Contact)
_read_subject = msgspec.json.Decoder(_Subject)
_read_which = msgspec.json.Decoder(_Which)
_read_approved = msgspec.json.Decoder(_Approved)


async def show_changes(desk: EnrolmentDesk, _: Request, person: Person) -> Response:
    """Show what is in force and what is under way: in the person's establishment, or everywhere to an operator.

    Of an account number three last characters, of a contact a few, never more.
    """
    establishment = person.own_establishment_or_any
    async with db.statement(desk.pool) as tx:
        force = None if establishment is None else await sql.in_force(tx, establishment)
        rows = await sql.open_changes(tx, establishment)
        people = [] if establishment is None else await sql.people_of(tx, establishment)
    changes = [
        {
            "change": row.change_id,
            "kind": row.kind,
            "establishment": row.name,
            "shown": row.shown,
            "account": row.subject,
            "subject": desk.label(row.subject, row.subject_label),
            "asked_by": desk.label(row.asked_by, row.asked_label),
            "asked_at": row.asked_at,
            "approved_at": row.approved_at,
            "approved_by": desk.label(row.approved_by, row.approved_label),
            "in_force_at": row.in_force_at,
            "may_approve": row.approved_at is None
            and person.account_id not in {row.asked_by, row.subject},
        }
        for row in rows
    ]
    return json_answer(
        {
            "tail": None if force is None else force.iban_tail,
            "bank_name": None if force is None else bank_name(force.name),
            "contact": None if force is None else force.contact_shown,
            "changes": changes,
            "people": [
                {
                    "account": row.account_id,
                    "label": desk.label(row.account_id, row.label_sealed),
                    "role": row.role,
                }
                for row in people
            ],
        }
    )


async def ask_iban(desk: EnrolmentDesk, request: Request, person: Person) -> Response:
    """Ask for a new account number of the person's establishment.

    Raises Refusal: ``iban-invalid``; ``payee-refused``: the bank says it is another's; ``change-open`` while
    another is under way.
    """
    iban = Iban.parse(read_json(request, _read_iban, root="iban").iban)
    async with db.statement(desk.pool) as tx:
        establishment = await sql.named_establishment(tx, person.own_establishment)
    await not_anothers(desk.payee, iban, name=establishment.name, siret=establishment.siret)
    sealed = desk.sealer.pack(iban.text.encode(), person.own_establishment.bytes)
    kept = _Kept(sealed, iban.tail, desk.addresses.iban(iban))
    return await _insert(desk, request, person, _What("iban", person.own_establishment), kept)


async def ask_contact(desk: EnrolmentDesk, request: Request, person: Person) -> Response:
    """Ask for a new address of the person's establishment; the one in use and the new one are both told.

    Raises Refusal: ``value-invalid``; ``change-open``.
    """
    asked = read_json(request, _read_contact, root="contact")
    contact = Contact.parse(asked.mail, asked.phone)
    sealed = desk.sealer.pack(contact.text.encode(), Contact.owner(person.own_establishment))
    kept = _Kept(sealed, contact.shown, desk.addresses.contact(contact.text))
    return await _insert(
        desk, request, person, _What("contact", person.own_establishment), kept
    )


async def ask_administrator(desk: EnrolmentDesk, request: Request, person: Person) -> Response:
    """Ask that another of the establishment become an administrator, or that an administrator be one no more.

    Raises Refusal: ``change-unknown``: nobody such in the establishment; ``change-open``.
    """
    subject = read_json(request, _read_subject, root="administrator").account
    return await _ask_about(desk, request, person, "administrator", subject)


async def ask_recovery(desk: EnrolmentDesk, request: Request, person: Person) -> Response:
    """Ask that who lost every passkey, and proved again who it is, be let in by a new code.

    Raises Refusal: ``change-unknown``: nobody such that the person may decide on; ``change-open``.
    """
    subject = read_json(request, _read_subject, root="recovery").account
    return await _ask_about(desk, request, person, "recovery", subject)


async def _ask_about(
    desk: EnrolmentDesk, request: Request, person: Person, kind: str, subject: UUID
) -> Response:
    establishment = person.own_establishment_or_any
    async with db.statement(desk.pool) as tx:
        known = await sql.subject(tx, subject, establishment)
    if known is None or subject == person.account_id:
        raise Refusal(RefusalCode.CHANGE_UNKNOWN, where="account")
    what = _What(kind, known.establishment_id, subject)
    return await _insert(desk, request, person, what, _Kept(b"", "", subject))


async def _insert(
    desk: EnrolmentDesk,
    request: Request,
    person: Person,
    what: _What,
    kept: _Kept,
) -> Response:
    change = sql.NewChange(
        change_id=uuid7(request.now),
        kind=what.kind,
        establishment_id=what.establishment_id,
        subject=what.subject,
        sealed=kept.sealed,
        shown=kept.shown,
        address=kept.address,
        asked_by=person.account_id,
    )
    async with db.statement(desk.pool) as tx:
        if not await sql.ask_change(tx, change):
            raise Refusal(RefusalCode.CHANGE_OPEN)
    return json_answer({"change": change.change_id, "shown": change.shown})


async def approve_change(desk: EnrolmentDesk, request: Request, person: Person) -> Response:
    """Approve a change that another asked, by saying again what it is: it is in force 72 hours later.

    The approval of a recovery answers the code to hand over, which opens nothing before that time.

    Raises Refusal: ``iban-invalid``, ``value-invalid``; ``change-unknown``: ended, of another establishment, to
    something else, or one's own.
    """
    said = read_json(request, _read_approved, root="change")
    address, code = _address(desk, said), uuid4()
    establishment = person.own_establishment_or_any
    async with db.statement(desk.pool) as tx:
        kind = await sql.approve_change(
            tx, (said.change, establishment), person.account_id, address, code_hash(code)
        )
    if kind is None:
        raise Refusal(RefusalCode.CHANGE_UNKNOWN, where="change")
    return json_answer({"code": to_code(code)} if kind == "recovery" else {})


def _address(desk: EnrolmentDesk, said: _Approved) -> UUID:
    """Return the address of what is said again."""
    if said.iban:
        return desk.addresses.iban(Iban.parse(said.iban))
    if said.mail:
        return desk.addresses.contact(Contact.parse(said.mail, said.phone).text)
    if said.account is not None:
        return said.account
    raise Refusal(RefusalCode.VALUE_MISSING, where="change")


async def cancel_change(desk: EnrolmentDesk, request: Request, person: Person) -> Response:
    """Stop a change, whoever asked it and whoever approved it; what it would have set is forgotten."""
    which = read_json(request, _read_which, root="change")
    establishment = person.own_establishment_or_any
    async with db.statement(desk.pool) as tx:
        if not await sql.cancel_change(tx, which.change, establishment, person.account_id):
            raise Refusal(RefusalCode.CHANGE_UNKNOWN, where="change")
    return json_answer({})


# Called with the ``EnrolmentDesk``.
ROUTES: Final = (
    Route("GET", "/portal/changes", Scope.ESTABLISHMENT_READ, show_changes),
    Route(
        "POST",
        "/portal/changes/iban",
        Scope.ESTABLISHMENT_ASK,
        ask_iban,
        fresh=True,
        body=_Iban,
    ),
    Route(
        "POST",
        "/portal/changes/contact",
        Scope.ESTABLISHMENT_ASK,
        ask_contact,
        fresh=True,
        body=_Contact,
    ),
    Route(
        "POST",
        "/portal/changes/administrator",
        Scope.ESTABLISHMENT_ASK,
        ask_administrator,
        fresh=True,
        body=_Subject,
    ),
    Route(
        "POST",
        "/portal/changes/recovery",
        Scope.RECOVERY_ASK,
        ask_recovery,
        fresh=True,
        body=_Subject,
    ),
    Route(
        "POST",
        "/portal/changes/approve",
        Scope.ESTABLISHMENT_DECIDE,
        approve_change,
        fresh=True,
        body=_Approved,
    ),
    Route(
        "POST",
        "/portal/changes/cancel",
        Scope.ESTABLISHMENT_DECIDE,
        cancel_change,
        fresh=True,
        body=_Which,
    ),
)
