"""Every statement of the product is prepared against the real schema, under the role that runs it."""

import ast
import re
from pathlib import Path

import pytest

from conftest import ROOT, Place, run
from egide import db
from egide.checks.laws import law_queries
from egide.db.migrate import migrate, migration_files

_STATEMENT = re.compile(r"^\s*(select|insert|update|delete|with)\b", re.IGNORECASE)
_ROLES: dict[str, list[db.Role]] = {
    "members": ["loader"],
    "payments": ["payer", "owner", "app"],
    "directory": ["owner"],
    "plans": ["owner"],
    "nomenclature": ["owner"],
    "db": ["owner"],
    "cli": ["owner"],
    "accesslog": ["logger", "app", "owner"],
    "drills": ["owner"],
    "access": ["app"],
    "people": ["app", "owner", "loader"],
    "rights": ["app"],
    "claims": ["app", "owner"],
    "ledger": ["app"],
}


def _statements() -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    for path in sorted((ROOT / "src" / "egide").rglob("*.py")):
        package = path.relative_to(ROOT / "src" / "egide").parts[0]
        if package == "checks":
            continue
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
                    found.append((package, f"{_short(path)}:{node.target.id}", text))
    return found


def _short(path: Path) -> str:
    return "/".join(path.parts[-2:])


_ALL = _statements()


def test_there_are_statements() -> None:
    assert len(_ALL) > 40


@pytest.mark.parametrize(("package", "name", "text"), _ALL, ids=[name for _, name, _ in _ALL])
def test_a_statement_fits_the_schema_and_its_roles_rights(
    place: Place, package: str, name: str, text: str
) -> None:
    async def work(role: db.Role) -> None:
        async with place.store.pool(role) as pool, db.transaction(pool) as tx:
            await tx.connection.prepare(text)
            # Rights are checked when a plan is run; explaining it without values asks for a plan.
            await db.run(tx, "explain (generic_plan) " + text)  # type: ignore[operator]

    errors: list[str] = []
    for role in _ROLES[package]:
        try:
            run(work(role))
        except db.DatabaseError as error:
            errors.append(str(error))
        else:
            return
    raise AssertionError(errors)


@pytest.mark.parametrize("law", list(law_queries()))
def test_a_laws_query_fits_the_schema(place: Place, law: str) -> None:
    async def work() -> None:
        async with place.store.pool("owner") as pool, db.transaction(pool) as tx:
            await tx.connection.prepare(law_queries()[law])

    run(work())


def test_the_house_writes_sql_one_way() -> None:
    for _, name, text in _ALL:
        assert not re.search(r"select\s+\w+\.\*|select \* from (?!unnest)", text), name
        assert "limit" in text or not re.search(r"\bfor update skip locked\b", text), name


def test_migrations_are_numbered_and_forward_only() -> None:
    names = [name for name, _ in migration_files()]
    assert [name[:4] for name in names] == [f"{n:04d}" for n in range(1, len(names) + 1)]
    assert not any("drop table" in text for _, text in migration_files())


def test_migrating_again_changes_nothing(place: Place) -> None:
    assert run(migrate(place.store.login("owner"))) == []


def test_the_questions_plan_uses_its_index(place: Place) -> None:
    async def work() -> str:
        query = "explain select person_id from gate.cover where address = gen_random_uuid()"
        async with place.store.pool("owner") as pool, db.transaction(pool) as tx:
            await db.run(tx, "set local enable_seqscan = off")
            return "\n".join(row[0] for row in await db.many(tx, query))

    assert "cover_pkey" in run(work())
