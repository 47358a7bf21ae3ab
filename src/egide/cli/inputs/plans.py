"""``egide plans``: check, show, publish, explain, compare and audit grids of guarantees."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import wraps
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from egide import db
from egide.cli.context import data_option, now, open_pool, run
from egide.core.money import Money, euros
from egide.core.period import civil_day
from egide.nomenclature import (
    SITUATIONS,
    BilledLine,
    UnpriceableError,
    families,
    load_nomenclature,
)
from egide.plans import Catalogue, Grid, GridError, Plan, publish, read_grid, shipped_grids
from egide.plans.audit import Verdict, audit
from egide.plans.diff import changes, table_changes
from egide.plans.show import cell_text, to_html
from egide.pricing import PricedClaim, Stacking, price_claim

_console = Console()
_CODES_SHOWN = 4
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_ON = click.option(
    "--on", "moment", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Jour des soins."
)
_LEVEL = click.option("--level", default=None, help="Code du niveau ; tous si rien n'est dit.")


@click.group()
def plans() -> None:
    """Lire, vérifier, montrer, publier, expliquer, comparer et auditer les grilles."""


def _read(file: Path) -> Grid:
    try:
        return read_grid(file.read_text("utf-8"))
    except UnicodeDecodeError:
        _console.print("[red]Le fichier n'est pas en UTF-8.[/red] L'enregistrer en UTF-8.")
    except GridError as error:
        _console.print(str(error), markup=False)
    raise SystemExit(1)


def _fail(*, said: str) -> SystemExit:
    _console.print(f"[red]{said}[/red]", soft_wrap=True)
    return SystemExit(1)


def _day(moment: datetime | None) -> date:
    return civil_day(now()) if moment is None else moment.date()


@plans.command()
@click.argument("grids", type=_FILE, nargs=-1, required=True)
def check(grids: tuple[Path, ...]) -> None:
    """Vérifier des grilles ; chaque erreur dit ligne, champ, raison et remède."""
    wrong = 0
    for file in grids:
        if len(grids) > 1:
            _console.print(f"{file} :", markup=False, soft_wrap=True)
        try:
            grid = _read(file)
        except SystemExit:
            wrong += 1
            continue
        levels = ", ".join(grid.levels)
        _console.print(
            f"{grid.code}, version du {grid.version_on} : {len(grid.rows)} lignes, sans erreur. "
            f"Codes à donner aux couvertures : {levels}.",
            soft_wrap=True,
        )
    if wrong:
        raise SystemExit(1)


@plans.command()
def words() -> None:
    """Lister les familles d'actes que les grilles nomment, leurs codes livrés, et les situations."""
    codes: dict[str, list[str]] = {}
    for entry in load_nomenclature().entries():
        codes.setdefault(entry.kind.family, []).append(f"{entry.system}:{entry.code}")
    section = ""
    for word, family in families().items():
        if family.section != section:
            section = family.section
            _console.print(f"\n[bold]{section}[/bold]")
        inside = f" (dans {family.kind.lineage[1]})" if len(family.kind.lineage) > 1 else ""
        refused = ", non remboursé" if family.is_refused else ""
        billed = codes.get(word, [])[:_CODES_SHOWN] or ([f"libre:{word}"] if refused else [])
        shown = f" [dim]{' '.join(billed)}[/dim]" if billed else ""
        _console.print(f"  {word} : {family.label}{refused}{inside}{shown}", soft_wrap=True)
    _console.print("\n[bold]Situations d'une ligne facturée (--situation)[/bold]")
    for word, said in SITUATIONS.items():
        _console.print(f"  {word} : {said}", soft_wrap=True)


@plans.command()
@click.argument("file", type=_FILE)
@click.option("--html", is_flag=True, help="Écrire une page HTML sur la sortie.")
def show(file: Path, html: bool) -> None:
    """Montrer une grille comme le tableau imprimé."""
    grid = _read(file)
    if html:
        click.echo(to_html(grid), nl=False)
        return
    table = Table(title=f"{grid.label}, version du {grid.version_on:%d/%m/%Y}", show_lines=True)
    table.add_column("Poste")
    for label in grid.levels.values():
        table.add_column(label or "Garantie")
    section = ""
    for row in grid.rows:
        if row.section != section:
            section = row.section
            table.add_row(f"[bold]{section}[/bold]")
        cells = ["\n".join(cell_text(cell) for cell in cells) for cells in row.cells]
        table.add_row(f"{row.label}\n[dim]{row.note}[/dim]" if row.note else row.label, *cells)
    _console.print(table)
    for note in grid.notes:
        _console.print(f"- {note}", markup=False, soft_wrap=True)


