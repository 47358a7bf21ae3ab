"""``egide ledger``: balances of accounts, the statement of an insurer or an establishment, the books for hledger."""

import sys
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import click
from rich.console import Console
from rich.table import Column, Table

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
from egide.core.money import Money, euros
from egide.core.period import PARIS, civil_day
from egide.core.refusal import Refusal, RefusalCode
from egide.core.spreadsheet import Spreadsheet
from egide.directory import establishment_named, insurer_named
from egide.ledger import Names, balances, entries, journal

_console = Console(soft_wrap=True)
_DAY = click.DateTime(["%Y-%m-%d"])
_LONG_AGO = datetime(2000, 1, 1, tzinfo=PARIS)
_FAR_AHEAD = datetime(2100, 1, 1, tzinfo=PARIS)
_COLUMNS = ("booked_at", "cause", "number", "account", "other_account", "amount", "balance")
_amc = click.option("--amc", default="", help="D'un assureur : son numéro AMC.")
_finess = click.option("--finess", default="", help="D'un établissement : son numéro FINESS.")
_since = click.option("--since", type=_DAY, help="Depuis ce jour (défaut : le début).")
_until = click.option("--until", type=_DAY, help="Et avant celui-ci (défaut : demain).")


@click.group()
def ledger() -> None:
    """Les comptes : soldes, relevé d'un assureur ou d'un établissement, livres pour hledger."""


def _span(since: datetime | None, until: datetime | None) -> tuple[datetime, datetime]:
    tomorrow = datetime.combine(
        civil_day(now()) + timedelta(days=1), datetime.min.time(), PARIS
    )
    first = _LONG_AGO if since is None else since.replace(tzinfo=PARIS)
    last = tomorrow if until is None else until.replace(tzinfo=PARIS)
    if not _LONG_AGO <= first < last <= _FAR_AHEAD:
        hint = "Un jour d'avant --until, de ce siècle."
        raise Refusal(RefusalCode.VALUE_INVALID, where="--since", hint=hint)
    return first, last


async def _holder(tx: db.Tx, amc: str, finess: str) -> UUID | None:
    if amc and finess:
        hint = "D'un assureur ou d'un établissement : l'un des deux."
        raise Refusal(RefusalCode.VALUE_INVALID, where="--finess", hint=hint)
    if amc:
        return await insurer_named(tx, amc, "--amc")
    return await establishment_named(tx, finess, "--finess") if finess else None


def _reading(data: Path | None, work: Callable[[db.Tx], Awaitable[None]]) -> None:
    settings = db.settings(data)
    check_installed(settings)

    async def read() -> None:
        async with open_pool(settings, "owner") as pool, db.transaction(pool) as tx:
            await work(tx)

    run(read())


@ledger.command()
@data_option
@json_option
@_amc
@_finess
def accounts(data: Path | None, amc: str, finess: str, as_json: bool) -> None:
    """Dire le solde de chaque compte : ce qui y est entré, ce qui en est sorti."""

    async def work(tx: db.Tx) -> None:
        names = await Names.read(tx)
        found = await balances(tx, await _holder(tx, amc, finess))
        if as_json:
            tell_json(
                [
                    {
                        "account": names.tell(one.account),
                        "debit_cents": one.debit_cents,
                        "credit_cents": one.credit_cents,
                        "balance_cents": one.cents,
                    }
                    for one in found
                ]
            )
            return
        right = [Column(head, justify="right") for head in ("Débit", "Crédit", "Solde")]
        table = Table(Column("Compte"), *right)
        for one in found:
            amounts = map(euros, (one.debit_cents, one.credit_cents, one.cents))
            table.add_row(names.tell(one.account), *amounts)
        _console.print(table)
        if not (amc or finess):
            _console.print(f"Somme des soldes : {euros(sum(one.cents for one in found))}.")

    _reading(data, work)


@ledger.command()
@data_option
@_amc
@_finess
@_since
@_until
def statement(
    data: Path | None, amc: str, finess: str, since: datetime | None, until: datetime | None
) -> None:
    """Écrire en CSV ce qui a bougé aux comptes d'un assureur ou d'un établissement, avec leur solde."""
    first, last = _span(since, until)

    async def work(tx: db.Tx) -> None:
        holder = await _holder(tx, amc, finess)
        if holder is None:
            raise Refusal(RefusalCode.VALUE_MISSING, where="--amc", hint="Ou --finess.")
        names = await Names.read(tx)
        rows = Spreadsheet(sys.stdout, _COLUMNS, marked=False)
        standing: dict[str, int] = {}
        # What came before counts in the balance, and is not shown again.
        async for one in entries(tx, _LONG_AGO, last, holder):
            for account, other, sign in (
                (one.debit, one.credit, 1),
                (one.credit, one.debit, -1),
            ):
                if str(holder) not in account:
                    continue
                cents = sign * one.amount_cents
                standing[account] = standing.get(account, 0) + cents
                if one.booked_at >= first:
                    said = (one.booked_at, one.cause_kind, one.cause_id)
                    between = (names.tell(account), names.tell(other))
                    rows.row([*said, *between, Money(cents), Money(standing[account])])

    _reading(data, work)


@ledger.command()
@data_option
@_since
@_until
def hledger(data: Path | None, since: datetime | None, until: datetime | None) -> None:
    """Écrire les livres dans la forme d'hledger : ``./egide ledger hledger > livres.journal``."""
    first, last = _span(since, until)

    async def work(tx: db.Tx) -> None:
        async for text in journal(tx, await Names.read(tx), first, last):
            sys.stdout.write(text)

    _reading(data, work)
