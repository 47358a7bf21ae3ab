"""Our own table of acts (CSV), for what is published as a text only: the NGAP, local tariffs.

Columns, by name, in any order: ``systeme;code;libelle;famille;base;hors_optam;limite;du;au;source``.
Documented in ``docs/howto/import-nomenclatures.md``.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from egide.nomenclature.exact_yaml import to_cents
from egide.nomenclature.families import families
from egide.nomenclature.official.taken import MOST_EUROS, OfficialFileError, Taken, day_after
from egide.nomenclature.tariff import Basis, Tariff

_NEEDED: Final = ("systeme", "code", "libelle", "famille", "base", "du", "source")
_ALL: Final = (*_NEEDED, "hors_optam", "limite", "au")
_BASES: Final = {"déclarée": Basis.DECLARED, "prix": Basis.PRICE}


@dataclass(slots=True)
class _Act:
    label: str
    family: str
    tariffs: list[Tariff]


def read_table(lines: Iterable[str]) -> Taken:
    """Read a table of acts; any mistake refuses it whole.

    Raises:
        OfficialFileError: a column is missing, or a line is wrong: its number, column and remedy.
    """
    reader = csv.DictReader(lines, delimiter=";")
    columns = reader.fieldnames or ()
    missing = [name for name in _NEEDED if name not in columns]
    unknown = [name for name in columns if name not in _ALL]
    if missing or unknown or len(set(columns)) < len(columns):
        raise OfficialFileError(
            reason=f"ligne 1 : colonnes absentes : {', '.join(missing) or 'aucune'} ; "
            f"inconnues : {', '.join(unknown) or 'aucune'} ; chacune doit y être une fois.",
            remedy=f"Écrire en tête : {';'.join(_ALL)}.",
        )
    acts: dict[tuple[str, str], _Act] = {}
    try:
        for row in reader:
            _row(acts, row, reader.line_num)
    except csv.Error as error:
        raise OfficialFileError(
            reason=f"ligne {reader.line_num} : la ligne n'est pas lisible.",
            remedy="Vérifier ses guillemets.",
        ) from error
    taken = Taken()
    for (system, code), act in acts.items():
        taken.add(system, code, act.label, families()[act.family], act.tariffs)
    return taken


class _Cells:
    """The cells of one line, each read with its refusal."""

    def __init__(self, row: Mapping[str, str | None], number: int) -> None:
        self._row = row
        self._number = number

    def text(self, name: str) -> str:
        return (self._row.get(name) or "").strip()

    def refuse(self, name: str, remedy: str) -> OfficialFileError:
        said = f"ligne {self._number}, {name} : « {self.text(name)} » n'est pas attendu."
        return OfficialFileError(reason=said, remedy=remedy)

    def amount(self, name: str) -> int | None:
        """Return an amount in cents, None where the cell is empty."""
        text = self.text(name).replace(",", ".").removesuffix("€").strip()
        if not text:
            return None
        try:
            cents = to_cents(Decimal(text))
        except (ArithmeticError, ValueError):
            cents = -1
        if not 0 <= cents <= MOST_EUROS * 100:
            raise self.refuse(name, "Écrire des euros et des centimes : 26,50.")
        return cents

    def day(self, name: str) -> date | None:
        if not self.text(name):
            return None
        try:
            return date.fromisoformat(self.text(name))
        except ValueError:
            raise self.refuse(name, "Écrire le jour ainsi : 2026-01-31.") from None


def _row(acts: dict[tuple[str, str], _Act], row: Mapping[str, str | None], number: int) -> None:
    cells = _Cells(row, number)
    if None in row:
        said = f"ligne {number} : il y a plus de cases que de colonnes."
        raise OfficialFileError(
            reason=said, remedy="Mettre entre guillemets ce qui contient « ; »."
        )
    for name in ("systeme", "code", "libelle", "source"):
        if not cells.text(name):
            raise cells.refuse(name, "Remplir cette case.")
    family = cells.text("famille")
    if family not in families():
        raise cells.refuse("famille", "Choisir une famille de « egide plans words ».")
    tariff = _tariff(cells)
    key = (cells.text("systeme"), cells.text("code"))
    act = acts.setdefault(key, _Act(cells.text("libelle"), family, []))
    if act.family != family:
        raise cells.refuse("famille", f"Une ligne plus haut dit « {act.family} ».")
    if any(one.since == tariff.since for one in act.tariffs):
        raise cells.refuse("du", "Deux tarifs de cet acte commencent ce jour : en retirer un.")
    act.tariffs.append(tariff)


def _tariff(cells: _Cells) -> Tariff:
    since, last = cells.day("du"), cells.day("au")
    if since is None:
        raise cells.refuse("du", "Dire depuis quel jour le tarif vaut : 2026-01-31.")
    if last is not None and last < since:
        raise cells.refuse("au", "La fin ne précède pas le début.")
    basis = _BASES.get(cells.text("base"), Basis.FIXED)
    base = cells.amount("base") if basis is Basis.FIXED else 0
    if base is None:
        raise cells.refuse("base", f"Écrire un montant, ou : {', '.join(_BASES)}.")
    return Tariff(
        since=since,
        basis=basis,
        base_cents=base,
        source=cells.text("source"),
        limit_cents=cells.amount("limite"),
        not_optam_cents=cells.amount("hors_optam"),
        until=day_after(last),
    )
