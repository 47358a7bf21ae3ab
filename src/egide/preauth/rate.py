"""Rate demands: pure, no clock, no statement. What a line's control refuses is left out, and the rest is granted."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from egide.adjudication import SubmittedClaim
from egide.adjudication.asked import REASONS, SAID_BY_INSURER, Word, paying
from egide.adjudication.claim import ClaimUse
from egide.adjudication.controls import Control, Rejection
from egide.adjudication.decide import Accepted, Again, Loaded, decide
from egide.adjudication.met import Hold
from egide.core.ids import made_at
from egide.core.period import civil_day
from egide.core.refusal import InvariantError
from egide.preauth.states import State
from egide.preauth.terms import Days, Terms, terms_of
from egide.pricing import RENEWAL, StepCode, merged


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """A demand that is priced.

    Args:
        kept: the numbers of the lines that are priced, in the order of ``accepted``: those that their software gave.
        refused: why each of the others is not, by the same numbers.
        seats: of each use in ``accepted``, the first that nobody else holds of the same renewal.
    """

    state: State
    accepted: Accepted
    kept: tuple[int, ...]
    refused: tuple[Rejection, ...]
    days: Days
    seats: tuple[int, ...]
    said_by: str = "grid"

    @property
    def is_asked_of_insurer(self) -> bool:
        """Tell whether its insurer answers by itself: it may grant what its grid does not give."""
        return self.said_by != "grid"


CITED_DAYS: Final = (
    200  # the gate takes the number of a prise en charge for so many days (gate.covers)
)
Verdict = Rating | Rejection | Again


def rate_all(
    loaded: Loaded, terms: Mapping[UUID, Terms], numbers: Mapping[int, UUID], today: date
) -> dict[int, Verdict]:
    """Return the verdict on each demand, by position; each is rated after those before it.

    Args:
        terms: of insurers, on the day.
        numbers: under which each holds what it is granted.
    """
    verdicts: dict[int, Verdict] = {}
    for index, (claim, answer) in loaded.work.items():
        if claim.key in loaded.known:
            verdicts[index] = Again(*loaded.known[claim.key])
            continue
        first = civil_day(made_at(numbers[index]))
        verdict = _rate(loaded, index, terms_of(terms, answer.insurer_id), first, today)
        if isinstance(verdict, Rating) and claim.use is ClaimUse.PREAUTHORIZATION:
            loaded = _holding(loaded, verdict, numbers[index])
        verdicts[index] = verdict
    return verdicts


def _rate(
    loaded: Loaded, index: int, terms: Terms, first: date, today: date
) -> Rating | Rejection:
    claim, answer = loaded.work[index]
    kept: list[int] = list(range(1, len(claim.lines) + 1))
    refused: list[Rejection] = []
    while kept:
        part = replace(claim, lines=tuple(claim.lines[number - 1] for number in kept))
        decision = decide(replace(loaded, work={index: (part, answer)}, known={}))[index]
        if isinstance(decision, Accepted):
            state = _state(claim, decision, bool(refused), terms)
            return Rating(
                state=state,
                accepted=decision,
                kept=tuple(claim.numbers[number - 1] for number in kept),
                refused=tuple(_named(claim, refused)),
                days=_days(state, claim, terms, (first, today)),
                seats=_seats(loaded, decision),
            )
        if isinstance(decision, Again):
            raise InvariantError("what nobody knows is decided")
        if not decision.line:
            return decision
        wrong = {decision.line, *decision.also}
        refused += [replace(decision, line=kept[at - 1], also=()) for at in sorted(wrong)]
        kept = [number for at, number in enumerate(kept, start=1) if at not in wrong]
    return _named(claim, refused)[0]


def _days(state: State, claim: SubmittedClaim, terms: Terms, days: tuple[date, date]) -> Days:
    """Return the days of a demand; ``days`` is that on which its number was given, and today."""
    first, today = days
    is_waiting = state is State.PENDED_PAYER
    given = terms.pended_on(today) if is_waiting else terms.decided_on(today)
    last = first + timedelta(days=CITED_DAYS)
    return given.for_care_on(claim.care_on, terms).until(last)


def by_word(
    rating: Rating, word: Word, claim: SubmittedClaim, terms: Terms, days: tuple[date, date]
) -> Rating | Rejection:
    """Return a rating as an insurer has it that answers by itself; it waits for one that does not answer.

    Args:
        days: that on which its number was given, and today.
    """
    use = claim.use
    if word.is_by_grid:
        return rating
    if word.reason:
        return Rejection(Control.INSURER_REFUSES, 0, REASONS[word.reason])
    said = replace(rating, said_by=word.said_by)
    if use is ClaimUse.PREDETERMINATION and (word.is_silence or word.is_pended):
        return said
    if not word.amounts:
        state = State.PENDED_PAYER
        return replace(said, state=state, days=_days(state, claim, terms, days))
    amounts = [word.amounts[number] for number in rating.kept]
    if not any(amounts) and use is ClaimUse.PREAUTHORIZATION:
        return Rejection(Control.INSURER_REFUSES, 0, REASONS["other"])
    accepted = paying(rating.accepted, amounts, StepCode.INSURER, SAID_BY_INSURER)
    if use is ClaimUse.PREDETERMINATION:
        return replace(said, accepted=accepted)
    is_part = bool(rating.refused) or not all(amounts)
    state = State.PARTLY_GRANTED if is_part else State.GRANTED
    return replace(said, accepted=accepted, state=state, days=_days(state, claim, terms, days))


def _named(claim: SubmittedClaim, refused: Sequence[Rejection]) -> list[Rejection]:
    """Return rejections in the order of the lines, by the numbers that their software gave."""
    placed = sorted(refused, key=lambda one: one.line)
    return [replace(one, line=claim.numbers[one.line - 1]) for one in placed]


def _state(claim: SubmittedClaim, accepted: Accepted, is_part: bool, terms: Terms) -> State:
    if claim.use is ClaimUse.PREDETERMINATION:
        return State.RATED
    if terms.above_cents is not None and accepted.priced.total.amc_cents > terms.above_cents:
        return State.PENDED_PAYER
    return State.PARTLY_GRANTED if is_part else State.GRANTED


def _seats(loaded: Loaded, accepted: Accepted) -> tuple[int, ...]:
    seats: list[int] = []
    for used in accepted.uses:
        taken = {
            hold.seat
            for hold in loaded.held.get(used.holder, ())
            if hold.use.counter == used.use.counter
        }
        seats.append(next(seat for seat in itertools.count() if seat not in taken))
    return tuple(seats)


def _holding(loaded: Loaded, rating: Rating, number: UUID) -> Loaded:
    """Return what the demands after one meet: what it holds as well."""
    counters, held = dict(loaded.counters), dict(loaded.held)
    for used, seat in zip(rating.accepted.uses, rating.seats, strict=True):
        if used.use.counter.startswith(RENEWAL):
            hold = Hold(used.use, number, rating.days.invoice_until, seat)
            held[used.holder] = (*held.get(used.holder, ()), hold)
        else:
            counters[used.holder] = merged(counters.get(used.holder, {}), [used.use])
    return replace(loaded, counters=counters, held=held)
