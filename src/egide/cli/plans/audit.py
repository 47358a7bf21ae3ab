"""``egide plans audit``: the responsible contract, article by article."""

from datetime import datetime

import click

from egide.cli.plans.reading import ON, console, day_of, fail, grid_of, table, with_others
from egide.nomenclature import UnpriceableError, load_nomenclature
from egide.plans import Grid
from egide.plans.audit import Verdict, audit
from egide.pricing import Stacking

_LEVEL = click.option("--level", default=None, help="Code du niveau ; tous si rien n'est dit.")


@click.command(name="audit")
@click.argument("grid_name", metavar="GRILLE")
@ON
@_LEVEL
@with_others
def audit_(
    grid_name: str, moment: datetime | None, level: str | None, others: list[Grid]
) -> None:
    """Dire article par article si une grille respecte le contrat responsable (R871-1, R871-2).

    GRILLE : un fichier (« - » : l'entrée standard), ou le code d'une grille livrée, ou publiée (--data).

    Sort avec 1 si le texte de la grille s'en écarte. Une grille qui se dit responsable est de toute façon
    ramenée entre minimums et plafonds par le calcul.
    """
    grid = grid_of(grid_name, day_of(moment), others)
    day = max(day_of(moment), grid.version_on) if moment is None else moment.date()
    if level is not None and level not in grid.layers:
        raise fail(said=f"{level} : la grille a pour niveaux {', '.join(grid.layers)}.")
    gaps = 0
    for code, layer in grid.layers.items():
        if level not in {None, code}:
            continue
        if layer.stacking is not Stacking.BASE:
            said = "une option n'est pas un contrat : c'est avec sa base qu'elle est ou non responsable"
            console.print(f"{code} : {said}. Auditer la base.", soft_wrap=True)
            continue
        said = "se dit responsable" if layer.responsible else "ne se dit pas responsable"
        drawn = table("article", "verdict", "constat", title=f"{code}, le {day} ({said})")
        try:
            findings = audit(layer, load_nomenclature(), day)
        except UnpriceableError as error:
            raise fail(said=f"{error}.") from None
        worst_first = sorted(findings, key=lambda one: one.verdict is not Verdict.GAP)
        found = sum(one.verdict is Verdict.GAP for one in findings)
        for finding in worst_first:
            drawn.add_row(finding.article, finding.verdict.value, finding.said)
        console.print(drawn)
        if found and layer.responsible:
            said = (
                f"{found} écart(s) du texte de la grille. Le calcul n'en laisse aucun : "
                "puisqu'elle se dit responsable, il paie au moins les minimums et au plus les plafonds."
            )
            console.print(said, soft_wrap=True)
        gaps += found
    if gaps:
        raise SystemExit(1)
