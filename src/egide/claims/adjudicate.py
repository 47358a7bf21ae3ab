"""Adjudicate claims: load, decide, record, a batch at a time, in one transaction.

A claim passes the gate like any question; the decision, its lines, its counters and its ledger
entry are stored together or not at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from egide import access, db, directory, ledger
from egide.claims import fhir, sql
from egide.claims.claim import Consumed, SubmittedClaim, due_day
from egide.claims.controls import Control, Rejection, control
from egide.core.ids import PersonId
from egide.core.money import ZERO
from egide.core.period import civil_day
from egide.core.refusal import Refusal, RefusalCode
from egide.nomenclature import Nomenclature, load_nomenclature
from egide.plans import Catalogue, Grid
from egide.pricing import EQUIPMENT_COUNTER, Act, PricedClaim, Use, price_claim
from egide.rights import Answer, Purpose, Question, ask_gate
from egide.vault import Addresses

_Outcome = bytes | Refusal


@dataclass(slots=True)
class ClaimsDesk:
    """All that adjudicating needs, and the lane that groups claims."""

    pool: db.Pool
    addresses: Addresses
    catalogue: Catalogue
    insurers: dict[UUID, tuple[str, str]]
    nomenclature: Nomenclature = field(default_factory=load_nomenclature)
    professions: dict[UUID, str] = field(default_factory=dict[UUID, str])
    lane: db.Lane[SubmittedClaim, _Outcome] = field(init=False)

    def __post_init__(self) -> None:
        """Open the lane."""
        self.lane = db.Lane(self._serve)

    async def _serve(self, batch: Sequence[SubmittedClaim]) -> Sequence[_Outcome]:
        async with db.transaction(self.pool) as tx:
            return await _Batch(self, tx, batch).run()

    async def adjudicate(self, claim: SubmittedClaim) -> bytes:
        """Return the stored answer of a claim, decided now or before.

        Idempotent by establishment and invoice. Raises Refusal: ``invoice-reused``,
        ``rights-not-shown``, ``proof-replayed``, ``busy``.
        """
        outcome = await self.lane.ask(claim)
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome


class _Batch:
    """One transaction's work."""

    __slots__ = ("_batch", "_decided", "_desk", "_entries", "_outcomes", "_tx")

    def __init__(self, desk: ClaimsDesk, tx: db.Tx, batch: Sequence[SubmittedClaim]) -> None:
        self._desk = desk
        self._tx = tx
        self._batch = batch
        self._outcomes: dict[int, _Outcome] = {}
        self._decided = sql.Decided()
        self._entries: list[ledger.Entry] = []

    async def run(self) -> list[_Outcome]:
        """Load, decide, record; the outcomes in the order of the batch."""
        fresh, repeated = await self._sort_out()
        answers = await self._ask(fresh)
        await self._decide(answers)
        await sql.record(self._tx, self._decided)
        if self._entries:
            await ledger.post(self._tx, self._entries, self._batch[0].received_at)
        for index, first in repeated:
            # The same invoice twice in one batch: the second is answered by the first.
            same = self._batch[index].content_hash() == self._batch[first].content_hash()
            self._outcomes[index] = (
                self._outcomes[first] if same else Refusal(RefusalCode.INVOICE_REUSED)
            )
        return [self._outcomes[index] for index in range(len(self._batch))]

    async def _sort_out(self) -> tuple[list[int], list[tuple[int, int]]]:
        """Answer the replays; return the new claims, and those that repeat one of them."""
        known = await sql.existing(self._tx, [claim.key for claim in self._batch])
        seen: dict[tuple[UUID, str], int] = {}
        fresh: list[int] = []
        repeated: list[tuple[int, int]] = []
        for index, claim in enumerate(self._batch):
            if claim.key not in known and claim.key not in seen:
                seen[claim.key] = index
                fresh.append(index)
                continue
            # What does not pass the gate's statement still uses its proof once.
            if not await access.use_proof(self._tx, claim.admitted.proof):
                self._outcomes[index] = Refusal(RefusalCode.PROOF_REPLAYED)
            elif claim.key in seen:
                repeated.append((index, seen[claim.key]))
            else:
                content, response = known[claim.key]
                same = content == claim.content_hash()
                self._outcomes[index] = (
                    response if same else Refusal(RefusalCode.INVOICE_REUSED)
                )
        return fresh, repeated

    async def _ask(self, fresh: list[int]) -> dict[int, Answer]:
        """Pass the gate; return who is covered, note the refusals."""
        questions = [_question(self._batch[index]) for index in fresh]
        answers: dict[int, Answer] = {}
        for index, answer in zip(
            fresh, await ask_gate(self._tx, questions) if fresh else [], strict=True
        ):
            if isinstance(answer, Refusal):
                self._outcomes[index] = answer
            else:
                answers[index] = answer
        return answers

    async def _decide(self, answers: dict[int, Answer]) -> None:
        if not answers:
            return
        persons = [answer.person_id for answer in answers.values()]
        counters = await sql.lock_counters(self._tx, persons)
        await self._know({self._batch[index].key[0] for index in answers}, answers)
        cares = {
            index: (self._batch[index].key[0], self._batch[index].care_hash(answer.person_id))
            for index, answer in answers.items()
        }
        billed = await sql.same_care(self._tx, list(cares.values()))
        for index, answer in answers.items():
            claim = self._batch[index]
            grid = self._desk.catalogue.on(answer.plan_code, claim.care_on)
            verdict = self._control(claim, answer, grid)
            if cares[index] in billed:
                verdict = Rejection(Control.SAME_CARE)
            if isinstance(verdict, Rejection) or grid is None:
                rejection = (
                    verdict
                    if isinstance(verdict, Rejection)
                    else Rejection(Control.PLAN_UNKNOWN)
                )
                self._reject(index, answer, cares[index][1], rejection)
                continue
            held = counters.setdefault(answer.person_id, {})
            law = self._desk.nomenclature.law_on(claim.care_on)
            priced = price_claim(verdict, grid.guarantee, law, held)
            uses = _kept_uses(priced)
            counters[answer.person_id] = sql.merged(held, [use for _, use in uses])
            billed.add(cares[index])
            self._accept(index, answer, cares[index][1], priced)
            self._use(claim, answer.person_id, uses)

    async def _know(self, establishments: set[UUID], answers: dict[int, Answer]) -> None:
        """Make sure that professions, insurers and grids of the batch are in memory."""
        desk = self._desk
        missing = [one for one in establishments if one not in desk.professions]
        if missing:
            desk.professions |= await directory.establishment_professions(self._tx, missing)
        for index, answer in answers.items():
            day = self._batch[index].care_on
            if (
                answer.insurer_id not in desk.insurers
                or desk.catalogue.on(answer.plan_code, day) is None
            ):
                desk.insurers |= await directory.insurers(self._tx)
                await desk.catalogue.refresh(self._tx)
                return

    def _control(
        self, claim: SubmittedClaim, answer: Answer, grid: Grid | None
    ) -> list[Act] | Rejection:
        born = answer.birth_year or claim.care_on.year
        return control(
            claim,
            profession=self._desk.professions[claim.key[0]],
            grid=grid,
            nomenclature=self._desk.nomenclature,
            ages=[line.care_on.year - born for line in claim.lines],
        )

    def _frame(self, claim: SubmittedClaim, answer: Answer) -> fhir.Frame:
        amc, insurer = self._desk.insurers[answer.insurer_id]
        return fhir.Frame(claim=claim, amc=amc, insurer=insurer)

    def _reject(self, index: int, answer: Answer, care: bytes, rejection: Rejection) -> None:
        claim = self._batch[index]
        response = fhir.rejected(self._frame(claim, answer), rejection)
        expense = sum(line.expense.cents for line in claim.lines)
        self._row(
            claim,
            answer,
            care,
            ("rejected", rejection.control.value, expense, 0, 0, 0),
            response,
        )
        self._outcomes[index] = response

    def _accept(self, index: int, answer: Answer, care: bytes, priced: PricedClaim) -> None:
        claim = self._batch[index]
        response = fhir.accepted(self._frame(claim, answer), priced)
        total = priced.total
        state = "payable" if total.amc > ZERO else "nothing-due"
        expense = sum(line.expense.cents for line in claim.lines)
        amounts = (expense, total.amo.cents, total.amc.cents, total.patient.cents)
        self._row(claim, answer, care, (state, None, *amounts), response)
        self._decided.add_lines(claim, [line.share for line in priced.lines])
        if total.amc > ZERO:
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
        self, claim: SubmittedClaim, person: PersonId, uses: list[tuple[int, Use]]
    ) -> None:
        kept = [
            Consumed(
                counter=use.counter,
                care_on=use.care_on,
                line=line,
                units=use.units,
                amount=use.amount,
            )
            for line, use in uses
        ]
        self._decided.add_uses(claim, person, kept)

    def _row(
        self,
        claim: SubmittedClaim,
        answer: Answer,
        care: bytes,
        decision: tuple[object, ...],
        response: bytes,
    ) -> None:
        self._decided.claims.append(
            (
                *claim.key,
                claim.claim_id,
                claim.content_hash(),
                care,
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
        if not use.counter.startswith(EQUIPMENT_COUNTER)
    ]


def _question(claim: SubmittedClaim) -> Question:
    caller = claim.admitted.caller
    return Question(
        entry_id=claim.entry_id,
        establishment_id=caller.establishment_id,
        software_id=caller.software_id,
        proof=claim.admitted.proof,
        purpose=Purpose.CLAIM,
        basis=claim.located.basis,
        address=claim.located.address,
        care_on=claim.care_on,
    )
