"""``egide bridge``: a file of fixed width becomes a batch, and a batch such a file."""

import sys
from pathlib import Path
from typing import Any, Final

import click
import msgspec
import rich_click
from rich.console import Console
from rich.markup import escape

from egide.batches import FORMAT
from egide.bridges import LayoutError, ReadFile, read_file, read_layout, write_file
from egide.bridges.layout import Layout

_errors = Console(stderr=True, soft_wrap=True, highlight=False)
Item = dict[str, Any]
_read: Final = msgspec.json.Decoder(Item)
_LAYOUT = click.argument("layout", type=click.Path(path_type=Path, exists=True, dir_okay=False))
_FILE = click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))


@click.group(cls=rich_click.RichGroup)
def bridge() -> None:
    """Passer d'un fichier à largeur fixe, dont LAYOUT dit la disposition, à un lot, et inversement."""


@bridge.command()
@_LAYOUT
@_FILE
def read(layout: Path, file: Path) -> None:
    """Écrire en NDJSON le lot d'un fichier à largeur fixe ; rien, si quelque chose y est faux."""
    found = read_file(_layout(layout), file.read_bytes())
    if found.faults:
        _tell(found)
        raise SystemExit(1)
    name = found.head.get("batch", file.stem)
    head: Item = {"format": FORMAT, "batch": name, "from": 1}
    for one in (head, *found.items):
        click.echo(msgspec.json.encode(one).decode())


@bridge.command()
@_LAYOUT
@_FILE
def write(layout: Path, file: Path) -> None:
    """Écrire à largeur fixe le lot d'un fichier NDJSON, tête comprise."""
    said = _layout(layout)
    try:
        head, *items = map(_read.decode, filter(None, file.read_bytes().splitlines()))
        data = write_file(said, head, items)
    except msgspec.DecodeError:
        _errors.print("[red]Une tête, puis une facture par ligne, en JSON.[/red]")
        raise SystemExit(1) from None
    except ValueError as error:
        _errors.print(
            f"[red]{escape(str(error) or 'Une tête, puis une facture par ligne.')}[/red]"
        )
        raise SystemExit(1) from None
    sys.stdout.buffer.write(data)


def _layout(path: Path) -> Layout:
    try:
        return read_layout(path)
    except LayoutError as error:
        _errors.print(f"[red]{escape(str(error))}[/red]")
        raise SystemExit(1) from None


def _tell(found: ReadFile) -> None:
    for fault in found.faults[:100]:
        _errors.print(
            f"[red]ligne {fault.line}, caractère {fault.at}[/red] : {escape(fault.why)}"
        )
    if len(found.faults) > 100:
        _errors.print(f"… et {len(found.faults) - 100} autres.")
    _errors.print("Rien n'est écrit.")
