"""Take in an insurer's file: staged chunk by chunk, then published in one transaction, or not at all.

A killed import starts again where its last chunk was staged. The same content is taken in once.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from multiprocessing import get_context
from pathlib import Path
from uuid import UUID

from egide import db
from egide.core.ids import uuid7
from egide.core.period import civil_day
from egide.core.refusal import Refusal, RefusalCode
from egide.directory import Numbers, insurer_numbers
from egide.members import sql
from egide.members.header import Described, read_header
from egide.members.read_file import Chunk, content_digest, file_digest, read_chunks
from egide.members.record import Fault, Plans, PlanTerms
from egide.members.report import read_report, report_text, write_report
from egide.members.stage import MOST_FAULTS, Staged, open_desk, stage_chunk
from egide.members.whole import HELD, check_sequence, close_absent, is_full, note

_WORKERS = 2
_AHEAD = 4  # chunks in hand at once: what bounds the memory


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOutcome:
    """What an import did.

    Args:
        already: the same content had been taken in before; nothing was done.
        resumed_at: lines that an interrupted import had staged already.
        closed: persons whom a full file leaves out and whose cover it ended.
        doubtful: lines taken that share their NIR with another person; the report names them.
    """

    lines: int
    persons: int
    refused: int
    already: bool
    resumed_at: int
    closed: int = 0
    doubtful: int = 0


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
        absent: how many persons a full file may leave out beyond the usual share: that number exactly.
    """

    keys: Path
    skip_refused: bool = False
    amc: str | None = None
    absent: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    path: Path
    keys: Path
    digest: UUID
    described: Described
    skip_refused: bool
    absent: int | None
    today: date
    progress: Callable[[int], None]
    insurers: dict[str, Numbers] = field(default_factory=dict[str, Numbers])
    known: frozenset[str] = frozenset()
    plans: Plans = field(default_factory=dict[str, PlanTerms])

    @property
    def owner(self) -> UUID | None:
        """Return the only insurer whose file it is, None where its lines alone say whose they are."""
        numbers = self.insurers.get(self.described.header.amc)
        return None if numbers is None else numbers.insurer_id

    @property
    def owners(self) -> set[UUID]:
        """Return the insurers whose lines are taken."""
        return {one.insurer_id for one in self.insurers.values()}


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
    described = read_header(next(iter(read_chunks(path)), None), terms.amc)
    job = _Job(
        path=path,
        keys=terms.keys,
        digest=file_digest(path),
        described=described,
        # Who is refused a line of a full file would be taken for somebody who left.
        skip_refused=terms.skip_refused and not is_full(described.header),
        absent=terms.absent,
        today=civil_day(now),
        progress=progress,
    )
    async with db.statement(pool) as tx:
        known = await insurer_numbers(tx)
        insurers = _taken(known, described.header.amc, terms.amc)
        plans = await sql.plan_terms(tx)
    formers = (number for one in insurers.values() for number in one.formers)
    return await _take_in(
        pool,
        replace(
            job,
            digest=content_digest(job.digest, formers),
            insurers=insurers,
            known=frozenset(known),
            plans=plans,
        ),
        now,
    )


def _taken(known: dict[str, Numbers], own: str, asked: str | None) -> dict[str, Numbers]:
    """Return the insurers whose lines a file may hold, by each of their numbers.

    Args:
        own: the number that the file says is its insurer's; empty for any insurer.
        asked: the number that whoever imports it says, which may be another of the same insurer.

    Raises Refusal: ``import-invalid``, for a number of nobody's, or two of two insurers.
    """
    if not own:
        return known
    for number in (own, asked or own):
        if number not in known:
            hint = f"L'assureur {number} n'est pas dans le répertoire : l'y importer d'abord."
            raise Refusal(RefusalCode.IMPORT_INVALID, where="ligne 1", hint=hint)
    owner = known[own].insurer_id
    if known[asked or own].insurer_id != owner:
        hint = f"Ce fichier est celui de {own}, et non de {asked} (--amc)."
        raise Refusal(RefusalCode.IMPORT_INVALID, where="ligne 1", hint=hint)
    return {number: one for number, one in known.items() if one.insurer_id == owner}


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
    doubts: list[Fault] = field(default_factory=list[Fault])
    closed: int = 0


class _NotCleanError(Exception):
    """The file has faults: what was published of it is rolled back."""


