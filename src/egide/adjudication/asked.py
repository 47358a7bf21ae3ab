"""What an insurer that answers by itself is asked of a claim, and what its answer makes of the decision.

It is asked once the gate and the controls have passed a claim and its grid has priced it; it says an amount a line.
What it says is believed whole or not at all: an amount below nothing, or above what the others leave, is silence.

Source: FHIR R4 Claim and ClaimResponse; what is sent of a line is what its export shows, a family in place of an LPP
code (CNIL: a grouping is enough).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec

from egide.adjudication.claim import ClaimUse, SubmittedClaim
from egide.adjudication.controls import Control, Rejection
from egide.adjudication.decide import Accepted, Used
from egide.adjudication.fhir import BASE, PERFORMER, SITUATION, STAY
from egide.adjudication.response import ADJUDICATION
from egide.core.ids import to_code
from egide.core.money import Money
from egide.core.refusal import Refusal, RefusalCode
from egide.edge import fhir
from egide.insurers import Asked, OnSilence, Service, Services
from egide.nomenclature import BilledLine
from egide.pricing import PricedLine, Share, Step, StepCode
from egide.rights import PERSON, Answer, Basis

QUESTION: Final = "urn:egide:question"
AMO: Final = "urn:egide:amo"
FAMILY: Final = "urn:egide:act:family"
REASON: Final = "urn:egide:refusal-reason"
REASONS: Final[Mapping[str, str]] = {
    "not-in-contract": "La garantie ne prévoit pas cet équipement ou cet acte.",
    "renewal-not-due": "Le renouvellement n'est pas encore dû.",
    "above-convention": "Le prix dépasse celui de la convention.",
    "piece-not-given": "La pièce demandée n'a pas été donnée.",
    "other": "Voir avec l'assureur, au numéro de la convention.",
}
SAID_BY_INSURER: Final = "réponse de l'assureur"
_BY_HAND: Final = frozenset({StepCode.AMC, StepCode.PATIENT})
# What the grid would have given says nothing of what an insurer pays by itself.
_OF_GRID: Final = frozenset(
    {
        StepCode.PROMISE,
        StepCode.PROMISE_ADDED,
        StepCode.OPTION,
        StepCode.CREDIT,
        StepCode.GRID_CEILING,
        StepCode.CEILING,
        StepCode.FLOOR,
        StepCode.FULL,
        StepCode.EQUIPMENT_CEILING,
        StepCode.EQUIPMENT_FLOOR,
        StepCode.LIMIT,
        StepCode.PARTLY,
        StepCode.BEYOND,
        StepCode.NOT_COVERED,
    }
)
ASKED_AS: Final[Mapping[ClaimUse, Asked]] = {
    ClaimUse.CLAIM: Asked.CLAIM,
    ClaimUse.PREAUTHORIZATION: Asked.PREAUTH,
    ClaimUse.PREDETERMINATION: Asked.PREAUTH,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What an insurer said of a claim, or did not.

    Args:
        amounts: in cents, of each line by its number; empty where it said none.
        reason: why it refuses, of a closed list; empty where it does not.
        is_pended: it will answer later.
        is_by_grid: it was asked of the rights alone, and its grid gives the price.
    """

    service: Service
    amounts: Mapping[int, int]
    reason: str = ""
    is_pended: bool = False
    is_by_grid: bool = False

    @property
    def is_silence(self) -> bool:
        """Tell whether its grid answers for it because it does not."""
        return not (self.amounts or self.reason or self.is_pended or self.is_by_grid)

    @property
    def said_by(self) -> str:
        """Return who answers."""
        if self.is_by_grid:
            return "grid"
        return "silence" if self.is_silence else "insurer"


@dataclass(frozen=True, slots=True)
class ToAsk:
    """A claim that its insurer is to be asked about: nothing of it is kept yet.

    Args:
        claim: the one that passed the gate: who sends the same beside it is answered by it.
        accepted: as its grid has it; None where a control rejects it.
        numbers: those of the lines that are priced.
        asked: what it is asked: the price, or the rights alone where its grid gives the price.
    """

    service: Service
    claim: SubmittedClaim
    answer: Answer
    accepted: Accepted | None
    numbers: tuple[int, ...]
    asked: Asked


