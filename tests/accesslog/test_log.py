"""The access log grown, witnessed, proved and verified with no help of the product; and what is done to it, named."""

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any, LiteralString
from uuid import UUID, uuid4

import httpx2
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from accounts.test_insured import _ask as ask_at_counter
from accounts.test_insured import _covered as covered_from
from accounts.test_insured import _enter as enter_insured
from accounts.test_insured import _issue as issue_code
from conftest import HOST, ROOT, Place, Running, free_port, now, run
from egide import db
from egide.accesslog import tree, verify
from egide.accesslog.configured import log_key
from egide.accesslog.facts import tell_facts
from egide.accesslog.grow import FORKED, LogKey, grow, have_witnessed, meet
from egide.accesslog.witness import RemoteWitness, WitnessState, witness_server
from egide.cli.log.log import log as log_command
from egide.cli.log.prove import prove
from egide.core.ids import to_code
from egide.core.refusal import Refusal
from egide.doubles.device import Browser
from egide.drills.shows import by_card, by_numbers
from egide.rights import Basis
from egide.vault import KeyRing
from identity.persons import refusal
from rights.test_gate import _ask as ask
from rights.test_gate import _card as card
from rights.test_gate import _covered as covered
from rights.test_gate import _new_establishment as new_establishment
from rights.test_gate import _question as question


def _key(place: Place) -> LogKey:
    return log_key(KeyRing.open(place.keys))


async def _answer(place: Place, count: int) -> list[UUID]:
    establishment = await new_establishment(place, proved=True)
    people = covered(place)
    asked = [
        question(establishment, Basis.PRESENCE, card(place, people[n % 200]))
        for n in range(count)
    ]
    await ask(place, asked)
    return [one.entry_id for one in asked]


async def _grown(place: Place) -> int:
    async with place.store.pool("logger") as pool:
        total = 0
        while came := await grow(pool, _key(place)):
            total += came
        return total


@pytest.fixture
def witness(place: Place, tmp_path: Path) -> Iterator[tuple[WitnessState, RemoteWitness]]:
    """A witness that listens, and the log's way to it."""
    public = _key(place).public
    state = WitnessState(
        name="witness.example",
        key=Ed25519PrivateKey.generate(),
        logs={public.name: public},
        folder=tmp_path,
    )
    port = free_port()
    with witness_server(state, HOST, port) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield state, RemoteWitness(f"http://{HOST}:{port}", state.public)
        server.shutdown()


async def _shut(pool: db.Pool) -> list[str]:
    """Return the flows that the log shut, and open them again for the tests that follow."""
    async with db.transaction(pool) as tx:
        rows = await db.many(
            tx,
            "update gate.segment set until = greatest(since, now()) where author = 'log' and mode = 'off' "
            "and until > now() and reason like 'log-behind:%' returning value",
        )
    return sorted(row["value"] for row in rows)


async def _witnessed(place: Place, remote: RemoteWitness) -> int:
    async with place.store.pool("logger") as pool:
        return await have_witnessed(pool, {"witness.example": remote})


def _seen(
    place: Place, witness: tuple[WitnessState, RemoteWitness]
) -> tuple[Path, tree.Checkpoint]:
    """Let a witness see some answers; return what it keeps, and where."""
    run(_answer(place, 5))
    run(_grown(place))
    assert run(_witnessed(place, witness[1])) == 1
    [path] = witness[0].folder.glob("*.note")
    return path, tree.read_note(path.read_text())[0]


