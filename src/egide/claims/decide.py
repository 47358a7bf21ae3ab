"""Decide claims that passed the gate: load, decide, record, in one transaction.

The decision, its lines, its counters and its ledger entry are stored together or not at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from egide import db, directory, ledger
from egide.claims import fhir, sql
from egide.claims.billed import Billed
from egide.claims.claim import Consumed, SubmittedClaim, due_day
from egide.claims.controls import Control, Cover, Rejection, control
from egide.core.period import Period, civil_day
from egide.core.refusal import Refusal, RefusalCode
from egide.nomenclature import Shelf
from egide.plans import Catalogue, Plan
from egide.pricing import CONTRACT, Act, PricedClaim, Use, price_claim
from egide.rights import Answer

Outcome = bytes | Exception
_AMO_COUNTERS: Final = "amo:"  # the AMO keeps its own deductions: not ours to remember
Work = Mapping[int, tuple[SubmittedClaim, Answer]]


@dataclass(slots=True, kw_only=True)
class Books:
    """What deciding reads from memory: grids, insurers, professions, tariffs."""

    catalogue: Catalogue
    insurers: dict[UUID, tuple[str, str]]
    shelf: Shelf = field(default_factory=Shelf)
    professions: dict[UUID, str] = field(default_factory=dict[UUID, str])


def replay(claim: SubmittedClaim, stored: tuple[bytes, bytes]) -> Outcome:
    """Return the stored answer to the same content, or the refusal of another content."""
    content, response = stored
    return response if content == claim.content_hash() else Refusal(RefusalCode.INVOICE_REUSED)


class Batch:
    """One transaction's work."""

    __slots__ = ("_books", "_contracts", "_decided", "_entries", "_outcomes", "_tx", "_work")

    def __init__(self, books: Books, tx: db.Tx, work: Work) -> None:
        self._books = books
        self._tx = tx
        self._work = work
        self._outcomes: dict[int, Outcome] = {}
        self._contracts: dict[
            UUID, UUID
        ] = {}  # by entry, where the guarantee counts by contract
        self._decided = sql.Decided()
        self._entries: list[ledger.Entry] = []

    async def run(self) -> dict[int, Outcome]:
        """Load, decide, record; the outcomes by position."""
        if not self._work:
            return {}
        await self._know()
        await self._find_contracts()
        counters = await sql.lock_counters(
            self._tx,
            [*(one.person_id for _, one in self._work.values()), *self._contracts.values()],
        )
        known = await sql.existing(self._tx, [claim.key for claim, _ in self._work.values()])
        billed = await Billed.load(
            self._tx, [(claim, answer.person_id) for claim, answer in self._work.values()]
        )
        for index, (claim, answer) in self._work.items():
            if claim.key in known:  # decided by another process since it passed the gate
                self._outcomes[index] = replay(claim, known[claim.key])
                continue
            verdict = billed.control(claim, answer.person_id) or self._control(claim, answer)
            if isinstance(verdict, Rejection):
                self._reject(index, answer, verdict)
            else:
                billed.add(claim, answer.person_id)
                self._price(index, verdict, counters)
        await sql.record(self._tx, self._decided)
        if self._entries:
            await ledger.post(
                self._tx, self._entries, self._work[min(self._work)][0].received_at
            )
        return self._outcomes

    async def _know(self) -> None:
        """Make sure that professions, insurers, grids and tariffs are in memory, the newest ones.

        Cost: two counts, and what they show to be missing.
        """
        books = self._books
        establishments = {claim.key[0] for claim, _ in self._work.values()}
        missing = [one for one in establishments if one not in books.professions]
        if missing:
            books.professions |= await directory.establishment_professions(self._tx, missing)
        await books.catalogue.refresh(self._tx)
        await books.shelf.refresh(self._tx)
        if any(answer.insurer_id not in books.insurers for _, answer in self._work.values()):
            books.insurers |= await directory.insurers(self._tx)

    async def _find_contracts(self) -> None:
        """Look for the contract of the claims whose guarantee counts something by contract."""
        entries = [
            (claim.key[0], claim.entry_id)
            for claim, answer in self._work.values()
            if (plan := self._plan(answer, claim.care_on)) and plan.guarantee.shares_counters
        ]
        if entries:
            self._contracts = await sql.contracts(self._tx, entries)

    def _control(self, claim: SubmittedClaim, answer: Answer) -> list[Act] | Rejection:
        plans = {id(self._plan(answer, line.care_on)) for line in claim.lines}
        if len(plans) > 1:
            return Rejection(Control.SEVERAL_DAYS)
        return control(
            claim,
            profession=self._books.professions[claim.key[0]],
            plan=self._plan(answer, claim.care_on),
            nomenclature=self._books.shelf.nomenclature,
            cover=Cover(
                Period(answer.start_on, answer.end_on), answer.birth_year or claim.care_on.year
            ),
        )

    def _plan(self, answer: Answer, day: date) -> Plan | None:
        return self._books.catalogue.on(answer.plan_code, day)

    def _price(
        self,
        index: int,
        acts: list[Act],
        counters: dict[UUID, dict[str, tuple[Use, ...]]],
    ) -> None:
        claim, answer = self._work[index]
        plan = self._plan(answer, claim.care_on)
        if plan is None:
            self._reject(index, answer, Rejection(Control.PLAN_UNKNOWN))
            return
        contract = self._contracts.get(claim.entry_id, answer.person_id)
        mine = counters.setdefault(answer.person_id, {})
        ours = counters.setdefault(contract, {})
        held = mine if ours is mine else mine | ours
        law = self._books.shelf.nomenclature.law_on(claim.care_on)
        priced = price_claim(acts, plan.guarantee, law, held)
        uses = _kept_uses(priced)
        shared = [use for _, use in uses if use.counter.startswith(CONTRACT)]
        own = [use for _, use in uses if not use.counter.startswith(CONTRACT)]
        counters[answer.person_id] = sql.merged(mine, own)
        counters[contract] = sql.merged(counters[contract], shared)
        self._accept(index, answer, priced)
        self._use(claim, (answer.person_id, contract), uses)

    def _frame(self, claim: SubmittedClaim, answer: Answer) -> fhir.Frame:
        amc, insurer = self._books.insurers[answer.insurer_id]
        return fhir.Frame(claim=claim, amc=amc, insurer=insurer)

    def _reject(self, index: int, answer: Answer, rejection: Rejection) -> None:
        claim = self._work[index][0]
        response = fhir.rejected(self._frame(claim, answer), rejection)
        expense = sum(line.expense.cents for line in claim.lines)
        self._row(
            claim,
            answer,
            ("rejected", rejection.control.value, expense, 0, 0, 0, 0),
            response,
        )
        self._outcomes[index] = response

    def _accept(self, index: int, answer: Answer, priced: PricedClaim) -> None:
        claim = self._work[index][0]
        response = fhir.accepted(self._frame(claim, answer), priced)
        total = priced.total
        state = "payable" if total.amc_cents else "nothing-due"
        expense = sum(line.expense.cents for line in claim.lines)
        decision = (state, None, expense, *total, expense - sum(total))
        self._row(claim, answer, decision, response)
        self._decided.add_lines(claim, answer.person_id, [line.share for line in priced.lines])
        if total.amc_cents:
            establishment = claim.admitted.caller.establishment_id
            self._entries.append(
                ledger.Entry(
                    entry_id=claim.claim_id,
                    establishment_id=establishment,
                    debit=ledger.insurer_account(answer.insurer_id),
                    credit=ledger.establishment_account(establishment),
                    amount=total.amc,
                    claim_id=claim.claim_id,
                )
            )
        self._outcomes[index] = response

    def _use(
        self, claim: SubmittedClaim, holders: tuple[UUID, UUID], uses: list[tuple[int, Use]]
    ) -> None:
        kept = [
            Consumed(
                counter=use.counter,
                care_on=use.care_on,
                line=line,
                units=use.units,
                cents=use.cents,
            )
            for line, use in uses
        ]
        self._decided.add_uses(claim, holders, kept)

    def _row(
        self,
        claim: SubmittedClaim,
        answer: Answer,
        decision: tuple[object, ...],
        response: bytes,
    ) -> None:
        self._decided.claims.append(
            (
                *claim.key,
                claim.claim_id,
                claim.content_hash(),
                claim.care_hash(answer.person_id),
                claim.entry_id,
                answer.person_id,
                answer.insurer_id,
                answer.plan_code,
                *decision,
                claim.received_at,
                due_day(civil_day(claim.received_at)),
                response,
            )
        )


def _kept_uses(priced: PricedClaim) -> list[tuple[int, Use]]:
    return [
        (number, use)
        for number, line in enumerate(priced.lines, start=1)
        for use in line.uses
        if not use.counter.startswith(_AMO_COUNTERS)
    ]
