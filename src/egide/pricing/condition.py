"""When a line or a limit of the grid applies: words of the situation, ages, time since the cover began."""

from dataclasses import dataclass, replace
from typing import Final

from egide.core.period import add_months
from egide.pricing.act import NOTHING_SAID, Act

OLDEST: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What must hold together.

    Args:
        required: words that the situation has.
        forbidden: words that it has not.
        from_age, below_age: full years, the upper bound excluded.
        from_months, below_months: whole months since the cover began; None if they do not matter.
        teeth: where the act is done, by their numbers (FDI, ISO 3950); empty if it does not matter.
    """

    required: frozenset[str] = NOTHING_SAID
    forbidden: frozenset[str] = NOTHING_SAID
    from_age: int = 0
    below_age: int = OLDEST
    from_months: int | None = None
    below_months: int | None = None
    teeth: frozenset[str] = NOTHING_SAID

    def holds(self, act: Act) -> bool:
        """Tell whether an act is in this case."""
        situation = act.situation
        if situation:
            if not (self.required <= situation and self.forbidden.isdisjoint(situation)):
                return False
        elif self.required:
            return False
        if self.teeth and act.side not in self.teeth:
            return False
        return (
            self.from_age <= act.age < self.below_age
            and (self.from_months is None or _is_member_for(act, self.from_months))
            and (self.below_months is None or not _is_member_for(act, self.below_months))
        )

    def excludes(self, other: "Case") -> bool:
        """Tell whether no act can be in both cases."""
        return (
            not self.required.isdisjoint(other.forbidden)
            or not other.required.isdisjoint(self.forbidden)
            or self.below_age <= other.from_age
            or other.below_age <= self.from_age
            or _ends_before(self, other)
            or _ends_before(other, self)
            or bool(self.teeth and other.teeth and self.teeth.isdisjoint(other.teeth))
        )


def _ends_before(one: Case, other: Case) -> bool:
    return (
        one.below_months is not None
        and other.from_months is not None
        and one.below_months <= other.from_months
    )


def _is_member_for(act: Act, months: int) -> bool:
    return act.member_since is not None and add_months(act.member_since, months) <= act.care_on


@dataclass(frozen=True, slots=True)
class Condition:
    """Cases of which one must hold."""

    cases: tuple[Case, ...]

    def holds(self, act: Act) -> bool:
        """Tell whether an act meets the condition."""
        cases = self.cases
        if len(cases) == 1:
            return cases[0].holds(act)
        return any(case.holds(act) for case in cases)

    def excludes(self, other: "Condition") -> bool:
        """Tell whether no act can meet both conditions."""
        return all(one.excludes(two) for one in self.cases for two in other.cases)

    @property
    def asks_nothing(self) -> bool:
        """Tell whether it holds for every act of which nothing special is said, whatever its age and its day."""
        plain = Case()
        return any(replace(case, forbidden=NOTHING_SAID) == plain for case in self.cases)

    @property
    def is_exceptional(self) -> bool:
        """Tell whether it asks for a word of the situation, or a tooth: such a rule comes before a general one."""
        return all(case.required or case.teeth for case in self.cases)


ALWAYS: Final = Condition((Case(),))
