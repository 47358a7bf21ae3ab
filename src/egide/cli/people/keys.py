"""``egide keys``: the keys of software, enrolled and revoked."""

from pathlib import Path
from typing import TextIO, TypedDict, Unpack
from uuid import UUID

import click
from rich.console import Console

from egide import db
from egide.access import (
    Software,
    enrol_requested,
    requested_key,
    revoke_key,
    set_concentrator,
    software,
)
from egide.cli.context import data_option, json_option, now, open_pool, run, tell_json
from egide.core.refusal import Refusal, RefusalCode
from egide.directory import establishment_named

_console = Console()


@click.group()
def keys() -> None:
    """Inscrire et retirer les clés des logiciels, sans passer par le portail."""


@keys.command(name="software")
@data_option
@json_option
def software_(data: Path | None, as_json: bool) -> None:
    """Lister les logiciels que leurs éditeurs ont déclarés."""

    async def work() -> list[Software]:
        async with open_pool(db.settings(data), "owner") as pool, db.transaction(pool) as tx:
            return await software(tx)

    rows = run(work())
    if as_json:
        tell_json(rows)
        return
    for row in rows:
        said = f"{row.software_id}  {row.product} {row.version} ({row.vendor})"
        _console.print(said, markup=False, soft_wrap=True)


class _Enrolled(TypedDict):
    establishment: str
    build: UUID
    origin: str
    concentrator: str


@keys.command(name="enrol")
@data_option
@click.option("--establishment", required=True, help="Son établissement : FINESS ou UUID.")
@click.option("--software", "build", type=click.UUID, required=True, help="Son logiciel.")
@click.option("--origin", required=True, help="Adresse publique de ce serveur.")
@click.option("--concentrator", default="", help="Qui relaie ses appels, s'il y en a un.")
@click.argument("file", type=click.File("r"))
def enrol_(data: Path | None, file: TextIO, **given: Unpack[_Enrolled]) -> None:
    """Inscrire la clé qui a signé une demande (FILE ; « - » : l'entrée standard)."""
    at = now()
    request = file.read()

    async def work() -> str:
        async with open_pool(db.settings(data), "owner") as pool, db.transaction(pool) as tx:
            named = await establishment_named(tx, given["establishment"], "--establishment")
            key = requested_key(request, origin=given["origin"], establishment_id=named, now=at)
            await enrol_requested(tx, key, given["build"], (None, at), given["concentrator"])
            return key.thumbprint

    try:
        thumbprint = run(work())
    except db.DatabaseError:
        hint = "Aucun établissement de ce numéro."
        raise Refusal(RefusalCode.VALUE_INVALID, where="--establishment", hint=hint) from None
    _console.print(f"Clé {thumbprint} inscrite.", soft_wrap=True)


# A thumbprint may begin with a hyphen.
@keys.command(name="concentrator", context_settings={"ignore_unknown_options": True})
@data_option
@click.argument("thumbprint")
@click.argument("name", default="")
def concentrator_(data: Path | None, thumbprint: str, name: str) -> None:
    """Dire qui relaie les appels d'une clé (NAME), ou que personne ne les relaie : c'est par là qu'on l'arrête."""

    async def work() -> bool:
        async with open_pool(db.settings(data), "owner") as pool, db.transaction(pool) as tx:
            return await set_concentrator(tx, thumbprint, name.strip())

    if not run(work()):
        raise Refusal(RefusalCode.KEY_UNKNOWN, where="THUMBPRINT")
    _console.print(
        f"Clé {thumbprint} : {name.strip() or 'aucun concentrateur'}.", soft_wrap=True
    )


@keys.command(name="revoke", context_settings={"ignore_unknown_options": True})
@data_option
@click.option("--establishment", required=True, help="Son établissement : FINESS ou UUID.")
@click.argument("thumbprint")
def revoke_(data: Path | None, establishment: str, thumbprint: str) -> None:
    """Retirer une clé : les jetons qu'elle a ne servent plus, dans la seconde."""

    async def work() -> bool:
        async with open_pool(db.settings(data), "owner") as pool, db.transaction(pool) as tx:
            named = await establishment_named(tx, establishment, "--establishment")
            return await revoke_key(tx, named, thumbprint, (None, now()))

    if not run(work()):
        raise Refusal(RefusalCode.KEY_UNKNOWN, where="thumbprint")
    _console.print(f"Clé {thumbprint} retirée.", soft_wrap=True)
