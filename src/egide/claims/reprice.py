"""Price decided claims again: under the same grids (nothing changes) or under others (what would have).

Contracts are independent, so several processes share them; each reads its part as a stream, one contract's
claims in the order they came, and keeps nothing but the counters of its persons.
"""

from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from egide import db
from egide.claims import sql
from egide.core.money import Money
from egide.nomenclature import BilledLine, CurrentNomenclature, UnpriceableError
from egide.plans import Catalogue, Grid
from egide.pricing import CONTRACT, Act, Counters, Use, merged, price_claim

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
                    desk.held = await past.of(contract)
                desk.price(rows)
                done += 1
                if done == _ROWS:
                    self.progress(done)
                    done = 0
            self.progress(done)
            return desk.tallies


class _Past:
    """The uses of before the span, read beside the claims: both come by contract."""

    def __init__(self, tx: db.Tx, span: Span) -> None:
        self._rows = sql.uses_before(tx, span.since, (span.parts, span.part), size=_ROWS)
        self._next: sql.PastUse | None = None
        self._is_over = False

    async def of(self, contract: UUID) -> dict[UUID, Counters]:
        """Return the counters of a contract and of its persons; contracts must be asked in order."""
        found: dict[UUID, list[Use]] = {}
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
        return {holder: merged({}, uses) for holder, uses in found.items()}


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
    """Prices claims of one contract after the other.

    Args:
        held: the counters of the contract in hand and of its persons, by holder.
    """

    def __init__(
        self, repricing: Repricing, catalogue: Catalogue, acts: CurrentNomenclature
    ) -> None:
        self.tallies: dict[str, Tally] = {}
        self.held: dict[UUID, Counters] = {}
        self._repricing = repricing
        self._catalogue = catalogue
        self._nomenclature = acts.nomenclature

    def price(self, rows: list[sql.DecidedLine]) -> None:
        """Price a claim again, and note what it uses."""
        first = rows[0]
        code, before = first.plan_code, first.amc_cents
        tally = self.tallies.setdefault(code, Tally())
        tally.claims += 1
        tally.lines += len(rows)
        tally.before += before
        day = max(row.care_on for row in rows)
        plan = self._catalogue.on(self._repricing.instead.get(code, code), day)
        try:
            acts = [self._act(row) for row in rows]
        except UnpriceableError:
            acts = []
        if plan is None or not acts:
            tally.unpriceable += 1
            tally.after += before
            return
        law = self._nomenclature.law_on(day)
        person, contract = first.person_id, first.contract_id
        mine, ours = self.held.get(person, {}), self.held.get(contract, {})
        others = [row.other_amc_cents for row in rows]
        held = {**ours, **mine}
        priced = price_claim(acts, plan.guarantee, law, held, other_amc=others, explain=False)
        after = priced.total.amc_cents
        tally.after += after
        if after != before:
            tally.changed += 1
            self._repricing.changed(Changed(first.claim_id, code, before, after))
        uses = [
            use
            for line in priced.lines
            for use in line.uses
            if not use.counter.startswith(_AMO)
        ]
        if uses:
            own = [use for use in uses if not use.counter.startswith(CONTRACT)]
            shared = [use for use in uses if use.counter.startswith(CONTRACT)]
            self.held[person] = merged(mine, own)
            self.held[contract] = merged(self.held.get(contract, {}), shared)

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
        return self._nomenclature.act(line, age=age, member_since=row.start_on)
