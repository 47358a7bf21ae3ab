"""What a movement of the bank is: one disposition, the rule that made it, and in which version. Pure.

A rule never guesses: it names a transfer by our own reference, or a call by its number and its amount. What no rule
explains waits for two persons.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from egide.payments.funds import named_calls, named_deposits
from egide.treasury.statement import Movement

VERSION: Final = 3
_SETTLEMENT: Final = re.compile(r"\bS\d{8}-\d{2,6}\b", re.ASCII)
_NUMBER: Final = re.compile(r"\b[0-9A-Z]{8,10}\b", re.ASCII)
_CHARGES: Final = frozenset({"CHRG", "COMM", "FEES"})
UNDOES_A_DEBIT: Final = "credited-with-a-debit-waiting"
UNDOES_A_CREDIT: Final = "debited-with-a-credit-waiting"
COLLECTED: Final = "collection"


class Disposition(StrEnum):
    """What a movement is."""

    BOOKED = "booked"  # orders of ours, executed
    RETURNED = "returned"  # an order of ours that came back
    CALLED = "called"  # what an insurer was called for, or pays in ahead
    UNCALLED = "uncalled"  # a debit of an insurer that its bank took back
    CHARGES = "charges"  # the bank's own
    SUSPENSE = "suspense"  # nobody knows yet


class OrderState(StrEnum):
    """Where an order stands: a transfer, or a debit of an insurer. Ordered and acknowledged are advice."""

    ORDERED = "ordered"
    ACKNOWLEDGED = "acknowledged"
    BOOKED = "booked"
    REJECTED = "rejected"
    RETURNED = "returned"


OPEN: Final = frozenset({OrderState.ORDERED, OrderState.ACKNOWLEDGED})


@dataclass(slots=True, kw_only=True)
class KnownTransfer:
    """A transfer as a movement may meet it; its state moves on with each movement that does.

    Args:
        is_debit_waiting: a debit of it, or of its whole file, waits for an explanation.
    """

    transfer_id: str
    settlement_id: str
    cents: int
    state: OrderState
    is_debit_waiting: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A call for funds: what an insurer is to pay in for a settlement."""

    insurer_id: str
    cents: int


@dataclass(slots=True, kw_only=True)
class KnownCollection:
    """A debit of an insurer as a movement may meet it; its state moves on with each movement that does.

    Args:
        group: the name of its group in its file, which a bank that books them together repeats.
        is_credit_waiting: a credit of it waits for an explanation.
        is_ahead: its call had been paid by another way: it is its insurer's own money.
        is_written: its order left us.
    """

    collection_id: str
    settlement_id: str
    insurer_id: str
    cents: int
    state: OrderState
    group: str
    is_credit_waiting: bool = False
    is_ahead: bool = False
    is_written: bool = True


@dataclass(slots=True)
class Known:
    """What the movements of a chunk may be about.

    Args:
        settlements: the transfers of each settlement.
        calls: by settlement and number of insurer.
        deposits: the insurers that movements say pay in ahead, by number.
        collections: debits of insurers, by their own reference.
        debits: those of each file, by the name of its group.
    """

    transfers: Mapping[str, KnownTransfer] = field(default_factory=dict[str, KnownTransfer])
    settlements: Mapping[str, list[KnownTransfer]] = field(
        default_factory=dict[str, list[KnownTransfer]]
    )
    calls: dict[tuple[str, str], Call] = field(default_factory=dict[tuple[str, str], Call])
    deposits: Mapping[str, str] = field(default_factory=dict[str, str])
    collections: Mapping[str, KnownCollection] = field(
        default_factory=dict[str, KnownCollection]
    )
    debits: Mapping[str, list[KnownCollection]] = field(
        default_factory=dict[str, list[KnownCollection]]
    )


@dataclass(frozen=True, slots=True)
class Disposed:
    """What was found of a movement.

    Args:
        target: the transfer, the settlement, or the insurer and the settlement of a call (none, for what is paid in
            ahead), that it is about; in suspense what it may be about.
        transfers: those whose state it moves.
        collections: the debits of insurers whose state it moves.
    """

    disposition: Disposition
    rule: str
    target: str = ""
    transfers: tuple[KnownTransfer, ...] = ()
    collections: tuple[KnownCollection, ...] = ()


