"""All that a price depends on: acts, tariffs, the guarantee, the law of the day, the counters.

These shapes are owned here so that nothing can slip a query into a price: the packages that load
rows produce them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from egide.core.money import Money, Rate
from egide.core.period import Period


class Family(StrEnum):
    """The kinds of acts that grids speak of; the value is the word of the plan language."""

    STAY = "sejour"
    DAILY_CHARGE = "forfait-journalier"
    PRIVATE_ROOM = "chambre-particuliere"
    HOSPITAL_FEES = "honoraires-hospitaliers"
    TRANSPORT = "transport"
    GENERALIST = "consultation-generaliste"
    SPECIALIST = "consultation-specialiste"
    TECHNICAL_ACT = "acte-technique"
    IMAGING = "imagerie"
    OSTEOPATHY = "osteopathie"
    AUXILIARY = "auxiliaire"
    BIOLOGY = "biologie"
    DRUG_65 = "medicament-65"
    DRUG_30 = "medicament-30"
    DRUG_15 = "medicament-15"
    PHARMACY_OTHER = "pharmacie-hors-medicament"
    DEVICE = "appareillage"
    PREVENTION = "prevention"
    AUDIO_CLASS_1 = "audio-classe-1"
    AUDIO_CLASS_2 = "audio-classe-2"
    AUDIO_BATTERIES = "audio-piles"
    DENTAL_CARE = "dentaire-soins"
    ORTHODONTICS = "orthodontie"
    INLAY_CAPPED = "inlay-onlay-maitrise"
    INLAY_FREE = "inlay-onlay-libre"
    INLAY_CORE_ZERO = "inlay-core-100-sante"
    INLAY_CORE_CAPPED = "inlay-core-maitrise"
    INLAY_CORE_FREE = "inlay-core-libre"
    DENTURE_ZERO = "prothese-dentaire-100-sante"
    DENTURE_CAPPED = "prothese-dentaire-maitrise"
    DENTURE_FREE = "prothese-dentaire-libre"
    FRAME_A = "monture-a"
    LENS_A = "verre-a"
    PAIRING = "appairage"
    FILTER = "filtre"
    FRAME_B = "monture-b"
    LENS_B_SIMPLE = "verre-b-simple"
    LENS_B_COMPLEX = "verre-b-complexe"
    LENS_B_VERY_COMPLEX = "verre-b-hypercomplexe"
    FITTING = "adaptation"
    OPTICS_SUPPLEMENT = "supplement-optique"
    CONTACT_LENSES = "lentilles"
    CONTACT_LENSES_REFUSED = "lentilles-refusees"


# The letter of each class B lens in article R871-2, 3°: a simple, c complex, f very complex.
LENS_LETTERS: Mapping[Family, str] = {
    Family.LENS_B_SIMPLE: "a",
    Family.LENS_B_COMPLEX: "c",
    Family.LENS_B_VERY_COMPLEX: "f",
}
DOCTOR_FAMILIES = frozenset(
    {
        Family.GENERALIST,
        Family.SPECIALIST,
        Family.TECHNICAL_ACT,
        Family.IMAGING,
        Family.HOSPITAL_FEES,
    }
)


# What is renewed together: a class A frame closes the period of a class B one.
RENEWED_AS: Mapping[Family, str] = {
    Family.FRAME_A: "monture",
    Family.FRAME_B: "monture",
    Family.LENS_A: "verres",
    Family.LENS_B_SIMPLE: "verres",
    Family.LENS_B_COMPLEX: "verres",
    Family.LENS_B_VERY_COMPLEX: "verres",
    Family.AUDIO_CLASS_1: "audio",
    Family.AUDIO_CLASS_2: "audio",
}


class Per(StrEnum):
    """What an amount in euros is counted by."""

    ACT = "acte"  # each unit billed: act, session, day, lens, tooth
    CIVIL_YEAR = "annee-civile"  # a credit from 1 January to 31 December
    EQUIPMENT = "equipement"  # two lenses and a frame, in one claim


class TermKind(StrEnum):
    """The words a formula is made of."""

    BASE = "BR"  # a share of the tariff base
    COPAYMENT = "TM"  # base minus the AMO part
    AMO = "RSS"  # what the AMO pays
    EXPENSE = "FR"  # a share of what is billed
    REMAINDER = "RAC"  # what the AMO leaves
    FLAT = "EUR"  # an amount in euros, or a credit


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One term of a sum: a rate for BR and FR, an amount for euros, nothing for the others."""

    kind: TermKind
    rate: Rate = Rate(0)
    amount: Money = Money(0)
    per: Per = Per.ACT


