"""``egide people``: invite a person, let one who lost its passkeys in again, close an account."""

from pathlib import Path
from uuid import UUID

import click
from rich.console import Console

from egide import db
from egide.access import Role
from egide.cli.context import data_option, now, open_pool, run, sealer
from egide.core.refusal import Refusal, RefusalCode
from egide.people import Invitation, close, invite, invite_again

_console = Console()


@click.group()
def people() -> None:
    """Inviter des personnes au portail ; il n'y a pas de mot de passe."""


@people.command(name="invite")
@data_option
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--label", required=True, help="Nom sous lequel la personne connaît son compte.")
@click.option("--establishment", type=click.UUID, help="Son établissement.")
@click.option("--insurer", type=click.UUID, help="Son assureur.")
def invite_(
    data: Path | None, role: str, label: str, establishment: UUID | None, insurer: UUID | None
) -> None:
    """Ouvrir un compte et donner le code qui permet d'y créer une première clé d'accès."""
    settings = db.settings(data)
    wanted = Invitation(
        role=Role(role), label=label, establishment_id=establishment, insurer_id=insurer
    )

    async def work() -> tuple[UUID, str]:
        async with open_pool(settings, "owner") as pool, db.transaction(pool) as tx:
            made = await invite(tx, wanted, sealer=sealer(settings), now=now())
            return made.account_id, made.code

    try:
        account_id, code = run(work())
    except db.DatabaseError as error:
        law = str(getattr(error, "constraint_name", ""))
        hint = "Professionnel, administrateur et assistant : un établissement connu ; assureur : un assureur connu."
        raise Refusal(RefusalCode.VALUE_INVALID, where=law or "compte", hint=hint) from None
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
