"""A server taken over: what the counter's login, or the portal's, can do against those it serves."""

from pathlib import Path
from uuid import UUID, uuid4

import httpx2
import pytest

from conftest import Place, Running, run
from egide import db
from egide.access import Role
from egide.core.identifiers import AmcNumber, BirthDate, MemberNumber
from egide.core.ids import from_code
from egide.drills import Person
from egide.vault import Addresses, KeyRing
from identity.persons import as_counter, as_portal, entered

# All that each login may call, whole: a new one is named here, and test_ways says what it tells.
_EXECUTED = {
    "egide_app": {
        "answer_preauth_by_service",
        "cancel_claim",
        "gate.count_word",
        "declare_build",
        "dispute_raised",
        "dispute_withdrawn",
        "flow_status",
        "forget_assertions",
        "gate.ask",
        "gate.engagement",
        "gate.forget_proofs",
        "gate.intend",
        "gate.is_off",
        "gate.log_lag",
        "gate.note_mismatch",
        "gate.reread",
        "gate.standing",
        "gate.told",
        "gate.try_number",
        "gate.use_proof",
        "mark_preauth",
        "run_build",
    },
    "public": set[str](),
}


@pytest.mark.parametrize("login", list(_EXECUTED))
def test_what_a_login_may_execute_is_named_whole(place: Place, login: str) -> None:
    query = """
    select distinct p.oid::regproc::text as name
      from pg_proc p, lateral aclexplode(p.proacl) a
     where p.pronamespace in ('public'::regnamespace, 'gate'::regnamespace)
       and a.grantee = case when $1 = 'public' then 0 else (select oid from pg_roles where rolname = $1) end
    """
    assert {row["name"] for row in _owner(place, query, login)} == _EXECUTED[login]


def test_public_may_make_no_table_and_enter_no_database(place: Place) -> None:
    query = """
    select privilege_type as name from pg_database d, lateral aclexplode(d.datacl) a
     where d.datname = current_database() and a.grantee = 0
    """
    assert _owner(place, query) == []
    for login in (as_counter, as_portal):
        with pytest.raises(db.DatabaseError, match="permission denied"):
            login(place, "create temp table taken (a integer)")


@pytest.mark.parametrize(
    "statement",
    [
        "select enrol_insured('775671993', $1, gen_random_uuid(), '')",
        "select give_presence($1, '750000001', gen_random_uuid())",
        "select confirm_presence($1, gen_random_uuid())",
        "select accept_call($1, 'S20261126-01')",
        "select answer_dispute($1, gen_random_uuid(), true, 'control-waived', current_date)",
        "update dispute set state = 'upheld', waived = 'P01' where dispute_id = $1",
        """insert into dispute (dispute_id, establishment_id, claim_id, insurer_id, ground, opened_at, answer_by, second_by,
            state) values ($1, $1, $1, $1, 'rejection', now(), now(), now(), 'upheld')""",
        "select decide_application($1, gen_random_uuid(), null, true)",
        "select contain($1, 'flow', 'claims', 'off', 'x', now() + interval '1 day')",
        "select gate.leaf_of($1, gen_random_uuid())",
        "select gate.kept($1)",
        "select session_id from web_session where account_id = $1",
        "select account_id from account where account_id = $1",
        "select establishment_id from establishment_application where application_id = $1",
        """insert into web_session (session_hash, session_id, account_id, thumbprint, device, opened_at, seen_at,
            reauthenticated_at, ends_at) values ('', gen_random_uuid(), $1, '', '', now(), now(), now(), now())""",
        """insert into passkey (credential_id, account_id, public_key, sign_count, name, enrolled_at)
            values ('', $1, '', 0, '', now())""",
        """insert into caller_key (thumbprint, establishment_id, software_id, jwk, enrolled_at)
            values ('x', $1, gen_random_uuid(), '{}', now())""",
        "set local role egide_insurer",
    ],
)
def test_the_counters_login_plays_nobody(place: Place, statement: str) -> None:
    values = (uuid4(),) if "$1" in statement else ()
    with pytest.raises(db.DatabaseError, match="permission denied"):
        as_counter(place, statement, *values)


@pytest.mark.parametrize("basis", ["P", "U"])
def test_what_is_stored_opens_nothing(server: Running, basis: str) -> None:
    """Every address of cover that the database holds, asked as it stands, at an establishment of its own."""
    place = server.place
    stored = _owner(place, "select address from gate.cover where basis = $1 limit 20", basis)
    shop = place.france.shops[0]
    query = """
    select gate.ask(array[$1::uuid], array[$5::uuid], array[$2::uuid], array[gen_random_uuid()],
        array['rights'], array[$3::text], array[$4::uuid], array[current_date], array['k'], array['dpop'])
    """
    told = "select outcome from gate.told(array[$1::uuid], array[$2::uuid])"
    for row in stored:
        entry = uuid4()
        as_counter(
            place, query, shop.establishment_id, shop.software_id, basis, row["address"], entry
        )
        [said] = as_counter(place, told, shop.establishment_id, entry)
        assert said["outcome"] == "not-shown"


