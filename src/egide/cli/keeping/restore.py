"""``egide restore``: an installation again, from its backups and its keys, or only the proof that it can be."""

import shutil
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict, Unpack

import click
from rich.console import Console

from egide import backups, db
from egide.accesslog.configured import log_key, named_witnesses
from egide.backups import Archive, Proof, Restored
from egide.cli.context import clear_data, data_option, keyring, now, open_pool, run
from egide.cli.keeping.options import (
    archive_option,
    asked_passphrase,
    end_on_signals,
    passphrase_option,
)
from egide.core.refusal import Refusal, RefusalCode

_console = Console(soft_wrap=True, highlight=False)


class _Asked(TypedDict):
    folder: Path
    keys: Path
    passphrase_file: Path | None
    until: datetime | None
    drill: bool


@click.command()
@data_option
@archive_option("--from")
@click.option(
    "--keys",
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Le fichier de ./egide backup keys.",
)
@passphrase_option
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S"]),
    default=None,
    help="Dernier instant voulu, UTC (défaut : tout ce qui est gardé).",
)
@click.option(
    "--drill", is_flag=True, help="Dans un dossier jeté ensuite : prouver que tout revient."
)
def restore(data: Path | None, **asked: Unpack[_Asked]) -> None:
    """Refaire une installation dans un dossier neuf (--data), et vérifier ses lois et l'arbre de son journal."""
    if asked["drill"] == (data is not None):
        hint = "Un dossier neuf par --data, ou --drill."
        raise Refusal(RefusalCode.VALUE_INVALID, where="--data", hint=hint)
    end_on_signals()
    passphrase = asked_passphrase(asked["passphrase_file"], confirms=False)
    secrets = backups.open_keys(asked["keys"].read_bytes(), passphrase)
    if data is not None:
        is_whole = _restored(data.absolute(), secrets, asked)
        _console.print(
            "Avant de payer : comparer la banque (./egide bank take), puis ./egide backup confirm --by NOM."
        )
    else:
        folder = Path(tempfile.mkdtemp(prefix="egide-restore-"))
        folder.chmod(0o755)
        try:
            is_whole = _restored(folder / "var", secrets, asked)
        finally:
            if (folder / "var").exists():
                clear_data(folder / "var")
            shutil.rmtree(folder)
    if not is_whole:
        raise SystemExit(1)


def _restored(data: Path, secrets: dict[str, bytes], asked: _Asked) -> bool:
    until = None if asked["until"] is None else asked["until"].replace(tzinfo=UTC)
    began = time.monotonic()
    found = run(backups.restore(Archive(asked["folder"]), data, secrets, until, now()))
    _say(found, time.monotonic() - began)
    settings = db.Settings(data=data, database_url=None, app_url=None)

    async def work() -> Proof:
        async with open_pool(settings, "owner") as pool:
            return await backups.prove(pool, log_key(keyring(settings)), named_witnesses())

    proof = run(work())
    for one in proof.broken:
        _console.print(f"[red]NON[/red]  {one}")
    if not proof.broken:
        _console.print(
            f"{proof.laws} lois tenues ; {proof.entries} entrées du journal prouvées sous leur racine ; "
            f"{proof.witnesses} témoins l'ont vu."
        )
    if proof.behind and not asked["drill"]:
        raise Refusal(RefusalCode.LOG_BEHIND, where="log", hint=proof.behind)
    if proof.behind:
        _console.print(f"Un témoin du journal en a vu plus, depuis : {proof.behind}")
    return not proof.broken


def _say(found: Restored, seconds: float) -> None:
    reached = (
        "la copie seule"
        if found.reached is None
        else f"{found.reached.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    )
    _console.print(
        f"Revenu en {seconds:.0f} s, de la copie du {found.base.taken_at:%Y-%m-%dT%H:%M:%SZ} ; "
        f"dernier changement : {reached}."
    )
