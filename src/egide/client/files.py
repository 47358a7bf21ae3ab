"""What the commands read: a question, an invoice, a demand, in a JSON that a person writes by hand."""

from datetime import date
from typing import Any

import msgspec

from egide.client import messages


class Who(msgspec.Struct, forbid_unknown_fields=True):
    """A person: its card, or what the card prints, or its NIR; or an engagement given before."""

    card: str = ""
    amc: str = ""
    member: str = ""
    birth: str = ""
    rank: int = 1
    nir: str = ""
    engagement: str = ""

    def named(self) -> dict[str, Any]:
        """Return who a message is about, by the first of these that is said."""
        if self.engagement:
            return messages.by_engagement(self.engagement)
        if self.card:
            return messages.by_card(self.card)
        if self.nir:
            return messages.by_nir(self.nir, self.birth)
        return messages.by_numbers(
            amc=self.amc, member=self.member, birth=self.birth, rank=self.rank
        )


class Item(msgspec.Struct, forbid_unknown_fields=True):
    """A line: an act (``system:code``) and its price in cents, on the invoice's day where it says none."""

    act: str
    cents: int
    on: date | None = None
    quantity: int = 1
    side: str = ""
    situation: list[str] = []
    base: int | None = None
    stay: str = ""
    performer: str = ""


class Question(msgspec.Struct, forbid_unknown_fields=True):
    """Whose rights, on which day: today where it says none."""

    who: Who
    on: date | None = None


class Invoice(msgspec.Struct, forbid_unknown_fields=True):
    """An invoice by one's own number, and the number of the one that it replaces."""

    who: Who
    invoice: str
    items: list[Item]
    on: date | None = None
    replaces: str = ""


class Demand(msgspec.Struct, forbid_unknown_fields=True):
    """A demand of prise en charge or a quote by one's own number, and the number of the one that it extends."""

    who: Who
    request: str
    items: list[Item]
    extends: str = ""


def items_of(items: list[Item], day: date) -> list[dict[str, Any]]:
    """Return the lines of a message, each of its own day or of this one."""
    return [
        messages.saying_more(
            messages.item(
                number,
                one.act,
                one.cents,
                (one.on or day).isoformat(),
                quantity=one.quantity,
                side=one.side,
            ),
            situation=one.situation,
            base=one.base,
            stay=one.stay,
            performer=one.performer,
        )
        for number, one in enumerate(items, 1)
    ]
