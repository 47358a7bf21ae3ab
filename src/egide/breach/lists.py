"""One list of victims for each insurer, sealed to the key that it gave (JWE): lines of at most 2,000 persons."""

import hmac
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import IO, Final
from uuid import UUID

import msgspec
from joserfc import jwe
from joserfc.jwk import ECKey

from egide import db
from egide.accesslog.victims import Exposure, InsurerKey, insurers
from egide.core.ids import SHORT_BITS, to_short_code
from egide.core.refusal import Refusal, RefusalCode
from egide.members.unseal import identities
from egide.vault import KeyRing, Sealer

_CHUNK: Final = 2_000  # persons a sealed line
_HEADER: Final = {"alg": "ECDH-ES+A256KW", "enc": "A256GCM"}


def case_code(ring: KeyRing, incident: UUID, person: UUID) -> str:
    """Return the code by which a person's letter is known at the telephone: twelve characters that nobody guesses."""
    said = b"egide case code" + incident.bytes + person.bytes
    drawn = int.from_bytes(hmac.digest(ring.attest_key, said, "sha256"), "big")
    return to_short_code(drawn % (1 << SHORT_BITS))


# What a line of a list says of what was learned of a person.
Said = Callable[[Sequence[Exposure]], dict[str, object]]


def _each(rows: Sequence[Exposure]) -> dict[str, object]:
    """Say one ground and purpose: of a person seen for several, a line for each."""
    [one] = rows
    return {
        "basis": one.basis,
        "purpose": one.purpose,
        "fields": one.fields,
        "answers": one.answers,
        "first_at": one.first_at.isoformat(),
        "last_at": one.last_at.isoformat(),
    }


async def seal_lists(
    tx: db.Tx,
    sealer: Sealer,
    exposures: AsyncIterator[Exposure],
    folder: Path,
    said: Said | None = None,
) -> int:
    """Write ``AMC.jwe`` for each insurer, from exposures in the order of their insurers; return how many there were.

    Args:
        said: what the one line of a person says of all that was learned of it, its exposures following one another;
            without it there is a line for each ground and purpose.

    None is left where one cannot be sealed. Raises Refusal: ``value-missing`` for an insurer that gave no key.
    """
    known = {one.insurer_id: one for one in await insurers(tx)}
    make_private(folder)
    lists, count, done = _Lists(tx, sealer, folder, known, said), 0, False
    try:
        async for one in exposures:
            await lists.add(one)
            count += 1
        await lists.flush()
        done = True
    finally:
        _finish(lists.files.values(), keep=done)
    return count


@dataclass(slots=True)
class _Lists:
    tx: db.Tx
    sealer: Sealer
    folder: Path
    known: dict[UUID, InsurerKey]
    said: Said | None
    files: dict[UUID, IO[bytes]] = field(default_factory=dict[UUID, IO[bytes]])
    waiting: list[Exposure] = field(default_factory=list[Exposure])

    async def add(self, one: Exposure) -> None:
        """Add a person to its insurer's list."""
        held = self.waiting
        is_full = len(held) >= _CHUNK and one.person_id != held[-1].person_id
        if held and (one.insurer_id != held[0].insurer_id or is_full):
            await self.flush()
        held.append(one)

    async def flush(self) -> None:
        """Seal what waits; Refusal ``value-missing`` for an insurer that gave no key."""
        if not self.waiting:
            return
        row = self.known[self.waiting[0].insurer_id]
        if row.jwk is None:
            hint = "Clé de l'assureur : egide insurer-key."
            raise Refusal(RefusalCode.VALUE_MISSING, where=row.amc_number, hint=hint)
        persons = sorted({one.person_id for one in self.waiting})
        found = await identities(self.tx, self.sealer, persons)
        references = {person: who.person for person, who in found.items()}
        if row.insurer_id not in self.files:
            part = self.folder / f"{row.amc_number}.part"
            self.files[row.insurer_id] = _opened(part)
        line = _sealed(row.jwk, self.waiting, references, self.said)
        self.files[row.insurer_id].write(line + b"\n")
        self.waiting.clear()


def _groups(rows: list[Exposure], *, by_person: bool) -> list[list[Exposure]]:
    if not by_person:
        return [[one] for one in rows]
    return [list(group) for _, group in groupby(rows, key=lambda one: one.person_id)]


def make_private(folder: Path) -> None:
    """Make a folder and those above it that are not there, each its owner's alone."""
    if not folder.exists():
        make_private(folder.parent)
        folder.mkdir(mode=0o700)


def _opened(path: Path) -> IO[bytes]:
    path.touch(mode=0o600)
    return path.open("wb")


def _finish(files: Iterable[IO[bytes]], *, keep: bool) -> None:
    for file in files:
        file.close()
        path = Path(file.name)
        if keep:
            path.replace(path.with_suffix(".jwe"))
        else:
            path.unlink()


def _sealed(
    jwk: dict[str, str],
    rows: list[Exposure],
    references: dict[UUID, str],
    said: Said | None,
) -> bytes:
    lines = [
        {
            "reference": references.get(group[0].person_id),
            "person": str(group[0].person_id),
            **(said or _each)(group),
        }
        for group in _groups(rows, by_person=said is not None)
    ]
    key = ECKey.import_key({**jwk})
    plain, allowed = msgspec.json.encode(lines), list(_HEADER.values())
    return jwe.encrypt_compact(_HEADER, plain, key, algorithms=allowed).encode()