def _exported(place: Place, folder: Path) -> Path:
    words = ["export", "--data", str(place.settings.data), "--entries", str(folder)]
    done = CliRunner().invoke(log_command, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return folder


def _verified(folder: Path, key: LogKey, *more: str) -> tuple[int, str]:
    """Run the verifier in a process where nothing else of the product can be imported."""
    alone = folder.parent / "alone"
    (alone / "egide" / "accesslog").mkdir(parents=True, exist_ok=True)
    for name in ("tree.py", "verify.py"):
        shutil.copy(ROOT / "src/egide/accesslog" / name, alone / "egide/accesslog" / name)
    words = [
        sys.executable,
        "-m",
        "egide.accesslog.verify",
        "log",
        str(folder),
        "--log",
        key.public.text(),
        *more,
    ]
    done = subprocess.run(words, cwd=alone, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(alone)}, check=False)  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_every_answer_is_in_a_tree_that_a_stranger_verifies(
    place: Place, witness: tuple[WitnessState, RemoteWitness], tmp_path: Path
) -> None:
    state, remote = witness
    run(_answer(place, 300))
    assert run(_grown(place)) >= 300
    assert run(_witnessed(place, remote)) == 1
    before = _exported(place, tmp_path / "before")
    run(_answer(place, 700))
    assert run(_grown(place)) == 700
    assert run(_witnessed(place, remote)) == 1
    after = _exported(place, tmp_path / "after")
    seen = ("--witness", state.public.text(is_witness=True))
    entries = ("--entries", str(after / "entries.ndjson"))
    code, said = _verified(
        after, _key(place), *seen, *entries, "--since", str(before / "checkpoint")
    )
    assert code == 0, said
    assert "entries hold" in said
    code, said = _verified(after, _key(place), *seen, "--quorum", "2")
    assert code == 1 and "cosignatures" in said
    # No tile, and no bundle of leaves, tells who was asked about.
    held = b"".join(path.read_bytes() for path in (after / "tile").rglob("*") if path.is_file())
    for line in (after / "entries.ndjson").read_text().splitlines():
        person = json.loads(line)["opened"]["person"]
        assert person is None or UUID(person).bytes not in held


def _alter_entry(rows: list[dict[str, Any]], _: Path) -> None:
    rows[7]["opened"]["person"] = str(uuid4())


def _alter_what_was_asked(rows: list[dict[str, Any]], _: Path) -> None:
    rows[7]["entry"]["purpose"] = "support"


def _hide_in_an_erasure(rows: list[dict[str, Any]], _: Path) -> None:
    rows[7]["salt"] = None


def _invent_the_end(rows: list[dict[str, Any]], _: Path) -> None:
    rows.append({**rows[-1], "index": len(rows)})


def _miss_entry(rows: list[dict[str, Any]], _: Path) -> None:
    del rows[7]


def _swap_entries(rows: list[dict[str, Any]], _: Path) -> None:
    rows[7], rows[8] = rows[8], rows[7]


def _lose_the_end(rows: list[dict[str, Any]], _: Path) -> None:
    del rows[-3:]


def _forge_tile(_: list[dict[str, Any]], folder: Path) -> None:
    path = folder / "tile/0/000"
    held = bytearray(path.read_bytes())
    held[7 * 32] ^= 1
    path.write_bytes(held)


def _lose_tile(_: list[dict[str, Any]], folder: Path) -> None:
    (folder / "tile/0/000").unlink()


def _forge_checkpoint(_: list[dict[str, Any]], folder: Path) -> None:
    path = folder / "checkpoint"
    lines = path.read_text().split("\n")
    lines[1] = str(int(lines[1]) - 1)
    path.write_text("\n".join(lines))


@pytest.mark.parametrize(
    ("harm", "named"),
    [
        (_alter_entry, "entry 7 is not what was written"),
        (_alter_what_was_asked, "entry 7 is not what was written"),
        (_hide_in_an_erasure, "entry 7 is shown without what proves it"),
        (_invent_the_end, "is beyond the checkpoint"),
        (_miss_entry, "entry 7 is missing"),
        (_swap_entries, "entry 7"),
        (_lose_the_end, "are missing"),
        (_forge_tile, "tile/0/000 is not what the level above holds of it"),
        (_lose_tile, "tile/0/000 is missing"),
        (_forge_checkpoint, "no signature"),
    ],
)
def test_what_is_done_to_a_log_is_named(
    place: Place, tmp_path: Path, harm: Any, named: str
) -> None:
    run(_answer(place, 300))
    run(_grown(place))
    folder = _exported(place, tmp_path / "log")
    path = folder / "entries.ndjson"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    harm(rows, folder)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    code, said = _verified(folder, _key(place), "--entries", str(path))
    assert code == 1 and named in said, said


