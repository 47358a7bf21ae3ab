"""Every statement on the staging tables, on ``gate.person`` and ``gate.cover``."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from egide import db
from egide.members.record import PlanTerms
from egide.members.stage import COLUMNS, Staged
from egide.vault import Sealed

_TENANTS: Final = "select set_config('egide.insurers', $1, true)"
_LOCK: Final = "select pg_advisory_xact_lock(7290453)"
_IMPORTED: Final = """
select l.lines, l.persons, l.refused
  from (select digest, lines, persons, refused from member_import order by imported_at desc, import_id desc limit 1) l
 where l.digest = $1 and l.refused = 0
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import did."""

    lines: int
    persons: int
    refused: int


async def imported(tx: db.Tx, digest: UUID) -> Imported | None:
    """Return what the last import did, if it took the same content whole: only then is there nothing to do."""
    return await db.read_one(tx, Imported, _IMPORTED, digest)


_COUNT: Final = "select count(*) as persons from import_staged where digest = $1"


async def staged_persons(tx: db.Tx, digest: UUID) -> int:
    """Return how many persons are staged."""
    row = await db.first(tx, _COUNT, digest)
    return int(row["persons"]) if row else 0


_PROGRESS: Final = "select line_count, report from import_progress where digest = $1"
_RESET: Final = "delete from import_staged where digest = $1"


async def resume_at(tx: db.Tx, digest: UUID) -> tuple[int, str]:
    """Return how many lines are staged already and the faults they had; clears a broken stage."""
    progress = await db.first(tx, _PROGRESS, digest)
    persons = await staged_persons(tx, digest)
    # After a crash of the server the unlogged stage is empty: then start again.
    if progress is None or (persons == 0 and progress["line_count"] > 0):
        await db.run(tx, _RESET, digest)
        await db.run(tx, "delete from import_progress where digest = $1", digest)
        return 0, ""
    return progress["line_count"], progress["report"]


_ADVANCE: Final = """
insert into import_progress (digest, line_count, report)
values ($1, $2, $3)
    on conflict (digest) do update
   set line_count = excluded.line_count, report = import_progress.report || excluded.report
"""


async def stage(tx: db.Tx, digest: UUID, staged: Staged, lines: int, report: str) -> None:
    """Copy a chunk's rows and note how far the file has been read."""
    await db.copy_in(tx, "import_staged", COLUMNS, staged.rows)
    await db.run(tx, _ADVANCE, digest, lines, report)


# One sort, whatever is estimated of a stage whose statistics are another file's: a join with itself became a loop.
_REPEATED: Final = """
select s.line_number
  from (select line_number, row_number() over (partition by person_id order by line_number) as nth
          from import_staged
         where digest = $1) s
 where s.nth > 1
 order by s.line_number
"""


async def repeated_lines(tx: db.Tx, digest: UUID) -> list[int]:
    """Return the lines that name a person an earlier line has named."""
    return [row["line_number"] for row in await db.many(tx, _REPEATED, digest)]


_DROP_LINES: Final = (
    "delete from import_staged where digest = $1 and line_number = any ($2::bigint[])"
)


async def drop_lines(tx: db.Tx, digest: UUID, lines: list[int]) -> None:
    """Take lines out of the stage."""
    await db.run(tx, _DROP_LINES, digest, lines)


