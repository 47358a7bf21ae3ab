"""Imports: whole or not at all, once, resumed, sealed; and every bad line named."""

import asyncio
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import zstandard

from conftest import Place, now, run
from egide import db
from egide.core.identifiers import AmcNumber
from egide.core.refusal import Refusal
from egide.drills.france import PLAN, make_france
from egide.members import ImportOutcome, ImportRefusedError, ImportTerms, import_members
from egide.members.identity import read_identity
from egide.members.record import CSV_COLUMNS
from egide.vault import Addresses, KeyRing, Sealed, Sealer

_HEADER = '{"format":"egide-members/1"}\n'


def _rows(seed: int, count: int = 12) -> list[dict[str, Any]]:
    amc = "775671993"
    people = [
        p
        for p in make_france(seed, today=now().date(), persons=count * 3).persons
        if p.amc == amc
    ][:count]
    rows: list[dict[str, Any]] = [json.loads(person.record) for person in people]
    return [row | {"person": f"S{seed}-{row['person']}"} for row in rows]


def _ndjson(rows: list[dict[str, Any]]) -> bytes:
    return (_HEADER + "".join(json.dumps(row) + "\n" for row in rows)).encode()


def _csv(rows: list[dict[str, Any]]) -> bytes:
    lines = ["# egide-members/1", ";".join(CSV_COLUMNS)]
    for row in rows:
        covers = " ".join(f"{c['from']}/{c.get('to', '')}/{c['plan']}" for c in row["covers"])
        flat = row | row["contact"] | {"covers": covers}
        lines.append(";".join(str(flat[name]) for name in CSV_COLUMNS))
    return ("\n".join(lines) + "\n").encode()


async def _import(place: Place, path: Path, *, skip: bool = False) -> ImportOutcome:
    async with place.store.pool("loader") as pool:
        return await import_members(
            pool, path, ImportTerms(keys=place.keys, skip_refused=skip), now=now()
        )


def _take(place: Place, path: Path, content: bytes, *, skip: bool = False) -> ImportOutcome:
    path.write_bytes(content)
    return run(_import(place, path, skip=skip))


async def _one(place: Place, query: str, *values: object) -> Any:
    async with place.store.pool("owner") as pool, db.statement(pool) as tx:
        row = await db.first(tx, query, *values)  # type: ignore[arg-type]
        return row[0] if row else None


def _person_id(place: Place, row: dict[str, Any]) -> Any:
    return Addresses(KeyRing.open(place.keys)).person(
        AmcNumber.parse(row["amc"]), row["person"]
    )


def _known(place: Place, row: dict[str, Any]) -> bool:
    query = "select count(*) from gate.person where person_id = $1"
    return bool(run(_one(place, query, _person_id(place, row))))


@pytest.mark.parametrize("form", ["ndjson", "csv", "gzip", "zstd"])
def test_every_form_of_one_file_takes_the_same_persons(
    place: Place, tmp_path: Path, form: str
) -> None:
    rows = _rows(100 + len(form) * 7 + ord(form[0]))
    content = _csv(rows) if form == "csv" else _ndjson(rows)
    if form == "gzip":
        content = gzip.compress(content)
    if form == "zstd":
        content = zstandard.compress(content)
    outcome = _take(place, tmp_path / "members", content)
    assert (outcome.lines, outcome.persons, outcome.refused) == (12, 12, 0)
    assert all(_known(place, row) for row in rows)


def test_the_same_content_is_taken_once(place: Place, tmp_path: Path) -> None:
    content = _ndjson(_rows(201))
    first = _take(place, tmp_path / "a", content)
    second = _take(place, tmp_path / "b", content)
    assert not first.already and second.already
    assert second.persons == first.persons


def test_a_file_that_comes_again_after_another_is_taken_again(
    place: Place, tmp_path: Path
) -> None:
    """An end of rights sent, taken back, and sent again: the last state holds."""
    rows = _rows(203)
    ended = [
        row | {"covers": [{"from": "2026-01-01", "to": "2026-03-31", "plan": PLAN}]}
        for row in rows
    ]
    query = "select count(*) from gate.cover where person_id = $1 and end_on = '2026-04-01'"
    for name, content, is_ended in (
        ("open", rows, False),
        ("ended", ended, True),
        ("open again", rows, False),
        ("ended again", ended, True),
    ):
        assert not _take(place, tmp_path / name, _ndjson(content)).already
        assert bool(run(_one(place, query, _person_id(place, rows[0])))) is is_ended


