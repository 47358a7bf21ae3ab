"""An insured person comes in by its insurer's own members' space, once; then its own passkey.

Each insurer keeps its way of knowing its members; it says here which reference of its files one is.
"""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Final

import httpx2
import msgspec

from egide import db
from egide.core.identifiers import AmcNumber
from egide.core.refusal import Refusal, RefusalCode
from egide.identity.oidc import Known, Peer, Returned, take_back
from egide.vault import read_settings

RETURN_PATH: Final = "/portal/insurer"
_LONGEST_REFERENCE: Final = 200


class InsurerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How this installation is known to one insurer's members' space.

    Args:
        claim: the one whose value is the person's reference in the insurer's files.
        level: the ``acr`` that is asked and must come back; empty for any.
    """

    amc: str
    issuer: str
    client_id: str
    client_secret: str
    claim: str = "sub"
    scope: str = "openid"
    level: str = ""


class Insurers:
    """The members' spaces that this installation is known to.

    Args:
        origin: the address of the portal.
        transport: of httpx2, for tests.

    Raises Refusal: ``amc-invalid`` for a number that is none, or that comes twice.
    """

    def __init__(
        self,
        settings: Iterable[InsurerSettings] = (),
        origin: str = "",
        *,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._spaces: dict[str, tuple[InsurerSettings, Peer]] = {}
        for one in settings:
            amc = AmcNumber.parse(one.amc).text
            if amc in self._spaces:
                raise Refusal(RefusalCode.AMC_INVALID, where=amc, hint="Ce numéro est répété.")
            self._spaces[amc] = one, Peer(_known(one, amc, origin), transport=transport)

    @property
    def amcs(self) -> tuple[str, ...]:
        """Return the numbers of the insurers whose space is known."""
        return tuple(self._spaces)

    async def leave(self, pool: db.Pool, amc: str, thumbprint: str, now: datetime) -> str:
        """Return where a browser goes to be recognised by an insurer; Refusal ``insurer-unreachable``."""
        if amc not in self._spaces:
            raise Refusal(RefusalCode.INSURER_UNREACHABLE)
        return await self._spaces[amc][1].leave(pool, thumbprint, now)

    async def come_back(
        self, pool: db.Pool, thumbprint: str, returned: Returned, now: datetime
    ) -> tuple[AmcNumber, str]:
        """Return whose member came back to a browser, and its reference there.

        Raises Refusal: ``insurer-refused``, the same for every cause; ``insurer-unreachable``.
        """
        refused = Refusal(RefusalCode.INSURER_REFUSED)
        left = await take_back(pool, thumbprint, returned, now)
        # Each space has its own return address: what came to another's is nobody's, whether it says its ``iss`` or
        # not (RFC 9700, section 4.4.2).
        if left is None or left.peer not in self._spaces or returned.at != left.peer:
            raise refused
        settings, peer = self._spaces[left.peer]
        claims, said = await peer.come_back(left, returned, now)
        reference = claims.get(settings.claim, said.get(settings.claim))
        if not isinstance(reference, str) or not 0 < len(reference) <= _LONGEST_REFERENCE:
            raise refused
        return AmcNumber.parse(left.peer), reference


def read_insurers(path: Path) -> list[InsurerSettings]:
    """Read a JSON list that only its owner reads; Refusal ``value-invalid`` says what is wrong."""
    return read_settings(path, list[InsurerSettings])


def _known(settings: InsurerSettings, amc: str, origin: str) -> Known:
    return Known(
        name=amc,
        issuer=settings.issuer,
        client_id=settings.client_id,
        client_secret=settings.client_secret,
        return_to=f"{origin}{RETURN_PATH}/{amc}",
        scope=settings.scope,
        level=settings.level,
        refused=RefusalCode.INSURER_REFUSED,
        unreachable=RefusalCode.INSURER_UNREACHABLE,
    )
