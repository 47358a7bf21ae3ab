"""A database killed and lost comes back whole from its backups; to an instant; or not at all, and says why."""

import io
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import LiteralString

import pytest

from conftest import Place, run
from conftest import utc_now as now
from egide import backups, db
from egide.accesslog.configured import log_key
from egide.accesslog.grow import Witness, grow
from egide.backups import Archive, Keeper
from egide.backups.keep import open_archive
from egide.cli.context import clear_data
from egide.core.period import civil_day
from egide.core.refusal import Refusal, RefusalCode
from egide.db.cluster import Cluster, EmbeddedServerError
from egide.payments.closing.sql import next_id
from egide.treasury import say, take_statements, unmatched
from egide.vault import KeyRing
from treasury.builders import OUR_IBAN
from treasury.model_bank import Line, ModelBank

pytestmark = pytest.mark.skipif(
    "EGIDE_DATABASE_URL" in os.environ, reason="another server is in use"
)
_PHRASE = "quatre mots pris au hasard"


@dataclass(slots=True)
class Life:
    """An installation that writes numbers, and the folder of its backups."""

    folder: Path
    name: str = "var"
    store: db.Store | None = None
    keeper: Keeper | None = None
    others: list[Path] = field(default_factory=list[Path])

    @property
    def data(self) -> Path:
        return self.folder / self.name

    @property
    def archive(self) -> Archive:
        return Archive(self.folder / "archive")

    @property
    def owner(self) -> db.Login:
        assert self.store is not None
        return self.store.login("owner")

    def begin(self) -> None:
        self.store = run(db.open_store(db.settings(self.data)))

    def end(self) -> None:
        if self.keeper is not None:
            self.keeper.stop()
            self.keeper = None
        if self.store is not None:
            self.store.close()
            self.store = None

    def ask(self, words: LiteralString, *values: object) -> db.Row | None:
        async def work() -> db.Row | None:
            pool = await db.open_pool(self.owner, size=1)
            try:
                async with db.statement(pool) as tx:
                    return await db.first(tx, words, *values)
            finally:
                await pool.close()

        return run(work())

    def write(self, number: int) -> datetime:
        """Write a number, acknowledged; return an instant after it, and before the next."""
        self.ask("create table if not exists kept (n integer)")
        self.ask("insert into kept values ($1)", number)
        time.sleep(0.02)
        at = datetime.now(UTC)
        time.sleep(0.02)
        return at

    def written(self) -> list[int]:
        row = self.ask("select array_agg(n order by n) as every from kept")
        return [] if row is None else row["every"]

    def keep(self, *, every: timedelta = timedelta(days=1)) -> Keeper:
        """Keep once what is due."""
        keeper = self.keeper or Keeper(self.archive, self.owner, every, timedelta(0), now)
        self.keeper, keeper.every = keeper, every

        async def work() -> None:
            pool = await db.open_pool(self.owner, size=1)
            try:
                await open_archive(self.archive, pool)
                await keeper.step(pool)
            finally:
                await pool.close()

        run(work())
        return keeper

    def wait_until_received(self) -> None:
        until = time.monotonic() + 20
        while time.monotonic() < until:

            async def work() -> int | None:
                pool = await db.open_pool(self.owner, size=1)
                try:
                    async with db.statement(pool) as tx:
                        return await backups.unkept_bytes(tx)
                finally:
                    await pool.close()

            if run(work()) == 0:
                return
            time.sleep(0.05)
        pytest.fail("what changed was never received")

    def secrets(self) -> dict[str, bytes]:
        sealed = backups.seal_keys(self.data / "secrets", _PHRASE)
        return backups.open_keys(sealed, _PHRASE)

    def restored(
        self, until: datetime | None = None, secrets: dict[str, bytes] | None = None
    ) -> "Life":
        """Return another installation, made of this one's backups."""
        name = f"again-{len(self.others)}"
        self.others.append(self.folder / name)
        run(
            backups.restore(
                self.archive, self.folder / name, secrets or self.secrets(), until, now()
            )
        )
        again = Life(self.folder, name)
        again.begin()
        return again

    def kill(self) -> None:
        """Kill the database as a machine that stops would, and lose its disk."""
        process = Cluster.of(self.data).process
        assert process is not None
        os.kill(process, signal.SIGKILL)
        self.end()
        shutil.rmtree(Cluster.of(self.data).folder)


@pytest.fixture
def life() -> Iterator[Life]:
    folder = Path(tempfile.mkdtemp(prefix="egide test é-"))
    folder.chmod(0o755)
    one = Life(folder)
    one.begin()
    try:
        yield one
    finally:
        one.end()
        for data in (one.data, *one.others):
            if data.exists():
                clear_data(data)
        shutil.rmtree(folder, ignore_errors=True)