_KNOWN: Final = """
select count(*) as known, count(*) filter (where p.digest <> s.person_digest) as changed
  from import_staged s
  join gate.person p on p.person_id = s.person_id
 where s.digest = $1 and s.line_number between $2 and $3
"""
_REMOVE_CHANGED_COVER: Final = """
delete from gate.cover c
 using import_staged s
  join gate.person p on p.person_id = s.person_id
 where s.digest = $1 and s.line_number between $2 and $3
   and p.digest <> s.person_digest
   and c.address = any (p.addresses)
   and c.person_id = p.person_id
"""
_UPDATE_CHANGED: Final = """
with changed as (
    select s.person_id, s.insurer_id, s.birth_year, s.sealed, s.wrapped_key, s.person_digest, s.card,
           s.member, s.nir, s.starts, s.ends, s.plans, s.contract, s.formers
      from import_staged s
      join gate.person p on p.person_id = s.person_id
     where s.digest = $1 and s.line_number between $2 and $3 and p.digest <> s.person_digest
), cover as (
    insert into gate.cover (address, person_id, start_on, end_on, basis, insurer_id, plan_code)
    select a.address, s.person_id, c.start_on, c.end_on, a.basis, s.insurer_id, c.plan_code
      from changed s
     cross join lateral (values (s.card, 'P'), (s.member, 'U'), (s.nir, 'U')
                          union all select unnest(s.formers), 'U') a (address, basis)
     cross join lateral unnest(s.starts, s.ends, s.plans) c (start_on, end_on, plan_code)
     where a.address is not null
)
update gate.person p
   set birth_year = s.birth_year, sealed = s.sealed, wrapped_key = s.wrapped_key, digest = s.person_digest,
       addresses = array_remove(array[s.card, s.member, s.nir], null) || coalesce(s.formers, '{}'),
       contract_id = s.contract
  from changed s
 where p.person_id = s.person_id
"""
# In the order of the key: neighbouring rows fall on one page of the index, not on one each. New
# covers come before new persons, since a person that is there is how one tells that it is not new.
# $4 says that no person of these lines was there, which spares the look at each. Nearly everyone
# has one period: a function call a row would cost them as much as the insertion.
_INSERT_NEW_COVER: Final = """
insert into gate.cover (address, person_id, start_on, end_on, basis, insurer_id, plan_code)
select a.address, s.person_id, s.starts[1], s.ends[1], a.basis, s.insurer_id, s.plans[1]
  from import_staged s
 cross join lateral (values (s.card, 'P'), (s.member, 'U'), (s.nir, 'U')) a (address, basis)
 where s.digest = $1 and s.line_number between $2 and $3 and a.address is not null
   and ($4 or not exists (select from gate.person p where p.person_id = s.person_id))
   and cardinality(s.starts) = 1
 order by a.address
"""
_INSERT_NEW_COVERS: Final = """
insert into gate.cover (address, person_id, start_on, end_on, basis, insurer_id, plan_code)
select a.address, s.person_id, c.start_on, c.end_on, a.basis, s.insurer_id, c.plan_code
  from import_staged s
 cross join lateral (values (s.card, 'P'), (s.member, 'U'), (s.nir, 'U')) a (address, basis)
 cross join lateral unnest(s.starts, s.ends, s.plans) c (start_on, end_on, plan_code)
 where s.digest = $1 and s.line_number between $2 and $3 and a.address is not null
   and ($4 or not exists (select from gate.person p where p.person_id = s.person_id))
   and cardinality(s.starts) > 1
 order by a.address
"""
_INSERT_FORMERS: Final = """
insert into gate.cover (address, person_id, start_on, end_on, basis, insurer_id, plan_code)
select a.address, s.person_id, c.start_on, c.end_on, 'U', s.insurer_id, c.plan_code
  from import_staged s
 cross join lateral unnest(s.formers) a (address)
 cross join lateral unnest(s.starts, s.ends, s.plans) c (start_on, end_on, plan_code)
 where s.digest = $1 and s.line_number between $2 and $3 and s.formers is not null
   and ($4 or not exists (select from gate.person p where p.person_id = s.person_id))
 order by a.address
"""
_INSERT_NEW_PERSONS: Final = """
insert into gate.person (person_id, insurer_id, birth_year, sealed, wrapped_key, digest, addresses, contract_id)
select s.person_id, s.insurer_id, s.birth_year, s.sealed, s.wrapped_key, s.person_digest,
       array_remove(array[s.card, s.member, s.nir], null) || coalesce(s.formers, '{}'), s.contract
  from import_staged s
 where s.digest = $1 and s.line_number between $2 and $3
   and ($4 or not exists (select from gate.person p where p.person_id = s.person_id))
 order by s.person_id
"""
_RECORD: Final = """
insert into member_import (import_id, digest, lines, persons, refused, imported_at)
values ($1, $2, $3, $4, $5, $6)
"""


async def only_for(tx: db.Tx, insurers: Iterable[UUID]) -> None:
    """Let the rest of a transaction see and write the persons of some insurers, and of no other."""
    await db.first(tx, _TENANTS, ",".join(map(str, insurers)))


async def lock_imports(tx: db.Tx) -> None:
    """Let one import publish at a time."""
    await db.run(tx, _LOCK)


async def publish(tx: db.Tx, digest: UUID, first_line: int, last_line: int) -> None:
    """Move some staged lines into the gate's tables: changed persons replaced, new ones added.

    Cost: reads the lines named and the keys of their persons, nothing else.
    """
    known = await db.first(tx, _KNOWN, digest, first_line, last_line)
    if known is not None and known["changed"]:
        for statement in (_REMOVE_CHANGED_COVER, _UPDATE_CHANGED):
            await db.run(tx, statement, digest, first_line, last_line)
    all_new = known is not None and known["known"] == 0
    for statement in (
        _INSERT_NEW_COVER,
        _INSERT_NEW_COVERS,
        _INSERT_FORMERS,
        _INSERT_NEW_PERSONS,
    ):
        await db.run(tx, statement, digest, first_line, last_line, all_new)


# By the address, whatever is estimated of either table (the offset keeps it apart from the join): in a new installation
# nothing is known of them, and every line was compared with every cover. Who had the number before and is covered no
# more has lost it.
_HELD: Final = """
select s.line_number, a.field
  from import_staged s
 cross join lateral (values (s.card, 'card'), (s.member, 'member'), (s.nir, 'nir')
                      union all select unnest(s.formers), 'member') a (address, field)
 cross join lateral (select c.person_id, c.insurer_id, c.start_on, c.end_on
                       from gate.cover c where c.address = a.address offset 0) c
 where s.digest = $1 and a.field <> 'card' and c.person_id <> s.person_id and c.insurer_id = s.insurer_id
   and exists (select from unnest(s.starts, s.ends) o (start_on, end_on)
                where daterange(o.start_on, o.end_on) * daterange($2, null) && daterange(c.start_on, c.end_on))
 group by s.line_number, a.field
 union all
select h, 'card' from gate.card_held($1, $2) h
 order by 1, 2
"""


