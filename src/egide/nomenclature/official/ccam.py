"""The CCAM as dBase tables (R_ACTE, R_ACTE_IVITE, R_ACTE_IVITE_PHASE, R_PU_BASE, R_TB23).

An act's first activity in its only phase keeps the code alone (``HBLD038``); another activity or phase
follows it (``HHFA001-4``, ``ZZQA001-1-2``). Prices depend on the grid of who bills: which number stands
for whom is in R_TB23, and is for the deployer to choose.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final, NamedTuple

from egide.nomenclature.families import Family, families, grouped_families
from egide.nomenclature.official.dbase import Row, Tables, open_tables, text_of
from egide.nomenclature.official.taken import OfficialFileError, Taken, day_after, rounded_cents
from egide.nomenclature.tariff import Basis, Tariff

SYSTEM: Final = "ccam"
_TEETH: Final = "HB"  # the chapter of teeth, gums and alveoli in the coding of CCAM


@dataclass(frozen=True, slots=True)
class Grids:
    """Which grids of prices to take.

    Args:
        optam: that of those who bill at the tariff, or within OPTAM; None where the tables have one.
        not_optam: that of the others; None if it is the same.
    """

    optam: int | None = None
    not_optam: int | None = None


class _Phase(NamedTuple):
    """An activity of an act in one phase, with what the act's own row says of its price."""

    act: str
    suffix: str
    grouping: str
    since: date | None
    price: Decimal | None


def read_ccam(paths: Iterable[Path], grids: Grids) -> Taken:
    """Read the tables of a version of the CCAM.

    Raises:
        OfficialFileError: a table is missing, or several grids are there and none is chosen.
    """
    taken = Taken()
    with open_tables(paths) as tables:
        labels, ends = _acts(tables)
        phases = _phases(tables)
        prices = _prices(tables, grids)
        taken.tables = list(dict.fromkeys(tables.read))
    for key, phase in sorted(phases.items()):
        code = phase.act + phase.suffix
        family = _family(phase)
        if family is None:
            taken.leave(code, f"code de regroupement « {phase.grouping} » sans famille")
            continue
        tariffs = _tariffs(phase, prices.get(key, {}), grids, ends.get(phase.act), family)
        if tariffs:
            taken.add(SYSTEM, code, labels.get(phase.act, code), family, tariffs)
        else:
            taken.leave(code, "sans prix ni date d'effet")
    return taken


def _family(phase: _Phase) -> Family | None:
    """Return the family of a grouping code; surgery and images of the teeth share theirs with the rest."""
    family = grouped_families().get(phase.grouping)
    if family is not None and phase.act.startswith(_TEETH):
        if "acte-technique" in family.kind.lineage:
            return families()["chirurgie-dentaire"]
        if "imagerie" in family.kind.lineage:
            return families()["radiologie-dentaire"]
    return family


def _acts(tables: Tables) -> tuple[dict[str, str], dict[str, date]]:
    labels: dict[str, str] = {}
    ends: dict[str, date] = {}
    for row in tables.rows("r_acte", "COD_ACTE", "NOM_COURT"):
        code = text_of(row, "COD_ACTE")
        labels[code] = text_of(row, "NOM_COURT")
        if (end := day_after(row.get("DT_FIN"))) is not None:
            ends[code] = end
        else:
            ends.pop(code, None)
    return labels, ends


def _phases(tables: Tables) -> dict[str, _Phase]:
    """Return the phases by their own key (COD_AAP); the row that comes last is the current one."""
    activities: dict[str, Row] = {}
    for row in tables.rows("r_acte_ivite", "COD_AA", "ACTE_COD", "ACTIV_COD", "REGROU_COD"):
        activities[text_of(row, "COD_AA")] = row
    found: dict[str, _Phase] = {}
    for row in tables.rows("r_acte_ivite_phase", "COD_AAP", "AA_COD", "PHASE_COD"):
        activity = activities.get(text_of(row, "AA_COD"))
        if activity is None:
            continue
        number, phase = text_of(activity, "ACTIV_COD"), text_of(row, "PHASE_COD")
        suffix = "" if number == "1" else f"-{number}"
        if phase not in {"", "0"}:
            suffix = f"-{number}-{phase}"
        since, price = row.get("DT_MODIF"), row.get("PU_BASE")
        found[text_of(row, "COD_AAP")] = _Phase(
            act=text_of(activity, "ACTE_COD"),
            suffix=suffix,
            grouping=text_of(activity, "REGROU_COD"),
            since=since if isinstance(since, date) else None,
            price=price if isinstance(price, Decimal) else None,
        )
    return found


_Prices = dict[str, dict[int, dict[date, Decimal]]]


def _prices(tables: Tables, grids: Grids) -> _Prices:
    """Return what each grid says of each phase, by day; nothing where the version has no grids."""
    found: _Prices = {}
    if not tables.has("r_pu_base"):
        return found
    seen: set[int] = set()
    for row in tables.rows("r_pu_base", "AAP_COD", "GRILLE_COD", "PU_BASE", "APDT_MODIF"):
        grid, since, price = (row.get(name) for name in ("GRILLE_COD", "APDT_MODIF", "PU_BASE"))
        if not isinstance(grid, Decimal) or not isinstance(since, date) or price is None:
            continue
        seen.add(int(grid))
        days = found.setdefault(text_of(row, "AAP_COD"), {}).setdefault(int(grid), {})
        days[since] = price
    if (len(seen) > 1 and grids.optam is None) or (
        {grids.optam, grids.not_optam} - seen - {None}
    ):
        said = "; ".join(_named_grids(tables)) or ", ".join(map(str, sorted(seen)))
        raise OfficialFileError(
            reason="les prix dépendent de la grille de qui facture.",
            remedy=f"Choisir --grid (OPTAM, secteur 1) et --grid-not-optam parmi : {said}.",
        )
    return found


def _named_grids(tables: Tables) -> list[str]:
    if not tables.has("r_tb23"):
        return []
    rows = tables.rows("r_tb23", "COD_GRILLE", "LIBELLE")
    return [f"{text_of(row, 'COD_GRILLE')} ({text_of(row, 'LIBELLE')})" for row in rows]


def _tariffs(
    phase: _Phase,
    prices: dict[int, dict[date, Decimal]],
    grids: Grids,
    end: date | None,
    family: Family,
) -> list[Tariff]:
    chosen = grids.optam
    if chosen is None and len(prices) == 1:
        [chosen] = prices
    inside = prices.get(chosen, {}) if chosen is not None else {}
    outside = prices.get(grids.not_optam, {}) if grids.not_optam is not None else {}
    if not inside and phase.price is not None and phase.since is not None:
        inside = {phase.since: phase.price}
    tariffs: list[Tariff] = []
    for since in sorted({*inside, *outside}):
        if end is not None and since >= end:
            continue
        price, other = _on(inside, since), _on(outside, since)
        if price is None:
            continue
        tariffs.append(
            Tariff(
                since=since,
                basis=Basis.FIXED,
                base_cents=rounded_cents(price),
                source=f"CCAM, tarif au {since:%d/%m/%Y}",
                not_optam_cents=None
                if other is None or not family.kind.is_doctor
                else rounded_cents(other),
                until=end,
            )
        )
    return tariffs


def _on(days: dict[date, Decimal], day: date) -> Decimal | None:
    past = [since for since in days if since <= day]
    return days[max(past)] if past else None
