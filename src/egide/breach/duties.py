"""Clocks: what each controller owes, from when, within how long, and whether it was done. Pure.

An insurer's own clocks start when our notice reached it, not when we knew (RGPD 33(2), EDPB 9/2022).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Final, Literal

import msgspec
import yaml

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
    each: Literal["", "insurer"] = ""
    needs: str = ""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    duties: list[Duty]
    acts: dict[str, str]


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


def decisions() -> Mapping[str, str]:
    """Return what may be decided beside duties done, with what it means."""
    return _file().acts


def known_acts() -> frozenset[str]:
    """Return every act that may be noted: a duty done, or a decision."""
    return frozenset({one.code for one in _file().duties} | set(_file().acts))


def clocks(
    aware_at: datetime, insurers: Sequence[str], acts: Sequence[Act], now: datetime
) -> list[Clock]:
    """Return every clock of an incident, ours first, then each insurer's.

    Args:
        insurers: numbers of those whose members were exposed.
    """
    noted = {(one.controller, one.act): one for one in acts}
    held = [one for one in _file().duties if one.since <= aware_at.date()]
    found: list[Clock] = []
    for controller in (OURSELVES, *insurers):
        codes = dict.fromkeys(one.code for one in held if _owes(one, controller, insurers))
        for code in codes:
            rows = [one for one in held if one.code == code]
            found.append(_clock(rows, controller, noted, aware_at, now))
    return found


def _owes(duty: Duty, controller: str, insurers: Sequence[str]) -> bool:
    if controller == OURSELVES:
        return duty.by != "insurer" and not duty.each
    # What we owe to each insurer is a clock of its line.
    return duty.by != "egide" or (duty.each == "insurer" and controller in insurers)


def _clock(
    rows: Sequence[Duty],
    controller: str,
    noted: Mapping[tuple[str, str], Act],
    aware_at: datetime,
    now: datetime,
) -> Clock:
    starts = [_start(one, controller, noted, aware_at) for one in rows]
    due = [
        start + timedelta(hours=one.hours)
        for one, start in zip(rows, starts, strict=True)
        if start is not None and one.hours is not None
    ]
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