def test_the_portals_login_asks_the_gate_nothing(
    server: Running, client: httpx2.Client
) -> None:
    entered(server, client, Role.ADMINISTRATOR)
    for statement in (
        "select * from gate.ask('{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')",
        "select person_id from claim",
        "select * from gate.cover",
        "insert into claim (invoice) values ('x')",
        "select gate.told('{}', '{}')",
    ):
        with pytest.raises(db.DatabaseError, match="permission denied"):
            as_portal(server.place, statement)


def _owner(place: Place, query: str, *values: object) -> list[db.Row]:
    async def work() -> list[db.Row]:
        async with place.store.pool("owner") as pool, db.statement(pool) as tx:
            return await db.many(tx, query, *values)  # type: ignore[arg-type]

    return run(work())


def test_an_open_transaction_on_one_establishment_holds_nobody_elses_card(
    server: Running,
) -> None:
    """Whoever holds the counter's login locks its own budget: others' cards are answered meanwhile."""
    place = server.place
    one, other = place.france.shops[2:4]
    held = "select gate.intend(array[$1::uuid], array[gen_random_uuid()], array[$2::uuid], array['U'], array[gen_random_uuid()], array['k'], array['dpop'])"
    card = "select gate.ask(array[$1::uuid], array[gen_random_uuid()], array[$2::uuid], array[gen_random_uuid()], array['rights'], array['P'], array[gen_random_uuid()], array[current_date], array['k'], array['dpop'])"

    async def work() -> bool:
        async with place.store.pool("app", size=2) as pool, db.transaction(pool) as tx:
            await db.many(tx, held, one.establishment_id, one.software_id)  # type: ignore[arg-type]
            async with db.statement(pool) as free:
                await db.many(
                    free,
                    card,  # type: ignore[arg-type]
                    other.establishment_id,
                    other.software_id,
                )
                try:
                    await db.many(free, held, one.establishment_id, one.software_id)  # type: ignore[arg-type]
                except db.CONTENDED:
                    return True
        return False

    assert run(work())


def test_each_process_has_its_own_login_alone(server: Running) -> None:
    """The counter's workers and the portal hold one login each: no process that serves knows the owner's."""
    found: set[str] = set()
    for process in _processes(server):
        environment = process.read_bytes()
        for role in ("app", "portal"):
            if f'"user": "egide_{role}_'.encode() in environment:
                found.add(role)
                others = {
                    "owner",
                    "loader",
                    "payer",
                    "messenger",
                    "logger",
                    "app",
                    "portal",
                } - {role}
                assert not any(
                    f'"user": "egide_{one}_'.encode() in environment for one in others
                )
    assert found == {"app", "portal"}


def _processes(server: Running) -> list[Path]:
    """Return the environments of the server's processes, as the system tells them."""
    mark = f"EGIDE_DATA={server.place.settings.data}".encode()
    return [
        path
        for path in Path("/proc").glob("[0-9]*/environ")
        if _readable(path) and mark in path.read_bytes()
    ]


def _readable(path: Path) -> bool:
    try:
        path.read_bytes()
    except OSError:
        return False
    return True


def test_forged_replays_contain_few_establishments(place: Place) -> None:
    """The counter's login replays a proof in every establishment's name: twenty are contained, and cards serve on."""
    found = _owner(place, "select establishment_id from establishment order by 1 limit 60")
    ask = """
    select gate.ask(array[$1::uuid, $1], array[gen_random_uuid(), gen_random_uuid()],
        array[gen_random_uuid(), gen_random_uuid()], array[$2::uuid, $2], array['rights', 'rights'], array['P', 'P'],
        array[gen_random_uuid(), gen_random_uuid()], array[current_date, current_date], array['k', 'k'],
        array['dpop', 'dpop'])
    """
    for row in found:
        as_counter(place, ask, row["establishment_id"], uuid4())
    contained = _owner(
        place,
        "select mode from gate.segment where kind = 'establishment' and reason = 'replayed' and until > now()",
    )
    assert 0 < len(contained) <= 20
    assert {row["mode"] for row in contained} == {"card-only"}
    facts = _owner(place, "select count(*) as facts from gate.fact where kind = 'replayed'")
    assert facts[0]["facts"] >= len(found)
    _owner(
        place,
        "update gate.segment set until = now() where reason = 'replayed' returning 1 as one",
    )


def test_canaries_asked_in_everybodys_name_contain_few_establishments(place: Place) -> None:
    """Who found a canary asks it in each name: twenty are contained in the hour, the others are told."""
    contain = """
    select gate.contain_by_fact(e.establishment_id, 'canary', gate.instant())
      from (select establishment_id from establishment order by 1 desc limit 40) e
    """
    _owner(place, contain)
    held = "select count(*) as n from gate.segment where reason = 'canary' and author = 'gate' and until > now()"
    assert 0 < _owner(place, held)[0]["n"] <= 20
    _owner(
        place,
        "delete from gate.segment where reason = 'canary' and author = 'gate' returning 1 as one",
    )


