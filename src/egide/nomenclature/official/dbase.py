"""The dBase tables of the assurance maladie, in a folder or in its ZIP files; numbers are exact."""

import re
import shutil
import struct
import tempfile
import zlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, cast
from zipfile import BadZipFile, ZipFile

from dbfread import DBF, FieldParser

from egide.nomenclature.official.taken import OfficialFileError

_ENCODING: Final = "cp850"  # that of the tables published on the site of codings
_NUMBER: Final = re.compile(r"[+-]?(?:\d{1,20}(?:\.\d{0,10})?|\.\d{1,10})")
_MOST_BYTES: Final = 2_000_000_000  # what the ZIP files may unfold to
Row = dict[str, Any]
# Cut, encrypted, or packed in a way that nobody uses.
_BAD_ZIP: Final = (BadZipFile, OSError, zlib.error, RuntimeError, NotImplementedError)
# What the library raises on bytes that are no table.
_BROKEN: Final = (ValueError, LookupError, TypeError, OSError, EOFError, struct.error)


class _ExactParser(FieldParser):
    """Reads numbers as decimals, and what is no number or no day as absent."""

    def parse(self, field: Any, data: bytes) -> object:  # noqa: ANN401 - as the library types it
        """Return the value of a field: text, a decimal, a day, or None."""
        match field.type:
            case "N" | "F":
                return _decimal(data)
            case "D":
                return _day(data)
            case _:
                read = cast("Any", super().parse)  # pyright: ignore[reportUnknownMemberType]  # typed in part
                return read(field, data)


def _decimal(data: bytes) -> Decimal | None:
    text = data.strip(b" \0*").replace(b",", b".").decode("ascii", "replace")
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def _day(data: bytes) -> date | None:
    text = data.strip(b" \0").decode("ascii", "replace")
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None


class Tables:
    """The tables found, by the name of their file in lower case, without version."""

    def __init__(self, files: Iterable[Path]) -> None:
        self._files = {re.sub(r"_?\d{3,}$", "", file.stem.lower()): file for file in files}
        self.read: list[str] = []

    def has(self, name: str) -> bool:
        """Tell whether a table is there."""
        return name in self._files

    def rows(self, name: str, *columns: str) -> Iterator[Row]:
        """Yield the rows of a table, columns in upper case.

        Raises:
            OfficialFileError: it is not there, is no dBase table, or lacks a column.
        """
        file = self._files.get(name)
        if file is None:
            raise OfficialFileError(
                reason=f"la table {name.upper()}.dbf n'est pas là.",
                remedy="Donner le dossier ou tous les ZIP de la version téléchargée.",
            )
        self.read.append(file.name)
        broken = OfficialFileError(
            reason=f"{file.name} n'est pas une table dBase lisible.",
            remedy="Télécharger le fichier à nouveau.",
        )
        try:
            table: Any = DBF(
                str(file),
                encoding=_ENCODING,
                char_decode_errors="replace",
                parserclass=_ExactParser,
                ignore_missing_memofile=True,
            )
        except _BROKEN as error:
            raise broken from error
        if table.header.recordlen != 1 + sum(field.length for field in table.fields):
            raise broken  # the library would read such a table for ever
        known = {str(name).upper() for name in table.field_names}
        if missing := [name for name in columns if name not in known]:
            raise OfficialFileError(
                reason=f"{file.name} n'a pas de colonne {', '.join(missing)}.",
                remedy="Vérifier que c'est bien la table de ce nom, et d'une version récente.",
            )
        try:
            for row in table:
                yield {str(name).upper(): value for name, value in row.items()}
        except _BROKEN as error:
            raise broken from error


@contextmanager
def open_tables(paths: Iterable[Path]) -> Generator[Tables]:
    """Yield the tables of folders, ZIP files and loose files; what is unfolded goes at the end.

    Raises:
        OfficialFileError: a file is neither, or unfolds to too much.
    """
    folder = Path(tempfile.mkdtemp(prefix="egide-official-"))
    try:
        files: list[Path] = []
        left = _MOST_BYTES
        for path in paths:
            if path.is_dir():
                files += sorted(path.rglob("*"))
            elif path.suffix.lower() == ".zip":
                found, size = _unfold(path, folder, left)
                files += found
                left -= size
            else:
                files.append(path)
        yield Tables(file for file in files if file.suffix.lower() == ".dbf")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unfold(path: Path, folder: Path, left: int) -> tuple[list[Path], int]:
    try:
        with ZipFile(path) as archive:
            members = [
                one for one in archive.infolist() if one.filename.lower().endswith(".dbf")
            ]
            size = sum(one.file_size for one in members)
            if size > left:
                raise OfficialFileError(
                    reason=f"{path.name} se déplie, avec les autres, en plus de 2 Go.",
                    remedy="Vérifier d'où il vient.",
                )
            return [Path(archive.extract(one, folder)) for one in members], size
    except _BAD_ZIP as error:
        raise OfficialFileError(
            reason=f"{path.name} n'est pas un ZIP lisible.",
            remedy="Télécharger le fichier à nouveau.",
        ) from error


def text_of(row: Row, name: str) -> str:
    """Return a column as text, without its spaces."""
    value = row.get(name)
    return "" if value is None else str(value).strip()


def code_of(row: Row, name: str, digits: int) -> str:
    """Return a numeric code with its leading zeros, whether the table holds it as text or number."""
    return text_of(row, name).zfill(digits)
