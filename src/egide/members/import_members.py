"""Take in an insurer's file: staged chunk by chunk, then published in one transaction, or not at all.

A killed import starts again where its last chunk was staged. The same content is taken in once.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field, replace
from datetime import date, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec

from egide import db
from egide.core.ids import uuid7
from egide.core.period import civil_day
from egide.core.refusal import Refusal, RefusalCode
from egide.directory import insurer_ids
from egide.members import sql
from egide.members.read_file import Chunk, file_digest, read_chunks
from egide.members.record import CSV_COLUMNS, FORMAT, Fault, Plans, PlanTerms
from egide.members.stage import MOST_FAULTS, Staged, open_desk, stage_chunk

_WORKERS = 2
_AHEAD = 4  # chunks in hand at once: what bounds the memory
_NDJSON_HEADER: Final = msgspec.json.Decoder(dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOutcome:
    """What an import did.

    Args:
        already: the same content had been taken in before; nothing was done.
        resumed_at: lines that an interrupted import had staged already.
    """

    lines: int
    persons: int
    refused: int
    already: bool
    resumed_at: int


class ImportRefusedError(Exception):
    """Some lines are wrong and the file was refused whole; the report names them."""

    def __init__(self, refused: int, report: Path) -> None:
        super().__init__(f"{refused} ligne(s) refusée(s)")
        self.refused = refused
        self.report = report


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportTerms:
    """How a file is taken in.

    Args:
        keys: the key ring's file.
        skip_refused: take the good lines and leave the bad; otherwise one bad line refuses all.
        amc: number of the insurer whose file it is: no line of another is taken; None where the operator
            vouches for all of it.
    """

    keys: Path
    skip_refused: bool = False
    amc: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    path: Path
    keys: Path
    digest: UUID
    is_csv: bool
    skip_refused: bool
    today: date
    progress: Callable[[int], None]
    insurers: dict[str, UUID] = field(default_factory=dict[str, UUID])
    plans: Plans = field(default_factory=dict[str, PlanTerms])

    @property
    def header_lines(self) -> int:
        return 2 if self.is_csv else 1


async def import_members(
    pool: db.Pool,
    path: Path,
    terms: ImportTerms,
    *,
    now: datetime,
    progress: Callable[[int], None] = lambda _: None,
) -> ImportOutcome:
    """Take in a file of format ``egide-members/1``, NDJSON or CSV, plain, gzip or zstd.

    Args:
        progress: called with the count of bytes read so far.

    Raises Refusal: ``import-invalid`` for a file that cannot be read at all.

    Raises:
        ImportRefusedError: bad lines, nothing taken; the report lies beside the file.
    """
    digest = file_digest(path)
    job = _Job(
        path=path,
        keys=terms.keys,
        digest=digest,
        is_csv=_is_csv(path),
        skip_refused=terms.skip_refused,
        today=civil_day(now),
        progress=progress,
    )
    async with db.statement(pool) as tx:
        known = await insurer_ids(tx)
        insurers = {one: known[one] for one in known if terms.amc in {None, one}}
        plans = await sql.plan_terms(tx)
    return await _take_in(pool, replace(job, insurers=insurers, plans=plans), now)


def _is_csv(path: Path) -> bool:
    first = next(iter(read_chunks(path)), None)
    head, _, rest = (first.text if first else b"").partition(b"\n")
    # A spreadsheet gives every line as many semicolons as the widest has.
    if head.strip().rstrip(b";").rstrip() == f"# {FORMAT}".encode():
        columns = rest.partition(b"\n")[0].strip().decode("utf-8", "replace")
        if columns != ";".join(CSV_COLUMNS):
            raise Refusal(
                RefusalCode.IMPORT_INVALID,
                where="ligne 2",
                hint=f"Colonnes : {';'.join(CSV_COLUMNS)}.",
            )
        return True
    try:
        header = _NDJSON_HEADER.decode(head)
    except (msgspec.DecodeError, UnicodeDecodeError):
        header = {}
    if header.get("format") != FORMAT:
        hint = (
            f'Première ligne attendue : {{"format":"{FORMAT}"}} (NDJSON) ou # {FORMAT} (CSV).'
        )
        raise Refusal(RefusalCode.IMPORT_INVALID, where="ligne 1", hint=hint)
    return False


def _without_header(
    chunks: Iterator[Chunk], *, header_lines: int, start: int
) -> Iterator[Chunk]:
    """Yield the chunks past the header and past what is staged already."""
    skip = max(header_lines, start)
    for chunk in chunks:
        last = chunk.first_line + chunk.lines - 1
        if last <= skip:
            continue
        if chunk.first_line > skip:
            yield chunk
            continue
        drop = skip - chunk.first_line + 1
        text = chunk.text.split(b"\n", drop)[drop]
        yield Chunk(skip + 1, chunk.lines - drop, text)


@dataclass(slots=True)
class _Counts:
    """How many lines of the file have been staged, the header's included, and the refused ones."""

    lines: int
    faults: list[Fault]
    resumed_at: int


