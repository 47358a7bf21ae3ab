"""The national register of establishments (FINESS), as published on data.gouv.fr, and what it says of one.

Semicolons, no header but a first line of title; a line of an establishment begins with ``structureet``.
Columns counted from 0: 1 FINESS, 2 legal entity, 3 name, 13 department, 18 category, 22 SIRET.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from egide import db
from egide.core.identifiers import Finess
from egide.core.refusal import Refusal
from egide.directory import sql

_LINE: Final = "structureet"
_FINESS, _ENTITY, _NAME, _DEPARTMENT, _CATEGORY, _SIRET = 1, 2, 3, 13, 18, 22


class FinessFileError(Exception):
    """The file cannot be taken; ``remedy`` says what to do."""

    def __init__(self, *, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.remedy = remedy


class _Site(NamedTuple):
    finess: str
    entity: str
    siret: str
    name: str
    category: str
    department: str


async def take_in_finess(pool: db.Pool, lines: Iterable[bytes]) -> int:
    """Replace the register by a file's; return how many establishments it has.

    Raises:
        FinessFileError: no line is one of an establishment.
    """
    sites = list(_sites(lines))
    if not sites:
        raise FinessFileError(
            reason=f"aucune ligne « {_LINE} » avec un FINESS valable.",
            remedy="Donner le fichier etalab-cs1100502-stock….csv, ou celui qui est géolocalisé.",
        )
    async with db.transaction(pool) as tx:
        await sql.replace_register(tx, zip(*sites, strict=True))
    return len(sites)


def _sites(lines: Iterable[bytes]) -> Iterable[_Site]:
    for line in lines:
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            text = line.decode("latin-1")
        cells = [cell.strip() for cell in text.rstrip("\r\n").split(";")]
        if cells[0] != _LINE or len(cells) <= _SIRET:
            continue
        try:
            finess = Finess.parse(cells[_FINESS]).text
        except Refusal:
            continue
        yield _Site(
            finess,
            cells[_ENTITY],
            cells[_SIRET],
            cells[_NAME],
            cells[_CATEGORY],
            cells[_DEPARTMENT],
        )


async def registered(tx: db.Tx, numbers: list[str]) -> dict[str, str] | None:
    """Return the SIRET of some establishments by FINESS; None where no register was imported."""
    return await sql.registered_sirets(tx, numbers)
