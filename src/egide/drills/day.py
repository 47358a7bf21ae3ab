"""One working day: the simulated software asks rights and submits claims over HTTP."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from egide.client.messages import (
    CLAIM_PATH,
    RIGHTS_PATH,
    by_engagement,
    cancelled,
    claim,
    in_stay,
    item,
    preauthorization,
    rights_question,
)
from egide.doubles.software import Software
from egide.doubles.wire import Wire
from egide.drills.france import France, Person, Shop
from egide.drills.shows import by_card, by_numbers

_ADULT = 18
_ADULT_AUDIO = 21
_ASKS_FIRST = frozenset({"optician", "audiologist", "dentist", "hospital"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPlan:
    """How a day is played.

    Args:
        visits: persons at a counter; each is a question and, if covered, mostly a claim.
        typed: share of visits where the card is not there and its numbers are typed.
        clock: the instant of each call.
    """

    host: str
    port: int
    origin: str
    seed: int
    visits: int
    at_once: int
    typed: float
    clock: Callable[[], datetime]


@dataclass(slots=True)
class DayReport:
    """What the counters saw.

    Args:
        served: an adult of whom an invoice was accepted, after a prise en charge.
    """

    questions: int = 0
    shown: int = 0
    not_shown: int = 0
    claims: int = 0
    accepted: int = 0
    rejected: int = 0
    refused: int = 0
    replayed: int = 0
    preauths: int = 0
    granted: int = 0
    pended: int = 0
    withdrawn: int = 0
    corrected: int = 0
    cancelled: int = 0
    expense_cents: int = 0
    amc_cents: int = 0
    patient_cents: int = 0
    latencies: list[float] = field(default_factory=list[float])
    errors: list[str] = field(default_factory=list[str])
    served: Person | None = None


async def play_day(france: France, plan: DayPlan) -> DayReport:
    """Play a day's visits, ``at_once`` of them at a time, and report."""
    rng = random.Random(plan.seed)
    report = DayReport()
    softwares = {
        shop.establishment_id: Software(
            origin=plan.origin,
            establishment_id=shop.establishment_id,
            key=shop.key,
            jwk=shop.jwk,
        )
        for shop in france.shops
    }
    visits = iter(range(plan.visits))
    day = plan.clock().date().isoformat()

    async def counter() -> None:
        wire = Wire(plan.host, plan.port)
        for number in visits:
            shop = rng.choice(france.shops)
            person = rng.choice(france.persons)
            visit = _Visit(plan, report, wire, softwares[shop.establishment_id], day)
            await visit.play(rng, shop, person, number)
        wire.close()

    await asyncio.gather(*(counter() for _ in range(plan.at_once)))
    return report


