"""A line being decided: what the AMC pays so far, from which layer, and why."""

from dataclasses import dataclass
from typing import Final

from egide.pricing.act import Act, Kind
from egide.pricing.amo_part import AmoPart
from egide.pricing.formula import Promise
from egide.pricing.guarantee import GuaranteeLine, Layer, Stacking
from egide.pricing.limits import Use
from egide.pricing.reckoning import Step, StepCode

PARTICIPATION: Final = "participation-acte-lourd"  # the word of the plan language
_CODE: Final = f"libre:{PARTICIPATION}"
_LABEL: Final = "Participation sur acte lourd"
_KIND: Final = Kind(family=PARTICIPATION, lineage=(PARTICIPATION,))


@dataclass(slots=True)
class Payment:
    """What one line of a grid pays for an act, before its credit and its ceilings are spent.

    Args:
        act: the act, or the part of it that the line's limits leave.
        amo: the AMO part that goes with it.
        plain: what the line promises without its credit, AMO part included.
        credit_left: what was left of the credit.
        paid: what the line pays; a bound of the law may still lower it.
        before: what the layers under it pay, where its amounts include theirs.
    """

    line: GuaranteeLine
    act: Act
    amo: int
    plain: int
    credit_left: int
    paid: int
    before: int


class Draft:
    """The AMC part of one act as layer after layer adds to it; amounts in cents.

    Args:
        part: what the AMO pays.
        in_pathway: the AMO part that guarantees are reckoned from: a responsible contract leaves to the patient
            what leaving the pathway costs (R871-1), any other pays what it promises above what the AMO did pay.
        other: what another complementary insurer has paid of the act.
        most: the most the AMC may pay: what the others leave; the patient keeps what leaving the pathway costs.
        amc: what it pays so far.
        covered: the units that no limit leaves out.
        participation: that in a heavy act, where a row of the grid pays it apart from the act.
        pays_pair: its line pays the pair of glasses as a whole: the copayment is that of the pair.
        steps: why, None if nobody asks.
    """

    __slots__ = (
        "act",
        "amc",
        "covered",
        "in_pathway",
        "most",
        "other",
        "part",
        "participation",
        "payments",
        "pays_pair",
        "steps",
        "uses",
    )

    def __init__(self, part: AmoPart, steps: list[Step] | None, *, responsible: bool) -> None:
        act = part.act
        self.part = part
        self.act = act
        self.in_pathway = part.in_pathway if responsible else part.paid
        self.other = 0
        self.most = act.expense_cents - self.in_pathway
        self.amc = 0
        self.covered = act.quantity
        self.steps = steps
        self.uses: list[Use] = []
        self.payments: list[Payment] = []
        self.participation: Draft | None = None
        self.pays_pair = False

    def leave(self, other: int) -> None:
        """Leave to the AMC what another complementary insurer has not paid of the act: of its participation last."""
        apart = self.participation
        room = self.act.expense_cents - self.part.paid
        room -= 0 if apart is None else apart.act.expense_cents
        self.other = min(other, room)
        if apart is not None:
            apart.leave(other - self.other)
        self.most = max(self.most - self.other, 0)

    def leave_law(self) -> None:
        """Go on without the responsible contract: what leaving the pathway costs is no longer the patient's to keep."""
        self.in_pathway -= self.part.in_pathway - self.part.paid
        self.most = max(self.act.expense_cents - self.in_pathway - self.other, 0)

    @property
    def together(self) -> int:
        """Return what AMO and AMC pay, as if inside the pathway."""
        return self.in_pathway + self.amc

    def say(self, code: StepCode, cents: int, source: str, *words: str | int) -> None:
        """Note a step, if anybody asks why."""
        if self.steps is not None:
            self.steps.append(Step(code, cents, source, words))

    def cap(self, together: int, code: StepCode, source: str) -> None:
        """Lower the AMC part so that AMO and AMC pay at most ``together``."""
        allowed = max(together - self.in_pathway, 0)
        if self.amc > allowed:
            self.cut(self.amc - allowed)
            self.say(code, together, source)

    def cut(self, cents: int) -> None:
        """Take from the AMC part, and from what the last lines paid of it."""
        self.amc -= cents
        excess = sum(payment.paid for payment in self.payments) - self.amc
        for payment in reversed(self.payments):
            if excess <= 0:
                break
            taken = min(excess, payment.paid)
            payment.paid -= taken
            excess -= taken

    def give_back(self, cents: int) -> None:
        """Return what was spent from credits and ceilings for a part that is not paid after all."""
        for index, use in enumerate(self.uses):
            if use.cents and not use.units:
                self.uses[index] = use._replace(cents=max(use.cents - cents, 0))

    def lift(self, together: int, code: StepCode, source: str) -> None:
        """Raise the AMC part so that AMO and AMC pay at least ``together``."""
        due = min(together - self.in_pathway, self.most)
        if self.amc < due:
            self.amc = due
            self.say(code, together, source)


def say_promise(
    layer: Layer, line: GuaranteeLine, draft: Draft, promise: Promise, amo: int, paid: int
) -> None:
    """Note what a line of a layer promises, as the grid prints it; ``paid`` is what it adds for an option."""
    text = line.formula.text
    if layer.stacking is not Stacking.BASE:
        source = f"{layer.plan_code}, {line.key}"
        draft.say(StepCode.OPTION, paid, source, line.label, text)
    elif line.formula.includes_amo:
        draft.say(StepCode.PROMISE, promise.total, line.key, line.label, text)
    else:
        added = max(promise.total - amo, 0)
        draft.say(StepCode.PROMISE_ADDED, added, line.key, line.label, text)
    if promise.is_capped:
        draft.say(StepCode.GRID_CEILING, promise.total, line.key)


def set_apart(draft: Draft, base: Layer, *, explain: bool, responsible: bool) -> None:
    """Take the participation in a heavy act out of a draft, where a row of the base pays it and not the act.

    A grid prints « Participation forfaitaire sur les actes lourds » as a row: what is left of the act or the stay by
    R160-16 is that row's, and the row of the act pays what is beyond. Without such a row, or where one row names both,
    it is priced with its act.
    """
    due = draft.part.heavy_cents
    if not due or not base.names(PARTICIPATION, _CODE):
        return
    alone = _of(draft.act, due)
    line, own = base.line_for(alone.act), base.line_for(draft.act)
    if line is None or (own is not None and own.key == line.key):
        return
    steps = list[Step]() if explain else None
    draft.participation = Draft(alone, steps, responsible=responsible)
    draft.in_pathway += due
    draft.most = max(draft.most - due, 0)


def _of(act: Act, cents: int) -> AmoPart:
    """Return the participation due on an act as what the AMO leaves whole."""
    alone = act._replace(
        code=_CODE,
        kind=_KIND,
        label=_LABEL,
        quantity=1,
        expense_cents=cents,
        base_cents=cents,
        rate_bp=0,
        limit_cents=None,
        deductible=None,
        network_cents=None,
    )
    return AmoPart(alone, 0, 0)
