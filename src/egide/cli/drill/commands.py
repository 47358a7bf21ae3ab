"""``egide drill``: fifteen attackers and honest service, at the real gate, in simulated time."""

import math
import multiprocessing
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Final, TypedDict, Unpack

import click
from rich.console import Console
from rich.table import Table

from egide import db
from egide.cli.context import clear_data, open_pool, run
from egide.cli.drill.street import play_in_the_street
from egide.core.refusal import Refusal, RefusalCode
from egide.drills.campaign import (
    Campaign,
    Played,
    Report,
    Taken,
    play,
    summarise,
    write_report,
)

_console = Console(soft_wrap=True, highlight=False)
_A_DATABASE: Final = 10


class _Asked(TypedDict):
    seeds: int
    first: int
    days: int
    establishments: int
    detection: str
    jobs: int


@click.command()
@click.option(
    "--data", type=click.Path(path_type=Path), default=Path("var/drill"), show_default=True
)
@click.option(
    "--seeds", type=click.IntRange(1, 1000), default=3, show_default=True, help="Graines."
)
@click.option("--first", type=int, default=1, show_default=True, help="La première graine.")
@click.option("--days", type=click.IntRange(1, 365), default=90, show_default=True)
@click.option("--establishments", type=click.IntRange(2, 500), default=10, show_default=True)
@click.option(
    "--detection",
    type=click.Choice(["off", "on", "both"]),
    default="both",
    show_default=True,
    help="Ce que les scores resserrent, ce que les faits bloquent, ce qu'une personne regarde : oui, ou non.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Processus ; au-delà d'un, chacun a une base à lui, effacée ensuite.",
)
def drill(data: Path, **asked: Unpack[_Asked]) -> None:
    """Jouer des attaquants contre le guichet, des jours durant, en temps simulé ; finit par 1 si une borne cède.

    Écrit drill.json et drill.html dans le dossier des données. La base est celle de l'exercice, jamais une qui a servi.
    """
    modes = {"off": (False,), "on": (True,), "both": (False, True)}[asked["detection"]]
    campaigns = [
        Campaign(
            seed=seed,
            days=asked["days"],
            establishments=asked["establishments"],
            detection=mode,
        )
        for seed in range(asked["first"], asked["first"] + asked["seeds"])
        for mode in modes
    ]
    one = asked["jobs"] == 1
    played = _play_all(data, campaigns) if one else _play_apart(data, campaigns, asked["jobs"])
    street: dict[int, list[Taken]] = {}
    if not db.settings(data).database_url:  # a street is an embedded installation of its own
        street = play_in_the_street(
            data, range(asked["first"], asked["first"] + asked["seeds"])
        )
    for each in played:
        each.taken.extend(street.get(each.campaign.seed, ()))
    report = summarise(played)
    write_report(report, data)
    _show(report)
    if report.not_played:
        _console.print(f"Non joués : {', '.join(report.not_played)}.")
    _console.print(f"Rapport : {data / 'drill.html'}")
    if not report.holds:
        raise SystemExit(1)


def _play_all(data: Path, campaigns: list[Campaign]) -> list[Played]:
    """Play campaigns one after another, in one database."""

    async def work() -> list[Played]:
        settings = db.settings(data)
        played: list[Played] = []
        async with (
            open_pool(settings, "owner", creates=True) as owner,
            open_pool(settings, "app", creates=True) as app,
        ):
            for campaign in campaigns:
                began = time.monotonic()
                one = await play(app, owner, campaign)
                played.append(one)
                mark = "active" if campaign.detection else "coupée"
                _console.print(
                    f"graine {campaign.seed}, détection {mark} : {one.questions} questions, "
                    f"{one.prompted} cartes demandées à tort, {one.blocked} jours bloqués à tort, "
                    f"{time.monotonic() - began:.0f} s"
                )
        return played

    return run(work())


def _play_apart(data: Path, campaigns: list[Campaign], jobs: int) -> list[Played]:
    """Play campaigns in processes, a few in each database: an access log that nothing empties would fill the disk."""
    if db.settings(data).database_url:
        hint = "Plusieurs processus veulent chacun une base embarquée : --jobs 1 avec EGIDE_DATABASE_URL."
        raise Refusal(RefusalCode.VALUE_INVALID, where="--jobs", hint=hint)
    data.mkdir(parents=True, exist_ok=True)
    size = min(_A_DATABASE, math.ceil(len(campaigns) / jobs))
    parts = [campaigns[at : at + size] for at in range(0, len(campaigns), size)]
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        played: list[Played] = []
        for future in as_completed([pool.submit(_play_once, data, part) for part in parts]):
            played += future.result()
            write_report(summarise(played), data)  # what is known so far
        return played


def _play_once(data: Path, campaigns: list[Campaign]) -> list[Played]:
    folder = Path(tempfile.mkdtemp(prefix="part-", dir=data))
    folder.chmod(data.stat().st_mode)
    try:
        return _play_all(folder, campaigns)
    finally:
        clear_data(folder)


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
        disclosed, day, month = one["disclosed"], one["worst_24_hours"], one["worst_30_days"]
        table.add_row(
            f"{one['attacker']} {one['style']}",
            "active" if one["detection"] else "coupée",
            f"{disclosed['median']}, {disclosed['p95']}, {disclosed['max']}",
            f"{day['max']} ≤ {day['bound']}",
            f"{month['max']} ≤ {month['bound']}",
            "aucun"
            if one["goal_p95"] is None
            else f"{one['goal_p95']} {'oui' if one['reaches_goal'] else 'non'}",
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
