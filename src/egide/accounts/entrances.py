"""The entrances where another organisation vouches, Pro Santé Connect or an insurer: each leads to a passkey."""

from dataclasses import asdict
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from egide import db
from egide.accounts import sql
from egide.accounts.api import Accounts
from egide.accounts.insured import LABEL
from egide.accounts.invite import label_owner
from egide.core.identifiers import AmcNumber
from egide.core.ids import uuid7
from egide.core.refusal import Refusal, RefusalCode
from egide.edge.http import Request, Response, json_answer, read_json
from egide.edge.route import Route
from egide.identity import Professional, Psc, Returned, begin_first


class _Return(msgspec.Struct):
    state: str
    code: str
    iss: str = ""
    amc: str = ""  # of the insurer whose return address it came to


class _Insurer(msgspec.Struct):
    amc: str


_read_return = msgspec.json.Decoder(_Return)
_read_insurer = msgspec.json.Decoder(_Insurer)


async def show_entrances(accounts: Accounts, _: Request) -> Response:
    """Say by what the portal can be entered."""
    async with db.statement(accounts.pool) as tx:
        insurers = await sql.insurer_names(tx, accounts.insurers.amcs)
    return json_answer(
        {"psc": accounts.psc is not None, "insurers": [asdict(row) for row in insurers]}
    )


async def leave_for_psc(accounts: Accounts, request: Request) -> Response:
    """Say where to go to be recognised by Pro Santé Connect."""
    thumbprint = (await accounts.sign_in.stranger(request)).thumbprint
    address = await _psc(accounts).leave(accounts.pool, thumbprint, request.now)
    return json_answer({"location": address})


async def back_from_psc(accounts: Accounts, request: Request) -> Response:
    """Answer a professional back from Pro Santé Connect with what to make its first passkey from.

    Raises Refusal: ``psc-refused``, ``psc-unreachable``; ``psc-no-establishment`` where no establishment of
    the directory is one where it practises; ``passkey-known``.
    """
    returned, asking = _returned(request), await accounts.sign_in.stranger(request)
    who = await _psc(accounts).come_back(
        accounts.pool, asking.thumbprint, returned, request.now
    )
    account_id = await _account_of(accounts, who, request.now)
    try:
        options = await begin_first(accounts.pool, accounts.sign_in.party, account_id, asking)
    except Refusal as refusal:
        if refusal.code is RefusalCode.PASSKEY_KNOWN:
            await _ask_own_recovery(accounts, account_id, request.now)
        raise
    return json_answer(options)


async def leave_for_insurer(accounts: Accounts, request: Request) -> Response:
    """Say where to go to be recognised by one's insurer; Refusal ``insurer-unreachable``."""
    asked = read_json(request, _read_insurer, root="insurer")
    thumbprint = (await accounts.sign_in.stranger(request)).thumbprint
    address = await accounts.insurers.leave(accounts.pool, asked.amc, thumbprint, request.now)
    return json_answer({"location": address})


async def back_from_insurer(accounts: Accounts, request: Request) -> Response:
    """Answer an insured person back from its insurer with what to make its first passkey from.

    An insurer's space lets in by a password, more often than not: it opens an account once and recovers none.

    Raises Refusal: ``insurer-refused``, the same for every cause, a member unknown here among them;
    ``insurer-unreachable``; ``passkey-known``.
    """
    returned, asking = _returned(request), await accounts.sign_in.stranger(request)
    amc, reference = await accounts.insurers.come_back(
        accounts.pool, asking.thumbprint, returned, request.now
    )
    account_id = uuid7(request.now)
    label = accounts.sealer.pack(LABEL.encode(), label_owner(account_id))
    async with db.transaction(accounts.pool) as tx:
        keyed = await sql.keyed_as(tx, amc.text)
        if keyed is None:
            raise Refusal(RefusalCode.INSURER_REFUSED)
        person = accounts.addresses.person(AmcNumber.parse(keyed), reference)
        known = await sql.enrol_insured(tx, amc.text, person, account_id, label)
    if known is None:
        raise Refusal(RefusalCode.INSURER_REFUSED)
    return json_answer(await begin_first(accounts.pool, accounts.sign_in.party, known, asking))


def _returned(request: Request) -> Returned:
    sent = read_json(request, _read_return, root="return")
    return Returned(state=sent.state, code=sent.code, issuer=sent.iss, at=sent.amc)


async def _ask_own_recovery(accounts: Accounts, account_id: UUID, now: datetime) -> None:
    """Ask, for who proved again who it is but lost its passkeys, what another person of its establishment approves."""
    async with db.statement(accounts.pool) as tx:
        await sql.ask_own_recovery(tx, uuid7(now), account_id)


async def _account_of(accounts: Accounts, who: Professional, now: datetime) -> UUID:
    """Return the account of a professional, opened if it has none."""
    async with db.transaction(accounts.pool) as tx:
        establishment = await sql.listed(tx, who.rpps)
        if establishment is None:
            return await _applicant(accounts, tx, who, now)
        if not (establishment.siret in who.sirets or establishment.finess in who.finess):
            raise Refusal(RefusalCode.PSC_NO_ESTABLISHMENT)
        account_id = uuid7(now)
        label = accounts.sealer.pack(who.label.encode(), label_owner(account_id))
        if await sql.enrol_professional(tx, account_id, who.rpps, label, now):
            return account_id
        known = await sql.account_of(tx, who.rpps)
    if known is None:
        raise Refusal(RefusalCode.PSC_NO_ESTABLISHMENT)
    return known


async def _applicant(accounts: Accounts, tx: db.Tx, who: Professional, now: datetime) -> UUID:
    """Return the account of who may apply for a site where it practises; Refusal ``psc-no-establishment``."""
    account_id = uuid7(now)
    label = accounts.sealer.pack(who.label.encode(), label_owner(account_id))
    found = None
    if who.profession:
        sirets, finess = who.own
        applicant = sql.Applicant(
            account_id=account_id,
            rpps=who.rpps,
            profession=who.profession,
            sirets=sirets,
            finess=finess,
            label_sealed=label,
        )
        found = await sql.enrol_applicant(tx, applicant)
    if found is None:
        raise Refusal(RefusalCode.PSC_NO_ESTABLISHMENT)
    return found


def _psc(accounts: Accounts) -> Psc:
    if accounts.psc is None:
        raise Refusal(RefusalCode.PSC_UNREACHABLE)
    return accounts.psc


# Called with the ``Accounts``.
ROUTES: Final = (
    Route("GET", "/portal/entrances", None, show_entrances),
    Route("POST", "/portal/psc/begin", None, leave_for_psc),
    Route("POST", "/portal/psc/finish", None, back_from_psc, body=_Return),
    Route("POST", "/portal/insurer/begin", None, leave_for_insurer, body=_Insurer),
    Route("POST", "/portal/insurer/finish", None, back_from_insurer, body=_Return),
)
