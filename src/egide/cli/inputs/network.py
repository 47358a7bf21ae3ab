"""``egide import network`` and ``egide networks``: care networks, taken in and shown."""

from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape

from egide import db
from egide.cli.context import data_option, json_option, now, open_pool, run, tell_json
from egide.core.money import euros
from egide.core.period import civil_day
from egide.core.refusal import InvariantError, Refusal, RefusalCode
from egide.networks import (
    Activity,
    Adherent,
    NetworkReport,
    Price,
    Shown,
    activity,
    adherents,
    prices,
    shown,
    take_in_network,
)

_console = Console(soft_wrap=True, highlight=False)


@click.command(name="network")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@data_option
def take_network(file: Path, data: Path | None) -> None:
    """Importer le fichier d'un réseau de soins (docs/formats/networks.md) : il dit le réseau entier."""

    async def work() -> NetworkReport:
        async with open_pool(db.settings(data), "owner") as pool:
            with file.open("rb") as lines:
                return await take_in_network(pool, lines)

    report = run(work())
    for line, what, remedy in report.faults:
        _console.print(f"[red]ligne {line}[/red] : {escape(what)} {escape(remedy)}")
    if report.faults:
        _console.print("Rien n'a été pris.")
        raise SystemExit(1)
    said = "prise" if report.is_new else "déjà prise : rien ne change"
    _console.print(f"{report.code}, version {report.version} : {said}")


@click.command(name="networks")
@click.argument("code", required=False)
@data_option
@json_option
def show_networks(code: str | None, data: Path | None, *, as_json: bool) -> None:
    """Montrer les réseaux de soins ; ou un, comme son partenaire peut le voir : adhérents, prix, activité.

    De l'activité, rien de moins de onze personnes ; jamais une personne, un compte ni un contact.
    """

    async def work() -> dict[str, Sequence[object]]:
        async with open_pool(db.settings(data), "owner") as pool, db.statement(pool) as tx:
            known = await shown(tx, civil_day(now()))
            if code is None:
                return {"networks": known}
            one = next((each for each in known if each.code == code), None)
            if one is None:
                hint = "Aucun réseau de ce code."
                raise Refusal(RefusalCode.VALUE_INVALID, where="CODE", hint=hint)
            return {
                "network": [one],
                "members": await adherents(tx, code),
                "prices": await prices(tx, code),
                "activity": await activity(tx, code),
            }

    found = run(work())
    if as_json:
        tell_json(found if code else found["networks"])
    else:
        _print(found)


def _print(found: dict[str, Sequence[object]]) -> None:
    for rows in found.values():
        for one in rows:
            _console.print(escape(_said(one)))
    if found == {"networks": []}:
        _console.print("Aucun réseau de soins.")


def _said(one: object) -> str:
    match one:
        case Shown():
            counts = (
                f"{one.insurers} assureurs, {one.members} adhérents, {one.prices} actes tarifés"
            )
            return f"{one.code} (version {one.version}), {one.name} : {counts} aujourd'hui"
        case Adherent():
            until = "" if one.until_on is None else f" au {one.until_on:%d/%m/%Y}"
            return (
                f"  {one.finess} {one.name}, {one.profession}, du {one.from_on:%d/%m/%Y}{until}"
            )
        case Price():
            return f"  {one.act} : {euros(one.cents)} depuis le {one.from_on:%d/%m/%Y}"
        case Activity():
            amounts = f"{euros(one.expense_cents)} facturés, {euros(one.amc_cents)} d'AMC"
            return f"  {one.month}, {one.profession} : {one.claims} factures, {one.persons} personnes, {amounts}"
        case _:
            raise InvariantError("a kind of row that is not shown")
