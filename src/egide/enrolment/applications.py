"""An establishment enrols itself: its site proved by Pro Santé Connect and the register, its account by its bank, its
convention signed by a passkey. It begins as a newcomer, whose budget is two unproved persons a day.

A thief with somebody's e-CPS applies for that professional's own sites alone, and only where nobody is contracted.
"""

import hashlib
import os
from dataclasses import asdict
from datetime import date, timedelta
from importlib.resources import files
from typing import Any, Final
from uuid import UUID

import msgspec

from egide import db
from egide.access import Scope
from egide.access.jose import JoseError, b64decode, b64encode
from egide.core.bank import bank_name
from egide.core.contact import Contact
from egide.core.identifiers import Iban
from egide.core.ids import uuid7
from egide.core.period import civil_day
from egide.core.refusal import Refusal, RefusalCode
from egide.edge.http import Request, Response, json_answer, read_json
from egide.edge.route import Route
from egide.enrolment import sql
from egide.enrolment.desk import EnrolmentDesk
from egide.enrolment.payee import not_anothers
from egide.identity import Person, asking_of, begin_signing, challenge_of, finish_login

_TERM: Final = timedelta(days=365)
_DOMAINS: Final = {
    "pharmacy": "pharmacie",
    "laboratory": "biologie médicale",
    "doctor": "médecine",
    "dentist": "soins dentaires",
    "optician": "optique",
    "audiologist": "audioprothèse",
    "auxiliary": "auxiliaires médicaux",
    "midwife": "sages-femmes",
}


class _Applied(msgspec.Struct):
    finess: str
    iban: str
    mail: str
    phone: str = ""


class _Signed(msgspec.Struct):
    application: UUID
    nonce: str
    credential: dict[str, Any]


class _Decided(msgspec.Struct):
    application: UUID
    accept: bool


_read_applied = msgspec.json.Decoder(_Applied)
_read_signed = msgspec.json.Decoder(_Signed)
_read_decided = msgspec.json.Decoder(_Decided)


def convention(site: sql.Site, *, profession: str, tail: str, starts: date) -> str:
    """Return the text of a convention, as it is signed."""
    text = (
        files("egide.enrolment").joinpath("conventions", "convention.fr.txt").read_text("utf-8")
    )
    return text.format(
        domain=_DOMAINS[profession],
        name=site.name,
        bank_name=bank_name(site.name),
        finess=site.finess,
        siret=site.siret,
        tail=tail,
        starts=f"{starts:%d/%m/%Y}",
    )


async def show_application(desk: EnrolmentDesk, _: Request, person: Person) -> Response:
    """Show who applies the sites it may apply for, and how far its application is."""
    async with db.statement(desk.pool) as tx:
        sites = await sql.sites_of(tx, person.account_id)
        last = await sql.last_application(tx, person.account_id)
    return json_answer(
        {
            "sites": [
                {name: getattr(row, name) for name in ("finess", "siret", "name", "department")}
                for row in sites
            ],
            "application": None
            if last is None
            else {
                name: getattr(last, name)
                for name in ("finess", "payee", "asked_at", "signed_at", "accepted")
            },
        }
    )


async def begin_application(desk: EnrolmentDesk, request: Request, person: Person) -> Response:
    """Take an application, and give the convention to sign with the passkey.

    Raises Refusal: ``site-not-yours``: Pro Santé Connect does not place the person there, or an establishment has it;
    ``iban-invalid``, ``value-invalid``; ``payee-refused``: the bank says the account is another's;
    ``change-open`` while another application waits for a decision.
    """
    asked = read_json(request, _read_applied, root="application")
    iban, contact = Iban.parse(asked.iban), Contact.parse(asked.mail, asked.phone)
    async with db.statement(desk.pool) as tx:
        sites = [
            row
            for row in await sql.sites_of(tx, person.account_id)
            if row.finess == asked.finess
        ]
    if not sites:
        raise Refusal(RefusalCode.SITE_NOT_YOURS, where="finess")
    [site] = sites
    payee = await not_anothers(desk.payee, iban, name=site.name, siret=site.siret)
    application, today = uuid7(request.now), civil_day(request.now)
    document = convention(site, profession=site.profession, tail=iban.tail, starts=today)
    # Sealed for the establishment that it will be: the number of the application becomes its own.
    applied = sql.NewApplication(
        application_id=application,
        account_id=person.account_id,
        finess=site.finess,
        siret=site.siret,
        iban_sealed=desk.sealer.pack(iban.text.encode(), application.bytes),
        iban_tail=iban.tail,
        contact_sealed=desk.sealer.pack(contact.text.encode(), Contact.owner(application)),
        contact_shown=contact.shown,
        payee=payee.value,
        document=document,
    )
    async with db.transaction(desk.pool) as tx:
        await sql.withdraw_unsigned(tx, person.account_id)
        if not await sql.apply(tx, applied):
            raise Refusal(RefusalCode.CHANGE_OPEN)
    nonce = os.urandom(32)
    options = await begin_signing(
        desk.pool, desk.party, _challenge(nonce, document), asking_of(request, person)
    )
    return json_answer(
        {
            "application": application,
            "payee": payee.value,
            "document": document,
            "nonce": b64encode(nonce),
            "options": options,
        }
    )