class _NotCleanError(Exception):
    """The file has faults: what was published of it is rolled back."""


async def _take_in(pool: db.Pool, job: _Job, now: datetime) -> ImportOutcome:
    counts = _Counts(0, [], 0)
    try:
        async with db.transaction(pool) as tx:
            await sql.lock_imports(tx)
            await sql.only_for(tx, job.insurers.values())
            # Only now: whoever held the lock may have taken in, or staged, the same content.
            already = await _begin(pool, job, counts)
            if already is not None:
                return already
            await _publish_while_staging(pool, tx, job, counts)
            return await _record(tx, job, counts, now)
    except _NotCleanError:
        pass
    async with db.transaction(pool) as tx:
        await sql.lock_imports(tx)
        await sql.only_for(tx, job.insurers.values())
        repeated = await sql.repeated_lines(tx, job.digest)
        remedy = "Une ligne par personne : réunir ses périodes dans « covers »."
        reason = "Cette personne est déjà nommée plus haut."
        counts.faults += [Fault(line, "person", reason, remedy) for line in repeated]
        if counts.faults and not job.skip_refused:
            await sql.forget(tx, job.digest)
        else:
            await sql.drop_lines(tx, job.digest, repeated)
            await sql.publish(tx, job.digest, 1, counts.lines)
            return await _record(tx, job, counts, now)
    raise ImportRefusedError(len(counts.faults), _write_report_file(job, counts.faults))


async def _begin(pool: db.Pool, job: _Job, counts: _Counts) -> ImportOutcome | None:
    """Return what was done with this content before, or else set where to go on from."""
    async with db.transaction(pool) as tx:
        row = await sql.imported(tx, job.digest)
        if row is None:
            lines, report = await sql.resume_at(tx, job.digest)
            counts.lines = counts.resumed_at = lines
            counts.faults = _read_report(report)
            return None
    return ImportOutcome(
        lines=row["lines"],
        persons=row["persons"],
        refused=row["refused"],
        already=True,
        resumed_at=0,
    )


async def _publish_while_staging(pool: db.Pool, tx: db.Tx, job: _Job, counts: _Counts) -> None:
    """Stage the file, while ``tx`` publishes what is staged: the two use a core each.

    Raises:
        _NotCleanError: a line is refused or a person is named twice; all of the file is staged
            by then, so that the report names every fault.
    """
    published = 0
    running: asyncio.Task[bool] | None = None
    clean = True
    try:
        async for _ in _stage(pool, job, counts):
            if running is not None and running.done():
                clean = clean and await running
                running = None
            if clean and not counts.faults and running is None:
                running = asyncio.create_task(
                    _publish_lines(tx, job.digest, published + 1, counts.lines)
                )
                published = counts.lines
    finally:
        if running is not None:
            clean = await running and clean
    if counts.faults or not clean or await sql.repeated_lines(tx, job.digest):
        raise _NotCleanError
    await sql.publish(tx, job.digest, published + 1, counts.lines)


