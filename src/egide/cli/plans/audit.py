"""``egide plans audit``: the responsible contract, article by article."""

from datetime import date, datetime

import click

from egide.cli.context import json_option, tell_json
from egide.cli.plans.reading import ON, console, day_of, fail, grid_of, table, with_others
from egide.nomenclature import UnpriceableError, load_nomenclature
from egide.plans import Grid
from egide.plans.audit import Finding, Verdict, audit
from egide.pricing import Layer, Stacking

_LEVEL = click.option("--level", default=None, help="Code du niveau ; tous si rien n'est dit.")


@click.command(name="audit")
@click.argument("grid_name", metavar="GRILLE")
@ON
@_LEVEL
@json_option
@with_others
def audit_(
    grid_name: str,
    moment: datetime | None,
    level: str | None,
    others: list[Grid],
    as_json: bool,
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
    audited = {
        code: _audited(layer, day)
        for code, layer in grid.layers.items()
        if level in {None, code} and layer.stacking is Stacking.BASE
    }
    if as_json:
        wanted = [code for code in grid.layers if level in {None, code}]
        told = {code: [one._asdict() for one in audited.get(code, [])] for code in wanted}
        tell_json(
            {code: found or None for code, found in told.items()}
        )  # an option is not audited
    for code, layer in grid.layers.items():
        if level in {None, code} and not as_json:
            _show(code, layer, audited.get(code), day)
    if any(one.verdict is Verdict.GAP for findings in audited.values() for one in findings):
        raise SystemExit(1)


def _audited(layer: Layer, day: date) -> list[Finding]:
    """Return what the audit finds of a level, the worst first; ends with 1 where the tables do not say."""
    try:
        findings = audit(layer, load_nomenclature(), day)
    except UnpriceableError as error:
        raise fail(said=f"{error}.") from None
    return sorted(findings, key=lambda one: one.verdict is not Verdict.GAP)


def _show(code: str, layer: Layer, findings: list[Finding] | None, day: date) -> None:
    if findings is None:
        said = "une option n'est pas un contrat : c'est avec sa base qu'elle est ou non responsable"
        console.print(f"{code} : {said}. Auditer la base.", soft_wrap=True)
        return
    said = "se dit responsable" if layer.responsible else "ne se dit pas responsable"
    drawn = table("article", "verdict", "constat", title=f"{code}, le {day} ({said})")
    for finding in findings:
        drawn.add_row(finding.article, finding.verdict.value, finding.said)
    console.print(drawn)
    found = sum(one.verdict is Verdict.GAP for one in findings)
    if found and layer.responsible:
        said = (
            f"{found} écart(s) du texte de la grille. Le calcul n'en laisse aucun : "
            "puisqu'elle se dit responsable, il paie au moins les minimums et au plus les plafonds."
        )
        console.print(said, soft_wrap=True)
