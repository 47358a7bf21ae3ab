"""Files one after another: numbered, full, and numbers that two persons would hold."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from conftest import Place, now, run
from egide import db
from egide.core.identifiers import AmcNumber
from egide.core.refusal import Refusal
from egide.directory import take_in
from egide.drills.france import make_france
from egide.members import ImportOutcome, ImportRefusedError, ImportTerms, import_members
from egide.vault import Addresses, KeyRing, Sealer

# Of an insurer of its own, that no other test imports for.
_AMC = "401234563"
_MODEL = "30310012"


def _rows(seed: int, count: int) -> list[dict[str, Any]]:
    people = make_france(seed, today=now().date(), persons=count * 12).persons
    mine = [one for one in people if one.amc == _MODEL and one.covered and one.card][:count]
    assert len(mine) == count
    rows: list[dict[str, Any]] = [json.loads(one.record) for one in mine]
    open_from = (now().date() - timedelta(days=400)).isoformat()
    return [
        row
        | {"amc": _AMC, "person": f"Q{seed}-{row['person']}"}
        | {"covers": [{"from": open_from, "plan": row["covers"][0]["plan"]}]}
        for row in rows
    ]


def _file(path: Path, rows: list[dict[str, Any]], **header: Any) -> Path:
    head = {"format": "egide-members/1", **header}
    path.write_text("".join(json.dumps(row) + "\n" for row in [head, *rows]))
    return path


def _import(
    place: Place, path: Path, *, skip: bool = False, absent: int | None = None
) -> ImportOutcome:
    async def work() -> ImportOutcome:
        async with place.store.pool("loader") as pool:
            terms = ImportTerms(keys=place.keys, skip_refused=skip, absent=absent)
            return await import_members(pool, path, terms, now=now())

    return run(work())


def _covered(place: Place, row: dict[str, Any]) -> bool:
    """Tell whether a person is covered today."""
    person = Addresses(KeyRing.open(place.keys)).person(AmcNumber.parse(_AMC), row["person"])
    query = (
        "select count(*) as n from gate.cover, (select (now() at time zone 'Europe/Paris')::date as day) t "
        "where person_id = $1 and start_on <= t.day and (end_on is null or end_on > t.day)"
    )

    async def work() -> int:
        async with place.store.pool("owner") as pool, db.transaction(pool) as tx:
            return (await db.many(tx, query, person))[0]["n"]

    return run(work()) > 0


def _report(path: Path) -> list[dict[str, Any]]:
    text = path.with_name(f"{path.name}.report.ndjson").read_text()
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def numbered(place: Place, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Forty persons of an insurer of its own, whose first full file leaves out three that it had."""
    line = {"kind": "insurer", "id": str(uuid4()), "amc": _AMC, "name": "Mutuelle des Suites"}
    folder = tmp_path_factory.mktemp("first")

    async def work() -> None:
        async with place.store.pool("owner") as pool:
            sealer = Sealer(KeyRing.open(place.keys))
            assert not (
                await take_in(pool, [json.dumps(line).encode()], sealer=sealer, now=now())
            ).faults

    run(work())
    _import(place, _file(folder / "0.ndjson", _rows(810, 3)))
    rows = _rows(811, 40)
    first = _file(folder / "full.ndjson", rows, amc=_AMC, sequence=1, kind="full")
    with pytest.raises(Refusal) as refused:
        _import(place, first)
    assert "--absent 3" in refused.value.hint
    with pytest.raises(Refusal):
        _import(place, first, absent=2)
    outcome = _import(place, first, absent=3)
    assert (outcome.persons, outcome.closed) == (40, 3)
    return rows


