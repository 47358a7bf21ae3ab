"""``egide bank``: the bank's answers taken in, and what a person has to look at."""

import getpass
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from egide import db
from egide.cli.context import data_option, json_option, now, open_pool, run, tell_json
from egide.core.identifiers import Iban
from egide.core.money import euros
from egide.core.refusal import Refusal, RefusalCode
from egide.treasury import (
    BankFileError,
    TakenReport,
    TakenStatement,
    Unmatched,
    release_hold,
    say,
    take_report,
    take_statements,
    unmatched,
)

_console = Console(soft_wrap=True)
_BY = click.option(
    "--by", "who", default="", help="Qui le dit (par défaut, l'utilisateur de la machine)."
)
_PAIN_002 = b"pain.002."
_HEAD_BYTES = 4_096
_SHOWN = 5
_WHY = {
    "unknown-reference": "référence inconnue",
    "amount-differs": "autre montant que",
    "batch-differs": "total autre que ce qui attend de",
    "debited-when-booked": "débité une seconde fois :",
    "debited-when-rejected": "débité, mais rejeté :",
    "debited-when-returned": "débité, mais revenu :",
    **{
        f"credited-when-{state}": f"crédité, mais {said}"
        for state, said in (
            ("ordered", "pas encore débité :"),
            ("acknowledged", "pas encore débité :"),
            ("rejected", "rejeté :"),
            ("returned", "déjà revenu :"),
        )
    },
    "debited-with-a-credit-waiting": "défait un crédit, le premier ou le second, de",
    "credited-with-a-debit-waiting": "défait un débit, le premier ou le second, de",
}
_WORDS = {
    "booked": "virements débités",
    "returned": "virements retournés",
    "called": "appels de fonds payés, ou fonds versés",
    "uncalled": "prélèvements repris",
    "charges": "frais de la banque",
    "suspense": "à expliquer",
}


@click.group()
def bank() -> None:
    """Ce que la banque répond : relevés (camt.053), états des ordres (pain.002), ce qui reste à expliquer."""


@bank.command()
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
)
@data_option
@click.option(
    "--account",
    envvar="EGIDE_DEBTOR_IBAN",
    show_envvar=True,
    required=True,
    help="IBAN du compte qui paie.",
)
@click.option(
    "--first",
    "is_first",
    is_flag=True,
    help="Le compte commence à ce relevé, au solde où il s'ouvre.",
)
@click.option(
    "--none-missing",
    is_flag=True,
    help="La banque a sauté des numéros de relevé, et aucun ne manque : soldes et jours se suivent.",
)
def take(
    files: tuple[Path, ...], data: Path | None, account: str, is_first: bool, none_missing: bool
) -> None:
    """Prendre des fichiers de la banque, dans l'ordre donné ; chacun en entier, ou pas du tout."""
    iban, settings = Iban.parse(account).text, db.settings(data)

    async def work() -> None:
        async with open_pool(settings, "payer") as pool:
            for path in files:
                await _take(pool, path, iban, is_first=is_first, none_missing=none_missing)

    run(work())


async def _take(
    pool: db.Pool, path: Path, account: str, *, is_first: bool, none_missing: bool
) -> None:
    try:
        with path.open("rb") as file:
            is_report = _PAIN_002 in file.read(_HEAD_BYTES)
            file.seek(0)
            if is_report:
                _tell_report(await take_report(pool, file.read(), now=now()))
            else:
                for one in await take_statements(
                    pool,
                    file,
                    account=account,
                    now=now(),
                    is_first=is_first,
                    none_missing=none_missing,
                ):
                    _tell_statement(one)
    except BankFileError as error:
        raise Refusal(
            RefusalCode.BANK_FILE_INVALID,
            where=f"{path.name}, {error.where}",
            hint=f"{error.why} {error.remedy}",
        ) from None


def _tell_statement(one: TakenStatement) -> None:
    if one.already:
        said = "déjà pris : rien à faire"
    else:
        said = ", ".join(
            f"{count} {_WORDS[what]}" for what, count in sorted(one.counts.items())
        )
    _console.print(f"Relevé {one.reference} : {said or 'aucun mouvement'}.", markup=False)


def _tell_report(one: TakenReport) -> None:
    if one.already:
        _console.print("État déjà pris : rien à faire.")
        return
    _console.print(
        f"État de {one.original} : {one.acknowledged} accusés, {one.rejected} rejetés"
        f"{', un envoi en double : le premier est arrivé' if one.duplicates else ''}.",
        markup=False,
    )
    if one.contradicted:
        for name, why in list(one.contradicted.items())[:_SHOWN]:
            _console.print(f"À regarder : {name}, {why}.", style="red", markup=False)
        if (more := len(one.contradicted) - _SHOWN) > 0:
            _console.print(f"et {more} autres : ./egide bank unmatched.", style="red")


