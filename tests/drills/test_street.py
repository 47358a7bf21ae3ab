"""Attackers who need the whole house: they learn nothing, or what is counted; a house that leaks is found out."""

from dataclasses import replace
from uuid import UUID

from conftest import HOST, Running, now, run
from egide import db
from egide.core.identifiers import AmcNumber
from egide.drills import Person
from egide.drills.campaign import Street, Taken, open_street, play_street
from egide.vault import Addresses, KeyRing, Sealer


def _played(
    server: Running, *, harm: str = "select 1", mend: str = "select 1"
) -> dict[str, Taken]:
    place = server.place
    ring = KeyRing.open(place.keys)
    addresses = Addresses(ring)

    def person_id(person: Person) -> UUID:
        return addresses.person(AmcNumber.parse(person.amc), person.reference)

    async def work() -> list[Taken]:
        async with place.store.pool("owner") as owner, place.store.pool("app") as app:
            street = Street(
                origin=server.origin,
                host=HOST,
                port=server.port,
                app=app,
                owner=owner,
                france=replace(place.france, shops=place.france.shops[:3]),
                sealer=Sealer(ring),
                person_id=person_id,
                clock=now,
            )
            await open_street(street, 1)
            async with db.transaction(owner) as tx:
                await db.script(tx, harm)
            try:
                return await play_street(street, 1)
            finally:
                async with db.transaction(owner) as tx:
                    await db.script(tx, mend)

    return {one.profile: one for one in run(work())}


def test_what_is_stolen_is_worth_nothing_and_an_insider_sees_25_in_the_log(
    server: Running,
) -> None:
    taken = _played(server)
    assert list(taken) == ["A1", "A11", "A12"]
    assert all(one.holds for one in taken.values()), taken
    assert taken["A1"].tried > 60 and taken["A1"].loot == 0
    assert taken["A11"].tried > 40 and taken["A11"].loot == 25
    assert taken["A12"].tried > 60 and taken["A12"].loot == 0


def test_a_counter_that_reads_covers_and_a_number_in_clear_are_found_out(
    server: Running,
) -> None:
    everybody = " ".join(one.nir for one in server.place.france.persons)
    for harm, mend, least in (
        (
            "grant select (address) on gate.cover to egide_app",
            "revoke select (address) on gate.cover from egide_app",
            1,
        ),
        (f"create table leak as select '{everybody}'::text as said", "drop table leak", 400),
        (f"create table leak as select '{everybody}'::bytea as said", "drop table leak", 400),
    ):
        taken = _played(server, harm=harm, mend=mend)
        assert not taken["A12"].holds and taken["A12"].loot >= least, harm[:40]
        assert taken["A1"].holds and taken["A11"].holds
