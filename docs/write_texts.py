"""Writes the catalogues that gettext reads (``.mo``) from those that people read (``.po``): ``./egide generate``."""

from pathlib import Path

import polib

TEXTS = Path(__file__).resolve().parent.parent / "src/egide/cli/texts"


def compiled(catalogue: Path) -> bytes:
    """Return a catalogue as gettext reads it."""
    return bytes(polib.pofile(str(catalogue)).to_binary())


def main() -> None:
    """Write every catalogue."""
    for catalogue in TEXTS.rglob("*.po"):
        catalogue.with_suffix(".mo").write_bytes(compiled(catalogue))


if __name__ == "__main__":
    main()
