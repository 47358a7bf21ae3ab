"""One billed act with the tariff of its day, and what the law calls it."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import IntFlag, StrEnum
from typing import Final, NamedTuple


class Role(StrEnum):
    """What the law sets a floor, a ceiling or a period for."""

    NONE = "none"
    FRAME_A = "frame-a"
    FRAME_B = "frame-b"
    LENS_A = "lens-a"
    LENS_SIMPLE = "lens-simple"  # class B, R871-2 3° a
    LENS_COMPLEX = "lens-complex"  # class B, c
    LENS_VERY_COMPLEX = "lens-very-complex"  # class B, f
    OPTICS_ZERO = "optics-zero"  # pairing, filter: services of the 100 % Santé basket
    AUDIO_1 = "audio-1"
    AUDIO_2 = "audio-2"
    DENTAL_ZERO = "dental-zero"
    HAIR_ZERO = "hair-zero"
    WHEELCHAIR_ZERO = "wheelchair-zero"
    STAY = "stay"
    DAILY_CHARGE = "daily-charge"
    EMERGENCY = "emergency"


class Heaviness(StrEnum):
    """What an act of a high tariff changes to the patient's participation."""

    NONE = "none"
    REDUCED = "reduced"  # one amount for all that is done at once
    EXEMPT = "exempt"  # nothing is left


LENS_LETTERS: Final = {
    Role.LENS_SIMPLE: "a",
    Role.LENS_COMPLEX: "c",
    Role.LENS_VERY_COMPLEX: "f",
}
FRAMES: Final = frozenset({Role.FRAME_A, Role.FRAME_B})
EQUIPMENT: Final = frozenset({*LENS_LETTERS, *FRAMES})
ELEMENTS: Final = EQUIPMENT | {Role.LENS_A}


class Trait(IntFlag):
    """What of an act asks for a look at the whole claim; most acts have none."""

    NONE = 0
    ELEMENT = 1  # a lens or a frame: part of a pair
    HEAVY = 2  # its tariff may be one that changes the participation
    DAILY_CHARGE = 4  # it is imputed on the participation in the stay
    STAY = 8  # it bears what the law adds to a stay, and frees of what is not due beside one


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What an act is, in the words of grids and of the law; one object a family, shared by its acts.

    Args:
        family: the word of the plan language.
        lineage: the family and those it is part of, the narrowest first: a grid may name any of them.
        role: what the law calls it.
        is_doctor: a doctor's act: overruns outside OPTAM are bounded.
        in_pathway: one that costs more outside the care pathway.
        copayment_optional: a responsible contract may leave the copayment.
        heaviness: what a high tariff changes.
        lens: the correction of a class A lens, by the letters of R871-2 3° (a, c, f); empty where it is not known.
        refused_lineage: the words of such acts where the AMO refuses them, the narrowest first.
        is_limited: an agreement limits its price (panier maîtrisé): a limit that is not known is no free price.
        traits: derived from the role and the heaviness.
    """

    family: str
    lineage: tuple[str, ...]
    role: Role = Role.NONE
    is_doctor: bool = False
    in_pathway: bool = False
    copayment_optional: bool = False
    heaviness: Heaviness = Heaviness.NONE
    lens: str = ""
    is_limited: bool = False
    refused_lineage: tuple[str, ...] = ()
    traits: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Derive the traits, once for all the acts of the kind."""
        traits = Trait.NONE
        if self.role in ELEMENTS:
            traits |= Trait.ELEMENT
        if self.heaviness is not Heaviness.NONE:
            traits |= Trait.HEAVY
        if self.role is Role.DAILY_CHARGE:
            traits |= Trait.DAILY_CHARGE
        if self.role is Role.STAY:
            traits |= Trait.STAY
        object.__setattr__(self, "traits", int(traits))


