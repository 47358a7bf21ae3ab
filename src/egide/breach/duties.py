"""Clocks: what each controller owes, from when, within how long, and whether it was done. Pure.

An insurer's own clocks start when our notice reached it, not when we knew (RGPD 33(2), EDPB 9/2022).
"""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Final, Literal

import msgspec
import yaml

from egide.core.period import PARIS

OURSELVES: Final = "egide"


class Duty(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of the duties: it holds from a day on."""

    code: str
    by: Literal["egide", "insurer", "both"]
    starts: str
    since: date
    french: str
    source: str
    hours: int | None = None
    months: int | None = None
    each: Literal["", "insurer"] = ""
    needs: str = ""


class Decision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be noted beside duties done, and by which controllers."""

    by: Literal["egide", "insurer", "both"]
    french: str


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    duties: list[Duty]
    acts: dict[str, Decision]


class State(StrEnum):
    """Where a clock stands."""

    WAITS = "waits"  # what starts it has not happened
    RUNS = "runs"
    LATE = "late"
    DONE = "done"
    DONE_LATE = "done-late"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What was done or decided of an incident by a controller."""

    controller: str
    act: str
    done_at: datetime
    done_by: str
    proof: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A duty of a controller.

    Args:
        due_at: None where the text gives no limit, or nothing started it.
    """

    code: str
    controller: str
    french: str
    source: str
    state: State
    due_at: datetime | None
    done_at: datetime | None


@cache
def _file() -> _File:
    text = files("egide.breach").joinpath("data", "duties.yaml").read_text("utf-8")
    return msgspec.convert(yaml.safe_load(text), _File)


def decisions() -> Mapping[str, Decision]:
    """Return what may be noted beside duties done."""
    return _file().acts


def notable(controller: str, aware_at: datetime) -> frozenset[str]:
    """Return what may be noted of a controller: a duty that it owes or is owed, or a decision of its own."""
    kinds = {"both", "egide" if controller == OURSELVES else "insurer"}
    held = [one for one in _file().duties if one.since <= aware_at.date()]
    owed = {one.code for one in held if _owes(one, controller)}
    return frozenset(owed | {name for name, one in _file().acts.items() if one.by in kinds})


def standing(acts: Sequence[Act]) -> dict[tuple[str, str], Act]:
    """Return what stands of acts in the order of their noting: the last of each, and no decision undone since."""
    found: dict[tuple[str, str], Act] = {}
    for one in acts:
        word = one.act.removeprefix("not-")
        contrary = word if one.act != word else f"not-{word}"
        found.pop((one.controller, contrary), None)
        found[one.controller, one.act] = one
    return found


def clocks(
    aware_at: datetime, insurers: Sequence[str], acts: Sequence[Act], now: datetime
) -> list[Clock]:
    """Return every clock of an incident, ours first, then each insurer's.

    Args:
        insurers: numbers of those whose members were exposed.
    """
    noted = standing(acts)
    held = [one for one in _file().duties if one.since <= aware_at.date()]
    found: list[Clock] = []
    for controller in (OURSELVES, *insurers):
        codes = dict.fromkeys(one.code for one in held if _owes(one, controller))
        for code in codes:
            rows = [one for one in held if one.code == code]
            found.append(_clock(rows, controller, noted, aware_at, now))
    return found


def _owes(duty: Duty, controller: str) -> bool:
    if controller == OURSELVES:
        return duty.by != "insurer" and not duty.each
    # What we owe to each insurer is a clock of its line.
    return duty.by != "egide" or duty.each == "insurer"


def _clock(
    rows: Sequence[Duty],
    controller: str,
    noted: Mapping[tuple[str, str], Act],
    aware_at: datetime,
    now: datetime,
) -> Clock:
    starts = [_start(one, controller, noted, aware_at) for one in rows]
    limits = [
        _limit(one, start) for one, start in zip(rows, starts, strict=True) if start is not None
    ]
    due = [one for one in limits if one is not None]
    done = noted.get((controller, rows[0].code))
    due_at = min(due, default=None)
    return Clock(
        code=rows[0].code,
        controller=controller,
        french=rows[0].french,
        source=" ; ".join(dict.fromkeys(one.source for one in rows)),
        state=_state(due_at, None if done is None else done.done_at, now, any(starts)),
        due_at=due_at,
        done_at=None if done is None else done.done_at,
    )


def _limit(duty: Duty, start: datetime) -> datetime | None:
    if duty.months is None:
        return None if duty.hours is None else start + timedelta(hours=duty.hours)
    # Of a month that has no such day, the last (règlement 1182/71, article 3(2)(c)).
    local = start.astimezone(PARIS)
    year, month = divmod(local.month - 1 + duty.months, 12)
    last = monthrange(local.year + year, month + 1)[1]
    return local.replace(
        year=local.year + year, month=month + 1, day=min(local.day, last)
    ).astimezone(UTC)


def _start(
    duty: Duty, controller: str, noted: Mapping[tuple[str, str], Act], aware_at: datetime
) -> datetime | None:
    if duty.needs and (controller, duty.needs) not in noted:
        return None
    match duty.starts:
        case "aware":
            # What we owe to an insurer runs since we know; what it owes itself, since it was told.
            is_ours = controller == OURSELVES or duty.each == "insurer"
            return aware_at if is_ours else _at(noted, controller, "D1")
        case "told":
            return _at(noted, controller, "D1")
        case "initial":
            return _at(noted, controller, "D7")
        case "intermediate":
            return _at(noted, controller, "D7i")
        case decision:
            return _at(noted, controller, decision)


def _at(noted: Mapping[tuple[str, str], Act], controller: str, act: str) -> datetime | None:
    found = noted.get((controller, act))
    return None if found is None else found.done_at


def _state(
    due_at: datetime | None, done_at: datetime | None, now: datetime, is_started: bool
) -> State:
    if done_at is not None:
        return State.DONE_LATE if due_at is not None and done_at > due_at else State.DONE
    if not is_started:
        return State.WAITS
    return State.LATE if due_at is not None and now > due_at else State.RUNS
