"""Every statement on imported acts and their tariffs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from egide import db
from egide.nomenclature.tariff import Entry

_EDITION: Final = """
insert into nomenclature_edition (edition_id, source, acts, taken_at)
values ($1, $2, $3, $4)
"""


async def insert_edition(
    tx: db.Tx, edition: UUID, source: str, acts: int, now: datetime
) -> None:
    """Note that acts were published, from where and how many."""
    await db.run(tx, _EDITION, edition, source, acts, now)


_ACTS: Final = """
insert into nomenclature_act (system, code, label, family, professions, edition_id)
select u.system, u.code, u.label, u.family, string_to_array(u.professions, ','), $6
  from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
       as u (system, code, label, family, professions)
    on conflict (system, code) do update
   set label = excluded.label, family = excluded.family, professions = excluded.professions,
       edition_id = excluded.edition_id
"""
_FORGET: Final = """
delete from nomenclature_tariff t
 using unnest($1::text[], $2::text[]) as u (system, code)
 where t.system = u.system and t.code = u.code
"""
_TARIFFS: Final = """
insert into nomenclature_tariff (system, code, since_on, until_on, basis, base_cents, limit_cents,
                                 not_optam_cents, source)
select * from unnest($1::text[], $2::text[], $3::date[], $4::date[], $5::text[], $6::bigint[], $7::bigint[],
                     $8::bigint[], $9::text[])
"""


async def replace_acts(tx: db.Tx, entries: Sequence[Entry], edition: UUID) -> None:
    """Store acts; each replaces the one of its code, with all its tariffs."""
    systems, codes = [one.system for one in entries], [one.code for one in entries]
    await db.run(
        tx,
        _ACTS,
        systems,
        codes,
        [one.label for one in entries],
        [one.kind.family for one in entries],
        [",".join(sorted(one.professions)) for one in entries],
        edition,
    )
    await db.run(tx, _FORGET, systems, codes)
    rows = [
        (
            one.system,
            one.code,
            tariff.since,
            tariff.until,
            tariff.basis.value,
            tariff.base_cents,
            tariff.limit_cents,
            tariff.not_optam_cents,
            tariff.source,
        )
        for one in entries
        for tariff in one.tariffs
    ]
    await db.run(tx, _TARIFFS, *(list(column) for column in zip(*rows, strict=True)))


_COUNT: Final = "select count(*) as editions from nomenclature_edition"


async def count_editions(tx: db.Tx) -> int:
    """Return how many times acts were published."""
    row = await db.first(tx, _COUNT)
    return 0 if row is None else row["editions"]


_ALL: Final = """
select a.system, a.code, a.label, a.family, a.professions, t.since_on, t.until_on, t.basis,
       t.base_cents, t.limit_cents, t.not_optam_cents, t.source
  from nomenclature_act a
  join nomenclature_tariff t using (system, code)
 order by a.system, a.code, t.since_on
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTariff:
    """A tariff of an imported act, with what its act says."""

    system: str
    code: str
    label: str
    family: str
    professions: Sequence[str]
    since_on: date
    until_on: date | None
    basis: str
    base_cents: int
    limit_cents: int | None
    not_optam_cents: int | None
    source: str


async def tariffs(tx: db.Tx) -> list[StoredTariff]:
    """Return every tariff, by act, then by day."""
    return await db.read(tx, StoredTariff, _ALL)