class Deductible(NamedTuple):
    """What the AMO keeps later on each unit of an act, apart from the shares.

    Args:
        counter: ``amo:participation`` or ``amo:franchise``: each has its own ceiling of the year.
        group: the acts that share a ceiling of the day.
        cents: by unit.
        units_a_day: at most so many units a day; None if every unit counts.
        by_performer: the day's ceiling is that of each professional.
    """

    counter: str
    group: str
    cents: int
    units_a_day: int | None
    by_performer: bool


NOTHING_SAID: Final[frozenset[str]] = frozenset()
REFUSED: Final = "refused"  # the situation of an act that the AMO refuses


class Act(NamedTuple):
    """One billed line; amounts in cents, for the whole quantity.

    Args:
        code: ``system:code``.
        expense_cents: what is billed.
        base_cents: the tariff base (BR); zero if the AMO has none for it.
        rate_bp: the share of the base that the AMO pays inside the care pathway.
        limit_cents: PLV, HLF or regulated amount; None if the price is free.
        deductible: what the AMO keeps later on it; None if nothing.
        situation: words that change rates and lines (``ald``, ``not-optam``, ``out-of-pathway``).
        age: full years on the day of care.
        member_since: first day of the cover; None if it is not known, and then no wait is over.
        side: ``left`` or ``right`` for ears and eyes, a number for teeth, empty otherwise.
        stay: what tells a hospital stay from another, empty outside.
        performer: who did it, as far as caps by day and professional need to know.
        network_cents: the price agreed in the insurer's network; None if there is none.
        network: the network in which it is billed, by its code; empty outside.
    """

    code: str
    kind: Kind
    label: str
    care_on: date
    quantity: int
    expense_cents: int
    base_cents: int
    rate_bp: int
    limit_cents: int | None = None
    deductible: Deductible | None = None
    situation: frozenset[str] = NOTHING_SAID
    age: int = 40
    member_since: date | None = None
    side: str = ""
    stay: str = ""
    performer: str = ""
    network_cents: int | None = None
    tariff_source: str = ""
    rate_source: str = ""
    network: str = ""

    @property
    def apart(self) -> tuple[object, ...]:
        """Return what tells two acts of one day apart, to sort by: the dearest first."""
        return (
            -self.expense_cents,
            self.code,
            self.side,
            self.stay,
            self.performer,
            self.quantity,
            self.base_cents,
            self.rate_bp,
            self.age,
            sorted(self.situation),
        )


class Part(NamedTuple):
    """An act, or the part of it that its covered units are, with the AMO part that goes with it."""

    act: Act
    amo: int


def cut_up(act: Act, amo: int, sizes: Sequence[int]) -> list[Part]:
    """Return an act in parts of so many units; together they are the act, to the cent."""
    first = [part_of(act, amo, count) for count in itertools.accumulate(sizes, initial=0)]
    return [
        Part(
            more.act._replace(
                quantity=more.act.quantity - less.act.quantity,
                expense_cents=more.act.expense_cents - less.act.expense_cents,
                base_cents=more.act.base_cents - less.act.base_cents,
                limit_cents=_less(more.act.limit_cents, less.act.limit_cents),
                network_cents=_less(more.act.network_cents, less.act.network_cents),
            ),
            more.amo - less.amo,
        )
        for less, more in itertools.pairwise(first)
    ]


def _less(whole: int | None, part: int | None) -> int | None:
    return None if whole is None or part is None else whole - part


def part_of(act: Act, amo: int, covered: int) -> Part:
    """Return the part of an act that its covered units are, and the AMO part that goes with it."""
    quantity = act.quantity
    part = act._replace(
        quantity=covered,
        expense_cents=act.expense_cents * covered // quantity,
        base_cents=act.base_cents * covered // quantity,
        limit_cents=None if act.limit_cents is None else act.limit_cents * covered // quantity,
        network_cents=None
        if act.network_cents is None
        else act.network_cents * covered // quantity,
    )
    return Part(part, amo * covered // quantity)
