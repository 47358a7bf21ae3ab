"""``egide check``: the laws that hold across packages."""

from pathlib import Path

import click
from rich.console import Console

from egide import db
from egide.checks import check_laws
from egide.cli.context import data_option, open_pool, run

_console = Console()


@click.command()
@data_option
def check(data: Path | None) -> None:
    """Vérifier les lois du grand livre et du guichet."""

    async def work() -> int:
        broken = 0
        async with open_pool(db.settings(data), "owner") as pool, db.transaction(pool) as tx:
            for finding in await check_laws(tx):
                broken += bool(finding.broken_by)
                mark = "[red]NON[/red]" if finding.broken_by else "[green]oui[/green]"
                _console.print(f"{mark}  {finding.law}", *finding.broken_by)
        return broken

    if run(work()):
        raise SystemExit(1)
