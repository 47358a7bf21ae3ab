"""Tables as the assurance maladie publishes them, written for the tests: dBase III."""

import struct
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

Cell = str | Decimal | int | date | None
Field = tuple[str, str, int, int]  # name, type, length, decimals


def _cell(value: Cell, kind: str, length: int) -> bytes:
    match kind:
        case "D":
            return b" " * 8 if value is None else f"{value:%Y%m%d}".encode()
        case "N":
            return ("" if value is None else str(value)).rjust(length).encode()
        case _:
            return str(value or "").encode("cp850")[:length].ljust(length)


def write_dbf(path: Path, fields: Sequence[Field], rows: Sequence[Sequence[Cell]]) -> None:
    size = 1 + sum(length for _, _, length, _ in fields)
    header = 32 + 32 * len(fields) + 1
    data = struct.pack("<B3BIHH20x", 3, 126, 1, 1, len(rows), header, size)
    for name, kind, length, decimals in fields:
        packed = struct.pack("<11sc4xBB14x", name.encode(), kind.encode(), length, decimals)
        data += packed
    data += b"\r"
    for row in rows:
        data += b" " + b"".join(
            _cell(value, kind, length)
            for value, (_, kind, length, _) in zip(row, fields, strict=True)
        )
    path.write_bytes(data + b"\x1a")
