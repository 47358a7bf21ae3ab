"""Read an insurer's file as a stream of chunks of whole lines: plain, gzip or zstd, told by its bytes."""

import gzip
import hashlib
import io
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast
from uuid import UUID

import zstandard

from egide.core.refusal import Refusal, RefusalCode

CHUNK_BYTES = 1 << 21
LINE_LIMIT = 64 * 1024
# A file of members shrinks ten to thirty times: one that grows a hundred times is no file of members.
_LARGEST_UNPACKED = 64 << 20
_LARGEST_GROWTH = 100
_MARK = b"\xef\xbb\xbf"
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some whole lines, and the number of the first."""

    first_line: int
    lines: int
    text: bytes


def file_digest(path: Path) -> UUID:
    """Return the first 128 bits of the SHA-256 of a file: what makes an import idempotent."""
    with path.open("rb") as file:
        return UUID(bytes=hashlib.file_digest(file, "sha256").digest()[:16])


def content_digest(file: UUID, formers: Iterable[str]) -> UUID:
    """Return the digest of what a file comes to, whose insurers had other numbers before: its own, where none had.

    The addresses of its persons are made of those numbers too: after a change it is another content.
    """
    made_of = sorted(set(formers))
    if not made_of:
        return file
    return UUID(bytes=hashlib.sha256("\0".join((file.hex, *made_of)).encode()).digest()[:16])


def _open(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        magic = file.read(4)
    if magic.startswith(_GZIP):
        return cast("BinaryIO", gzip.open(path, "rb"))  # its own type is no BinaryIO
    if magic == _ZSTD:
        opened = cast("Callable[..., object]", zstandard.open)  # pyright: ignore[reportUnknownMemberType]  # typed in part
        return io.BufferedReader(
            cast("io.RawIOBase", opened(path, "rb")),
            CHUNK_BYTES,  # reads like a raw stream
        )
    return path.open("rb")


def read_chunks(path: Path) -> Iterator[Chunk]:
    """Yield the file in chunks of about two megabytes; memory does not grow with the file.

    Raises Refusal: ``import-invalid``, for a truncated or endless archive, or an endless line.
    """
    line, packed = 1, path.stat().st_size
    try:
        with _open(path) as file:
            rest, unpacked = b"", 0
            is_first = True
            while block := file.read(CHUNK_BYTES):
                unpacked += len(block)
                if unpacked > max(_LARGEST_UNPACKED, _LARGEST_GROWTH * packed):
                    raise Refusal(
                        RefusalCode.IMPORT_INVALID,
                        where=f"après la ligne {line}",
                        hint="L'archive contient plus de cent fois sa taille : l'envoyer non compressée.",
                    )
                if is_first:  # the mark that spreadsheets begin a text with
                    block, is_first = block.removeprefix(_MARK), False
                block = rest + block
                cut = block.rfind(b"\n") + 1
                rest = block[cut:]
                if len(rest) > LINE_LIMIT:
                    raise Refusal(
                        RefusalCode.IMPORT_INVALID,
                        where=f"ligne {line}",
                        hint="Ligne trop longue.",
                    )
                if cut:
                    chunk = Chunk(line, block.count(b"\n", 0, cut), block[:cut])
                    line += chunk.lines
                    yield chunk
            if rest:
                yield Chunk(line, 1, rest)
    except (EOFError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError):
        raise Refusal(
            RefusalCode.IMPORT_INVALID,
            where=f"après la ligne {line}",
            hint="L'archive est tronquée ou abîmée : la refaire et la renvoyer.",
        ) from None