async def _confirmed(login: db.Login) -> None:
    """Nothing is paid after a restoration until somebody has looked at the bank."""
    pool = await db.open_pool(login, size=1)
    try:
        with pytest.raises(Refusal) as refused:
            await backups.check_confirmed(pool)
        assert refused.value.code is RefusalCode.RESTORED_UNCONFIRMED
        # What was ordered on this day and is lost had numbers, and may be debited: nobody pays that again unseen.
        async with db.transaction(pool) as tx:
            assert (await next_id(tx, civil_day(now()))).endswith("-101")
        lost = ModelBank(OUR_IBAN, civil_day(now())).statement(
            [Line(-5_002, [("LOST", -5_002, "")])]
        )
        await take_statements(
            pool, io.BytesIO(lost), account=OUR_IBAN, now=now(), is_first=True
        )
        with pytest.raises(Refusal) as refused:
            await backups.confirm(pool, "Trésorière", now())
        assert "R00001" in refused.value.hint
        [debit] = (await unmatched(pool)).suspense
        for who in ("Awa", "Bo"):
            await say(pool, debit.full_name, "write-off", who, now=now())
        assert await backups.confirm(pool, "Trésorière", now()) == 1
        await backups.check_confirmed(pool)
        assert await backups.confirm(pool, "Trésorière", now()) == 0
    finally:
        await pool.close()


def _refused(work: Callable[[], object]) -> Refusal:
    with pytest.raises(Refusal) as refused:
        work()
    return refused.value


def test_a_lost_disk_comes_back_with_all_that_was_acknowledged(life: Life) -> None:
    life.write(1)
    life.keep()
    life.write(2)
    life.wait_until_received()
    secrets = life.secrets()
    life.kill()
    again = life.restored(secrets=secrets)
    try:
        assert again.written() == [1, 2]
        assert {
            path.name: path.read_bytes() for path in (again.data / "secrets").iterdir()
        } == secrets
        run(_confirmed(again.owner))
        # It lives on, and is kept on in the same folder.
        again.write(3)
        again.keep()
        again.write(4)
        again.wait_until_received()
    finally:
        again.end()
    third = life.restored(secrets=secrets)
    try:
        assert third.written() == [1, 2, 3, 4]
    finally:
        third.end()


def test_an_instant_comes_back_and_one_that_was_not_kept_leaves_nothing(life: Life) -> None:
    before = life.write(1)
    time.sleep(1.1)  # a copy is named by a whole second
    life.keep()
    time.sleep(1.1)
    between = life.write(2)
    life.write(3)
    life.wait_until_received()
    again = life.restored(between)
    try:
        assert again.written() == [1, 2]
    finally:
        again.end()
    for until, place in ((before, "--until"), (now() + timedelta(hours=1), "--until")):
        refused = _refused(lambda until=until: life.restored(until))
        assert (refused.code, refused.where) == (RefusalCode.VALUE_INVALID, place)
        assert not life.others[-1].exists()


