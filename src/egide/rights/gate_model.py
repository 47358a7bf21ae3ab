"""The gate in plain Python, to read at one sitting and to hold the database's functions against.

It says what GATE's rules say, one question after another, with no lock and no table. A test plays the same batches
to both and compares every answer and every counter.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

DAY: Final = timedelta(hours=24)
WINDOW: Final = timedelta(days=30)
SHORTEST_MONTH, LONGEST_MONTH = 60, 300
STREAK: Final = 8
_MISSES: Final = frozenset({"unknown", "not-covered", "ambiguous", "over-pace"})
STALE: Final = timedelta(days=10)
MEMORY: Final = timedelta(days=180)
STALE_AT_LEAST: Final = 12
KNOWN_AT_LEAST: Final = 40
KNOWN_SINCE: Final = timedelta(days=10)
SLOWEST_PACE: Final = 6


class Cover(NamedTuple):
    """What one person has at one insurer; the canaries are persons who do not exist."""

    person: str
    insurer: str
    start_on: date
    end_on: date | None
    is_canary: bool = False


class Asked(NamedTuple):
    """One question: on its basis, ``address`` is a card, typed numbers, an alias, a page's code or an engagement."""

    house: str
    basis: str
    address: str
    care_on: date
    proof: str
    entry: str


class Debt(NamedTuple):
    """A typed question that nothing explains yet.

    Args:
        at: when it was last asked; ``first``, when first.
        person: who that is, once it was shown, or held.
        is_unmet: whether the house had never met whom it asked about.
        is_held: whether the pace let nothing be shown.
    """

    at: datetime
    first: datetime
    person: str | None
    is_unmet: bool
    is_held: bool


@dataclass(slots=True)
class House:
    """What the gate keeps of an establishment."""

    is_proved: bool
    month_limit: int
    adapted_in: int | None = None
    misses: int = 0
    card_only_until: datetime | None = None
    is_off: bool = False
    pace: int | None = None
    paced_on: date | None = None
    debts: dict[str, Debt] = field(default_factory=dict[str, Debt])
    relations_asked: dict[str, datetime] = field(default_factory=dict[str, datetime])
    # whom it met, by a card or a settled claim, and since when
    met: dict[str, datetime] = field(default_factory=dict[str, datetime])
    # by period and person: the day it was typed, if the house had not met it then
    explained: dict[tuple[int, str], date | None] = field(
        default_factory=dict[tuple[int, str], date | None]
    )
    engagements: dict[str, tuple[Cover, date]] = field(
        default_factory=dict[str, tuple[Cover, date]]
    )

    @property
    def day_limit(self) -> int:
        """Persons a day who may be asked about unproved."""
        return 100 if self.is_proved else 2


def newcomer() -> House:
    """Return a house that has not shown what it is."""
    return House(is_proved=False, month_limit=10)


def proved() -> House:
    """Return a house that has."""
    return House(is_proved=True, month_limit=SHORTEST_MONTH)


