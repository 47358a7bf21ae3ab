"""The drill: a short one holds its bounds and names its victims; a gate that does not, it says so."""

import json
import random
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner

from conftest import Place, run
from egide import db
from egide.cli.drill.commands import drill
from egide.core.refusal import Refusal
from egide.drills.campaign import Campaign, Report, play, summarise, write_report
from egide.drills.campaign.profiles import PROFILES
from egide.drills.campaign.report import interval
from egide.drills.campaign.thieves import Thief
from egide.drills.campaign.world import START


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> db.Settings:
    """Where a drill has a database of its own."""
    if db.settings(None).database_url:
        pytest.skip("a drill wants an embedded database of its own")
    folder = tmp_path_factory.mktemp("drill")
    folder.chmod(0o755)
    return db.settings(folder / "var")


def _played(settings: db.Settings, *, harm: str = "", mend: str = "select 1") -> Report:
    async def work() -> Report:
        store = await db.open_store(settings)
        try:
            async with store.pool("owner") as owner, store.pool("app") as app:
                if harm:
                    async with db.transaction(owner) as tx:
                        await db.script(tx, f"set role egide_gate; {harm}; reset role")
                campaign = Campaign(seed=3, days=12, establishments=3, detection=True)
                try:
                    return summarise([await play(app, owner, campaign)])
                finally:
                    async with db.transaction(owner) as tx:
                        await db.script(tx, f"set role egide_gate; {mend}; reset role")
        finally:
            store.close()

    return run(work())


def test_a_short_drill_holds_and_names_exactly_whom_each_thief_saw(
    apart: db.Settings, tmp_path: Path
) -> None:
    report = _played(apart)
    assert report.holds, report.attackers
    assert [one["attacker"] for one in report.attackers] == [
        *("A2", "A3", "A3a", "A3w", "A4", "A5", "A6", "A7", "A8", "A9", "A10"),
        *("A12", "A13", "A14", "A15"),
    ]
    assert {one.name for one in PROFILES} - {one["attacker"] for one in report.attackers} == {
        "A3p"
    }
    assert report.not_played == ["A1", "A11", "A3p", "A12d"]
    by_name = {one["attacker"]: one for one in report.attackers}
    assert by_name["A12"]["disclosed"]["max"] > 300  # a whole login, held by caps alone
    assert by_name["A12"]["reaches_goal"] is None
    assert by_name["A13"]["goal_p95"] == 60
    assert by_name["A13"]["reaches_goal"] is (by_name["A13"]["worst_30_days"]["max"] <= 60)
    assert by_name["A14"]["tried"] > 100 and by_name["A15"]["tried"] > 100
    assert 0 < by_name["A2"]["disclosed"]["max"] <= 60
    assert by_name["A4"]["disclosed"]["max"] <= 1
    assert 0 < by_name["A10"]["worst_24_hours"]["max"] <= 2
    assert by_name["A6"]["disclosed"]["max"] > 500  # two hundred accounts, one city's worth
    [honest] = report.honest
    assert honest["cards_refused"]["count"] == 0 and honest["cards_refused"]["of"] > 300
    write_report(report, tmp_path)
    assert json.loads((tmp_path / "drill.json").read_text())["holds"] is True
    page = (tmp_path / "drill.html").read_text()
    assert page.count("<svg") == len(PROFILES) - 1
    assert "Toutes les bornes jouées tiennent" in page and "Non joués : A1, A11, A3p" in page


def test_a_gate_that_counts_nothing_is_found_out(apart: db.Settings) -> None:
    signature = "gate.charge(uuid, uuid, text, uuid, boolean)"
    said = "gate.hold_to_intents(text[], gate.question[], timestamptz)"
    harm = f"""
    alter function {signature} rename to set_aside;
    create function {signature} returns text language sql as $$ select 'admitted' $$;
    alter function {said} rename to set_aside;
    create function {said} returns text[] language sql as $$ select $1 $$;
    """
    mend = f"""
    drop function {signature}; alter function {signature.replace("charge", "set_aside")} rename to charge;
    drop function {said}; alter function {said.replace("hold_to_intents", "set_aside")} rename to hold_to_intents;
    """
    report = _played(apart, harm=harm, mend=mend)
    assert not report.holds
    broken = {one["attacker"] for one in report.attackers if not one["bounds_hold"]}
    assert {"A2", "A5", "A7", "A10"} <= broken


@pytest.mark.parametrize(
    ("harm", "mend", "found"),
    [
        (
            (
                "alter function gate.beyond_caps(bigint[], text[], text[], integer[], date) rename to set_aside;"
                " create function gate.beyond_caps(bigint[], text[], text[], integer[], date) returns bigint[]"
                " language sql as 'select null::bigint[]'"
            ),
            (
                "drop function gate.beyond_caps(bigint[], text[], text[], integer[], date);"
                " alter function gate.set_aside(bigint[], text[], text[], integer[], date) rename to beyond_caps"
            ),
            {"A9"},
        ),
        (
            # One answer in four is written under somebody else: what is told is read from the log, and says so too.
            (
                "create function gate.lie() returns trigger language plpgsql as $$ begin"
                " if new.outcome = 'shown' and random() < 0.25 then new.person_id := gen_random_uuid(); end if;"
                " return new; end $$;"
                " create trigger a_lie before insert on gate.entry for each row execute function gate.lie()"
            ),
            "drop trigger a_lie on gate.entry; drop function gate.lie()",
            {"A2", "A3", "A7"},
        ),
    ],
)
def test_caps_that_do_nothing_and_a_log_that_lies_are_found_out(
    apart: db.Settings, harm: str, mend: str, found: set[str]
) -> None:
    report = _played(apart, harm=harm, mend=mend)
    assert not report.holds
    assert found <= {one["attacker"] for one in report.attackers if not one["bounds_hold"]}


def test_honest_service_that_is_refused_is_counted(apart: db.Settings) -> None:
    harm = """
    alter function gate.first_contact_rate(uuid) rename to set_aside;
    create function gate.first_contact_rate(uuid) returns integer language sql as 'select 0';
    """
    mend = "drop function gate.first_contact_rate(uuid); alter function gate.set_aside(uuid) rename to first_contact_rate"
    [honest] = _played(apart, harm=harm, mend=mend).honest
    assert honest["prompted"]["count"] > 0


def test_a_database_that_has_answered_somebody_is_not_the_drills(place: Place) -> None:
    words = ["--data", str(place.settings.data), "--seeds", "1", "--days", "1"]
    said = CliRunner().invoke(drill, words)
    assert isinstance(said.exception, Refusal) and said.exception.where == "--data"


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [
        (0, 10, 0.0, 0.30850),
        (1, 10, 0.00253, 0.44502),
        (5, 10, 0.18709, 0.81291),
        (10, 10, 0.69150, 1.0),
        (3, 1000, 0.000619, 0.008742),
        (0, 0, 0.0, 1.0),
    ],
)
def test_the_intervals_are_clopper_and_pearsons(
    count: int, of: int, low: float, high: float
) -> None:
    assert interval(count, of) == pytest.approx((low, high), abs=1e-5)


def test_the_worst_window_slides() -> None:
    rng = random.Random(1)
    thief = Thief("A", "a", [], [])
    hours = sorted(rng.uniform(0, 240) for _ in range(200))
    thief.learned[uuid4()] = {uuid4(): START + timedelta(hours=hour) for hour in hours}
    plain = max(sum(start - 24 < one <= start for one in hours) for start in hours)
    assert thief.worst(timedelta(hours=24)) == plain
