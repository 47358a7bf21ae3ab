"""``egide client``: what a vendor of software tries from a terminal, against any server of Égide.

What names a person is read from a file or from the standard input, never from the command line.
"""

import sys
from collections.abc import Callable
from datetime import date, timedelta
from functools import wraps
from pathlib import Path
from typing import Any, BinaryIO, Final, TextIO
from uuid import UUID

import click
import httpx2
import msgspec

from egide.client import messages
from egide.client.client import Client, RefusedError, read_refusal
from egide.client.hardware import HardwareKey, open_key
from egide.client.key import (
    FileKey,
    Signer,
    build_declaration,
    enrolment_request,
    key_thumbprint,
)
from egide.client.key import attestation as vendor_said
from egide.client.words import said_of_json, said_of_system
from egide.core.period import civil_day
from egide.edge.http import clock

_KEY: Final = click.option(
    "--key",
    "key_file",
    envvar="EGIDE_KEY",
    required=True,
    help="Fichier de la clé, ou adresse pkcs11: d'une carte (EGIDE_KEY).",
)
_ORIGIN: Final = click.option(
    "--origin", envvar="EGIDE_ORIGIN", required=True, help="Adresse du serveur (EGIDE_ORIGIN)."
)
_ESTABLISHMENT: Final = click.option(
    "--establishment",
    envvar="EGIDE_ESTABLISHMENT",
    required=True,
    type=click.UUID,
    help="Numéro de l'établissement (EGIDE_ESTABLISHMENT).",
)
_FILE: Final = click.argument("file", type=click.File("rb"))


class _Who(msgspec.Struct, forbid_unknown_fields=True):
    """A person: its card, or what the card prints, or its NIR; or an engagement given before."""

    card: str = ""
    amc: str = ""
    member: str = ""
    birth: str = ""
    rank: int = 1
    nir: str = ""
    engagement: str = ""

    def named(self) -> dict[str, Any]:
        if self.engagement:
            return messages.by_engagement(self.engagement)
        if self.card:
            return messages.by_card(self.card)
        if self.nir:
            return messages.by_nir(self.nir, self.birth)
        return messages.by_numbers(
            amc=self.amc, member=self.member, birth=self.birth, rank=self.rank
        )


class _Item(msgspec.Struct, forbid_unknown_fields=True):
    act: str
    cents: int
    on: date | None = None
    quantity: int = 1
    side: str = ""
    situation: list[str] = []
    base: int | None = None
    stay: str = ""
    performer: str = ""


class _Question(msgspec.Struct, forbid_unknown_fields=True):
    who: _Who
    on: date | None = None


class _Invoice(msgspec.Struct, forbid_unknown_fields=True):
    who: _Who
    invoice: str
    items: list[_Item]
    on: date | None = None
    replaces: str = ""


class _Demand(msgspec.Struct, forbid_unknown_fields=True):
    who: _Who
    request: str
    items: list[_Item]
    extends: str = ""


@click.group(name="client")
def client() -> None:
    """Essayer un serveur depuis un logiciel : clé, inscription, droits, facture, paiement."""


class _RejectedError(Exception):
    """An answer that says no: printed like any other, and the command ends with 1."""


def _calls(command: Callable[..., bytes]) -> Callable[..., None]:
    """Give a command its client, print its answer, and end it with 1 on a refusal."""

    @_KEY
    @_ORIGIN
    @_ESTABLISHMENT
    @wraps(command)
    def called(key_file: str, origin: str, establishment: UUID, **rest: object) -> None:
        try:
            with Client(origin, establishment, _opened(key_file)) as server:
                answer, code = command(server, **rest), 0
        except _RejectedError as rejected:
            answer, code = str(rejected).encode(), 1
        except RefusedError as refused:
            raise click.ClickException(str(refused)) from None
        except httpx2.TransportError as error:
            said = f"{origin} ne répond pas ({type(error).__name__})."
            raise click.ClickException(said) from None
        except (msgspec.DecodeError, ValueError) as error:
            raise click.ClickException(said_of_json(error)) from None
        sys.stdout.write(answer.decode() + "\n")
        sys.exit(code)

    return called


def _shown(answer: dict[str, Any]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(answer), indent=2)


def _decided(answer: dict[str, Any]) -> bytes:
    """Return an answer to print, or raise it where a control rejects it or the insurer refuses it."""
    if answer.get("outcome") == "error":
        raise _RejectedError(_shown(answer).decode())
    return _shown(answer)


