"""The NABM as dBase tables: ``nabm_fiche_totNNN`` (one row an act), ``nabm_histo_totNNN`` (its coefficients).

An act is worth its coefficient times the value of the letter B on the day, which ``law.yaml`` dates. Acts
counted in another letter are left out: no table says what they are worth.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

from egide.nomenclature.families import families
from egide.nomenclature.law import LetterValue, letter_values
from egide.nomenclature.official.dbase import Row, code_of, open_tables, text_of
from egide.nomenclature.official.taken import Taken, day_after, rounded_cents
from egide.nomenclature.tariff import Basis, Tariff

SYSTEM: Final = "nabm"
_DIGITS = 4
_LETTER: Final = "B"


def read_nabm(paths: Iterable[Path]) -> Taken:
    """Read the tables of a version of the NABM.

    Raises:
        OfficialFileError: a table or a column is missing.
    """
    taken = Taken()
    history: dict[str, list[Row]] = {}
    with open_tables(paths) as tables:
        for row in tables.rows("nabm_histo_tot", "CODE_NABM", "DATE_EFFET", "LC1", "COEF1"):
            history.setdefault(code_of(row, "CODE_NABM", _DIGITS), []).append(row)
        for row in tables.rows("nabm_fiche_tot", "CODE_NABM", "NOM_COURT"):
            code = code_of(row, "CODE_NABM", _DIGITS)
            _take(taken, code, row, history.get(code, []))
        taken.tables = tables.read
    return taken


def _take(taken: Taken, code: str, card: Row, history: list[Row]) -> None:
    coefficients: dict[date, Decimal] = {}
    for row in history:
        since, worth = row.get("DATE_EFFET"), row.get("COEF1")
        if not isinstance(since, date) or not isinstance(worth, Decimal):
            continue
        letter = text_of(row, "LC1")
        if letter != _LETTER:
            taken.leave(code, f"coté en « {letter} », dont la valeur n'est pas connue")
            return
        coefficients[since] = worth
    if not coefficients:
        taken.leave(code, "sans coefficient daté")
        return
    end = day_after(card.get("DATE_FIN"))
    family = families()["biologie"]
    taken.add(SYSTEM, code, text_of(card, "NOM_COURT"), family, _tariffs(coefficients, end))


def _tariffs(coefficients: dict[date, Decimal], end: date | None) -> list[Tariff]:
    """Return a tariff from each day on which the coefficient or the letter changes."""
    letters = letter_values(_LETTER)
    first = max(min(coefficients), min(letters, key=lambda one: one.since).since)
    days = {first, *coefficients, *(one.since for one in letters)}
    tariffs: list[Tariff] = []
    for day in sorted(day for day in days if day >= first and (end is None or day < end)):
        worth = coefficients[max(since for since in coefficients if since <= day)]
        letter = max((one for one in letters if one.since <= day), key=lambda one: one.since)
        tariffs.append(_tariff(day, worth, letter, end))
    return tariffs


def _tariff(day: date, worth: Decimal, letter: LetterValue, end: date | None) -> Tariff:
    return Tariff(
        since=day,
        basis=Basis.FIXED,
        base_cents=rounded_cents(worth * letter.amount),
        source=f"NABM, {worth.normalize():f} {_LETTER} à {letter.amount} €",
        until=end,
    )