async def _publish_lines(tx: db.Tx, digest: UUID, first_line: int, last_line: int) -> bool:
    """Publish some lines; False if they name a person twice, which the schema refuses."""
    try:
        await sql.publish(tx, digest, first_line, last_line)
    except db.UniqueViolation:
        return False
    return True


@contextmanager
def _workers(job: _Job) -> Generator[Callable[[Chunk], "Future[Staged]"]]:
    arguments = (job.keys, job.insurers, job.plans, (job.digest, job.is_csv), job.today)
    executor = ProcessPoolExecutor(
        _WORKERS, mp_context=get_context("spawn"), initializer=open_desk, initargs=arguments
    )
    try:
        yield lambda chunk: executor.submit(stage_chunk, chunk)
    finally:
        executor.shutdown(cancel_futures=True)


async def _stage(pool: db.Pool, job: _Job, counts: _Counts) -> AsyncGenerator[None]:
    """Stage every chunk in order, each in a transaction of its own; yield after each."""
    read = 0
    waiting: deque[tuple[Chunk, Future[Staged]]] = deque()
    with _workers(job) as submit:
        chunks = _without_header(
            read_chunks(job.path), header_lines=job.header_lines, start=counts.lines
        )
        while True:
            chunk = next(chunks, None) if len(waiting) < _AHEAD else None
            if chunk is not None:
                waiting.append((chunk, submit(chunk)))
                continue
            if not waiting:
                return
            done, future = waiting.popleft()
            staged = await asyncio.wrap_future(future)
            counts.lines = done.first_line + done.lines - 1
            counts.faults += staged.faults
            if len(counts.faults) > MOST_FAULTS:
                async with db.transaction(pool) as tx:
                    await sql.forget(tx, job.digest)
                report_file = _write_report_file(job, counts.faults[:MOST_FAULTS])
                raise ImportRefusedError(len(counts.faults), report_file)
            async with db.transaction(pool) as tx:
                report = _write_report(staged.faults)
                await sql.stage(tx, job.digest, staged, counts.lines, report)
            read += len(done.text)
            job.progress(read)
            yield


async def _record(tx: db.Tx, job: _Job, counts: _Counts, now: datetime) -> ImportOutcome:
    persons = await sql.staged_persons(tx, job.digest)
    lines = max(counts.lines - job.header_lines, 0)
    counted = sql.Counted(lines, persons, len(counts.faults))
    await sql.record(tx, uuid7(now), job.digest, counted, now)
    _write_report_file(job, counts.faults)
    return ImportOutcome(
        lines=lines,
        persons=persons,
        refused=len(counts.faults),
        already=False,
        resumed_at=counts.resumed_at,
    )


def _write_report_file(job: _Job, faults: list[Fault]) -> Path:
    report = job.path.with_name(f"{job.path.name}.report.ndjson")
    report.unlink(missing_ok=True)
    if faults:
        faults.sort(key=lambda fault: fault.line)
        report.touch(mode=0o600)
        report.write_text(_write_report(faults), "utf-8")
    return report


def _write_report(faults: list[Fault]) -> str:
    names = ("line", "field", "reason", "remedy")
    rows = [
        msgspec.json.encode(dict(zip(names, astuple(fault), strict=True))) for fault in faults
    ]
    return "".join(f"{row.decode()}\n" for row in rows)


def _read_report(text: str) -> list[Fault]:
    rows: list[dict[str, int | str]] = [msgspec.json.decode(line) for line in text.splitlines()]
    return [
        Fault(int(row["line"]), str(row["field"]), str(row["reason"]), str(row["remedy"]))
        for row in rows
    ]
