"""What a transfer is made of: as CSV, and as a FHIR R4 PaymentReconciliation. No person is named.

What was paid of an invoice cancelled since is a line of its own, below zero: never netted unseen.

Source: https://hl7.org/fhir/R4/paymentreconciliation.html
"""

import csv
import io
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from egide import db
from egide.core.ids import to_code
from egide.core.money import Money, decimal_euros
from egide.edge import fhir
from egide.payments.sql import HeldBack

COLUMNS = (
    "transfer",
    "settlement",
    "execute_on",
    "invoice",
    "claim",
    "received_at",
    "amc_number",
    "expense",
    "amo",
    "amc",
    "patient",
    "other_amc",
    "undue",
    "line",
)
_AMOUNTS = COLUMNS[7:13]
_PAYMENT_TYPE = "http://terminology.hl7.org/CodeSystem/payment-type"


def as_csv(transfer: db.Row, claims: Sequence[db.Row], held_back: Sequence[HeldBack]) -> bytes:
    """Return a transfer's remittance as CSV with semicolons: a line a claim, what is held back, then the total."""
    text = io.StringIO(newline="")
    rows = csv.writer(text, delimiter=";", lineterminator="\r\n")
    rows.writerow(COLUMNS)
    head = (
        transfer["transfer_id"],
        transfer["settlement_id"],
        transfer["execute_on"].isoformat(),
    )
    for claim in claims:
        rows.writerow(
            [
                *head,
                claim["invoice"],
                to_code(claim["claim_id"]),
                claim["received_at"].isoformat(timespec="seconds"),
                claim["amc_number"],
                *(decimal_euros(claim[f"{name}_cents"]) for name in _AMOUNTS),
                "paid",
            ]
        )
    for one in held_back:
        when = one.cancelled_at.isoformat(timespec="seconds")
        of = (one.invoice, to_code(one.claim_id), when, one.amc_number)
        rows.writerow(
            [*head, *of, "", "", decimal_euros(-one.amount_cents), "", "", "", "held-back"]
        )
    total = decimal_euros(transfer["amount_cents"])
    rows.writerow([*head, "TOTAL", "", "", "", "", "", total, "", "", "", "total"])
    return text.getvalue().encode()


def as_fhir(transfer: db.Row, claims: Sequence[db.Row], held_back: Sequence[HeldBack]) -> bytes:
    """Return a transfer's remittance as a PaymentReconciliation; its details sum to its amount."""
    answer: dict[str, Any] = {
        "resourceType": "PaymentReconciliation",
        "id": transfer["transfer_id"],
        "identifier": [{"system": fhir.TRANSFER, "value": transfer["transfer_id"]}],
        "status": "active",
        "created": transfer["closed_at"].isoformat(timespec="seconds"),
        "outcome": "complete",
        "disposition": "Virement ordonné ; il n'est payé qu'une fois vu sur le compte.",
        "paymentDate": transfer["execute_on"].isoformat(),
        "paymentAmount": fhir.money_element(Money(transfer["amount_cents"])),
        "paymentIdentifier": {"system": fhir.TRANSFER, "value": transfer["transfer_id"]},
        "detail": [
            *(
                _detail("payment", claim["claim_id"], claim["invoice"], claim["amc_cents"])
                | {"date": claim["received_at"].date().isoformat()}
                for claim in claims
            ),
            *(
                _detail("adjustment", one.claim_id, one.invoice, -one.amount_cents)
                | {"date": one.cancelled_at.date().isoformat()}
                for one in held_back
            ),
        ],
    }
    return fhir.encode(answer)


def _detail(kind: str, claim_id: UUID, invoice: str, cents: int) -> dict[str, Any]:
    return {
        "identifier": {"system": fhir.CLAIM, "value": to_code(claim_id)},
        "type": {"coding": [{"system": _PAYMENT_TYPE, "code": kind}]},
        "request": {"identifier": {"system": fhir.INVOICE, "value": invoice}},
        "response": {"reference": f"ClaimResponse/{to_code(claim_id)}"},
        "amount": fhir.money_element(Money(cents)),
    }
