"""``egide insurer-service``: insurers that answer by themselves, and one to try with."""

import base64
import binascii
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO
from uuid import UUID

import click
import rich_click
from rich.console import Console

from egide import db, directory
from egide.cli.context import data_option, json_option, keyring, now, open_pool, run, tell_json
from egide.core.identifiers import AmcNumber
from egide.core.ids import to_code
from egide.core.refusal import Refusal, RefusalCode
from egide.doubles.insurer import PUBLIC_PREFIX, PlayedInsurer, Trouble, insurer_server
from egide.insurers import (
    Asked,
    OnSilence,
    Service,
    checked_service,
    current_services,
    put_service,
)
from egide.vault import Addresses

_console = Console(soft_wrap=True, highlight=False)
_NOTHING: Final = "none"


@click.group(name="insurer-service", cls=rich_click.RichGroup)
def insurer_service() -> None:
    """Les assureurs qui répondent eux-mêmes : leur service, ce que dit leur contrat, et un pour essayer."""


@dataclass(frozen=True, slots=True)
class _Terms:
    """The options of ``set``, as they are below."""

    url: str
    public_key: str
    asked: str
    deadline_ms: int
    on_silence: str
    guaranteed: int
    accept_days: int | None
    silence: str


@insurer_service.command(name="set")
@data_option
@click.argument("amc")
@click.option(
    "--url", required=True, help="Adresse du service ; https, sauf sur cette machine."
)
@click.option(
    "--public-key",
    required=True,
    help="Clé Ed25519 de ce qu'il signe (whpk_…, Standard Webhooks).",
)
@click.option(
    "--asked",
    default="rights,preauth,claim",
    show_default=True,
    help="Ce qui lui est demandé ; « none » arrête tout, sa grille répond à nouveau.",
)
@click.option(
    "--deadline-ms", default=1_500, show_default=True, help="Sa réponse est attendue tant."
)
@click.option(
    "--on-silence",
    type=click.Choice([one.value for one in OnSilence]),
    default=OnSilence.GUARANTEE.value,
    show_default=True,
    help="S'il se tait : sa grille répond (guarantee), ou à la carte seulement (card-and-call).",
)
@click.option(
    "--guaranteed",
    default=100,
    show_default=True,
    help="Ce qu'il doit alors d'une facture, en euros.",
)
@click.option(
    "--accept-days",
    type=int,
    default=None,
    help="Il accepte ou refuse chaque facture en tant de jours ouvrés ; sans quoi elle est due.",
)
@click.option(
    "--silence",
    type=click.Choice(["accepts", "refuses"]),
    default="accepts",
    show_default=True,
    help="Ce que vaut son silence sur une facture, ce délai passé.",
)
def set_service(data: Path | None, amc: str, **terms: object) -> None:
    """Dire à quelle adresse un assureur répond lui-même, et ce que dit son contrat, dès maintenant."""
    said = _Terms(**terms)  # type: ignore[arg-type]  # click gives the options their types
    asked = [] if said.asked == _NOTHING else said.asked.split(",")
    unknown = set(asked) - {one.value for one in Asked}
    if unknown:
        hint = f"Attendu : {', '.join(one.value for one in Asked)}, ou none."
        raise Refusal(RefusalCode.VALUE_INVALID, where="--asked", hint=hint)
    number = AmcNumber.parse(amc)

    async def work() -> None:
        async with open_pool(db.settings(data), "owner") as pool, db.transaction(pool) as tx:
            await put_service(
                tx,
                checked_service(
                    Service(
                        insurer_id=await _insurer(tx, number),
                        since=now(),
                        url=said.url,
                        public_key=_key(said.public_key),
                        asked=frozenset(map(Asked, asked)),
                        deadline_ms=said.deadline_ms,
                        on_silence=OnSilence(said.on_silence),
                        guaranteed_cents=said.guaranteed * 100,
                        accept_days=said.accept_days,
                        silence_accepts=said.silence == "accepts",
                    )
                ),
            )

    run(work())
    _console.print(f"{amc} : en vigueur d'ici quelques secondes, sans redémarrer")