@client.command()
@click.argument("file")
def key(file: str) -> None:
    """Faire une clé dans FILE, que seul son propriétaire lira, ou dans une carte (adresse pkcs11:…, RFC 7512)."""
    try:
        inside = file.startswith("pkcs11:")
        made: Signer = HardwareKey.create(file) if inside else FileKey.create(Path(file))
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    except FileExistsError:
        msg = f"{file} existe déjà : une clé n'est jamais écrasée."
        raise click.ClickException(msg) from None
    except OSError as error:
        raise click.ClickException(said_of_system(error)) from None
    click.echo(f"Clé {key_thumbprint(made)} dans {file}.")


@client.command()
@_KEY
@_ORIGIN
@_ESTABLISHMENT
@click.option(
    "--attestation",
    type=click.File("r"),
    default=None,
    help="Ce que l'éditeur a signé de cette clé, s'il atteste ses postes.",
)
def request(
    key_file: str, origin: str, establishment: UUID, attestation: TextIO | None
) -> None:
    """Écrire la demande d'inscription à remettre à l'administrateur de l'établissement."""
    asked = enrolment_request(
        _opened(key_file),
        origin=origin.rstrip("/"),
        establishment=establishment,
        now=clock(),
        attestation="" if attestation is None else attestation.read().strip(),
    )
    click.echo(asked)


@client.command()
@_KEY
def public(key_file: str) -> None:
    """Écrire la moitié publique d'une clé (JWK) : pour l'éditeur qui l'atteste, ou l'opérateur qui l'inscrit."""
    click.echo(msgspec.json.encode(dict(_opened(key_file).jwk)).decode())


@client.command()
@_KEY
@click.option("--software", required=True, type=click.UUID, help="Numéro du logiciel déclaré.")
@click.option(
    "--days", default=366, show_default=True, type=click.IntRange(1), help="Durée, en jours."
)
@click.argument("file", type=click.File("rb"))
def attest(key_file: str, software: UUID, days: int, file: BinaryIO) -> None:
    """Éditeur : attester le poste dont FILE est la clé publique (« public »), avec la clé de l'éditeur."""
    instance = msgspec.json.decode(file.read(), type=dict[str, str])
    ends = clock() + timedelta(days=days)
    click.echo(vendor_said(_opened(key_file), software=software, instance=instance, ends=ends))


@client.command()
@_KEY
@_ORIGIN
@click.option("--product", required=True, help="Nom du logiciel.")
@click.option("--version", required=True, help="Version.")
def declare(key_file: str, origin: str, product: str, version: str) -> None:
    """Éditeur : déclarer une version de son logiciel, et lire son numéro."""
    where = origin.rstrip("/")
    said = build_declaration(
        _opened(key_file), origin=where, product=product, version=version, now=clock()
    )
    try:
        answer = httpx2.post(f"{where}/software", content=said, timeout=20)
    except httpx2.TransportError as error:
        msg = f"{origin} ne répond pas ({type(error).__name__})."
        raise click.ClickException(msg) from None
    if not answer.is_success:
        raise click.ClickException(str(read_refusal(answer)))
    click.echo(answer.json()["software"])


def _opened(key_file: str) -> Signer:
    try:
        return open_key(key_file)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(said_of_system(error)) from None


@client.command()
@_calls
def certificate(server: Client) -> bytes:
    """Demander un certificat de la clé, pour des connexions qui la prouvent (RFC 8705)."""
    return server.certificate()[0].encode()


@client.command()
@_FILE
@_calls
def rights(server: Client, file: BinaryIO) -> bytes:
    """Demander des droits : FILE (« - » : l'entrée standard) dit de qui.

    {"who": {"card": "…"}} ou {"who": {"amc": "…", "member": "…", "birth": "AAAA-MM-JJ"}, "on": "AAAA-MM-JJ"}
    """
    asked = msgspec.json.decode(file.read(), type=_Question)
    return _shown(server.ask_rights(asked.who.named(), asked.on or civil_day(clock())))


@client.command()
@_FILE
@_calls
def invoice(server: Client, file: BinaryIO) -> bytes:
    """Envoyer une facture : FILE (« - » : l'entrée standard).

    {"who": {"engagement": "…"}, "invoice": "F1", "items": [{"act": "ngap:G", "cents": 3000}]}
    Pour en corriger une autre : "replaces", son numéro.
    """
    sent = msgspec.json.decode(file.read(), type=_Invoice)
    day = sent.on or civil_day(clock())
    named, items = sent.who.named(), _items(sent.items, day)
    return _decided(server.submit(named, sent.invoice, day, items, replaces=sent.replaces))


