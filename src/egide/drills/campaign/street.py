"""Attackers who need a whole installation: what is stolen and used elsewhere, its own staff, a database taken.

They act on an installation with its server, its imports and its day, over HTTP or under the logins they took.
"""

import asyncio
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, LiteralString, cast
from uuid import UUID

import httpx2
import msgspec

from egide import (
    accounts,
    containment,
    db,
    enrolment,
    identity,
    rights,
    statements,
    support,
)
from egide.access import Role
from egide.accesslog.victims import Actor, stream_exposures
from egide.accounts import Invitation, invite
from egide.client.messages import RIGHTS_PATH, rights_question
from egide.doubles.device import Browser, SecurityKey
from egide.doubles.software import Software
from egide.doubles.wire import Wire, write_request
from egide.drills.attack import reuse_token
from egide.drills.campaign.play import Taken
from egide.drills.day import DayPlan, play_day
from egide.drills.france import France, Person, Shop
from egide.drills.shows import by_card
from egide.vault import Sealer

# What an operator's browser may call: the street looks for a way to more persons than it is shown.
_PORTAL: Final = (
    tuple(
        route
        for room in (accounts, containment, enrolment, identity, statements, support)
        for route in room.ROUTES
    )
    + rights.OWN_ROUTES
)
_VISITS: Final = 240
_TOLD: Final = 40
_WATCHED: Final = 25  # persons a day, of an operator (GATE, A11)
_CLAIMS: Final = """
select distinct on (c.person_id) c.establishment_id, c.invoice, c.person_id from claim c order by c.person_id, c.invoice
"""
_TICKETS: Final = """
select t.ticket_id, c.person_id from support_ticket t join claim c using (establishment_id, invoice)
 where t.closed_at is null order by t.ticket_id
"""
_TABLES: Final = """
select n.nspname as schema, c.relname as name,
       (select bool_or(case c.relname when 'leaf' then has_column_privilege(login, c.oid, 'salt', 'select')
                                      else has_any_column_privilege(login, c.oid, 'select') end)
          from unnest(array['egide_app', 'egide_portal']) login) as is_read
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where n.nspname in ('public', 'gate') and c.relkind in ('r', 'p', 'm', 'v')
 order by 1, 2
"""
# What a salted tree shows to anybody.
_OPEN_TO_ALL: Final = frozenset({"tile", "checkpoint", "log_mark"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Street:
    """An installation, and what the drill needs of it.

    Args:
        person_id: the pseudonym of a person of the country.
    """

    origin: str
    host: str
    port: int
    portal: db.Pool
    owner: db.Pool
    france: France
    sealer: Sealer
    person_id: Callable[[Person], UUID]
    clock: Callable[[], datetime]


async def open_street(street: Street, seed: int) -> None:
    """Play an honest day, after which each establishment asks for help on its invoices."""
    plan = DayPlan(
        host=street.host,
        port=street.port,
        origin=street.origin,
        seed=seed,
        visits=_VISITS,
        at_once=8,
        typed=0.0,
        clock=street.clock,
    )
    await play_day(street.france, plan)
    async with db.statement(street.owner) as tx:
        claims = await db.many(tx, _CLAIMS)
    for shop in street.france.shops:
        mine = [
            row["invoice"] for row in claims if row["establishment_id"] == shop.establishment_id
        ]
        if mine:
            await _ask_for_help(street, shop, mine)


async def _ask_for_help(street: Street, shop: Shop, invoices: list[str]) -> None:
    browser, _ = await _entered(street, Role.ADMINISTRATOR, shop.establishment_id)
    for invoice in invoices:
        body = {"invoice": invoice, "reason": "amount"}
        await asyncio.to_thread(browser.post, "/portal/tickets/open", body)


async def _entered(
    street: Street, role: Role, establishment: UUID | None = None
) -> tuple[Browser, UUID]:
    async with db.transaction(street.owner) as tx:
        wanted = Invitation(role=role, label="Exercice", establishment_id=establishment)
        made = await invite(tx, wanted, sealer=street.sealer, now=street.clock())
    browser = Browser(street.origin, httpx2.Client(base_url=street.origin, timeout=30))
    key = SecurityKey(street.origin)
    status, said = await asyncio.to_thread(browser.enrol, key, made.code)
    if status != 200:
        message = f"enrolment: {said}"
        raise ConnectionError(message)
    return browser, made.account_id


async def play_street(street: Street, seed: int) -> list[Taken]:
    """Play one seed's thieves, insider and taken database."""
    rng = random.Random(f"egide street {seed}")
    return [
        await _used_elsewhere(street, rng),
        await _insider(street),
        await _taken_database(street, rng),
    ]


async def _used_elsewhere(street: Street, rng: random.Random) -> Taken:
    """A1: a token and a session's cookie, each from another machine than the one it was given to."""
    shop = rng.choice(street.france.shops)
    since = street.clock()
    wire = Wire(street.host, street.port)
    victim = Software(
        origin=street.origin,
        establishment_id=shop.establishment_id,
        key=shop.key,
        jwk=shop.jwk,
    )
    await victim.ready(wire, since)
    persons = rng.sample([one for one in street.france.persons if one.card], 20)
    disclosed = await reuse_token(wire, victim, persons, street.clock)
    tried, shown = disclosed.tried, disclosed.hits
    for scheme in ("Bearer", "DPoP"):  # without any proof
        asked = rights_question(by_card(persons[0]), street.clock().date().isoformat())
        headers = {
            "Content-Type": "application/fhir+json",
            "Authorization": f"{scheme} {victim.token}",
        }
        reply = await wire.send(write_request("POST", RIGHTS_PATH, headers, asked))
        tried, shown = tried + 1, shown + ("preAuthRef" in msgspec.json.decode(reply.body))
    wire.close()
    browser, _ = await _entered(street, Role.ADMINISTRATOR, shop.establishment_id)
    thief = Browser(
        street.origin, browser.client, cookie=browser.cookie, session=browser.session
    )
    for route in _PORTAL:
        if route.scope is not None:
            body: dict[str, object] | None = {} if route.method == "POST" else None
            status, _ = await asyncio.to_thread(thief.call, route.method, route.path, body)
            tried, shown = tried + 1, shown + (status == 200)
    logged = await _logged(
        street, Actor(kind="establishment", number=shop.establishment_id), since
    )
    return _taken(
        "A1", "jeton et cookie employés ailleurs", tried, set(range(shown)), logged, bound=0
    )


async def _insider(street: Street) -> Taken:
    """A11: an operator opens every ticket there is, and calls the database's function itself."""
    since = street.clock()
    browser, account = await _entered(street, Role.OPERATOR)
    async with db.statement(street.owner) as tx:
        tickets = {row["ticket_id"]: row["person_id"] for row in await db.many(tx, _TICKETS)}
    seen: set[UUID] = set()
    for ticket in list(tickets)[:_TOLD]:
        status, _ = await asyncio.to_thread(
            browser.post, "/portal/tickets/view", {"ticket": str(ticket)}
        )
        if status == 200:
            seen.add(tickets[ticket])
    for ticket in list(tickets)[_TOLD:]:
        async with db.statement(street.portal) as tx:
            row = await db.first(
                tx,
                "select support_view($1, $2, gen_random_uuid()) as said",
                UUID(browser.session),
                ticket,
            )
        if row is not None and row["said"] == "logged":
            seen.add(tickets[ticket])
    logged = await _logged(street, Actor(kind="account", number=account), since)
    return _taken("A11", "personnel de l'opérateur", len(tickets), seen, logged, bound=_WATCHED)


async def _taken_database(street: Street, rng: random.Random) -> Taken:
    """A12d: read all that the server's logins read, then the whole database as a dump shows it."""
    needles = {
        needle: street.person_id(person)
        for person in rng.sample(street.france.persons, min(400, len(street.france.persons)))
        for needle in _identity(person)
    }
    async with db.statement(street.owner) as tx:
        tables = await db.many(tx, _TABLES)
    readable: set[UUID] = set()
    for table in tables:
        query = _every_row(table["schema"], table["name"])
        async with db.transaction(street.owner) as tx:
            for row in await db.many(tx, query):
                words = set(_words(row["row"]))
                readable |= {needles[word] for word in words & needles.keys()}
    opened = [
        table["name"]
        for table in tables
        if table["is_read"] and table["schema"] == "gate" and table["name"] not in _OPEN_TO_ALL
    ]
    readable |= {UUID(int=at) for at, _ in enumerate(opened)}
    return _taken(
        "A12d", "copie de la base, SQL injecté", len(tables), readable, readable, bound=0
    )


def _every_row(schema: str, name: str) -> LiteralString:
    # Both are names that the catalogue gave, quoted.
    return cast("LiteralString", f'select t::text as row from "{schema}"."{name}" t')  # noqa: S608


def _words(row: str) -> Iterator[str]:
    """Yield the words of a row, and those of what it holds as bytes."""
    yield from re.findall(r"\w+", row)
    for held in re.findall(r"\\x([0-9a-f]+)", row):
        text = bytes.fromhex(held[: len(held) // 2 * 2]).decode("latin-1")
        yield from re.findall(r"[A-Za-z0-9_]+", text)


def _identity(person: Person) -> set[str]:
    """Return what names a person, as words that nothing else is."""
    record: dict[str, Any] = msgspec.json.decode(person.record)
    return {person.nir, person.nir[:13], person.card, person.member, record["contract"]} - {""}


async def _logged(street: Street, actor: Actor, since: datetime) -> set[UUID]:
    until = street.clock() + timedelta(seconds=1)
    async with db.transaction(street.owner) as tx:
        return {
            one.person_id async for one in stream_exposures(tx, actor, since=since, until=until)
        }


def _taken(
    profile: str,
    style: str,
    tried: int,
    learned: set[Any],
    logged: set[Any],
    *,
    bound: int,
) -> Taken:
    return Taken(
        profile=profile,
        style=style,
        tried=tried,
        disclosed=len(learned),
        worst_day=len(learned),
        worst_month=len(learned),
        day_bound=bound,
        month_bound=bound,
        goal=bound,
        missing=len(learned - logged),
        invented=len(logged - learned),
    )
