"""The LPP as dBase tables: ``lpp_fiche_totNNN`` (one row a code) and ``lpp_histo_totNNN`` (its tariffs).

TARIF is the base by unit, PUREGLEMEN the regulated price (PLV), NAT_PREST the grouping code. A code without
a tariff is paid on an estimate: its base is what the professional's software sends.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

from egide.nomenclature.families import grouped_families
from egide.nomenclature.official.dbase import Row, code_of, open_tables, text_of
from egide.nomenclature.official.taken import Taken, day_after, rounded_cents
from egide.nomenclature.tariff import Basis, Tariff

SYSTEM: Final = "lpp"
_DIGITS = 7


def read_lpp(paths: Iterable[Path]) -> Taken:
    """Read the tables of a version of the LPP.

    Raises:
        OfficialFileError: a table or a column is missing.
    """
    taken = Taken()
    history: dict[str, list[Row]] = {}
    with open_tables(paths) as tables:
        rows = tables.rows("lpp_histo_tot", "CODE_TIPS", "DEBUTVALID", "TARIF", "NAT_PREST")
        for row in rows:
            history.setdefault(code_of(row, "CODE_TIPS", _DIGITS), []).append(row)
        for row in tables.rows("lpp_fiche_tot", "CODE_TIPS", "NOM_COURT"):
            code = code_of(row, "CODE_TIPS", _DIGITS)
            _take(taken, code, row, history.get(code, []))
        taken.tables = tables.read
    return taken


def _take(taken: Taken, code: str, card: Row, history: list[Row]) -> None:
    end = day_after(card.get("DATE_FIN"))
    dated = [row for row in history if isinstance(row.get("DEBUTVALID"), date)]
    if not dated:
        taken.leave(code, "sans tarif daté")
        return
    newest = max(dated, key=lambda row: row["DEBUTVALID"])
    grouping = text_of(newest, "NAT_PREST")
    family = grouped_families().get(grouping)
    if family is None:
        taken.leave(code, f"code de regroupement « {grouping} » sans famille")
        return
    tariffs = [_tariff(row, end) for row in dated if end is None or row["DEBUTVALID"] < end]
    taken.add(SYSTEM, code, text_of(card, "NOM_COURT"), family, tariffs)


def _tariff(row: Row, end: date | None) -> Tariff:
    since = row["DEBUTVALID"]
    base, limit = row.get("TARIF"), row.get("PUREGLEMEN")
    until = day_after(row.get("FINHISTO"))
    until = None if until is not None and until <= since else until
    ends = [day for day in (until, end) if day is not None]
    cents = rounded_cents(base) if isinstance(base, Decimal) else 0
    return Tariff(
        since=since,
        basis=Basis.FIXED if cents else Basis.DECLARED,
        base_cents=cents,
        source=f"LPP, tarif au {since:%d/%m/%Y}",
        limit_cents=rounded_cents(limit) if isinstance(limit, Decimal) and limit > 0 else None,
        until=min(ends) if ends else None,
    )
