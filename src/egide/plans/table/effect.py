"""What a line could never do: pay nothing for ever, or say a tier that follows no limit."""

from typing import Final

from egide.nomenclature import families
from egide.plans.language.terms import ParsedFormula
from egide.plans.table.acts import FREE_WORD, NamedActs
from egide.plans.table.reader import Reader
from egide.plans.table.scope import Scope
from egide.pricing import Bound, BoundKind, Formula, GuaranteeLine, Sum

_REFUSED: Final = "refused"


def check_tiers(reader: Reader, scope: Scope, formula: ParsedFormula, limits: int) -> None:
    """Refuse « au-delà » where nothing is limited, or where it is not said beyond which of several counts.

    Args:
        limits: how many counts of units the line has.
    """
    if not any(floor.beyond for floor in formula.floors):
        return
    node = scope.get("remboursement") or scope.node
    has_amount = bool(formula.credit or formula.purses or scope.get("plafond"))
    if not (limits or has_amount):
        reason = f"« {formula.text} » : « au-delà » de quoi ? Rien ne limite ce qui précède."
        remedy = "Dire la limite : « 60 € par jour, maximum 60 jours par an, au-delà 30 € par jour »."
        reader.fault(node, "remboursement", reason, remedy)
    elif limits > 1 and len(formula.counts) > 0 and scope.get("limite") is not None:
        reason = (
            f"« {formula.text} » : la ligne a deux limites, et « au-delà » ne dit pas laquelle."
        )
        remedy = "Garder une limite ; ce qui suit « au-delà » n'en a pas d'autre."
        reader.fault(node, "remboursement", reason, remedy)


def check_pays(
    reader: Reader, scope: Scope, acts: NamedActs, line: GuaranteeLine, *, has_network: bool
) -> None:
    """Refuse a line that can never pay: a share of the base of what has none, or a case that never holds.

    Args:
        has_network: the grid has prices of a network, where it may find one for these acts.
    """
    known = families()
    if not acts.families or acts.codes or acts.equipment:
        return
    if not all(word.startswith(FREE_WORD) or known[word].is_refused for word in acts.families):
        return
    node = scope.get("remboursement") or scope.node
    if all(_REFUSED in case.forbidden for case in line.condition.cases):
        reason = "ces actes sont toujours refusés par la Sécurité sociale : « accepté » n'est jamais vrai."
        reader.fault(
            scope.node, "si", reason, "Retirer « accepté », ou nommer la famille remboursée."
        )
    elif line.base_cents is not None or (has_network and _hangs_on_network(line.formula)):
        return
    elif _says_some(line.formula) and _comes_to_nothing(line.formula):
        reason = (
            f"« {line.formula.text} » ne paie jamais rien : la Sécurité sociale refuse ces actes, "
            "et leur base est de zéro."
        )
        remedy = (
            "Donner la base à reconstituer (« base: 107,50 € »), ou écrire un montant en euros."
        )
        reader.fault(node, "remboursement", reason, remedy)


def _says_some(formula: Formula) -> bool:
    """Tell whether a formula promises anything at all: « 0 € » says what it means."""
    given = formula.sum
    shares = (given.base, given.copayment, given.amo, given.limit, given.network)
    return any(shares) or bool(given.choices) or _has_more(given) or formula.credit is not None


def _hangs_on_network(formula: Formula) -> bool:
    bounds = (*formula.ceilings, *formula.floors)
    return bool(formula.sum.network) or any(one.kind is BoundKind.NETWORK for one in bounds)


def _comes_to_nothing(formula: Formula) -> bool:
    """Tell whether a formula pays nothing where the tariff base, the price limit and the AMO's part are nothing."""
    floors = any(_bound_has_some(one) for one in formula.floors)
    is_shut = not all(_bound_has_some(one) for one in formula.ceilings)
    promises = _has_more(formula.sum) or formula.credit is not None
    return not floors and (is_shut or not promises)


def _bound_has_some(bound: Bound) -> bool:
    """Tell whether a bound is more than nothing there: a price limit or a network's price falls back on the base."""
    return bound.kind is BoundKind.AMOUNT and _has_more(bound.sum)


def _has_more(given: Sum) -> bool:
    """Tell whether a sum gives something where the base, and what the AMO pays, are nothing."""
    amounts = (given.unit, given.pair, given.once)
    shares = (given.expense, given.remainder)
    chosen = any(
        any(map(_has_more, choice.options))
        if choice.is_greatest
        else all(map(_has_more, choice.options))
        for choice in given.choices
    )
    return any(shares) or chosen or any(one.cents or one.pmss_bp for one in amounts)
