"""Decide a batch of invoices in one transaction: load, decide, record.

The decisions, their lines, their counters and their ledger entries are stored together or not at all; with a
correction, so is the end of what it replaces.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple
from uuid import UUID

from egide import db, ledger, preauth
from egide.adjudication import ReferenceData, SubmittedClaim, response
from egide.adjudication.asked import ToAsk, Word, held_to_word, to_ask
from egide.adjudication.billed import Billed
from egide.adjudication.claim import act_hash, due_day
from egide.adjudication.controls import Rejection
from egide.adjudication.decide import Accepted, Again, Decision, Work, decide
from egide.adjudication.desk import Key, Outcome, Words, replay
from egide.adjudication.load import load
from egide.claims import sql
from egide.claims.attested import attested_values
from egide.claims.ground import NO_GROUND, Ground, Standing, read_ground, settle_ground
from egide.claims.response import as_it_stands, awaiting
from egide.core.ids import ClaimId
from egide.core.period import civil_day
from egide.core.working_days import working_days_after
from egide.rights import Answer
from egide.vault import Attester


async def known_answers(tx: db.Tx, keys: Sequence[Key]) -> dict[Key, tuple[bytes, bytes]]:
    """Return content hash and answer, as it stands, of the invoices that are there, by natural key."""
    return {
        key: (one.content_hash, as_it_stands(one))
        for key, one in (await sql.existing(tx, keys)).items()
    }


async def decide_batch(
    tx: db.Tx, reference: ReferenceData, attester: Attester, work: Work, words: Words
) -> dict[int, Outcome]:
    """Decide invoices that passed the gate, in the caller's transaction; their answers by position.

    One that replaces another, or uses a prise en charge, comes alone, and so does one whose insurer may be asked.

    Args:
        words: what their insurers said of some. One whose insurer is to be asked first is not decided.

    Raises Refusal: ``claim-unknown``, ``claim-closed``, of what it replaces; ``insurer-away``.
    """
    if not work:
        return {}
    stands_on = await read_ground(tx, work) if len(work) == 1 else NO_GROUND
    loaded, among = await load(tx, reference, attester, work, stands_on.left_out)
    # Read behind the lock of the persons, like the counters.
    loaded = replace(
        loaded,
        known=await known_answers(tx, [claim.key for claim, _ in work.values()]),
        billed=await Billed.load(tx, work.values(), among),
        promised=frozenset() if stands_on.cited is None else frozenset(work),
        waived=dict.fromkeys(work, stands_on.waived) if stands_on.waived else {},
    )
    decisions = decide(loaded)
    if len(work) == 1:
        [(index, (claim, answer))] = work.items()
        decided = _by_its_insurer(
            reference, stands_on, Standing(claim, answer, decisions[index]), words.get(index)
        )
        if isinstance(decided, ToAsk):
            return {index: decided}
        decisions[index] = decided
    if stands_on.left_out:
        [(index, (claim, answer))] = work.items()
        decisions[index] = await settle_ground(
            tx, attester, stands_on, Standing(claim, answer, decisions[index])
        )
    decided_as = _Decided(decisions, words, is_promised=stands_on.cited is not None)
    return await _record(tx, reference, attester, work, decided_as)


class _Decided(NamedTuple):
    """What is kept of a batch: the decisions, what insurers said, and whether a prise en charge promised it."""

    decisions: dict[int, Decision]
    words: Words
    is_promised: bool


def _by_its_insurer(
    reference: ReferenceData, ground: Ground, standing: Standing, word: Word | None
) -> Decision | ToAsk:
    """Return a decision as the insurer that answers by itself has it, or what it is to be asked.

    What a prise en charge promised is owed: nobody is asked again.
    """
    claim, answer, decision = standing
    if isinstance(decision, Again) or ground.cited is not None:
        return decision
    accepted = decision if isinstance(decision, Accepted) else None
    if word is None:
        asked = to_ask(reference.services, claim, answer, accepted)
        return decision if asked is None else asked
    if accepted is None:
        return decision
    return held_to_word(accepted, word, claim.numbers, claim.located.basis)


async def _record(
    tx: db.Tx, reference: ReferenceData, attester: Attester, work: Work, decided: _Decided
) -> dict[int, Outcome]:
    outcomes: dict[int, Outcome] = {}
    rows = sql.Rows()
    entries: list[ledger.Entry] = []
    for index, decision in decided.decisions.items():
        claim, answer = work[index]
        amc, insurer = reference.insurers[answer.insurer_id]
        frame = response.Frame(claim=claim, amc=amc, insurer=insurer)
        if isinstance(decision, Again):
            outcomes[index] = replay(claim, decision)
        elif isinstance(decision, Rejection):
            outcomes[index] = answered = response.rejected(frame, decision)
            rows.claims.append(_rejected(claim, answer, decision, answered))
        else:
            outcomes[index] = answered = response.accepted(frame, decision.priced)
            rows.claims.append(_accepted(claim, answer, decision, answered))
            rows.lines.extend(_lines(claim, answer, decision))
            rows.uses.extend(_uses(claim, decision))
            entries += _entries(claim, answer, decision)
    by_number: dict[UUID, Word] = {
        work[index][0].claim_id: word for index, word in decided.words.items()
    }
    rows.claims[:] = [
        replace(
            row,
            attested=attester.attest(*attested_values(row)),
            said_by=by_number[row.claim_id].said_by if row.claim_id in by_number else "grid",
        )
        for row in rows.claims
    ]
    await sql.record(tx, rows)
    if not decided.is_promised:
        for index, answer_by in (
            await _await_acceptance(tx, reference, work, rows.claims)
        ).items():
            kept = outcomes[index]
            outcomes[index] = awaiting(kept, answer_by) if isinstance(kept, bytes) else kept
    await ledger.post(tx, entries, work[min(work)][0].received_at)
    return outcomes


async def _await_acceptance(
    tx: db.Tx, reference: ReferenceData, work: Work, claims: Sequence[sql.ClaimRow]
) -> dict[int, date]:
    """Note which invoices their insurer is still to accept, and return by when: until then nothing of them is paid."""
    places = {claim.claim_id: index for index, (claim, _) in work.items()}
    waiting: dict[int, date] = {}
    for row in claims:
        service = reference.services.by_insurer.get(row.insurer_id)
        if row.state == "payable" and service is not None and service.accept_days is not None:
            answer_by = working_days_after(civil_day(row.received_at), service.accept_days)
            await sql.await_acceptance(tx, row, answer_by, accepts=service.silence_accepts)
            waiting[places[ClaimId(row.claim_id)]] = answer_by
    return waiting


class _Shares(NamedTuple):
    """What a claim's expense is made of, in cents."""

    amo: int
    amc: int
    patient: int
    undue: int
    other_amc: int = 0


