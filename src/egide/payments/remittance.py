"""What a transfer is made of: as CSV, and as a FHIR R4 PaymentReconciliation. No person is named.

What was paid of an invoice cancelled since is a line of its own, below zero: never netted unseen.

Source: https://hl7.org/fhir/R4/paymentreconciliation.html
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from egide.core.ids import to_code
from egide.core.money import Money
from egide.core.period import civil_day
from egide.core.spreadsheet import Cell, spreadsheet
from egide.edge import fhir
from egide.payments.rows import PaidClaim, PaidTransfer
from egide.payments.sql import UNSENT, Adjustment

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
_CAME_BACK = frozenset({"rejected", "returned"})
_PAYMENT_TYPE = "http://terminology.hl7.org/CodeSystem/payment-type"


def as_csv(
    transfer: PaidTransfer, claims: Sequence[PaidClaim], adjustments: Sequence[Adjustment]
) -> bytes:
    """Return a transfer's remittance as CSV: a line a claim, what is held or given back, then the total."""
    head = (transfer.transfer_id, transfer.settlement_id, transfer.execute_on)
    rows: list[list[Cell]] = [
        [
            *head,
            claim.invoice,
            to_code(claim.claim_id),
            claim.received_at,
            claim.amc_number,
            *(Money(getattr(claim, f"{name}_cents")) for name in _AMOUNTS),
            "due-again" if transfer.state in _CAME_BACK else "paid",
        ]
        for claim in claims
    ]
    for one in adjustments:
        of = (one.invoice, to_code(one.claim_id), one.cancelled_at, one.amc_number)
        rows.append(
            [*head, *of, None, None, Money(one.amount_cents), None, None, None, one.line]
        )
    total = Money(transfer.amount_cents)
    blank = (None, None, None, None, None)
    rows.append([*head, "TOTAL", *blank, total, None, None, None, "total"])
    return spreadsheet(COLUMNS, rows)


def as_fhir(
    transfer: PaidTransfer, claims: Sequence[PaidClaim], adjustments: Sequence[Adjustment]
) -> bytes:
    """Return a transfer's remittance as a PaymentReconciliation; its details sum to its amount."""
    answer: dict[str, Any] = {
        "resourceType": "PaymentReconciliation",
        "id": transfer.transfer_id,
        "identifier": [{"system": fhir.TRANSFER, "value": transfer.transfer_id}],
        "status": "active",
        "created": transfer.closed_at.isoformat(timespec="seconds"),
        "outcome": "error" if transfer.state in _CAME_BACK else "complete",
        "disposition": _standing(transfer),
        "paymentDate": transfer.execute_on.isoformat(),
        "paymentAmount": fhir.money_element(Money(transfer.amount_cents)),
        "paymentIdentifier": {"system": fhir.TRANSFER, "value": transfer.transfer_id},
        "detail": [
            *(
                _detail("payment", claim.claim_id, claim.invoice, claim.amc_cents)
                | {"date": civil_day(claim.received_at).isoformat()}
                for claim in claims
            ),
            *(
                _detail("adjustment", one.claim_id, one.invoice, one.amount_cents)
                | {"date": civil_day(one.cancelled_at).isoformat()}
                for one in adjustments
            ),
        ],
    }
    return fhir.encode(answer)


def _standing(transfer: PaidTransfer) -> str:
    """Return where a transfer stands: paid is what the bank has booked, and no earlier."""
    match transfer.state:
        case "booked":
            return f"Débité de notre compte le {transfer.booked_on:%d/%m/%Y}."
        case "rejected" | "returned" as state:
            how = "Rejeté par la banque" if state == "rejected" else "Retourné par votre banque"
            when, why = f"{transfer.ended_on:%d/%m/%Y}", transfer.reason
            if why == UNSENT:
                return f"Retiré le {when} avant de partir : ce qu'il payait est dû de nouveau."
            again = f"{how} le {when} ({why}) : ce qu'il payait est dû de nouveau."
            if transfer.is_held:
                again += " Rien ne sera payé tant que le numéro de compte n'aura pas changé."
            return again
        case _:
            return "Virement ordonné ; il n'est payé qu'une fois vu sur le compte."


def _detail(kind: str, claim_id: UUID, invoice: str, cents: int) -> dict[str, Any]:
    return {
        "identifier": {"system": fhir.CLAIM, "value": to_code(claim_id)},
        "type": {"coding": [{"system": _PAYMENT_TYPE, "code": kind}]},
        "request": {"identifier": {"system": fhir.INVOICE, "value": invoice}},
        "response": {"reference": f"ClaimResponse/{to_code(claim_id)}"},
        "amount": fhir.money_element(Money(cents)),
    }
