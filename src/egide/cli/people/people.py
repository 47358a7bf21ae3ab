"""``egide people``: who is invited to the portal, let in again, closed, written to."""

import asyncio
import os
from pathlib import Path
from typing import TextIO
from uuid import UUID

import click
from rich.console import Console

from egide import db
from egide.access import Role
from egide.accounts import (
    Invitation,
    close,
    invite,
    invite_again,
    issue_codes,
    write_codes,
)
from egide.cli.context import data_option, keyring, now, open_pool, run, sealer
from egide.core.identifiers import AmcNumber
from egide.core.refusal import Refusal, RefusalCode
from egide.directory import establishment_named, insurer_named
from egide.outbox import Mailbox, send_notices
from egide.vault import Addresses

_console = Console()


_INVITED = [
    role.value for role in Role if role is not Role.INSURED
]  # who has a code of its card


@click.group()
def people() -> None:
    """Inviter des personnes au portail ; il n'y a pas de mot de passe."""


@people.command(name="invite")
@data_option
@click.option("--role", type=click.Choice(_INVITED), required=True)
@click.option(
    "--label",
    prompt="Nom sous lequel la personne connaît son compte",
    help="Ce nom ; demandé s'il manque, pour qu'il ne reste pas dans l'historique du terminal.",
)
@click.option("--establishment", help="Son établissement : FINESS ou UUID.")
@click.option("--insurer", help="Son assureur : numéro d'AMC ou UUID.")
def invite_(
    data: Path | None, role: str, label: str, establishment: str | None, insurer: str | None
) -> None:
    """Ouvrir un compte et donner le code qui permet d'y créer une première clé d'accès."""
    settings = db.settings(data)

    async def work() -> tuple[UUID, str]:
        async with open_pool(settings, "owner") as pool, db.transaction(pool) as tx:
            house = payer = None
            if establishment is not None:
                house = await establishment_named(tx, establishment, "--establishment")
            if insurer is not None:
                payer = await insurer_named(tx, insurer, "--insurer")
            wanted = Invitation(
                role=Role(role), label=label, establishment_id=house, insurer_id=payer
            )
            made = await invite(tx, wanted, sealer=sealer(settings), now=now())
            return made.account_id, made.code

    try:
        account_id, code = run(work())
    except db.DatabaseError:
        hint = "Professionnel, administrateur et assistant : un établissement connu ; assureur : un assureur connu."
        raise Refusal(RefusalCode.VALUE_INVALID, where="--role", hint=hint) from None
    _console.print(f"Compte {account_id}. Code à remettre en main propre, valable sept jours :")
    _console.print(f"[bold]{code}[/bold]")


@people.command(name="invite-again")
@data_option
@click.argument("account", type=click.UUID)
def invite_again_(data: Path | None, account: UUID) -> None:
    """Donner un nouveau code à qui a perdu ses clés d'accès, et dont l'identité a été vérifiée.

    Ses codes, ses clés d'accès et ses sessions ne valent plus rien.
    """

    async def work() -> str | None:
        async with open_pool(db.settings(data), "owner") as pool, db.transaction(pool) as tx:
            return await invite_again(tx, account, now())

    code = run(work())
    if code is None:
        raise Refusal(RefusalCode.VALUE_INVALID, where="compte", hint="Aucun compte ouvert.")
    _console.print(f"[bold]{code}[/bold]")


@people.command(name="close")
@data_option
@click.argument("account", type=click.UUID)
def close_(data: Path | None, account: UUID) -> None:
    """Fermer un compte pour toujours : ses sessions s'arrêtent, rien n'y fait plus entrer."""

    async def work() -> bool:
        async with open_pool(db.settings(data), "owner") as pool, db.transaction(pool) as tx:
            return await close(tx, account, now())

    if not run(work()):
        raise Refusal(RefusalCode.VALUE_INVALID, where="compte", hint="Aucun compte ouvert.")
    _console.print(f"Compte {account} fermé.")


@people.command()
@data_option
@click.option("--amc", required=True, help="Numéro de l'assureur (AMC).")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Fichier des codes pour l'imprimeur ; il ne doit pas exister.",
)
@click.argument("file", type=click.File("r"))
def codes(data: Path | None, amc: str, out: Path, file: TextIO) -> None:
    """Donner aux assurés le code qui leur montre qui a consulté leurs droits.

    FILE (« - » : l'entrée standard) : une référence de l'assureur par ligne, comme dans son fichier de membres.
    Un code est bon un an et n'est pas gardé ; en donner un autre à la même personne annule le premier.
    """
    settings, insurer = db.settings(data), AmcNumber.parse(amc)
    references = [line.strip() for line in file if line.strip()]
    try:
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise Refusal(
            RefusalCode.VALUE_INVALID, where=str(out), hint=f"{error.strerror}."
        ) from None

    async def work() -> list[tuple[str, str]]:
        async with open_pool(settings, "loader") as pool, db.transaction(pool) as tx:
            addresses = Addresses(keyring(settings))
            return await issue_codes(tx, addresses, insurer, references, now())

    with os.fdopen(descriptor, "w", encoding="utf-8") as written:
        try:
            issued = run(work())
        except Refusal:
            out.unlink()
            raise
        write_codes(written, issued)
    _console.print(f"{len(issued)} codes dans {out}.", soft_wrap=True)


@people.command()
@data_option
@click.option(
    "--mailbox",
    envvar="EGIDE_MAILBOX",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Fichier JSON du serveur de courrier (EGIDE_MAILBOX) : host, port, security, user, password, sender.",
)
@click.option(
    "--every",
    type=click.IntRange(1),
    default=None,
    help="Recommencer après autant de secondes ; sans elle, envoyer ce qui est dû et finir.",
)
def notices(data: Path | None, mailbox: Path, every: int | None) -> None:
    """Envoyer aux maisons les avis de sécurité : changements demandés, clés et appareils nouveaux."""
    settings, box = db.settings(data), Mailbox.read(mailbox)

    async def work() -> None:
        async with open_pool(settings, "messenger") as pool:
            while True:
                sent, kept = await send_notices(pool, sealer(settings), box.sender, box.send)
                if sent or kept:
                    _console.print(f"{sent} avis envoyés, {kept} à renvoyer plus tard.")
                if not sent:
                    if every is None:
                        return
                    await asyncio.sleep(every)

    run(work())
