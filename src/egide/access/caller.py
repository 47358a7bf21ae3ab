"""A caller: the establishment and the software on whose behalf a key speaks."""

from dataclasses import dataclass
from uuid import UUID

from egide.access.scopes import Scope
from egide.core.ids import EstablishmentId


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """An authenticated establishment with its software; made only in this package.

    Args:
        thumbprint: JWK thumbprint (RFC 7638) of the key that must sign each call.
        certificate: digest of the certificate that every connection must prove instead (RFC 8705);
            empty where the key signs each call.
    """

    establishment_id: EstablishmentId
    software_id: UUID
    thumbprint: str
    scopes: frozenset[Scope]
    certificate: str = ""

    @property
    def method(self) -> str:
        """Return by what each of its calls is proved."""
        return "mtls" if self.certificate else "dpop"
