"""An insurer that takes another number, and what a directory file says of somebody known otherwise."""

import json
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner

from conftest import Place, Running, now, run
from egide import db
from egide.accounts import sql as accounts_sql
from egide.accounts.insured import issue_codes
from egide.cli.log.erase import erase
from egide.client.messages import CLAIM_PATH, RIGHTS_PATH, by_card, claim, item
from egide.core.identifiers import AmcNumber, BirthDate, MemberNumber
from egide.core.refusal import Refusal
from egide.directory import DirectoryReport, take_in
from egide.drills.france import make_france
from egide.members import ImportOutcome, ImportRefusedError, ImportTerms, cards, import_members
from egide.vault import Addresses, KeyRing, Sealer, kept
from web.test_fhir_in import _question, _send

_MODEL = "30310012"


def _directory(place: Place, *records: dict[str, Any]) -> DirectoryReport:
    async def work() -> DirectoryReport:
        async with place.store.pool("owner") as pool:
            lines = [json.dumps(one).encode() for one in records]
            sealer = Sealer(KeyRing.open(place.keys))
            return await take_in(pool, lines, sealer=sealer, now=now())

    return run(work())


def _insurer(amc: str, ident: str, name: str = "Mutuelle des Numéros") -> dict[str, Any]:
    return {"kind": "insurer", "id": ident, "amc": amc, "name": name}


def _person(amc: str, seed: int) -> dict[str, Any]:
    people = make_france(seed, today=now().date(), persons=60).persons
    row: dict[str, Any] = json.loads(
        next(one for one in people if one.amc == _MODEL and one.card).record
    )
    since = (now().date() - timedelta(days=300)).isoformat()
    covers = [{"from": since, "plan": row["covers"][0]["plan"]}]
    return row | {"amc": amc, "person": f"N-{seed}", "rank": 1, "covers": covers}


def _import(
    place: Place,
    path: Path,
    row: dict[str, Any],
    amc: str | None = None,
    head: dict[str, Any] | None = None,
) -> ImportOutcome:
    """Import a person; ``amc`` is whose file it is said to be, ``head`` what the file says of itself."""
    first = {"format": "egide-members/1"} | (head or {})
    path.write_text(f"{json.dumps(first)}\n{json.dumps(row)}\n")

    async def work() -> ImportOutcome:
        async with place.store.pool("loader") as pool:
            terms = ImportTerms(keys=place.keys, amc=amc)
            return await import_members(pool, path, terms, now=now())

    return run(work())


def _found(place: Place, row: dict[str, Any], printed: str, named: str) -> set[UUID]:
    """Return whom the gate finds by the number printed on a card, where the question names an insurer."""
    address = Addresses(KeyRing.open(place.keys)).member(
        AmcNumber.parse(printed),
        MemberNumber.parse(row["member"]),
        BirthDate.parse(row["birth"]),
        row["rank"],
    )
    query = "select person_id from gate.covers(null, 'rights', 'U', $1, current_date, null, $2) where on_day"

    async def work() -> set[UUID]:
        async with place.store.pool("owner") as pool, db.transaction(pool) as tx:
            there = UUID(bytes=kept(address.bytes))
            return {one["person_id"] for one in await db.many(tx, query, there, named)}

    return run(work())


def test_who_holds_a_card_of_the_former_number_is_answered_and_a_new_one_too(
    place: Place, tmp_path: Path
) -> None:
    old, new, ident = "402234561", "402234562", str(uuid4())
    path = tmp_path / "members.ndjson"
    row = _person(old, 901)
    assert not _directory(place, _insurer(old, ident)).faults
    assert _import(place, path, row).persons == 1
    (person,) = _found(place, row, old, old)
    assert not _directory(place, _insurer(new, ident, "Mutuelle des Numéros réunis")).faults
    for named in (old, new):
        assert _found(place, row, old, named) == {person}
    assert not _found(place, row, old, _MODEL)
    # The same content again is not "already there": cards of the new number are answered from then on.
    assert not _found(place, row, new, new)
    assert not _import(place, path, row).already
    assert _found(place, row, new, new) == _found(place, row, old, old) == {person}
    # Under either number, in a file of either, it is the same person.
    ended = row | {"amc": new, "family_name": "Autre"}
    assert _import(place, path, ended, amc=old).persons == 1
    assert _found(place, row, new, old) == _found(place, row, old, new) == {person}
    late = row | {
        "amc": new,
        "covers": [{**row["covers"][0], "to": row["covers"][0]["from"]}],
    }
    assert _import(place, path, late, amc=new).persons == 1
    assert not _found(place, row, old, old) and not _found(place, row, new, new)