def to_ask(
    services: Services, claim: SubmittedClaim, answer: Answer, accepted: Accepted | None
) -> ToAsk | None:
    """Return what the insurer of a claim is to be asked before it is decided; None where its grid answers for all.

    Args:
        accepted: the decision of its grid; None where a control rejects it: of that, its insurer has the rights to say.
    """
    kinds = [Asked.RIGHTS] if accepted is None else [ASKED_AS[claim.use], Asked.RIGHTS]
    for asked in kinds:
        service = services.of(answer.insurer_id, asked)
        if service is not None:
            return ToAsk(service, claim, answer, accepted, claim.numbers, asked)
    return None


class _Adjudication(msgspec.Struct):
    category: fhir.CodeableConcept
    amount: fhir.FhirMoney | None = None


class _Item(msgspec.Struct):
    itemSequence: int
    adjudication: list[_Adjudication] = []


class _Error(msgspec.Struct):
    code: fhir.CodeableConcept


class _Said(msgspec.Struct):
    resourceType: str
    outcome: str
    use: str = ""
    patient: fhir.Reference | None = None
    item: list[_Item] = []
    error: list[_Error] = []


_read: Final = msgspec.json.Decoder(_Said)
_BENEFIT: Final = "benefit"


def question(asked: ToAsk) -> bytes:
    """Return the Claim that an insurer is sent: whose it is by the number it was given of each person, and no name."""
    claim = asked.claim
    lines = [
        (number, line)
        for number, line in zip(claim.numbers, claim.lines, strict=True)
        if number in asked.numbers
    ]
    priced = () if asked.accepted is None else asked.accepted.priced.lines
    said: dict[str, Any] = {
        "resourceType": "Claim",
        "status": "active",
        "use": claim.use.value,
        "type": {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/claim-type",
                    "code": claim.kind,
                }
            ]
        },
        "created": claim.received_at.isoformat(timespec="milliseconds"),
        # The same for the same claim sent again: it is asked once more, and was answered.
        "identifier": [{"system": QUESTION, "value": to_code(claim.question)}],
        "patient": {"identifier": {"system": PERSON, "value": to_code(asked.answer.person_id)}},
        "provider": {
            "identifier": {"system": "urn:egide:establishment", "value": str(claim.key[0])}
        },
        "priority": {"coding": [{"code": "normal"}]},
        "insurance": [
            {"sequence": 1, "focal": True, "coverage": {"display": asked.answer.plan_code}}
        ],
        "item": [
            _item(number, line, one) for (number, line), one in zip(lines, priced, strict=True)
        ],
    }
    return fhir.encode(said)


def _item(number: int, line: BilledLine, priced: PricedLine) -> dict[str, Any]:
    coding = coded_for_insurer(line.system, line.code, priced.act.kind.family)
    amo = fhir.money_element(priced.share.amo)
    said: dict[str, Any] = {
        "sequence": number,
        "productOrService": {"coding": [coding]},
        "servicedDate": line.care_on.isoformat(),
        "quantity": {"value": line.quantity},
        "net": fhir.money_element(line.expense),
        "extension": [
            {"url": AMO, "valueMoney": amo},
            {"url": BASE, "valueMoney": fhir.money_element(Money(priced.act.base_cents))},
            *({"url": url, "valueString": text} for url, text in _labels(line) if text),
        ],
    }
    if line.side:
        said["bodySite"] = {"coding": [{"code": line.side}]}
    words = sorted(priced.act.situation)
    if words:
        said["modifier"] = [{"coding": [{"system": SITUATION, "code": one}]} for one in words]
    return said


def coded_for_insurer(system: str, code: str, family: str) -> dict[str, str]:
    """Return an act as an insurer is told it: one of the LPP by its family: a code may say a correction."""
    if system == "lpp":
        return {"system": FAMILY, "code": family}
    return {"system": f"urn:egide:act:{system}", "code": code}


def _labels(line: BilledLine) -> tuple[tuple[str, str], ...]:
    return ((STAY, line.stay), (PERFORMER, line.performer))


def word_of(asked: ToAsk, said: bytes | None) -> Word:
    """Return what an insurer's answer says; silence for what cannot be used, whole."""
    claim, silence = asked.claim, Word(service=asked.service, amounts={})
    if said is None:
        return silence
    try:
        said.decode()
        read = _read.decode(said)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return silence
    if not _is_of(read, claim, asked):
        return silence
    match read.outcome:
        case "queued" if claim.use is not ClaimUse.CLAIM:
            return replace(silence, is_pended=True)
        case "error":
            reasons = [
                coding.code
                for one in read.error
                for coding in one.code.coding
                if coding.system == REASON and coding.code in REASONS
            ]
            return replace(silence, reason=reasons[0]) if reasons else silence
        case "complete":
            amounts = _amounts(read, asked)
            return silence if amounts is None else replace(silence, amounts=amounts)
        case _:
            return silence


