"""Every statement of the product is prepared against the real schema, under the role that runs it."""

import ast
import re
from pathlib import Path
from typing import cast

import pytest

from conftest import ROOT, Place, run
from egide import db
from egide.checks.laws import law_queries
from egide.db.migrate import migrate
from egide.db.schema_files import SchemaFile, schema

_STATEMENT = re.compile(r"^\s*(select|insert|update|delete|with)\b", re.IGNORECASE)
# Who runs the statements of a file, and those of its statements that another role runs. Each is planned under every
# role named here, and fails under none of them.
_ROLES: dict[str, str] = {
    "access/sql.py": "app",
    "accesslog/sql.py": "logger",
    "accounts/sql.py": "portal",
    "adjudication/sql.py": "app",
    "batches/sql.py": "app",
    "campaign/play.py": "owner",
    "campaign/street.py": "owner",
    "campaign/world.py": "owner",
    "checks/sql.py": "owner",
    "claims/sql.py": "app",
    "backups/sql.py": "owner",
    "breach/sql.py": "owner",
    "console/sql.py": "portal",
    "containment/sql.py": "portal",
    "db/migrate.py": "owner",
    "db/store.py": "owner",
    "directory/sql.py": "owner",
    "disputes/sql.py": "app",
    "enrolment/sql.py": "portal",
    "gate/sql.py": "owner",
    "log/sql.py": "owner",
    "ledger/sql.py": "app payer",
    "networks/sql.py": "owner",
    "nomenclature/sql.py": "owner",
    "outbox/sql.py": "messenger",
    "plans/sql.py": "owner",
    "identity/sql.py": "portal",
    "answers/sql.py": "app",
    "insurers/sql.py": "app",
    "insured/sql.py": "portal",
    "members/sql.py": "loader",
    "calls/sql.py": "payer",
    "closing/sql.py": "payer",
    "debits/sql.py": "payer",
    "funds/sql.py": "payer",
    "payments/sql.py": "payer",
    "preauth/sql.py": "app",
    "serving/sql.py": "owner",
    "persons/sql.py": "portal",
    "rights/sql.py": "app",
    "statements/sql.py": "insurer",
    "statistics/sql.py": "owner",
    "support/sql.py": "portal",
    "treasury/sql.py": "payer",
    "waiting/sql.py": "payer",
    "web/sql.py": "app",
}
_OTHERS: dict[str, str] = {
    "disputes/sql.py:_QUEUE": "portal",
    "insurers/sql.py:_CURRENT": "app owner",
    "networks/sql.py:_ADHERENCES": "app",
    "networks/sql.py:_PRICES_OF": "app owner",
    "insurers/sql.py:_PUT": "owner",
    "insurers/sql.py:_KNOWN_PERSONS": "owner",
    "disputes/sql.py:_ANSWER": "portal",
    "ledger/sql.py:_NUMBERS": "owner",
    "ledger/sql.py:_BALANCES": "owner",
    "ledger/sql.py:_ENTRIES": "owner",
    "access/sql.py:_KEYS_OF": "portal",
    "access/sql.py:_ENROL_KEY": "portal",
    "access/sql.py:_REVOKE_KEY": "portal",
    "access/sql.py:_LIVE_KEY": "app portal",
    "access/sql.py:_SAME_VENDOR": "app portal",
    "access/sql.py:_VOUCHES": "portal",
    "access/sql.py:_REVOKED_SINCE": "app portal",
    "access/sql.py:_USE_PROOF": "app portal",
    "access/sql.py:_IS_OFF": "app portal",
    "access/sql.py:_NOTE_MISMATCH": "app portal",
    "rights/sql.py:_ACCESSES": "portal",
    "rights/sql.py:_CONFIRM": "portal",
    "rights/sql.py:_OPEN_SPACE": "portal",
    "rights/sql.py:_GIVE": "portal",
    "rights/sql.py:_OBJECT": "portal",
    "rights/sql.py:_ENGAGEMENT": "app portal",
    "accesslog/sql.py:_TILE": "portal logger",  # published by the portal's process, grown by the log's
    "accesslog/sql.py:_LATEST": "portal logger",
    "accesslog/sql.py:_COSIGNED": "portal logger",
    "accesslog/sql.py:_VALUES": "portal logger",
    "accesslog/sql.py:_LEAF_OF": "portal",
    "accesslog/sql.py:_OWN_LEAF": "portal",
    "accesslog/sql.py:_UNTOLD": "owner",
    "accesslog/sql.py:_NOTE_TOLD": "owner",
    "accesslog/sql.py:_ESTABLISHMENTS": "owner",
    "accesslog/sql.py:_BUILDS": "owner",
    "accesslog/sql.py:_EXPOSURES": "owner",
    "accesslog/sql.py:_IS_ESTABLISHMENT": "owner",
    "accesslog/sql.py:_KEYS": "owner",
    "accesslog/sql.py:_SET_KEY": "owner",
    "accounts/sql.py:_ACCOUNT": "owner",  # by ./egide people
    "accounts/sql.py:_CLOSE_ACCOUNT": "owner",
    "accounts/sql.py:_ROLE": "owner",
    "accounts/sql.py:_ONLY_FOR": "loader",
    "accounts/sql.py:_ISSUE": "loader",
    "backups/sql.py:_LAG": "app",
    "checks/sql.py:_LAST": "app",
    "directory/sql.py:_INSURERS": "app payer portal",
    "directory/sql.py:_OF_FINESS": "owner portal",
    "directory/sql.py:_PROFESSIONS": "app",
    "directory/sql.py:_IBANS": "payer",
    "enrolment/sql.py:_APPLY_CHANGES": "payer portal",
    "identity/sql.py:_INVITE": "owner",
    "nomenclature/sql.py:_COUNT": "app portal",
    "nomenclature/sql.py:_ALL": "app portal",
    "plans/sql.py:_COUNT": "app",
    "plans/sql.py:_ALL": "app",
    "plans/sql.py:_IN_FORCE": "portal",
    "access/sql.py:_RELAYED": "owner",
    "access/sql.py:_REREAD": "app portal",
    "claims/sql.py:_DECIDED": "owner",
    "claims/sql.py:_DECIDED_LINES": "owner",
    "claims/sql.py:_USES_BEFORE": "owner",
    "payments/sql.py:_CLAIMS": "app payer",
    "payments/sql.py:_TRANSFER": "app payer",
    "payments/sql.py:_ADJUSTMENTS": "app payer",
    "preauth/sql.py:_TERMS": "app portal",
    "statements/sql.py:_ACCEPT": "portal",
    "statements/sql.py:_SHOWN": "portal",
    "statements/sql.py:_HAS_CALL": "portal",
    "statements/sql.py:_SESSION": "portal",
}


