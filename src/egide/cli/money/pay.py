"""``egide pay``: close a settlement and write its files; run again after a crash, it finishes."""

import getpass
from datetime import date, datetime
from pathlib import Path
from typing import TypedDict, Unpack
from uuid import UUID

import click
from rich.console import Console
from stdnum.eu import at_02
from stdnum.exceptions import ValidationError

from egide import db
from egide.backups import check_confirmed
from egide.checks import check_and_keep
from egide.cli.context import check_installed, data_option, keyring, now, open_pool, run, sealer
from egide.core.bank import is_target_day, next_target_day
from egide.core.identifiers import Iban
from egide.core.money import euros
from egide.core.period import civil_day
from egide.core.refusal import Refusal, RefusalCode
from egide.payments import (
    Debtor,
    close_settlement,
    never_left,
    one_settlement,
    release,
    to_release,
    unpaid,
    unwritten,
    write_settlement,
)
from egide.payments.funds import all_funds
from egide.treasury import withdraw_doubted
from egide.vault import Attester

_console = Console(soft_wrap=True)
_UNPAID = {
    "held": "sa banque a refusé son compte (./egide bank unmatched)",
    "debit-waiting": "un virement qui avait pris fin semble débité (./egide bank unmatched)",
    "owes-more": "il doit autant, d'annulations, que ce qui lui est dû",
}


class _Which(TypedDict):
    creditor_id: str
    by_two: bool
    release: str | None
    who: str
    execute_on: datetime | None
    rewrite: str | None
    never_left: str | None


@click.command()
@data_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Dossier des fichiers (défaut : DATA/payments).",
)
@click.option(
    "--debtor-name", envvar="EGIDE_DEBTOR_NAME", required=True, help="Nom du compte qui paie."
)
@click.option(
    "--debtor-iban", envvar="EGIDE_DEBTOR_IBAN", required=True, help="IBAN du compte qui paie."
)
@click.option(
    "--creditor-id",
    envvar="EGIDE_CREDITOR_ID",
    default="",
    metavar="ICS",
    help="Identifiant créancier SEPA : les assureurs sous mandat sont prélevés.",
)
@click.option(
    "--by-two",
    envvar="EGIDE_RELEASE_BY_TWO",
    is_flag=True,
    help="Rien ne part avant que deux personnes ne l'aient libéré (--release).",
)
@click.option(
    "--release",
    default=None,
    metavar="RÈGLEMENT",
    help="Ne fermer rien : libérer un règlement ; la seconde personne l'écrit.",
)
@click.option(
    "--by", "who", default="", help="Qui libère (défaut : l'utilisateur de la machine)."
)
@click.option(
    "--execute-on",
    type=click.DateTime(["%Y-%m-%d"]),
    default=None,
    help="Jour d'exécution (défaut : le prochain jour TARGET).",
)
@click.option(
    "--rewrite",
    default=None,
    metavar="RÈGLEMENT",
    help="Ne fermer rien : récrire les fichiers d'un règlement.",
)
@click.option(
    "--never-left",
    default=None,
    metavar="RÈGLEMENT",
    help="Ne fermer rien : dire qu'aucun fichier de ce règlement, commencé et non écrit, n'est parti.",
)
def pay(
    data: Path | None,
    out: Path | None,
    debtor_name: str,
    debtor_iban: str,
    **which: Unpack[_Which],
) -> None:
    """Fermer un règlement : un virement par établissement, son bordereau, les appels de fonds."""
    settings = db.settings(data)
    debtor = Debtor(
        debtor_name,
        Iban.parse(debtor_iban),
        creditor_id=_creditor(which["creditor_id"]),
        by_two=which["by_two"],
    )
    asked, rewrite, left_not = which["execute_on"], which["rewrite"], which["never_left"]
    day = _execution_day(None if asked is None else asked.date())
    check_installed(settings)
    (out or settings.data / "payments").mkdir(parents=True, exist_ok=True)
    folder = out or settings.data / "payments"
    if which["release"] is not None:
        run(_release(settings, folder, debtor, (which["release"], which["who"])))
    elif left_not is not None:
        run(_never_left(settings, left_not))
    elif rewrite is not None:
        run(_rewrite(settings, folder, debtor, rewrite))
    else:
        run(_pay(settings, folder, debtor, day))


async def _never_left(settings: db.Settings, number: str) -> None:
    """Note, on a person's word, that no file of a settlement left."""
    async with open_pool(settings, "payer") as pool:
        await never_left(pool, number)
    _console.print(f"{number} : aucun fichier n'est parti. ./egide pay l'écrit, ou en retire.")


async def _release(
    settings: db.Settings, folder: Path, debtor: Debtor, said: tuple[str, str]
) -> None:
    """Release a settlement by its number, in somebody's name; the second who does writes it."""
    (number, who), user = said, getpass.getuser()
    await _check_first(settings)
    async with open_pool(settings, "payer") as pool:
        if not await release(pool, number, who or user, os_user=user, now=now()):
            _console.print(
                f"{number} : libéré par une personne ; une autre doit le libérer aussi."
            )
            return
        _console.print(f"{number} : libéré par deux personnes.")
        refused = await _write_all(pool, settings, folder, debtor)
    if refused is not None:
        raise refused


async def _rewrite(settings: db.Settings, folder: Path, debtor: Debtor, number: str) -> None:
    """Write the files of a settlement again: the same bytes, or none."""
    async with open_pool(settings, "payer") as pool:
        settlement = await one_settlement(pool, number)
        if settlement is None:
            hint = "Aucun règlement de ce numéro."
            raise Refusal(RefusalCode.VALUE_INVALID, where="--rewrite", hint=hint)
        target = await write_settlement(
            pool, settlement, folder, debtor=debtor, sealer=sealer(settings), now=now()
        )
        _console.print(f"{number} : récrit. {target}")


