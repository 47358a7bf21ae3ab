"""The schema: made anew, brought from each earlier landing, and refused where it is not ours to touch."""

import lzma
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from conftest import ROOT, Place, run
from egide import db
from egide.accesslog.grow import LogKey, grow
from egide.checks import check_laws
from egide.cli.db import database
from egide.db.cluster import install_folder
from egide.db.dump import dump_schema
from egide.db.migrate import SchemaError, check_schema, migrate
from egide.db.pool import Login
from egide.db.schema_files import BASELINE, schema

_SCHEMA = ROOT / "src/egide/db/schema"
_LANDINGS = sorted((Path(__file__).parent / "landings").glob("*.sql.xz"))


@pytest.fixture
def empty(place: Place, request: pytest.FixtureRequest) -> Iterator[Login]:
    """An empty database beside the test's own, by its owner's login."""
    owner = place.store.login("owner")
    if place.settings.database_url is not None:
        pytest.skip("what PostgreSQL says of itself is compared on the embedded one")
    name = "schema_" + re.sub(r"\W", "_", request.node.name)[-40:].lower()
    run(_one(owner, f"create database {name} template template0"))
    yield Login(owner.url.replace("/egide?", f"/{name}?"), owner.user, owner.password)
    run(_one(owner, f"drop database {name} with (force)"))


async def _one(login: Login, query: str) -> list[db.Row]:
    pool = await db.open_pool(login, size=1)
    try:
        async with db.statement(pool) as tx:
            return await db.many(tx, query)  # type: ignore[arg-type]
    finally:
        await pool.close()


