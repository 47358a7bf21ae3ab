"""For the vendors of professionals' software: enrol a key, ask rights, invoice, read what is paid.

Start with ``docs/howto/connect-your-software.md``.
"""

from egide.client.client import Client, RefusedError
from egide.client.hardware import HardwareKey, HardwareKeyError, open_key
from egide.client.key import (
    FileKey,
    Signer,
    attestation,
    build_declaration,
    enrolment_request,
)
from egide.client.messages import (
    by_card,
    by_engagement,
    by_nir,
    by_numbers,
    claim,
    in_stay,
    item,
    preauthorization,
    rights_question,
    saying_more,
)
from egide.client.queue import InvoiceQueue, Queued, QueueError

__all__ = [
    "Client",
    "FileKey",
    "HardwareKey",
    "HardwareKeyError",
    "InvoiceQueue",
    "QueueError",
    "Queued",
    "RefusedError",
    "Signer",
    "attestation",
    "build_declaration",
    "by_card",
    "by_engagement",
    "by_nir",
    "by_numbers",
    "claim",
    "enrolment_request",
    "in_stay",
    "item",
    "open_key",
    "preauthorization",
    "rights_question",
    "saying_more",
]
