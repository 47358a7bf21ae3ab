"""Pro Santé Connect: who a professional is and where it practises, once; then its own passkey.

Source: ANS, référentiel Pro Santé Connect (acr_values, SubjectNameID, SubjectRefPro).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Self, cast

import httpx2
import msgspec

from egide import db
from egide.core.refusal import Refusal, RefusalCode
from egide.identity.oidc import Known, Peer, Returned, take_back
from egide.vault import read_secret

RETURN_PATH: Final = "/portal/psc"
_NAME: Final = "psc"
_LEVEL: Final = "eidas1"
_SCOPE: Final = "openid scope_all"
_RPPS: Final = "8"  # the first sign of an identifier whose rest is an RPPS
_INDEPENDENT: Final = (
    "L"  # codeModeExercice (TRE_R23): liberal, as against salaried or voluntary
)
# codeProfession of Pro Santé Connect (nomenclature TRE_G15): what an establishment of that professional is.
_PROFESSIONS: Final = {
    "10": "doctor",
    "21": "pharmacy",
    "26": "audiologist",
    "28": "optician",
    "40": "dentist",
    "50": "midwife",
    "60": "auxiliary",
    "70": "auxiliary",
    "80": "auxiliary",
}
_RPPS_DIGITS: Final = 11


class PscSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How this installation is known to Pro Santé Connect: a JSON file, named by ``EGIDE_PSC``."""

    issuer: str
    client_id: str
    client_secret: str

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return the settings.

        Raises:
            OSError: there is no such file.
            ValueError: it is not readable as such, or others may read it.
        """
        return msgspec.json.decode(read_secret(path), type=cls)


@dataclass(frozen=True, slots=True, kw_only=True)
class Professional:
    """A professional as Pro Santé Connect vouches for it.

    Args:
        profession: of the directory's; empty for one that none of its establishments has.
        sirets, finess: of the places where it practises.
        own: the same, of those where it practises on its own account.
    """

    rpps: str
    label: str
    profession: str
    sirets: frozenset[str]
    finess: frozenset[str]
    own: tuple[list[str], list[str]]


class Psc:
    """A client of Pro Santé Connect: what this installation is to it.

    Args:
        origin: the address of the portal.
        transport: of httpx2, for tests.
    """

    def __init__(
        self,
        settings: PscSettings,
        origin: str,
        *,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        known = Known(
            name=_NAME,
            issuer=settings.issuer,
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            return_to=origin + RETURN_PATH,
            scope=_SCOPE,
            level=_LEVEL,
            refused=RefusalCode.PSC_REFUSED,
            unreachable=RefusalCode.PSC_UNREACHABLE,
        )
        self._peer = Peer(known, transport=transport)

    async def leave(self, pool: db.Pool, thumbprint: str, now: datetime) -> str:
        """Return where a browser goes to be recognised; Refusal ``psc-unreachable``."""
        return await self._peer.leave(pool, thumbprint, now)

    async def come_back(
        self, pool: db.Pool, thumbprint: str, returned: Returned, now: datetime
    ) -> Professional:
        """Return who a browser is, from what it brings back.

        Raises Refusal: ``psc-refused``, the same for every cause; ``psc-unreachable``.
        """
        left = await take_back(pool, thumbprint, returned, now)
        if left is None or left.peer != _NAME:
            raise Refusal(RefusalCode.PSC_REFUSED)
        _, said = await self._peer.come_back(left, returned, now)
        return _professional(said)


def _professional(said: dict[str, Any]) -> Professional:
    """Read the claims of a professional; Refusal ``psc-refused`` for who has no RPPS."""
    identifier = str(said.get("SubjectNameID", ""))
    rpps = identifier[1:]
    if identifier[:1] != _RPPS or len(rpps) != _RPPS_DIGITS or not rpps.isdigit():
        raise Refusal(RefusalCode.PSC_REFUSED, hint="Cette identité n'a pas de numéro RPPS.")
    activities = list(_activities(said))
    own = [one for one in activities if one.get("codeModeExercice") == _INDEPENDENT]
    names = (str(said.get(name, "")) for name in ("given_name", "family_name"))
    return Professional(
        rpps=rpps,
        label=" ".join(filter(None, names))[:80] or rpps,
        profession=_profession(said),
        sirets=_numbers(activities, "numeroSiretSite"),
        finess=_numbers(activities, "numeroFinessSite"),
        own=(
            sorted(_numbers(own, "numeroSiretSite")),
            sorted(_numbers(own, "numeroFinessSite")),
        ),
    )


def _profession(said: dict[str, Any]) -> str:
    codes = {str(one.get("codeProfession")) for one in _practices(said)}
    found = {_PROFESSIONS[code] for code in codes if code in _PROFESSIONS}
    return found.pop() if len(found) == 1 else ""


def _practices(said: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for known in _dicts([said.get("SubjectRefPro")]):
        yield from _dicts(known.get("exercices"))


def _activities(said: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for practice in _practices(said):
        yield from _dicts(practice.get("activities"))


def _dicts(found: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - of what another says, any shape
    many = cast("list[object]", found) if isinstance(found, list) else []
    for one in many:
        if isinstance(one, dict):
            yield cast("dict[str, Any]", one)


def _numbers(activities: list[dict[str, Any]], name: str) -> frozenset[str]:
    return frozenset(str(one[name]) for one in activities if one.get(name))
