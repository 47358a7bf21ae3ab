"""Rate demands: pure, no clock, no statement. What a line's control refuses is left out, and the rest is granted."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from egide.adjudication import SubmittedClaim
from egide.adjudication.claim import ClaimUse
from egide.adjudication.controls import Rejection
from egide.adjudication.decide import Accepted, Again, Loaded, decide
from egide.adjudication.met import Hold
from egide.core.ids import made_at
from egide.core.period import civil_day
from egide.core.refusal import InvariantError
from egide.preauth.states import State
from egide.preauth.terms import Days, Terms, terms_of
from egide.pricing import RENEWAL, merged


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
    last = first + timedelta(days=CITED_DAYS)
    kept: list[int] = list(range(1, len(claim.lines) + 1))
    refused: list[Rejection] = []
    while kept:
        part = replace(claim, lines=tuple(claim.lines[number - 1] for number in kept))
        decision = decide(replace(loaded, work={index: (part, answer)}, known={}))[index]
        if isinstance(decision, Accepted):
            state = _state(claim, decision, bool(refused), terms)
            pends = state is State.PENDED_PAYER
            days = terms.pended_on(today) if pends else terms.decided_on(today)
            return Rating(
                state=state,
                accepted=decision,
                kept=tuple(claim.numbers[number - 1] for number in kept),
                refused=tuple(_named(claim, refused)),
                days=days.for_care_on(claim.care_on, terms).until(last),
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