def test_a_log_that_says_otherwise_to_others_is_found_by_its_witness(
    place: Place, witness: tuple[WitnessState, RemoteWitness]
) -> None:
    remote, key = witness[1], _key(place)
    size = _seen(place, witness)[1].size
    forked = tree.Checkpoint(key.name, size, b"x" * 32)
    note = tree.sign_checkpoint(forked, key.name, key.private)
    assert run(remote(size, [], note)) == size  # it has seen another of that size
    longer = tree.sign_checkpoint(
        tree.Checkpoint(key.name, size + 1, b"x" * 32), key.name, key.private
    )
    assert run(remote(size, [b"y" * 32], longer)) == FORKED
    other = Ed25519PrivateKey.generate()
    assert run(remote(size, [], tree.sign_checkpoint(forked, key.name, other))) == []


def test_a_restore_below_what_was_witnessed_is_refused(
    place: Place, witness: tuple[WitnessState, RemoteWitness]
) -> None:
    remote, key = witness[1], _key(place)
    path, seen = _seen(place, witness)
    ahead = tree.Checkpoint(key.name, seen.size + 10, b"z" * 32)
    path.write_text(tree.sign_checkpoint(ahead, key.name, key.private))
    with pytest.raises(Refusal, match="log-behind"):
        run(_witnessed(place, remote))


def test_a_witness_that_saw_another_tree_stops_the_log(
    place: Place, witness: tuple[WitnessState, RemoteWitness]
) -> None:
    remote, key = witness[1], _key(place)
    path, seen = _seen(place, witness)
    other = tree.Checkpoint(key.name, seen.size, b"z" * 32)
    path.write_text(tree.sign_checkpoint(other, key.name, key.private))
    with pytest.raises(Refusal, match="log-behind"):  # as large, and not the same
        run(_witnessed(place, remote))
    run(_answer(place, 5))
    run(_grown(place))
    with pytest.raises(Refusal, match="log-behind"):  # grown past it since
        run(_witnessed(place, remote))


def test_whoever_takes_its_time_holds_back_no_entry(
    place: Place, witness: tuple[WitnessState, RemoteWitness]
) -> None:
    """A witness, or who is told a fact, answers outside any transaction: the tree grows meanwhile."""
    grown: list[int] = []

    async def slow(*_: object) -> list[str]:
        await _answer(place, 2)
        grown.append(await _grown(place))
        return []

    async def told(_: dict[str, Any]) -> None:
        await slow()

    async def work() -> None:
        await _answer(place, 1)
        await _grown(place)
        async with place.store.pool("logger") as pool:
            await have_witnessed(pool, {"witness.example": witness[1], "slow": slow})
        fact = "insert into gate.fact (fact_id, at, kind, establishment_id) values (gen_random_uuid(), now(), 'streak', $1)"
        async with place.store.pool("owner") as pool:
            async with db.transaction(pool) as tx:
                await db.run(tx, "update gate.fact set told_at = now() where told_at is null")
                for _ in range(2):
                    await db.run(tx, fact, uuid4())
            assert await tell_facts(pool, told) == (2, 0)

    run(work())
    assert grown == [2, 2, 2]


def test_what_a_restore_brings_with_later_numbers_is_in_the_tree_at_once(place: Place) -> None:
    async def work() -> tuple[int, int]:
        await _grown(place)
        entries = await _answer(place, 3)
        async with place.store.pool("owner") as pool, db.transaction(pool) as tx:
            await db.script(tx, "alter table gate.entry disable trigger user")
            far = "update gate.entry set xid = '999999999999' where entry_id = $1"
            await db.run(tx, far, entries[0])
            await db.script(tx, "alter table gate.entry enable trigger user")
            await db.run(tx, "update gate.log_mark set xid = '999999999990'")
        return await _grown(place), await _grown(place)

    assert run(work()) == (3, 0)


