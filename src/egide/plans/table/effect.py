"""What a line could never do: pay nothing for ever, or say a tier that follows no limit."""

from typing import Final

from egide.nomenclature import families
from egide.plans.language.terms import ParsedFormula
from egide.plans.table.acts import FREE_WORD, NamedActs
from egide.plans.table.reader import Reader
from egide.plans.table.scope import Scope
from egide.pricing import Formula, GuaranteeLine, Sum

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


def check_pays(reader: Reader, scope: Scope, acts: NamedActs, line: GuaranteeLine) -> None:
    """Refuse a line that can never pay: a share of the base of what has none, or a case that never holds."""
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
    elif line.base_cents is None and _shares(line.formula) and _hangs_on_the_base(line.formula):
        reason = (
            f"« {line.formula.text} » ne paie jamais rien : la Sécurité sociale refuse ces actes, "
            "et leur base est de zéro."
        )
        remedy = (
            "Donner la base à reconstituer (« base: 107,50 € »), ou écrire un montant en euros."
        )
        reader.fault(node, "remboursement", reason, remedy)


def _hangs_on_the_base(formula: Formula) -> bool:
    """Tell whether a formula comes to nothing where the tariff base is nothing."""
    sums = (formula.sum, *(floor.sum for floor in formula.floors))
    return formula.credit is None and not any(map(_has_more, sums))


def _shares(formula: Formula) -> bool:
    """Tell whether a formula speaks of the base at all: « 0 € » says what it means."""
    given = formula.sum
    return bool(given.base or given.copayment or given.amo or given.limit)


def _has_more(given: Sum) -> bool:
    """Tell whether a sum gives something where the base, and what the AMO pays, are nothing."""
    amounts = (given.unit, given.pair, given.once)
    shares = (given.expense, given.remainder, given.network, given.choices)
    return any(shares) or any(one.cents or one.pmss_bp for one in amounts)