@plans.command(name="publish")
@click.argument("grids", type=_FILE, nargs=-1)
@data_option
def publish_(grids: tuple[Path, ...], data: Path | None) -> None:
    """Publier des grilles (celles livrées avec Égide si aucune n'est nommée)."""
    settings = db.settings(data)
    read = [_read(file) for file in grids] if grids else shipped_grids()

    async def work() -> None:
        async with open_pool(settings, "owner") as pool, db.transaction(pool) as tx:
            for grid in read:
                done = "publiée" if await publish(tx, grid) else "déjà là"
                _console.print(f"{grid.code}, version du {grid.version_on} : {done}.")

    run(work())


def _plan(name: str, day: date, others: tuple[Path, ...] = ()) -> Plan:
    """Return the plan of a code, or of a grid's file if it has one level."""
    grids = [*shipped_grids(), *(_read(file) for file in others)]
    if (file := Path(name)).is_file():
        grid = _read(file)
        if len(grid.levels) > 1:
            levels = ", ".join(grid.levels)
            said = f"{file} a plusieurs niveaux : ajouter --with {file} et nommer l'un de : {levels}."
            raise _fail(said=said)
        grids, name = [grid], next(iter(grid.levels))
    plan = Catalogue(grids).on(name, day)
    if plan is None:
        known = ", ".join(level for grid in grids for level in grid.levels)
        raise _fail(said=f"{name} : aucune grille de ce code le {day}. Codes connus : {known}.")
    return plan


_WITH = click.option(
    "--with",
    "others",
    type=_FILE,
    multiple=True,
    help="Grille à lire en plus de celles livrées.",
)


@dataclass(frozen=True, slots=True)
class _Who:
    """Whose act is explained."""

    age: int
    situation: frozenset[str]
    since: datetime | None


def _who(command: Callable[..., None]) -> Callable[..., None]:
    """Gather the options that say whose act it is."""

    @click.option("--age", default=40, show_default=True, help="Ans révolus.")
    @click.option(
        "--situation",
        multiple=True,
        type=click.Choice(list(SITUATIONS)),
        metavar="MOT",
        help="ald, not-optam, local-regime, network, … (egide plans words).",
    )
    @click.option(
        "--since",
        type=click.DateTime(["%Y-%m-%d"]),
        help="Premier jour de la couverture (défaut : il y a dix ans, toute attente passée).",
    )
    @wraps(command)
    def gathered(
        age: int, situation: tuple[str, ...], since: datetime | None, **rest: object
    ) -> None:
        command(who=_Who(age, frozenset(situation), since), **rest)

    return gathered


@plans.command()
@click.argument("plan")
@click.argument("acts", nargs=-1, required=True)
@_who
@click.option("--english", is_flag=True, help="Expliquer en anglais.")
@_ON
@_WITH
def explain(
    plan: str,
    acts: tuple[str, ...],
    who: _Who,
    english: bool,
    moment: datetime | None,
    others: tuple[Path, ...],
) -> None:
    """Expliquer un prix.

    PLAN : un code de couverture (BASE ou BASE+OPTION), ou le fichier d'une grille à un niveau.
    ACTS : système:code=euros, par exemple ngap:G=30 grouping:VU1x2=300 lpp:2392530@right=1600
    grouping:GHS=900/base=900 grouping:FJx2=46. Avec des frais de séjour, tout est du même séjour.
    """
    day = _day(moment)
    chosen = _plan(plan, day, others)
    nomenclature = load_nomenclature()
    member_since = date(day.year - 10, 1, 1) if who.since is None else who.since.date()
    try:
        lines = [_billed(act, day, who.situation) for act in acts]
        billed = [
            nomenclature.act(one, age=who.age, member_since=member_since)
            for one in nomenclature.of_one_stay(lines)
        ]
        priced = price_claim(billed, chosen.guarantee, nomenclature.law_on(day), {})
    except (ValueError, InvalidOperation) as error:
        raise _fail(said=f"{error} Écrire système:code=euros, par exemple ngap:G=30.") from None
    except UnpriceableError as error:
        raise _fail(said=f"{' '.join(acts)} : {error}.") from None
    for text, line, act in zip(acts, lines, billed, strict=True):
        if line.base is not None and act.base_cents != line.base.cents:
            said = f"{text} : la base déclarée n'est pas employée, cet acte a la sienne ({euros(act.base_cents)})."
            _console.print(f"[yellow]{said}[/yellow]", soft_wrap=True)
    _print_reckoning(priced, english=english)


