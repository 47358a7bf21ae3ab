"""What is asked of the gate, and what it answers."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from egide.core.ids import EntryId, EstablishmentId, InsurerId, PersonId


class Basis(StrEnum):
    """On what ground a person is named."""

    PRESENCE = "P"  # the card's 128 random bits
    TYPED = "U"  # numbers typed: charged, hit or miss
    ENGAGEMENT = "E"  # an engagement this establishment received


class Purpose(StrEnum):
    """Why the question is asked."""

    RIGHTS = "rights"
    CLAIM = "claim"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question about one person on one day.

    Args:
        entry_id: number of the access-log entry, and of the engagement if the answer is yes.
        proof: the call's single-use proof.
        address: where the person is looked up; for an engagement, its number.
    """

    entry_id: EntryId
    establishment_id: EstablishmentId
    software_id: UUID
    proof: UUID
    purpose: Purpose
    basis: Basis
    address: UUID
    care_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A shown cover.

    Args:
        end_on: the first day no longer covered.
        birth_year: given to claims only, where a price may hang on the age.
    """

    person_id: PersonId
    insurer_id: InsurerId
    plan_code: str
    start_on: date
    end_on: date | None
    birth_year: int | None = None
