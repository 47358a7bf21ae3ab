"""Take a report on the state of orders in (pain.002): a reject makes its claims due again; all else is advice.

What a report leaves out proves nothing; a refusal of a duplicate proves that the first arrived; a reject of what our
account was debited of is a contradiction that a person looks at.

Source: ISO 20022 pain.002.001.10; external codes of the second quarter of 2026.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from egide import db
from egide.payments import lock_settlements
from egide.treasury import sql
from egide.treasury.match import OPEN, TransferState
from egide.treasury.statement import BankFileError
from egide.treasury.waiting import dispose_again, reject_all
from egide.treasury.xml import every, first, refusing, text_of

_ROOT: Final = "{urn:iso:std:iso:20022:tech:xsd:pain.002.001."
_LARGEST_BYTES: Final = 64 << 20
_REJECTED: Final = "RJCT"
# The order of advice: none of it lowers what is known.
_ADVICE: Final = frozenset(
    {"RCVD", "ACTC", "ACCP", "ACWC", "ACSP", "ACSC", "ACCC", "ACFC", "PART", "PDNG", "PATC"}
)
_DUPLICATE: Final = frozenset({"AM05", "DU01", "DU02", "DU03", "DU04", "DU05", "DUPL"})
_DEBITED: Final = frozenset({TransferState.BOOKED, TransferState.RETURNED})


@dataclass(frozen=True, slots=True)
class Said:
    """What a report says of a transfer; of a whole settlement where ``transfer_id`` is empty."""

    settlement_id: str
    transfer_id: str
    status: str
    reason: str


@dataclass(slots=True, kw_only=True)
class TakenReport:
    """What came of a report.

    Args:
        contradicted: what a person looks at: rejects of what was debited, or is not known, or without a known reason.
        explained: movements of before that this explains.
        duplicates: a refusal of what was sent twice: the first arrived.
    """

    original: str
    already: bool = False
    acknowledged: int = 0
    rejected: int = 0
    duplicates: int = 0
    contradicted: list[str] = field(default_factory=list[str])
    explained: int = 0


async def take_report(pool: db.Pool, body: bytes, *, now: datetime) -> TakenReport:
    """Take a pain.002; the same again changes nothing.

    Raises:
        BankFileError: it cannot be read; nothing of it is kept.
    """
    original, said = read_report(body)
    taken = TakenReport(original=original)
    digest = UUID(bytes=hashlib.sha256(body).digest()[:16])
    async with db.transaction(pool) as tx:
        await lock_settlements(tx)
        if await sql.is_report_known(tx, digest):
            taken.already = True
            return taken
        named = [one.transfer_id for one in said if one.transfer_id]
        files = [one.settlement_id for one in said if not one.transfer_id]
        if any(one.status == _REJECTED for one in said):
            await sql.lock_claims(tx, named, files)
        rows = {row.transfer_id: row for row in await sql.transfers(tx, named, files)}
        states = {name: TransferState(row.state) for name, row in rows.items()}
        for one in said:
            await _apply(tx, one, rows, states, taken, now)
        kept: list[dict[str, Any]] = [
            {"transfer": one.transfer_id, "status": one.status, "reason": one.reason}
            for one in said
        ]
        if not said and not await sql.transfers(tx, [], [original]):
            taken.contradicted.append(original)
        await sql.add_report(tx, digest, original, kept, taken.contradicted, now)
        taken.explained = await dispose_again(tx, now)
    return taken


async def _apply(
    tx: db.Tx,
    said: Said,
    rows: dict[str, sql.TransferRow],
    states: dict[str, TransferState],
    taken: TakenReport,
    now: datetime,
) -> None:
    """Apply what is said of a transfer or of a file, by the states that the report has led to so far."""
    own = [
        name
        for name, row in rows.items()
        if (
            name == said.transfer_id
            if said.transfer_id
            else row.settlement_id == said.settlement_id
        )
    ]
    if said.reason in _DUPLICATE:
        taken.duplicates += 1
    elif not own or (said.status == _REJECTED and not _is_believed(said, own, rows, states)):
        taken.contradicted.append(said.transfer_id or said.settlement_id)
    elif said.status == _REJECTED:
        # Of a whole file, the reason is the file's or our own account's: it holds nobody.
        await reject_all(
            tx,
            [rows[name] for name in own if states[name] in OPEN],
            said.reason,
            now,
            of_each=bool(said.transfer_id),
        )
        taken.rejected += sum(states[name] in OPEN for name in own)
        states |= {name: TransferState.REJECTED for name in own if states[name] in OPEN}
    else:
        ordered = [name for name in own if states[name] is TransferState.ORDERED]
        moved = [
            sql.Moved(transfer_id=name, state=TransferState.ACKNOWLEDGED) for name in ordered
        ]
        await sql.move(tx, moved)
        states |= dict.fromkeys(ordered, TransferState.ACKNOWLEDGED)
        taken.acknowledged += len(ordered)


def _is_believed(
    said: Said,
    own: list[str],
    rows: dict[str, sql.TransferRow],
    states: dict[str, TransferState],
) -> bool:
    """Tell whether a reject makes claims due by itself.

    Of a whole file, only with a reason that is known and where nothing of it was acknowledged: a second sending that is
    refused in words of the bank's own would pay everything twice. Never of what our account was debited, nor of an
    order that has not left.
    """
    if any(states[name] in _DEBITED or not rows[name].is_written for name in own):
        return False
    if said.transfer_id:
        return bool(said.reason)
    return bool(said.reason) and all(
        states[name] is not TransferState.ACKNOWLEDGED for name in own
    )


def read_report(body: bytes) -> tuple[str, list[Said]]:
    """Return the message that a report is about, and what it says, the finest first.

    Raises:
        BankFileError: it cannot be read.
    """
    if len(body) > _LARGEST_BYTES:
        raise BankFileError("fichier", "il dépasse 64 Mio.", "Le demander en plusieurs.")
    with refusing():
        root = fromstring(body, forbid_dtd=True)
    if not root.tag.startswith(_ROOT):
        raise BankFileError(
            "fichier", "ce n'est pas un pain.002.", "Un relevé est un camt.053."
        )
    original = text_of(root, "CstmrPmtStsRpt", "OrgnlGrpInfAndSts", "OrgnlMsgId")
    said = list(_said(root, original))
    known = [one.status for one in said]
    if wrong := [one for one in known if one != _REJECTED and one not in _ADVICE]:
        raise BankFileError(
            "fichier",
            f"état « {wrong[0][:10]} » inconnu.",
            f"Attendu : {_REJECTED} ou un accusé.",
        )
    return original, said


def _said(root: Element, original: str) -> Iterator[Said]:
    """Yield what is said of each transfer, of each payment without one, or of the whole file without any."""
    payments = every(root, "CstmrPmtStsRpt", "OrgnlPmtInfAndSts")
    told = False
    for payment in payments:
        settlement = text_of(payment, "OrgnlPmtInfId") or original
        transactions = every(payment, "TxInfAndSts")
        for one in transactions:
            status = text_of(one, "TxSts")
            named = (text_of(one, "OrgnlEndToEndId"), text_of(one, "OrgnlInstrId"))
            transfer = next((name for name in named if name not in {"", "NOTPROVIDED"}), "")
            if status and transfer:
                told = True
                yield Said(settlement, transfer, status, text_of(one, "StsRsnInf", "Rsn", "Cd"))
        status = text_of(payment, "PmtInfSts")
        if status and status != "PART" and not transactions:
            told = True
            yield Said(settlement, "", status, text_of(payment, "StsRsnInf", "Rsn", "Cd"))
    group = first(root, "CstmrPmtStsRpt", "OrgnlGrpInfAndSts")
    status = "" if group is None else text_of(group, "GrpSts")
    if group is not None and status and status != "PART" and not told:
        yield Said(original, "", status, text_of(group, "StsRsnInf", "Rsn", "Cd"))
