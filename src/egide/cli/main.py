"""The list of commands, and how a refusal or a defect of ours ends one."""

import sys

import click
import rich_click
from rich.console import Console

from egide import __version__
from egide.cli import (
    admin,
    bench,
    database,
    imports,
    money,
    official,
    people,
    plan,
    reprice,
    serve,
    stop,
)
from egide.cli.demo import commands as demos
from egide.cli.drill import commands as drills
from egide.cli.gate import commands as gate
from egide.cli.log import cards, facts, victims
from egide.cli.log import commands as log
from egide.client.commands import client
from egide.core.meanings import MEANINGS
from egide.core.refusal import Refusal
from egide.db.embedded import EmbeddedServerError
from egide.db.migrate import SchemaError

_errors = Console(stderr=True)


@click.group(cls=rich_click.RichGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def egide() -> None:
    """Égide, la plateforme ouverte du tiers payant."""


imports.import_.add_command(official.nomenclature)
imports.import_.add_command(official.finess)
for command in (
    demos.demo,
    bench.bench,
    serve.serve,
    stop.stop,
    imports.import_,
    plan.plans,
    money.pay,
    people.people,
    people.keys,
    client,
    reprice.reprice,
    admin.migrate,
    database.database,
    log.log,
    drills.drill,
    log.witness,
    log.prove,
    log.erase,
    admin.check,
    victims.victims,
    facts.facts,
    cards.cards,
    facts.canaries,
    victims.insurer_key,
    gate.segment,
    gate.segments,
    gate.ranking,
    gate.unexplained,
    gate.proved,
    gate.revoke_card,
):
    egide.add_command(command)


def main() -> None:
    """Run a command; a refusal ends it with 1 and says where and what to do."""
    try:
        egide(prog_name="egide")
    except Refusal as refusal:
        meaning = MEANINGS[refusal.code]
        _errors.print(
            f"[red]{refusal.code.value}[/red] {refusal.where}: {meaning.french} {refusal.hint} {meaning.remedy}"
        )
        sys.exit(1)
    except (EmbeddedServerError, SchemaError) as error:
        _errors.print(f"[red]base de données[/red] : {error}")
        sys.exit(1)
