"""``egide client``: what a vendor of software tries from a terminal, against any server of Égide.

What names a person is read from a file or from the standard input, never from the command line.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO, Final, TextIO
from uuid import UUID

import click
import httpx2
import msgspec

from egide.client.calling import (
    ESTABLISHMENT,
    FILE,
    KEY,
    ORIGIN,
    RejectedError,
    calls,
    decided,
    opened,
    shown,
)
from egide.client.client import Client, read_refusal
from egide.client.files import Demand, Invoice, Question, items_of
from egide.client.hardware import HardwareKey
from egide.client.key import (
    FileKey,
    Signer,
    build_declaration,
    enrolment_request,
    key_thumbprint,
)
from egide.client.key import attestation as vendor_said
from egide.client.queue import InvoiceQueue, Queued, QueueError
from egide.client.words import said_of_json, said_of_system
from egide.core.period import civil_day
from egide.edge.http import clock


@click.group(name="client")
def client() -> None:
    """Essayer un serveur depuis un logiciel : clé, inscription, droits, facture, paiement."""


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
@KEY
@ORIGIN
@ESTABLISHMENT
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
        opened(key_file),
        origin=origin.rstrip("/"),
        establishment=establishment,
        now=clock(),
        attestation="" if attestation is None else attestation.read().strip(),
    )
    click.echo(asked)


@client.command()
@KEY
def public(key_file: str) -> None:
    """Écrire la moitié publique d'une clé (JWK) : pour l'éditeur qui l'atteste, ou l'opérateur qui l'inscrit."""
    click.echo(msgspec.json.encode(dict(opened(key_file).jwk)).decode())


@client.command()
@KEY
@click.option("--software", required=True, type=click.UUID, help="Numéro du logiciel déclaré.")
@click.option(
    "--days", default=366, show_default=True, type=click.IntRange(1), help="Durée, en jours."
)
@click.argument("file", type=click.File("rb"))
def attest(key_file: str, software: UUID, days: int, file: BinaryIO) -> None:
    """Éditeur : attester le poste dont FILE est la clé publique (« public »), avec la clé de l'éditeur."""
    instance = msgspec.json.decode(file.read(), type=dict[str, str])
    ends = clock() + timedelta(days=days)
    click.echo(vendor_said(opened(key_file), software=software, instance=instance, ends=ends))


@client.command()
@KEY
@ORIGIN
@click.option("--product", required=True, help="Nom du logiciel.")
@click.option("--version", required=True, help="Version.")
def declare(key_file: str, origin: str, product: str, version: str) -> None:
    """Éditeur : déclarer une version de son logiciel, et lire son numéro."""
    where = origin.rstrip("/")
    said = build_declaration(
        opened(key_file), origin=where, product=product, version=version, now=clock()
    )
    try:
        answer = httpx2.post(f"{where}/software", content=said, timeout=20)
    except httpx2.TransportError as error:
        msg = f"{origin} ne répond pas ({type(error).__name__})."
        raise click.ClickException(msg) from None
    if not answer.is_success:
        raise click.ClickException(str(read_refusal(answer)))
    click.echo(answer.json()["software"])


@client.command()
@calls
def certificate(server: Client) -> bytes:
    """Demander un certificat de la clé, pour des connexions qui la prouvent (RFC 8705)."""
    return server.certificate()[0].encode()


@client.command()
@FILE
@calls
def rights(server: Client, file: BinaryIO) -> bytes:
    """Demander des droits : FILE (« - » : l'entrée standard) dit de qui.

    {"who": {"card": "…"}} ou {"who": {"amc": "…", "member": "…", "birth": "AAAA-MM-JJ"}, "on": "AAAA-MM-JJ"}
    """
    asked = msgspec.json.decode(file.read(), type=Question)
    return shown(server.ask_rights(asked.who.named(), asked.on or civil_day(clock())))


@client.command()
@FILE
@calls
def invoice(server: Client, file: BinaryIO) -> bytes:
    """Envoyer une facture : FILE (« - » : l'entrée standard).

    {"who": {"engagement": "…"}, "invoice": "F1", "items": [{"act": "ngap:G", "cents": 3000}]}
    Pour en corriger une autre : "replaces", son numéro.
    """
    sent = msgspec.json.decode(file.read(), type=Invoice)
    day = sent.on or civil_day(clock())
    named, items = sent.who.named(), items_of(sent.items, day)
    return decided(server.submit(named, sent.invoice, day, items, replaces=sent.replaces))


_OF_PREAUTH: Final = click.option(
    "--preauth", is_flag=True, help="D'une prise en charge ou d'un devis, non d'une facture."
)


@client.command()
@click.argument("number")
@_OF_PREAUTH
@calls
def cancel(server: Client, number: str, *, preauth: bool) -> bytes:
    """Annuler une facture, ou une prise en charge, par le numéro que l'établissement lui a donné."""
    return shown(server.cancel_preauth(number) if preauth else server.cancel(number))


@client.command()
@click.argument("number")
@_OF_PREAUTH
@calls
def inquire(server: Client, number: str, *, preauth: bool) -> bytes:
    """Lire où en est une facture, ou une prise en charge, par le numéro que l'établissement lui a donné."""
    use = "preauthorization" if preauth else "claim"
    return shown(server.inquire(number, use=use))


@client.command()
@FILE
@click.option("--quote", is_flag=True, help="Un devis : rien n'est promis ni réservé.")
@calls
def preauth(server: Client, file: BinaryIO, *, quote: bool) -> bytes:
    """Demander une prise en charge, ou un devis : FILE (« - » : l'entrée standard).

    {"who": {"card": "…"}, "request": "D1", "items": [{"act": "grouping:M03", "cents": 12000}]}
    Pour en étendre une autre : "extends", son numéro de demande.
    """
    sent = msgspec.json.decode(file.read(), type=Demand)
    day = civil_day(clock())
    named, items = sent.who.named(), items_of(sent.items, day)
    if quote:
        return decided(server.quote(named, sent.request, day, items))
    return decided(server.ask_preauth(named, sent.request, day, items, extends=sent.extends))


