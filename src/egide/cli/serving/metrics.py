"""``egide metrics``: what the processes of a server count, and how its queues stand, for Prometheus.

A process of its own, on an address of its own: the counter's never tells it. Nothing in it is of a person or an
establishment.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import click
import structlog
import uvicorn
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from egide import db
from egide.backups import unkept_bytes
from egide.cli.context import check_installed, data_option, now, open_pool, run
from egide.cli.serving import sql
from egide.cli.serving.http import serve_beside
from egide.core.refusal import Refusal, RefusalCode
from egide.edge.processes import read_processes

_log = structlog.get_logger("egide")
_UNKEPT: Final = "What no backup has received; 0 where none is kept."
_PATIENCE: Final = 5.0  # seconds; Prometheus waits ten, and a database that hangs is not up
_UNWITNESSED: Final = "log_unwitnessed_seconds"
_MEDIA: Final = b"text/plain; version=0.0.4; charset=utf-8"
_Send = Callable[[dict[str, Any]], Awaitable[None]]


def listening(text: str) -> tuple[str, int]:
    """Return host and port of ``HOST:PORT``; Refusal ``value-invalid``."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65_536:
        hint = "Attendu : ADRESSE:PORT, par exemple 127.0.0.1:9464."
        raise Refusal(RefusalCode.VALUE_INVALID, where="--listen", hint=hint)
    return host, int(port)


@click.command()
@data_option
@click.option("--listen", default="127.0.0.1:9464", show_default=True, help="Adresse d'écoute.")
@click.option("--parent", type=int, hidden=True, help="Finir avec ce processus.")
def metrics(data: Path | None, listen: str, parent: int | None) -> None:
    """Répondre à Prometheus (GET /metrics) ; ./egide serve --metrics le fait à côté du serveur."""
    host, port = listening(listen)
    settings = db.settings(data)
    check_installed(settings)

    async def work() -> None:
        async with open_pool(settings, "owner") as pool:

            async def answer(scope: dict[str, Any], _: object, send: _Send) -> None:
                if scope["type"] != "http":
                    return
                is_known = scope["path"] == "/metrics"
                body = await tell(pool, settings.data) if is_known else b""
                headers = [(b"content-type", _MEDIA)]
                status = 200 if is_known else 404
                await send(
                    {"type": "http.response.start", "status": status, "headers": headers}
                )
                await send({"type": "http.response.body", "body": body})

            config = uvicorn.Config(
                answer,
                host=host,
                port=port,
                log_level="warning",
                access_log=False,
                lifespan="off",
            )
            await serve_beside(uvicorn.Server(config), parent)

    run(work())


async def tell(pool: db.Pool, data: Path) -> bytes:
    """Return what is counted, in Prometheus' text form. Cost: two statements of small counts."""
    registry = CollectorRegistry()
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if folder:
        MultiProcessCollector(registry, path=folder)
    registry.register(_Standing(await _stand(pool, data)))
    return generate_latest(registry)


class _Standing(Collector):
    """How things stand at this instant: counted by nobody, so that nothing of it is in the processes' folder."""

    def __init__(self, families: list[GaugeMetricFamily]) -> None:
        self._families = families

    def collect(self) -> list[GaugeMetricFamily]:
        """Return the families, as the library asks for them."""
        return self._families


async def _stand(pool: db.Pool, data: Path) -> list[GaugeMetricFamily]:
    said = "1 where the database answers."
    try:
        async with asyncio.timeout(_PATIENCE), db.statement(pool) as tx:
            rows, unkept = await sql.standing(tx, now()), await unkept_bytes(tx)
    except db.FAULTS as error:
        _log.warning("trouble", what="metrics", kind=type(error).__name__)
        return [GaugeMetricFamily("egide_database_up", said, value=0)]
    up = GaugeMetricFamily("egide_process_up", "1 where it runs.", labels=["process"])
    restarts = GaugeMetricFamily(
        "egide_process_restarts", "How often it was started again.", labels=["process"]
    )
    for each in read_processes(data):
        up.add_metric([each.name], int(each.is_up))
        restarts.add_metric([each.name], each.restarts)
    # Without witnesses nobody is late; it would only rise.
    unheard = () if os.environ.get("EGIDE_WITNESSES") else (_UNWITNESSED,)
    standing = [GaugeMetricFamily("egide_backup_lag_bytes", _UNKEPT, value=unkept or 0)]
    standing += [
        GaugeMetricFamily(
            f"egide_{one.name}", one.said, value=0 if one.name in unheard else one.value
        )
        for one in rows
    ]
    return [GaugeMetricFamily("egide_database_up", said, value=1), *standing, up, restarts]