@dataclass(slots=True)
class _Visit:
    plan: DayPlan
    report: DayReport
    wire: Wire
    software: Software
    day: str

    async def call(self, path: str, body: bytes) -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        await self.software.ready(self.wire, self.plan.clock())
        started = loop.time()
        reply = await self.software.call(self.wire, "POST", path, self.plan.clock(), body)
        self.report.latencies.append(loop.time() - started)
        if reply.status >= 500:
            self.report.errors.append(f"{path} {reply.status}")
        return msgspec.json.decode(reply.body)

    async def play(self, rng: random.Random, shop: Shop, person: Person, number: int) -> None:
        is_typed = not person.card or rng.random() < self.plan.typed
        named = by_numbers(person) if is_typed else by_card(person)
        answer = await self.call(RIGHTS_PATH, rights_question(named, self.day))
        self.report.questions += 1
        engagement = answer.get("preAuthRef")
        if engagement is None:
            self.report.not_shown += 1
            return
        self.report.shown += 1
        items = _care(rng, shop.profession, person, self.day)
        if not items or rng.random() < 0.05:
            return
        if shop.profession in _ASKS_FIRST:
            engagement = await self._ask_first(rng, engagement, number, items)
            if engagement is None:
                return
        invoice = f"F{number:07d}"
        body = claim(by_engagement(engagement), invoice, self.day, items)
        decided = await self.call(CLAIM_PATH, body)
        self._count(decided)
        if rng.random() < 0.02:
            again = await self.call(CLAIM_PATH, body)
            self.report.replayed += again == decided
        if decided.get("outcome") == "complete":
            if shop.profession in _ASKS_FIRST and person.age >= _ADULT:
                self.report.served = self.report.served or person
            await self._mend(rng, body, decided)

    async def _ask_first(
        self, rng: random.Random, engagement: str, number: int, items: list[dict[str, Any]]
    ) -> str | None:
        """Ask for a prise en charge; return its number if it is granted and the person takes it."""
        request = f"D{number:07d}"
        asked = preauthorization(by_engagement(engagement), request, self.day, items)
        answer = await self.call(CLAIM_PATH, asked)
        self.report.preauths += 1
        self.report.pended += answer.get("outcome") == "queued"
        granted = answer.get("preAuthRef")
        if granted is None:
            return None
        self.report.granted += 1
        if rng.random() < 0.1:
            await self.call(CLAIM_PATH, cancelled(request, self.day, use="preauthorization"))
            self.report.withdrawn += 1
            return None
        return str(granted)

    async def _mend(self, rng: random.Random, body: bytes, decided: dict[str, Any]) -> None:
        """Correct a few invoices, a euro cheaper, and cancel a few."""
        chance = rng.random()
        sent: dict[str, Any] = msgspec.json.decode(body)
        invoice = sent["identifier"][0]["value"]
        if chance < 0.01:
            ended = await self.call(CLAIM_PATH, cancelled(invoice, self.day))
            if ended.get("status") == "cancelled":
                self.report.cancelled += 1
                self._book(decided, -1)
        elif chance < 0.02:
            items = sent["item"]
            price = items[0]["net"]["value"]
            items[0]["net"]["value"] = max(price - 1, 1)
            named = {"insurance": sent["insurance"]}
            again = claim(named, f"{invoice}-R", self.day, items, replaces=invoice)
            corrected = await self.call(CLAIM_PATH, again)
            if corrected.get("outcome") == "complete":
                self.report.corrected += 1
                self._book(decided, -1)
                self._book(corrected, 1)

    def _count(self, decided: dict[str, Any]) -> None:
        report = self.report
        report.claims += 1
        if decided["resourceType"] != "ClaimResponse":
            report.refused += 1
        elif decided["outcome"] != "complete":
            report.rejected += 1
        else:
            report.accepted += 1
            self._book(decided, 1)

    def _book(self, decided: dict[str, Any], sign: int) -> None:
        sums = {
            row["category"]["coding"][-1]["code"]: round(row["amount"]["value"] * 100)
            for row in decided["total"]
        }
        self.report.expense_cents += sign * sums["submitted"]
        self.report.amc_cents += sign * sums["amc"]
        self.report.patient_cents += sign * sums["patient"]


def _care(
    rng: random.Random, profession: str, person: Person, day: str
) -> list[dict[str, Any]]:
    match profession:
        case "pharmacy":
            boxes = rng.randint(1, 5)
            kinds = rng.choices(("PH7", "PH4", "PH2"), (70, 22, 8), k=boxes)
            return [
                item(n, f"grouping:{kind}", rng.randint(180, 4200), day)
                for n, kind in enumerate(kinds, 1)
            ]
        case "doctor":
            is_general = rng.random() < 0.7
            price = 3000 if is_general else rng.choice((2650, 4000, 5500))
            return [item(1, "ngap:G" if is_general else "ngap:CS+MPC", price, day)]
        case "laboratory":
            tests = rng.sample(
                (("1104", 650), ("1208", 625), ("0552", 125), ("0593", 175)), rng.randint(1, 4)
            )
            return [
                item(n, f"nabm:{code}", cents, day) for n, (code, cents) in enumerate(tests, 1)
            ]
        case "auxiliary":
            return [item(1, rng.choice(("ngap:AMI4", "ngap:AMK8")), 1720, day)]
        case "dentist":
            crown = rng.choice(
                (
                    ("ccam:HBLD634", 49_000),
                    ("ccam:HBLD491", 54_000),
                    ("grouping:PFC", 72_000),
                    ("ccam:HBJD001", 2892),
                )
            )
            return [item(1, crown[0], crown[1], day)]
        case "optician":
            lens = rng.choice(("VU1", "VU4", "VM2", "VM5"))
            lenses = item(2, f"grouping:{lens}", rng.randint(8000, 50_000), day, quantity=2)
            return [item(1, "grouping:M03", rng.randint(6000, 18_000), day), lenses]
        case "hospital":
            nights, cents = rng.randint(1, 5), rng.randint(400, 3000) * 100
            stay = f"S{rng.randrange(10**8)}"
            charge = item(2, "grouping:FJ", 2300 * nights, day, quantity=nights)
            room = item(3, "grouping:SHO", 6000 * nights, day, quantity=nights)
            return [
                in_stay(item(1, "grouping:GHS", cents, day), stay, cents),
                in_stay(charge, stay),
                in_stay(room, stay),
            ]
        case _:
            if person.age < _ADULT_AUDIO:
                return []
            side, code = rng.choice((("right", "lpp:2351057"), ("left", "lpp:2341840")))
            return [item(1, code, 95_000 if code.endswith("7") else 165_000, day, side=side)]
