"""What a movement of the bank is: one disposition, the rule that made it, and in which version. Pure.

A rule never guesses: it names a transfer by our own reference, or a call by its number and its amount. What no rule
explains waits for two persons.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from egide.treasury.statement import Movement

VERSION: Final = 2
_SETTLEMENT: Final = re.compile(r"\bS\d{8}-\d{2,6}\b", re.ASCII)
_NUMBER: Final = re.compile(r"\b[0-9]{8,10}\b", re.ASCII)
_CHARGES: Final = frozenset({"CHRG", "COMM", "FEES"})
UNDOES_A_DEBIT: Final = "credited-with-a-debit-waiting"


class Disposition(StrEnum):
    """What a movement is."""

    BOOKED = "booked"  # orders of ours, executed
    RETURNED = "returned"  # an order of ours that came back
    CALLED = "called"  # what an insurer was called for
    CHARGES = "charges"  # the bank's own
    SUSPENSE = "suspense"  # nobody knows yet


class TransferState(StrEnum):
    """Where a transfer stands. Booked is paid; ordered and acknowledged are advice."""

    ORDERED = "ordered"
    ACKNOWLEDGED = "acknowledged"
    BOOKED = "booked"
    REJECTED = "rejected"
    RETURNED = "returned"


OPEN: Final = frozenset({TransferState.ORDERED, TransferState.ACKNOWLEDGED})


@dataclass(slots=True, kw_only=True)
class KnownTransfer:
    """A transfer as a movement may meet it; its state moves on with each movement that does.

    Args:
        is_debit_waiting: a debit of it, or of its whole file, waits for an explanation.
    """

    transfer_id: str
    settlement_id: str
    cents: int
    state: TransferState
    is_debit_waiting: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A call for funds: what an insurer is to pay in for a settlement."""

    insurer_id: str
    cents: int


@dataclass(slots=True)
class Known:
    """What the movements of a chunk may be about.

    Args:
        settlements: the transfers of each settlement.
        calls: by settlement and number of insurer.
    """

    transfers: Mapping[str, KnownTransfer] = field(default_factory=dict[str, KnownTransfer])
    settlements: Mapping[str, list[KnownTransfer]] = field(
        default_factory=dict[str, list[KnownTransfer]]
    )
    calls: dict[tuple[str, str], Call] = field(default_factory=dict[tuple[str, str], Call])


@dataclass(frozen=True, slots=True)
class Disposed:
    """What was found of a movement.

    Args:
        target: the transfer, the settlement, or the insurer and the settlement of a call, that it is about; in
            suspense what it may be about.
        transfers: those whose state it moves.
    """

    disposition: Disposition
    rule: str
    target: str = ""
    transfers: tuple[KnownTransfer, ...] = ()


def dispose(movement: Movement, known: Known) -> Disposed:
    """Return what a movement is, and move on the state of the transfers that it is about."""
    if _is_charge(movement, known):
        return Disposed(Disposition.CHARGES, "bank-charges")
    if movement.end_to_end in known.transfers:
        return _of_transfer(movement, known.transfers[movement.end_to_end])
    if movement.batch in known.settlements and not movement.end_to_end:
        return _of_batch(movement, known.settlements[movement.batch])
    if movement.amount.cents > 0:
        return _of_call(movement, known)
    return Disposed(Disposition.SUSPENSE, "unknown-reference")


def _is_charge(movement: Movement, known: Known) -> bool:
    """Tell whether a debit is the bank's own charge: its code says so, and it is not an order's whole amount."""
    if movement.amount.cents > 0 or movement.code.rpartition("/")[2] not in _CHARGES:
        return False
    named = known.transfers.get(movement.end_to_end)
    file = known.settlements.get(movement.batch, []) if not movement.end_to_end else []
    whole = {
        sum(one.cents for one in file),
        sum(one.cents for one in file if one.state in OPEN),
    }
    return -movement.amount.cents not in whole | ({named.cents} if named else set())


def _of_transfer(movement: Movement, transfer: KnownTransfer) -> Disposed:
    cents = movement.amount.cents
    if abs(cents) != transfer.cents:
        transfer.is_debit_waiting |= cents < 0
        return Disposed(Disposition.SUSPENSE, "amount-differs", transfer.transfer_id)
    if cents < 0:
        if transfer.state not in OPEN:
            transfer.is_debit_waiting = True
            return Disposed(
                Disposition.SUSPENSE, f"debited-when-{transfer.state}", transfer.transfer_id
            )
        transfer.state = TransferState.BOOKED
        return Disposed(Disposition.BOOKED, "end-to-end", transfer.transfer_id, (transfer,))
    if transfer.state is not TransferState.BOOKED:
        return Disposed(
            Disposition.SUSPENSE, f"credited-when-{transfer.state}", transfer.transfer_id
        )
    if transfer.is_debit_waiting:
        # It undoes that debit, or the first: which of them, a person says.
        return Disposed(Disposition.SUSPENSE, UNDOES_A_DEBIT, transfer.transfer_id)
    transfer.state = TransferState.RETURNED
    return Disposed(Disposition.RETURNED, "end-to-end", transfer.transfer_id, (transfer,))


def _of_batch(movement: Movement, transfers: list[KnownTransfer]) -> Disposed:
    """A debit of a whole file: what of it was not rejected before, and none of it booked one by one."""
    settlement = transfers[0].settlement_id
    waiting = tuple(one for one in transfers if one.state in OPEN)
    if not waiting or -movement.amount.cents != sum(one.cents for one in waiting):
        for one in transfers:
            one.is_debit_waiting |= movement.amount.cents < 0
        return Disposed(Disposition.SUSPENSE, "batch-differs", settlement)
    for one in waiting:
        one.state = TransferState.BOOKED
    return Disposed(Disposition.BOOKED, "batch", settlement, waiting)


def _of_call(movement: Movement, known: Known) -> Disposed:
    for settlement in _SETTLEMENT.findall(_told(movement)):
        for number in _NUMBER.findall(_told(movement)):
            call = known.calls.get((settlement, number))
            if call is not None and call.cents == movement.amount.cents:
                for named in [key for key, one in known.calls.items() if one is call]:
                    del known.calls[named]  # paid once, whichever number is named
                return Disposed(Disposition.CALLED, "call", f"{call.insurer_id}/{settlement}")
    return Disposed(Disposition.SUSPENSE, "unknown-reference")


def named_settlements(movement: Movement) -> set[str]:
    """Return the settlements that a movement may be about."""
    return {*_SETTLEMENT.findall(_told(movement)), movement.batch} - {""}


def _told(movement: Movement) -> str:
    """Return where whoever pays a call may have written its number: the text, or its own reference."""
    return f"{movement.said} {movement.end_to_end}"
