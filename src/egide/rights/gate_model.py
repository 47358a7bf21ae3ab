"""The gate in plain Python, to read at one sitting and to hold the database's functions against.

It says what GATE's rules say, one question after another, with no lock and no table. A test plays the same batches
to both and compares every answer and every counter.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from egide.rights.gate_state import (
    DAY,
    KNOWN_AT_LEAST,
    KNOWN_SINCE,
    LONGEST_MONTH,
    LOWEST_RATE,
    MEMORY,
    OBJECTION,
    SHORTEST_MONTH,
    STALE,
    STALE_AT_LEAST,
    STREAK,
    WINDOW,
    Asked,
    Cover,
    Establishment,
    UnprovedQuery,
    period,
)


@dataclass(slots=True)
class Model:
    """A gate.

    Args:
        cards, typed: what a card, or typed numbers, find.
        aliases: by establishment and alias, whom it met.
        codes: of persons' own pages: for which establishment, whom, until when.
    """

    establishments: dict[str, Establishment]
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
        # In the order the database takes its locks in: establishments, then questions.
        for at in sorted(
            range(len(batch)), key=lambda index: (batch[index].establishment, index)
        ):
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
        establishment = self.establishments.get(one.establishment)
        if establishment is None or establishment.is_off:
            return "suspended"
        contained = (
            establishment.card_only_until is not None and now < establishment.card_only_until
        )
        return "suspended" if contained and one.basis in "UH" else "admitted"

    def _charge(self, one: Asked, now: datetime) -> str:
        """Charge hit or miss alike; a person already in the window is not charged twice."""
        establishment = self.establishments[one.establishment]
        if establishment.is_proved and establishment.adapted_in != period(now):
            self._adapt(establishment, now)
        if one.basis == "U" and (
            establishment.first_contact_on is None
            or establishment.first_contact_on < now.date()
        ):
            establishment.rate, establishment.first_contact_on = (
                self._first_contact_rate(establishment, now),
                now.date(),
            )
        if one.basis == "H":
            asked, limits = establishment.relations_asked, (300, 3000)
        else:
            asked = {address: query.at for address, query in establishment.unproved.items()}
            limits = (establishment.day_limit, establishment.month_limit)
        windows = [
            {address for address, at in asked.items() if at > now - width}
            for width in (DAY, WINDOW)
        ]
        was_held = one.basis == "U" and self._was_held(establishment, one.address, now)
        is_held = False
        if one.basis == "U" and (one.address not in windows[1] or was_held):
            if self._hides(establishment, now):
                return "over-budget"
            is_held = self._hurries(establishment, one, now)
        if any(
            one.address not in window and len(window) >= limit
            for window, limit in zip(windows, limits, strict=True)
        ):
            return "over-budget"
        if one.basis == "H":
            establishment.relations_asked[one.address] = now
        else:
            known = establishment.unproved.get(one.address)
            who = {cover.person for cover in self.typed.get(one.address, [])}
            person = next(iter(who)) if is_held and len(who) == 1 else None
            establishment.unproved[one.address] = UnprovedQuery(
                at=now,
                first=known.first if known else now,
                person=person or (known.person if known else None),
                is_unmet=self._is_unmet(establishment, one.address),
                is_held=is_held,
            )
        if is_held:
            return "over-pace"
        return "admitted" if one.address in windows[1] and not was_held else "new"

    def _was_held(self, establishment: Establishment, address: str, now: datetime) -> bool:
        known = establishment.unproved.get(address)
        return known is not None and known.is_held and known.at > now - WINDOW

    def _is_unmet(self, establishment: Establishment, address: str) -> bool:
        return not any(
            cover.person in establishment.met for cover in self.typed.get(address, [])
        )

    def _hurries(self, establishment: Establishment, one: Asked, now: datetime) -> bool:
        """Tell whether a person the establishment never met comes faster than such persons ever did."""
        if establishment.rate is None or not self._is_unmet(establishment, one.address):
            return False
        unmet = [
            query.at
            for query in establishment.unproved.values()
            if query.is_unmet and not query.is_held
        ]
        in_day = sum(at > now - DAY for at in unmet)
        return (
            in_day >= establishment.rate
            or sum(at > now - WINDOW for at in unmet) >= 3 * establishment.rate
        )

    def _first_contact_rate(self, establishment: Establishment, now: datetime) -> int | None:
        """Twice what was justified of its third busiest day, six at least; none before it knows forty persons."""
        if (
            sum(since <= now - KNOWN_SINCE for since in establishment.met.values())
            < KNOWN_AT_LEAST
        ):
            return None
        days = Counter(
            day
            for (when, _), day in establishment.justified.items()
            if day is not None and when > period(now) - 6
        )
        busiest = sorted(days.values(), reverse=True)
        return max(LOWEST_RATE, 2 * busiest[2] if len(busiest) > 2 else 0)

    def _hides(self, establishment: Establishment, now: datetime) -> bool:
        """Tell whether a new person is refused because too many before it were never justified."""
        stale = sum(
            query.first <= now - STALE and query.at > now - MEMORY and not query.is_held
            for query in establishment.unproved.values()
        )
        justified = sum(when > period(now) - 6 for when, _ in establishment.justified)
        return stale >= STALE_AT_LEAST and 2 * stale > justified

    def _adapt(self, establishment: Establishment, now: datetime) -> None:
        """Grow once a period: half more than was ever justified in one, a tenth more at most, never above 300."""
        establishment.adapted_in = period(now)
        seen = Counter(when for when, _ in establishment.justified if when < period(now))
        wanted = min(LONGEST_MONTH, max(SHORTEST_MONTH, max(seen.values(), default=0) * 3 // 2))
        establishment.month_limit = max(
            SHORTEST_MONTH, min(wanted, establishment.month_limit * 11 // 10)
        )

    def _look_up(self, one: Asked, now: datetime) -> list[Cover]:
        match one.basis:
            case "P":
                return self.cards.get(one.address, [])
            case "U":
                return self.typed.get(one.address, [])
            case "E":
                kept = self.establishments[one.establishment].engagements.get(one.address)
                return [] if kept is None else [kept[0]]
            case "H":
                return self._of(self.aliases.get((one.establishment, one.address)))
            case _:
                establishment, person, until = self.codes.pop(one.address, ("", "", now))
                return self._of(
                    person if establishment == one.establishment and now < until else None
                )

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
        since = self.establishments[one.establishment].engagements[one.address][1]
        return on_day and since <= one.care_on <= since + timedelta(days=30)

    def _after(
        self,
        batch: list[Asked],
        outcomes: list[str],
        found: list[list[Cover]],
        new: set[int],
        now: datetime,
    ) -> None:
        """Keep who was shown, justify who was met by a card, count misses, let facts block."""
        for one, outcome, covers in zip(batch, outcomes, found, strict=True):
            if outcome != "shown":
                continue
            establishment = self.establishments[one.establishment]
            [cover] = [each for each in covers if self.holds(one, each)]
            if (
                one.basis != "E"
            ):  # an engagement is renewed by asking the cover again, never by itself
                establishment.engagements[one.entry] = cover, one.care_on
            if one.basis == "U":
                establishment.unproved[one.address] = establishment.unproved[
                    one.address
                ]._replace(person=cover.person)
        for one, outcome, covers in zip(batch, outcomes, found, strict=True):
            if outcome == "shown" and one.basis in "PA":
                [cover] = [each for each in covers if self.holds(one, each)]
                self.establishments[one.establishment].met.setdefault(cover.person, now)
                self.establishments[one.establishment].shown_proved.append((now, cover.person))
                self.justify(one.establishment, cover.person)
        for name in {one.establishment for one in batch}:
            mine = [
                at
                for at in sorted(new)
                if batch[at].establishment == name and batch[at].basis == "U"
            ]
            self._count_misses(name, [outcomes[at] for at in mine], now)
        for one, outcome in zip(batch, outcomes, strict=True):
            is_refused = one.basis == "U" and outcome in {"over-pace", "over-budget"}
            if outcome == "canary" or (is_refused and self._is_canary(one.address)):
                self._block(one.establishment, now)

    def _is_canary(self, address: str) -> bool:
        return any(cover.is_canary for cover in self.typed.get(address, []))

    def _count_misses(self, name: str, outcomes: list[str], now: datetime) -> None:
        establishment = self.establishments[name]
        longest = 0
        for outcome in outcomes:
            establishment.misses = 0 if outcome == "shown" else establishment.misses + 1
            longest = max(longest, establishment.misses)
        if longest >= STREAK:
            establishment.misses = 0
            self._block(name, now)

    def _block(self, name: str, now: datetime) -> None:
        establishment = self.establishments[name]
        if establishment.card_only_until is None or establishment.card_only_until <= now:
            establishment.card_only_until = now + DAY

    def justify(self, name: str, person: str) -> None:
        """Repay what an establishment typed of a person: by its card, its own word, or a claim its insurer settled."""
        establishment = self.establishments[name]
        for address, query in sorted(
            establishment.unproved.items(), key=lambda each: each[1].at
        ):
            if query.person == person:
                del establishment.unproved[address]
                day = query.at.date() if query.is_unmet else None
                establishment.justified.setdefault((period(query.at), person), day)

    def settle(self, name: str, person: str, now: datetime) -> None:
        """Note that an insurer accepted a claim on a person: what it justifies, it justifies later."""
        claimed = self.establishments[name].claimed
        known = claimed.get(person)
        if known is None or known[1] is not None:
            claimed[person] = now, None

    def object(self, name: str, person: str) -> None:
        """Note that a person was not at an establishment: its claims justify nothing."""
        self.establishments[name].objected.add(person)

    def justify_claimed(self, now: datetime) -> None:
        """Justify by claims accepted five days ago: as many persons as were proved in thirty days, and 300, at most."""
        for name, establishment in self.establishments.items():
            proved = {who for at, who in establishment.shown_proved if at > now - WINDOW}
            used = sum(
                done is not None and done > now - WINDOW
                for _, done in establishment.claimed.values()
            )
            due = sorted(
                (accepted, person)
                for person, (accepted, done) in establishment.claimed.items()
                if done is None
                and accepted <= now - OBJECTION
                and person not in establishment.objected
            )
            for accepted, person in due[: max(min(LONGEST_MONTH, len(proved)) - used, 0)]:
                establishment.claimed[person] = accepted, now
                establishment.met.setdefault(person, now)
                self.justify(name, person)
            establishment.claimed = {
                person: (accepted, done)
                for person, (accepted, done) in establishment.claimed.items()
                if accepted >= now - MEMORY
            }
