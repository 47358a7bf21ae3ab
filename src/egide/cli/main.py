"""The list of commands, and how a refusal or a defect of ours ends one."""

import sys
import tempfile
import traceback

import click
import rich_click
from rich.console import Console
from rich.markup import escape

from egide import __version__
from egide.cli import bench, check, db, law, migrate, statistics
from egide.cli.breach import incident
from egide.cli.demo import commands as demos
from egide.cli.drill import commands as drills
from egide.cli.gate import (
    canaries,
    facts,
    proved,
    ranking,
    revoke_card,
    segment,
    segments,
    unjustified,
)
from egide.cli.inputs import bridge, finess, import_, network, nomenclature, reprice
from egide.cli.insurers import insurer_service
from egide.cli.keeping import backup, restore
from egide.cli.log import erase, insurer_key, log, prove, victims, witness
from egide.cli.money import bank, funds, ledger, pay
from egide.cli.people import cards, keys, people
from egide.cli.plans import plans
from egide.cli.serving import metrics, portal, serve, stop
from egide.client.commands import client
from egide.client.words import said_of_system
from egide.core.meanings import MEANINGS
from egide.core.refusal import Refusal, RefusalCode
from egide.db.cluster import EmbeddedServerError
from egide.db.migrate import SchemaError

_errors = Console(stderr=True)
# What these say of all values helps nobody once the place and the remedy are said.
_OWN_WORDS = frozenset(
    {RefusalCode.VALUE_INVALID, RefusalCode.VALUE_MISSING, RefusalCode.IMPORT_INVALID}
)


@click.group(cls=rich_click.RichGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def egide() -> None:
    """Égide, la plateforme ouverte du tiers payant."""


import_.import_.add_command(nomenclature.nomenclature)
import_.import_.add_command(finess.finess)
import_.import_.add_command(network.take_network)
for command in (
    demos.demo,
    bench.bench,
    serve.serve,
    portal.portal,
    metrics.metrics,
    funds.funds,
    ledger.ledger,
    stop.stop,
    import_.import_,
    plans.plans,
    law.law,
    pay.pay,
    bank.bank,
    people.people,
    keys.keys,
    client,
    reprice.reprice,
    migrate.migrate,
    db.database,
    log.log,
    drills.drill,
    witness.witness,
    prove.prove,
    erase.erase,
    check.check,
    backup.backup,
    restore.restore,
    statistics.statistics,
    victims.victims,
    incident.incident,
    facts.facts,
    cards.cards,
    canaries.canaries,
    insurer_key.insurer_key,
    insurer_service.insurer_service,
    network.show_networks,
    bridge.bridge,
    segment.segment,
    segments.segments,
    ranking.ranking,
    unjustified.unjustified,
    proved.proved,
    revoke_card.revoke_card,
):
    egide.add_command(command)


def main() -> None:
    """Run a command; a refusal ends it with 1 and says where and what to do."""
    try:
        egide(prog_name="egide")
    except Refusal as refusal:
        where = f" {escape(refusal.where)} :" if refusal.where else ""
        said = escape(_said(refusal))
        _errors.print(f"[red]{refusal.code.value}[/red]{where} {said}", soft_wrap=True)
        sys.exit(1)
    except (EmbeddedServerError, SchemaError) as error:
        _errors.print(f"[red]base de données[/red] : {error}")
        sys.exit(1)
    except OSError as error:
        _errors.print(f"[red]système[/red] {escape(said_of_system(error))}", soft_wrap=True)
        sys.exit(1)
    except Exception:  # noqa: BLE001  # a defect of ours: told in a line, kept whole in a file that its owner alone reads
        _errors.print(
            f"[red]erreur interne[/red] Rien n'a été laissé à moitié. À joindre à un signalement : {_kept()}",
            soft_wrap=True,
        )
        sys.exit(1)


def _said(refusal: Refusal) -> str:
    """Return what a refusal says: its own words where it has some, or what its code says of all of them."""
    meaning = MEANINGS[refusal.code]
    if refusal.code in _OWN_WORDS and refusal.hint:
        return refusal.hint
    return " ".join(filter(None, [meaning.french, refusal.hint or meaning.remedy]))


def _kept() -> str:
    """Keep what happened in a file of its owner's alone, and return its name."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="egide-erreur-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        traceback.print_exc(file=file)
    return file.name
