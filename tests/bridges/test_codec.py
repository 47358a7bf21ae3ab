"""Files of fixed width: what is read is written back to the byte, and nothing wrong passes."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import ROOT
from egide.batches.read import read_page
from egide.bridges import LayoutError, read_file, read_layout, write_file
from egide.cli.main import egide

_PATH = ROOT / "src/egide/bridges/layouts/exemple-invente.yaml"
LAYOUT = read_layout(_PATH)
_WORD = st.text("ABCDEFGHIJ0123456789-é€", min_size=1, max_size=20)
_DAY = st.dates().map(lambda day: day.isoformat())
_ACT = st.fixed_dictionaries(
    {
        "act": st.sampled_from(["grouping:PH7", "ngap:G", "ccam:HBJD001"]),
        "cents": st.integers(0, 999_999_999),
        "on": _DAY,
        "quantity": st.integers(1, 999),
    },
    optional={"side": st.sampled_from(["left", "right", "26"])},
)
_ITEM = st.fixed_dictionaries(
    {
        "invoice": _WORD,
        "who": st.fixed_dictionaries(
            {
                "amc": st.text("0123456789", min_size=8, max_size=10),
                "member": _WORD,
                "birth": _DAY,
                "rank": st.integers(1, 9),
            }
        ),
        "items": st.lists(_ACT, min_size=1, max_size=4),
    },
    optional={"replaces": _WORD},
)


def _items() -> list[dict[str, Any]]:
    act = {"act": "grouping:PH7", "cents": 1_200, "on": "2026-11-27", "quantity": 1}
    who = {"amc": "775671993", "member": "ADH-1", "birth": "1980-01-31", "rank": 1}
    return [
        {"invoice": "F1", "who": who, "items": [act, act | {"cents": 800, "side": "left"}]},
        {"invoice": "F2", "who": who, "items": [act], "replaces": "F0"},
    ]


@given(st.lists(_ITEM, max_size=5), _WORD)
@settings(max_examples=150, deadline=None)
def test_what_is_written_is_read_and_what_is_read_is_written_to_the_byte(
    items: list[dict[str, Any]], batch: str
) -> None:
    data = write_file(LAYOUT, {"batch": batch}, items)
    read = read_file(LAYOUT, data)
    assert not read.faults
    assert (read.head, read.items) == ({"batch": batch}, items)
    assert write_file(LAYOUT, read.head, read.items) == data


def test_what_it_reads_is_a_batch(tmp_path: Path) -> None:
    file = tmp_path / "lot.txt"
    file.write_bytes(write_file(LAYOUT, {"batch": "LOT-1"}, _items()))
    done = CliRunner().invoke(egide, ["bridge", "read", str(_PATH), str(file)])
    assert done.exit_code == 0, done.output
    page = read_page(done.output.encode(), is_csv=False)
    assert (page.batch, page.first, [one.invoice for one in page.lines]) == (
        "LOT-1",
        1,
        ["F1", "F2"],
    )
    back = tmp_path / "lot.ndjson"
    back.write_text(done.output, "utf-8")
    again = CliRunner().invoke(egide, ["bridge", "write", str(_PATH), str(back)])
    assert again.exit_code == 0 and again.stdout_bytes == file.read_bytes()


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_a_file_cut_or_changed_anywhere_is_seen_or_says_the_same(data: st.DataObject) -> None:
    whole = write_file(LAYOUT, {"batch": "LOT-1"}, _items())
    at = data.draw(st.integers(0, len(whole) - 1))
    if data.draw(st.booleans()):
        read = read_file(LAYOUT, whole[:at])
        assert read.faults or whole[at:].strip(b"\r\n") == b""
        return
    byte = data.draw(st.integers(0, 255))
    read = read_file(
        LAYOUT, whole[:at] + bytes([byte]) + whole[at + 1 :]
    )  # never an error of ours
    assert read.faults or len(read.items) == 2


@pytest.mark.parametrize(
    ("change", "line", "at"),
    [
        (lambda rows: rows[:1] + rows[2:], 2, 1),  # a part before anything is begun
        (lambda rows: rows[1:], 1, 1),  # no head
        (lambda rows: [*rows, rows[-1]], 8, 1),  # two totals
        (lambda rows: [*rows, rows[1]], 8, 1),  # after the total
        (lambda rows: rows[:-1], 7, 1),  # no total
        (
            lambda rows: [rows[0], rows[1], *rows[1:]],
            8,
            3,
        ),  # one invoice more than the total counts
        (lambda rows: [rows[0], rows[1][:-1], *rows[2:]], 2, 1),  # too short
        (lambda rows: [rows[0], "77" + rows[1][2:], *rows[2:]], 2, 1),
        (lambda rows: [rows[0][:2] + "INVENTE2" + rows[0][10:], *rows[1:]], 1, 3),
        (
            lambda rows: [*rows[:2], rows[2][:26] + "   12,00 "[:9] + rows[2][35:], *rows[3:]],
            3,
            27,
        ),
        (lambda rows: [*rows[:2], rows[2][:35] + "20261332" + rows[2][43:], *rows[3:]], 3, 36),
        (lambda rows: [rows[0], rows[1][:2] + " F1".ljust(20) + rows[1][22:], *rows[2:]], 2, 3),
    ],
)
def test_a_fault_is_named_by_line_and_character(change: Any, line: int, at: int) -> None:
    whole = write_file(LAYOUT, {"batch": "LOT-1"}, _items()).decode("iso-8859-15")
    rows = change(whole.splitlines())
    read = read_file(LAYOUT, "\r\n".join(rows).encode("iso-8859-15"))
    assert read.faults and (read.faults[0].line, read.faults[0].at) == (line, at), read.faults
    assert all("F1" not in fault.why for fault in read.faults)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("width",), 20),
        (("encoding",), "utf-8"),
        (("records", 1, "type"), "00"),
        (("records", 1, "fields", 1, "at"), 5),
        (("records", 2, "into"), ""),
        (("records", 2, "fields", 2, "length"), 6),
        (("records", 3, "fields", 2, "sums"), "20.rien"),
        (("records", 3, "fields", 0, "counts"), "77"),
        (("records", 1, "fields", 0, "counts"), "20"),
        (("records", 0, "fields", 0, "value"), "COURT"),
        (("records", 0, "unknown"), 1),
        (("records", 2, "role"), "begin"),
    ],
)
def test_a_layout_that_cannot_hold_is_refused(
    tmp_path: Path, path: tuple[Any, ...], value: object
) -> None:
    said: Any = yaml.safe_load(_PATH.read_text("utf-8"))
    held = said
    for name in path[:-1]:
        held = held[name]
    held[path[-1]] = value
    file = tmp_path / "layout.yaml"
    file.write_text(yaml.safe_dump(said), "utf-8")
    with pytest.raises(LayoutError):
        read_layout(file)


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (("invoice",), "F" * 21, r"10\.facture"),
        (("invoice",), " F1", r"10\.facture"),
        (("invoice",), "F\n1", r"10\.facture"),
        (("invoice",), "F\u20bf", r"10\.facture"),
        (("invoice",), 12, r"10\.facture"),
        (("invoice",), None, r"10\.facture"),
        (("who", "birth"), "2026-13-01", r"10\.naissance"),
        (("who", "birth"), "20260101", r"10\.naissance"),
        (("who", "card"), "C" * 26, r"who\.card"),
        (("items", 0, "quantity"), None, r"20\.quantite"),  # never a 0 that nobody said
        (("items", 0, "quantity"), True, r"20\.quantite"),
        (("items", 0, "quantity"), False, r"20\.quantite"),
        (("items", 0, "quantity"), 1.0, r"20\.quantite"),
        (("items", 0, "cents"), -1, r"20\.prix"),
        (("items", 0, "situation"), "ald", r"situation"),
        (("items",), "PH7", r"items"),
        (("items",), {"act": "ngap:G"}, r"items"),
        (("items", 0), "PH7", r"items"),
    ],
)
def test_what_would_not_be_read_back_is_refused_by_its_field(
    path: tuple[Any, ...], value: object, place: str
) -> None:
    items = msgspec.json.decode(msgspec.json.encode(_items()))
    held: Any = items[1]
    for name in path[:-1]:
        held = held[name]
    held[path[-1]] = value
    with pytest.raises(ValueError, match=rf"élément 2\b.*{place}"):
        write_file(LAYOUT, {"batch": "L"}, items)
