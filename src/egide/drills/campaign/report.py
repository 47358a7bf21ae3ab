"""What a campaign showed: JSON for machines, one page of HTML with its plots for people."""

import html
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from egide.drills.campaign.play import Played, Taken

_CONFIDENCE: Final = 0.95
_EVERY: Final = (*(f"A{number}" for number in range(1, 16)), "A3a", "A3p", "A3w", "A12d")
_WIDTH, _ROW = 420, 22


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of a campaign, by detection and attacker."""

    attackers: list[dict[str, Any]]
    honest: list[dict[str, Any]]
    not_played: list[str]
    holds: bool


def summarise(played: Sequence[Played]) -> Report:
    """Return median, p95 and max of each attacker against its bounds, and what honest service met."""
    attackers: list[dict[str, Any]] = []
    honest: list[dict[str, Any]] = []
    for detection in (False, True):
        seeds = [one for one in played if one.campaign.detection is detection]
        if not seeds:
            continue
        for first in sorted(seeds[0].taken, key=_rank):
            runs = [
                each for one in seeds for each in one.taken if each.profile == first.profile
            ]
            attackers.append(_attacker(first, runs, detection=detection))
        honest.append(_honest(seeds, detection=detection))
    holds = all(one.holds for each in played for one in each.taken) and not any(
        each.cards_refused for each in played
    )
    names = {str(one["attacker"]) for one in attackers}
    return Report(attackers, honest, [one for one in _EVERY if one not in names], holds)


def _rank(taken: Taken) -> tuple[int, str]:
    """Return where an attacker stands: A2 before A10."""
    return int("".join(filter(str.isdigit, taken.profile))), taken.profile


def _attacker(first: Taken, runs: list[Taken], *, detection: bool) -> dict[str, Any]:
    disclosed = sorted(one.disclosed for one in runs)
    aimed_at = sorted(one.worst_month for one in runs) if first.is_goal_monthly else disclosed
    return {
        "attacker": first.profile,
        "style": first.style,
        "detection": detection,
        "seeds": len(runs),
        "tried": sum(one.tried for one in runs),
        "disclosed": {
            "median": _at(disclosed, 0.5),
            "p95": _at(disclosed, 0.95),
            "max": disclosed[-1],
        },
        "worst_24_hours": {"max": max(one.worst_day for one in runs), "bound": first.day_bound},
        "worst_30_days": {
            "max": max(one.worst_month for one in runs),
            "bound": first.month_bound,
        },
        "worst_day_of_all": {
            "max": max(one.all_day for one in runs),
            "bound": first.all_day_bound,
        },
        "goal_p95": first.goal,
        "reaches_goal": None if first.goal is None else _at(aimed_at, 0.95) <= first.goal,
        "bounds_hold": all(one.holds for one in runs),
        "victims_missing": sum(one.missing for one in runs),
        "victims_invented": sum(one.invented for one in runs),
        "disclosed_by_seed": disclosed,
    }


def _honest(seeds: list[Played], *, detection: bool) -> dict[str, Any]:
    days = sum(one.establishment_days for one in seeds)
    cards = sum(one.cards for one in seeds)
    return {
        "detection": detection,
        "establishment_days": days,
        "questions": sum(one.questions for one in seeds),
        "prompted": _share(sum(one.prompted for one in seeds), days),
        "blocked": _share(sum(one.blocked for one in seeds), days),
        "cards_refused": _share(sum(one.cards_refused for one in seeds), cards),
    }


def _at(ordered: Sequence[int], share: float) -> int:
    """Return a quantile, the smallest value that at least this share does not exceed."""
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]


def _share(count: int, of: int) -> dict[str, Any]:
    low, high = interval(count, of)
    return {"count": count, "of": of, "low": low, "high": high}


def interval(count: int, of: int) -> tuple[float, float]:
    """Return the exact interval of a proportion at 95 % (Clopper and Pearson, 1934)."""
    if of == 0:
        return 0.0, 1.0
    alpha = (1 - _CONFIDENCE) / 2
    low = 0.0 if count == 0 else _where(lambda p: 1 - _at_most(count - 1, of, p), alpha)
    high = 1.0 if count == of else _where(lambda p: -_at_most(count, of, p), -alpha)
    return low, high


def _where(rising: Callable[[float], float], level: float) -> float:
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if rising(middle) < level:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _at_most(count: int, of: int, p: float) -> float:
    """Return the chance of at most so many successes."""
    if p <= 0 or p >= 1:
        return float(p <= 0)
    logs = math.log(p), math.log1p(-p)
    terms = (
        math.lgamma(of + 1)
        - math.lgamma(k + 1)
        - math.lgamma(of - k + 1)
        + k * logs[0]
        + (of - k) * logs[1]
        for k in range(count + 1)
    )
    return min(math.fsum(math.exp(one) for one in terms), 1.0)


def write_report(report: Report, folder: Path) -> None:
    """Write ``drill.json`` and ``drill.html``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "drill.json").write_text(json.dumps(asdict(report), indent=1, ensure_ascii=False))
    (folder / "drill.html").write_text(_page(report))


