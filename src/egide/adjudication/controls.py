"""The controls between the gate and the price: our own codes, after what fires them.

T structure, P professional, B beneficiary, D rights, E engagement, A act, M amount, C prior
agreement, I the insurer itself, X duplicate, R delay. They are not those of any licensed norm.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from egide.adjudication.claim import SubmittedClaim
from egide.core.money import euros
from egide.core.period import Period
from egide.core.refusal import Actor
from egide.networks import Agreed
from egide.nomenclature import (
    BaseMissingError,
    BilledLine,
    Nomenclature,
    UnpriceableError,
    families,
)
from egide.plans import Plan
from egide.pricing import NETWORK, Act, Guarantee


class Control(StrEnum):
    """Which control rejected a claim; public and permanent."""

    ACT_NOT_THEIRS = "P01"
    NOT_IN_NETWORK = "P02"
    ANOTHER_PERSON = "B01"
    DOMAIN_CLOSED = "D01"
    PLAN_UNKNOWN = "D02"
    DAY_NOT_COVERED = "D03"
    ACT_NOT_IN_FORCE = "A01"
    PRICE_ABOVE_LIMIT = "A02"
    SEVERAL_DAYS = "A03"
    BASE_MISSING = "A04"
    PLACE_MISSING = "A05"
    LIMIT_MISSING = "A06"
    PRICE_ABOVE_AGREED = "A07"
    SLOT_HELD = "C01"
    PREAUTH_ENDED = "C02"
    PREAUTH_NOT_GRANTED = "C03"
    NOT_IN_PREAUTH = "C04"
    ABOVE_PREAUTH = "C05"
    PREAUTH_NOT_CITED = "C06"
    INSURER_REFUSES = "I01"
    SAME_CARE = "X01"
    SAME_ACT = "X02"


@dataclass(frozen=True, slots=True)
class ControlMeaning:
    """What a control says: why, who must act, what to do, and whether to submit again."""

    french: str
    remedy: str
    actor: Actor
    resubmit: bool


CONTROLS: Final[dict[Control, ControlMeaning]] = {
    Control.ACT_NOT_THEIRS: ControlMeaning(
        "Cet acte n'est pas de ceux que votre profession facture.",
        "Vérifier le code de l'acte, puis refacturer sous un nouveau numéro.",
        Actor.PROVIDER,
        resubmit=True,
    ),
    Control.NOT_IN_NETWORK: ControlMeaning(
        "Votre établissement n'est pas, ce jour-là, d'un réseau de soins de cet assureur.",
        "Refacturer sans la situation « network », sous un nouveau numéro ; ou faire corriger votre adhésion.",
        Actor.PROVIDER,
        resubmit=True,
    ),
    Control.ANOTHER_PERSON: ControlMeaning(
        "La facture à remplacer est d'une autre personne.",
        "Annuler celle-ci, puis facturer la bonne personne sans la citer.",
        Actor.PROVIDER,
        resubmit=True,
    ),
    Control.DOMAIN_CLOSED: ControlMeaning(
        "Le tiers payant n'est pas ouvert pour ce domaine dans ce contrat.",
        "Faire régler la personne, qui se fera rembourser par son assureur.",
        Actor.NOBODY,
        resubmit=False,
    ),
    Control.PLAN_UNKNOWN: ControlMeaning(
        "La grille de garanties n'était pas en vigueur à la date des soins.",
        "L'assureur doit publier la grille ; refacturer ensuite sous un nouveau numéro.",
        Actor.AMC,
        resubmit=True,
    ),
    Control.DAY_NOT_COVERED: ControlMeaning(
        "Les droits n'étaient pas ouverts à la date de cet acte.",
        "Facturer à part les actes des jours couverts, sous un nouveau numéro.",
        Actor.PROVIDER,
        resubmit=True,
    ),
    Control.ACT_NOT_IN_FORCE: ControlMeaning(
        "Cet acte n'existe pas à la date des soins.",
        "Vérifier le code et la date, puis refacturer sous un nouveau numéro.",
        Actor.PROVIDER,
        resubmit=True,
    ),
    Control.PRICE_ABOVE_LIMIT: ControlMeaning(
        "Le prix dépasse celui qu'un texte fixe à cet acte (100 % Santé, panier maîtrisé, forfait journalier).",
        "Ramener le prix sous la limite (PLV, HLF), puis refacturer sous un nouveau numéro.",
        Actor.PROVIDER,
        resubmit=True,
    ),
    Control.SEVERAL_DAYS: ControlMeaning(
        "Les actes sont de plusieurs années ou distants de plus de 31 jours.",
        "Faire une facture par période, chacune sous son numéro.",
        Actor.PROVIDER,
        resubmit=True,
    ),
    Control.SLOT_HELD: ControlMeaning(
        "Ce droit est réservé par une prise en charge en cours.",
        "Citer cette prise en charge si elle est à vous ; sinon la personne la fait annuler, ou attend cette date.",
        Actor.PROVIDER,
        resubmit=True,
    ),
    Control.PREAUTH_ENDED: ControlMeaning(
        "La prise en charge est échue.",
        "En demander une autre, puis refacturer sous un nouveau numéro en la citant.",
        Actor.PROVIDER,
        resubmit=True,
    ),
    Control.PREAUTH_NOT_GRANTED: ControlMeaning(
        "La prise en charge n'est pas accordée, ne l'est plus, ou est déjà toute facturée.",
        "Relire son état : attendre son accord, en demander une autre, ou facturer sans la citer.",
        Actor.PROVIDER,
        resubmit=True,
    ),
    Control.NOT_IN_PREAUTH: ControlMeaning(
        "Cette ligne n'est pas dans la prise en charge, ou elle y est déjà facturée.",
        "Facturer à part ce qui n'en est pas, sans la citer ; ou demander à l'étendre.",
        Actor.PROVIDER,
        resubmit=True,
    ),
    Control.ABOVE_PREAUTH: ControlMeaning(
        "Le prix ou la quantité dépasse celui de la prise en charge.",
        "Demander à l'étendre, ou facturer ce qui est accordé.",
        Actor.PROVIDER,
        resubmit=True,
    ),
    Control.PREAUTH_NOT_CITED: ControlMeaning(
        "La facture à remplacer use d'une prise en charge, que celle-ci ne cite pas.",
        "La citer (preAuthRef) ; ou annuler d'abord la facture, puis la prise en charge.",
        Actor.PROVIDER,
        resubmit=True,
    ),
    Control.BASE_MISSING: ControlMeaning(
        "Aucun tarif ne dit la base de remboursement de cet acte.",
        "L'envoyer avec la ligne (« base », extension urn:egide:base), sous un nouveau numéro.",
        Actor.PROVIDER,
        resubmit=True,
    ),
    Control.PLACE_MISSING: ControlMeaning(
        "La garantie compte par oreille, par œil ou par dent, et la ligne ne dit pas lequel.",
        "Une ligne pour chacun, avec sa place (bodySite : left, right, ou la dent), sous un nouveau numéro.",
        Actor.PROVIDER,
        resubmit=True,
    ),
    Control.LIMIT_MISSING: ControlMeaning(
        "La garantie dépend du prix limite de cet acte (PLV, HLF), que ce code ne dit pas.",
        "Facturer l'acte par son code (CCAM, LPP), qui a le sien, sous un nouveau numéro.",
        Actor.PROVIDER,
        resubmit=True,
    ),
    Control.PRICE_ABOVE_AGREED: ControlMeaning(
        "Le prix dépasse celui que votre réseau de soins a convenu.",
        "Ramener le prix à celui du réseau, puis refacturer sous un nouveau numéro.",
        Actor.PROVIDER,
        resubmit=True,
    ),
    Control.INSURER_REFUSES: ControlMeaning(
        "L'assureur, interrogé, refuse.",
        "Voir avec l'assureur ; la personne règle, et se fait rembourser de ce qui lui est dû.",
        Actor.AMC,
        resubmit=False,
    ),
    Control.SAME_CARE: ControlMeaning(
        "Ces mêmes soins ont déjà été facturés sous un autre numéro.",
        "Rien à faire si c'est un double envoi.",
        Actor.NOBODY,
        resubmit=False,
    ),
    Control.SAME_ACT: ControlMeaning(
        "Ce même acte, de ce jour et de ce prix, est déjà facturé sous un autre numéro.",
        "S'il a été fait deux fois, refacturer sous un nouveau numéro, la situation « repeated » sur sa ligne.",
        Actor.PROVIDER,
        resubmit=True,
    ),
}
_DOMAINS: Final = {
    "pharmacy": "PHAR",
    "laboratory": "LABO",
    "doctor": "MED",
    "dentist": "DENT",
    "optician": "OPTI",
    "audiologist": "AUDI",
    "auxiliary": "AUXM",
    "midwife": "MED",
    "hospital": "HOSP",
    "transporter": "TRAN",
    "psychologist": "AUXM",
}
_LONGEST_DAYS = 31
_SIDES: Final = frozenset({"left", "right"})
_TEETH: Final = "Dentaire"  # the part of a table whose acts are placed by a tooth


@dataclass(frozen=True, slots=True)
class Rejection:
    """A control that fired, the line at fault (0 for the whole claim), what it found, and on which lines too."""

    control: Control
    line: int = 0
    detail: str = ""
    also: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Cover:
    """What the controls need of the cover shown by the gate, and of the networks of its insurer.

    Args:
        agreed: the network in which an act is billed, if any: of the network's file, whatever the line says.
    """

    period: Period
    birth_year: int
    agreed: Callable[[BilledLine, Act], Agreed | None] = lambda _line, _act: None


def lacks_place(act: Act, guarantee: Guarantee, nomenclature: Nomenclature) -> bool:
    """Tell whether something counts by the place of an act, a tooth or a side, and the act does not say it.

    Unsaid, it would be a third ear: paid beside the two that there are.
    """
    if not guarantee.counts_by_side(act, nomenclature.law_on(act.care_on)):
        return False
    family = families().get(act.kind.family)
    if family is not None and family.section == _TEETH:
        return not act.side.isdigit()
    return act.side not in _SIDES


def control(
    claim: SubmittedClaim,
    *,
    profession: str,
    plan: Plan | None,
    nomenclature: Nomenclature,
    cover: Cover,
    waived: str = "",
) -> list[Act] | Rejection:
    """Run every control in order; the acts to price, or the first that fires.

    Args:
        plan: what the cover stands for on the day, None if it is not published.
        cover: the period that the gate showed, and the person's year of birth.
        waived: the control that the insurer lifted for this care: D01 or P01.
    """
    if plan is None:
        return Rejection(Control.PLAN_UNKNOWN)
    if _DOMAINS[profession] not in plan.domains and waived != Control.DOMAIN_CLOSED:
        return Rejection(Control.DOMAIN_CLOSED)
    days = sorted(line.care_on for line in claim.lines)
    if days[0].year != days[-1].year or (days[-1] - days[0]).days > _LONGEST_DAYS:
        return Rejection(Control.SEVERAL_DAYS)
    acts: list[Act] = []
    for number, line in enumerate(nomenclature.of_one_stay(claim.lines), start=1):
        act = _act(line, number, nomenclature, cover)
        if isinstance(act, Rejection):
            return act
        is_theirs = nomenclature.may_bill(profession, line.system, line.code)
        if not is_theirs and waived != Control.ACT_NOT_THEIRS:
            return Rejection(Control.ACT_NOT_THEIRS, number)
        act = _agreed(line, act, number, cover)
        if isinstance(act, Rejection):
            return act
        lacking = _lacking(act, number, plan.guarantee, nomenclature)
        if lacking is not None:
            return lacking
        acts.append(act)
    return acts


def _agreed(line: BilledLine, act: Act, number: int, cover: Cover) -> Act | Rejection:
    """Return an act as it is billed, within a network or outside; the rejection of one that says otherwise."""
    within = cover.agreed(line, act)
    if within is None:
        is_said = NETWORK in line.situation
        return Rejection(Control.NOT_IN_NETWORK, number) if is_said else act
    act = _within(act, within)
    if act.network_cents is not None and act.expense_cents > act.network_cents:
        said = f"prix du réseau {euros(act.network_cents)}"
        return Rejection(Control.PRICE_ABOVE_AGREED, number, said)
    return act


def _within(act: Act, within: Agreed) -> Act:
    """Return an act as it is billed within a network: its lines apply, and the price agreed, of the whole quantity."""
    cents = None if within.cents is None else within.cents * act.quantity
    return act._replace(
        situation=act.situation | {NETWORK},
        network_cents=cents,
        network=within.network,
    )


def _lacking(
    act: Act, number: int, guarantee: Guarantee, nomenclature: Nomenclature
) -> Rejection | None:
    """Return the rejection of an act that is above its price limit, or does not say what its price hangs on."""
    if act.limit_cents is not None and act.expense_cents > act.limit_cents:
        return Rejection(Control.PRICE_ABOVE_LIMIT, number, f"limite {euros(act.limit_cents)}")
    if lacks_place(act, guarantee, nomenclature):
        return Rejection(Control.PLACE_MISSING, number)
    if guarantee.asks_limit(act, nomenclature.law_on(act.care_on)):
        return Rejection(Control.LIMIT_MISSING, number)
    return None


def _act(
    line: BilledLine, number: int, nomenclature: Nomenclature, cover: Cover
) -> Act | Rejection:
    if line.care_on not in cover.period:
        return Rejection(Control.DAY_NOT_COVERED, number)
    try:
        return nomenclature.act(
            line,
            age=line.care_on.year - cover.birth_year,
            member_since=cover.period.start,
        )
    except BaseMissingError as error:
        return Rejection(Control.BASE_MISSING, number, str(error))
    except UnpriceableError as error:
        return Rejection(Control.ACT_NOT_IN_FORCE, number, str(error))
