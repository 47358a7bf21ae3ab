"""From the headers of a call to its caller: token, proof, scope."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from egide import db
from egide.access import sql
from egide.access.caller import Caller
from egide.access.certificate import Certificate, passed_on
from egide.access.dpop import verify_proof
from egide.access.scopes import Scope
from egide.access.token import TOKEN_SECONDS, Issuer
from egide.core.ids import uuid7
from egide.core.refusal import Refusal, RefusalCode
from egide.vault import proof_hash

_STILL_SERVES: Final = timedelta(seconds=2 * TOKEN_SECONDS)  # clocks of several machines apart


@dataclass(slots=True)
class Connection:
    """One network connection: the tokens whose key was proved on it, the certificate of its handshake."""

    proved: set[str]
    certificate: Certificate | None = None


@dataclass(frozen=True, slots=True)
class Pass:
    """An authenticated call: its caller, and the proof that the gate must still use once."""

    caller: Caller
    proof: UUID
    token: str = field(repr=False)
    connection: Connection | None = None

    def confirm(self) -> None:
        """Remember, once the proof has been used for the first time, that this connection is proved."""
        if self.connection is not None:
            self.connection.proved = {*list(self.connection.proved)[-7:], self.token}


class Authenticator:
    """Authenticates calls.

    Args:
        origin: the public address of this server (``https://host``), which proofs must name.
        trust_connections: accept a token without a proof on a connection where its key was
            proved. Only where clients reach this process directly: behind a proxy that shares
            its connections between clients it must stay False.
        relayed_certificates: read client certificates from ``Client-Cert`` (RFC 9440). Only behind
            a relay that asks for them and takes that header away from what clients send.

    Attributes:
        mismatched: the callers whose token came with another key's proof: facts, which who runs the process
            hands over to the gate; the last hundred.
        revoked: the keys revoked since the oldest token that still serves; they are refused, whatever
            token they hold. Who runs the process renews it (``refresh_revoked``).
    """

    def __init__(
        self,
        issuer: Issuer,
        origin: str,
        *,
        trust_connections: bool = False,
        relayed_certificates: bool = False,
    ) -> None:
        self._issuer = issuer
        self._origin = origin
        self._trust_connections = trust_connections
        self._relayed_certificates = relayed_certificates
        self.revoked: frozenset[str] = frozenset()
        self.mismatched: deque[Caller] = deque(maxlen=100)

    async def refresh_revoked(self, tx: db.Tx, now: datetime) -> None:
        """Read the keys revoked while tokens given before may still serve; cost: one index probe."""
        self.revoked = await sql.revoked_since(tx, now - _STILL_SERVES)

    async def hand_over_mismatched(self, tx: db.Tx) -> None:
        """Tell the gate of the tokens that came with another key's proof."""
        while self.mismatched:
            caller = self.mismatched[0]
            await sql.note_mismatch(
                tx, caller.establishment_id, caller.software_id, caller.thumbprint
            )
            self.mismatched.popleft()  # once it is kept

    def certificate(
        self, headers: dict[bytes, bytes], connection: Connection | None, now: datetime
    ) -> Certificate | None:
        """Return the certificate that this call's connection proved, if it holds now.

        Raises Refusal: ``value-invalid``.
        """
        if self._relayed_certificates:
            found = passed_on(headers.get(b"client-cert", b""))
        else:
            found = None if connection is None else connection.certificate
        return found if found is not None and found.holds(now) else None

    def admit(
        self,
        headers: dict[bytes, bytes],
        *,
        method: str,
        path: str,
        scope: Scope,
        now: datetime,
        connection: Connection | None = None,
    ) -> Pass:
        """Return the pass of a call.

        Raises Refusal: ``token-invalid``, ``proof-invalid``, ``scope-missing``.
        """
        kind, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        if kind.lower() not in {"dpop", "bearer"} or not token:
            raise Refusal(RefusalCode.TOKEN_INVALID, hint="Authorization: DPoP <jeton>.")
        caller = self._issuer.read(token, now)
        if (kind.lower() == "bearer") != bool(caller.certificate):
            raise Refusal(RefusalCode.TOKEN_INVALID, hint="Authorization: DPoP <jeton>.")
        if caller.thumbprint in self.revoked:
            raise Refusal(RefusalCode.TOKEN_INVALID)
        if scope not in caller.scopes:
            raise Refusal(RefusalCode.SCOPE_MISSING)
        if caller.certificate:
            shown = self.certificate(headers, connection, now)
            if shown is None or shown.digest != caller.certificate:
                raise Refusal(RefusalCode.PROOF_INVALID, where="certificate")
            return Pass(caller, uuid7(now), token)
        proof = headers.get(b"dpop")
        if proof is None and self._trust_connections and connection is not None:
            if token in connection.proved:
                return Pass(caller, uuid7(now), token)
            raise Refusal(RefusalCode.PROOF_INVALID, where="DPoP")
        if proof is None:
            raise Refusal(
                RefusalCode.PROOF_INVALID, where="DPoP", hint="L'en-tête DPoP manque."
            )
        thumbprint, jti = verify_proof(
            proof.decode("latin-1"),
            method=method,
            url=self._origin + path,
            token=token,
            now=now,
        )
        if thumbprint != caller.thumbprint:
            self.mismatched.append(caller)
            raise Refusal(RefusalCode.PROOF_INVALID, where="DPoP.jwk")
        return Pass(
            caller,
            proof_hash(thumbprint, jti),
            token,
            connection if self._trust_connections else None,
        )
