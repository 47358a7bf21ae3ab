"""The papers are true: generated pages are fresh, every path and command named in them exists."""

import importlib.util
import json
import re
from datetime import date
from pathlib import Path

import jsonschema
import msgspec
import pytest

from conftest import ROOT
from egide.cli.main import egide as commands
from egide.drills import make_france
from egide.members.record import PersonRecord

_spec = importlib.util.spec_from_file_location(
    "write_generated", ROOT / "docs" / "write_generated.py"
)
assert _spec is not None and _spec.loader is not None
_generated = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_generated)
_PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("name", list(_generated.GENERATED))
def test_a_generated_page_is_fresh(name: str) -> None:
    assert (ROOT / "docs" / name).read_text() == _generated.GENERATED[name]()


def test_the_published_schema_takes_what_the_import_takes() -> None:
    schema = json.loads((ROOT / "docs/formats/members.schema.json").read_text())
    for person in make_france(3, today=date(2026, 11, 23), persons=20).persons:
        jsonschema.validate(json.loads(person.record), schema)
        msgspec.json.decode(person.record, type=PersonRecord)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"amc": "775671993"}, schema)


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.name)
def test_every_path_and_command_of_a_page_exists(page: Path) -> None:
    text = page.read_text()
    for path in re.findall(r"`(src/egide/[\w/.-]+|docs/[\w/.-]+|tests/[\w/.-]+)`", text):
        assert (ROOT / path).exists(), path
    for link in re.findall(r"\]\(([\w/.-]+)\)", text):
        assert (page.parent / link).exists(), link
    for command in re.findall(r"\./egide ([a-z][a-z-]+)", text):
        assert command == "test" or command in commands.commands, command


def test_a_flow_is_at_most_twelve_lines_each_naming_a_file() -> None:
    for page in (ROOT / "docs" / "flows").glob("*.md"):
        steps = [line for line in page.read_text().splitlines() if re.match(r"\d+\. ", line)]
        assert 0 < len(steps) <= 12
    assert len(list((ROOT / "docs" / "flows").glob("*.md"))) == 4
