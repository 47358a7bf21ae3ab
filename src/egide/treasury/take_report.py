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
from egide.core.period import civil_day
from egide.payments import lock_settlements
from egide.treasury import debits, sql
from egide.treasury.match import (
    OPEN,
    KnownCollection,
    OrderState,
)
from egide.treasury.statement import BankFileError
from egide.treasury.waiting import dispose_again, reject_all
from egide.treasury.waiting import sql as waits
from egide.treasury.xml import every, first, refusing, text_of

_ROOT: Final = "{urn:iso:std:iso:20022:tech:xsd:pain.002.001."
_LARGEST_BYTES: Final = 64 << 20
_REJECTED: Final = "RJCT"
# Advice, the match of a payee's name with it: none of it lowers what is known.
_ADVICE: Final = frozenset(
    {
        *(
            "RCVD",
            "ACTC",
            "ACCP",
            "ACWC",
            "ACSP",
            "ACSC",
            "ACCC",
            "ACFC",
            "ACWP",
            "ACIS",
            "ACPD",
        ),
        *("PART", "PDNG", "PATC", "PRES", "RCVC", "RVNA"),
    }
)
_DUPLICATE: Final = frozenset({"AM05", "DU01", "DU02", "DU03", "DU04", "DU05", "DUPL"})
# Reasons that are none: in the bank's own words, or not said.
_NO_REASON: Final = frozenset({"", "NARR", "MS02", "MS03"})
_DEBITED: Final = frozenset({OrderState.BOOKED, OrderState.RETURNED})
_UNNAMED: Final = "NOTPROVIDED"


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
        contradicted: what a person looks at: rejects of what was debited, or is not known, or without a known reason,
            and what is said in a word that is not known here; each with why.
        explained: movements of before that this explains.
        duplicates: a refusal of what was sent twice: the first arrived.
    """

    original: str
    already: bool = False
    acknowledged: int = 0
    rejected: int = 0
    duplicates: int = 0
    contradicted: dict[str, str] = field(default_factory=dict[str, str])
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
        states = {name: OrderState(row.state) for name, row in rows.items()}
        about = _About(rows, states)
        about.explain(said, await _waiting_debits(tx, said, rows))
        collections = await debits.known(tx, named, [*files, original])
        for one in said:
            if owned := debits.about(collections, one.transfer_id or one.settlement_id):
                await _apply_to_debits(tx, one, owned, taken, now)
                await waits.mark_stale(tx, [debit.collection_id for debit in owned])
                continue
            await _apply(tx, one, about, taken, now)
            if own := about.named(one):
                # What one person said of them before is not said of what is known now.
                await waits.mark_stale(tx, [*own, one.settlement_id])
        kept: list[dict[str, Any]] = [
            {"transfer": one.transfer_id, "status": one.status, "reason": one.reason}
            for one in said
        ]
        is_known = collections or await sql.transfers(tx, [], [original])
        if not said and not is_known:
            taken.contradicted[original] = "inconnu ici"
        await sql.add_report(tx, digest, original, kept, taken.contradicted, now)
        taken.explained = await dispose_again(tx, now)
    return taken


async def _waiting_debits(
    tx: db.Tx, said: list[Said], rows: dict[str, sql.TransferRow]
) -> dict[str, tuple[int, list[int]]]:
    """Return the debits of whole files that wait, of what is rejected: what is left of the file, and each debit."""
    if all(one.status != _REJECTED for one in said):
        return {}
    files = sorted({row.settlement_id for row in rows.values()})
    waiting: dict[str, list[int]] = {}
    for settlement, cents in await sql.file_debits(tx, files):
        waiting.setdefault(settlement, []).append(cents)
    whole = await sql.transfers(tx, [], sorted(waiting))
    left = dict.fromkeys(waiting, 0)
    for row in whole:
        left[row.settlement_id] += row.amount_cents if OrderState(row.state) in OPEN else 0
    return {name: (left[name], debits) for name, debits in waiting.items()}


@dataclass(slots=True)
class _About:
    """The transfers that a report is about, by the states that it has led to so far."""

    rows: dict[str, sql.TransferRow]
    states: dict[str, OrderState]
    _of_file: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    _debited: dict[str, bool] = field(default_factory=dict[str, bool])

    def __post_init__(self) -> None:
        """Sort them by file."""
        for name, row in self.rows.items():
            self._of_file.setdefault(row.settlement_id, []).append(name)

    def explain(self, said: list[Said], debits: dict[str, tuple[int, list[int]]]) -> None:
        """Find which debits of whole files the rejects of a report explain, each named: what is left is what went out.

        Args:
            debits: by settlement, what of it was neither debited nor ended, and the debits of it that wait.
        """
        for settlement, (left, waiting) in debits.items():
            rejected = {
                one.transfer_id
                for one in said
                if one.status == _REJECTED
                and one.transfer_id in self.rows
                and self.rows[one.transfer_id].settlement_id == settlement
                and self.states[one.transfer_id] in OPEN
            }
            gone = sum(self.rows[name].amount_cents for name in rejected)
            self._debited[settlement] = left - gone in waiting

    def is_file_debited(self, said: Said, own: list[str]) -> bool:
        """Tell whether a debit of the file of what is rejected waits, and the report's rejects do not explain it."""
        files = {self.rows[name].settlement_id for name in own} & self._debited.keys()
        return any(not said.transfer_id or not self._debited[one] for one in files)

    def named(self, said: Said) -> list[str]:
        """Return the transfers of ours that something is said of."""
        if said.transfer_id:
            return [said.transfer_id] if said.transfer_id in self.rows else []
        return self._of_file.get(said.settlement_id, [])

    def open_ones(self, own: list[str]) -> list[str]:
        """Return those that are neither debited nor ended."""
        return [name for name in own if self.states[name] in OPEN]


