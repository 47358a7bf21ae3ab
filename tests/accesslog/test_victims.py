"""Victims: exactly whom each kind of actor saw, by the log alone, sealed to the insurer they are of."""

import json
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner, Result
from joserfc import jwe
from joserfc.jwk import ECKey

from accounts.test_insured import _ask as ask_at_counter
from conftest import Place, Running, now, run
from egide import db
from egide.cli.log.insurer_key import insurer_key
from egide.cli.log.victims import victims
from egide.core.identifiers import AmcNumber
from egide.core.refusal import Refusal
from egide.drills import Person
from egide.drills.shows import by_card
from egide.vault import Addresses, KeyRing
from spreadsheets import rows_of


def _named(place: Place, actor: str, *more: str) -> Result:
    today = now().date()
    window = ("--from", str(today - timedelta(days=1)), "--to", str(today + timedelta(days=2)))
    words = ["--data", str(place.settings.data), "--actor", actor, *window, *more]
    return CliRunner().invoke(victims, words)


def _persons(done: Result) -> set[str]:
    assert done.exit_code == 0, done.output
    rows = rows_of(done.stdout)
    return {row["person"] for row in rows}


def _pseudonym(place: Place, person: Person) -> str:
    addresses = Addresses(KeyRing.open(place.keys))
    return str(addresses.person(AmcNumber.parse(person.amc), person.reference))


@pytest.fixture(scope="module")
def seen(server: Running) -> dict[int, list[Person]]:
    """Whom two shops of one vendor, and one of none of these tests, were shown."""
    people = [one for one in server.place.france.persons[200:] if one.card and one.covered]
    shops = server.shops("auxiliary")[:3]
    shown = {shop: people[4 * at : 4 * at + 4] for at, shop in enumerate(shops)}
    for shop, persons in shown.items():
        for person in persons:
            ask_at_counter(server, shop, by_card(person))
    return shown


def test_each_actor_is_answered_for_by_exactly_its_persons(
    server: Running, seen: dict[int, list[Person]]
) -> None:
    place = server.place
    first = next(iter(seen))
    establishment = place.france.shops[first].establishment_id
    expected = {_pseudonym(place, person) for person in seen[first]}
    assert _persons(_named(place, f"establishment:{establishment}")) == expected

    async def of(query: str, *values: object) -> db.Row:
        async with place.store.pool("owner") as pool, db.statement(pool) as tx:
            row = await db.first(tx, query, *values)  # type: ignore[arg-type]
            assert row is not None
            return row

    key = run(
        of("select thumbprint from caller_key where establishment_id = $1", establishment)
    )
    assert _persons(_named(place, f"key:{key['thumbprint']}")) == expected
    build = run(
        of(
            "select s.software_id, s.vendor from software s join caller_key k using (software_id)"
            " where k.establishment_id = $1",
            establishment,
        )
    )
    for actor, column, value in (
        (f"software:{build['software_id']}", "e.software_id", build["software_id"]),
        (f"vendor:{build['vendor']}", "s.vendor", build["vendor"]),
    ):
        row = run(
            of(
                "select array_agg(distinct e.person_id::text) as who from gate.entry e"
                f" join software s using (software_id) where {column} = $1 and e.outcome = 'shown'",
                value,
            )
        )
        assert _persons(_named(place, actor)) == set(row["who"]) >= expected
    assert _persons(_named(place, f"establishment:{uuid4()}")) == set()
    assert _persons(_named(place, f"account:{uuid4()}")) == set()


@pytest.mark.parametrize("actor", ["", "establishment", "establishment:x", "person:1", "key:"])
def test_what_names_no_actor_is_refused(place: Place, actor: str) -> None:
    done = _named(place, actor)
    assert isinstance(done.exception, Refusal) and done.exception.where == "--actor"


def test_each_insurer_reads_its_own_list_and_no_other(
    server: Running, seen: dict[int, list[Person]], tmp_path: Path
) -> None:
    place, first = server.place, next(iter(seen))
    establishment = place.france.shops[first].establishment_id
    amcs = {person.amc for person in seen[first]}
    out = tmp_path / "out"
    without = _named(place, f"establishment:{establishment}", "--out", str(out))
    assert isinstance(without.exception, Refusal) and without.exception.where in amcs
    assert not list(out.iterdir())  # nothing, rather than some
    keys = {amc: ECKey.generate_key("P-256") for amc in place.france.insurers}
    for amc, key in keys.items():
        file = tmp_path / f"{amc}.json"
        file.write_text(json.dumps(key.as_dict(private=True)))
        words = ["--data", str(place.settings.data), amc, str(file)]
        assert isinstance(CliRunner().invoke(insurer_key, words).exception, Refusal)  # private
        file.write_text(json.dumps(key.as_dict(private=False)))
        assert CliRunner().invoke(insurer_key, words).exit_code == 0
    done = _named(place, f"establishment:{establishment}", "--out", str(out))
    assert done.exit_code == 0, done.output
    assert {path.stem for path in out.iterdir()} == amcs
    for amc in amcs:
        path = out / f"{amc}.jwe"
        assert path.stat().st_mode & 0o777 == 0o600
        rows = [
            row
            for line in path.read_bytes().splitlines()
            for row in json.loads(jwe.decrypt_compact(line, keys[amc]).plaintext or b"")
        ]
        mine = {one.reference: _pseudonym(place, one) for one in seen[first] if one.amc == amc}
        assert {row["reference"]: row["person"] for row in rows} == mine
        assert {(row["basis"], row["fields"]) for row in rows} == {("P", "cover")}
        other = next(one for one in keys if one != amc)
        with pytest.raises(Exception, match=r".+"):
            jwe.decrypt_compact(path.read_bytes().splitlines()[0], keys[other])
    assert UUID(str(establishment))
