"""``egide drill``: twelve attackers and honest service, at the real gate, in simulated time."""

import time
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from egide import db
from egide.cli.context import open_pool, run
from egide.drills.campaign import Campaign, Report, play, summarise, write_report

_console = Console(soft_wrap=True, highlight=False)


@click.command()
@click.option(
    "--data", type=click.Path(path_type=Path), default=Path("var/drill"), show_default=True
)
@click.option(
    "--seeds", type=click.IntRange(1, 1000), default=3, show_default=True, help="Graines."
)
@click.option("--first", type=int, default=1, show_default=True, help="La première graine.")
@click.option("--days", type=click.IntRange(1, 365), default=90, show_default=True)
@click.option("--houses", type=click.IntRange(2, 500), default=10, show_default=True)
@click.option(
    "--detection",
    type=click.Choice(["off", "on", "both"]),
    default="both",
    show_default=True,
    help="Ce que les faits bloquent par eux-mêmes reste bloqué, ou non.",
)
def drill(data: Path, seeds: int, first: int, days: int, houses: int, detection: str) -> None:
    """Jouer des attaquants contre le guichet, des jours durant, en temps simulé ; finit par 1 si une borne cède.

    Écrit drill.json et drill.html dans le dossier des données. La base est celle de l'exercice, jamais une qui a servi.
    """
    modes = {"off": (False,), "on": (True,), "both": (False, True)}[detection]
    campaigns = [
        Campaign(seed=seed, days=days, houses=houses, detection=mode)
        for mode in modes
        for seed in range(first, first + seeds)
    ]

    async def work() -> Report:
        settings = db.settings(data)
        async with open_pool(settings, "owner") as owner, open_pool(settings, "app") as app:
            played = []
            for campaign in campaigns:
                began = time.monotonic()
                one = await play(app, owner, campaign)
                played.append(one)
                seconds = time.monotonic() - began
                mark = "active" if campaign.detection else "coupée"
                _console.print(
                    f"graine {campaign.seed}, détection {mark} : {one.questions} questions, {seconds:.0f} s"
                )
            return summarise(played)

    report = run(work())
    write_report(report, data)
    _show(report)
    _console.print(f"Rapport : {data / 'drill.html'}")
    if not report.holds:
        raise SystemExit(1)


def _show(report: Report) -> None:
    table = Table(
        "attaquant",
        "détection",
        "butin (médiane, p95, max)",
        "pire 24 h",
        "pire 30 j",
        "but",
        "bornes",
    )
    for one in report.attackers:
        loot, day, month = one["loot"], one["worst_24_hours"], one["worst_30_days"]
        table.add_row(
            f"{one['attacker']} {one['style']}",
            "active" if one["detection"] else "coupée",
            f"{loot['median']}, {loot['p95']}, {loot['max']}",
            f"{day['max']} ≤ {day['bound']}",
            f"{month['max']} ≤ {month['bound']}",
            f"{one['goal_p95']} {'oui' if one['reaches_goal'] else 'non'}",
            "tenues" if one["bounds_hold"] else "[red]rompues[/red]",
        )
    _console.print(table)
    for one in report.honest:
        _console.print(
            f"service honnête, détection {'active' if one['detection'] else 'coupée'} :",
            *(
                f"{key} {one[key]['count']}/{one[key]['of']} ({one[key]['low']:.1e} à {one[key]['high']:.1e})"
                for key in ("prompted", "blocked", "cards_refused")
            ),
        )