def test_a_person_that_comes_after_the_change_has_both_numbers_and_its_card_the_new_one(
    place: Place, tmp_path: Path
) -> None:
    old, new, ident = "402234571", "402234572", str(uuid4())
    for number in (old, new):
        assert not _directory(place, _insurer(number, ident)).faults
    row = _person(new, 902)
    assert _import(place, tmp_path / "m.ndjson", row).persons == 1
    assert _found(place, row, old, new) == _found(place, row, new, old) != set()

    async def printed() -> list[cards.Card]:
        ring = KeyRing.open(place.keys)
        async with place.store.pool("owner") as pool, db.transaction(pool) as tx:
            made = cards.cards(
                tx, Addresses(ring), Sealer(ring), AmcNumber.parse(old), [row["person"]]
            )
            return [one async for one in made]

    assert [one.amc for one in run(printed())] == [new]


def test_a_number_is_one_insurers_for_ever(place: Place) -> None:
    old, new, ident = "402234581", "402234582", str(uuid4())
    for number in (old, new):
        assert not _directory(place, _insurer(number, ident)).faults
    other = str(uuid4())
    for number in (old, new):
        (fault,) = _directory(place, _insurer(number, other)).faults
        assert (fault.line, fault.field) == (1, "amc") and "autre assureur" in fault.remedy
    assert not _directory(place, _insurer("402234583", other)).faults
    (fault,) = _directory(place, _insurer(old, other)).faults
    assert fault.field == "amc"
    # Back to the number of before, which is no former one any more.
    for number in (old, old, new, old):
        assert not _directory(place, _insurer(number, ident)).faults


@pytest.mark.parametrize("field", ["siret", "profession", "department", "id"])
def test_an_establishment_that_is_known_otherwise_is_refused_at_its_field(
    place: Place, field: str
) -> None:
    there = next(
        json.loads(line) for line in place.france.directory if b'"establishment"' in line[:25]
    )
    changed: dict[str, str] = {
        "siret": "73282932000074",
        "profession": "midwife" if there["profession"] != "midwife" else "doctor",
        "department": "2A",
        "id": str(uuid4()),
    }
    assert not _directory(place, there).faults
    new = _insurer(f"40223459{sorted(changed).index(field)}", str(uuid4()))
    report = _directory(place, new, there | {field: changed[field]})
    named = "finess" if field == "id" else field
    assert [(one.line, one.field) for one in report.faults] == [(2, named)]
    assert report.taken == 0
    # The file was refused whole: the number is nobody's yet.
    assert not _directory(place, _insurer(new["amc"], str(uuid4()))).faults


def test_a_file_that_says_two_things_of_one_is_refused(place: Place) -> None:
    terms = {
        "kind": "terms",
        "since": "2031-01-01",
        "valid_days": 60,
        "tolerance_days": 15,
        "answer_days": 5,
        "piece_days": 30,
    }
    insurer = _insurer("402234601", str(uuid4()))
    mine = terms | {"insurer": insurer["id"]}
    report = _directory(place, insurer, mine, mine | {"piece_days": 31})
    assert [(one.line, one.field) for one in report.faults] == [(3, "piece_days")]
    assert not _directory(place, insurer, mine, mine).faults
    report = _directory(place, mine | {"valid_days": 61})
    assert [(one.line, one.field) for one in report.faults] == [(1, "valid_days")]