@pytest.mark.parametrize(
    ("begin", "end", "tail"),
    [
        ("\ufeff", "", ""),
        ("", ";" * 12, ""),
        ("\ufeff", ";" * 12, ";" * 12 + "\r\n\r\n"),
    ],
)
def test_a_spreadsheets_csv_is_taken(
    place: Place, tmp_path: Path, begin: str, end: str, tail: str
) -> None:
    rows = _rows(210 + len(begin) + len(end) + len(tail))
    head, rest = _csv(rows).decode().split("\n", 1)
    content = f"{begin}{head.rstrip()}{end}\r\n{rest}{tail}".encode()
    outcome = _take(place, tmp_path / "members.csv", content)
    assert (outcome.persons, outcome.refused) == (12, 0)


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"birth": "20991231"}, "birth", "à venir"),
        ({"birth": "19609999"}, "birth", "n'existe pas"),
        ({"rank": "deux"}, "rank", "rang"),
        ({"family_name": "Lef\u00e8vre"}, "ligne", "UTF-8"),
    ],
)
def test_a_csvs_fault_names_its_own_field(
    place: Place, tmp_path: Path, change: dict[str, Any], field: str, said: str
) -> None:
    row = _rows(230)[0] | change
    encoding = "cp1252" if field == "ligne" else "utf-8"
    content = _csv([row]).decode().encode(encoding)
    with pytest.raises(ImportRefusedError):
        _take(place, tmp_path / "members.csv", content)
    [fault] = [
        json.loads(line)
        for line in (tmp_path / "members.csv.report.ndjson").read_text().splitlines()
    ]
    assert fault["field"] == field
    assert said in fault["reason"] + fault["remedy"]


def test_a_changed_person_is_replaced_and_an_absent_one_stays(
    place: Place, tmp_path: Path
) -> None:
    rows = _rows(202)
    _take(place, tmp_path / "a", _ndjson(rows))
    changed = rows[0] | {
        "covers": [{"from": "2026-01-01", "to": "2026-06-30", "plan": PLAN}],
        "card": "",
    }
    _take(place, tmp_path / "b", _ndjson([changed]))
    covers = "select array_agg(basis || start_on::text || end_on::text order by basis) from gate.cover where person_id = $1"
    found = run(_one(place, covers, _person_id(place, rows[0])))
    assert found == ["U2026-01-012026-07-01"] * 2
    assert _known(place, rows[1])


_WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "key of the NIR": ({"nir": "180035912345600"}, "nir"),
    "birth date": ({"birth": "19"}, "birth"),
    "unknown insurer": ({"amc": "999999999"}, "amc"),
    "rank": ({"rank": 0}, "rank"),
    "rank as text": ({"rank": "1"}, "rank"),
    "card": ({"card": "ABC"}, "card"),
    "unknown plan": ({"covers": [{"from": "2026-01-01", "plan": "NOPE"}]}, "covers"),
    "no cover": ({"covers": []}, "covers"),
    "end before start": (
        {"covers": [{"from": "2026-02-01", "to": "2026-01-01", "plan": PLAN}]},
        "covers",
    ),
    "overlap": (
        {
            "covers": [
                {"from": "2026-01-01", "plan": PLAN},
                {"from": "2026-02-01", "plan": PLAN},
            ]
        },
        "covers",
    ),
    "unknown field": ({"salary": 1}, "salary"),
    "empty reference": ({"person": ""}, "person"),
    "endless name": ({"family_name": "x" * 200}, "family_name"),
}


@pytest.mark.parametrize("name", list(_WRONG))
def test_a_bad_line_refuses_the_file_and_is_named(
    place: Place, tmp_path: Path, name: str
) -> None:
    change, field = _WRONG[name]
    rows = _rows(300)
    rows[4] = rows[4] | change | {"phone_of_test": name} if False else rows[4] | change
    path = tmp_path / f"bad-{name}.ndjson"
    with pytest.raises(ImportRefusedError) as refused:
        _take(place, path, _ndjson(rows))
    faults = [json.loads(line) for line in refused.value.report.read_text().splitlines()]
    assert [(fault["line"], fault["field"]) for fault in faults] == [(6, field)]
    assert all(fault["reason"] and fault["remedy"] for fault in faults)
    for value in (rows[4]["nir"], rows[4]["family_name"]):
        assert str(value) not in refused.value.report.read_text()
    assert not _known(place, rows[0])


def test_the_option_takes_the_good_lines(place: Place, tmp_path: Path) -> None:
    rows = _rows(301)
    rows[4] |= {"birth": "x"}
    rows.append(rows[0])  # the same person twice: the second is refused
    content = _ndjson(rows).replace(b'"rank": 1', b'"rank": 1', 1) + b"not json\n"
    outcome = _take(place, tmp_path / "a.ndjson", content, skip=True)
    assert (outcome.lines, outcome.persons, outcome.refused) == (14, 11, 3)
    lines = [
        json.loads(line)["line"]
        for line in (tmp_path / "a.ndjson.report.ndjson").read_text().splitlines()
    ]
    assert lines == [6, 14, 15]
    assert _known(place, rows[0]) and not _known(place, rows[4])


