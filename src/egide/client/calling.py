"""What every command of the client shares: whose key, which server, and what a refusal prints."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, Final
from uuid import UUID

import click
import httpx2
import msgspec

from egide.client.client import Client, RefusedError
from egide.client.hardware import open_key
from egide.client.key import Signer
from egide.client.words import said_of_json, said_of_system

KEY: Final = click.option(
    "--key",
    "key_file",
    envvar="EGIDE_KEY",
    required=True,
    help="Fichier de la clé, ou adresse pkcs11: d'une carte (EGIDE_KEY).",
)
ORIGIN: Final = click.option(
    "--origin", envvar="EGIDE_ORIGIN", required=True, help="Adresse du serveur (EGIDE_ORIGIN)."
)
ESTABLISHMENT: Final = click.option(
    "--establishment",
    envvar="EGIDE_ESTABLISHMENT",
    required=True,
    type=click.UUID,
    help="Numéro de l'établissement (EGIDE_ESTABLISHMENT).",
)
FILE: Final = click.argument("file", type=click.File("rb"))


class RejectedError(Exception):
    """An answer that says no: printed like any other, and the command ends with 1."""


def calls(command: Callable[..., bytes]) -> Callable[..., None]:
    """Give a command its client, print its answer, and end it with 1 on a refusal."""

    @KEY
    @ORIGIN
    @ESTABLISHMENT
    @wraps(command)
    def called(key_file: str, origin: str, establishment: UUID, **rest: object) -> None:
        try:
            with Client(origin, establishment, opened(key_file)) as server:
                answer, code = command(server, **rest), 0
        except RejectedError as rejected:
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


def shown(answer: dict[str, Any]) -> bytes:
    """Return an answer as it is printed."""
    return msgspec.json.format(msgspec.json.encode(answer), indent=2)


def decided(answer: dict[str, Any]) -> bytes:
    """Return an answer to print, or raise it where a control rejects it or the insurer refuses it."""
    if answer.get("outcome") == "error":
        raise RejectedError(shown(answer).decode())
    return shown(answer)


def opened(key_file: str) -> Signer:
    """Return the key of a file or of a card; ClickException where there is none."""
    try:
        return open_key(key_file)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(said_of_system(error)) from None
