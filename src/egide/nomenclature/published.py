"""Imported acts in the database, and what keeps them in memory beside the shipped ones."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final

from egide import db
from egide.core.ids import uuid7
from egide.nomenclature.families import families
from egide.nomenclature.nomenclature import Nomenclature, load_nomenclature
from egide.nomenclature.tariff import Basis, Entry, Tariff

_EDITION: Final = """
insert into nomenclature_edition (edition_id, source, acts, taken_at)
values ($1, $2, $3, $4)
"""
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
_SLICE = 5_000


async def publish_acts(
    tx: db.Tx, entries: Sequence[Entry], *, source: str, now: datetime
) -> None:
    """Store acts; each replaces the one of its code, with all its tariffs.

    Claims decided before keep their price. Running servers read the new acts at their next claim.
    """
    edition = uuid7(now)
    await db.run(tx, _EDITION, edition, source, len(entries), now)
    for start in range(0, len(entries), _SLICE):
        some = entries[start : start + _SLICE]
        systems, codes = [one.system for one in some], [one.code for one in some]
        await db.run(
            tx,
            _ACTS,
            systems,
            codes,
            [one.label for one in some],
            [one.kind.family for one in some],
            [",".join(sorted(one.professions)) for one in some],
            edition,
        )
        await db.run(tx, _FORGET, systems, codes)
        rows = [_row(one, tariff) for one in some for tariff in one.tariffs]
        await db.run(tx, _TARIFFS, *(list(column) for column in zip(*rows, strict=True)))


def _row(entry: Entry, tariff: Tariff) -> tuple[object, ...]:
    return (
        entry.system,
        entry.code,
        tariff.since,
        tariff.until,
        tariff.basis.value,
        tariff.base_cents,
        tariff.limit_cents,
        tariff.not_optam_cents,
        tariff.source,
    )


_COUNT: Final = "select count(*) as editions from nomenclature_edition"
_ALL: Final = """
select a.system, a.code, a.label, a.family, a.professions, t.since_on, t.until_on, t.basis,
       t.base_cents, t.limit_cents, t.not_optam_cents, t.source
  from nomenclature_act a
  join nomenclature_tariff t using (system, code)
 order by a.system, a.code, t.since_on
"""


async def published_acts(tx: db.Tx) -> list[Entry]:
    """Return every imported act.

    Cost: a scan of the tables; the whole CCAM, LPP and BDPM are some 100,000 rows.
    """
    return list(_entries(await db.many(tx, _ALL)))


def _entries(rows: Iterable[db.Row]) -> Iterable[Entry]:
    known = families()
    shared: dict[tuple[str, ...], frozenset[str]] = {}
    for (system, code), some in groupby(rows, key=lambda row: (row["system"], row["code"])):
        tariffs = list(some)
        first = tariffs[0]
        billers = tuple(first["professions"])
        yield Entry(
            system=system,
            code=code,
            kind=known[first["family"]].kind,
            label=first["label"],
            professions=shared.setdefault(billers, frozenset(billers)),
            tariffs=tuple(_tariff(row) for row in tariffs),
        )


def _tariff(row: db.Row) -> Tariff:
    return Tariff(
        since=row["since_on"],
        until=row["until_on"],
        basis=Basis(row["basis"]),
        base_cents=row["base_cents"],
        limit_cents=row["limit_cents"],
        not_optam_cents=row["not_optam_cents"],
        source=row["source"],
    )


class CurrentNomenclature:
    """The acts in memory: the shipped ones, and those imported, which come first."""

    def __init__(self) -> None:
        self._editions = 0
        self.nomenclature: Nomenclature = load_nomenclature()

    async def refresh(self, tx: db.Tx) -> None:
        """Read the imported acts if there are others than those read.

        Cost: a count; only if it changed, a scan of the tables.
        """
        counted = await db.first(tx, _COUNT)
        editions = 0 if counted is None else counted["editions"]
        if editions != self._editions:
            self.nomenclature = load_nomenclature().extended(await published_acts(tx))
            self._editions = editions
