"""Passkeys: how a person enrols one, comes in with it, and shows it again for what matters.

User verification is always asked; the login names nobody, since the passkey itself says whose it is. A
challenge is answered once, in five minutes, for the purpose it was given for.

Source: WebAuthn Level 3, sections 7.1 and 7.2.
"""

import hashlib
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
import webauthn
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from egide import db
from egide.core.refusal import Refusal, RefusalCode
from egide.identity import sql
from egide.identity.invitation import code_hash
from egide.identity.rows import Answered

CHALLENGE: Final = timedelta(minutes=5)
_LONGEST_ID: Final = 1023  # bytes: WebAuthn 7.1, step 25
_NAME: Final = "Égide"
_COPIED: Final = "counter"  # why a passkey is revoked by itself: its counter went back
_REQUIRED = UserVerificationRequirement.REQUIRED
Credential = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Who begins or ends a ceremony.

    Args:
        thumbprint: of the key of its browser, proved in this call.
        account_id: of its session; None where nobody is in yet.
    """

    thumbprint: str
    now: datetime
    account_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """What passkeys know of this installation.

    Args:
        origin: the address of the portal; a passkey made for one serves at no other.
    """

    origin: str

    @property
    def id(self) -> str:
        """Return the host name that passkeys are bound to."""
        return urlsplit(self.origin).hostname or ""


def _hashed(challenge: bytes) -> bytes:
    return hashlib.sha256(b"challenge\0" + challenge).digest()


def challenge_of(credential: Credential) -> bytes:
    """Return the challenge that a browser's answer says it answers."""
    try:
        data = base64url_to_bytes(credential["response"]["clientDataJSON"])
        return base64url_to_bytes(msgspec.json.decode(data)["challenge"])
    except (KeyError, TypeError, ValueError, msgspec.DecodeError):
        raise Refusal(RefusalCode.PASSKEY_REFUSED) from None


async def begin_enrolment(
    pool: db.Pool, party: RelyingParty, code: UUID | None, asking: Asking
) -> Credential:
    """Return the options to make a first passkey with; Refusal ``invitation-invalid`` whatever the cause."""
    unknown = Refusal(RefusalCode.INVITATION_INVALID)
    if code is None:
        raise unknown
    digest = code_hash(code)
    async with db.transaction(pool) as tx:
        row = await sql.invited(tx, digest, asking.now)
        if row is None:
            raise unknown
        return await _creation(tx, party, row.account_id, asking, purpose="enrol", code=digest)


async def begin_first(
    pool: db.Pool, party: RelyingParty, account_id: UUID, asking: Asking
) -> Credential:
    """Return the options to make the first passkey of somebody whose identity was just proved.

    Raises Refusal: ``passkey-known`` if it has one or had one: that one lets it in, or a new invitation.
    """
    async with db.transaction(pool) as tx:
        if await sql.had_passkey(tx, account_id):
            raise Refusal(RefusalCode.PASSKEY_KNOWN)
        return await _creation(tx, party, account_id, asking, purpose="enrol")


async def begin_adding(
    pool: db.Pool, party: RelyingParty, account_id: UUID, asking: Asking
) -> Credential:
    """Return the options to make one more passkey with."""
    async with db.transaction(pool) as tx:
        return await _creation(tx, party, account_id, asking, purpose="add")


async def _creation(
    tx: db.Tx,
    party: RelyingParty,
    account_id: UUID,
    asking: Asking,
    *,
    purpose: str,
    code: bytes | None = None,
) -> Credential:
    challenge = os.urandom(32)
    known = await sql.passkeys(tx, account_id)
    options = webauthn.generate_registration_options(
        rp_id=party.id,
        rp_name=_NAME,
        user_id=account_id.bytes,
        user_name=_NAME,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_REQUIRED
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=row.credential_id) for row in known
        ],
    )
    await sql.begin(
        tx,
        sql.Challenge(
            challenge_hash=_hashed(challenge),
            purpose=purpose,
            thumbprint=asking.thumbprint,
            account_id=account_id,
            code_hash=code,
            expires_at=asking.now + CHALLENGE,
        ),
    )
    return msgspec.json.decode(webauthn.options_to_json(options))


async def finish_making(
    pool: db.Pool, party: RelyingParty, credential: Credential, name: str, asking: Asking
) -> UUID:
    """Keep the passkey that a browser made; return its account: of who adds one, or of who was invited.

    Raises Refusal: ``passkey-refused``; ``invitation-invalid`` if the code was used meanwhile, or
    ``passkey-known`` if who was proved by Pro Santé Connect has made one meanwhile.
    """
    refused = Refusal(RefusalCode.PASSKEY_REFUSED)
    purpose = "enrol" if asking.account_id is None else "add"
    given = await _taken(pool, credential, purpose, asking)
    account_id = None if given is None else given.account_id
    if given is None or account_id is None or asking.account_id not in {None, account_id}:
        raise refused
    try:
        made = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge_of(credential),
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        raise refused from None
    if len(made.credential_id) > _LONGEST_ID:
        raise refused
    async with db.transaction(pool) as tx:
        if asking.account_id is None:
            await _let_in_once(tx, account_id, given.code_hash, asking.now)
        passkey = sql.NewPasskey(
            credential_id=made.credential_id,
            account_id=account_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            name=name,
            enrolled_at=asking.now,
        )
        if not await sql.add_passkey(tx, passkey):
            raise refused
        if asking.account_id is None:
            await sql.forget_activation(tx, account_id)
    return account_id


