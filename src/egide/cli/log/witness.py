"""``egide witness``: cosign the checkpoints of a log, on another machine."""

from pathlib import Path

import click
from rich.console import Console

from egide.accesslog import tree
from egide.accesslog.witness import (
    WitnessState,
    witness_key,
    witness_server,
)
from egide.core.refusal import Refusal, RefusalCode

_console = Console(soft_wrap=True, highlight=False)


@click.command()
@click.option("--state", type=click.Path(path_type=Path, file_okay=False), required=True)
@click.option("--name", required=True, help="Le nom du témoin, sans espace ni « + ».")
@click.option(
    "--log", "logs", multiple=True, required=True, help="La clé d'un journal (egide log key)."
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=int, default=8091, show_default=True)
def witness(state: Path, name: str, logs: tuple[str, ...], host: str, port: int) -> None:
    """Être témoin de journaux : ne jamais en cosigner deux états qui se contredisent (C2SP tlog-witness)."""
    try:
        known = {one.name: one for one in map(tree.NoteKey.parse, logs)}
    except tree.LogError as error:
        raise Refusal(RefusalCode.VALUE_INVALID, where="--log", hint=str(error)) from None
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = WitnessState(name=name, key=witness_key(state / "key"), logs=known, folder=state)
    with witness_server(kept, host, port) as server:
        _console.print(kept.public.text(is_witness=True))
        server.serve_forever()