def _print_reckoning(priced: PricedClaim, *, english: bool) -> None:
    for line in priced.lines:
        table = Table("étape", "montant", "pourquoi", "source", title=line.act.label)
        for step in line.steps:
            text = step.english if english else step.french
            table.add_row(step.code.value, str(step.amount), text, step.source)
        _console.print(table)
    total = priced.total
    _console.print(
        f"AMO {euros(total.amo_cents)}   AMC {euros(total.amc_cents)}   patient {euros(total.patient_cents)}"
    )


def _billed(text: str, day: date, situation: frozenset[str]) -> BilledLine:
    name, _, amount = text.partition("=")
    amount, _, base = amount.partition("/base=")
    system, _, code = name.partition(":")
    code, _, side = code.partition("@")
    code, times, count = code.rpartition("x")
    if not (times and count.isdigit()):
        code, count = f"{code}{times}{count}", "1"
    return BilledLine(
        system=system,
        code=code,
        care_on=day,
        quantity=int(count),
        expense=_money(amount),
        side=side,
        situation=situation,
        base=_money(base) if base else None,
    )


def _money(text: str) -> Money:
    cents = Decimal(text.replace(",", ".")).scaleb(2)
    if cents != cents.to_integral_value() or cents < 0:
        message = f"« {text} » n'est pas un montant."
        raise ValueError(message)
    return Money(int(cents))


@plans.command()
@click.argument("before")
@click.argument("after")
@_ON
@_WITH
def diff(before: str, after: str, moment: datetime | None, others: tuple[Path, ...]) -> None:
    """Dire ce qui change d'une garantie à l'autre, pour qui et de combien."""
    day = _day(moment)
    one, other = _plan(before, day, others), _plan(after, day, others)
    table = Table(
        "soin",
        "prix",
        f"AMC {one.code}",
        f"AMC {other.code}",
        "reste avant",
        "reste après",
        "gain",
    )
    same = 0
    for change in changes(one, other, load_nomenclature(), day):
        if change.gain == 0 and change.amc_before == change.amc_after:
            same += 1
            continue
        style = "green" if change.gain > 0 else "red"
        amounts = (
            change.expense,
            change.amc_before,
            change.amc_after,
            change.patient_before,
            change.patient_after,
        )
        gain = f"[{style}]{euros(change.gain)}[/{style}]"
        table.add_row(change.label, *(euros(amount) for amount in amounts), gain)
    _console.print(table)
    _console.print(f"{same} soins types sans changement.")
    _print_table_changes(before, after, others)


def _print_table_changes(before: str, after: str, others: tuple[Path, ...]) -> None:
    """Print the lines of the printed table that differ, where both are one level of a grid."""
    known = [*shipped_grids(), *(_read(file) for file in others)]
    columns: list[tuple[Grid, int]] = []
    for name in (before, after):
        grids = [_read(Path(name))] if Path(name).is_file() else known
        columns += [
            (grid, list(grid.levels).index(level))
            for grid in grids
            for level in grid.levels
            if level == name or Path(name).is_file()
        ][-1:]
    if len(columns) == 2:
        for sign, line in table_changes(*columns):
            _console.print(f"{sign} {line}", markup=False, soft_wrap=True)


@plans.command(name="audit")
@click.argument("file", type=_FILE)
@_ON
@_LEVEL
def audit_(file: Path, moment: datetime | None, level: str | None) -> None:
    """Dire article par article si une grille respecte le contrat responsable (R871-1, R871-2).

    Sort avec 1 si le texte de la grille s'en écarte. Une grille qui se dit responsable est de toute façon
    ramenée entre minimums et plafonds par le calcul.
    """
    grid = _read(file)
    day = max(_day(moment), grid.version_on) if moment is None else moment.date()
    if level is not None and level not in grid.layers:
        raise _fail(said=f"{level} : la grille a pour niveaux {', '.join(grid.layers)}.")
    gaps = 0
    for code, layer in grid.layers.items():
        if level not in {None, code}:
            continue
        if layer.stacking is not Stacking.BASE:
            said = "une option n'est pas un contrat : c'est avec sa base qu'elle est ou non responsable"
            _console.print(f"{code} : {said}. Auditer la base.", soft_wrap=True)
            continue
        said = "se dit responsable" if layer.responsible else "ne se dit pas responsable"
        table = Table("article", "verdict", "constat", title=f"{code}, le {day} ({said})")
        try:
            findings = audit(layer, load_nomenclature(), day)
        except UnpriceableError as error:
            raise _fail(said=f"{error}.") from None
        for finding in findings:
            gaps += finding.verdict is Verdict.GAP
            table.add_row(finding.article, finding.verdict.value, finding.said)
        _console.print(table)
    if gaps:
        raise SystemExit(1)