async def _let_in_once(tx: db.Tx, account_id: UUID, code: bytes | None, now: datetime) -> None:
    """Use up what lets a stranger make a first passkey: its code, or an account that has none yet."""
    if code is not None:
        if not await sql.use_invitation(tx, code, now):
            raise Refusal(RefusalCode.INVITATION_INVALID)
        return
    await sql.lock_account(tx, account_id)
    if await sql.had_passkey(tx, account_id):
        raise Refusal(RefusalCode.PASSKEY_KNOWN)


async def _taken(
    pool: db.Pool, credential: Credential, purpose: str, asking: Asking
) -> Answered | None:
    """Take back the challenge that an answer answers: it is used up even by a wrong one."""
    digest = _hashed(challenge_of(credential))
    async with db.statement(pool) as tx:
        return await sql.answer(tx, digest, purpose, asking.thumbprint, asking.now)


async def begin_login(pool: db.Pool, party: RelyingParty, asking: Asking) -> Credential:
    """Return the options to come in with or, from a session, to confirm with; they name nobody."""
    challenge = os.urandom(32)
    options = webauthn.generate_authentication_options(
        rp_id=party.id, challenge=challenge, user_verification=_REQUIRED
    )
    async with db.transaction(pool) as tx:
        await sql.begin(tx, _given(asking, challenge, _login_purpose(asking)))
    return msgspec.json.decode(webauthn.options_to_json(options))


async def begin_signing(
    pool: db.Pool, party: RelyingParty, challenge: bytes, asking: Asking
) -> Credential:
    """Return the options to sign something with a passkey of a session's own account.

    Args:
        challenge: digest of what is signed, and of a nonce.
    """
    options = webauthn.generate_authentication_options(
        rp_id=party.id, challenge=challenge, user_verification=_REQUIRED
    )
    async with db.transaction(pool) as tx:
        await sql.begin(tx, _given(asking, challenge, "sign"))
    return msgspec.json.decode(webauthn.options_to_json(options))


def _given(asking: Asking, challenge: bytes, purpose: str) -> sql.Challenge:
    return sql.Challenge(
        challenge_hash=_hashed(challenge),
        purpose=purpose,
        thumbprint=asking.thumbprint,
        account_id=asking.account_id,
        expires_at=asking.now + CHALLENGE,
    )


def _login_purpose(asking: Asking) -> str:
    return "login" if asking.account_id is None else "reauthentication"


async def finish_login(
    pool: db.Pool,
    party: RelyingParty,
    credential: Credential,
    asking: Asking,
    *,
    purpose: str = "",
) -> UUID:
    """Return whose passkey answered; one whose counter went back is revoked on the spot.

    From a session, only the account of that session may have answered.

    Args:
        purpose: for which its challenge was given; a login's, or a session's reauthentication, if none is said.

    Raises Refusal: ``passkey-refused``, the same for every cause.
    """
    refused = Refusal(RefusalCode.PASSKEY_REFUSED)
    account_id, now = asking.account_id, asking.now
    given = await _taken(pool, credential, purpose or _login_purpose(asking), asking)
    try:
        identifier = base64url_to_bytes(credential["rawId"])
    except (KeyError, TypeError, ValueError):
        raise refused from None
    async with db.transaction(pool) as tx:
        row = await sql.lock_passkey(tx, identifier)
        if given is None or row is None or given.account_id != account_id:
            raise refused
        if account_id not in {None, row.account_id}:
            raise refused
        try:
            proved = webauthn.verify_authentication_response(
                credential=credential,
                expected_challenge=challenge_of(credential),
                expected_rp_id=party.id,
                expected_origin=party.origin,
                credential_public_key=row.public_key,
                credential_current_sign_count=0,  # judged below, once all the rest holds
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError):
            raise refused from None
        counts = (proved.new_sign_count, row.sign_count)
        goes_back = any(counts) and counts[0] <= counts[1]
        # An answer begun before the last use is late, not copied: two tabs of one person. It is refused all the same.
        is_late = row.used_at is not None and given.expires_at - CHALLENGE < row.used_at
        if goes_back and not is_late:
            await sql.revoke_passkey(tx, identifier, row.account_id, now, _COPIED)
            await sql.close_sessions(tx, row.account_id, None, now)
        elif not goes_back:
            await sql.passkey_used(tx, identifier, row.account_id, counts[0], now)
    if goes_back:
        raise refused
    return row.account_id
