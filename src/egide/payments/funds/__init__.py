"""The funds of insurers, each apart: how far the operator pays ahead of one, and by what it is paid."""

from egide.payments.funds.collect import CollectionFile, collect, collections_of
from egide.payments.funds.mandates import (
    MandateStanding,
    mandates,
    register_mandate,
    stop_mandate,
)
from egide.payments.funds.references import (
    call_reference,
    deposit_reference,
    message_of,
    named_calls,
    named_deposits,
)
from egide.payments.funds.sql import Standing, Taken, Waiting, owing, take_from_funds
from egide.payments.funds.standing import InsurerFunds, all_funds, rooms

__all__ = [
    "CollectionFile",
    "InsurerFunds",
    "MandateStanding",
    "Standing",
    "Taken",
    "Waiting",
    "all_funds",
    "call_reference",
    "collect",
    "collections_of",
    "deposit_reference",
    "mandates",
    "message_of",
    "named_calls",
    "named_deposits",
    "owing",
    "register_mandate",
    "rooms",
    "stop_mandate",
    "take_from_funds",
]
