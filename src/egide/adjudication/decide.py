"""Decide claims: pure, no clock, no statement, no network; an invoice, a quote and a prise en charge alike.

Each claim is decided after those before it in the batch: what they bill and use counts for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from uuid import UUID

from egide.adjudication.billed import Billed
from egide.adjudication.claim import SubmittedClaim
from egide.adjudication.controls import Control, Cover, Rejection, control
from egide.adjudication.met import Hold
from egide.adjudication.reference_data import ReferenceData
from egide.core.ids import EntryId
from egide.core.period import Period
from egide.plans import Plan
from egide.pricing import CONTRACT, Act, Counters, PricedClaim, Use, merged, price_claim
from egide.rights import Answer

_AMO_COUNTERS: Final = "amo:"  # the AMO keeps its own deductions: not ours to remember
Work = Mapping[int, tuple[SubmittedClaim, Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """All that a decision depends on.

    Args:
        work: the claims, by position, each with what the gate has shown.
        known: content hash and answer of what was decided by another process since, by natural key.
        billed: the care and the acts billed before.
        counters: what persons and contracts have used.
        contracts: by entry of the access log, where the guarantee counts by contract.
        held: the renewals that prises en charge hold, by holder.
        promised: the claims that cite a prise en charge, by position: what others hold makes them worth less, as was
            promised, and never keeps them from being paid.
        waived: the controls that an insurer lifted for the care of a claim, by position.
    """

    work: Work
    reference: ReferenceData
    known: Mapping[tuple[UUID, str], tuple[bytes, bytes]]
    billed: Billed
    counters: Mapping[UUID, Counters]
    contracts: Mapping[EntryId, UUID]
    held: Mapping[UUID, tuple[Hold, ...]] = field(default_factory=dict[UUID, tuple[Hold, ...]])
    promised: frozenset[int] = frozenset()
    waived: Mapping[int, str] = field(default_factory=dict[int, str])


@dataclass(frozen=True, slots=True)
class Again:
    """It was decided before: with that content, and that answer."""

    content: bytes
    response: bytes


@dataclass(frozen=True, slots=True)
class Used:
    """A use of a counter by a line, and whose counter it is: the person's or the contract's."""

    holder: UUID
    line: int
    use: Use


@dataclass(frozen=True, slots=True)
class Accepted:
    """Priced, with what it uses."""

    priced: PricedClaim
    uses: list[Used]


class _Controlled(NamedTuple):
    acts: list[Act]
    plan: Plan


class _Holders(NamedTuple):
    """Whose counters a claim uses: the person's, and those that its contract shares."""

    person: UUID
    contract: UUID


Decision = Accepted | Rejection | Again


def decide(loaded: Loaded) -> dict[int, Decision]:
    """Return the decision of each claim, by position; what was loaded stays as it was."""
    billed = loaded.billed.copy()
    counters: dict[UUID, Counters] = dict(loaded.counters)
    decisions: dict[int, Decision] = {}
    for index, (claim, answer) in loaded.work.items():
        if claim.key in loaded.known:
            decisions[index] = Again(*loaded.known[claim.key])
            continue
        found = billed.control(claim, answer.person_id) or _control(
            loaded.reference, claim, answer, loaded.waived.get(index, "")
        )
        if isinstance(found, Rejection):
            decisions[index] = found
            continue
        contract = loaded.contracts.get(claim.entry_id, answer.person_id)
        holders = _Holders(answer.person_id, contract)
        others = billed.paid_elsewhere(claim, answer)
        held = [hold for holder in {*holders} for hold in loaded.held.get(holder, ())]
        accepted = _price(loaded.reference, claim, found, holders, counters, others)
        if held:
            among = _with_held(counters, holders, held)
            met = _price(loaded.reference, claim, found, holders, among, others)
            kept_from = _kept_from(accepted, met, held)
            if kept_from is not None and index not in loaded.promised:
                decisions[index] = kept_from
                continue
            accepted = met
        billed.add(claim, answer, accepted.priced)
        for holder in {answer.person_id, contract}:
            uses = [used.use for used in accepted.uses if used.holder == holder]
            counters[holder] = merged(counters.get(holder, {}), uses)
        decisions[index] = accepted
    return decisions


def _with_held(
    counters: Mapping[UUID, Counters], holders: _Holders, held: Sequence[Hold]
) -> dict[UUID, Counters]:
    person = holders.person
    return {**counters, person: merged(counters.get(person, {}), [hold.use for hold in held])}


def _kept_from(alone: Accepted, met: Accepted, held: Sequence[Hold]) -> Rejection | None:
    """Return the rejection of a claim that would be paid more, were it not for what prises en charge hold."""
    until = {hold.use.counter: hold.until for hold in sorted(held, key=lambda one: one.until)}
    lines = zip(alone.priced.lines, met.priced.lines, strict=True)
    days = {
        number: [until[use.counter] for use in would.uses if use.counter in until]
        for number, (would, does) in enumerate(lines, start=1)
        if does.share.amc_cents < would.share.amc_cents
    }
    kept_from = [number for number, held_until in days.items() if held_until]
    if not kept_from:
        return None
    first, *also = kept_from
    last = max(max(days[number]) for number in kept_from)
    return Rejection(
        Control.SLOT_HELD, first, f"Il l'est jusqu'au {last:%d/%m/%Y}", tuple(also)
    )


def _control(
    reference: ReferenceData, claim: SubmittedClaim, answer: Answer, waived: str
) -> _Controlled | Rejection:
    plans = {id(reference.plan(answer, line.care_on)) for line in claim.lines}
    if len(plans) > 1:
        return Rejection(Control.SEVERAL_DAYS)
    plan = reference.plan(answer, claim.care_on)
    acts = control(
        claim,
        profession=reference.professions[claim.key[0]],
        plan=plan,
        nomenclature=reference.acts.nomenclature,
        cover=Cover(
            Period(answer.start_on, answer.end_on),
            answer.birth_year or claim.care_on.year,
            lambda line, act: reference.networks.agreed(
                claim.key[0], answer.insurer_id, (act.code, act.kind.family), line.care_on
            ),
        ),
        waived=waived,
    )
    if isinstance(acts, Rejection):
        return acts
    return Rejection(Control.PLAN_UNKNOWN) if plan is None else _Controlled(acts, plan)


def _price(
    reference: ReferenceData,
    claim: SubmittedClaim,
    controlled: _Controlled,
    holders: _Holders,
    counters: Mapping[UUID, Counters],
    others: Sequence[tuple[int, ...]],
) -> Accepted:
    person, contract = holders
    acts, plan = controlled
    held = {**counters.get(person, {}), **counters.get(contract, {})}
    law = reference.acts.nomenclature.law_on(claim.care_on)
    paid: list[int] = []
    if any(map(any, others)):
        # Of one act there is one AMO part, whatever each bill says of it: what both have paid more than this one's.
        alone = price_claim(acts, plan.guarantee, law, held, explain=False)
        paid = [
            sum(max(cents - line.share.amo_cents, 0) for cents in other)
            for line, other in zip(alone.lines, others, strict=True)
        ]
    priced = price_claim(acts, plan.guarantee, law, held, other_amc=paid)
    uses = [
        Used(contract if use.counter.startswith(CONTRACT) else person, number, use)
        for number, line in enumerate(priced.lines, start=1)
        for use in line.uses
        if not use.counter.startswith(_AMO_COUNTERS)
    ]
    return Accepted(priced, uses)
