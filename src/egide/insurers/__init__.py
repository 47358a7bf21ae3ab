"""Insurers that answer by themselves: their service, asked within a deadline, and what they sign."""

from egide.insurers.contract import (
    Asked,
    OnSilence,
    Service,
    Services,
    checked_service,
)
from egide.insurers.signed import SignedEvent, read_signed, signature_of
from egide.insurers.sql import current_services, known_persons, put_service, take_event
from egide.insurers.wire import Call, Insurers

__all__ = [
    "Asked",
    "Call",
    "Insurers",
    "OnSilence",
    "Service",
    "Services",
    "SignedEvent",
    "checked_service",
    "current_services",
    "known_persons",
    "put_service",
    "read_signed",
    "signature_of",
    "take_event",
]