def _creditor(said: str) -> str:
    """Return a creditor identifier as banks read it; Refusal ``value-invalid``."""
    if not said:
        return ""
    try:
        return at_02.validate(said)
    except ValidationError:
        hint = "Un identifiant créancier SEPA : FR, sa clé, le code d'activité, le numéro."
        raise Refusal(RefusalCode.VALUE_INVALID, where="--creditor-id", hint=hint) from None


def _execution_day(asked: date | None) -> date:
    """Return the day on which the bank is to execute: a day of TARGET, not past; Refusal ``value-invalid``."""
    today = civil_day(now())
    if asked is None:
        return next_target_day(today)
    if asked < today or not is_target_day(asked):
        hint = f"Les banques règlent les jours TARGET : {next_target_day(max(asked, today))}, par exemple."
        raise Refusal(RefusalCode.VALUE_INVALID, where="--execute-on", hint=hint)
    return asked


async def _pay(settings: db.Settings, folder: Path, debtor: Debtor, day: date) -> None:
    await _check_first(settings)
    async with open_pool(settings, "payer") as pool:
        attester = Attester(keyring(settings))
        closed = await close_settlement(
            pool,
            execute_on=day,
            attester=attester,
            sealer=sealer(settings),
            now=now(),
            debtor=debtor,
        )
        if closed is None or not closed.transfers:
            _console.print("Aucune facture à régler, ou moins que ce qui est retenu.")
        refused = await _write_all(pool, settings, folder, debtor)
        await _tell_unpaid(pool)
        await _tell_waiting(pool)
    if refused is not None:
        raise refused
    if closed is not None and closed.restored:
        _console.print(f"[red]NON[/red]  annulations défaites : {_named(closed.restored)}")
    if closed is not None and closed.set_aside:
        raise Refusal(RefusalCode.CLAIM_NOT_DECIDED, where=_named(closed.set_aside))
    if closed is not None and closed.restored:
        raise Refusal(RefusalCode.CANCELLATION_NOT_OURS, where=_named(closed.restored))


async def _write_all(
    pool: db.Pool, settings: db.Settings, folder: Path, debtor: Debtor
) -> Refusal | None:
    """Write what is not yet, of earlier settlements too; one that is refused keeps no other, and is returned."""
    refused: Refusal | None = None
    for settlement in await unwritten(pool):
        number, count = settlement.settlement_id, settlement.transfers
        if await _waits_for_release(pool, number):
            continue
        gone = await withdraw_doubted(pool, number, folder, now=now())
        for name in gone:
            _console.print(
                f"{name} est retiré : un débit de l'essai d'avant attend d'être dit."
            )
        try:
            target = await write_settlement(
                pool, settlement, folder, debtor=debtor, sealer=sealer(settings), now=now()
            )
        except Refusal as refusal:
            refused = refused or refusal
        else:
            asked = (
                f"{number} : {count} virement{'s' if count > 1 else ''}, {settlement.amount}"
            )
            less = f", moins {len(gone)} retiré{'s' if len(gone) > 1 else ''}" if gone else ""
            _console.print(f"{asked}{less}. {target}")
    return refused


async def _waits_for_release(pool: db.Pool, number: str) -> bool:
    """Tell whether a settlement waits for its release, and say what there is to look at."""
    async with db.transaction(pool) as tx:
        waiting = await to_release(tx, number)
    if waiting is None:
        return False
    by = ", ".join(waiting.released_by)
    who = f"Libéré par {by} : une autre personne" if by else "Deux personnes"
    called = ", ".join(f"{amc} {euros(cents)}" for amc, cents in waiting.called.items())
    _console.print(
        f"{number} : {waiting.transfers} virements, {euros(waiting.cents)}, le plus grand de "
        f"{euros(waiting.largest_cents)} ; {waiting.new_payees} pour la première fois, ou sur un autre compte ; "
        f"appelés : {called}. {who}, à libérer : ./egide pay --release {number} --by NOM.",
        markup=False,
    )
    return True


async def _tell_unpaid(pool: db.Pool) -> None:
    """Say who is owed something and is not paid it, and why."""
    for one in await unpaid(pool):
        _console.print(f"{one.finess} n'est pas payé : {_UNPAID[one.why]}.", markup=False)


async def _tell_waiting(pool: db.Pool) -> None:
    """Say which insurers' funds do not reach what is due, and what pays it."""
    async with db.transaction(pool) as tx:
        every = await all_funds(tx, civil_day(now()))
    for one in every:
        if one.oldest_on is not None:
            _console.print(
                f"AMC {one.amc_number} : {one.waiting_claims} factures ({euros(one.waiting_cents)}, depuis le "
                f"{one.oldest_on:%d/%m/%Y}) attendent ses fonds ; il reste {euros(one.room_cents or 0)} à payer pour "
                "lui (./egide funds).",
                markup=False,
            )


def _named(claims: tuple[UUID, ...]) -> str:
    return ", ".join(map(str, claims))


async def _check_first(settings: db.Settings) -> None:
    """End with 1 where a law of money is broken: what is to be paid may not be owed. The gate's are told, no more.

    Raises Refusal: ``restored-unconfirmed``.
    """
    async with open_pool(settings, "owner") as pool:
        await check_confirmed(pool)
        broken = [one for one in await check_and_keep(pool, now()) if one.broken_by]
    for finding in broken:
        _console.print(f"[red]NON[/red]  {finding.law}", *finding.broken_by)
    if any(finding.of_money for finding in broken):
        _console.print("Rien n'est réglé : voir ./egide check.")
        raise SystemExit(1)
