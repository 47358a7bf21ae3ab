"""What is asked of the gate, and what it answers."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from egide.core.ids import EntryId, EstablishmentId, InsurerId, PersonId
from egide.core.refusal import Refusal, RefusalCode


class Basis(StrEnum):
    """On what ground a person is named."""

    PRESENCE = "P"  # the card's 128 random bits
    APP = "A"  # a code of the person's own page: this establishment, sixty seconds, once
    RELATION = "H"  # the alias of a person this establishment met before; a bucket of its own
    TYPED = "U"  # numbers typed: charged, hit or miss
    ENGAGEMENT = "E"  # an engagement this establishment received

    @property
    def is_unproved(self) -> bool:
        """Tell whether it meets a budget: nobody has shown a card, a code or an answer of ours."""
        return self in {Basis.TYPED, Basis.RELATION}


class Purpose(StrEnum):
    """Why the question is asked."""

    RIGHTS = "rights"
    CLAIM = "claim"
    PREAUTH = "preauth"  # a prise en charge
    QUOTE = "quote"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question about one person on one day.

    Args:
        entry_id: number of the access-log entry, and of the engagement if the answer is yes.
        proof: the call's single-use proof.
        address: where the person is looked up; for an engagement or a relation, its number.
        amc: number of the insurer asked, beside a NIR; None for the only one that covers.
        key: thumbprint of the key that asks.
        method: how it proved itself, ``dpop`` or ``mtls``.
    """

    entry_id: EntryId
    establishment_id: EstablishmentId
    software_id: UUID
    proof: UUID
    purpose: Purpose
    basis: Basis
    address: UUID
    care_on: date
    key: str = ""
    method: str = "dpop"
    amc: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A shown cover.

    Args:
        end_on: the first day no longer covered.
        birth_year: given to claims only, where a price may hang on the age.
        contract_id: given to claims only, for what a family's limits share.
        elsewhere: given to claims only, the pseudonyms of the same person with other insurers.
        alias: by which this establishment may ask again about a person it met; None before.
    """

    person_id: PersonId
    insurer_id: InsurerId
    plan_code: str
    start_on: date
    end_on: date | None
    birth_year: int | None = None
    alias: UUID | None = None
    contract_id: UUID | None = None
    elsewhere: tuple[PersonId, ...] = ()


def within_two_years(day: date, today: date, where: str) -> date:
    """Return a day of care that is neither to come nor too old to be claimed.

    Two years are counted from the first day of the quarter after that of the care: what was given on 2 October 2024
    may be claimed until 31 December 2026.

    Source: CSS art. L332-1, first paragraph.
    """
    if day > today:
        raise Refusal(RefusalCode.CARE_DATE_FUTURE, where=where)
    quarter = (
        day.month - 1
    ) // 3 + 1  # the next one's number, from 0: 4 is the next year's first
    if today >= date(day.year + 2 + quarter // 4, quarter % 4 * 3 + 1, 1):
        raise Refusal(RefusalCode.CARE_DATE_TOO_OLD, where=where)
    return day
