"""Medicines: ``CIS_CIP_bdpm.txt`` of the public database of medicines (BDPM).

Tab-separated, without header, Windows-1252; column 7 is the CIP13, 9 the rate, 10 the price without the
dispensing fee, which is billed apart. A comma separates thousands and cents alike: « 1,234,56 ».
"""

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Final

from stdnum import ean

from egide.nomenclature.families import families
from egide.nomenclature.official.taken import OfficialFileError, Taken, rounded_cents
from egide.nomenclature.tariff import Basis, Tariff

SYSTEM: Final = "cip"
_FAMILIES: Final = {
    "100": "medicament-100",
    "65": "medicament-65",
    "30": "medicament-30",
    "15": "medicament-15",
}
_LABEL, _CIP13, _RATE, _PRICE = 2, 6, 8, 9


def read_bdpm(lines: Iterable[bytes], *, since: date) -> Taken:
    """Read the presentations that are reimbursed.

    Args:
        since: from which day the prices hold: the file does not say it.

    Raises:
        OfficialFileError: no line has the columns of that file.
    """
    taken = Taken()
    known = 0
    for number, line in enumerate(lines, start=1):
        cells = line.decode("cp1252", "replace").rstrip("\r\n").split("\t")
        if len(cells) <= _PRICE:
            if line.strip():
                taken.leave(f"ligne {number}", "moins de dix colonnes")
            continue
        known += 1
        _take(taken, cells, since)
    if not known:
        raise OfficialFileError(
            reason="aucune ligne n'a les colonnes de CIS_CIP_bdpm.txt.",
            remedy="Donner le fichier CIS_CIP_bdpm.txt tel que téléchargé.",
        )
    return taken


def _take(taken: Taken, cells: list[str], since: date) -> None:
    code, rates, price = cells[_CIP13].strip(), cells[_RATE].strip(), cells[_PRICE].strip()
    if not ean.is_valid(code):
        taken.leave(code or cells[1].strip(), "CIP13 dont la clé est fausse")
        return
    if not rates:
        taken.leave(code, "non remboursé")
        return
    distinct = {rate.strip(" %") for rate in rates.replace(",", ";").split(";")}
    word = _FAMILIES.get(next(iter(distinct))) if len(distinct) == 1 else None
    if word is None:
        taken.leave(code, f"taux « {rates} » : il dépend de l'indication, ou n'est pas connu")
        return
    try:
        cents = rounded_cents(_decimal(price))
    except ValueError:
        taken.leave(code, "sans prix")
        return
    tariff = Tariff(
        since=since,
        basis=Basis.FIXED,
        base_cents=cents,
        source=f"BDPM, prix au {since:%d/%m/%Y}",
        limit_cents=cents,
    )
    taken.add(SYSTEM, code, cells[_LABEL], families()[word], [tariff])


def _decimal(text: str) -> Decimal:
    whole, comma, cents = text.replace(" ", "").rpartition(",")
    plain = whole.replace(",", "") + comma.replace(",", ".") + cents
    if not re.fullmatch(r"\d{1,8}(?:\.\d{1,4})?", plain):
        raise ValueError(plain)
    return Decimal(plain)
