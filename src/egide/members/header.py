"""The first line of an insurer's file: its format; of a numbered file, whose it is, which, and whether it is all."""

from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

from egide.core.identifiers import AmcNumber
from egide.core.refusal import Refusal, RefusalCode
from egide.members.read_file import Chunk
from egide.members.record import CSV_COLUMNS, FORMAT

_LARGEST: Final = 2**31 - 1


class FileKind(StrEnum):
    """What a file says of the persons that it does not name."""

    CHANGES = "changes"  # nothing: they stay as they are
    FULL = "full"  # that they are covered no more


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file says of itself.

    Args:
        amc: number of the insurer whose file it is; empty where the lines alone say it.
        sequence: its place among that insurer's files, from 1; 0 for files that are not numbered.
    """

    format: str
    amc: str = ""
    sequence: int = 0
    kind: FileKind = FileKind.CHANGES


class Described(NamedTuple):
    """A file's header, and how the rest is to be read."""

    header: Header
    is_csv: bool

    @property
    def lines(self) -> int:
        """Return how many lines come before the first person."""
        return 2 if self.is_csv else 1


_read: Final = msgspec.json.Decoder(Header).decode


def read_header(first: Chunk | None, amc: str | None) -> Described:
    """Return what a file says of itself; its insurer is that of ``amc`` where it names none.

    Raises Refusal: ``import-invalid``, at the line.
    """
    head, _, rest = (first.text if first else b"").partition(b"\n")
    # A spreadsheet gives every line as many semicolons as the widest has.
    text = head.strip().rstrip(b";").rstrip()
    is_csv = text.startswith(b"#")
    header = _csv_header(text) if is_csv else _json_header(text)
    if is_csv:
        columns = rest.partition(b"\n")[0].strip().decode("utf-8", "replace")
        if columns != ";".join(CSV_COLUMNS):
            hint = f"Colonnes : {';'.join(CSV_COLUMNS)}."
            raise _refused(hint, "ligne 2")
    if not 0 <= header.sequence <= _LARGEST or (header.sequence == 0 and b"sequence" in text):
        hint = f"sequence : de 1 à {_LARGEST}."
        raise _refused(hint)
    own = AmcNumber.parse(header.amc).text if header.amc else amc or ""
    if not own and (header.sequence or header.kind is FileKind.FULL):
        raise _refused("Un fichier numéroté ou complet dit de quel assureur il est : amc.")
    return Described(msgspec.structs.replace(header, amc=own), is_csv)


def _json_header(text: bytes) -> Header:
    try:
        header = _read(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        header = None
    if header is None or header.format != FORMAT:
        hint = (
            f'Première ligne attendue : {{"format":"{FORMAT}"}} (NDJSON) ou # {FORMAT} (CSV) ; '
            "avec, s'il y a lieu, amc, sequence (un nombre) et kind (changes ou full)."
        )
        raise _refused(hint)
    return header


def _csv_header(text: bytes) -> Header:
    form, *parts = [
        one.strip()
        for one in text.decode("utf-8", "replace").removeprefix("#").split(";")
        if one.strip()
    ]
    said = dict(one.split("=", 1) for one in parts if "=" in one)
    if form != FORMAT or len(said) != len(parts):
        hint = f"Première ligne attendue : # {FORMAT};amc=NUMERO;sequence=1;kind=full"
        raise _refused(hint)
    try:
        return msgspec.convert({"format": form, **said}, Header, strict=False)
    except msgspec.ValidationError:
        raise _refused("Attendu : amc, sequence (un nombre), kind (changes ou full).") from None


def _refused(hint: str, where: str = "ligne 1") -> Refusal:
    return Refusal(RefusalCode.IMPORT_INVALID, where=where, hint=hint)
