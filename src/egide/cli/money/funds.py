"""``egide funds``: where the money of each insurer stands, by what it pays in, and its mandates."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import click
from rich.console import Console

from egide import db
from egide.cli.context import (
    check_installed,
    data_option,
    json_option,
    now,
    open_pool,
    run,
    tell_json,
)
from egide.core.money import euros
from egide.core.period import civil_day
from egide.payments.funds import (
    InsurerFunds,
    all_funds,
    deposit_reference,
    mandates,
    register_mandate,
    stop_mandate,
)

_console = Console(soft_wrap=True)
_STATES = {
    "active": "actif depuis le",
    "awaiting-bank": "attend que la banque de l'assureur l'enregistre, signé le",
    "stopped": "arrêté le",
}


Result = TypeVar("Result")


def _done(data: Path | None, work: Callable[[db.Tx], Awaitable[Result]]) -> Result:
    """Do something in one transaction of the payer's login, and return what came of it."""
    settings = db.settings(data)
    check_installed(settings)

    async def inside() -> Result:
        async with open_pool(settings, "payer") as pool, db.transaction(pool) as tx:
            return await work(tx)

    return run(inside())


@click.group(invoke_without_command=True)
@data_option
@json_option
@click.pass_context
def funds(context: click.Context, data: Path | None, as_json: bool) -> None:
    """Les fonds de chaque assureur : son plafond, ce qui est payé d'avance pour lui, ce qui les attend."""
    if context.invoked_subcommand is not None:
        return
    found = _done(data, lambda tx: all_funds(tx, civil_day(now())))
    if as_json:
        tell_json([*found])
        return
    for one in found:
        _console.print(_told(one), markup=False)


def _told(one: InsurerFunds) -> str:
    """Return where an insurer's money stands, in a line."""
    bound = "sans plafond"
    if one.credit_cents is not None:
        bound = (
            f"plafond {euros(one.credit_cents)}, encore {euros(one.room_cents or 0)} à payer"
        )
    ahead = (
        f"payé d'avance pour lui {euros(one.ahead_cents)}"
        if one.ahead_cents >= 0
        else f"versé d'avance par lui {euros(-one.ahead_cents)}"
    )
    waiting = ""
    if one.oldest_on is not None:
        waiting = (
            f" ; {one.waiting_claims} factures attendent ({euros(one.waiting_cents)}, depuis le "
            f"{one.oldest_on:%d/%m/%Y})"
        )
    reference = deposit_reference(one.amc_number)
    return (
        f"AMC {one.amc_number} : {bound} ; {ahead}{waiting} ; verser d'avance sous {reference}."
    )


@funds.command(name="mandates")
@data_option
@json_option
def mandates_(data: Path | None, as_json: bool) -> None:
    """Les mandats par lesquels les assureurs sont prélevés, et ce que chacun attend."""
    found = _done(data, mandates)
    if as_json:
        tell_json([*found])
        return
    if not found:
        _console.print("Aucun mandat.")
    for one in found:
        why = (
            f" ({one.why}) : ./egide funds registered {one.mandate}, une fois réglé"
            if one.why
            else ""
        )
        _console.print(
            f"{one.mandate} : AMC {one.amc_number}, {one.scheme}, compte …{one.iban_tail}, "
            f"{_STATES[one.state]} {one.since:%d/%m/%Y}{why}.",
            markup=False,
        )


@funds.command()
@click.argument("mandate", metavar="MANDAT")
@data_option
def registered(mandate: str, data: Path | None) -> None:
    """Dire que la banque d'un assureur a enregistré un mandat, ou que ce qui l'arrêtait est réglé."""
    _done(data, lambda tx: register_mandate(tx, mandate, civil_day(now())))
    _console.print(f"{mandate} : l'assureur sera prélevé au prochain règlement.", markup=False)


@funds.command()
@click.argument("mandate", metavar="MANDAT")
@data_option
def stopped(mandate: str, data: Path | None) -> None:
    """Dire qu'un assureur a révoqué un mandat : il n'est plus prélevé ; ses appels se versent."""
    _done(data, lambda tx: stop_mandate(tx, mandate, civil_day(now())))
    _console.print(f"{mandate} : l'assureur n'est plus prélevé.", markup=False)