def dispose(movement: Movement, known: Known) -> Disposed:
    """Return what a movement is, and move on the state of the transfers that it is about."""
    if _is_charge(movement, known):
        return Disposed(Disposition.CHARGES, "bank-charges")
    if movement.end_to_end in known.transfers:
        return _of_transfer(movement, known.transfers[movement.end_to_end])
    if movement.batch in known.settlements and not movement.end_to_end:
        return _of_batch(movement, known.settlements[movement.batch])
    if movement.end_to_end in known.collections:
        return _of_collection(movement, known.collections[movement.end_to_end], known)
    if movement.batch in known.debits and not movement.end_to_end:
        return _of_debits(movement, known.debits[movement.batch], known)
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
        transfer.state = OrderState.BOOKED
        return Disposed(Disposition.BOOKED, "end-to-end", transfer.transfer_id, (transfer,))
    if transfer.state is not OrderState.BOOKED:
        return Disposed(
            Disposition.SUSPENSE, f"credited-when-{transfer.state}", transfer.transfer_id
        )
    if transfer.is_debit_waiting:
        # It undoes that debit, or the first: which of them, a person says.
        return Disposed(Disposition.SUSPENSE, UNDOES_A_DEBIT, transfer.transfer_id)
    transfer.state = OrderState.RETURNED
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
        one.state = OrderState.BOOKED
    return Disposed(Disposition.BOOKED, "batch", settlement, waiting)


def _of_collection(movement: Movement, one: KnownCollection, known: Known) -> Disposed:
    cents = movement.amount.cents
    if abs(cents) != one.cents:
        one.is_credit_waiting |= cents > 0
        return Disposed(Disposition.SUSPENSE, "amount-differs", one.collection_id)
    target = f"{one.insurer_id}/{one.settlement_id}"
    if cents > 0 and one.state in OPEN:
        one.state = OrderState.BOOKED
        one.is_ahead = not _pay_call(known, one.settlement_id, one.insurer_id)
        return Disposed(Disposition.CALLED, COLLECTED, target, collections=(one,))
    if cents < 0 and one.state is OrderState.BOOKED and not one.is_credit_waiting:
        one.state = OrderState.RETURNED
        return Disposed(Disposition.UNCALLED, COLLECTED, target, collections=(one,))
    one.is_credit_waiting |= cents > 0
    if cents < 0 and one.state is OrderState.BOOKED:
        # It undoes that credit, or the first: which of them, a person says.
        return Disposed(Disposition.SUSPENSE, UNDOES_A_CREDIT, one.collection_id)
    moved = "credited" if cents > 0 else "debited"
    return Disposed(Disposition.SUSPENSE, f"{moved}-when-{one.state}", one.collection_id)


def _of_debits(
    movement: Movement, collections: list[KnownCollection], known: Known
) -> Disposed:
    """A credit of a whole group of debits: what of it was not rejected before, and none of it booked one by one."""
    waiting = tuple(one for one in collections if one.state in OPEN)
    if not waiting or movement.amount.cents != sum(one.cents for one in waiting):
        return Disposed(Disposition.SUSPENSE, "batch-differs", movement.batch)
    for one in waiting:
        one.state = OrderState.BOOKED
        one.is_ahead = not _pay_call(known, one.settlement_id, one.insurer_id)
    return Disposed(Disposition.CALLED, COLLECTED, movement.batch, collections=waiting)


def _of_call(movement: Movement, known: Known) -> Disposed:
    told, cents = _told(movement), movement.amount.cents
    by_hand = [
        (settlement, number)
        for settlement in _SETTLEMENT.findall(told)
        for number in _NUMBER.findall(told)
    ]
    for settlement, number in [*named_calls(told), *by_hand]:
        call = known.calls.get((settlement, number))
        if call is not None and call.cents == cents:
            _pay_call(known, settlement, call.insurer_id)
            return Disposed(Disposition.CALLED, "call", f"{call.insurer_id}/{settlement}")
    ahead = {known.deposits[one] for one in named_deposits(told) if one in known.deposits}
    if len(ahead) == 1:
        return Disposed(Disposition.CALLED, "paid-ahead", f"{ahead.pop()}/")
    return Disposed(Disposition.SUSPENSE, "unknown-reference")


def _pay_call(known: Known, settlement: str, insurer_id: str) -> bool:
    """Note that a call is paid, whichever number of its insurer is named; False where it was paid already."""
    named = [
        key
        for key, one in known.calls.items()
        if key[0] == settlement and one.insurer_id == insurer_id
    ]
    for key in named:
        del known.calls[key]
    return bool(named)


def named_settlements(movement: Movement) -> set[str]:
    """Return the settlements that a movement may be about."""
    told = _told(movement)
    by_reference = {settlement for settlement, _ in named_calls(told)}
    # A group of debits is called after its settlement.
    by_group = _SETTLEMENT.findall(movement.batch)
    return {*_SETTLEMENT.findall(told), *by_reference, *by_group, movement.batch} - {""}


def named_payers(movement: Movement) -> set[str]:
    """Return the numbers of the insurers that a movement says pay in ahead."""
    return set(named_deposits(_told(movement)))


def _told(movement: Movement) -> str:
    """Return where whoever pays a call may have written its number: the text, or its own reference."""
    return f"{movement.said} {movement.end_to_end}"
