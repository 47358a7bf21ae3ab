"""The log as anybody may read it, over HTTP: checkpoint and tiles, which tell nothing of anybody.

Source: C2SP tlog-tiles.
"""

import re
from typing import Final

from egide import db
from egide.accesslog import sql, tree
from egide.accesslog.receipts import whole_note

_PATH: Final = re.compile(
    r"(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/){0,4}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?"
)
_LEVELS: Final = 8


async def checkpoint(tx: db.Tx) -> str | None:
    """Return the last checkpoint, with its cosignatures; one that a witness saw, if there is any."""
    row = await sql.latest(tx, cosigned=True) or await sql.latest(tx)
    return None if row is None else whole_note(row)


async def tile(tx: db.Tx, path: str) -> bytes | None:
    """Return a tile, or a bundle of leaves, by its path after ``tile/``; None if there is none such."""
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    level, groups, partial = found.groups()
    number = int(groups.replace("x", "").replace("/", ""))
    width = tree.TILE_WIDTH if partial is None else int(partial)
    wanted = f"tile/{path}"
    if not 0 < width <= tree.TILE_WIDTH or tree.tile_path(level, number, width) != wanted:
        return None  # each tile has one path
    if level == "entries":
        values = await sql.leaf_values(
            tx, number * tree.TILE_WIDTH, number * tree.TILE_WIDTH + width
        )
        bundle = b"".join(len(value).to_bytes(2, "big") + value for value in values)
        return bundle if len(values) == width else None
    if int(level) > _LEVELS:
        return None
    held = await sql.tile(tx, int(level), number)
    wide = width * tree.HASH_BYTES
    return held[:wide] if len(held) >= wide else None