async def _apply(
    tx: db.Tx, said: Said, about: _About, taken: TakenReport, now: datetime
) -> None:
    """Apply what is said of a transfer or of a file."""
    own = about.named(said)
    subject = said.transfer_id or said.settlement_id
    why = _why_not(said, own, about)
    if said.reason in _DUPLICATE and not said.transfer_id:
        taken.duplicates += 1
    elif why:
        taken.contradicted[subject] = why
    elif said.status == _REJECTED:
        # Of a whole file, the reason is the file's or our own account's: it holds nobody.
        ended = about.open_ones(own)
        rows = [about.rows[name] for name in ended]
        await reject_all(tx, rows, said.reason, now, of_each=bool(said.transfer_id))
        taken.rejected += len(ended)
        about.states |= dict.fromkeys(ended, OrderState.REJECTED)
    else:
        ordered = [name for name in own if about.states[name] is OrderState.ORDERED]
        moved = [sql.Moved(transfer_id=name, state=OrderState.ACKNOWLEDGED) for name in ordered]
        await sql.move(tx, moved)
        about.states |= dict.fromkeys(ordered, OrderState.ACKNOWLEDGED)
        taken.acknowledged += len(ordered)


async def _apply_to_debits(
    tx: db.Tx,
    said: Said,
    owned: list[KnownCollection],
    taken: TakenReport,
    now: datetime,
) -> None:
    """Apply what is said of debits of insurers: a reject leaves their calls to be paid; all else is advice."""
    waiting = [one for one in owned if one.state in OPEN]
    why = _why_not_of_debits(said, owned)
    if said.reason in _DUPLICATE and not said.transfer_id:
        taken.duplicates += 1
    elif why:
        taken.contradicted[said.transfer_id or said.settlement_id] = why
    elif said.status == _REJECTED:
        of_each = bool(said.transfer_id)
        await debits.reject(tx, waiting, said.reason, civil_day(now), of_each=of_each)
        taken.rejected += len(waiting)
    else:
        new = [one for one in waiting if one.state is OrderState.ORDERED]
        await debits.acknowledge(tx, new)
        taken.acknowledged += len(new)