def test_a_person_named_twice_refuses_the_file(place: Place, tmp_path: Path) -> None:
    rows = _rows(302)
    with pytest.raises(ImportRefusedError):
        _take(place, tmp_path / "a", _ndjson([*rows, rows[3] | {"member": "42"}]))
    assert not _known(place, rows[3])


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(_ndjson(_rows(303)))[:-20],
        zstandard.compress(_ndjson(_rows(303)))[:-9],
        b"",
        b"{}\n",
        b"# egide-members/1\namc;nir\n",
        b"\xff\xfe\x00",
    ],
    ids=["half a gzip", "half a zstd", "empty", "no header", "other columns", "not UTF-8"],
)
def test_a_file_that_cannot_be_read_is_refused_and_nothing_is_taken(
    place: Place, tmp_path: Path, content: bytes
) -> None:
    with pytest.raises((Refusal, ImportRefusedError)):
        _take(place, tmp_path / "a", content)
    assert not _known(place, _rows(303)[0])


def test_an_interrupted_import_goes_on_where_it_stopped(place: Place, tmp_path: Path) -> None:
    rows = _rows(304, count=40)
    path = tmp_path / "a"
    path.write_bytes(_ndjson(rows))

    class Killed(Exception):
        pass

    async def interrupted() -> None:
        def progress(_: int) -> None:
            raise Killed

        async with place.store.pool("loader") as pool:
            await import_members(
                pool,
                path,
                ImportTerms(keys=place.keys, skip_refused=False),
                now=now(),
                progress=progress,
            )

    with pytest.raises(Killed):
        run(interrupted())
    assert not _known(place, rows[0])
    outcome = run(_import(place, path))
    assert outcome.resumed_at == 41
    assert outcome.persons == 40
    assert all(_known(place, row) for row in rows)


def test_nothing_of_an_identity_is_in_the_database_in_clear(place: Place) -> None:
    dumped = run(_one(place, "select string_agg(p::text, '') from gate.person p"))
    dumped += run(_one(place, "select string_agg(c::text, '') from gate.cover c"))
    for person in place.france.persons[:50]:
        record = json.loads(person.record)
        for secret in (
            person.nir,
            person.nir[:13],
            record["family_name"],
            person.card or "no card",
        ):
            assert secret not in dumped
            assert secret.encode().hex() not in dumped


def test_what_is_sealed_can_be_shown_back_with_the_ring(place: Place) -> None:
    person = place.france.persons[0]
    row = json.loads(person.record)
    person_id = _person_id(place, row)

    async def sealed() -> Sealed:
        async with place.store.pool("owner") as pool, db.statement(pool) as tx:
            found = await db.first(
                tx,
                "select sealed, wrapped_key from gate.person where person_id = $1",
                person_id,
            )
            assert found is not None
            return Sealed(found["sealed"], found["wrapped_key"])

    text = Sealer(KeyRing.open(place.keys)).unseal(run(sealed()), person_id.bytes)
    identity = read_identity(text)
    assert (identity.nir, identity.birth, identity.member) == (
        person.nir,
        person.birth,
        person.member,
    )
    assert (identity.family_name, identity.contact.phone) == (
        row["family_name"],
        row["contact"]["phone"],
    )


def test_one_bad_row_of_csv_takes_no_other_with_it(place: Place, tmp_path: Path) -> None:
    rows = _rows(305)
    lines = _csv(rows).split(b"\n")
    lines[4] = lines[4].replace(b";", b';"a" b;', 1)
    lines[7] = b"\xff" + lines[7]
    outcome = _take(place, tmp_path / "a.csv", b"\n".join(lines), skip=True)
    assert (outcome.persons, outcome.refused) == (10, 2)
    reported = (tmp_path / "a.csv.report.ndjson").read_text().splitlines()
    assert [json.loads(line)["line"] for line in reported] == [5, 8]


def test_the_last_day_there_is_means_no_end(place: Place, tmp_path: Path) -> None:
    covers = [{"from": "2026-01-01", "to": "9999-12-31", "plan": PLAN}]
    row = _rows(306, count=1)[0] | {"covers": covers}
    assert _take(place, tmp_path / "a", _ndjson([row])).persons == 1
    query = "select bool_and(end_on is null) from gate.cover where person_id = $1"
    assert run(_one(place, query, _person_id(place, row))) is True


def test_two_imports_of_one_file_at_once_take_it_once(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(_ndjson(_rows(307)))

    async def both() -> list[ImportOutcome]:
        return list(await asyncio.gather(_import(place, path), _import(place, path)))

    assert sorted(outcome.already for outcome in run(both())) == [False, True]
    assert run(_one(place, "select count(*) from import_staged")) == 0


@pytest.mark.parametrize("skip", [False, True])
def test_a_file_of_nothing_but_faults_ends_at_ten_thousand_and_leaves_nothing(
    place: Place, tmp_path: Path, skip: bool
) -> None:
    """Three kilobytes of gzip wrote a report of 132 MB: a report is for people to mend from."""
    content = _ndjson(_rows(207)) + b"{}\n" * (1_000_000 + skip)
    path = tmp_path / "swollen"
    with pytest.raises(ImportRefusedError) as refused:
        _take(place, path, gzip.compress(content), skip=skip)
    report = refused.value.report
    assert len(report.read_bytes().splitlines()) == 10_000
    assert report.stat().st_mode & 0o777 == 0o600
    assert run(_one(place, "select count(*) from import_staged")) == 0
    assert not any(_known(place, row) for row in _rows(207))
