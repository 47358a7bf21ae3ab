"""Decide a batch of claims in one transaction: load, decide, record.

The decisions, their lines, their counters and their ledger entries are stored together or not at all.
"""

from dataclasses import replace
from typing import NamedTuple

from egide import db, ledger
from egide.claims import fhir, sql
from egide.claims.attested import attested_values
from egide.claims.billed import Billed
from egide.claims.claim import SubmittedClaim, act_hash, due_day
from egide.claims.controls import Rejection
from egide.claims.decide import Accepted, Again, Decision, Loaded, Work, decide
from egide.claims.reference_data import ReferenceData
from egide.core.period import civil_day
from egide.core.refusal import Refusal, RefusalCode
from egide.rights import Answer
from egide.vault import Attester

Outcome = bytes | Exception


def replay(claim: SubmittedClaim, stored: Again) -> Outcome:
    """Return the stored answer to the same content, or the refusal of another content."""
    if stored.content == claim.content_hash():
        return stored.response
    return Refusal(RefusalCode.INVOICE_REUSED)


async def decide_batch(
    tx: db.Tx, reference: ReferenceData, attester: Attester, work: Work
) -> dict[int, Outcome]:
    """Decide claims that passed the gate, in the caller's transaction; their answers by position."""
    if not work:
        return {}
    loaded = await _load(tx, reference, work)
    decisions = decide(loaded)
    return await _record(tx, reference, attester, work, decisions)


async def _load(tx: db.Tx, reference: ReferenceData, work: Work) -> Loaded:
    await reference.refresh(tx, work.values())
    contracts = {
        claim.entry_id: answer.contract_id
        for claim, answer in work.values()
        if answer.contract_id is not None
        and (plan := reference.plan(answer, claim.care_on))
        and plan.guarantee.shares_counters
    }
    persons = [answer.person_id for _, answer in work.values()]
    same = [person for _, answer in work.values() for person in answer.elsewhere]
    counters = await sql.lock_counters(tx, [*persons, *same, *contracts.values()])
    # Read behind the lock of the persons: nobody decides on one of them at this instant.
    return Loaded(
        work=work,
        reference=reference,
        known=await sql.existing(tx, [claim.key for claim, _ in work.values()]),
        billed=await Billed.load(tx, work.values()),
        counters=counters,
        contracts=contracts,
    )


async def _record(
    tx: db.Tx,
    reference: ReferenceData,
    attester: Attester,
    work: Work,
    decisions: dict[int, Decision],
) -> dict[int, Outcome]:
    outcomes: dict[int, Outcome] = {}
    rows = sql.Rows()
    entries: list[ledger.Entry] = []
    for index, decision in decisions.items():
        claim, answer = work[index]
        amc, insurer = reference.insurers[answer.insurer_id]
        frame = fhir.Frame(claim=claim, amc=amc, insurer=insurer)
        if isinstance(decision, Again):
            outcomes[index] = replay(claim, decision)
        elif isinstance(decision, Rejection):
            outcomes[index] = response = fhir.rejected(frame, decision)
            rows.claims.append(_rejected(claim, answer, decision, response))
        else:
            outcomes[index] = response = fhir.accepted(frame, decision.priced)
            rows.claims.append(_accepted(claim, answer, decision, response))
            rows.lines.extend(_lines(claim, answer, decision))
            rows.uses.extend(_uses(claim, decision))
            entries += _entries(claim, answer, decision)
    rows.claims[:] = [
        replace(row, attested=attester.attest(*attested_values(row))) for row in rows.claims
    ]
    await sql.record(tx, rows)
    await ledger.post(tx, entries, work[min(work)][0].received_at)
    return outcomes


class _Shares(NamedTuple):
    """What a claim's expense is made of, in cents."""

    amo: int
    amc: int
    patient: int
    undue: int
    other_amc: int = 0


def _rejected(
    claim: SubmittedClaim, answer: Answer, rejection: Rejection, response: bytes
) -> sql.ClaimRow:
    return _claim(
        claim, answer, response, "rejected", _Shares(0, 0, 0, 0), rejection.control.value
    )


def _accepted(
    claim: SubmittedClaim, answer: Answer, accepted: Accepted, response: bytes
) -> sql.ClaimRow:
    amo, amc, patient = accepted.priced.total
    other = accepted.priced.other_amc_cents
    undue = _expense(claim) - amo - amc - patient - other
    state = "payable" if amc else "nothing-due"
    shares = _Shares(amo, amc, patient, undue, other)
    return _claim(claim, answer, response, state, shares, None)


def _claim(
    claim: SubmittedClaim,
    answer: Answer,
    response: bytes,
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
        expense_cents=_expense(claim),
        amo_cents=amo,
        amc_cents=amc,
        patient_cents=patient,
        undue_cents=undue,
        other_amc_cents=other_amc,
        received_at=claim.received_at,
        due_on=due_day(civil_day(claim.received_at)),
        response=response,
        attested=b"",
    )


def _expense(claim: SubmittedClaim) -> int:
    return sum(line.expense.cents for line in claim.lines)


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
