"""The engagement: the dated, signed proof of a positive answer, and the guarantee of payment.

Its number is that of the access-log entry. Ed25519 characters the same text the same way for ever, so
an engagement asked for again is the same to the byte (RFC 8037).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec

from egide.access import sign_jws
from egide.core.ids import EntryId, EstablishmentId, to_code
from egide.vault import SignerKey

ENGAGED_DAYS = 30  # the gate honours an engagement for care up to so many days after its own
_TIMESTAMP_SHIFT = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Engagement:
    """What was promised to an establishment; ``end_on`` is the first day no longer covered."""

    entry_id: EntryId
    establishment_id: EstablishmentId
    care_on: date
    amc: str
    plan_code: str
    start_on: date
    end_on: date | None
    domains: tuple[str, ...]

    @property
    def number(self) -> str:
        """Return the number that claims and people quote."""
        return to_code(UUID(int=self.entry_id.int))

    @property
    def last_on(self) -> date:
        """Return the last day of care that it guarantees."""
        last = self.care_on + timedelta(days=ENGAGED_DAYS)
        return last if self.end_on is None else min(last, self.end_on - timedelta(days=1))


class EngagementSigner:
    """Signs engagements."""

    def __init__(self, key: SignerKey, issuer: str) -> None:
        self._sign = sign_jws(key, typ="egide-engagement+jwt")
        self._issuer = issuer

    def certify(self, engagement: Engagement) -> str:
        """Return the engagement as a compact JWS (RFC 7515): no name, no number of a person."""
        claims: dict[str, Any] = {
            "iss": self._issuer,
            "sub": str(engagement.establishment_id),
            "jti": engagement.number,
            "iat": (engagement.entry_id.int >> _TIMESTAMP_SHIFT) // 1000,
            "covered": True,
            "amc": engagement.amc,
            "plan": engagement.plan_code,
            "care_on": engagement.care_on,
            "from": engagement.start_on,
            "guaranteed_until": engagement.last_on,
            "domains": engagement.domains,
        }
        return self._sign(msgspec.json.encode(claims))
