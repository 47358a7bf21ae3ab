"""``egide insurer-service``: insurers that answer by themselves, and one to try with."""

import base64
import binascii
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
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
    known_persons,
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
    """The options of ``set``, as they are below; None for what is not said."""

    url: str | None
    public_key: str | None
    asked: str | None
    deadline_ms: int | None
    on_silence: str | None
    guaranteed: int | None
    accept_days: int | None
    silence: str | None


@insurer_service.command(name="set")
@data_option
@click.argument("amc")
@click.option(
    "--url", required=True, help="Adresse du service ; https, sauf sur cette machine."
)
@click.option(
    "--public-key",
    help="Clé Ed25519 de ce qu'il signe (whpk_…, Standard Webhooks).",
)
@click.option(
    "--asked",
    help="Ce qui lui est demandé : rights,preauth,claim ; « none » arrête tout, sa grille répond à nouveau.",
)
@click.option("--deadline-ms", type=int, help="Sa réponse est attendue tant [1500].")
@click.option(
    "--on-silence",
    type=click.Choice([one.value for one in OnSilence]),
    help="S'il se tait : sa grille répond (guarantee), ou à la carte seulement (card-and-call) [guarantee].",
)
@click.option(
    "--guaranteed",
    type=int,
    help="Ce qu'il doit alors d'une facture, en euros [100].",
)
@click.option(
    "--accept-days",
    type=int,
    help="Il accepte ou refuse chaque facture en tant de jours ouvrés ; 0 : elle est due sans cela [0].",
)
@click.option(
    "--silence",
    type=click.Choice(["accepts", "refuses"]),
    help="Ce que vaut son silence sur une facture, ce délai passé [accepts].",
)
def set_service(data: Path | None, amc: str, **terms: object) -> None:
    """Dire à quelle adresse un assureur répond lui-même, et ce que dit son contrat, dès maintenant.

    Ce qui n'est pas dit reste comme il était ; entre crochets, ce qui vaut la première fois.
    """
    said = _Terms(**terms)  # type: ignore[arg-type]  # click gives the options their types
    number = AmcNumber.parse(amc)

    async def work() -> None:
        async with open_pool(db.settings(data), "owner") as pool, db.transaction(pool) as tx:
            insurer_id = await _insurer(tx, number)
            before = (await current_services(tx, now())).by_insurer.get(insurer_id)
            if before is None and (said.url is None or said.public_key is None):
                hint = "La première fois, --url et --public-key sont à dire."
                raise Refusal(RefusalCode.VALUE_MISSING, where="--url", hint=hint)
            await put_service(tx, checked_service(_changed(before or _first(insurer_id), said)))

    run(work())
    _console.print(f"{amc} : en vigueur d'ici quelques secondes, sans redémarrer")


def _first(insurer_id: UUID) -> Service:
    """Return what holds of a first contract, but for what is said."""
    return Service(
        insurer_id=insurer_id,
        since=now(),
        url="",
        public_key=b"",
        asked=frozenset(Asked),
        deadline_ms=1_500,
        on_silence=OnSilence.GUARANTEE,
        guaranteed_cents=10_000,
        accept_days=None,
        silence_accepts=True,
    )


def _changed(before: Service, said: _Terms) -> Service:
    changes: dict[str, object] = {"since": now()}
    if said.url is not None:
        changes["url"] = said.url
    if said.public_key is not None:
        changes["public_key"] = _key(said.public_key)
    if said.asked is not None:
        changes["asked"] = _asked(said.asked)
    if said.deadline_ms is not None:
        changes["deadline_ms"] = said.deadline_ms
    if said.on_silence is not None:
        changes["on_silence"] = OnSilence(said.on_silence)
    if said.guaranteed is not None:
        changes["guaranteed_cents"] = said.guaranteed * 100
    if said.accept_days is not None:
        changes["accept_days"] = said.accept_days or None
    if said.silence is not None:
        changes["silence_accepts"] = said.silence == "accepts"
    return replace(before, **changes)  # type: ignore[arg-type]  # each of the type of its field


def _asked(text: str) -> frozenset[Asked]:
    words = set[str]() if text == _NOTHING else set(text.split(","))
    if words - {one.value for one in Asked}:
        hint = f"Attendu : {', '.join(one.value for one in Asked)}, ou none."
        raise Refusal(RefusalCode.VALUE_INVALID, where="--asked", hint=hint)
    return frozenset(map(Asked, words))


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

    named = [line.strip() for line in references if line.strip()]

    async def work() -> tuple[dict[str, UUID], set[UUID]]:
        async with open_pool(settings, "owner") as pool, db.transaction(pool) as tx:
            keyed = await directory.keyed_number(tx, number, "AMC")
            persons = {one: addresses.person(keyed, one) for one in named}
            return persons, await known_persons(tx, list(persons.values()))

    persons, known = run(work())
    strangers = [line for line, one in enumerate(named, 1) if persons[one] not in known]
    if strangers:
        hint = "Aucune personne importée n'a cette référence : rien n'est écrit."
        raise Refusal(RefusalCode.VALUE_INVALID, where=f"ligne {strangers[0]}", hint=hint)
    for reference in named:
        click.echo(f"{reference};{to_code(persons[reference])}")


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
