"""``egide plans explain``: who pays what, and why."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from functools import wraps
from typing import TypedDict, Unpack

import click
from rich.markup import escape

from egide.adjudication.controls import CONTROLS, Control, lacks_place
from egide.cli.context import json_option, tell_json
from egide.cli.plans.reading import ON, console, day_of, fail, plans_of, table, with_others
from egide.core.money import Money, euros
from egide.nomenclature import (
    SITUATIONS,
    BaseMissingError,
    BilledLine,
    UnpriceableError,
    families,
    load_nomenclature,
)
from egide.plans import Grid, Plan
from egide.pricing import PricedClaim, price_claim

_FREE = "libre"
_EXAMPLE = "Écrire système:code=euros, par exemple ngap:G=30."


class _Given(TypedDict):
    age: int
    situation: tuple[str, ...]
    since: datetime | None
    english: bool
    as_json: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Who:
    """Whose act is explained, and to whom."""

    age: int
    situation: frozenset[str]
    since: datetime | None
    english: bool
    as_json: bool


def _who(command: Callable[..., None]) -> Callable[..., None]:
    """Gather the options that say whose act it is."""

    @click.option(
        "--age", type=click.IntRange(0, 130), default=40, show_default=True, help="Ans révolus."
    )
    @click.option(
        "--situation",
        multiple=True,
        type=click.Choice(list(SITUATIONS)),
        metavar="MOT",
        help="ald, not-optam, local-regime, network, … (egide plans words).",
    )
    @click.option(
        "--since",
        type=click.DateTime(["%Y-%m-%d"]),
        help="Premier jour de la couverture (défaut : il y a dix ans, toute attente passée).",
    )
    @click.option("--english", is_flag=True, help="Expliquer en anglais.")
    @json_option
    @wraps(command)
    def gathered(**given: Unpack[_Given]) -> None:
        rest = {
            name: value for name, value in given.items() if name not in _Given.__annotations__
        }
        who = _Who(
            age=given["age"],
            situation=frozenset(given["situation"]),
            since=given["since"],
            english=given["english"],
            as_json=given["as_json"],
        )
        command(who=who, **rest)

    return gathered


@click.command()
@click.argument("plan")
@click.argument("acts", nargs=-1, required=True)
@_who
@ON
@with_others
def explain(
    plan: str,
    acts: tuple[str, ...],
    who: _Who,
    moment: datetime | None,
    others: list[Grid],
) -> None:
    """Expliquer un prix.

    PLAN : un code de couverture (BASE ou BASE+OPTION), ou le fichier d'une grille (chacun de ses niveaux).
    ACTS : système:code=euros, par exemple ngap:G=30 grouping:VU1x2=300 lpp:2392530@right=1600
    grouping:GHS=900/base=900 grouping:FJx2=46. Avec des frais de séjour, tout est du même séjour. /par=A, à la fin,
    dit le professionnel : les tarifs de ses actes d'un jour s'ajoutent pour faire un acte lourd.
    """
    day = day_of(moment)
    if who.since is not None and who.since.date() > day:
        raise fail(
            said=f"--since {who.since:%Y-%m-%d} : la couverture commence après les soins du {day}."
        )
    chosen = plans_of(plan, day, others)
    try:
        lines = [_billed(act, day, who.situation) for act in acts]
    except (ValueError, InvalidOperation) as error:
        said = (
            str(error)
            if str(error).startswith("«")
            else f"{' '.join(acts)} : montant illisible."
        )
        raise fail(said=f"{said} {_EXAMPLE}") from None
    priced = {one.code: _priced(one, acts, lines, who) for one in chosen}
    if who.as_json:
        tell_json({code: _told(claim, english=who.english) for code, claim in priced.items()})
        return
    for code, claim in priced.items():
        if len(chosen) > 1:
            console.print(f"\n[bold]{code}[/bold]")
        _tell_unused_bases(acts, lines, claim)
        _tell_prices_above_limits(acts, claim)
        _print_reckoning(claim, english=who.english)


def _priced(
    plan: Plan, acts: tuple[str, ...], lines: list[BilledLine], who: _Who
) -> PricedClaim:
    """Return the price of acts under a plan; ends with 1, saying why, where there is none."""
    nomenclature = load_nomenclature()
    day = lines[0].care_on
    member_since = date(day.year - 10, 1, 1) if who.since is None else who.since.date()
    for text, line in zip(acts, lines, strict=True):
        _check_word(text, line, plan)
    try:
        billed = [
            nomenclature.act(one, age=who.age, member_since=member_since)
            for one in nomenclature.of_one_stay(lines)
        ]
        for text, act in zip(acts, billed, strict=True):
            if lacks_place(act, plan.guarantee, nomenclature):
                said = (
                    f"{text} : la garantie compte par oreille, par œil ou par dent. Dire lequel"
                )
                raise fail(said=f"{said}, une ligne pour chacun : @left, @right, ou @26.")
            if plan.guarantee.asks_limit(act, nomenclature.law_on(day)):
                meaning = CONTROLS[Control.LIMIT_MISSING]
                raise fail(said=f"{text} : {meaning.french} {meaning.remedy}")
        return price_claim(billed, plan.guarantee, nomenclature.law_on(day), {})
    except BaseMissingError as error:
        why = str(error) or "La base de remboursement n'est pas dans les tables."
        said = f"{' '.join(acts)} : {why} La donner, par exemple {acts[0]}/base=100."
        raise fail(said=said) from None
    except UnpriceableError as error:
        raise fail(said=f"{' '.join(acts)} : {error}.") from None


def _tell_unused_bases(
    acts: tuple[str, ...], lines: list[BilledLine], priced: PricedClaim
) -> None:
    for text, line, one in zip(acts, lines, priced.lines, strict=True):
        act = one.act
        if line.base is not None and act.base_cents != line.base.cents:
            said = f"{text} : la base déclarée n'est pas employée, cet acte a la sienne ({euros(act.base_cents)})."
            console.print(f"[yellow]{said}[/yellow]", soft_wrap=True)


def _tell_prices_above_limits(acts: tuple[str, ...], priced: PricedClaim) -> None:
    """Say of which acts the invoice would be rejected: their price is above one that a text sets."""
    for text, line in zip(acts, priced.lines, strict=True):
        limit = line.act.limit_cents
        if limit is not None and line.act.expense_cents > limit:
            control = Control.PRICE_ABOVE_LIMIT
            said = f"{text} : une facture serait rejetée ({control}, limite {euros(limit)}). {CONTROLS[control].french}"
            console.print(f"[yellow]{escape(said)}[/yellow]", soft_wrap=True)


def _told(priced: PricedClaim, *, english: bool) -> dict[str, object]:
    """Return a price for a program: each act's payers and steps, and the sums."""
    return {
        "lines": [
            {
                "act": line.act.code,
                "label": line.act.label,
                **line.share._asdict(),
                "base_cents": line.act.base_cents,
                "deducted_cents": line.deducted_cents,
                "steps": [
                    {
                        "code": step.code,
                        "cents": step.cents,
                        "said": step.english if english else step.french,
                        "source": step.source,
                    }
                    for step in line.steps
                ],
            }
            for line in priced.lines
        ],
        "total": priced.total._asdict(),
    }


