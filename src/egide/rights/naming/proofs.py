"""What names a person by itself: the card, a code of its page, a person met before, an answer received."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from egide.core.ids import from_code, from_short_code
from egide.edge import fhir
from egide.rights.question import Basis
from egide.vault import Addresses


@dataclass(frozen=True, slots=True)
class Located:
    """A person named, not yet looked up.

    Args:
        amc: number of the insurer asked, where the address is that of a NIR.
    """

    basis: Basis
    address: UUID
    amc: str | None = None


def _card(text: str, addresses: Addresses) -> Located | None:
    secret = from_code(text)
    return None if secret is None else Located(Basis.PRESENCE, addresses.card(secret))


def _presence(text: str, addresses: Addresses) -> Located | None:
    number = from_short_code(text.replace("-", "").replace(" ", ""))
    return None if number is None else Located(Basis.APP, addresses.presence(number))


def _relation(text: str, _: Addresses) -> Located | None:
    alias = from_code(text)
    return None if alias is None else Located(Basis.RELATION, alias)


def _engagement(text: str, _: Addresses) -> Located | None:
    number = from_code(text)
    return None if number is None else Located(Basis.ENGAGEMENT, number)


# The coverage of an answer of ours, by the number of its engagement, names its person too.
PROOFS: Final[Mapping[str, Callable[[str, Addresses], Located | None]]] = {
    fhir.CARD: _card,
    fhir.PRESENCE: _presence,
    fhir.ALIAS: _relation,
    fhir.ENGAGEMENT: _engagement,
}
