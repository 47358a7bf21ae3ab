"""``egide bench``: each figure of the README as one command, beside its floor, in one run."""

import os
import subprocess
import sys
from pathlib import Path

import click

_FOLDER = Path(__file__).resolve().parents[3] / "bench"
_NAMES = (
    "rights",
    "claims",
    "preauth",
    "import",
    "pricing",
    "access",
    "victims",
    "uniform",
    "drill",
    "flood",
)


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("name", type=click.Choice(_NAMES))
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def bench(name: str, options: tuple[str, ...]) -> None:
    """Mesurer droits, factures, import, prix, accès, victimes, refus, exercice ou afflux, chacun avec son plancher."""
    script = _FOLDER / f"{name.replace('import', 'imports')}.py"
    environment = {**os.environ, "PYTHONPATH": f"{_FOLDER.parent / 'src'}:{_FOLDER}"}
    done = subprocess.run([sys.executable, str(script), *options], env=environment, check=False)
    raise SystemExit(done.returncode)