def _check_word(text: str, line: BilledLine, plan: Plan) -> None:
    """End with 1 at a word that neither the families nor the plan know: nothing would be paid, without a reason."""
    if (
        line.system != _FREE
        or line.code in families()
        or load_nomenclature().has(_FREE, line.code)
    ):
        return
    word = f"{_FREE}:{line.code}"
    named = {
        one for layer in plan.guarantee.layers for row in layer.lines for one in row.families
    }
    if word in named:
        return
    near = get_close_matches(line.code, [*families(), *named], n=3, cutoff=0.5)
    said = (
        f"{text} : « {line.code} » n'est le mot d'aucune famille, ni d'une ligne de la grille."
    )
    raise fail(said=f"{said} Essayer : {', '.join(near)}." if near else said)


def _print_reckoning(priced: PricedClaim, *, english: bool) -> None:
    for line in priced.lines:
        drawn = table("étape", "montant", "pourquoi", "source", title=line.act.label)
        for step in line.steps:
            text = step.english if english else step.french
            drawn.add_row(step.code.value, str(step.amount), text, step.source)
        console.print(drawn)
    total = priced.total
    console.print(
        f"AMO {euros(total.amo_cents)}   AMC {euros(total.amc_cents)}   patient {euros(total.patient_cents)}"
    )


def _billed(text: str, day: date, situation: frozenset[str]) -> BilledLine:
    name, _, amount = text.partition("=")
    amount, _, performer = amount.partition("/par=")
    amount, _, base = amount.partition("/base=")
    system, _, code = name.partition(":")
    code, _, side = code.partition("@")
    code, times, count = code.rpartition("x")
    if not (times and count.isdigit()):
        code, count = f"{code}{times}{count}", "1"
    if int(count) == 0:
        message = f"« {text} » : zéro acte."
        raise ValueError(message)
    return BilledLine(
        system=system,
        code=code,
        care_on=day,
        quantity=int(count),
        expense=_money(text, amount),
        side=side,
        situation=situation,
        base=_money(text, base) if base else None,
        performer=performer,
    )


def _money(text: str, amount: str) -> Money:
    try:
        cents = Decimal(amount.replace(",", ".")).scaleb(2)
        if cents == cents.to_integral_value() and cents >= 0:
            return Money(int(cents))
    except InvalidOperation:
        pass
    message = f"« {amount or text} » n'est pas un montant."
    raise ValueError(message)
