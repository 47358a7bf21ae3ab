"""Prove a database: every law holds, and its access log is the tree that was signed."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from egide import db
from egide.accesslog.export import export
from egide.accesslog.grow import LogKey, Witness, have_witnessed
from egide.accesslog.tree import LogError
from egide.accesslog.verify import Keys, check_log
from egide.checks import check_laws
from egide.core.refusal import Refusal, RefusalCode


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found.

    Args:
        laws: how many were checked.
        broken: what does not hold, in a sentence each.
        entries: of the access log, each proved under its signed root.
        witnesses: how many saw this very tree, or an earlier state of it.
        behind: where one saw more than this database holds, what it says of it.
    """

    laws: int
    broken: list[str]
    entries: int
    witnesses: int
    behind: str = ""


async def prove(pool: db.Pool, key: LogKey, witnesses: dict[str, Witness]) -> Proof:
    """Check all that can be checked. Cost: every entry of the log is read.

    Raises Refusal: ``log-behind`` where a witness saw another tree.
    """
    async with db.transaction(pool) as tx:
        findings = await check_laws(tx)
    broken = [f"{one.law}: {', '.join(one.broken_by)}" for one in findings if one.broken_by]
    size, wrong = await _check_log(pool, key)
    seen, behind = 0, ""
    try:
        seen = await have_witnessed(pool, witnesses)
    except Refusal as refusal:
        if (refusal.code, refusal.where) != (RefusalCode.LOG_BEHIND, "log"):
            raise
        behind = refusal.hint
    return Proof(len(findings), broken + wrong, size, seen, behind)


async def _check_log(pool: db.Pool, key: LogKey) -> tuple[int, list[str]]:
    with tempfile.TemporaryDirectory(prefix="egide-log-") as held:
        folder = Path(held)
        async with db.transaction(pool) as tx:
            if await export(tx, folder, with_entries=True) is None:
                return 0, []
        try:
            checkpoint, wrong, _ = check_log(
                folder, Keys(key.public.text(), [], 0), entries=folder / "entries.ndjson"
            )
        except LogError as error:
            return 0, [str(error)]
    return checkpoint.size, wrong