def test_an_older_file_is_refused_and_the_next_one_is_taken(
    place: Place, tmp_path: Path, numbered: list[dict[str, Any]]
) -> None:
    ended = numbered[0] | {"covers": [{**numbered[0]["covers"][0], "to": "2026-01-31"}]}
    second = _file(tmp_path / "2.ndjson", [ended], amc=_AMC, sequence=2)
    assert _import(place, second).persons == 1
    assert not _covered(place, numbered[0])
    assert _import(place, second).already
    for path in (
        _file(tmp_path / "1.ndjson", [numbered[0]], amc=_AMC, sequence=1),
        _file(tmp_path / "2b.ndjson", [numbered[0]], amc=_AMC, sequence=2),
        _file(tmp_path / "0.ndjson", [numbered[0]], amc=_AMC),
        _file(tmp_path / "n.ndjson", [numbered[0]]),
    ):
        with pytest.raises(Refusal) as refused:
            _import(place, path)
        assert refused.value.where == "ligne 1" and " 2" in refused.value.hint
        assert not _covered(place, numbered[0])
    assert _import(place, _file(tmp_path / "3.ndjson", [numbered[0]], amc=_AMC, sequence=3))
    assert _covered(place, numbered[0])


def test_a_full_file_closes_whom_it_leaves_out_and_takes_them_back(
    place: Place, tmp_path: Path, numbered: list[dict[str, Any]]
) -> None:
    gone, *stay = numbered
    short = _file(tmp_path / "4.ndjson", stay, amc=_AMC, sequence=4, kind="full")
    outcome = _import(place, short)
    assert (outcome.closed, _covered(place, gone), _covered(place, stay[0])) == (1, False, True)
    again = _file(tmp_path / "5.ndjson", numbered, amc=_AMC, sequence=5, kind="full")
    assert _import(place, again).closed == 0
    assert _covered(place, gone)


def test_a_full_file_with_a_bad_line_closes_nobody(
    place: Place, tmp_path: Path, numbered: list[dict[str, Any]]
) -> None:
    bad = [*numbered[:-1], numbered[-1] | {"birth": "20991301"}]
    path = _file(tmp_path / "6.ndjson", bad, amc=_AMC, sequence=6, kind="full")
    with pytest.raises(ImportRefusedError):
        _import(place, path, skip=True)
    assert all(_covered(place, row) for row in numbered)


@pytest.mark.parametrize(
    "header",
    [
        {"sequence": 7},
        {"kind": "full"},
        {"amc": _AMC, "sequence": -1},
        {"amc": _AMC, "kind": "partial"},
        {"amc": _AMC, "sequence": "7"},
        {"amc": _AMC, "sequence": 0},
        {"amc": _AMC, "of": "today"},
        {"amc": "999999999"},
    ],
)
def test_a_header_that_says_it_badly_is_refused(
    place: Place, tmp_path: Path, numbered: list[dict[str, Any]], header: dict[str, Any]
) -> None:
    with pytest.raises(Refusal) as refused:
        _import(place, _file(tmp_path / "bad.ndjson", numbered, **header))
    assert refused.value.hint


def test_a_csv_says_the_same_on_its_first_line(
    place: Place, tmp_path: Path, numbered: list[dict[str, Any]]
) -> None:
    path = tmp_path / "old.csv"
    path.write_text(f"# egide-members/1;amc={_AMC};sequence=1;kind=changes;;;\n")
    with pytest.raises(Refusal) as refused:
        _import(place, path)
    assert refused.value.where == "ligne 2"
    columns = "amc;person;contract;member;nir;birth;rank;family_name;given_name;email;phone;card;covers"
    path.write_text(f"# egide-members/1;amc={_AMC};sequence=1;kind=changes;;;\n{columns}\n")
    with pytest.raises(Refusal) as refused:
        _import(place, path)
    assert "déjà pris" in refused.value.hint


def test_a_full_file_gives_a_leavers_numbers_to_another(
    place: Place, tmp_path: Path, numbered: list[dict[str, Any]]
) -> None:
    renamed = numbered[5] | {"person": "RENAMED-1"}
    rows = [row for row in numbered if row is not numbered[5]]
    path = _file(tmp_path / "7.ndjson", [*rows, renamed], amc=_AMC, sequence=7, kind="full")
    outcome = _import(place, path)
    assert (outcome.closed, _covered(place, renamed), _covered(place, numbered[5])) == (
        1,
        True,
        False,
    )
    back = _file(tmp_path / "8.ndjson", numbered, amc=_AMC, sequence=8, kind="full")
    assert _import(place, back).closed == 1


