"""The papers are true: generated pages are fresh, every path and command named in them exists."""

import importlib.util
import json
import re
from datetime import date
from pathlib import Path

import jsonschema
import msgspec
import pytest
import yaml

from conftest import ROOT
from egide.cli.main import egide as commands
from egide.drills import make_france
from egide.members.record import PersonRecord
from egide.plans import Catalogue, read_grid
from egide.pricing import price_claim
from pricing.builders import DAY, LAW, act

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


class _EditorLoader(yaml.SafeLoader):
    """Reads a grid as editors do, days as texts."""


_EditorLoader.yaml_implicit_resolvers = {
    sign: [(tag, pattern) for tag, pattern in rules if "timestamp" not in tag]
    for sign, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_HOWTO = ROOT / "docs/howto/add-a-plan.md"


def test_the_schema_of_grids_takes_the_shipped_ones_and_names_a_wrong_field() -> None:
    schema = json.loads((ROOT / "docs/formats/plan.schema.json").read_text())
    grids = sorted((ROOT / "src/egide/plans/grids").glob("*.yaml"))
    for path in grids:
        jsonschema.validate(yaml.load(path.read_text(), Loader=_EditorLoader), schema)
    text = grids[0].read_text()
    for wrong in (
        text.replace("responsable:", "reponsable:"),
        text.replace("actes:", "acte:", 1),
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(yaml.load(wrong, Loader=_EditorLoader), schema)


def test_the_grid_of_the_tutorial_is_read_and_priced_as_its_table_says() -> None:
    text = next(
        block
        for block in re.findall(r"```yaml\n(.*?)```", _HOWTO.read_text(), re.DOTALL)
        if block.startswith("grille:")
    )
    read = read_grid(text)
    assert list(read.levels) == ["MA-GRILLE-E", "MA-GRILLE-C"]
    assert len(read.rows) == 5
    schema = json.loads((ROOT / "docs/formats/plan.schema.json").read_text())
    jsonschema.validate(yaml.load(text, Loader=_EditorLoader), schema)
    acts = [act("ngap:G", 4500), act("libre:osteopathie", 6000)]
    acts += [act("grouping:SHO", 18_000, quantity=2), act("grouping:M03", 15_000)]
    acts.append(act("grouping:VU1", 20_000, quantity=2))
    paid: list[list[int]] = []
    for level in read.levels:
        plan = Catalogue([read]).on(level, DAY)
        assert plan is not None
        lines = price_claim(acts, plan.guarantee, LAW, {}).lines
        paid.append([line.share.amc_cents for line in lines])
    assert paid == [[900, 0, 8000, 2, 4], [2400, 3500, 12_016, 9_997, 9_994]]


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.name)
def test_every_path_and_command_of_a_page_exists(page: Path) -> None:
    text = page.read_text()
    for path in re.findall(r"`(src/egide[\w/.-]+|docs/[\w/.-]+|tests/[\w/.-]+)`", text):
        assert (ROOT / path).exists(), path
    for link in re.findall(r"\]\(([\w/.-]+)\)", text):
        assert (page.parent / link).exists(), link
    for command in re.findall(r"\./egide ([a-z][a-z-]+)", text):
        assert (
            command in {"test", "lint", "format", "generate"} or command in commands.commands
        ), command


def test_a_flow_is_at_most_twelve_lines_each_naming_a_file() -> None:
    for page in (ROOT / "docs" / "flows").glob("*.md"):
        steps = [line for line in page.read_text().splitlines() if re.match(r"\d+\. ", line)]
        assert 0 < len(steps) <= 12
    assert len(list((ROOT / "docs" / "flows").glob("*.md"))) == 8


# What `serve` says to its own workers, and the door to its benches.
_OURS = {"EGIDE_TRUST_CONNECTIONS", "EGIDE_RELAYED_CERTIFICATES", "EGIDE_BENCH_PYTHON"}


def test_every_command_and_setting_is_on_the_reference_page() -> None:
    page = (ROOT / "docs/reference.md").read_text()
    named = set(re.findall(r"`(?:\./egide )?([a-z][a-z-]*)", page))
    assert set(commands.commands) - named == set()
    sources = [ROOT / "egide", *(ROOT / "src/egide").rglob("*.py")]
    settings = {
        name for one in sources for name in re.findall(r"EGIDE_[A-Z_]+", one.read_text())
    }
    assert {name for name in settings - _OURS if f"`{name}`" not in page} == set()
