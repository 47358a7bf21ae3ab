"""How a person of the synthetic France shows who it is at a counter."""

from typing import Any

from egide.client import messages
from egide.drills.france import Person


def by_card(person: Person) -> dict[str, Any]:
    """Return the insurance element that shows a person's card."""
    return messages.by_card(person.card)


def by_numbers(person: Person) -> dict[str, Any]:
    """Return the elements that name a person by what its card prints."""
    return messages.by_numbers(
        amc=person.amc, member=person.member, birth=person.birth, rank=person.rank
    )