class TestNumbersOfAnother:
    @pytest.mark.usefixtures("numbered")
    def test_a_card_of_another_insurers_member(self, place: Place, tmp_path: Path) -> None:
        theirs = next(
            one for one in place.france.persons if one.card and one.covered and one.amc != _AMC
        )
        [fresh] = _rows(816, 1)
        fresh["card"] = theirs.card
        path = _file(tmp_path / "card.ndjson", [fresh], amc=_AMC, sequence=30)
        with pytest.raises(ImportRefusedError):
            _import(place, path)
        [said] = _report(path)
        assert said["field"] == "card"

    # A number that another covered person has is refused by name, and takes no other line with it.

    def _taken(
        self, place: Place, path: Path, rows: list[dict[str, Any]], number: int
    ) -> ImportOutcome:
        file = _file(path, rows, amc=_AMC, sequence=number)
        with pytest.raises(ImportRefusedError):
            _import(place, file)
        assert not any(_covered(place, row) for row in rows)
        return _import(place, file, skip=True)

    def test_a_card_or_a_member_number(
        self, place: Place, tmp_path: Path, numbered: list[dict[str, Any]]
    ) -> None:
        fresh = _rows(812, 4)
        fresh[0]["card"] = numbered[1]["card"]
        for name in ("member", "birth", "rank"):
            fresh[1][name] = numbered[2][name]
        path = tmp_path / "held.ndjson"
        outcome = self._taken(place, path, fresh, 20)
        assert (outcome.persons, outcome.refused) == (2, 2)
        assert [(row["line"], row["field"]) for row in _report(path)] == [
            (2, "card"),
            (3, "member"),
        ]
        assert [_covered(place, row) for row in fresh] == [False, False, True, True]
        assert _covered(place, numbered[1]) and _covered(place, numbered[2])

    @pytest.mark.usefixtures("numbered")
    def test_twins_of_one_rank_are_both_refused(self, place: Place, tmp_path: Path) -> None:
        first, other, third = _rows(813, 3)
        other |= {name: first[name] for name in ("member", "birth", "rank")}
        outcome = self._taken(place, tmp_path / "twins.ndjson", [first, other, third], 21)
        assert (outcome.persons, outcome.refused) == (1, 2)

    def test_a_nir_is_taken_and_reported(
        self, place: Place, tmp_path: Path, numbered: list[dict[str, Any]]
    ) -> None:
        [fresh] = _rows(814, 1)
        fresh |= {name: numbered[3][name] for name in ("nir", "birth", "rank")}
        path = _file(tmp_path / "nir.ndjson", [fresh], amc=_AMC, sequence=22)
        outcome = _import(place, path)
        assert (outcome.persons, outcome.refused, outcome.doubtful) == (1, 0, 1)
        [said] = _report(path)
        assert said["field"] == "nir" and said["reason"].startswith("Prise")

    def test_what_another_no_longer_has_is_free(
        self, place: Place, tmp_path: Path, numbered: list[dict[str, Any]]
    ) -> None:
        old, new = numbered[4], _rows(815, 1)[0]
        yesterday = (now().date() - timedelta(days=1)).isoformat()
        ended = old | {"covers": [{**old["covers"][0], "to": yesterday}]}
        new |= {name: old[name] for name in ("member", "birth", "rank", "card", "nir")}
        new["covers"] = [{"from": now().date().isoformat(), "plan": old["covers"][0]["plan"]}]
        path = _file(tmp_path / "moved.ndjson", [ended, new], amc=_AMC, sequence=23)
        outcome = _import(place, path)
        assert (outcome.persons, outcome.refused, outcome.doubtful) == (2, 0, 0)
        assert _covered(place, new) and not _covered(place, old)
