"""What an insurer's contract says of the questions that it answers by itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from egide.core.refusal import Refusal, RefusalCode


class Asked(StrEnum):
    """What an insurer may be asked; what it is not asked, its grid answers."""

    RIGHTS = "rights"
    PREAUTH = "preauth"
    CLAIM = "claim"


class OnSilence(StrEnum):
    """What its contract says while it does not answer."""

    GUARANTEE = "guarantee"  # its grid answers, and it owes what that gives, up to an amount
    CARD_AND_CALL = "card-and-call"  # the same for who shows the card; else nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The service of an insurer, as its contract stands.

    Args:
        url: what the paths of the questions follow; https, but on this machine.
        public_key: of what it signs (Ed25519, 32 bytes).
        deadline_ms: its answer is waited for so long.
        guaranteed_cents: what it owes of an invoice at most, where its grid answered for it.
        accept_days: it accepts or refuses each invoice within so many working days; None: it does not.
        silence_accepts: whether an invoice on which it said nothing in time is accepted.
    """

    insurer_id: UUID
    since: datetime
    url: str
    public_key: bytes
    asked: frozenset[Asked]
    deadline_ms: int
    on_silence: OnSilence
    guaranteed_cents: int
    accept_days: int | None
    silence_accepts: bool


@dataclass(slots=True)
class Services:
    """The services of one process, kept the newest ones."""

    by_insurer: Mapping[UUID, Service] = field(default_factory=dict[UUID, Service])

    def is_asked(self, insurer_id: UUID) -> bool:
        """Tell whether an insurer is asked anything."""
        service = self.by_insurer.get(insurer_id)
        return service is not None and bool(service.asked)

    def of(self, insurer_id: UUID, asked: Asked) -> Service | None:
        """Return the service that answers such questions for an insurer; None where its grid does."""
        service = self.by_insurer.get(insurer_id)
        return service if service is not None and asked in service.asked else None


_DEADLINES: Final = (50, 10_000)
_MOST_CENTS: Final = 100_000_000
_MOST_DAYS: Final = 60
_HERE: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_KEY_BYTES: Final = 32


def checked_service(service: Service) -> Service:
    """Return a service whose every term can be held; Refusal ``value-invalid``, with the term."""
    try:
        parts = urlsplit(service.url)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        parts, has_port = urlsplit(""), False
    is_safe = has_port and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE)
    )
    if not is_safe or not parts.hostname or parts.query or parts.fragment or parts.username:
        hint = "Une adresse https, sans « ? » ; http sur cette machine seulement."
        raise Refusal(RefusalCode.VALUE_INVALID, where="url", hint=hint)
    if len(service.public_key) != _KEY_BYTES:
        hint = "La clé publique Ed25519 de l'assureur : whpk_ et 32 octets en base64."
        raise Refusal(RefusalCode.VALUE_INVALID, where="public-key", hint=hint)
    _check_within("deadline", service.deadline_ms, *_DEADLINES)
    _check_within("guaranteed", service.guaranteed_cents, 0, _MOST_CENTS)
    if service.accept_days is not None:
        _check_within("accept-days", service.accept_days, 1, _MOST_DAYS)
    return service


def _check_within(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        hint = f"De {least} à {most}."
        raise Refusal(RefusalCode.VALUE_INVALID, where=name, hint=hint)