def _statements() -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for path in sorted((ROOT / "src" / "egide").rglob("*.py")):
        if path.match("checks/laws.py"):
            continue  # they are planned below, by their names
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.AnnAssign)
                and isinstance(node.value, ast.Constant)
                and isinstance(node.target, ast.Name)
            ):
                text = node.value.value
                # The drill's own clock is in the drill's own databases alone.
                if (
                    isinstance(text, str)
                    and _STATEMENT.match(text)
                    and "drill_clock" not in text
                ):
                    found.append((f"{_short(path)}:{node.target.id}", text))
    return found


def _short(path: Path) -> str:
    return "/".join(path.parts[-2:])


_ALL = _statements()


def test_there_are_statements() -> None:
    assert len(_ALL) > 40


@pytest.mark.parametrize(("name", "text"), _ALL, ids=[name for name, _ in _ALL])
def test_a_statement_fits_the_schema_and_the_rights_of_who_runs_it(
    place: Place, name: str, text: str
) -> None:
    async def work(role: str) -> None:
        login = "portal" if role == "insurer" else cast("db.Role", role)
        async with place.store.pool(login) as pool, db.transaction(pool) as tx:
            if role == "insurer":
                await db.run(tx, "set local role egide_insurer")
            await tx.connection.prepare(text)
            # Rights are checked when a plan is run; explaining it without values asks for a plan.
            await db.run(tx, "explain (generic_plan) " + text)  # type: ignore[operator]

    for role in _OTHERS.get(name, _ROLES[name.split(":", maxsplit=1)[0]]).split():
        run(work(role))


def test_the_table_of_roles_names_what_there_is() -> None:
    names = {name for name, _ in _ALL}
    assert set(_OTHERS) <= names
    assert set(_ROLES) == {name.split(":")[0] for name in names}