def _rejected(
    claim: SubmittedClaim, answer: Answer, rejection: Rejection, answered: bytes
) -> sql.ClaimRow:
    return _claim(
        claim, answer, answered, "rejected", _Shares(0, 0, 0, 0), rejection.control.value
    )


def _accepted(
    claim: SubmittedClaim, answer: Answer, accepted: Accepted, answered: bytes
) -> sql.ClaimRow:
    amo, amc, patient = accepted.priced.total
    other = accepted.priced.other_amc_cents
    undue = claim.expense_cents - amo - amc - patient - other
    state = "payable" if amc else "nothing-due"
    shares = _Shares(amo, amc, patient, undue, other)
    return _claim(claim, answer, answered, state, shares, None)


def _claim(
    claim: SubmittedClaim,
    answer: Answer,
    answered: bytes,
    state: str,
    shares: _Shares,
    found: str | None,
) -> sql.ClaimRow:
    amo, amc, patient, undue, other_amc = shares
    return sql.ClaimRow(
        establishment_id=claim.key[0],
        invoice=claim.key[1],
        claim_id=claim.claim_id,
        content_hash=claim.content_hash(),
        care_hash=claim.care_hash(answer.person_id),
        entry_id=claim.entry_id,
        person_id=answer.person_id,
        insurer_id=answer.insurer_id,
        plan_code=answer.plan_code,
        state=state,
        control=found,
        expense_cents=claim.expense_cents,
        amo_cents=amo,
        amc_cents=amc,
        patient_cents=patient,
        undue_cents=undue,
        other_amc_cents=other_amc,
        received_at=claim.received_at,
        due_on=due_day(civil_day(claim.received_at)),
        response=answered,
        attested=b"",
    )


def _lines(claim: SubmittedClaim, answer: Answer, accepted: Accepted) -> list[sql.LineRow]:
    return [
        sql.LineRow(
            establishment_id=claim.key[0],
            claim_id=claim.claim_id,
            line=number,
            act_code=f"{line.system}:{line.code}",
            care_on=line.care_on,
            expense_cents=line.expense.cents,
            amo_cents=priced.share.amo_cents,
            amc_cents=priced.share.amc_cents,
            patient_cents=priced.share.patient_cents,
            undue_cents=line.expense.cents - sum(priced.share) - priced.other_amc_cents,
            other_amc_cents=priced.other_amc_cents,
            act_hash=act_hash(answer.person_id, line),
            quantity=line.quantity,
            side=line.side,
            situation=",".join(sorted(line.situation)),
            base_cents=None if line.base is None else line.base.cents,
            performer=line.performer,
            stay=priced.act.stay,
            agreed_cents=priced.share.amc_cents if preauth.is_agreed(priced) else None,
            network=priced.act.network or None,
            network_cents=priced.act.network_cents,
        )
        for number, (line, priced) in enumerate(
            zip(claim.lines, accepted.priced.lines, strict=True), start=1
        )
    ]


def _uses(claim: SubmittedClaim, accepted: Accepted) -> list[sql.UseRow]:
    return [
        sql.UseRow(
            person_id=used.holder,
            counter=used.use.counter,
            care_on=used.use.care_on,
            claim_id=claim.claim_id,
            line=used.line,
            units=used.use.units,
            amount_cents=used.use.cents,
        )
        for used in accepted.uses
    ]


def _entries(claim: SubmittedClaim, answer: Answer, accepted: Accepted) -> list[ledger.Entry]:
    if not accepted.priced.total.amc_cents:
        return []
    establishment = claim.admitted.caller.establishment_id
    return [
        ledger.Entry(
            cause_kind=ledger.CauseKind.CLAIM,
            cause_id=str(claim.claim_id),
            debit=ledger.insurer_account(answer.insurer_id),
            credit=ledger.establishment_account(establishment),
            amount=accepted.priced.total.amc,
        )
    ]
