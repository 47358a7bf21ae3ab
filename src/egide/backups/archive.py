"""A folder of backups: whole copies of a database, and all that changed between and after them.

``base/STAMP/`` holds a copy (two packed files and a manifest), named by the instant at which it was whole;
``wal/TIMELINE/`` what changed, in segments, as PostgreSQL names them, apart for each time that the database was brought
back to an earlier instant; ``system`` whose they are.
"""

import fcntl
import json
import secrets
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from egide.core.refusal import Refusal, RefusalCode

_STAMP: Final = "%Y%m%dT%H%M%SZ"
_SEGMENT_BYTES: Final = 1 << 24


@dataclass(frozen=True, slots=True)
class Base:
    """A whole copy.

    Args:
        taken_at: when it was whole: it can be brought to any later instant whose changes are kept, to no earlier one.
    """

    folder: Path
    taken_at: datetime

    @property
    def begins(self) -> tuple[int, int]:
        """Return the timeline and the place of the first change that it needs. Cost: its manifest is read."""
        manifest = json.loads((self.folder / "backup_manifest").read_bytes())
        of = manifest["WAL-Ranges"][0]
        return of["Timeline"], _place(of["Start-LSN"])

    @property
    def first_segment(self) -> str:
        """Return the name of the first segment of changes that it needs."""
        timeline, place = self.begins
        segment = place // _SEGMENT_BYTES
        of_id = (1 << 32) // _SEGMENT_BYTES
        return f"{timeline:08X}{segment // of_id:08X}{segment % of_id:08X}"


def _place(text: str) -> int:
    """Return a place in the changes (``0/F000028``) as a number of bytes."""
    high, low = (int(half, 16) for half in text.split("/"))
    return (high << 32) + low


@dataclass(frozen=True, slots=True)
class Archive:
    """A folder of backups of one database."""

    folder: Path

    def changes_of(self, timeline: int) -> Path:
        """Return the folder of what changed on a timeline, made."""
        path = self.folder / "wal" / f"{timeline:08X}"
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path

    def set_aside(self, changes: Path) -> None:
        """Begin a folder of changes anew; what it holds stays, under another name."""
        held = len(list(changes.parent.glob(f"{changes.name}*")))
        if any(changes.iterdir()):
            changes.rename(changes.with_name(f"{changes.name}-{held}"))
        changes.mkdir(mode=0o700, exist_ok=True)

    @contextmanager
    def copying(self) -> Generator[None]:
        """Hold the place where a copy is made; Refusal ``busy`` while another does."""
        with (self.folder / "copying").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                hint = "Une autre copie s'y fait."
                raise Refusal(RefusalCode.BUSY, where=str(self.folder), hint=hint) from None
            yield

    def changes(self) -> list[Path]:
        """Return the files of what changed, on all timelines."""
        return sorted((self.folder / "wal").glob("*/*"))

    def bases(self) -> list[Base]:
        """Return the copies, oldest first."""
        found: list[Base] = []
        for path in sorted((self.folder / "base").glob("*Z")):
            try:
                taken_at = datetime.strptime(path.name, _STAMP).replace(tzinfo=UTC)
            except ValueError:
                continue  # another put it there
            found.append(Base(path, taken_at))
        return found

    def base_before(self, until: datetime | None) -> Base:
        """Return the last copy that was whole by an instant; Refusal ``value-invalid`` if there is none."""
        every = self.bases()
        held = [one for one in every if until is None or one.taken_at <= until]
        if held:
            return held[-1]
        hint = f"Aucune copie dans {self.folder}."
        if every:
            hint = f"La plus ancienne copie est du {every[0].taken_at:%Y-%m-%dT%H:%M:%SZ}."
        raise Refusal(
            RefusalCode.VALUE_INVALID, where="--from" if not every else "--until", hint=hint
        )

    def open_for(self, system: str) -> None:
        """Make the folder ready for a database, by its system identifier.

        Raises Refusal: ``value-invalid`` where it holds another's.
        """
        mark = self.folder / "system"
        if mark.exists() and mark.read_text().strip() != system:
            hint = "Ce dossier garde une autre base : une base, un dossier."
            raise Refusal(RefusalCode.VALUE_INVALID, where="--to", hint=hint)
        for path in (self.folder, self.folder / "base"):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        mark.write_text(f"{system}\n")

    def slot(self) -> str:
        """Return the name under which the database keeps what this folder has not received, drawn once."""
        path = self.folder / "slot"
        if not path.exists():
            path.write_text(f"egide_{secrets.token_hex(4)}\n")
        return path.read_text().strip()

    def part(self) -> Path:
        """Return where a copy is made before it has a name; what an unfinished one left there goes."""
        path = self.folder / "base" / "part"
        shutil.rmtree(path, ignore_errors=True)
        return path

    def keep(self, part: Path, at: datetime) -> Base:
        """Give a copy that is whole its name."""
        # A second later than its end, since the name has no parts of one.
        taken_at = at.replace(microsecond=0) + timedelta(seconds=1)
        folder = part.rename(part.with_name(taken_at.strftime(_STAMP)))
        return Base(folder, taken_at)

    def prune(self, before: datetime) -> list[Base]:
        """Delete the copies that no instant since ``before`` needs, and the changes before the oldest that stays."""
        every = self.bases()
        needed = max((i for i, one in enumerate(every) if one.taken_at <= before), default=0)
        gone, kept = every[:needed], every[needed:]
        for one in gone:
            shutil.rmtree(one.folder)
        if gone:
            # Each timeline has its own needs; of those before the first that a copy is of, nothing is.
            first: dict[str, str] = {}
            for segment in sorted((one.first_segment for one in kept), reverse=True):
                first[segment[:8]] = segment[8:]
            for path in self.changes():
                timeline, segment = path.name[:8], path.name[8:24]
                is_old = timeline < min(first) or segment < first.get(timeline, "")
                if path.suffix != ".history" and is_old:
                    path.unlink()
        return gone

    def is_abandoned(self, base: Base) -> bool:
        """Tell whether the last timeline left a copy's own before the copy was made: it leads to what was abandoned."""
        timeline, place = base.begins
        histories = {
            int(path.stem, 16): path for path in self.changes() if path.suffix == ".history"
        }
        last = max(histories, default=timeline)
        if last <= timeline:
            return False
        for line in histories[last].read_text().splitlines():
            words = line.split()
            if words and words[0].isdigit() and int(words[0]) == timeline:
                return _place(words[1]) < place
        return True
