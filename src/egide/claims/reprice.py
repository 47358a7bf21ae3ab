"""Price decided claims again: under the same grids (nothing changes) or under others (what would have).

Contracts are independent, so several processes share them; each reads its part as a stream, one contract's
claims in the order they came, and keeps nothing but the counters of its persons.
"""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from egide import db
from egide.claims import sql
from egide.core.money import Money
from egide.nomenclature import BilledLine, CurrentNomenclature, UnpriceableError
from egide.plans import Catalogue, Grid
from egide.pricing import (
    CONTRACT,
    NETWORK,
    Act,
    Counters,
    PricedClaim,
    Use,
    merged,
    price_claim,
    without,
)

_AMO: Final = "amo:"
_ROWS: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Which claims to price again, and in how many parts.

    Args:
        since, until: received from, and before.
        part, parts: which of the parts is this one's, from 0.
    """

    since: datetime
    until: datetime
    part: int = 0
    parts: int = 1


@dataclass(slots=True)
class Tally:
    """What came of a plan's claims, in cents."""

    claims: int = 0
    lines: int = 0
    changed: int = 0
    unpriceable: int = 0
    before: int = 0
    after: int = 0

    def add(self, other: "Tally") -> None:
        """Add another part's."""
        self.claims += other.claims
        self.lines += other.lines
        self.changed += other.changed
        self.unpriceable += other.unpriceable
        self.before += other.before
        self.after += other.after


@dataclass(frozen=True, slots=True)
class Changed:
    """A claim whose AMC part is another."""

    claim_id: UUID
    plan_code: str
    before: int
    after: int


@dataclass(slots=True, kw_only=True)
class Repricing:
    """What pricing again needs.

    Args:
        instead: plan codes, by the code that stands in their place.
        extra: grids that are not published, for ``instead`` to name.
        changed: told of each claim that changes.
        progress: told of how many claims were priced since it was last told.
    """

    instead: Mapping[str, str] = field(default_factory=dict[str, str])
    extra: tuple[Grid, ...] = ()
    changed: Callable[[Changed], None] = lambda _: None
    progress: Callable[[int], None] = lambda _: None

    async def run(self, pool: db.Pool, span: Span) -> dict[str, Tally]:
        """Return the tallies by plan code as the claims have it.

        Cost: one sorted scan of the claims of the span; memory does not grow with them.
        """
        async with db.transaction(pool) as tx, db.transaction(pool) as history:
            catalogue, acts = Catalogue(), CurrentNomenclature()
            await catalogue.refresh(tx)
            catalogue.add(self.extra)
            await acts.refresh(tx)
            past = _Past(history, span)
            desk = _Desk(self, catalogue, acts)
            done = 0
            contract = UUID(int=0)
            async for rows in _claims(tx, span):
                if rows[0].contract_id != contract:
                    contract = rows[0].contract_id
                    desk.open(*await past.of(contract))
                desk.price(rows)
                done += 1
                if done == _ROWS:
                    self.progress(done)
                    done = 0
            self.progress(done)
            return desk.tallies


@dataclass(frozen=True, slots=True)
class _Ending:
    """What a claim used of its holders' counters until it was cancelled."""

    cancelled_at: datetime
    replaced_by: UUID | None
    used: Mapping[UUID, Sequence[Use]]

    def is_over(self, claim: sql.DecidedLine) -> bool:
        """Tell whether it had ended when another claim was decided."""
        return self.replaced_by == claim.claim_id or self.cancelled_at <= claim.received_at


def _used(recorded: Sequence[Mapping[str, Any]]) -> dict[UUID, list[Use]]:
    """Return uses as they were recorded, by holder; what the AMO keeps is found by pricing."""
    used: dict[UUID, list[Use]] = {}
    for one in recorded:
        if not one["counter"].startswith(_AMO):
            day = date.fromisoformat(one["care_on"])
            use = Use(one["counter"], day, one["units"], one["amount_cents"])
            used.setdefault(UUID(one["person_id"]), []).append(use)
    return used


class _Past:
    """The uses of before the span, read beside the claims: both come by contract."""

    def __init__(self, tx: db.Tx, span: Span) -> None:
        self._rows = sql.uses_before(tx, span.since, (span.parts, span.part), size=_ROWS)
        self._next: sql.PastUse | None = None
        self._is_over = False

    async def of(self, contract: UUID) -> tuple[dict[UUID, Counters], list[_Ending]]:
        """Return the counters of a contract and of its persons, and what of it ends; contracts are asked in order."""
        found: dict[UUID, list[Use]] = {}
        ending: list[_Ending] = []
        while not self._is_over:
            row = self._next
            if row is None:
                try:
                    row = await anext(self._rows)
                except StopAsyncIteration:
                    self._is_over = True
                    break
            if row.contract_id > contract:
                self._next = row
                break
            self._next = None
            if row.contract_id == contract:
                use = Use(row.counter, row.care_on, row.units, row.amount_cents)
                found.setdefault(row.person_id, []).append(use)
                if row.cancelled_at is not None:
                    used = {row.person_id: [use]}
                    ending.append(_Ending(row.cancelled_at, row.replaced_by, used))
        return {holder: merged({}, uses) for holder, uses in found.items()}, ending


