"""Name the counters of a line: credits, ceilings, limits, renewals."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from egide.plans.language.limits import ReadLimit
from egide.plans.language.spans import Per
from egide.plans.language.terms import CreditTerm, ParsedFormula
from egide.pricing import (
    CONTRACT,
    FRAMES,
    LENS_LETTERS,
    Formula,
    Limit,
    Purse,
    Role,
    Span,
    Sum,
)

_FRAME: Final = "renewal:monture"
_LENSES: Final = "renewal:verres"
_AUDIO: Final = "renewal:audio"
_LENS_ROLES: Final = frozenset({*LENS_LETTERS, Role.LENS_A})
_RENEWALS: Final = {
    **dict.fromkeys(FRAMES, _FRAME),
    **dict.fromkeys(_LENS_ROLES, _LENSES),
    Role.AUDIO_1: _AUDIO,
    Role.AUDIO_2: _AUDIO,
}


def _scoped(counter: str, per: Per) -> str:
    """Return a counter's name; those of the contract are shared by all whom it covers."""
    return f"{CONTRACT}{counter}" if per.by_contract else counter


def purse(counter: str, term: CreditTerm, *, includes_amo: bool) -> Purse:
    """Return the purse of an amount spent in a window."""
    return Purse(
        counter=_scoped(counter, term.per),
        amount=term.amount,
        window=term.window,
        by_side=term.per.by_side,
        by_stay=term.per.by_stay,
        carried_years=term.per.carried_years,
        includes_amo=includes_amo,
    )


def formula(parsed: ParsedFormula, name: str) -> Formula:
    """Return a formula whose credit is kept under ``name``."""
    credit = None
    if parsed.credit is not None:
        # What the sum promises beside the amount of a pair (RSS, TM, « 100 % BR ») holds the AMO part already.
        holds_amo = parsed.includes_amo and (
            parsed.sum == Sum() or parsed.credit.window.span is not Span.EQUIPMENT
        )
        credit = purse(f"credit:{name}", parsed.credit, includes_amo=holds_amo)
    return Formula(
        sum=parsed.sum,
        includes_amo=parsed.includes_amo,
        text=parsed.text,
        credit=credit,
        ceilings=tuple(parsed.ceilings),
        floors=tuple(parsed.floors),
    )


def purses(parsed: ParsedFormula, name: str) -> list[Purse]:
    """Return the ceilings over a window that the formula itself says."""
    return [
        purse(
            f"ceiling:{name}:{index}",
            term,
            includes_amo=parsed.includes_amo if includes_amo is None else includes_amo,
        )
        for index, (term, includes_amo) in enumerate(parsed.purses)
    ]


def counted(parsed: ParsedFormula) -> list[ReadLimit]:
    """Return the limits that the formula itself says: « maximum 3 par an »."""
    return [ReadLimit(units=one.units, window=one.window, per=one.per) for one in parsed.counts]


def line_limit(read: ReadLimit, name: str) -> Limit:
    """Return a limit of the line's own."""
    return _limit(_scoped(f"limit:{name}", read.per), read)


def renewals(read: ReadLimit, roles: Iterable[Role], name: str) -> list[Limit]:
    """Return the limits of a renewal: of the equipment, whichever line of the grid paid it."""
    anchors = (_FRAME, _LENSES) if read.anchored else ()
    if read.of_equipments:
        lenses = replace(read, units=2 * read.units)
        return [
            replace(_limit(_FRAME, read), roles=FRAMES, anchors=anchors),
            replace(_limit(_LENSES, lenses), roles=_LENS_ROLES, anchors=anchors),
        ]
    counters = {_RENEWALS[role] for role in roles if role in _RENEWALS}
    if not counters:
        return [_limit(_scoped(f"renewal:{name}", read.per), read)]
    return [
        replace(_limit(counter, read), roles=_roles_of(counter), anchors=anchors)
        for counter in sorted(counters)
    ]


def _roles_of(counter: str) -> frozenset[Role]:
    return frozenset(role for role, name in _RENEWALS.items() if name == counter)


def _limit(counter: str, read: ReadLimit) -> Limit:
    return Limit(
        counter=counter,
        units=read.units,
        window=read.window,
        by_side=read.per.by_side,
        by_stay=read.per.by_stay,
        condition=read.condition,
    )
