"""The test bench of a vendor: named persons and establishments, one for each outcome, the same on every day.

Two insurers of its own, one of them stopped; an establishment of each profession, and pharmacies in trouble. Numbers,
cards and keys never change, so that a vendor's own tests are repeatable.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import msgspec

from egide.drills.france import PLAN, Cast, France, Person, Shop, make_france
from egide.members.record import FORMAT

SEED: Final = 1_804
ABOVE_CENTS: Final = 60_000  # what the insurer's desk answers itself
_MADE_ON: Final = date(2026, 1, 1)
_INSURERS: Final = (
    ("900000001", "Mutuelle d'essai", 9),
    ("900000002", "Mutuelle à l'arrêt", 1),
)
_ADULT: Final = range(30, 60)
# What an establishment of each profession bills: an act that needs nothing else said.
_ACTS: Final[dict[str, tuple[str, int]]] = {
    "pharmacy": ("grouping:PH7", 1_240),
    "doctor": ("ngap:G", 3_000),
    "auxiliary": ("ngap:AMI4", 1_260),
    "dentist": ("ccam:HBJD001", 2_892),
    "optician": ("grouping:M03", 12_000),
    "laboratory": ("nabm:1104", 650),
    "audiologist": ("lpp:2351057", 95_000),
    "hospital": ("grouping:FJ", 2_300),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One line of the bench.

    Args:
        establishment: name of the one that asks.
        who: whom, as the client's commands take it.
        command: the client's command: ``rights``, ``invoice``, ``preauth``.
        items: what is billed, where it is; the same command with another number answers the same.
        outcome: what is answered: ``shown`` or ``not-shown``, or the ClaimResponse's ``outcome``.
        control: the code of its ``error``; empty for none.
        rule: one that its reckoning has; empty for none in particular.
    """

    name: str
    establishment: str
    who: dict[str, Any]
    command: str
    items: list[dict[str, Any]]
    outcome: str
    control: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """The bench: its country, who plays what in it, and what comes of it."""

    france: France
    shops: dict[str, Shop]
    persons: dict[str, Person]
    outcomes: list[Outcome]

    @property
    def stopped_amc(self) -> str:
        """Return the number of the insurer that is stopped."""
        return self.france.insurers[1]

    def directory(self) -> Iterator[bytes]:
        """Yield the lines of the directory, with the terms of the insurer that runs."""
        insurer = ""
        new = {str(self.shops["pharmacy-new"].establishment_id)}
        for line in self.france.directory:
            row = msgspec.json.decode(line)
            if row["kind"] == "insurer" and not insurer:
                insurer = row["id"]
            if row["kind"] == "establishment" and row["id"] in new:
                row["proved"] = False
            yield msgspec.json.encode(row)
        days = {"valid_days": 60, "tolerance_days": 15, "answer_days": 5, "piece_days": 30}
        terms = {"kind": "terms", "insurer": insurer, "since": "2026-01-01"}
        yield msgspec.json.encode(terms | days | {"above_cents": ABOVE_CENTS})

    def members(self, amc: str) -> Iterator[bytes]:
        """Yield the lines of an insurer's file: everybody covered for ever, but who has left."""
        yield msgspec.json.encode({"format": FORMAT})
        left = self.persons["left"].reference
        for person in self.france.persons:
            if person.amc != amc:
                continue
            row = msgspec.json.decode(person.record)
            row["covers"] = [{"from": "2020-01-01", "plan": PLAN}]
            if (amc, person.reference) == (self.france.insurers[0], left):
                row["covers"] = [{"from": "2020-01-01", "to": "2025-12-31", "plan": PLAN}]
            yield msgspec.json.encode(row)


def make_sandbox() -> Sandbox:
    """Make the bench: the same one each time."""
    cast = Cast(insurers=_INSURERS, vendors=(("Essai", "Comptoir", "1.0"),))
    france = make_france(SEED, today=_MADE_ON, persons=60, shops=8, cast=cast)
    shops = {shop.profession: shop for shop in reversed(france.shops)}
    troubled = [shop for shop in france.shops if shop.profession == "pharmacy"][1:]
    shops |= dict(zip(("pharmacy-new", "pharmacy-card-only"), troubled, strict=False))
    mine, stopped = (
        [one for one in france.persons if one.amc == amc and one.card and one.age in _ADULT]
        for amc in france.insurers
    )
    names = ("covered", "by-numbers", "left", "card-lost", "glasses-bought", "never-met")
    persons = dict(zip(names, mine, strict=False)) | {"insurer-stopped": stopped[0]}
    # Ten more who are covered, for invoices of one's own.
    persons |= {
        f"covered-{number}": one for number, one in enumerate(mine[len(names) :][:9], 2)
    }
    persons["nobody"] = replace(persons["covered"], card="0" * 25 + "8", reference="")
    return Sandbox(
        france=france, shops=shops, persons=persons, outcomes=list(_outcomes(persons))
    )


def _outcomes(persons: dict[str, Person]) -> Iterator[Outcome]:
    def line(
        name: str, establishment: str, who: dict[str, Any], command: str, outcome: str
    ) -> Outcome:
        profession = establishment.partition("-")[0]
        items = [_item(profession)] if command != "rights" else []
        return Outcome(
            name=name,
            establishment=establishment,
            who=who,
            command=command,
            items=items,
            outcome=outcome,
        )

    covered = _card(persons["covered"])
    for profession in _ACTS:
        yield line("covered", profession, covered, "rights", "shown")
        yield line("invoice accepted", profession, covered, "invoice", "complete")
    numbers = _numbers(persons["by-numbers"])
    yield line("typed numbers", "pharmacy", numbers, "rights", "shown")
    for name in ("left", "card-lost", "insurer-stopped", "nobody"):
        yield line(name, "pharmacy", _card(persons[name]), "rights", "not-shown")
    for shop, name in (
        ("pharmacy-new", "budget spent"),
        ("pharmacy-card-only", "establishment on cards only"),
    ):
        yield line(name, shop, _numbers(persons["never-met"]), "rights", "not-shown")
        yield line(f"{name}, by card", shop, _card(persons["never-met"]), "rights", "shown")
    renewed = _card(persons["glasses-bought"])
    limit = line("limit reached", "optician", renewed, "invoice", "complete")
    yield replace(limit, rule="limit")
    asks = _card(persons["covered-2"])
    yield line("prise en charge granted", "optician", asks, "preauth", "complete")
    unknown = line("act unknown", "doctor", covered, "invoice", "error")
    yield replace(unknown, control="A01", items=[{"act": "ngap:ZZZ9", "cents": 3_000}])
    dear = line("the insurer's desk answers", "audiologist", covered, "preauth", "queued")
    yield replace(dear, items=[dear.items[0] | {"side": "left"}])


def _item(profession: str) -> dict[str, Any]:
    act, cents = _ACTS[profession]
    said: dict[str, Any] = {"act": act, "cents": cents}
    if profession == "hospital":
        said |= {"stay": "ESSAI"}
    return said | {"side": "right"} if profession == "audiologist" else said


def _card(person: Person) -> dict[str, Any]:
    return {"card": person.card}


def _numbers(person: Person) -> dict[str, Any]:
    return {
        "amc": person.amc,
        "member": person.member,
        "birth": person.birth,
        "rank": person.rank,
    }