async def sign_application(desk: EnrolmentDesk, request: Request, person: Person) -> Response:
    """Keep the signature of the convention; the establishment is there at once where its bank has said yes.

    Raises Refusal: ``passkey-refused``; ``change-unknown``: no such application of this person.
    """
    sent = read_json(request, _read_signed, root="application")
    async with db.statement(desk.pool) as tx:
        document = await sql.unsigned(tx, sent.application, person.account_id)
    if document is None:
        raise Refusal(RefusalCode.CHANGE_UNKNOWN, where="application")
    nonce = _decoded(sent.nonce)
    if challenge_of(sent.credential) != _challenge(nonce, document):
        raise Refusal(RefusalCode.PASSKEY_REFUSED)
    await finish_login(
        desk.pool, desk.party, sent.credential, asking_of(request, person), purpose="sign"
    )
    said = sent.credential["response"]
    parts = tuple(
        _decoded(said[name]) for name in ("clientDataJSON", "authenticatorData", "signature")
    )
    today = civil_day(request.now)
    async with db.transaction(desk.pool) as tx:
        kept = (_decoded(sent.credential["rawId"]), nonce, *parts)
        await sql.keep_signature(tx, sent.application, kept, (today, today + _TERM))
        done = await sql.decide(tx, sent.application, by=None, accept=True)
    return json_answer({"establishment": sent.application if done else None})


async def show_applications(desk: EnrolmentDesk, _: Request, __: Person) -> Response:
    """Show an operator the signed applications that wait: no account number, no address."""
    async with db.statement(desk.pool) as tx:
        rows = await sql.waiting(tx)
    return json_answer({"applications": [asdict(row) for row in rows]})


async def decide_application(desk: EnrolmentDesk, request: Request, person: Person) -> Response:
    """Accept or refuse an application that its bank could not confirm; Refusal ``change-unknown``."""
    said = read_json(request, _read_decided, root="application")
    async with db.transaction(desk.pool) as tx:
        if not await sql.decide(tx, said.application, by=person.account_id, accept=said.accept):
            raise Refusal(RefusalCode.CHANGE_UNKNOWN, where="application")
    return json_answer({})


def _challenge(nonce: bytes, document: str) -> bytes:
    """Return what a passkey signs: this document, this once."""
    return hashlib.sha256(b"egide convention\0" + nonce + document.encode()).digest()


def _decoded(text: object) -> bytes:
    try:
        return b64decode(str(text).encode("ascii", "replace"))
    except JoseError:
        raise Refusal(RefusalCode.PASSKEY_REFUSED) from None


# Called with the ``EnrolmentDesk``.
ROUTES: Final = (
    Route("GET", "/portal/application", Scope.APPLY, show_application),
    Route(
        "POST",
        "/portal/application/begin",
        Scope.APPLY,
        begin_application,
        fresh=True,
        body=_Applied,
    ),
    Route(
        "POST",
        "/portal/application/sign",
        Scope.APPLY,
        sign_application,
        fresh=True,
        body=_Signed,
    ),
    Route("GET", "/portal/applications", Scope.APPLICATIONS, show_applications),
    Route(
        "POST",
        "/portal/applications/decide",
        Scope.APPLICATIONS,
        decide_application,
        fresh=True,
        body=_Decided,
    ),
)