def test_nothing_grows_where_an_empty_tree_meets_a_witness_that_saw_more(
    place: Place, witness: tuple[WitnessState, RemoteWitness]
) -> None:
    _seen(place, witness)
    shut: list[str] = []

    async def restored() -> None:
        async with place.store.pool("owner") as pool:
            async with db.transaction(pool) as tx:
                await db.script(
                    tx,
                    "create table kept as select * from gate.checkpoint; delete from gate.checkpoint",
                )
            async with place.store.pool("logger") as logger:
                try:
                    await meet(logger, _key(place), {"witness.example": witness[1]})
                finally:
                    shut.extend(await _shut(pool))
                    async with db.transaction(pool) as tx:
                        await db.script(
                            tx,
                            "delete from gate.checkpoint; insert into gate.checkpoint select * from kept; drop table kept",
                        )

    with pytest.raises(Refusal, match="log-behind"):
        run(restored())
    assert shut == ["claim", "payments", "portal", "preauth", "rights"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"old x\n\nnote", 400),
        (b"old 0\n\nnote", 400),
        (b"old 0\n\nother.example\n1\n" + b"A" * 43 + b"=\n\n", 404),
    ],
)
def test_a_witness_answers_as_c2sp_says(
    witness: tuple[WitnessState, RemoteWitness], body: bytes, status: int
) -> None:
    assert witness[0].add(body).status == status


def test_a_receipt_proves_its_answer_and_no_other(
    place: Place, server: Running, tmp_path: Path
) -> None:
    entries = run(_answer(place, 3))
    run(_grown(place))
    out = tmp_path / "receipt.json"
    words = [
        "--data",
        str(place.settings.data),
        to_code(UUID(int=entries[1].int)),
        "--out",
        str(out),
    ]
    done = CliRunner().invoke(prove, words, catch_exceptions=False)
    assert done.exit_code == 0 and out.stat().st_mode & 0o777 == 0o600
    receipt = json.loads(out.read_text())
    keys = verify.Keys(_key(place).public.text(), [], 0)
    assert verify.check_receipt(receipt, keys)["entry"] == str(entries[1])
    for change in (
        {"index": receipt["index"] + 1},
        {"salt": base64.b64encode(b"x" * 32).decode()},
        {"entry": {**receipt["entry"], "purpose": "claim"}},
        {"inclusion": receipt["inclusion"][1:]},
        {"checkpoint": receipt["checkpoint"].replace("\n", "\n ", 1)},
        {"inclusion": None},
    ):
        with pytest.raises(tree.LogError):
            verify.check_receipt(receipt | change, keys)
    assert verify.main(["receipt", str(out), "--log", _key(place).public.text()]) == 0


def test_the_person_sees_the_proof_of_what_was_answered_on_it(
    server: Running, client: httpx2.Client, tmp_path: Path
) -> None:
    person, other = covered_from(server.place, 500), covered_from(server.place, 515)
    shop = server.shops("pharmacy")[2]
    for one in (person, other):
        ask_at_counter(server, shop, by_card(one))
    browser, _ = enter_insured(server, client, issue_code(server.place, tmp_path, person)[0])
    run(_grown(server.place))
    seen = browser.post("/portal/accesses", {})[1]["accesses"][0]
    assert seen["is_in_tree"] is True
    status, receipt = browser.post("/portal/accesses/proof", {"entry": seen["entry"]})
    assert status == 200, receipt
    keys = verify.Keys(_key(server.place).public.text(), [], 0)
    assert verify.check_receipt(receipt, keys)["entry"] == seen["entry"]
    stranger, _ = enter_insured(server, client, issue_code(server.place, tmp_path, other)[0])
    said = stranger.post("/portal/accesses/proof", {"entry": seen["entry"]})[1]
    assert refusal(said) == "engagement-unknown"