def period(at: datetime) -> int:
    """Return the thirty days that an instant is in."""
    return int(at.timestamp() // WINDOW.total_seconds())


@dataclass(slots=True)
class Model:
    """A gate.

    Args:
        cards, typed: what a card, or typed numbers, find.
        aliases: by house and alias, whom it met.
        codes: of persons' own pages: for which house, whom, until when.
    """

    houses: dict[str, House]
    cards: dict[str, list[Cover]]
    typed: dict[str, list[Cover]]
    revoked: set[str] = field(default_factory=set[str])
    aliases: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    codes: dict[str, tuple[str, str, datetime]] = field(
        default_factory=dict[str, tuple[str, str, datetime]]
    )
    proofs: set[str] = field(default_factory=set[str])

    def ask(self, batch: list[Asked], now: datetime) -> list[str]:
        """Answer a batch; return the outcome of each question, as the access log has it."""
        verdicts = [self._let_through(one, now) for one in batch]
        new: set[int] = set()
        # In the order the database takes its locks in: houses, then questions.
        for at in sorted(range(len(batch)), key=lambda index: (batch[index].house, index)):
            if verdicts[at] == "admitted" and batch[at].basis in "UH":
                verdicts[at] = self._charge(batch[at], now)
                if verdicts[at] == "new":
                    new.add(at)
                    verdicts[at] = "admitted"
        found = [
            self._look_up(one, now) if verdict == "admitted" else []
            for one, verdict in zip(batch, verdicts, strict=True)
        ]
        outcomes = [self._outcome(*one) for one in zip(batch, verdicts, found, strict=True)]
        self._after(batch, outcomes, found, new, now)
        return outcomes

    def _let_through(self, one: Asked, now: datetime) -> str:
        if one.proof in self.proofs:
            return "replayed"
        self.proofs.add(one.proof)
        house = self.houses.get(one.house)
        if house is None or house.is_off:
            return "suspended"
        contained = house.card_only_until is not None and now < house.card_only_until
        return "suspended" if contained and one.basis in "UH" else "admitted"

    def _charge(self, one: Asked, now: datetime) -> str:
        """Charge hit or miss alike; a person already in the window is not charged twice."""
        house = self.houses[one.house]
        if house.is_proved and house.adapted_in != period(now):
            self._adapt(house, now)
        if one.basis == "U" and (house.paced_on is None or house.paced_on < now.date()):
            house.pace, house.paced_on = self._pace(house, now), now.date()
        if one.basis == "H":
            asked, limits = house.relations_asked, (300, 3000)
        else:
            asked = {address: debt.at for address, debt in house.debts.items()}
            limits = (house.day_limit, house.month_limit)
        windows = [
            {address for address, at in asked.items() if at > now - width}
            for width in (DAY, WINDOW)
        ]
        was_held = one.basis == "U" and self._was_held(house, one.address, now)
        is_held = False
        if one.basis == "U" and (one.address not in windows[1] or was_held):
            if self._hides(house, now):
                return "over-budget"
            is_held = self._hurries(house, one, now)
        if any(
            one.address not in window and len(window) >= limit
            for window, limit in zip(windows, limits, strict=True)
        ):
            return "over-budget"
        if one.basis == "H":
            house.relations_asked[one.address] = now
        else:
            known = house.debts.get(one.address)
            who = {cover.person for cover in self.typed.get(one.address, [])}
            person = next(iter(who)) if is_held and len(who) == 1 else None
            house.debts[one.address] = Debt(
                at=now,
                first=known.first if known else now,
                person=person or (known.person if known else None),
                is_unmet=self._is_unmet(house, one.address),
                is_held=is_held,
            )
        if is_held:
            return "over-pace"
        return "admitted" if one.address in windows[1] and not was_held else "new"

    def _was_held(self, house: House, address: str, now: datetime) -> bool:
        known = house.debts.get(address)
        return known is not None and known.is_held and known.at > now - WINDOW

    def _is_unmet(self, house: House, address: str) -> bool:
        return not any(cover.person in house.met for cover in self.typed.get(address, []))

    def _hurries(self, house: House, one: Asked, now: datetime) -> bool:
        """Tell whether a person the house never met comes faster than such persons ever did."""
        if house.pace is None or not self._is_unmet(house, one.address):
            return False
        unmet = [debt.at for debt in house.debts.values() if debt.is_unmet and not debt.is_held]
        in_day = sum(at > now - DAY for at in unmet)
        return in_day >= house.pace or sum(at > now - WINDOW for at in unmet) >= 3 * house.pace

    def _pace(self, house: House, now: datetime) -> int | None:
        """Twice what was explained of its third busiest day, six at least; none before it knows forty persons."""
        if sum(since <= now - KNOWN_SINCE for since in house.met.values()) < KNOWN_AT_LEAST:
            return None
        days = Counter(
            day
            for (when, _), day in house.explained.items()
            if day is not None and when > period(now) - 6
        )
        busiest = sorted(days.values(), reverse=True)
        return max(SLOWEST_PACE, 2 * busiest[2] if len(busiest) > 2 else 0)

    def _hides(self, house: House, now: datetime) -> bool:
        """Tell whether a new person is refused because too many before it were never explained."""
        stale = sum(
            debt.first <= now - STALE and debt.at > now - MEMORY and not debt.is_held
            for debt in house.debts.values()
        )
        explained = sum(when > period(now) - 6 for when, _ in house.explained)
        return stale >= STALE_AT_LEAST and 2 * stale > explained

    def _adapt(self, house: House, now: datetime) -> None:
        """Grow once a period: half more than was ever explained in one, a tenth more at most, never above 300."""
        house.adapted_in = period(now)
        seen = Counter(when for when, _ in house.explained if when < period(now))
        wanted = min(LONGEST_MONTH, max(SHORTEST_MONTH, max(seen.values(), default=0) * 3 // 2))
        house.month_limit = max(SHORTEST_MONTH, min(wanted, house.month_limit * 11 // 10))

    def _look_up(self, one: Asked, now: datetime) -> list[Cover]:
        match one.basis:
            case "P":
                return self.cards.get(one.address, [])
            case "U":
                return self.typed.get(one.address, [])
            case "E":
                kept = self.houses[one.house].engagements.get(one.address)
                return [] if kept is None else [kept[0]]
            case "H":
                return self._of(self.aliases.get((one.house, one.address)))
            case _:
                house, person, until = self.codes.pop(one.address, ("", "", now))
                return self._of(person if house == one.house and now < until else None)

    def _of(self, person: str | None) -> list[Cover]:
        every = (cover for covers in self.typed.values() for cover in covers)
        return [*{cover for cover in every if cover.person == person}]

    def _outcome(self, one: Asked, verdict: str, found: list[Cover]) -> str:
        if verdict != "admitted":
            return verdict
        if not found:
            return "unknown"
        if any(cover.is_canary for cover in found):
            return "canary"
        if one.basis == "P" and one.address in self.revoked:
            return "revoked"
        on_day = [cover for cover in found if self.holds(one, cover)]
        if len(on_day) != 1:
            return "ambiguous" if on_day else "not-covered"
        return "shown"

    def holds(self, one: Asked, cover: Cover) -> bool:
        """Tell whether a cover is one on the day of care; an engagement's, for thirty days."""
        on_day = cover.start_on <= one.care_on and (
            cover.end_on is None or one.care_on < cover.end_on
        )
        if one.basis != "E":
            return on_day
        since = self.houses[one.house].engagements[one.address][1]
        return on_day and since <= one.care_on <= since + timedelta(days=30)

    def _after(
        self,
        batch: list[Asked],
        outcomes: list[str],
        found: list[list[Cover]],
        new: set[int],
        now: datetime,
    ) -> None:
        """Keep who was shown, explain who was met by a card, count misses, let facts block."""
        for one, outcome, covers in zip(batch, outcomes, found, strict=True):
            if outcome != "shown":
                continue
            house = self.houses[one.house]
            [cover] = [each for each in covers if self.holds(one, each)]
            if (
                one.basis != "E"
            ):  # an engagement is renewed by asking the cover again, never by itself
                house.engagements[one.entry] = cover, one.care_on
            if one.basis == "U":
                house.debts[one.address] = house.debts[one.address]._replace(
                    person=cover.person
                )
        for one, outcome, covers in zip(batch, outcomes, found, strict=True):
            if outcome == "shown" and one.basis in "PA":
                [cover] = [each for each in covers if self.holds(one, each)]
                self.houses[one.house].met.setdefault(cover.person, now)
                self.explain(one.house, cover.person)
        for name in {one.house for one in batch}:
            mine = [at for at in new if batch[at].house == name and batch[at].basis == "U"]
            mine += [
                at
                for at, one in enumerate(batch)
                if one.house == name
                and outcomes[at] == "over-pace"
                and len({cover.person for cover in self.typed.get(one.address, [])}) != 1
            ]
            self._count_misses(name, [outcomes[at] for at in mine], now)
        for one, outcome in zip(batch, outcomes, strict=True):
            is_refused = one.basis == "U" and outcome in {"over-pace", "over-budget"}
            if outcome == "canary" or (is_refused and self._is_canary(one.address)):
                self._block(one.house, now)

    def _is_canary(self, address: str) -> bool:
        return any(cover.is_canary for cover in self.typed.get(address, []))

    def _count_misses(self, name: str, outcomes: list[str], now: datetime) -> None:
        if not outcomes:
            return
        house = self.houses[name]
        misses = sum(one in _MISSES for one in outcomes)
        house.misses += misses
        if "shown" in outcomes:
            house.misses = 0
        elif house.misses >= STREAK and misses:
            house.misses = 0
            self._block(name, now)

    def _block(self, name: str, now: datetime) -> None:
        house = self.houses[name]
        if house.card_only_until is None or house.card_only_until <= now:
            house.card_only_until = now + DAY

    def explain(self, name: str, person: str) -> None:
        """Repay what a house typed of a person: by its card, its own word, or a claim its insurer settled."""
        house = self.houses[name]
        for address, debt in sorted(house.debts.items(), key=lambda each: each[1].at):
            if debt.person == person:
                del house.debts[address]
                day = debt.at.date() if debt.is_unmet else None
                house.explained.setdefault((period(debt.at), person), day)

    def settle(self, name: str, person: str, now: datetime) -> None:
        """Repay a person's debt, whom the house then knows: its insurer settled a claim."""
        self.explain(name, person)
        self.houses[name].met.setdefault(person, now)
