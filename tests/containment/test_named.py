"""A command names an establishment by its FINESS number and an insurer by its AMC number, as people know them."""

import pytest
from click.testing import CliRunner, Result

from conftest import Place, run
from egide import db
from egide.cli.main import egide
from egide.core.identifiers import Finess
from egide.core.refusal import Refusal, RefusalCode
from egide.directory import establishment_of, insurers


def _ask(place: Place, *words: str) -> Result:
    first, *rest = words
    group = [first, rest.pop(0)] if first == "people" else [first]
    return CliRunner().invoke(egide, [*group, "--data", str(place.settings.data), *rest])


async def _finess(place: Place, number: int) -> str:
    query = "select finess from establishment where establishment_id = $1"
    async with place.store.pool("owner") as pool, db.statement(pool) as tx:
        row = await db.first(tx, query, place.france.shops[number].establishment_id)
        assert row is not None
        return row["finess"]


def test_a_segment_is_contained_and_opened_by_the_number_that_people_know(place: Place) -> None:
    finess, shop = run(_finess(place, 30)), place.france.shops[30].establishment_id
    done = _ask(place, "segment", "establishment", finess, "card-only", "--reason", "essai")
    assert done.exit_code == 0 and str(shop) in done.output, done.output
    assert _ask(place, "segment", "establishment", finess, "open").exit_code == 0
    done = _ask(place, "segment", "amc", place.france.insurers[0], "open")
    assert isinstance(
        done.exception, Refusal
    )  # nothing is contained under the insurer that was found
    assert "segments" in done.exception.hint


def test_an_administrator_is_invited_by_finess_and_a_clerk_by_amc_number(place: Place) -> None:
    async def made() -> set[str]:
        query = "select establishment_id, insurer_id from account where created_at > now() - interval '1 minute'"
        async with place.store.pool("owner") as pool, db.statement(pool) as tx:
            rows = await db.many(tx, query)
            return {str(one) for row in rows for one in row.values() if one}

    words = ("people", "invite", "--label", "Essai", "--role")
    finess, amc = run(_finess(place, 31)), place.france.insurers[0]
    assert _ask(place, *words, "administrator", "--establishment", finess).exit_code == 0
    assert _ask(place, *words, "insurer", "--insurer", amc).exit_code == 0

    async def wanted() -> set[str]:
        async with place.store.pool("owner") as pool, db.statement(pool) as tx:
            shop = await establishment_of(tx, Finess.parse(finess))
            [payer] = [
                one for one, (number, _) in (await insurers(tx)).items() if number == amc
            ]
            return {str(shop), str(payer)}

    assert run(wanted()) <= run(made())


@pytest.mark.parametrize("words", [
    ("segment", "establishment", "750000000", "card-only", "--reason", "essai"),
    ("segment", "amc", "000000001", "card-only", "--reason", "essai"),
    ("people", "invite", "--label", "Essai", "--role", "administrator", "--establishment", "inconnu"),
    ("people", "invite", "--label", "Essai", "--role", "administrator"),
    ("proved", "750000000"),
    ("unjustified", "750000000"),
])  # fmt: skip
def test_a_number_that_is_nobodys_is_refused_where_it_stands(
    place: Place, words: tuple[str, ...]
) -> None:
    done = _ask(place, *words)
    assert isinstance(done.exception, Refusal), done.output
    assert done.exception.code is RefusalCode.VALUE_INVALID
    assert done.exception.where in {"value", "--establishment", "--role", "ESTABLISHMENT"}
    assert done.exception.hint
