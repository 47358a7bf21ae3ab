"""Write a settlement's files: the bank's, each establishment's remittance, each insurer's call.

Everything is written under another name, flushed, then renamed: a folder that is there is whole.
Written again after a crash, the files are the same to the byte.
"""

import hashlib
import os
import shutil
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from egide import db
from egide.core.identifiers import Iban
from egide.core.money import Money
from egide.core.refusal import Refusal, RefusalCode, invariant
from egide.payments import funds, remittance, sql
from egide.payments.calls import write_calls
from egide.payments.closing import Settlement, lock_settlements
from egide.payments.pain import Batch, Credit, Debtor, pain_001
from egide.payments.pain_008 import pain_008
from egide.payments.release import check_released
from egide.payments.rows import OrderedTransfer
from egide.vault import Sealer

BANK_FILE: Final = "pain.001.xml"
DEBITS_FILE: Final = "pain.008.xml"


async def write_settlement(
    pool: db.Pool,
    settlement: Settlement,
    folder: Path,
    *,
    debtor: Debtor,
    sealer: Sealer,
    now: datetime,
) -> Path:
    """Write a settlement's folder and note it; safe to repeat, and by two at once: one waits for the other.

    Raises Refusal:
        ``value-invalid``: it was closed for another account than ``debtor``, or is not to be ordered again.
        ``release-needed``: two people have not released it.
        ``payment-doubted``: it would pay who may have been paid by an order that had ended.
    """
    target = folder / settlement.settlement_id
    part = folder / f".{settlement.settlement_id}"
    await _begin(pool, settlement, debtor, now)
    async with db.transaction(pool) as tx:
        # Nothing that the bank says is taken meanwhile: an order that has ended is not ordered again.
        await lock_settlements(tx)
        await sql.fix_debtor(tx, settlement.settlement_id, debtor)
        order = await sql.lock_order(tx, settlement.settlement_id)
        _check_debtor(order, debtor)
        check_released(order, settlement.settlement_id)
        if order.is_at_bank and not order.is_written:
            # It left before a crash kept that from being noted: the bank has it, and it is not written again.
            left = (_digest_of(target / BANK_FILE), _digest_of(target / DEBITS_FILE))
            await sql.seal_order(tx, settlement.settlement_id, *left)
            await sql.mark_written(tx, settlement.settlement_id, now)
            return target
        _check_orders(order)
        if order.is_doubted and not order.is_written:
            raise Refusal(RefusalCode.PAYMENT_DOUBTED, where=settlement.settlement_id)
        shutil.rmtree(
            part, ignore_errors=True
        )  # of one that was killed: nobody else writes it now
        _make_folders(folder, part)
        # The creditor's identifier is that for which it was closed.
        payer = replace(debtor, creditor_id=order.creditor)
        await _write_bank_file(tx, settlement, part / BANK_FILE, payer, sealer)
        await _write_debits(tx, settlement, part / DEBITS_FILE, payer, sealer)
        digests = (_digest_of(part / BANK_FILE), _digest_of(part / DEBITS_FILE))
        invariant(
            order.sha256 in {None, digests[0]} and order.debits_sha256 in {None, digests[1]},
            "an order file written again is the same to the byte",
        )
        await _write_remittances(tx, settlement, part / "remittances")
        await write_calls(tx, settlement, part / "calls")
        _flush(part)
        _put(part, target)
        _flush(folder)
        await sql.seal_order(tx, settlement.settlement_id, *digests)
        await sql.mark_written(tx, settlement.settlement_id, now)
    return target


async def _begin(pool: db.Pool, settlement: Settlement, debtor: Debtor, now: datetime) -> None:
    """Note that a file is begun, before anything is on disk: what is killed from here on may have left."""
    async with db.transaction(pool) as tx:
        await lock_settlements(tx)
        await sql.fix_debtor(tx, settlement.settlement_id, debtor)
        order = await sql.lock_order(tx, settlement.settlement_id)
        _check_debtor(order, debtor)
        check_released(order, settlement.settlement_id)
        if order.is_doubted and not order.is_written:
            raise Refusal(RefusalCode.PAYMENT_DOUBTED, where=settlement.settlement_id)
        await sql.mark_begun(tx, settlement.settlement_id, now)


async def never_left(pool: db.Pool, settlement_id: str) -> None:
    """Note that no file of a settlement left, on a person's word: its orders may be withdrawn again.

    Raises Refusal: ``value-invalid``: it is written, or was never begun.
    """
    async with db.transaction(pool) as tx:
        await lock_settlements(tx)
        if not await sql.mark_never_left(tx, settlement_id):
            hint = "Ce règlement est écrit, ou n'a jamais été commencé."
            raise Refusal(RefusalCode.VALUE_INVALID, where="--never-left", hint=hint)


