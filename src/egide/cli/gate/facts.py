"""``egide facts``: tell by webhook and mail what has just happened."""

import asyncio
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from egide import db
from egide.accesslog.facts import Tell, Webhook, tell_facts
from egide.cli.context import data_option, open_pool, run
from egide.core.refusal import Refusal, RefusalCode
from egide.outbox import Mailbox

_console = Console(soft_wrap=True, highlight=False)


def _by_mail(box: Mailbox, to: str) -> Tell:
    async def tell(said: dict[str, Any]) -> None:
        message = EmailMessage()
        message["From"], message["To"] = box.sender, to
        message["Subject"] = f"Égide : {said['kind']}, {said['name'] or said['establishment']}"
        message["Message-ID"] = f"<{said['fact']}@{box.sender.rpartition('@')[2]}>"
        message.set_content("\n".join(f"{name} : {value}" for name, value in said.items()))
        await asyncio.to_thread(box.send, message)

    return tell


@click.command()
@data_option
@click.option("--webhook", default=None, help="Adresse qui reçoit chaque fait en JSON.")
@click.option("--mailbox", type=click.Path(path_type=Path, exists=True), default=None)
@click.option("--to", default=None, help="À qui les faits sont écrits (avec --mailbox).")
@click.option(
    "--every",
    type=click.FloatRange(0.1, 60),
    default=None,
    help="Continuer, toutes les tant de secondes.",
)
def facts(
    data: Path | None,
    webhook: str | None,
    mailbox: Path | None,
    to: str | None,
    every: float | None,
) -> None:
    """Prévenir de ce que le guichet a constaté : liste volée, preuve rejouée, clé étrangère, suite d'inconnus."""
    tells: list[Tell] = []
    if webhook is not None:
        tells.append(Webhook(webhook))
    if mailbox is not None and to is not None:
        tells.append(_by_mail(Mailbox.read(mailbox), to))
    if not tells:
        raise Refusal(
            RefusalCode.VALUE_MISSING, where="--webhook", hint="Ou --mailbox et --to."
        )

    async def tell(said: dict[str, Any]) -> None:
        for one in tells:
            await one(said)

    async def work() -> tuple[int, int]:
        async with open_pool(db.settings(data), "owner") as pool:
            while True:
                done = await tell_facts(pool, tell)
                if every is None:
                    return done
                await asyncio.sleep(every)

    heard, waiting = run(work())
    _console.print(f"{heard} faits dits, {waiting} à redire")
    if waiting:
        raise SystemExit(1)
