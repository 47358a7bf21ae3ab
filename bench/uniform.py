"""Does a no tell its cause by its time? Samples of each cause, and how well a thief tells two of them apart.

The area under the curve (AUC) of time alone: 0.5 is chance. The floor is one cause against itself, halved: the noise
of this machine. The budgets of this bench's own database are wide and no fact blocks, so that each cause goes on.
"""

import asyncio
import itertools
import random
import time
from collections.abc import Sequence

import click
import stage
import uvloop

from egide import db
from egide.client.messages import RIGHTS_PATH, rights_question
from egide.core.identifiers import AmcNumber
from egide.doubles.software import Software
from egide.doubles.wire import Wire
from egide.drills import France, Person
from egide.drills.shows import by_numbers
from egide.vault import Addresses, KeyRing

_WIDE = """
alter table gate.budget drop constraint budget_day_bound, drop constraint budget_month_bound;
update gate.budget set day_limit = 1000000, month_limit = 1000000, proved = false;
create or replace function gate.set_segment(p_kind text, p_value text, p_mode text, p_reason text, p_author text,
                                            p_until timestamptz) returns void
language plpgsql security definer set search_path = gate, pg_temp as $$
begin
    if p_author <> 'gate' then
        insert into gate.segment values (p_kind, p_value, p_mode, p_reason, p_author, gate.instant(), p_until);
    end if;
end $$;
insert into gate.canary select person_id, 'bench', now() from gate.cover where address = any (
    select unnest(addresses) from gate.person order by person_id limit 400) on conflict do nothing;
"""
_SPENT = "update gate.budget set day_limit = 0 where establishment_id = any ($1::uuid[])"
_LIMITED = """
update gate.budget set first_contact_limit = 0, first_contact_on = 'infinity' where establishment_id = any ($1::uuid[])
"""
_CONTAINED = """
select gate.set_segment('establishment', h::text, 'card-only', 'bench', 'bench', now() + interval '1 day')
  from unnest($1::uuid[]) h
"""
_GHOSTS = "select person_id::text as who from gate.canary"


def auc(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the area under the curve, whichever way round tells more (Mann and Whitney, 1947)."""
    ordered = sorted([(value, 0) for value in one] + [(value, 1) for value in other])
    ranks, at = 0.0, 0
    while at < len(ordered):
        end = at
        while end < len(ordered) and ordered[end][0] == ordered[at][0]:
            end += 1
        ranks += (at + 1 + end) / 2 * sum(which for _, which in ordered[at:end])
        at = end
    area = (ranks - len(other) * (len(other) + 1) / 2) / (len(one) * len(other))
    return max(area, 1 - area)


class _Causes:
    """A question for each cause, at an establishment where it is one."""

    def __init__(self, france: France, ghosts: set[str], named: dict[str, str]) -> None:
        self.rng = random.Random(4)
        count = len(france.shops)
        self.spent, self.contained = range(20), range(20, 40)
        self.limited = range(40, 60)
        self.open = range(60, count)
        people = france.persons
        self.ghosts = [one for one in people if named[_who(one)] in ghosts]
        alive = [one for one in people if named[_who(one)] not in ghosts]
        self.ended = [one for one in alive if not one.covered]
        self.covered = [one for one in alive if one.covered]

    def pick(self, cause: str) -> tuple[int, Person, str]:
        """Return an establishment, a person, and what is put in place of its member number."""
        rng = self.rng
        match cause:
            case "unknown":
                return (
                    rng.choice(self.open),
                    rng.choice(self.covered),
                    f"{rng.randrange(10**9):09d}",
                )
            case "not covered":
                return rng.choice(self.open), rng.choice(self.ended), ""
            case "canary":
                return rng.choice(self.open), rng.choice(self.ghosts), ""
            case "over budget":
                return rng.choice(self.spent), rng.choice(self.covered), ""
            case "over the first-contact rate":
                return rng.choice(self.limited), rng.choice(self.covered), ""
            case _:
                return rng.choice(self.contained), rng.choice(self.covered), ""


def _who(person: Person) -> str:
    return f"{person.amc} {person.reference}"


async def _sample(
    port: int,
    sites: list[Software],
    causes: _Causes,
    names: Sequence[str],
    count: int,
    at_once: int,
) -> tuple[dict[str, list[float]], set[bytes]]:
    times: dict[str, list[float]] = {name: [] for name in names}
    bodies: set[bytes] = set()
    left = iter(range(count * len(names)))
    order = list(names) * count
    causes.rng.shuffle(order)

    async def ask() -> None:
        wire = Wire(stage.HOST, port)
        for number in left:
            cause = order[number]
            establishment, person, other = causes.pick(cause)
            named = by_numbers(person)
            if other:
                named["contained"][-1]["subscriberId"] = other
            instant = stage.now()
            body = rights_question(named, instant.date().isoformat())
            request = sites[establishment].request("POST", RIGHTS_PATH, instant, body)
            began = time.perf_counter()
            reply = await wire.send(request)
            times[cause].append(time.perf_counter() - began)
            bodies.add(reply.body)
        wire.close()

    await asyncio.gather(*(ask() for _ in range(at_once)))
    return times, bodies


@click.command()
@click.option("--samples", default=10_000, show_default=True, help="Of each cause.")
@click.option("--at-once", default=8, show_default=True)
def main(samples: int, at_once: int) -> None:
    """Measure, and print the AUC of each pair of causes."""
    names = (
        "unknown",
        "not covered",
        "canary",
        "over budget",
        "over the first-contact rate",
        "contained",
    )
    with stage.workplace() as data:
        settings = db.settings(data)
        store = uvloop.run(db.open_store(settings))
        try:
            france = uvloop.run(stage.load_country(store, settings, 20_000))
            causes = uvloop.run(_prepared(store, settings, france))
            with stage.server(data, workers=2) as (port, _):
                sites = stage.softwares(france, port)
                uvloop.run(stage.get_tokens(port, sites))
                times, bodies = uvloop.run(
                    _sample(port, sites, causes, names, samples, at_once)
                )
        finally:
            store.close()
    print(f"{len(bodies)} distinct answer(s) to {samples * len(names)} questions")
    for name in names:
        halves = times[name][::2], times[name][1::2]
        ordered = sorted(times[name])
        print(
            f"{name}: median {ordered[len(ordered) // 2] * 1000:.2f} ms; against itself, AUC {auc(*halves):.4f}"
        )
    worst = max(
        (auc(times[one], times[other]), one, other)
        for one, other in itertools.combinations(names, 2)
    )
    print(f"the two that differ most: {worst[1]}, {worst[2]}: AUC {worst[0]:.4f}")


async def _prepared(store: db.Store, settings: db.Settings, france: France) -> _Causes:
    addresses = Addresses(KeyRing.open(settings.secrets / "keyring.json"))
    named = {
        _who(one): str(addresses.person(AmcNumber.parse(one.amc), one.reference))
        for one in france.persons
    }
    async with store.pool("owner") as pool:
        async with db.transaction(pool) as tx:
            await db.script(tx, _WIDE)
            ghosts = {row["who"] for row in await db.many(tx, _GHOSTS)}
            establishments = [shop.establishment_id for shop in france.shops]
            await db.run(tx, _SPENT, establishments[:20])
            await db.run(tx, _CONTAINED, establishments[20:40])
            await db.run(tx, _LIMITED, establishments[40:60])
        async with db.statement(pool) as tx:
            await db.run(tx, "vacuum analyze")
    return _Causes(france, ghosts, named)


if __name__ == "__main__":
    main()