@bank.command(name="unmatched")
@data_option
@json_option
def unmatched_(data: Path | None, as_json: bool) -> None:
    """Ce qui reste à expliquer, ce qui devait venir et n'est pas venu, et qui n'est pas payé."""
    settings = db.settings(data)

    async def work() -> Unmatched:
        async with open_pool(settings, "payer") as pool:
            return await unmatched(pool)

    found = run(work())
    if as_json:
        tell_json(found)
        return
    if not (found.suspense or found.expected or found.held or found.to_look_at or found.owed):
        _console.print("Rien n'attend.")
        return
    _tell_suspense(found)
    _tell_orders(found)
    for debt in found.owed:
        side = "doit" if debt.cents > 0 else "a payé de trop"
        _console.print(
            f"AMC {debt.amc_number} {side} {euros(abs(debt.cents))}, appelés ou à l'appel suivant."
        )


def _tell_suspense(found: Unmatched) -> None:
    drawn = _table("mouvement", "jour", "montant", "texte", "pourquoi", "dit")
    for one in found.suspense:
        told = ", ".join(
            f"{each.target} ({each.who})"
            for each in found.said
            if each.subject == one.full_name
        )
        cells = (one.subject, f"{one.booked_on:%d/%m/%Y}", euros(one.amount_cents))
        why = f"{_WHY.get(one.rule, one.rule)} {one.target}".strip()
        drawn.add_row(*(escape(cell) for cell in (*cells, one.said, why, told)))
    if found.suspense:
        _console.print(drawn)


def _tell_orders(found: Unmatched) -> None:
    for late in found.expected:
        _console.print(
            f"{late.transfer_id} : {euros(late.amount_cents)} attendus le {late.execute_on:%d/%m/%Y}, "
            f"{'pas crédités' if late.is_debit else 'pas débités'}."
        )
    for one in found.to_look_at:
        _console.print(
            f"{one.name} : {one.why or 'rejeté ou inconnu'}, selon l'état de {one.original} pris le "
            f"{one.taken_at:%d/%m/%Y}. ./egide bank say {one.name} rejected, à deux, s'il n'est pas parti ; ou seen.",
            markup=False,
        )
    movements = {one.full_name for one in found.suspense}
    for said in found.said:
        if said.subject not in movements:
            _console.print(
                f"{said.subject} : {said.target}, dit par {said.who} ; à redire par une autre personne.",
                markup=False,
            )
    for blocked in found.blocked:
        _console.print(
            f"{blocked.finess} n'est pas payé : {blocked.transfer_id} avait pris fin et semble débité ; "
            "dire d'abord ce qu'est ce débit.",
            markup=False,
        )
    for held in found.held:
        _console.print(
            f"{held.finess} n'est pas payé depuis le {held.since:%d/%m/%Y} ({held.reason}, {held.transfer_id}) : "
            "changer son compte, ou ./egide bank release."
        )


def _table(*heads: str) -> Table:
    return Table(*(Column(head, overflow="fold") for head in heads))


@bank.command(name="say")
@click.argument("subject", metavar="MOUVEMENT|VIREMENT|RÈGLEMENT")
@click.argument("target", metavar="QUOI")
@data_option
@_BY
def say_(subject: str, target: str, data: Path | None, who: str) -> None:
    """Dire ce qu'est un mouvement inexpliqué (RELEVÉ/NUMÉRO), ou qu'un ordre est rejeté ; fait quand deux le disent.

    QUOI, d'un mouvement : charges, write-off, due:AMC (au plus ce qu'il doit), funds:AMC, booked:VIREMENT (frais
    compris, s'il y en a), returned:VIREMENT, called:PRÉLÈVEMENT (crédité), uncalled:PRÉLÈVEMENT (repris par la banque
    de l'assureur), against:MOUVEMENT (les deux se défont) ; plusieurs par des virgules.
    D'un virement, d'un règlement ou d'un prélèvement : rejected, à deux ; seen, seul.
    """

    async def work() -> bool:
        async with open_pool(db.settings(data), "payer") as pool:
            user = getpass.getuser()
            return await say(pool, subject, target, who or user, os_user=user, now=now())

    done = "fait." if run(work()) else "à redire par une autre personne, dans les mêmes mots."
    _console.print(f"{subject} : {target}, {done}", markup=False)


@bank.command()
@click.argument("finess")
@data_option
@_BY
def release(finess: str, data: Path | None, who: str) -> None:
    """Payer de nouveau un établissement au compte que sa banque avait refusé."""

    async def work() -> None:
        async with open_pool(db.settings(data), "payer") as pool:
            await release_hold(pool, finess, who or getpass.getuser(), now=now())

    run(work())
    _console.print(f"{finess} sera payé au prochain règlement.")