def test_what_was_altered_or_is_another_s_is_refused(life: Life) -> None:
    life.write(1)
    life.keep()
    base = life.archive.bases()[-1].folder / "base.tar.gz"
    held = base.read_bytes()
    base.write_bytes(held[: len(held) // 2] + b"\0" + held[len(held) // 2 + 1 :])
    with pytest.raises(EmbeddedServerError):
        life.restored()
    assert not life.others[-1].exists()
    base.write_bytes(held)
    refused = _refused(lambda: life.archive.open_for("7"))
    assert refused.where == "--to"
    installed = _refused(
        lambda: run(backups.restore(life.archive, life.data, life.secrets(), None, now()))
    )
    assert installed.where == f"--data {life.data}"
    assert life.written() == [1]


def test_keys_open_with_their_phrase_alone(place: Place) -> None:
    sealed = backups.seal_keys(place.settings.secrets, _PHRASE)
    assert set(backups.open_keys(sealed, _PHRASE)) >= {"postgres", "database.json"}
    assert _refused(lambda: backups.open_keys(sealed, _PHRASE + ".")).where == "--keys"
    assert _refused(lambda: backups.open_keys(sealed[:-9], _PHRASE)).where == "--keys"
    assert (
        _refused(lambda: backups.seal_keys(place.settings.secrets, "court")).where == "phrase"
    )


def test_what_the_database_no_longer_keeps_begins_anew_with_a_copy(life: Life) -> None:
    left = life.keep()
    life.keeper = None
    keeper = life.keep()  # a receiver that its keeper left behind is taken over
    life.write(0)
    life.wait_until_received()
    left.stop()
    keeper.stop()
    time.sleep(1.1)
    life.ask("select pg_drop_replication_slot($1)", life.archive.slot())
    life.write(1)
    for _ in range(9):  # what the receiver would go on from is gone
        life.ask("select pg_switch_wal()")
        life.ask("checkpoint")
    first = life.archive.bases()
    for _ in range(20):
        life.keep()
        if len(life.archive.bases()) > len(first):
            break
        time.sleep(0.2)
    life.write(2)
    life.wait_until_received()
    again = life.restored()
    try:
        assert again.written() == [0, 1, 2]
    finally:
        again.end()


def test_what_a_restoration_left_unfinished_is_opened_by_nobody(life: Life) -> None:
    life.write(1)
    life.end()
    (life.data / "restoration-unfinished").touch()
    refused = _refused(lambda: run(db.open_store(db.settings(life.data))))
    assert refused.code is RefusalCode.NOT_INSTALLED and "restauration" in refused.hint
    (life.data / "restoration-unfinished").unlink()
    life.begin()
    life.keep()
    again = life.restored()
    try:
        assert again.written() == [1] and not (again.data / "restoration-unfinished").exists()
    finally:
        again.end()


def test_what_was_abandoned_comes_back_too(life: Life) -> None:
    life.write(1)
    time.sleep(1.1)
    life.keep()
    time.sleep(1.1)
    before = life.write(1)
    life.write(2)
    life.ask("select pg_switch_wal()")
    time.sleep(1.1)
    life.keep(every=timedelta(0))
    time.sleep(1.1)
    wanted = life.write(3)
    life.write(4)
    life.wait_until_received()
    life.end()
    again = life.restored(before)
    try:
        assert again.written() == [1, 1]
        again.keep()
        again.write(100)
        again.wait_until_received()
    finally:
        again.end()
    abandoned = life.restored(wanted)
    try:
        assert abandoned.written() == [1, 1, 2, 3]
    finally:
        abandoned.end()
    # Copies of both timelines stay, and so does what each of them needs.
    kept = life.archive.bases()
    assert [one.first_segment[:8] for one in kept] == ["00000001", "00000002"]
    life.archive.prune(kept[0].taken_at)
    third = life.restored(wanted)
    try:
        assert third.written() == [1, 1, 2, 3]
    finally:
        third.end()
    last = life.restored()
    try:
        assert last.written() == [1, 1, 100]
    finally:
        last.end()


def test_two_copies_are_not_made_at_once(life: Life) -> None:
    life.keep()
    with life.archive.copying():
        refused = _refused(lambda: backups.take_base(life.archive, life.owner, now))
    assert refused.code is RefusalCode.BUSY
    (life.archive.folder / "base" / "oldZ").mkdir()
    assert len(life.archive.bases()) == 1


def test_old_copies_go_and_what_they_alone_needed(life: Life) -> None:
    life.keep()
    for number in range(3):
        life.write(number)
        life.ask("select pg_switch_wal()")
    life.wait_until_received()
    time.sleep(1.1)
    life.keep(every=timedelta(0))
    life.wait_until_received()
    assert not life.archive.prune(life.archive.bases()[-1].taken_at - timedelta(seconds=1))
    assert len(life.archive.prune(life.archive.bases()[-1].taken_at)) == 1
    kept = life.archive.bases()
    assert len(kept) == 1
    first = kept[0].first_segment
    names = [path.name[8:24] for path in life.archive.changes()]
    assert names and min(names) >= first[8:]
    again = life.restored()
    try:
        assert again.written() == [0, 1, 2]
    finally:
        again.end()


def test_a_restored_installation_proves_its_laws_and_its_log(place: Place, life: Life) -> None:
    archive = Archive(life.folder / "of-place")

    async def take() -> None:
        async with place.store.pool("owner") as pool:
            await open_archive(archive, pool)
            async with place.store.pool("logger") as logger:
                while await grow(logger, log_key(KeyRing.open(place.keys))):
                    pass
        backups.take_base(archive, place.store.login("owner"), now)

    run(take())
    secrets = backups.open_keys(backups.seal_keys(place.settings.secrets, _PHRASE), _PHRASE)
    data = life.folder / "proved"
    life.others.append(data)
    run(backups.restore(archive, data, secrets, None, now()))
    store = run(db.open_store(db.settings(data)))

    async def ahead(old: int, _: list[bytes], __: str) -> int:
        return old + 5

    async def other(old: int, _: list[bytes], __: str) -> int:
        return old

    async def prove(**witnesses: Witness) -> backups.Proof:
        async with store.pool("owner") as pool:
            key = log_key(KeyRing.open(data / "secrets" / "keyring.json"))
            return await backups.prove(pool, key, witnesses)

    try:
        found = run(prove())
        assert (found.broken, found.witnesses, found.behind) == ([], 0, "")
        assert found.laws > 20
        assert f"a vu {found.entries + 5} entrées" in run(prove(temoin=ahead)).behind
        assert _refused(lambda: run(prove(temoin=other))).code is RefusalCode.LOG_BEHIND
    finally:
        store.close()