def _is_of(read: _Said, claim: SubmittedClaim, asked: ToAsk) -> bool:
    """Tell whether an answer is one to this question, as far as it says what it answers."""
    person = None if read.patient is None else read.patient.identifier
    is_hers = person is None or person.value in {"", to_code(asked.answer.person_id)}
    return (
        read.resourceType == "ClaimResponse" and read.use in {"", claim.use.value} and is_hers
    )


def _amounts(read: _Said, asked: ToAsk) -> dict[int, int] | None:
    """Return what is paid of each line; None unless each is said once, and none is more than the others leave."""
    amounts: dict[int, int] = {}
    for item in read.item:
        benefits = [
            one.amount
            for one in item.adjudication
            if fhir.Coding(ADJUDICATION, _BENEFIT) in one.category.coding
        ]
        if item.itemSequence in amounts or len(benefits) != 1 or benefits[0] is None:
            return None
        try:
            amounts[item.itemSequence] = fhir.to_money(benefits[0], "benefit").cents
        except (Refusal, ArithmeticError):
            return None
    if amounts.keys() != set(asked.numbers):
        return None
    priced = () if asked.accepted is None else asked.accepted.priced.lines
    lines = zip(asked.numbers, priced, strict=True)
    return amounts if all(amounts[number] <= _room(line) for number, line in lines) else None


def _room(line: PricedLine) -> int:
    """Return what an insurer may pay of a line: what the AMO and the other insurer leave."""
    return line.share.amc_cents + line.share.patient_cents


def held_to_word(
    accepted: Accepted, word: Word, numbers: Sequence[int], basis: Basis
) -> Accepted | Rejection:
    """Return a decision as its insurer has it; on silence, its grid's, as far as the contract guarantees it.

    Raises Refusal: ``insurer-away``: it says nothing, and does not guarantee that much.
    """
    if word.reason:
        return Rejection(Control.INSURER_REFUSES, 0, REASONS[word.reason])
    if word.is_by_grid:
        return accepted
    if word.is_silence:
        service = word.service
        is_owed = accepted.priced.total.amc_cents <= service.guaranteed_cents
        if service.on_silence is OnSilence.CARD_AND_CALL and basis.is_unproved:
            is_owed = False
        if not is_owed:
            raise Refusal(RefusalCode.INSURER_AWAY)
        return accepted
    return paying(
        accepted,
        [word.amounts[number] for number in numbers],
        StepCode.INSURER,
        SAID_BY_INSURER,
    )


def paying(accepted: Accepted, amounts: Sequence[int], code: StepCode, source: str) -> Accepted:
    """Return a decision whose lines pay some amounts, in cents, at most what the others leave; with why."""
    lines: list[PricedLine] = []
    less: dict[int, int] = {}
    for at, (line, cents) in enumerate(
        zip(accepted.priced.lines, amounts, strict=True), start=1
    ):
        due = min(cents, _room(line))
        less[at] = max(line.share.amc_cents - due, 0)
        lines.append(_line(line, due, code, source))
    uses = [_used(one, less[one.line]) for one in accepted.uses]
    return replace(accepted, priced=accepted.priced._replace(lines=tuple(lines)), uses=uses)


def _line(line: PricedLine, amc: int, code: StepCode, source: str) -> PricedLine:
    share = line.share
    patient = _room(line) - amc
    dropped = _BY_HAND | _OF_GRID if code is StepCode.INSURER else _BY_HAND
    steps = [step for step in line.steps if step.code not in dropped]
    steps += [
        Step(code, amc, source),
        Step(StepCode.AMC, amc, source),
        Step(StepCode.PATIENT, patient, "FR - AMO - AMC"),
    ]
    kept = [step for step in line.steps if step.code is StepCode.FLAT_DEDUCTION]
    steps = [step for step in steps if step.code is not StepCode.FLAT_DEDUCTION] + kept
    return line._replace(share=Share(share.amo_cents, amc, patient), steps=tuple(steps))


def _used(used: Used, less: int) -> Used:
    """Return a use less what its line is not paid, where amounts are what it counts."""
    use = used.use
    if not less or use.units or not use.cents:
        return used
    return replace(used, use=use._replace(cents=max(use.cents - less, 0)))
