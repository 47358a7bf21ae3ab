"""The register of establishments: against it, those that enrol are checked."""

import json
from collections.abc import Iterator

import pytest

from conftest import Place, now, run
from egide import db
from egide.directory import DirectoryReport, FinessFileError, take_in, take_in_finess
from egide.vault import KeyRing, Sealer


def line(finess: str, siret: str) -> bytes:
    cells = [""] * 32
    cells[0], cells[1], cells[2], cells[3] = (
        "structureet",
        finess,
        "750000001",
        "PHARMACIE ÉTOILE",
    )
    cells[13], cells[18], cells[22] = "75", "620", siret
    return (";".join(cells) + "\n").encode("latin-1")


@pytest.fixture
def forgotten(place: Place) -> Iterator[None]:
    yield

    async def clear() -> None:
        async with place.store.pool("owner") as pool, db.statement(pool) as tx:
            await db.run(tx, "delete from finess_site")

    run(clear())


def test_an_establishment_is_refused_unless_the_register_knows_its_siret(
    place: Place, forgotten: None
) -> None:
    record = next(
        one
        for one in map(json.loads, place.france.directory)
        if one.get("kind") == "establishment"
    )
    sealer = Sealer(KeyRing.open(place.keys))

    async def enrol() -> DirectoryReport:
        async with place.store.pool("owner") as pool:
            return await take_in(pool, [json.dumps(record).encode()], sealer=sealer, now=now())

    async def register(siret: str) -> int:
        async with place.store.pool("owner") as pool:
            title = b"finess;etalab;96;2026-01-05\n"
            return await take_in_finess(pool, [title, line(record["finess"], siret)])

    assert run(register("00000000000000")) == 1
    report = run(enrol())
    assert [(fault.line, fault.field) for fault in report.faults] == [(1, "finess")]
    assert "répertoire FINESS" in report.faults[0].reason
    assert run(register(record["siret"])) == 1
    assert run(enrol()).taken == 1


def test_another_file_is_refused_and_the_register_kept(place: Place) -> None:
    async def register() -> int:
        async with place.store.pool("owner") as pool:
            return await take_in_finess(pool, [b"siren;nom\n"])

    with pytest.raises(FinessFileError):
        run(register())