async def _claims(tx: db.Tx, span: Span) -> AsyncGenerator[list[sql.DecidedLine]]:
    """Yield the lines of a claim at a time."""
    lines: list[sql.DecidedLine] = []
    window, part = (span.since, span.until), (span.parts, span.part)
    async for row in sql.decided_lines(tx, window, part, size=_ROWS):
        if lines and row.claim_id != lines[0].claim_id:
            yield lines
            lines = []
        lines.append(row)
    if lines:
        yield lines


class _Desk:
    """Prices claims of one contract after the other: ``_held``, its counters and those of its persons, by holder."""

    def __init__(
        self, repricing: Repricing, catalogue: Catalogue, acts: CurrentNomenclature
    ) -> None:
        self.tallies: dict[str, Tally] = {}
        self._held: dict[UUID, Counters] = {}
        self._ending: list[_Ending] = []
        self._repricing = repricing
        self._catalogue = catalogue
        self._nomenclature = acts.nomenclature

    def open(self, held: dict[UUID, Counters], ending: list[_Ending]) -> None:
        """Begin with a contract, as it was before the span."""
        self._held = held
        self._ending = ending

    def price(self, rows: list[sql.DecidedLine]) -> None:
        """Price a claim again, and note what it uses; one that was cancelled since is in no tally."""
        first = rows[0]
        self._end(first)
        code, before = first.plan_code, first.amc_cents
        tally = Tally()
        if first.cancelled_at is None:
            tally = self.tallies.setdefault(code, tally)
        tally.add(Tally(claims=1, lines=len(rows), before=before))
        if first.promised_uses is not None and code not in self._repricing.instead:
            # Its price hung on what prises en charge held that day, which ends without a trace: it stands as promised.
            tally.add(Tally(after=before))
            self._take(first, _used(first.promised_uses))
            return
        priced = self._priced(rows)
        if priced is None:
            tally.add(Tally(unpriceable=1, after=before))
            return
        after = sum(
            line.share.amc_cents if row.agreed_cents is None else row.agreed_cents
            for line, row in zip(priced.lines, rows, strict=True)
        )
        tally.add(Tally(after=after, changed=int(after != before)))
        if after != before and first.cancelled_at is None:
            self._repricing.changed(Changed(first.claim_id, code, before, after))
        self._use(first, priced)

    def _priced(self, rows: list[sql.DecidedLine]) -> PricedClaim | None:
        first = rows[0]
        day = max(row.care_on for row in rows)
        instead = self._repricing.instead.get(first.plan_code, first.plan_code)
        plan = self._catalogue.on(instead, day)
        try:
            acts = [self._act(row) for row in rows]
        except UnpriceableError:
            return None
        if plan is None:
            return None
        mine = self._held.get(first.person_id, {})
        held = {**self._held.get(first.contract_id, {}), **mine}
        law = self._nomenclature.law_on(day)
        others = [row.other_amc_cents for row in rows]
        return price_claim(acts, plan.guarantee, law, held, other_amc=others, explain=False)

    def _use(self, first: sql.DecidedLine, priced: PricedClaim) -> None:
        uses = [
            use
            for line in priced.lines
            for use in line.uses
            if not use.counter.startswith(_AMO)
        ]
        if not uses:
            return
        used: dict[UUID, list[Use]] = {first.person_id: [], first.contract_id: []}
        for use in uses:
            shared = use.counter.startswith(CONTRACT)
            used[first.contract_id if shared else first.person_id].append(use)
        self._take(first, used)

    def _take(self, first: sql.DecidedLine, used: Mapping[UUID, Sequence[Use]]) -> None:
        """Add what a claim uses to its holders' counters."""
        for holder, some in used.items():
            self._held[holder] = merged(self._held.get(holder, {}), some)
        if first.cancelled_at is not None:
            self._ending.append(_Ending(first.cancelled_at, first.replaced_by, used))

    def _end(self, claim: sql.DecidedLine) -> None:
        """Take away what claims had used that were cancelled before this one was decided."""
        over = [one for one in self._ending if one.is_over(claim)]
        for one in over:
            self._ending.remove(one)
            for holder, used in one.used.items():
                self._held[holder] = without(self._held.get(holder, {}), used)

    def _act(self, row: sql.DecidedLine) -> Act:
        system, _, code = row.act_code.partition(":")
        base, words = row.base_cents, row.situation
        line = BilledLine(
            system=system,
            code=code,
            care_on=row.care_on,
            quantity=row.quantity,
            expense=Money(row.expense_cents),
            side=row.side,
            situation=frozenset(words.split(",")) if words else frozenset(),
            base=None if base is None else Money(base),
            performer=row.performer,
            stay=row.stay,
        )
        age = row.care_on.year - row.birth_year
        act = self._nomenclature.act(line, age=age, member_since=row.start_on)
        if row.network is None:
            return act
        # As it was billed: whoever adheres since changes nothing of it.
        return act._replace(
            situation=act.situation | {NETWORK},
            network=row.network,
            network_cents=row.network_cents,
        )
