"""What a command reports, for a program: one JSON value on the standard output, amounts in cents."""

from collections.abc import Callable
from typing import Any, Final

import click
import msgspec

json_option: Final[Callable[[Any], Any]] = click.option(
    "--json", "as_json", is_flag=True, help="En JSON, pour un programme ; montants en centimes."
)


def tell_json(found: object) -> None:
    """Write a value: dataclasses by their names, dates in ISO 8601, numbers in full."""
    click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