def test_statements_stand_in_a_rooms_sql_file() -> None:
    """ADR 0002; the database's own room and the drills' worlds, which write what no room may, are not product."""
    files = {name.split(":")[0] for name, _ in _ALL}
    elsewhere = {file for file in files if not file.endswith("/sql.py")}
    assert {file.split("/")[0] for file in elsewhere} == {"db", "campaign"}


@pytest.mark.parametrize("law", list(law_queries()))
def test_a_laws_query_fits_the_schema(place: Place, law: str) -> None:
    async def work() -> None:
        async with place.store.pool("owner") as pool, db.transaction(pool) as tx:
            await tx.connection.prepare(law_queries()[law])

    run(work())


def test_statements_are_written_one_way() -> None:
    for name, text in _ALL:
        assert not re.search(r"select\s+\w+\.\*|select \* from (?!unnest)", text), name
        # A settlement takes all that is due; any other that skips what is held takes a page.
        is_page = "limit" in text or name == "payments/sql.py:_CLOSE"
        assert is_page or not re.search(r"\bfor update skip locked\b", text), name


_SQL = [file for file in [*schema().files, *schema().before] if file.path.endswith(".sql")]
_FUNCTIONS = [file for file in _SQL if file.path.startswith("functions/")]
_LONGEST_FUNCTION, _LONGEST_FILE, _LONGEST_LINE = 60, 400, 120


@pytest.mark.parametrize("file", _SQL, ids=lambda file: file.path)
def test_a_file_of_sql_keeps_the_limits(file: SchemaFile) -> None:
    lines = file.text.splitlines()
    assert len(lines) <= _LONGEST_FILE
    assert max(map(len, lines)) <= _LONGEST_LINE
    assert "drop table" not in file.text


@pytest.mark.parametrize("file", _FUNCTIONS, ids=lambda file: file.path)
def test_a_function_stands_alone_and_says_who_may_call_it(file: SchemaFile) -> None:
    _, schema_name, name = file.path.removesuffix(".sql").split("/")
    heads = re.findall(r"^create or replace function ([\w.]+)", file.text, re.MULTILINE)
    assert heads == [f"{schema_name}.{name}"]
    assert file.text.startswith("-- "), "why it is there"
    start = file.text.index("create or replace function")
    body = file.text[start : file.text.rindex("$$;") + 3] if "$$;" in file.text else ""
    assert len(body.splitlines()) <= _LONGEST_FUNCTION
    assert f"revoke all on function {schema_name}.{name}(" in file.text
    assert not re.search(r"grant execute[^;]*\bto public\b", file.text)
    if schema_name == "gate":
        assert f"alter function gate.{name}(" in file.text
        assert "owner to egide_gate;" in file.text
    if "security definer" in file.text:
        assert re.search(r"set search_path = .*pg_temp", file.text)


def test_nobody_is_let_in_by_default(place: Place) -> None:
    query = """
        select p.oid::regprocedure::text as name
          from pg_proc p
         where p.pronamespace in ('public'::regnamespace, 'gate'::regnamespace)
           and (p.proacl is null or exists (select from aclexplode(p.proacl) a where a.grantee = 0)
                or p.prosecdef and p.proconfig is null)
    """

    async def work() -> list[str]:
        async with place.store.pool("owner") as pool, db.transaction(pool) as tx:
            return [row["name"] for row in await db.many(tx, query)]

    assert run(work()) == []


def test_migrating_again_changes_nothing(place: Place) -> None:
    assert run(migrate(place.store.login("owner"))) == []


def test_the_gates_plans_are_made_once_and_by_keys_alone(place: Place) -> None:
    query = "select proconfig from pg_proc where oid = 'gate.ask'::regproc"

    async def work() -> set[str]:
        async with place.store.pool("owner") as pool, db.transaction(pool) as tx:
            return set((await db.many(tx, query))[0]["proconfig"])

    assert run(work()) == {
        "search_path=gate, pg_temp",
        "plan_cache_mode=force_generic_plan",
        "enable_seqscan=off",
        "enable_hashjoin=off",
        "enable_mergejoin=off",
        "lock_timeout=500ms",
    }


def test_the_questions_plan_uses_its_index(place: Place) -> None:
    async def work() -> str:
        query = "explain select person_id from gate.cover where address = gen_random_uuid()"
        async with place.store.pool("owner") as pool, db.transaction(pool) as tx:
            await db.run(tx, "set local enable_seqscan = off")
            return "\n".join(row[0] for row in await db.many(tx, query))

    assert "cover_pkey" in run(work())