@insurer_service.command(name="show")
@data_option
@json_option
def show_services(data: Path | None, *, as_json: bool) -> None:
    """Montrer les assureurs qui répondent eux-mêmes, et leurs contrats d'aujourd'hui."""

    async def work() -> tuple[dict[UUID, tuple[str, str]], Sequence[Service]]:
        async with open_pool(db.settings(data), "owner") as pool, db.transaction(pool) as tx:
            services = await current_services(tx, now())
            return await directory.insurers(tx), list(services.by_insurer.values())

    names, services = run(work())
    if as_json:
        tell_json([_told(names, one) for one in services])
        return
    if not services:
        _console.print("Aucun assureur ne répond lui-même : les grilles répondent pour tous.")
    for one in services:
        told = _told(names, one)
        _console.print(", ".join(f"{name} {value}" for name, value in told.items()))


def _told(names: dict[UUID, tuple[str, str]], one: Service) -> dict[str, object]:
    return {
        "amc": names[one.insurer_id][0],
        "url": one.url,
        "asked": ",".join(sorted(each.value for each in one.asked)) or _NOTHING,
        "deadline_ms": one.deadline_ms,
        "on_silence": one.on_silence.value,
        "guaranteed_cents": one.guaranteed_cents,
        "accept_days": one.accept_days,
        "silence": "accepts" if one.silence_accepts else "refuses",
        "since": one.since.isoformat(timespec="seconds"),
    }


@insurer_service.command(name="numbers")
@data_option
@click.argument("amc")
@click.argument("references", type=click.File("r"), default="-")
def numbers(data: Path | None, amc: str, references: TextIO) -> None:
    """Donner à un assureur le numéro sous lequel chacune de ses personnes lui sera demandée.

    REFERENCES : une référence de son fichier par ligne. La sortie : référence;numéro.
    """
    settings, number = db.settings(data), AmcNumber.parse(amc)
    addresses = Addresses(keyring(settings))

    async def work() -> AmcNumber:
        async with open_pool(settings, "owner") as pool, db.transaction(pool) as tx:
            return await directory.keyed_number(tx, number, "AMC")

    keyed = run(work())
    for line in references:
        if reference := line.strip():
            click.echo(f"{reference};{to_code(addresses.person(keyed, reference))}")


@insurer_service.command(name="simulate")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8081, show_default=True)
@click.option(
    "--share",
    default=100,
    show_default=True,
    help="Ce qu'il paie de ce que laisse l'AMO, en %.",
)
@click.option(
    "--trouble",
    type=click.Choice([one.value for one in Trouble]),
    default=Trouble.NONE.value,
    show_default=True,
    help="Ce qui va mal.",
)
@click.option("--delay", default=3.0, show_default=True, help="Secondes, avec --trouble slow.")
def simulate(host: str, port: int, share: int, trouble: str, delay: float) -> None:
    """Jouer le service d'un assureur, jusqu'à Ctrl-C ; dit la clé à donner à « set »."""
    insurer = PlayedInsurer(share_bp=share * 100, trouble=Trouble(trouble), delay=delay)
    server = insurer_server(insurer, host, port)
    url = f"http://{host}:{server.server_port}"
    _console.print(f"--url {url} --public-key {insurer.public_key}")
    sys.stdout.flush()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        _console.print(f"{len(insurer.seen)} questions reçues")
    finally:
        server.server_close()


async def _insurer(tx: db.Tx, number: AmcNumber) -> UUID:
    known = {amc: insurer_id for insurer_id, (amc, _) in (await directory.insurers(tx)).items()}
    if number.text not in known:
        raise Refusal(RefusalCode.AMC_INVALID, where="AMC")
    return known[number.text]


def _key(text: str) -> bytes:
    try:
        return base64.b64decode(text.removeprefix(PUBLIC_PREFIX), validate=True)
    except (ValueError, binascii.Error):
        return b""