def test_what_was_noted_of_an_incident_stands_under_the_new_number(place: Place) -> None:
    old, new, ident, incident = "402234611", "402234612", str(uuid4()), uuid4()
    noted = """
    with opened as (
        insert into incident (incident_id, opened_at, opened_by, aware_at, hypothesis, since, until, actors)
        values ($1, $2::timestamptz, 'x', $2, 'x', $2::timestamptz - interval '1 hour', $2, '{x}')
        returning incident_id
    )
    insert into incident_act (incident_id, controller, act, done_at, done_by, proof, noted_at)
    select incident_id, $3, 'D1', $2, 'x', 'x', $2 from opened
    """
    asked = "select controller from incident_act where incident_id = $1 and act = 'D1' order by controller"
    assert not _directory(place, _insurer(old, ident)).faults

    async def note() -> None:
        async with place.store.pool("owner") as pool, db.statement(pool) as tx:
            await db.run(tx, noted, incident, now(), old)

    async def told() -> list[str]:
        async with place.store.pool("owner") as pool, db.statement(pool) as tx:
            return [row["controller"] for row in await db.many(tx, asked, incident)]

    run(note())
    assert not _directory(place, _insurer(new, ident)).faults
    assert run(told()) == [old, new]


def test_a_number_that_another_has_under_the_former_number_is_refused(
    place: Place, tmp_path: Path
) -> None:
    old, new, ident = "402234621", "402234622", str(uuid4())
    path = tmp_path / "m.ndjson"
    assert not _directory(place, _insurer(old, ident)).faults
    row = _person(old, 903)
    assert _import(place, path, row).persons == 1
    assert not _directory(place, _insurer(new, ident)).faults
    twin = _person(new, 904) | {name: row[name] for name in ("member", "birth")}
    with pytest.raises(ImportRefusedError):
        _import(place, path, twin)
    (fault,) = path.with_name("m.ndjson.report.ndjson").read_text().splitlines()
    assert json.loads(fault)["field"] == "member"
    assert len(_found(place, row, old, new)) == 1


def test_a_person_is_erased_under_the_number_of_today(place: Place, tmp_path: Path) -> None:
    old, new, ident = "402234631", "402234632", str(uuid4())
    assert not _directory(place, _insurer(old, ident)).faults
    row = _person(old, 905)
    assert _import(place, tmp_path / "m.ndjson", row).persons == 1
    assert not _directory(place, _insurer(new, ident)).faults
    words = ["--data", str(place.settings.data), "--amc", new, row["person"]]
    said = CliRunner().invoke(erase, words)
    assert said.exit_code == 0, said.output
    assert not _found(place, row, old, old)


def test_a_file_that_gives_one_insurer_two_numbers_is_refused(place: Place) -> None:
    ident = str(uuid4())
    report = _directory(place, _insurer("402234641", ident), _insurer("402234642", ident))
    assert [(one.line, one.field) for one in report.faults] == [(2, "amc")]


def test_a_key_that_runs_another_build_since_is_still_itself(place: Place) -> None:
    records = [json.loads(line) for line in place.france.directory]
    key = next(one for one in records if one["kind"] == "key")
    build = next(
        one for one in records if one["kind"] == "software" and one["id"] != key["software"]
    )
    assert not _directory(place, key | {"software": build["id"]}).faults
    shop = next(
        one
        for one in records
        if one["kind"] == "establishment" and one["id"] != key["establishment"]
    )
    (fault,) = _directory(place, key | {"establishment": shop["id"]}).faults
    assert fault.field == "establishment"


def test_another_insurers_file_is_not_read_again_for_it(place: Place, tmp_path: Path) -> None:
    first, second = str(uuid4()), str(uuid4())
    assert not _directory(place, _insurer("402234651", first)).faults
    assert not _directory(place, _insurer("402234652", second)).faults
    row, path = _person("402234651", 906), tmp_path / "m.ndjson"
    assert not _import(place, path, row, amc="402234651").already
    assert not _directory(place, _insurer("402234653", second)).faults
    assert _import(place, path, row, amc="402234651").already
    assert not _directory(place, _insurer("402234654", first)).faults
    assert not _import(place, path, row, amc="402234651").already
    assert _import(place, path, row, amc="402234654").already


