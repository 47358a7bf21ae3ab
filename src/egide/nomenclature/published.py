"""Imported acts in the database, and what keeps them in memory beside the shipped ones."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

from egide import db
from egide.core.ids import uuid7
from egide.nomenclature import sql
from egide.nomenclature.families import families
from egide.nomenclature.nomenclature import Nomenclature, load_nomenclature
from egide.nomenclature.tariff import Basis, Entry, Tariff

_SLICE = 5_000


async def publish_acts(
    tx: db.Tx, entries: Sequence[Entry], *, source: str, now: datetime
) -> None:
    """Store acts; each replaces the one of its code, with all its tariffs.

    Claims decided before keep their price. Running servers read the new acts at their next claim.
    """
    edition = uuid7(now)
    await sql.insert_edition(tx, edition, source, len(entries), now)
    for start in range(0, len(entries), _SLICE):
        await sql.replace_acts(tx, entries[start : start + _SLICE], edition)


async def published_acts(tx: db.Tx) -> list[Entry]:
    """Return every imported act.

    Cost: a scan of the tables; the whole CCAM, LPP and BDPM are some 100,000 rows.
    """
    return list(_entries(await sql.tariffs(tx)))


def _entries(rows: Iterable[sql.StoredTariff]) -> Iterable[Entry]:
    known = families()
    shared: dict[tuple[str, ...], frozenset[str]] = {}
    for (system, code), some in groupby(rows, key=lambda row: (row.system, row.code)):
        tariffs = list(some)
        first = tariffs[0]
        billers = tuple(first.professions)
        yield Entry(
            system=system,
            code=code,
            kind=known[first.family].kind,
            label=first.label,
            professions=shared.setdefault(billers, frozenset(billers)),
            tariffs=tuple(_tariff(row) for row in tariffs),
        )


def _tariff(row: sql.StoredTariff) -> Tariff:
    return Tariff(
        since=row.since_on,
        until=row.until_on,
        basis=Basis(row.basis),
        base_cents=row.base_cents,
        limit_cents=row.limit_cents,
        not_optam_cents=row.not_optam_cents,
        source=row.source,
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
        editions = await sql.count_editions(tx)
        if editions != self._editions:
            self.nomenclature = load_nomenclature().extended(await published_acts(tx))
            self._editions = editions