def test_the_person_justifies_what_was_typed_and_gives_a_code_of_its_own(
    server: Running, client: httpx2.Client, tmp_path: Path
) -> None:
    person = covered_from(server.place, 530)
    shop = server.shops("pharmacy")[2]
    establishment = server.place.france.shops[shop].establishment_id
    ask_at_counter(server, shop, by_numbers(person))
    browser, _ = enter_insured(server, client, issue_code(server.place, tmp_path, person)[0])
    seen = browser.post("/portal/accesses", {})[1]["accesses"][0]
    assert (seen["is_owed"], seen["establishment"]) == (True, str(establishment))
    assert (
        browser.post("/portal/accesses/confirm", {"establishment": str(establishment)})[0]
        == 200
    )
    assert browser.post("/portal/accesses", {})[1]["accesses"][0]["is_owed"] is False
    said = browser.post("/portal/accesses/confirm", {"establishment": str(establishment)})[1]
    assert refusal(said) == "change-unknown"
    rows = [json.loads(line) for line in server.place.france.directory]
    finess = next(row["finess"] for row in rows if row.get("id") == str(establishment))
    status, given = browser.post("/portal/presence", {"finess": finess})
    assert status == 200, given
    named = {"insurance": [{"coverage": {"identifier": {"system": "urn:egide:presence", "value": given["code"]}}}]}  # fmt: skip
    ask_at_counter(server, shop, named)
    ask_at_counter(server, shop, named)  # used: it shows nobody
    shown = browser.post("/portal/accesses", {})[1]["accesses"]
    assert [one["basis"] for one in shown][:2] == ["A", "U"]
    assert refusal(browser.post("/portal/presence", {"finess": "750000001"})[1]) in {
        "change-unknown",
        "finess-invalid",
    }


def test_the_log_is_read_over_http(server: Running, client: httpx2.Client) -> None:
    run(_answer(server.place, 260))
    run(_grown(server.place))
    note = client.get("/log/checkpoint").text
    checkpoint = tree.verify_note(note, _key(server.place).public, [], 0)

    def hash_at(level: int, index: int) -> bytes:
        number, inside = divmod(index, 256)
        width = min((checkpoint.size >> 8 * level) - number * 256, 256)
        answer = client.get("/log/" + tree.tile_path(level, number, width))
        assert answer.status_code == 200
        return answer.content[inside * 32 : inside * 32 + 32]

    assert tree.root(checkpoint.size, tree.node_in_tiles(hash_at)) == checkpoint.root
    bundle = client.get("/log/tile/entries/000").content
    assert len(bundle) == 256 * 34 and bundle[:2] == b"\0\x20"
    assert tree.leaf_hash(bundle[2:34]) == client.get("/log/tile/0/000").content[:32]
    for wrong in (
        "0/" + "x999/" * 6 + "000",
        "00/000",
        "0/999",
        "0/x000/000",
        "9/000",
        "0/000.p/0",
        "0/000.p/257",
        "entries/999.p/1",
        "x",
        "0/000.p/256",
    ):
        assert client.get(f"/log/tile/{wrong}").status_code == 404, wrong


def test_the_tree_is_append_only_for_everybody(place: Place) -> None:
    run(_answer(place, 5))
    run(_grown(place))

    async def refused(role: db.Role, query: str) -> bool:
        async with place.store.pool(role) as pool, db.statement(pool) as tx:
            try:
                await db.run(tx, query)  # type: ignore[arg-type]
            except db.DatabaseError:
                return True
            return False

    for query in (
        "update gate.leaf set value = salt where index = 0",
        "delete from gate.leaf where index = 0",
        "truncate gate.leaf",
        "update gate.leaf set salt = value where index = 0",
        "update gate.tile set hashes = substring(hashes for 32) where level = 0",
        "delete from gate.tile",
    ):
        assert run(refused("owner", query)), query
    for query in (
        "select salt from gate.leaf",
        "insert into gate.checkpoint values (999999, '', now())",
        "delete from gate.tile",
    ):
        assert run(refused("app", query)), query
    for query in (
        "update gate.leaf set salt = null",
        "delete from gate.entry",
        "select * from gate.person",
    ):
        assert run(refused("logger", query)), query


def test_two_processes_that_grow_it_do_no_harm(place: Place, tmp_path: Path) -> None:
    import asyncio

    async def both() -> int:
        await _answer(place, 500)
        return sum(await asyncio.gather(_grown(place), _grown(place)))

    assert run(both()) >= 500
    folder = _exported(place, tmp_path / "log")
    code, said = _verified(folder, _key(place), "--entries", str(folder / "entries.ndjson"))
    assert code == 0, said


