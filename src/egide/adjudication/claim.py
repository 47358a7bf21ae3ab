"""A claim as submitted, and as decided: an invoice, a demand of prise en charge, a quote."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from egide.access import Pass
from egide.core.ids import ClaimId, EntryId
from egide.core.working_days import working_days_after
from egide.edge import fhir
from egide.nomenclature import BilledLine
from egide.rights import Basis, Located, Purpose


class ClaimUse(StrEnum):
    """What a Claim is (FHIR Claim.use)."""

    CLAIM = "claim"
    PREAUTHORIZATION = "preauthorization"
    PREDETERMINATION = "predetermination"

    @property
    def numbers(self) -> str:
        """Return the system of the establishment's own numbers of such."""
        return fhir.INVOICE if self is ClaimUse.CLAIM else fhir.PREAUTH_REQUEST


_PURPOSES: Final = {
    ClaimUse.CLAIM: Purpose.CLAIM,
    ClaimUse.PREAUTHORIZATION: Purpose.PREAUTH,
    ClaimUse.PREDETERMINATION: Purpose.QUOTE,
}
PAID_WITHIN_WORKING_DAYS = 4  # the delay that the conventions of the field promise at most


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmittedClaim:
    """A claim whose shape has been checked; its person is named, not yet looked up.

    Args:
        number: the establishment's own, of its invoice or of its demand.
        replaces: the establishment's number of the one that it stands in place of; empty for none.
        use: what it is: an invoice, a demand, a quote.
        kind: its type, of HL7's claim types, as it says it.
    """

    claim_id: ClaimId
    entry_id: EntryId
    admitted: Pass
    number: str
    located: Located
    lines: tuple[BilledLine, ...]
    received_at: datetime
    replaces: str = ""
    use: ClaimUse = ClaimUse.CLAIM
    kind: str = "professional"

    @property
    def key(self) -> tuple[UUID, str]:
        """Return the natural key: establishment and its number."""
        return self.admitted.caller.establishment_id, self.number

    @property
    def numbers(self) -> tuple[int, ...]:
        """Return the number of each line: its software's own, or its place from 1."""
        return tuple(line.sequence or at for at, line in enumerate(self.lines, start=1))

    @property
    def purpose(self) -> Purpose:
        """Return why the gate is asked."""
        return _PURPOSES[self.use]

    @property
    def flow(self) -> str:
        """Return what it is contained by (GATE, section 6)."""
        return "claim" if self.use is ClaimUse.CLAIM else "preauth"

    @property
    def expense_cents(self) -> int:
        """Return what it bills."""
        return sum(line.expense.cents for line in self.lines)

    @property
    def care_on(self) -> date:
        """Return the day on which the rights are asked: that of the last act."""
        return max(line.care_on for line in self.lines)

    @property
    def engagement(self) -> UUID:
        """Return the number of the engagement that guarantees it: the one quoted, or its own entry."""
        is_quoted = self.located.basis is Basis.ENGAGEMENT
        return self.located.address if is_quoted else self.entry_id

    @property
    def question(self) -> UUID:
        """Return the number under which its insurer is asked about it: the same whenever it is sent again."""
        return question_number(self.key, self.use, self.content_hash())

    def content_hash(self) -> bytes:
        """Return what tells two contents of one number apart: person, lines and what it replaces, not the layout."""
        basis, address = self.located.basis.value, self.located.address
        text = f"{basis}\0{address}\0".encode() + _lines_text(self.lines)
        if self.located.amc is not None:
            text += f"\nasked of {self.located.amc}".encode()
        if self.replaces:
            text += f"\nreplaces {self.replaces}".encode()
        if self.use is not ClaimUse.CLAIM:
            text += f"\nuse {self.use}".encode()
        if self.numbers != tuple(range(1, len(self.lines) + 1)):
            # The answer bears them.
            text += f"\nnumbered {self.numbers}".encode()
        return hashlib.sha256(text).digest()

    def care_hash(self, person: UUID) -> bytes:
        """Return what tells two treatments apart: the person found, and the lines in any order."""
        return hashlib.sha256(person.bytes + _lines_text(self.lines, in_order=False)).digest()


def question_number(key: tuple[UUID, str], use: ClaimUse, content: bytes) -> UUID:
    """Return the number under which an insurer is asked about a claim of that number and that content."""
    establishment, number = key
    text = establishment.bytes + f"{use}\0{number}\0".encode() + content
    return UUID(bytes=hashlib.sha256(text).digest()[:16])


def act_hash(person: UUID, line: BilledLine) -> UUID:
    """Return what tells two acts of a person apart: code, day, quantity, price, side."""
    text = f"{line.system}\0{line.code}\0{line.care_on}\0{line.quantity}\0{line.expense.cents}\0{line.side}"
    if line.performer or line.stay:
        text += f"\0{line.performer}\0{line.stay}"
    return UUID(bytes=hashlib.sha256(person.bytes + text.encode()).digest()[:16])


def _lines_text(lines: tuple[BilledLine, ...], *, in_order: bool = True) -> bytes:
    rows = [
        msgspec.json.encode(
            (
                line.system,
                line.code,
                line.care_on,
                line.quantity,
                line.expense.cents,
                line.side,
                sorted(line.situation),
                *_rarely_said(line),
            )
        )
        for line in lines
    ]
    return b"\n".join(rows if in_order else sorted(rows))


def _rarely_said(line: BilledLine) -> tuple[int | str, ...]:
    if line.base is None and not (line.performer or line.stay):
        return ()
    return (-1 if line.base is None else line.base.cents, line.performer, line.stay)


def due_day(received: date) -> date:
    """Return the day by which an accepted claim is to be paid: four working days later."""
    return working_days_after(received, PAID_WITHIN_WORKING_DAYS)
