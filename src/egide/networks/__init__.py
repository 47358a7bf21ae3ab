"""Care networks: which establishments adhere to those of an insurer, when, and at what prices."""

from egide.networks.agreed import Agreed, Networks
from egide.networks.sql import (
    Activity,
    Adherent,
    Price,
    Shown,
    activity,
    adherents,
    prices,
    shown,
)
from egide.networks.take_in import NetworkReport, take_in_network

__all__ = [
    "Activity",
    "Adherent",
    "Agreed",
    "NetworkReport",
    "Networks",
    "Price",
    "Shown",
    "activity",
    "adherents",
    "prices",
    "shown",
    "take_in_network",
]
