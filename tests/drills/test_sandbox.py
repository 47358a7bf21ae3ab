"""The vendor's bench: each of its lines comes out as it says, and again as it stands, by the client's own commands."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from conftest import ROOT, Running, now, run
from egide.cli.demo.sandbox import bring_about, take_in_sandbox, write_sandbox
from egide.client.commands import client
from egide.drills.sandbox import make_sandbox

_NUMBERED = {"invoice": "invoice", "preauth": "request"}


@pytest.fixture(scope="module")
def bench(server: Running, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bench, taken in beside the place's own country, and written."""
    made = make_sandbox()
    take_in_sandbox(server.place.settings.data, made)
    run(bring_about(made, server.origin, server.port, now))
    return write_sandbox(tmp_path_factory.mktemp("bench"), made, server.origin)


def _check(answer: dict[str, Any], line: dict[str, Any]) -> None:
    """Check that an answer is what a line of the bench says."""
    if line["command"] == "rights":
        assert ("shown" if "insurance" in answer else "not-shown") == line["outcome"], answer
        return
    assert answer["outcome"] == line["outcome"], answer
    faults = [one["code"]["coding"][0]["code"] for one in answer.get("error", [])]
    assert faults == [one for one in (line["control"],) if one], answer
    reckoned = [row for each in answer.get("item", []) for row in each["adjudication"]]
    rules = {row["category"]["coding"][-1]["code"] for row in reckoned}
    assert not line["rule"] or line["rule"] in rules, answer
    assert ("limit" in rules) is (line["rule"] == "limit"), answer


@pytest.mark.parametrize(
    "row",
    range(len(make_sandbox().outcomes)),
    ids=[one.name for one in make_sandbox().outcomes],
)
def test_a_line_comes_out_as_it_says(bench: Path, row: int) -> None:
    said = json.loads(bench.read_text())
    line = said["outcomes"][row]
    shop = said["establishments"][line["establishment"]]
    words = [line["command"], "-", "--key", str(bench.parent / shop["key"])]
    words += ["--origin", said["origin"], "--establishment", shop["establishment"]]
    sent: dict[str, Any] = {"who": line["who"]}
    if line["items"]:
        sent |= {_NUMBERED[line["command"]]: f"ESSAI-{row}", "items": line["items"]}
    for _ in range(2):
        done = CliRunner().invoke(client, words, input=json.dumps(sent))
        assert done.stdout.startswith("{"), done.output
        answer = json.loads(done.stdout)
        _check(answer, line)


def test_the_bench_is_the_same_each_time() -> None:
    one, other = make_sandbox(), make_sandbox()
    assert (one.outcomes, one.persons) == (other.outcomes, other.persons)
    assert list(one.directory()) == list(other.directory())


def test_the_page_names_each_outcome() -> None:
    page = (ROOT / "docs/howto/test-your-software.md").read_text("utf-8")
    bench = make_sandbox()
    for line in bench.outcomes:
        assert f"| {line.name} |" in page, line.name
    assert bench.persons["card-lost"].card in page
    assert str(bench.shops["pharmacy"].establishment_id) in page