def _put(part: Path, target: Path) -> None:
    """Give a whole folder its name; what bore it before is never seen in part."""
    old = part.with_name(f"{part.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    part.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _digest_of(path: Path) -> bytes | None:
    """Return the digest of a file; None where there is none."""
    if not path.exists():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _check_debtor(order: sql.OrderRow, debtor: Debtor) -> None:
    """Refuse to order from another account than that for which a settlement was closed."""
    if (order.debtor_name, order.debtor_iban) != (debtor.name, debtor.iban.text):
        hint = f"Ce règlement a été fermé au nom de {order.debtor_name}, {Iban.parse(order.debtor_iban)} : le redonner."
        raise Refusal(RefusalCode.VALUE_INVALID, where="--debtor-iban", hint=hint)


def _check_orders(order: sql.OrderRow) -> None:
    """Refuse to order again what another settlement orders, or from an account that nobody noted."""
    if order.has_ended:
        hint = "Un de ses ordres est revenu : un autre règlement le redonne, et ce fichier le paierait deux fois."
        raise Refusal(RefusalCode.VALUE_INVALID, where="--rewrite", hint=hint)
    if order.is_written and order.sha256 is None:
        hint = (
            "Aucune empreinte de son fichier n'est gardée : rien ne dirait qu'il est le même."
        )
        raise Refusal(RefusalCode.VALUE_INVALID, where="--rewrite", hint=hint)


def _make_folders(folder: Path, part: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for inner in (part, part / "remittances", part / "calls"):
        inner.mkdir(mode=0o700)


def _flush(folder: Path) -> None:
    for path in [*folder.rglob("*"), folder]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


async def _payees(tx: db.Tx, settlement_id: str) -> AsyncIterator[OrderedTransfer]:
    after = ""
    while page := await sql.payees(tx, settlement_id, after):
        for row in page:
            yield row
        after = page[-1].transfer_id


def _write(path: Path, pieces: Iterable[str]) -> None:
    # Its owner's alone from birth: it holds account numbers, or who was cared for where.
    path.touch(mode=0o600)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(pieces)


def _write_whole(path: Path, body: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(body)


async def _write_bank_file(
    tx: db.Tx, settlement: Settlement, path: Path, debtor: Debtor, sealer: Sealer
) -> None:
    ordered = await sql.ordered(tx, settlement.settlement_id)
    if not ordered.transfers:  # a file of the bank without an order is no file
        return
    transfers: list[Credit] = []
    async for row in _payees(tx, settlement.settlement_id):
        iban = sealer.unpack(row.iban_sealed, row.establishment_id.bytes).decode()
        transfers.append(
            Credit(
                transfer_id=row.transfer_id,
                name=row.name,
                iban=Iban.parse(iban),
                amount=Money(row.amount_cents),
            )
        )
    total = sum(credit.amount.cents for credit in transfers)
    invariant(total == ordered.cents, "the transfers sum to what is ordered")
    invariant(len(transfers) == ordered.transfers, "a settlement has all that it orders")
    batch = Batch(
        settlement_id=settlement.settlement_id,
        closed_at=settlement.closed_at,
        execute_on=settlement.execute_on,
        transfers=ordered.transfers,
        amount=Money(ordered.cents),
        debtor=debtor,
    )
    _write(path, pain_001(batch, transfers))


async def _write_debits(
    tx: db.Tx, settlement: Settlement, path: Path, creditor: Debtor, sealer: Sealer
) -> None:
    """Write what insurers are debited of; nothing where none is."""
    file = await funds.collections_of(tx, settlement.settlement_id, sealer)
    if file.count:
        said = (funds.message_of(settlement.settlement_id), settlement.closed_at, creditor)
        _write(path, pain_008(*said, file.groups))


async def _write_remittances(tx: db.Tx, settlement: Settlement, folder: Path) -> None:
    async for row in _payees(tx, settlement.settlement_id):
        establishment_id, transfer_id = row.establishment_id, row.transfer_id
        transfer = await sql.transfer(tx, establishment_id, transfer_id)
        claims = await sql.claims_of(tx, establishment_id, transfer_id)
        invariant(transfer is not None, "a payee has its transfer")
        if transfer is not None:
            adjustments = await sql.adjustments_of(tx, establishment_id, transfer_id)
            parts = (transfer, claims, adjustments)
            _write_whole(folder / f"{transfer_id}.csv", remittance.as_csv(*parts))
            _write_whole(folder / f"{transfer_id}.json", remittance.as_fhir(*parts))