def _why_not_of_debits(said: Said, owned: list[KnownCollection]) -> str:
    """Return why a person looks at what is said of debits; empty where it is applied by itself."""
    if said.reason in _DUPLICATE:
        return "refusé comme un double, seul : il ne sera pas exécuté"
    if not all(one.is_written for one in owned):
        return "accusé ou rejeté, mais pas encore parti"
    if said.status in _ADVICE:
        return ""
    is_credited = any(one.state is OrderState.BOOKED or one.is_credit_waiting for one in owned)
    states = {one.state for one in owned}
    return _first_doubt(said, states, {"rejeté, mais crédité": is_credited})


def _first_doubt(said: Said, states: set[OrderState], others: dict[str, bool]) -> str:
    """Return why a reject is not believed by itself, of whatever orders; empty where it is.

    Args:
        others: what is to be doubted of orders of their kind.
    """
    of_file = not said.transfer_id
    doubts = {
        f"état « {said.status[:10]} », que rien ne règle ici": said.status != _REJECTED,
        **others,
        "rejeté sans code de raison": not said.reason,
        "tout le fichier rejeté, sans code qui dise pourquoi": of_file
        and said.reason in _NO_REASON,
        "tout le fichier rejeté, mais accusé": of_file and OrderState.ACKNOWLEDGED in states,
    }
    return next((why for why, holds in doubts.items() if holds), "")


def _why_not(said: Said, own: list[str], about: _About) -> str:
    """Return why a person looks at what is said; empty where it is applied by itself.

    A reject is of what was neither debited, be it by a debit that nothing explains yet, nor kept here; with a reason of
    its own. Of a whole file, only where nothing of it was acknowledged: a second sending that is refused in words of
    the bank's own would pay everything twice.
    """
    if not own:
        return "inconnu ici"
    if said.reason in _DUPLICATE:
        return "refusé comme un double, seul : il ne sera pas exécuté"
    states, rows = {about.states[name] for name in own}, [about.rows[name] for name in own]
    if said.status in _ADVICE:
        is_sent = all(row.is_written for row in rows)
        return "" if is_sent else "accusé, mais pas encore parti"
    others = {
        "rejeté, mais débité": bool(states & _DEBITED)
        or any(row.is_debit_waiting for row in rows),
        "rejeté, mais un débit de son fichier attend d'être expliqué": about.is_file_debited(
            said, own
        ),
        "rejeté, mais pas encore parti": not all(row.is_written for row in rows),
    }
    return _first_doubt(said, states, others)


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
    return original, said


def _said(root: Element, original: str) -> Iterator[Said]:
    """Yield what is said, the finest first: of a transfer, of the rest of its payment, of the rest of the file.

    A payment or a file that is rejected is so in all that nothing finer is said of; an acknowledgement of it says
    nothing more than its transfers' own.
    """
    told = False
    for payment in every(root, "CstmrPmtStsRpt", "OrgnlPmtInfAndSts"):
        settlement = text_of(payment, "OrgnlPmtInfId") or original
        finer = False
        for one in every(payment, "TxInfAndSts"):
            status = text_of(one, "TxSts")
            if status:
                finer = True
                yield Said(settlement, _named(one), status, _reason(one))
        status = text_of(payment, "PmtInfSts")
        if status and status != "PART" and (status == _REJECTED or not finer):
            finer = True
            yield Said(settlement, "", status, _reason(payment))
        told |= finer
    group = first(root, "CstmrPmtStsRpt", "OrgnlGrpInfAndSts")
    status = "" if group is None else text_of(group, "GrpSts")
    if group is not None and status and status != "PART" and (status == _REJECTED or not told):
        yield Said(original, "", status, _reason(group))


def _named(transaction: Element) -> str:
    """Return the reference of ours that a transaction bears; ``NOTPROVIDED`` where it bears none."""
    both = (text_of(transaction, "OrgnlEndToEndId"), text_of(transaction, "OrgnlInstrId"))
    return next((name for name in both if name not in {"", _UNNAMED}), _UNNAMED)


def _reason(said: Element) -> str:
    return text_of(said, "StsRsnInf", "Rsn", "Cd")
