"""Facts told within a minute: to a webhook, and by mail to who is on duty."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import httpx2

from egide import db
from egide.accesslog import sql

_BATCH: Final = 200
_SECONDS: Final = 10.0
MEANS: Final = {
    "canary": "Une personne qui n'existe pas a été demandée : cet établissement tient une liste.",
    "replayed": "La preuve d'un appel est revenue pour une autre question.",
    "key-mismatch": "Un jeton est venu avec la preuve d'une autre clé que la sienne.",
    "streak": "Huit personnes inconnues de suite ont été demandées.",
}
# Told of one fact; raises OSError or httpx2.HTTPError where it is not heard.
Tell = Callable[[dict[str, Any]], Awaitable[None]]


async def tell_facts(pool: db.Pool, tell: Tell) -> tuple[int, int]:
    """Tell the facts that nobody was told yet; return how many were heard and how many wait. Owner only.

    Each is told at least once: who hears it knows it by its number.
    """
    async with db.statement(pool) as tx:
        rows = await sql.untold(tx, _BATCH)
    heard = 0
    for row in rows:
        # No transaction is open while somebody listens: one would hold back the tree of the log.
        try:
            await tell(_said(row))
        except (OSError, httpx2.HTTPError):
            continue
        async with db.statement(pool) as tx:
            await sql.note_told(tx, row.fact_id)
        heard += 1
    return heard, len(rows) - heard


def _said(row: sql.Fact) -> dict[str, Any]:
    return {
        "fact": str(row.fact_id),
        "at": row.at.isoformat(),
        "kind": row.kind,
        "means": MEANS[row.kind],
        "establishment": str(row.establishment_id),
        "name": row.name,
        "software": None if row.software_id is None else str(row.software_id),
        "key": row.key,
        "detail": row.detail,
    }


class Webhook:
    """An address that takes facts as JSON, told by ``POST``."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def __call__(self, said: dict[str, Any]) -> None:
        """Tell one; raises httpx2.HTTPError where it is not taken."""
        async with httpx2.AsyncClient(timeout=_SECONDS) as client:
            (await client.post(self._url, json=said)).raise_for_status()
