"""The entrances where another house vouches, Pro Santé Connect or an insurer: each leads to a passkey."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from egide import db
from egide.core.ids import uuid7
from egide.core.refusal import Refusal, RefusalCode
from egide.edge.http import Request, Response, json_answer, read_json
from egide.edge.route import Route
from egide.people import passkeys, sql_entrances
from egide.people.api import Portal
from egide.people.house import sql_applications, sql_changes
from egide.people.insured import LABEL
from egide.people.invite import label_owner
from egide.people.oidc import Returned
from egide.people.psc import Professional, Psc


class _Return(msgspec.Struct):
    state: str
    code: str
    iss: str = ""
    amc: str = ""  # of the insurer whose return address it came to


class _Insurer(msgspec.Struct):
    amc: str


_read_return = msgspec.json.Decoder(_Return)
_read_insurer = msgspec.json.Decoder(_Insurer)


async def show_entrances(portal: Portal, _: Request) -> Response:
    """Say by what the portal can be entered."""
    async with db.statement(portal.pool) as tx:
        insurers = await sql_entrances.insurer_names(tx, portal.insurers.amcs)
    return json_answer(
        {"psc": portal.psc is not None, "insurers": [dict(row) for row in insurers]}
    )


async def leave_for_psc(portal: Portal, request: Request) -> Response:
    """Say where to go to be recognised by Pro Santé Connect."""
    thumbprint = (await portal.stranger(request)).thumbprint
    address = await _psc(portal).leave(portal.pool, thumbprint, request.now)
    return json_answer({"location": address})


async def back_from_psc(portal: Portal, request: Request) -> Response:
    """Answer a professional back from Pro Santé Connect with what to make its first passkey from.

    Raises Refusal: ``psc-refused``, ``psc-unreachable``; ``psc-no-house`` where no establishment of
    the directory is one where it practises; ``passkey-known``.
    """
    returned, asking = _returned(request), await portal.stranger(request)
    who = await _psc(portal).come_back(portal.pool, asking.thumbprint, returned, request.now)
    account_id = await _account_of(portal, who, request.now)
    try:
        options = await passkeys.begin_first(portal.pool, portal.party, account_id, asking)
    except Refusal as refusal:
        if refusal.code is RefusalCode.PASSKEY_KNOWN:
            await _ask_own_recovery(portal, account_id, request.now)
        raise
    return json_answer(options)


async def leave_for_insurer(portal: Portal, request: Request) -> Response:
    """Say where to go to be recognised by one's insurer; Refusal ``insurer-unreachable``."""
    asked = read_json(request, _read_insurer, root="insurer")
    thumbprint = (await portal.stranger(request)).thumbprint
    address = await portal.insurers.leave(portal.pool, asked.amc, thumbprint, request.now)
    return json_answer({"location": address})


async def back_from_insurer(portal: Portal, request: Request) -> Response:
    """Answer an insured person back from its insurer with what to make its first passkey from.

    An insurer's space lets in by a password, more often than not: it opens an account once and recovers none.

    Raises Refusal: ``insurer-refused``, the same for every cause, a member unknown here among them;
    ``insurer-unreachable``; ``passkey-known``.
    """
    returned, asking = _returned(request), await portal.stranger(request)
    amc, reference = await portal.insurers.come_back(
        portal.pool, asking.thumbprint, returned, request.now
    )
    account_id = uuid7(request.now)
    label = portal.sealer.pack(LABEL.encode(), label_owner(account_id))
    person = portal.addresses.person(amc, reference)
    async with db.transaction(portal.pool) as tx:
        known = await sql_entrances.enrol_insured(tx, amc.text, person, account_id, label)
    if known is None:
        raise Refusal(RefusalCode.INSURER_REFUSED)
    return json_answer(await passkeys.begin_first(portal.pool, portal.party, known, asking))


def _returned(request: Request) -> Returned:
    sent = read_json(request, _read_return, root="return")
    return Returned(state=sent.state, code=sent.code, issuer=sent.iss, at=sent.amc)


async def _ask_own_recovery(portal: Portal, account_id: UUID, now: datetime) -> None:
    """Ask, for who proved again who it is but lost its passkeys, what another person of its house approves."""
    async with db.statement(portal.pool) as tx:
        known = await sql_changes.subject(tx, account_id, None)
        if known is not None and (
            known["rpps"] is not None or known["establishment_id"] is None
        ):
            what = ("recovery", known["establishment_id"], account_id)
            await sql_changes.ask_change(
                tx, uuid7(now), what, (b"", "", account_id), account_id
            )


async def _account_of(portal: Portal, who: Professional, now: datetime) -> UUID:
    """Return the account of a professional, opened if it has none."""
    async with db.transaction(portal.pool) as tx:
        house = await sql_entrances.listed(tx, who.rpps)
        if house is None:
            return await _applicant(portal, tx, who, now)
        if not (house["siret"] in who.sirets or house["finess"] in who.finess):
            raise Refusal(RefusalCode.PSC_NO_HOUSE)
        account_id = uuid7(now)
        label = portal.sealer.pack(who.label.encode(), label_owner(account_id))
        if await sql_entrances.enrol_professional(tx, account_id, who.rpps, label, now):
            return account_id
        known = await sql_entrances.account_of(tx, who.rpps)
    if known is None:
        raise Refusal(RefusalCode.PSC_NO_HOUSE)
    return known


async def _applicant(portal: Portal, tx: db.Tx, who: Professional, now: datetime) -> UUID:
    """Return the account of who may apply for a site where it practises; Refusal ``psc-no-house`` for nobody."""
    account_id = uuid7(now)
    label = portal.sealer.pack(who.label.encode(), label_owner(account_id))
    found = None
    if who.profession:
        found = await sql_applications.enrol_applicant(
            tx, account_id, (who.rpps, who.profession), who.own, label
        )
    if found is None:
        raise Refusal(RefusalCode.PSC_NO_HOUSE)
    return found


def _psc(portal: Portal) -> Psc:
    if portal.psc is None:
        raise Refusal(RefusalCode.PSC_UNREACHABLE)
    return portal.psc


# Called with the ``Portal``.
ROUTES: Final = (
    Route("GET", "/portal/entrances", None, show_entrances),
    Route("POST", "/portal/psc/begin", None, leave_for_psc),
    Route("POST", "/portal/psc/finish", None, back_from_psc),
    Route("POST", "/portal/insurer/begin", None, leave_for_insurer),
    Route("POST", "/portal/insurer/finish", None, back_from_insurer),
)