def test_a_file_of_one_number_is_taken_by_whoever_says_the_other(
    place: Place, tmp_path: Path
) -> None:
    old, new, ident = "402234681", "402234682", str(uuid4())
    for number in (old, new):
        assert not _directory(place, _insurer(number, ident)).faults
    row, path = _person(old, 909), tmp_path / "m.ndjson"
    for sequence, (said, asked) in enumerate(((old, new), (new, old)), start=1):
        header = {"amc": said, "sequence": sequence, "kind": "full"}
        assert _import(place, path, row, asked, head=header).persons == 1
    for asked in (_MODEL, "402234689"):
        with pytest.raises(Refusal) as refused:
            _import(place, path, row, asked, head={"amc": new, "sequence": 3})
        assert asked in refused.value.hint


def test_an_insurer_without_a_name_is_refused(place: Place) -> None:
    (fault,) = _directory(place, _insurer("402234691", str(uuid4()), " ")).faults
    assert fault.field == "name"


def test_codes_and_entrances_are_found_by_any_number(place: Place, tmp_path: Path) -> None:
    old, new, ident = "402234661", "402234662", str(uuid4())
    assert not _directory(place, _insurer(old, ident)).faults
    row = _person(old, 907)
    assert _import(place, tmp_path / "m.ndjson", row).persons == 1
    assert not _directory(place, _insurer(new, ident)).faults
    addresses = Addresses(KeyRing.open(place.keys))

    async def issued(number: str) -> list[tuple[str, str]]:
        async with place.store.pool("loader") as pool, db.transaction(pool) as tx:
            amc = AmcNumber.parse(number)
            return await issue_codes(tx, addresses, amc, [row["person"]], now())

    async def entered(number: str) -> tuple[list[accounts_sql.InsurerName], UUID | None]:
        async with place.store.pool("portal") as pool, db.transaction(pool) as tx:
            named = await accounts_sql.insurer_names(tx, (number,))
            keyed = await accounts_sql.keyed_as(tx, number)
            assert keyed is not None
            person = addresses.person(AmcNumber.parse(keyed), row["person"])
            known = await accounts_sql.enrol_insured(tx, number, person, uuid4(), b"x")
            return named, known

    for number in (old, new):
        assert len(run(issued(number))) == 1
        named, known = run(entered(number))
        assert [one.amc for one in named] == [number] and known is not None


def test_rights_and_invoices_say_the_number_of_today(server: Running, tmp_path: Path) -> None:
    old, new, ident = "402234671", "402234672", str(uuid4())
    assert not _directory(server.place, _insurer(old, ident)).faults
    row = _person(old, 908)
    assert _import(server.place, tmp_path / "m.ndjson", row).persons == 1

    def said(number: int) -> set[str]:
        drug = item(1, "grouping:PH7", 590 + number, now().date().isoformat())
        named = by_card(row["card"])
        question = _question(named)
        sent = claim(named, f"NUM-{number}", now().date().isoformat(), [drug])
        told: set[str] = set()
        for path, body in ((RIGHTS_PATH, question), (CLAIM_PATH, json.loads(sent))):
            status, answer = _send(server, path, body)
            assert status in {200, 201}, answer
            told.add(answer["insurer"]["identifier"]["value"])
        return told

    # Enough to be served by each worker, which keeps what it read.
    numbers = iter(range(1_000))
    assert all(said(next(numbers)) == {old} for _ in range(8))
    assert not _directory(server.place, _insurer(new, ident)).faults
    deadline, in_a_row = time.monotonic() + 60, 0
    while in_a_row < 8 and time.monotonic() < deadline:
        in_a_row = in_a_row + 1 if said(next(numbers)) == {new} else 0
        time.sleep(0 if in_a_row else 1)
    assert in_a_row == 8
