"""Receipts: what proves an answer to the establishment that received it, and to the person it was on."""

import base64
from typing import Any
from uuid import UUID

from egide import db
from egide.accesslog import sql, tree
from egide.accesslog.grow import Reader


async def receipt(tx: db.Tx, establishment_id: UUID, entry_id: UUID) -> dict[str, Any] | None:
    """Return what proves an answer to the establishment that received it, under the last checkpoint witnessed.

    None for another's, and until its tree is signed.
    """
    return await _of(tx, await sql.leaf_of(tx, establishment_id, entry_id), is_opened=False)


async def own_receipt(tx: db.Tx, session_id: UUID, entry_id: UUID) -> dict[str, Any] | None:
    """Return the same to the person of a session, of an answer on it."""
    return await _of(tx, await sql.own_leaf(tx, session_id, entry_id), is_opened=True)


async def entries(tx: db.Tx, first: int) -> list[dict[str, Any]]:
    """Return an auditor's copy of leaves from an index on, five thousand at most. Owner only."""
    return [
        {
            "index": row.index,
            "salt": None if row.salt is None else _text(row.salt),
            **(
                {}
                if row.salt is None or row.entry is None
                else _entry(row.salt, row.entry, is_opened=True)
            ),
        }
        for row in await sql.leaves(tx, first)
    ]


def _entry(salt: bytes, entry: dict[str, str | None], *, is_opened: bool) -> dict[str, Any]:
    """Return an entry as the tree has it, and what its veiled numbers are to who may know."""
    opened = {name: entry[name] for name in tree.VEILED}
    return {
        "entry": tree.veil(salt, entry),
        **({"opened": opened} if is_opened else {}),
    }


async def _of(tx: db.Tx, leaf: sql.Leaf | None, *, is_opened: bool) -> dict[str, Any] | None:
    if leaf is None:
        return None
    for cosigned in (True, False):
        found = await sql.latest(tx, cosigned=cosigned)
        if found is not None and found.size > leaf.index:
            proof = await Reader(tx, found.size).inclusion(leaf.index)
            return {
                "index": leaf.index,
                "size": found.size,
                "salt": _text(leaf.salt),
                **_entry(leaf.salt, leaf.entry, is_opened=is_opened),
                "inclusion": [_text(one) for one in proof],
                "checkpoint": whole_note(found),
            }
    return None


def whole_note(row: sql.Checkpoint) -> str:
    """Return a checkpoint with the lines of the witnesses that saw it."""
    return row.note + "".join(row.cosignatures)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