def _page(report: Report) -> str:
    sections = "".join(
        f"<h2>Détection {'active' if detection else 'coupée'}</h2>{_table(report, detection)}"
        for detection in (False, True)
        if any(one["detection"] is detection for one in report.attackers)
    )
    said = "Toutes les bornes jouées tiennent." if report.holds else "Une borne ne tient pas."
    if report.not_played:
        said += f" Non joués : {', '.join(report.not_played)}."
    said += (
        " Une personne regarde chaque matin cinq établissements sur 270 environ, et les segments près de leur plafond ;"
        " la charge d'un pays entier n'est pas simulée."
    )
    return (
        "<!doctype html><html lang=fr><meta charset=utf-8><title>Égide, exercice</title>"
        "<style>body{font:15px system-ui;margin:2rem;max-width:70rem}table{border-collapse:collapse}"
        ""
        "td:not(:first-child){white-space:nowrap}"
        "td,th{padding:.3rem .6rem;text-align:left;border-bottom:1px solid #ddd}.no{color:#b00}</style>"
        f"<h1>Exercice</h1><p class={'ok' if report.holds else 'no'}>{said}</p>{sections}</html>"
    )


def _table(report: Report, detection: bool) -> str:
    rows = "".join(_row(one) for one in report.attackers if one["detection"] is detection)
    honest = next(one for one in report.honest if one["detection"] is detection)
    service = ", ".join(
        f"{name} : {honest[key]['count']} sur {honest[key]['of']} "
        f"({honest[key]['low']:.2e} à {honest[key]['high']:.2e})"
        for name, key in (
            ("jours d'établissement où une carte est demandée à tort", "prompted"),
            ("jours bloqués à tort", "blocked"),
            ("cartes refusées à tort", "cards_refused"),
        )
    )
    head = (
        "<tr><th>Attaquant<th>Butin, médiane / p95 / max<th>Pire 24 h<th>Pire 30 j<th>Pire jour, tous"
        "<th>But (p95)<th>Butin par graine"
    )
    return f"<table>{head}{rows}</table><p>Service honnête, intervalles exacts à 95 % : {service}.</p>"


def _row(one: dict[str, Any]) -> str:
    disclosed, day, month = one["disclosed"], one["worst_24_hours"], one["worst_30_days"]
    mark = "" if one["bounds_hold"] else " class=no"
    crowd = one["worst_day_of_all"]
    all_day = "" if crowd["bound"] is None else f"{crowd['max']} ≤ {crowd['bound']}"
    goal = (
        ""
        if one["goal_p95"] is None
        else f"{one['goal_p95']} {'✓' if one['reaches_goal'] else '✗'}"
    )
    return (
        f"<tr{mark}><td>{one['attacker']} {html.escape(one['style'])}"
        f"<td>{disclosed['median']} / {disclosed['p95']} / {disclosed['max']}<td>{day['max']} ≤ {day['bound']}"
        f"<td>{month['max']} ≤ {month['bound']}<td>{all_day}<td>{goal}<td>{_plot(one)}"
    )


def _plot(one: dict[str, Any]) -> str:
    """Return how many persons each seed disclosed as a dot, with the goal as a line."""
    most = max(one["disclosed"]["max"], one["goal_p95"] or 0, 1)

    def x(value: int) -> int:
        return round(value / most * (_WIDTH - 10)) + 5

    dots = "".join(
        f'<circle cx="{x(value)}" cy="{_ROW // 2}" r="4" fill="#1a4fb5" fill-opacity=".35"/>'
        for value in one["disclosed_by_seed"]
    )
    line = ""
    if one["goal_p95"] is not None:
        goal = x(one["goal_p95"])
        line = f'<line x1="{goal}" x2="{goal}" y1="0" y2="{_ROW}" stroke="#b00"/>'
    return f'<svg width="{_WIDTH}" height="{_ROW}" role="img" aria-label="butins">{line}{dots}</svg>'