def _restore(login: Login, landing: Path) -> None:
    done = subprocess.run(
        [install_folder() / "bin" / "psql", "-qX", "-v", "ON_ERROR_STOP=1", login.url],
        env={"PGUSER": str(login.user), "PGPASSWORD": str(login.password)},
        input=lzma.decompress(landing.read_bytes()),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()


def test_a_new_installation_is_what_today_says(place: Place, empty: Login) -> None:
    run(migrate(empty))
    assert dump_schema(empty) == (_SCHEMA / "today.sql").read_text(), "./egide db dump"


def test_the_level_is_of_the_files_that_are_here() -> None:
    assert (_SCHEMA / "level.txt").read_text() == f"{schema().level} {schema().sha256}\n", (
        "./egide db dump"
    )


def test_a_file_of_tables_reads_as_it_was_noted() -> None:
    noted = (_SCHEMA / "tables.txt").read_text().splitlines()
    assert noted == [f"{file.sha256} {file.path}" for file in schema().tables], (
        "a file of tables is never edited: ./egide generate says more"
    )


def test_generating_refuses_an_edited_file_of_tables_and_an_unlisted_function(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = tmp_path / "schema"
    shutil.copytree(_SCHEMA, copied)
    monkeypatch.setattr("egide.cli.db._SCHEMA", copied)
    (copied / "functions/gate/forgotten.sql").write_text("-- Nothing.\n")
    said = CliRunner().invoke(database, ["dump"])
    assert said.exit_code == 1 and "functions/gate/forgotten.sql" in said.output
    noted = (copied / "tables.txt").read_text()
    (copied / "tables.txt").write_text(f"{'0' * 64}{noted[64:]}")
    said = CliRunner().invoke(database, ["dump"])
    assert said.exit_code == 1 and "tables/0001_directory.sql" in said.output
    assert (copied / "today.sql").read_text() == (_SCHEMA / "today.sql").read_text()


def test_every_file_of_the_schema_is_listed_once() -> None:
    paths = [file.path for file in [*schema().files, *schema().before]]
    found = sorted(str(path.relative_to(_SCHEMA)) for path in _SCHEMA.rglob("*.sql"))
    assert sorted([*paths, "today.sql"]) == found, "a function is listed in functions/order.txt"
    names = [path for path in paths if path.startswith("tables/")]
    assert [name[7:11] for name in names] == [f"{n:04d}" for n in range(1, len(names) + 1)]
    assert len(names) >= BASELINE


@pytest.mark.parametrize("landing", _LANDINGS, ids=lambda path: path.name[:7])
def test_an_installation_of_an_earlier_landing_becomes_todays(
    landing: Path, empty: Login
) -> None:
    _restore(empty, landing)
    claims = run(_one(empty, "select count(*), sum(amc_cents) from claim"))
    entries = run(_one(empty, "select count(*) from gate.entry"))
    assert entries[0][0] > 0
    assert run(migrate(empty))
    assert dump_schema(empty) == (_SCHEMA / "today.sql").read_text()
    assert run(_one(empty, "select count(*), sum(amc_cents) from claim")) == claims
    assert run(_one(empty, "select count(*) from gate.entry")) == entries
    assert run(migrate(empty)) == []

    async def broken() -> list[str]:
        pool = await db.open_pool(empty, size=1)
        key = LogKey("example.org/test", Ed25519PrivateKey.generate())
        try:
            # What the landing had not yet put in its tree comes in by today's code.
            while await grow(pool, key):
                pass
            async with db.transaction(pool) as tx:
                return [f.law for f in await check_laws(tx) if f.broken_by]
        finally:
            await pool.close()

    assert run(broken()) == []


def test_a_landing_older_than_those_is_sent_to_one_of_them(empty: Login) -> None:
    run(_one(empty, "create table migration (name text primary key)"))
    run(_one(empty, "insert into migration values ('0001_roles.sql')"))
    with pytest.raises(SchemaError, match=r"0001_roles\.sql.*ee27623"):
        run(migrate(empty))


def test_a_file_of_tables_that_was_edited_is_named(empty: Login) -> None:
    run(migrate(empty))
    run(
        _one(
            empty,
            "update schema_file set sha256 = 'other' where path = 'tables/0003_software.sql'",
        )
    )
    with pytest.raises(SchemaError, match=r"tables/0003_software\.sql"):
        run(migrate(empty))


def test_a_function_that_differs_is_made_again(empty: Login) -> None:
    run(migrate(empty))
    run(_one(empty, "drop function gate.instant cascade"))
    run(
        _one(
            empty,
            "update schema_file set sha256 = 'other' where path = 'functions/gate/instant.sql'",
        )
    )
    assert "functions/gate/instant.sql" in run(migrate(empty))
    assert dump_schema(empty) == (_SCHEMA / "today.sql").read_text()


@pytest.mark.parametrize("change", ["tables", "level", "sha256"])
def test_older_code_refuses_a_newer_database(empty: Login, change: str) -> None:
    run(migrate(empty))
    query = {
        "tables": "insert into schema_file (path, sha256) values ('tables/9999_later.sql', '')",
        "level": "insert into schema_level (level, sha256) values (100000, '')",
        "sha256": "update schema_level set sha256 = 'of another branch'",
    }[change]
    run(_one(empty, query))
    with pytest.raises(SchemaError, match="newer version"):
        run(migrate(empty))


def test_who_may_not_migrate_refuses_an_older_database(place: Place, empty: Login) -> None:
    async def look(login: Login) -> None:
        pool = await db.open_pool(login, size=1)
        try:
            async with db.statement(pool) as tx:
                await check_schema(tx)
        finally:
            await pool.close()

    with pytest.raises(SchemaError, match=r"\./egide migrate"):
        run(look(empty))
    run(migrate(empty))
    run(look(Login(empty.url, *place_login(place))))
    run(_one(empty, "update schema_level set level = 0"))
    with pytest.raises(SchemaError, match=r"\./egide migrate"):
        run(look(empty))


def place_login(place: Place) -> tuple[str | None, str | None]:
    login = place.store.login("app")
    return login.user, login.password


def test_a_change_that_fails_at_its_last_step_leaves_the_landing_as_it_was(
    empty: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A landing of before the caps of segments, which the last step sizes.
    _restore(empty, next(one for one in _LANDINGS if one.name.startswith("872038a")))
    before = dump_schema(empty)
    monkeypatch.setattr("egide.db.migrate._RECORD_LEVEL", "select 1 / 0, $1::integer, $2::text")
    with pytest.raises(SchemaError, match="nothing of it was changed"):
        run(migrate(empty))
    assert dump_schema(empty) == before
    monkeypatch.undo()
    run(migrate(empty))
    assert run(_one(empty, "select count(*) from gate.segment_cap"))[0][0] > 0


@pytest.mark.parametrize(
    "change",
    [
        "insert into migration values ('0034_something_newer.sql')",
        "delete from migration where name = '0010_plan_levels.sql'",
    ],
)
def test_migrations_that_no_landing_had_are_refused(empty: Login, change: str) -> None:
    _restore(empty, _LANDINGS[-1])
    before = dump_schema(empty)
    run(_one(empty, change))
    with pytest.raises(SchemaError, match="not those of a landing"):
        run(migrate(empty))
    assert dump_schema(empty) == before


def test_what_hangs_on_a_function_of_ours_is_named_and_kept(empty: Login) -> None:
    _restore(empty, _LANDINGS[-1])
    run(_one(empty, "create table theirs (at timestamptz default gate.instant())"))
    run(_one(empty, "create function mine() returns integer language sql as 'select 1'"))
    with pytest.raises(SchemaError, match="theirs"):
        run(migrate(empty))
    run(_one(empty, "drop table theirs"))
    run(migrate(empty))
    assert run(_one(empty, "select mine() as one"))[0][0] == 1


def test_a_function_and_a_grant_that_no_file_has_any_more_go(empty: Login) -> None:
    run(migrate(empty))
    for query in (
        "create function gate.left_over() returns integer language sql as 'select 1'",
        "insert into schema_file (path, sha256) values ('functions/gate/left_over.sql', '')",
        "grant execute on function gate.prove(uuid) to egide_app",
        "update schema_file set sha256 = '' where path = 'functions/gate/prove.sql'",
    ):
        run(_one(empty, query))
    run(migrate(empty))
    assert dump_schema(empty) == (_SCHEMA / "today.sql").read_text()
