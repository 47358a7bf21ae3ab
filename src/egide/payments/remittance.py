"""What a transfer is made of: as CSV, and as a FHIR R4 PaymentReconciliation. No person is named.

Source: https://hl7.org/fhir/R4/paymentreconciliation.html
"""

import csv
import io
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from egide import db
from egide.core.ids import to_code
from egide.core.money import Money
from egide.edge import fhir

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
)
_PAYMENT = {
    "coding": [
        {"system": "http://terminology.hl7.org/CodeSystem/payment-type", "code": "payment"}
    ]
}


def _euros(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def as_csv(transfer: db.Row, claims: Sequence[db.Row]) -> bytes:
    """Return a transfer's remittance as CSV with semicolons: a line a claim, then the total."""
    text = io.StringIO(newline="")
    rows = csv.writer(text, delimiter=";", lineterminator="\r\n")
    rows.writerow(COLUMNS)
    head = (
        transfer["transfer_id"],
        transfer["settlement_id"],
        transfer["execute_on"].isoformat(),
    )
    for claim in claims:
        amounts = [claim[f"{name}_cents"] for name in COLUMNS[7:]]
        received = claim["received_at"].isoformat(timespec="seconds")
        rows.writerow(
            [
                *head,
                claim["invoice"],
                to_code(claim["claim_id"]),
                received,
                claim["amc_number"],
                *map(_euros, amounts),
            ]
        )
    rows.writerow(
        [*head, "TOTAL", "", "", "", "", "", _euros(transfer["amount_cents"]), "", "", ""]
    )
    return text.getvalue().encode()


def as_fhir(transfer: db.Row, claims: Sequence[db.Row]) -> bytes:
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
            {
                "identifier": {"system": fhir.CLAIM, "value": to_code(claim["claim_id"])},
                "type": _PAYMENT,
                "request": {"identifier": {"system": fhir.INVOICE, "value": claim["invoice"]}},
                "response": {"reference": f"ClaimResponse/{to_code(claim['claim_id'])}"},
                "date": claim["received_at"].date().isoformat(),
                "amount": fhir.money_element(Money(claim["amc_cents"])),
            }
            for claim in claims
        ],
    }
    return fhir.encode(answer)