class CeilingKind(StrEnum):
    """What a promise may not exceed."""

    REGULATED = "regulated"  # the price limit of the act: PLV, HLF, or a regulated amount
    AMOUNT = "amount"  # an amount of the grid


@dataclass(frozen=True, slots=True)
class Ceiling:
    """An upper bound of the promise, AMO part included."""

    kind: CeilingKind
    amount: Money = Money(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """A sum of terms under an optional ceiling.

    Args:
        includes_amo: the sum is what AMO and AMC pay together; otherwise what the AMC adds.
        text: the formula as the grid prints it.
    """

    terms: tuple[Term, ...]
    includes_amo: bool
    ceiling: Ceiling | None
    text: str


class Window(StrEnum):
    """The time over which units are counted."""

    CIVIL_YEAR = "civil-year"
    ROLLING = "rolling"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most ``units`` in a window.

    Args:
        counter: whose units are counted together (``audio``, ``monture``, a grid line).
        months: length of a rolling window.
        by_side: left and right are counted apart.
        from_age, below_age: ages in full years it applies to, upper bound excluded.
    """

    counter: str
    units: int
    window: Window
    months: int = 0
    by_side: bool = False
    from_age: int = 0
    below_age: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """When a line of the grid applies; None means that it does not matter."""

    optam: bool | None = None
    contracted: bool | None = None

    def holds(self, act: "Act") -> bool:
        """Tell whether an act meets the condition."""
        return (self.optam is None or self.optam == act.optam) and (
            self.contracted is None or self.contracted == act.contracted
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GuaranteeLine:
    """One line of the printed table."""

    key: str  # stable inside its grid: counters are kept under it
    label: str
    families: frozenset[Family]
    formula: Formula
    condition: Condition = Condition()
    limits: tuple[Limit, ...] = ()
    period: Period = Period(date.min, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarantee:
    """A grid compiled for pricing."""

    plan_code: str
    label: str
    responsible: bool
    lines: tuple[GuaranteeLine, ...]

    def line_for(self, act: "Act") -> GuaranteeLine | None:
        """Return the first line that applies to an act on its day of care."""
        for line in self.lines:
            if (
                act.family in line.families
                and act.care_on in line.period
                and line.condition.holds(act)
            ):
                return line
        return None


@dataclass(frozen=True, slots=True)
class OpticsRange:
    """Floor and ceiling of a class B equipment, AMO part and copayment included."""

    floor: Money
    ceiling: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """The numbers of the responsible contract on a day, with their source.

    Args:
        optics: by category a to f.
        frame: most that is paid for a frame.
        audio_class_2: most that is paid for a class II hearing aid.
        free_fee_overrun: most that is paid of a non-OPTAM doctor's overrun, as a share of the base.
        free_fee_gap: by how much it must stay below the cover of OPTAM doctors, as a share of the base.
    """

    optics: Mapping[str, OpticsRange]
    frame: Money
    audio_class_2: Money
    free_fee_overrun: Rate
    free_fee_gap: Rate
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One billed line, with the tariff of its day.

    Args:
        expense: what is billed, for the whole quantity.
        base: the tariff base (BR), for the whole quantity; zero if the AMO does not reimburse.
        amo_rate: the share of the base that the AMO pays for this person today.
        full_rate: the same inside the care pathway; differs from ``amo_rate`` only outside it.
        price_limit: PLV, HLF or regulated amount, for the whole quantity; None if the price is free.
        flat_deduction: what the AMO keeps later on this act; never part of the shares.
        side: ``left`` or ``right`` for ears and eyes, empty otherwise.
        early_renewal: a case in which the rules open renewal before its time.
        age: full years on the day of care, by the year of birth when the day is not known.
    """

    code: str
    family: Family
    label: str
    care_on: date
    quantity: int
    expense: Money
    base: Money
    amo_rate: Rate
    full_rate: Rate
    price_limit: Money | None = None
    flat_deduction: Money = Money(0)
    optam: bool = True
    contracted: bool = True
    side: str = ""
    early_renewal: bool = False
    age: int = 40
    tariff_source: str = ""
    rate_source: str = ""


@dataclass(frozen=True, slots=True)
class Use:
    """Units and euros of a counter used on a day."""

    counter: str
    care_on: date
    units: int
    amount: Money


Counters = Mapping[str, tuple[Use, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The payers of one act; together they pay its expense, to the cent."""

    amo: Money
    amc: Money
    patient: Money