_ASKED = """
select gate.ask(array[$1::uuid], array[$2::uuid], array[$3::uuid], array[gen_random_uuid()],
    array['rights'], array[$4::text], array[$5::uuid], array[current_date], array['k'], array['dpop'])
"""
_TOLD = "select outcome, plan_code from gate.told(array[$1::uuid], array[$2::uuid])"


@pytest.mark.parametrize("basis", ["P", "U"])
@pytest.mark.parametrize("isolation", ["read committed", "repeatable read"])
def test_who_rolls_back_learns_nothing(server: Running, basis: str, isolation: str) -> None:
    """The counter's login with its key ring: the addresses are right, and what is not committed is not told."""
    place = server.place
    shop, person = place.france.shops[4], place.france.persons[0]
    address = _address(place, person, basis)

    async def work() -> list[str]:
        said: list[str] = []
        entry = uuid4()
        async with place.store.pool("app", size=2) as pool:
            try:
                async with db.transaction(pool) as tx:
                    await db.run(tx, f"set transaction isolation level {isolation}")  # type: ignore[arg-type]
                    values = (shop.establishment_id, entry, shop.software_id, basis, address)
                    await db.many(tx, _ASKED, *values)
                    said += [
                        row["outcome"]
                        for row in await db.many(tx, _TOLD, shop.establishment_id, entry)
                    ]
                    await db.run(tx, "savepoint here")
                    said += [
                        row["outcome"]
                        for row in await db.many(tx, _TOLD, shop.establishment_id, entry)
                    ]
                    raise _UndoneError
            except _UndoneError:
                pass
            except db.DatabaseError as error:
                assert isolation == "repeatable read"
                assert "read committed" in str(error)
            async with db.statement(pool) as tx:
                said += [
                    row["outcome"]
                    for row in await db.many(tx, _TOLD, shop.establishment_id, entry)
                ]
        return said

    assert run(work()) == []


def test_a_committed_question_is_told_for_a_minute(server: Running) -> None:
    place = server.place
    shop, person = place.france.shops[4], place.france.persons[0]
    entry = uuid4()
    values = (shop.establishment_id, entry, shop.software_id, "P", _address(place, person, "P"))
    as_counter(place, _ASKED, *values)
    [told] = as_counter(place, _TOLD, shop.establishment_id, entry)
    assert told["outcome"] in {"shown", "not-shown"}
    assert len(_owner(place, "select 1 from gate.entry where entry_id = $1", entry)) == 1
    [old] = _owner(
        place,
        "select establishment_id, entry_id from gate.entry where at < now() - interval '61 seconds' limit 1",
    ) or [None]
    if old is not None:
        assert as_counter(place, _TOLD, old["establishment_id"], old["entry_id"]) == []


@pytest.mark.parametrize(
    "statement",
    [
        "select pg_advisory_lock(1)",
        "select pg_try_advisory_lock(1)",
        "lock table assertion_seen in access exclusive mode",
        "select pg_terminate_backend(1)",
    ],
)
def test_the_counters_login_holds_no_lock_of_everybodys(place: Place, statement: str) -> None:
    with pytest.raises(db.DatabaseError, match="permission denied"):
        as_counter(place, statement)


class _UndoneError(Exception):
    """A transaction is undone."""


def _address(place: Place, person: Person, basis: str) -> UUID:
    addresses = Addresses(KeyRing.open(place.keys))
    if basis == "P":
        secret = from_code(person.card)
        assert secret is not None
        return addresses.card(secret)
    return addresses.member(
        AmcNumber.parse(person.amc),
        MemberNumber.parse(person.member),
        BirthDate.parse(person.birth),
        1,
    )


def test_the_portals_login_makes_no_country_of_keys(
    server: Running, client: httpx2.Client
) -> None:
    """A key is enrolled by an administrator of its own establishment, told to it, a hundred an hour at most."""
    browser, _, _ = entered(server, client, Role.ADMINISTRATOR)
    [row] = _owner(
        server.place,
        "select account_id from web_session where session_id = $1",
        UUID(browser.session),
    )
    account = row["account_id"]
    insert = """
    insert into caller_key (thumbprint, establishment_id, software_id, jwk, enrolled_by, enrolled_at)
    select left(md5($1::text || n) || repeat('x', 43), 43), coalesce($2, a.establishment_id), s.software_id, '{}',
           $3, now()
      from generate_series(1, $4) n, account a, (select software_id from software limit 1) s
     where a.account_id = $3
    returning thumbprint
    """
    stranger = server.place.france.shops[40].establishment_id
    with pytest.raises(db.DatabaseError, match="administrator of the establishment"):
        as_portal(server.place, insert, str(uuid4()), stranger, account, 1)
    with pytest.raises(db.DatabaseError, match="no work of people"):
        as_portal(server.place, insert, str(uuid4()), None, account, 101)
    many = insert.replace("'{}',\n           $3,", "'{}',\n           null,")
    _owner(server.place, many, str(uuid4()), None, account, 120)
    with pytest.raises(db.DatabaseError, match="no work of people"):
        as_portal(
            server.place,
            "update caller_key set revoked_at = now(), revoked_by = $1 where revoked_at is null returning thumbprint",
            account,
        )