def _items(items: list[_Item], day: date) -> list[dict[str, Any]]:
    return [
        messages.saying_more(
            messages.item(
                number,
                one.act,
                one.cents,
                (one.on or day).isoformat(),
                quantity=one.quantity,
                side=one.side,
            ),
            situation=one.situation,
            base=one.base,
            stay=one.stay,
            performer=one.performer,
        )
        for number, one in enumerate(items, 1)
    ]


_OF_PREAUTH: Final = click.option(
    "--preauth", is_flag=True, help="D'une prise en charge ou d'un devis, non d'une facture."
)


@client.command()
@click.argument("number")
@_OF_PREAUTH
@_calls
def cancel(server: Client, number: str, *, preauth: bool) -> bytes:
    """Annuler une facture, ou une prise en charge, par le numéro que l'établissement lui a donné."""
    return _shown(server.cancel_preauth(number) if preauth else server.cancel(number))


@client.command()
@click.argument("number")
@_OF_PREAUTH
@_calls
def inquire(server: Client, number: str, *, preauth: bool) -> bytes:
    """Lire où en est une facture, ou une prise en charge, par le numéro que l'établissement lui a donné."""
    use = "preauthorization" if preauth else "claim"
    return _shown(server.inquire(number, use=use))


@client.command()
@_FILE
@click.option("--quote", is_flag=True, help="Un devis : rien n'est promis ni réservé.")
@_calls
def preauth(server: Client, file: BinaryIO, *, quote: bool) -> bytes:
    """Demander une prise en charge, ou un devis : FILE (« - » : l'entrée standard).

    {"who": {"card": "…"}, "request": "D1", "items": [{"act": "grouping:M03", "cents": 12000}]}
    Pour en étendre une autre : "extends", son numéro de demande.
    """
    sent = msgspec.json.decode(file.read(), type=_Demand)
    day = civil_day(clock())
    named, items = sent.who.named(), _items(sent.items, day)
    if quote:
        return _decided(server.quote(named, sent.request, day, items))
    return _decided(server.ask_preauth(named, sent.request, day, items, extends=sent.extends))


@client.command()
@_FILE
@click.option("--name", default="", help="Nom du lot, si FILE n'a pas de ligne de tête.")
@_calls
def batch(server: Client, file: BinaryIO, *, name: str) -> bytes:
    """Envoyer un lot de factures en NDJSON, ou ce qui en manque : FILE, une par ligne (docs/formats/batch.md)."""
    lines = [line for line in file.read().splitlines() if line.strip()]
    if lines and lines[0].startswith(b"egide-batch/"):
        msg = "Ce lot est en CSV : le poster tel quel à /batches (text/csv), ou l'écrire en NDJSON."
        raise ValueError(msg)
    if lines and b'"format"' in lines[0] and b'"batch"' in lines[0]:
        head: dict[str, Any] = msgspec.json.decode(lines.pop(0))
        name = name or str(head["batch"])
    if not name:
        msg = "Donner --name, ou une ligne de tête : le nom du lot."
        raise ValueError(msg)
    for answer in server.send_batch(name, lines):
        for one in answer["lines"]:
            if one["outcome"] in {"rejected", "refused"}:
                place = f" {one['place']}" if one["place"] else ""
                click.echo(f"{one['line']}{place} : {one['code']} {one['said']}", err=True)
    return _shown(server.batch(name))


@client.command()
@click.argument("name")
@click.option("--first", default=1, show_default=True, help="Première ligne ; 5 000 à la fois.")
@_calls
def returns(server: Client, name: str, first: int) -> bytes:
    """Lire ce qu'il est advenu des lignes d'un lot, en CSV."""
    return server.returns(name, first)


@client.command()
@click.argument("number")
@click.argument("piece")
@click.argument("answer")
@_calls
def piece(server: Client, number: str, piece: str, answer: str) -> bytes:
    """Répondre ANSWER à la pièce PIECE que l'assureur demande pour la prise en charge NUMBER."""
    return _shown(server.give_piece(number, piece, answer))


@client.command()
@click.argument("number")
@_calls
def claim(server: Client, number: str) -> bytes:
    """Relire la décision sur une facture, par le numéro que le serveur lui a donné."""
    return _shown(server.claim(number))


@client.command()
@click.argument("transfer", required=False)
@_calls
def payment(server: Client, transfer: str | None) -> bytes:
    """Lire ses virements, ou ce que TRANSFER paie, facture par facture."""
    return _shown(server.reconciliation(transfer) if transfer else server.transfers())
