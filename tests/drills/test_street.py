"""Attackers who need the whole establishment: they learn nothing, or what is counted; an establishment that leaks is found out."""

from collections.abc import Iterator

import pytest

from conftest import run
from egide import db
from egide.cli.drill.street import Installed, installation, street_of
from egide.drills.campaign import Taken, open_street, play_street


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """An installation of its own: its thieves look at everybody."""
    if db.settings(None).database_url:
        pytest.skip("a street wants an embedded database of its own")
    folder = tmp_path_factory.mktemp("street")
    folder.chmod(0o755)
    with installation(folder, 1) as one:
        run(_open(one))
        yield one


async def _open(installed: Installed) -> None:
    async with street_of(installed) as street:
        await open_street(street, 1)


def _played(installed: Installed, *, harm: str, mend: str) -> dict[str, Taken]:
    async def work() -> list[Taken]:
        async with street_of(installed) as street:
            async with db.transaction(street.owner) as tx:
                await db.script(tx, harm)
            try:
                return await play_street(street, 1)
            finally:
                async with db.transaction(street.owner) as tx:
                    await db.script(tx, mend)

    return {one.profile: one for one in run(work())}


def test_what_is_stolen_is_worth_nothing_and_an_insider_sees_25_in_the_log(
    installed: Installed,
) -> None:
    taken = _played(installed, harm="select 1", mend="select 1")
    assert list(taken) == ["A1", "A11", "A12d"]
    assert all(one.holds for one in taken.values()), taken
    assert taken["A1"].tried > 60 and taken["A1"].disclosed == 0
    assert taken["A11"].tried > 40 and taken["A11"].disclosed == 25
    assert taken["A12d"].tried > 60 and taken["A12d"].disclosed == 0


def test_a_counter_that_reads_covers_and_a_number_in_clear_are_found_out(
    installed: Installed,
) -> None:
    everybody = " ".join(one.nir for one in installed.france.persons)
    for harm, mend, least in (
        (
            "grant select (address) on gate.cover to egide_app",
            "revoke select (address) on gate.cover from egide_app",
            1,
        ),
        (f"create table leak as select '{everybody}'::text as said", "drop table leak", 399),
        (f"create table leak as select '{everybody}'::bytea as said", "drop table leak", 399),
    ):
        taken = _played(installed, harm=harm, mend=mend)
        assert not taken["A12d"].holds and taken["A12d"].disclosed >= least, harm[:40]
        assert taken["A1"].holds and taken["A11"].holds