@client.command()
@FILE
@click.option("--name", default="", help="Nom du lot, si FILE n'a pas de ligne de tête.")
@calls
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
    return shown(server.batch(name))


@client.command()
@click.argument("name")
@click.option("--first", default=1, show_default=True, help="Première ligne ; 5 000 à la fois.")
@calls
def returns(server: Client, name: str, first: int) -> bytes:
    """Lire ce qu'il est advenu des lignes d'un lot, en CSV."""
    return server.returns(name, first)


@client.command()
@click.argument("number")
@click.argument("piece")
@click.argument("answer")
@calls
def piece(server: Client, number: str, piece: str, answer: str) -> bytes:
    """Répondre ANSWER à la pièce PIECE que l'assureur demande pour la prise en charge NUMBER."""
    return shown(server.give_piece(number, piece, answer))


@client.command()
@click.argument("number")
@calls
def claim(server: Client, number: str) -> bytes:
    """Relire la décision sur une facture, par le numéro que le serveur lui a donné."""
    return shown(server.claim(number))


@client.command()
@click.argument("transfer", required=False)
@calls
def payment(server: Client, transfer: str | None) -> bytes:
    """Lire ses virements, ou ce que TRANSFER paie, facture par facture."""
    return shown(server.reconciliation(transfer) if transfer else server.transfers())


@client.group()
def dispute() -> None:
    """Contester la décision d'une facture, et suivre sa contestation (docs/formats/dispute.md)."""


@dispute.command(name="open")
@click.argument("invoice")
@click.option("--amount", is_flag=True, help="Le montant d'une facture acceptée, non un rejet.")
@click.option("--line", type=click.IntRange(1), help="La ligne, si une seule est contestée.")
@click.option("--expected", type=click.IntRange(0), help="Le montant attendu, en centimes.")
@calls
def open_(
    server: Client, invoice: str, line: int | None, expected: int | None, *, amount: bool
) -> bytes:
    """Contester la décision de la facture INVOICE."""
    said: dict[str, Any] = {"invoice": invoice, "ground": "amount" if amount else "rejection"}
    given = {"line": line, "expected_cents": expected}
    said |= {name: value for name, value in given.items() if value is not None}
    return shown(server.contest(said))


@dispute.command(name="show")
@click.argument("number", required=False)
@calls
def show_dispute(server: Client, number: str | None) -> bytes:
    """Lire où en est la contestation NUMBER, ou toutes."""
    return shown(server.disputes(number or ""))


@dispute.command()
@click.argument("number")
@calls
def second(server: Client, number: str) -> bytes:
    """Demander la lecture d'une seconde personne de l'assureur."""
    return shown(server.move_dispute(number, "second-reading"))


@dispute.command()
@click.argument("number")
@calls
def withdraw(server: Client, number: str) -> bytes:
    """Retirer une contestation."""
    return shown(server.move_dispute(number, "withdraw"))


_QUEUE: Final = click.option(
    "--queue",
    "path",
    envvar="EGIDE_QUEUE",
    default="egide-queue.sqlite",
    show_default=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Fichier de la file, scellé ; sa clé est à côté (EGIDE_QUEUE).",
)


@client.group()
def queue() -> None:
    """Garder des factures tant que le serveur ne répond pas, puis les envoyer."""


@queue.command()
@_QUEUE
@FILE
def put(path: Path, file: BinaryIO) -> None:
    """Garder une facture, sur le disque avant que la commande finisse : FILE, comme ``invoice``."""
    try:
        sent = msgspec.json.decode(file.read(), type=Invoice)
        day = sent.on or civil_day(clock())
        items = items_of(sent.items, day)
        with InvoiceQueue.open(path) as kept:
            kept.put(sent.who.named(), sent.invoice, day, items, replaces=sent.replaces)
    except (msgspec.DecodeError, ValueError) as error:
        raise click.ClickException(said_of_json(error)) from None
    except QueueError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{sent.invoice} : gardée.")


@queue.command()
@_QUEUE
def waiting(path: Path) -> None:
    """Dire ce qui attend, ce qui est refusé, ce qui a sa réponse ; personne n'y est nommé."""
    try:
        with InvoiceQueue.open(path) as kept:
            for one in kept.every():
                click.echo(_line(one))
    except QueueError as error:
        raise click.ClickException(str(error)) from None


@queue.command()
@_QUEUE
@calls
def send(server: Client, path: Path) -> bytes:
    """Envoyer ce qui attend, dans l'ordre ; s'arrête où le serveur ne répond plus, et finit alors par 1."""
    try:
        with InvoiceQueue.open(path) as kept:
            lines = [_line(one) for one in kept.send(server)]
            left = sum(one.state == "waiting" for one in kept.every())
    except QueueError as error:
        raise click.ClickException(str(error)) from None
    text = "\n".join([*lines, f"Il en reste {left}." if left else "Rien n'attend plus."])
    if left:
        raise RejectedError(text)
    return text.encode()


_STATES: Final = {"waiting": "attend", "refused": "refusée", "answered": "a sa réponse"}


def _line(one: Queued) -> str:
    said = _STATES[one.state]
    if one.answer is not None:
        said = "rejetée" if one.answer.get("outcome") == "error" else "acceptée"
    return f"{one.number} : {said}{f' ({one.why})' if one.why else ''}"