async def _take_in(pool: db.Pool, job: _Job, now: datetime) -> ImportOutcome:
    counts = _Counts(0, [], 0)
    try:
        async with db.transaction(pool) as tx:
            await sql.lock_imports(tx)
            await sql.only_for(tx, job.owners)
            # Only now: whoever held the lock may have taken in, or staged, the same content.
            already = await _begin(pool, job, counts)
            if already is not None:
                return already
            if job.owner is not None:
                await check_sequence(tx, job.owner, job.described.header)
            await _publish_while_staging(pool, tx, job, counts)
            await _close_absent(tx, job, counts)
            await _check_held(tx, job, counts)
            return await _record(tx, job, counts, now)
    except _NotCleanError:
        pass
    while True:
        try:
            async with db.transaction(pool) as tx:
                await sql.lock_imports(tx)
                await sql.only_for(tx, job.owners)
                await _drop_faulty(tx, job, counts)
                await sql.publish(tx, job.digest, 1, counts.lines)
                await _close_absent(tx, job, counts)
                await _check_held(tx, job, counts)
                if job.skip_refused:
                    return await _record(tx, job, counts, now)
                raise _NotCleanError
        except _NotCleanError:
            if not job.skip_refused:
                break
    async with db.transaction(pool) as tx:
        await sql.forget(tx, job.digest)
    raise ImportRefusedError(len(counts.faults), write_report(job.path, counts.faults))


async def _drop_faulty(tx: db.Tx, job: _Job, counts: _Counts) -> None:
    """Take out of the stage the lines that cannot be published: those that name a person again, and refused ones."""
    known = {fault.line for fault in counts.faults}
    remedy = "Une ligne par personne : réunir ses périodes dans « covers »."
    reason = "Cette personne est déjà nommée plus haut."
    repeated = [line for line in await sql.repeated_lines(tx, job.digest) if line not in known]
    counts.faults += [Fault(line, "person", reason, remedy) for line in repeated]
    await sql.drop_lines(tx, job.digest, [*known, *repeated])


async def _close_absent(tx: db.Tx, job: _Job, counts: _Counts) -> None:
    """Close whom a full file leaves out: what they held is free before it is looked at who else has it."""
    if job.owner is not None and is_full(job.described.header):
        counts.closed = await close_absent(tx, job.owner, job.digest, job.today, job.absent)


async def _check_held(tx: db.Tx, job: _Job, counts: _Counts) -> None:
    """Note the published lines whose numbers another covered person has; a NIR alone may be shared, by two contracts.

    Raises:
        _NotCleanError: a card or a member number is another's: neither would be answered any more.
    """
    held = await sql.held_by_others(tx, job.digest, job.today)
    counts.doubts = [Fault(line, one, *HELD[one]) for line, one in held if one == "nir"]
    refused = [Fault(line, one, *HELD[one]) for line, one in held if one != "nir"]
    if refused:
        seen: set[int] = set()
        firsts = [one for one in refused if not (one.line in seen or seen.add(one.line))]
        counts.faults += firsts
        raise _NotCleanError


async def _begin(pool: db.Pool, job: _Job, counts: _Counts) -> ImportOutcome | None:
    """Return what was done with this content before, or else set where to go on from."""
    async with db.transaction(pool) as tx:
        row = await sql.imported(tx, job.digest)
        if row is None:
            lines, report = await sql.resume_at(tx, job.digest)
            counts.lines = counts.resumed_at = lines
            counts.faults = read_report(report)
            return None
    return ImportOutcome(
        lines=row.lines,
        persons=row.persons,
        refused=row.refused,
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
    file = (job.digest, job.described.is_csv)
    insurers = {amc: job.insurers.get(amc) for amc in job.known}
    arguments = (job.keys, insurers, job.plans, file, job.today)
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
            read_chunks(job.path), header_lines=job.described.lines, start=counts.lines
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
                report_file = write_report(job.path, counts.faults[:MOST_FAULTS])
                raise ImportRefusedError(len(counts.faults), report_file)
            async with db.transaction(pool) as tx:
                report = report_text(staged.faults)
                await sql.stage(tx, job.digest, staged, counts.lines, report)
            read += len(done.text)
            job.progress(read)
            yield


async def _record(tx: db.Tx, job: _Job, counts: _Counts, now: datetime) -> ImportOutcome:
    persons = await sql.staged_persons(tx, job.digest)
    lines = max(counts.lines - job.described.lines, 0)
    counted = sql.Counted(lines, persons, len(counts.faults))
    if job.owner is not None:
        await note(tx, job.owner, job.described.header, job.digest, now)
    else:
        for insurer_id in await sql.staged_insurers(tx, job.digest):
            await check_sequence(tx, insurer_id, job.described.header)
    await sql.record(tx, uuid7(now), job.digest, counted, now)
    write_report(job.path, [*counts.faults, *counts.doubts])
    return ImportOutcome(
        lines=lines,
        persons=persons,
        refused=len(counts.faults),
        already=False,
        resumed_at=counts.resumed_at,
        closed=counts.closed,
        doubtful=len(counts.doubts),
    )
