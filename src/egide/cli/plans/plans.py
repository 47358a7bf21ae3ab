"""``egide plans``: check, show, publish, explain, compare and audit grids of guarantees."""

import click

from egide.cli.plans.audit import audit_
from egide.cli.plans.check import check
from egide.cli.plans.diff import diff
from egide.cli.plans.explain import explain
from egide.cli.plans.publish import publish_
from egide.cli.plans.show import show, words


@click.group()
def plans() -> None:
    """Lire, vérifier, montrer, publier, expliquer, comparer et auditer les grilles."""


for _command in (check, words, show, publish_, explain, diff, audit_):
    plans.add_command(_command)
