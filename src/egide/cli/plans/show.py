"""``egide plans show`` and ``words``: a grid as its table, and the words that a grid may say."""

from datetime import datetime

import click

from egide.cli.context import json_option, tell_json
from egide.cli.plans.reading import ON, console, day_of, grid_of, table, with_others
from egide.nomenclature import SITUATIONS, families, load_nomenclature
from egide.plans import Grid
from egide.plans.show import cell_text, to_html
from egide.plans.table import EQUIPMENTS

_CODES_SHOWN = 4


@click.command()
def words() -> None:
    """Lister les familles d'actes que les grilles nomment, leurs codes livrés, et les situations."""
    codes: dict[str, list[str]] = {}
    for entry in load_nomenclature().entries():
        codes.setdefault(entry.kind.family, []).append(f"{entry.system}:{entry.code}")
    section = ""
    for word, family in families().items():
        if family.section != section:
            section = family.section
            console.print(f"\n[bold]{section}[/bold]")
        inside = f" (dans {family.kind.lineage[1]})" if len(family.kind.lineage) > 1 else ""
        refused = ", non remboursé" if family.is_refused else ""
        billed = codes.get(word, [])[:_CODES_SHOWN] or ([f"libre:{word}"] if refused else [])
        shown = f" [dim]{' '.join(billed)}[/dim]" if billed else ""
        console.print(f"  {word} : {family.label}{refused}{inside}{shown}", soft_wrap=True)
    console.print("\n[bold]Paires de lunettes entières (deux verres et la monture)[/bold]")
    for word, letter in EQUIPMENTS.items():
        console.print(f"  {word} : catégorie {letter} de l'article R871-2, 3°", soft_wrap=True)
    console.print("\n[bold]Situations d'une ligne facturée (--situation)[/bold]")
    for word, said in SITUATIONS.items():
        console.print(f"  {word} : {said}", soft_wrap=True)


@click.command()
@click.argument("grid_name", metavar="GRILLE")
@ON
@click.option("--html", is_flag=True, help="Écrire une page HTML sur la sortie.")
@json_option
@with_others
def show(
    grid_name: str, moment: datetime | None, html: bool, as_json: bool, others: list[Grid]
) -> None:
    """Montrer une grille comme le tableau imprimé : un fichier, ou le code d'une grille livrée, ou publiée (--data)."""
    grid = grid_of(grid_name, day_of(moment), others)
    if as_json:
        tell_json(
            {
                "code": grid.code,
                "version": grid.version_on,
                "label": grid.label,
                "levels": grid.levels,
                "rows": grid.rows,
                "notes": grid.notes,
            }
        )
        return
    if html:
        click.echo(to_html(grid), nl=False)
        return
    heads = ("Poste", *(label or "Garantie" for label in grid.levels.values()))
    drawn = table(
        *heads, title=f"{grid.label}, version du {grid.version_on:%d/%m/%Y}", lines=True
    )
    section = ""
    for row in grid.rows:
        if row.section != section:
            section = row.section
            drawn.add_row(f"[bold]{section}[/bold]")
        cells = ["\n".join(cell_text(cell) for cell in cells) for cells in row.cells]
        drawn.add_row(f"{row.label}\n[dim]{row.note}[/dim]" if row.note else row.label, *cells)
    console.print(drawn)
    for note in grid.notes:
        console.print(f"- {note}", markup=False, soft_wrap=True)