@pytest.mark.parametrize("role", ["owner", "app", "payer", "logger"])
def test_an_answer_that_is_not_committed_waits_and_is_not_lost(
    place: Place, role: db.Role
) -> None:
    """The order of leaves is that of transactions: one still open holds back those after it, for a moment."""
    import asyncio

    async def work() -> tuple[int, int]:
        await _grown(place)
        async with place.store.pool(role) as pool, db.transaction(pool) as tx:
            await db.run(tx, "select pg_current_xact_id()")
            await _answer(place, 4)
            held = await _grown(place)
        await asyncio.sleep(0)
        return held, await _grown(place)

    held, after = run(work())
    assert (held, after) == (0, 4)


def test_an_import_holds_back_no_answer_for_it_writes_none(place: Place) -> None:
    async def work() -> tuple[int, int]:
        await _grown(place)
        async with place.store.pool("loader") as pool, db.transaction(pool) as tx:
            await db.run(tx, "select pg_current_xact_id()")
            await _answer(place, 4)
            came = await _grown(place)
            await _answer(place, 3)
        return came, await _grown(place)

    assert run(work()) == (4, 3)


@pytest.mark.parametrize(
    "query",
    [
        "insert into gate.entry (establishment_id) values (gen_random_uuid())",
        "select * from gate.ask('{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')",
        "select support_view(gen_random_uuid(), gen_random_uuid(), gen_random_uuid())",
    ],
)
def test_the_login_of_imports_writes_no_entry(place: Place, query: LiteralString) -> None:
    async def work() -> None:
        async with place.store.pool("loader") as pool, db.transaction(pool) as tx:
            with pytest.raises(db.DatabaseError, match="permission denied"):
                await db.run(tx, query)

    run(work())


def test_nothing_else_writes_an_entry(place: Place) -> None:
    """What the tree does not wait for is worth what this says: the functions that write, and who may call them."""
    query = """
        select p.oid::regproc::text as name, has_function_privilege('egide_loader', p.oid, 'execute') as is_the_loaders
          from pg_proc p join pg_namespace n on n.oid = p.pronamespace
         where n.nspname in ('gate', 'public') and p.prosrc ~ 'insert into gate\\.entry\\M'
    """

    async def work() -> dict[str, bool]:
        async with place.store.pool("owner") as pool, db.statement(pool) as tx:
            return {row["name"]: row["is_the_loaders"] for row in await db.many(tx, query)}

    assert run(work()) == {
        "gate.log_left": False,
        "gate.reread": False,
        "gate.write_answers": False,
        "log_export": False,
        "open_own_space": False,
        "support_view": False,
    }


def test_an_erased_person_is_gone_and_the_tree_holds(place: Place, tmp_path: Path) -> None:
    from egide.cli.log.erase import erase

    person = covered(place)[-3]
    establishment = run(new_establishment(place, proved=True))
    asked = [question(establishment, Basis.PRESENCE, card(place, person))]
    run(ask(place, asked))
    run(_grown(place))
    words = ["--data", str(place.settings.data), "--amc", person.amc, person.reference]
    done = CliRunner().invoke(erase, words, catch_exceptions=False)
    assert done.exit_code == 0 and "1 réponses" in done.output
    again = CliRunner().invoke(erase, words)
    assert isinstance(again.exception, Refusal)
    assert not any(
        isinstance(one, Refusal) is False
        for one in run(
            ask(place, [question(establishment, Basis.PRESENCE, card(place, person))])
        )
    )
    run(_grown(place))
    folder = _exported(place, tmp_path / "log")
    code, said = _verified(folder, _key(place), "--entries", str(folder / "entries.ndjson"))
    assert code == 0, said
    out = tmp_path / "r.json"
    words = ["--data", str(place.settings.data), str(asked[0].entry_id), "--out", str(out)]
    assert isinstance(CliRunner().invoke(prove, words).exception, Refusal)
    assert now() and Browser
