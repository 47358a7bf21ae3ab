"""``egide check``: the laws that hold across packages."""

import asyncio
import os
from pathlib import Path

import click
from rich.console import Console

from egide import db
from egide.checks import Finding, check_and_keep
from egide.cli.context import data_option, json_option, now, open_pool, run, tell_json

_console = Console()
_WAITS_SECONDS = 1.0


@click.command()
@data_option
@json_option
@click.option(
    "--every",
    type=click.FloatRange(min=0.1),
    help="Recommencer toutes les N secondes ; ./egide serve le fait toutes les heures.",
)
@click.option("--parent", type=int, hidden=True, help="Finir avec ce processus.")
def check(data: Path | None, every: float | None, parent: int | None, as_json: bool) -> None:
    """Vérifier les lois du grand livre et du guichet ; /health dit le dernier résultat."""
    settings = db.settings(data)

    async def work() -> bool:
        async with open_pool(settings, "owner") as pool:
            if every is None:
                found = await check_and_keep(pool, now())
                return _tell(found) if as_json else _show(found)
            while parent is None or os.getppid() == parent:
                try:
                    _show(await check_and_keep(pool, now()), only_broken=True)
                except db.FAULTS as error:
                    _console.print(f"[red]lois non vérifiées[/red] : {type(error).__name__}")
                await _rest(every, parent)
            return True

    if not run(work()):
        raise SystemExit(1)


async def _rest(seconds: float, parent: int | None) -> None:
    """Wait; less, if the parent ends meanwhile."""
    until = asyncio.get_running_loop().time() + seconds
    while (left := until - asyncio.get_running_loop().time()) > 0:
        if parent is not None and os.getppid() != parent:
            return
        await asyncio.sleep(min(left, _WAITS_SECONDS))


def _tell(findings: list[Finding]) -> bool:
    """Write what was found in JSON; return whether every law holds."""
    tell_json(findings)
    return not any(finding.broken_by for finding in findings)


def _show(findings: list[Finding], *, only_broken: bool = False) -> bool:
    """Say what was found; return whether every law holds."""
    for finding in findings:
        if finding.broken_by or not only_broken:
            mark = "[red]NON[/red]" if finding.broken_by else "[green]oui[/green]"
            _console.print(f"{mark}  {finding.law}", *finding.broken_by)
    return not any(finding.broken_by for finding in findings)
