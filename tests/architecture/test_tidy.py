"""The establishment's limits, checked: an exception carries its reason, and the lists only shrink."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import ROOT

_SOURCE = ROOT / "src" / "egide"
_FILES = sorted(_SOURCE.rglob("*.py"))
_BANNED_NAMES = {
    "utils",
    "helpers",
    "common",
    "base",
    "manager",
    "handler",
    "service",
    "data",
    "info",
    "process",
}
# Where the clock is read: the server's one place, and the commands'.
_CLOCKS = {"edge/http.py", "cli/context.py"}
_MOST_PARAMETERS, _MOST_LINES, _LONGEST_FILE, _LONGEST_PACKAGE = 6, 60, 400, 15


def _name(path: Path) -> str:
    return str(path.relative_to(_SOURCE))


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize("path", _FILES, ids=_name)
def test_a_file_keeps_the_limits(path: Path) -> None:
    text = path.read_text()
    tree = ast.parse(text)
    assert ast.get_docstring(tree), "a module says in one sentence what it is"
    assert len(text.splitlines()) <= _LONGEST_FILE
    assert path.stem not in _BANNED_NAMES
    assert not re.search(r"#.*\b(TODO|FIXME|XXX)\b", text)
    for node in ast.walk(tree):
        assert not isinstance(node, ast.Assert), "invariant() always runs, assert does not"
    if _name(path) not in _CLOCKS:
        assert (
            "datetime.now(" not in text and "utcnow(" not in text and "time.time()" not in text
        )


def _told(argument: ast.arg) -> int:
    """Return how many things a parameter tells: each member of a tuple is one."""
    match argument.annotation:
        case ast.Subscript(value=ast.Name(id="tuple"), slice=ast.Tuple(elts=members)):
            return sum(
                not isinstance(one, ast.Constant) or one.value is not ... for one in members
            )
        case _:
            return 1


@pytest.mark.parametrize("path", _FILES, ids=_name)
def test_a_function_keeps_the_limits(path: Path) -> None:
    for function in _functions(path):
        lines = (function.end_lineno or 0) - function.lineno + 1
        assert lines <= _MOST_LINES, f"{function.name}: {lines} lines"
        arguments = function.args
        count = sum(
            _told(a)
            for a in arguments.posonlyargs + arguments.args + arguments.kwonlyargs
            if a.arg not in {"self", "cls"}
        )
        assert count <= _MOST_PARAMETERS, f"{function.name}: {count} parameters"
        for node in ast.walk(function):
            assert not isinstance(node, ast.Import | ast.ImportFrom), (
                f"{function.name} imports: a cycle is a design question"
            )


def test_a_package_is_small_enough_to_be_seen_at_once() -> None:
    for folder in [path for path in _SOURCE.rglob("*") if path.is_dir()]:
        assert len(list(folder.glob("*.py"))) <= _LONGEST_PACKAGE, folder


@pytest.mark.parametrize(
    "package", ["core", "pricing", "ledger", "payments", "claims", "nomenclature"]
)
def test_no_float_comes_near_money(package: str) -> None:
    for path in (_SOURCE / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            is_name = isinstance(node, ast.Name) and node.id == "float"
            is_literal = isinstance(node, ast.Constant) and isinstance(node.value, float)
            assert not is_name and not is_literal, f"{path.name}:{getattr(node, 'lineno', 0)}"


def test_one_writer_writes_what_leaves_in_csv() -> None:
    writers = [path.name for path in _FILES if "csv.writer(" in path.read_text("utf-8")]
    assert writers == ["spreadsheet.py"]


def test_a_row_has_a_name_once_it_leaves_its_statement() -> None:
    named = [path for path in _FILES if "db.Row" in path.read_text("utf-8")]
    assert named == [], "a statement returns what db.read makes: a named, typed row"


def test_a_capabilitys_statements_are_its_own() -> None:
    for path in _FILES:
        package = path.relative_to(_SOURCE).parts[0]
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [alias.name for alias in node.names]
                parts = node.module.split(".")
                is_sql = any(name.split("_")[0] == "sql" for name in [*names, parts[-1]])
                if parts[:1] == ["egide"] and is_sql:
                    assert parts[1] == package, f"{path.name} reaches into {node.module}"


def test_public_functions_and_classes_say_what_a_type_cannot() -> None:
    for path in _FILES:
        for node in ast.parse(path.read_text()).body:
            if isinstance(
                node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
            ) and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{path.name}: {node.name}"


def test_no_lock_file_names_an_index() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        assert "://" not in text
        assert "--hash=sha256:" in text


def test_every_type_exception_gives_its_reason() -> None:
    for path in _FILES:
        for line in path.read_text().splitlines():
            if "type: ignore" in line or "pyright: ignore" in line:
                assert re.search(r"ignore\[[\w-]+\]  # \S+", line), (
                    f"{path.name}: {line.strip()}"
                )