async def held_by_others(tx: db.Tx, digest: UUID, today: date) -> list[tuple[int, str]]:
    """Return the published lines whose card, member number or NIR another person has too, from today on; and which."""
    rows = await db.many(tx, _HELD, digest, today)
    return [(row["line_number"], row["field"]) for row in rows]


class Absent(NamedTuple):
    """How many persons of an insurer are covered today, and how many of them a file leaves out."""

    covered: int
    absent: int


# A sort of both sides: a join with a stage whose statistics are another file's became a loop.
_CLOSE_ABSENT: Final = """
with covered as materialized (
    select e.person_id, bool_and(e.is_covered) as is_absent
      from (select c.person_id, true as is_covered
              from gate.cover c
             where c.insurer_id = $1 and (c.end_on is null or c.end_on > $3)
             union all
            select s.person_id, false from import_staged s where s.digest = $2) e
     group by e.person_id
    having bool_or(e.is_covered)
), absent as materialized (
    select person_id from covered where is_absent
), never as (
    delete from gate.cover c
     using absent a
      join gate.person p on p.person_id = a.person_id
     where c.address = any (p.addresses) and c.person_id = p.person_id and c.start_on >= $3
), ended as (
    update gate.cover c
       set end_on = $3
      from absent a
      join gate.person p on p.person_id = a.person_id
     where c.address = any (p.addresses) and c.person_id = p.person_id and c.start_on < $3
       and (c.end_on is null or c.end_on > $3)
), again as (
    update gate.person p
       set digest = ''
      from absent a
     where p.person_id = a.person_id
)
select count(*) as covered, count(*) filter (where is_absent) as absent from covered
"""


async def close_absent(tx: db.Tx, insurer_id: UUID, digest: UUID, today: date) -> Absent:
    """End the covers of those whom a staged and published file does not name; return how many, of how many covered.

    Their next line is taken whatever it says.
    """
    row = await db.first(tx, _CLOSE_ABSENT, insurer_id, digest, today)
    return Absent(row["covered"], row["absent"]) if row else Absent(0, 0)


_STAGED_INSURERS: Final = "select distinct insurer_id from import_staged where digest = $1"


async def staged_insurers(tx: db.Tx, digest: UUID) -> list[UUID]:
    """Return whose persons are staged."""
    return [row["insurer_id"] for row in await db.many(tx, _STAGED_INSURERS, digest)]


_LAST_SEQUENCE: Final = "select sequence from member_sequence where insurer_id = $1"
_NOTE_SEQUENCE: Final = """
insert into member_sequence (insurer_id, sequence, digest, imported_at)
values ($1, $2, $3, $4)
    on conflict (insurer_id) do update
   set sequence = excluded.sequence, digest = excluded.digest, imported_at = excluded.imported_at
"""


async def last_sequence(tx: db.Tx, insurer_id: UUID) -> int:
    """Return the number of an insurer's last file, 0 where it numbers none."""
    row = await db.first(tx, _LAST_SEQUENCE, insurer_id)
    return row["sequence"] if row else 0


async def note_sequence(
    tx: db.Tx, insurer_id: UUID, sequence: int, digest: UUID, now: datetime
) -> None:
    """Note the number of an insurer's last file."""
    await db.run(tx, _NOTE_SEQUENCE, insurer_id, sequence, digest, now, changes=1)


class Counted(NamedTuple):
    """What an import read."""

    lines: int
    persons: int
    refused: int


async def record(
    tx: db.Tx, import_id: UUID, digest: UUID, counts: Counted, now: datetime
) -> None:
    """Note a finished import and clear its stage."""
    await db.run(tx, _RECORD, import_id, digest, *counts, now, changes=1)
    await forget(tx, digest)


async def forget(tx: db.Tx, digest: UUID) -> None:
    """Clear what is staged of a file."""
    await db.run(tx, _RESET, digest)
    await db.run(tx, "delete from import_progress where digest = $1", digest)


_PLANS: Final = """
select distinct on (level_code) level_code, plan_code, option_of, closed_on
  from plan_level
 order by level_code, version_on desc
"""


async def plan_terms(tx: db.Tx) -> dict[str, PlanTerms]:
    """Return what each published level asks of a cover, by its plan code."""
    return {
        row["level_code"]: PlanTerms(
            row["plan_code"], frozenset(row["option_of"]), row["closed_on"]
        )
        for row in await db.many(tx, _PLANS)
    }


_SEALED: Final = """
select person_id, sealed, wrapped_key from gate.person where person_id = any ($1::uuid[])
"""


async def sealed(tx: db.Tx, persons: Sequence[UUID]) -> dict[UUID, Sealed]:
    """Return what is sealed of persons; one that is unknown or was erased is not there."""
    return {
        row["person_id"]: Sealed(row["sealed"], row["wrapped_key"])
        for row in await db.many(tx, _SEALED, list(persons))
    }
