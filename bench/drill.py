"""How many days of an establishment the drill simulates in a second, and how much of a question is the drill's own.

The floor is the gate alone: the same function, under the same login, asked the same number of questions by card in
batches of 64, with nothing simulated around it.
"""

import random
import time

import click
import stage
import uvloop

from egide import db
from egide.drills.campaign import Campaign, play
from egide.drills.campaign.world import START, World, prepare
from egide.rights import Basis

_BATCH = 64


async def _floor(app: db.Pool, owner: db.Pool, questions: int) -> float:
    """Return how many seconds the gate alone takes for so many questions."""
    await prepare(owner, START)
    world = World(
        learns_rate=True, app=app, owner=owner, rng=random.Random(1), names=random.Random()
    )
    await world.people(1500, 0)
    establishments = await world.establishments(10)
    took = 0.0
    for _ in range(questions // _BATCH):
        asked = [
            world.question(establishment, Basis.PRESENCE, one.card)
            for establishment, one in zip(
                world.rng.choices(establishments, k=_BATCH),
                world.rng.choices(world.persons, k=_BATCH),
                strict=True,
            )
        ]
        began = time.perf_counter()
        await world.ask(asked)
        took += time.perf_counter() - began
    return took


@click.command()
@click.option("--days", default=90, show_default=True)
@click.option("--establishments", default=10, show_default=True)
def main(days: int, establishments: int) -> None:
    """Play one seed with detection, then as many questions without any drill."""

    async def work() -> None:
        with stage.workplace() as folder:
            store = await db.open_store(db.settings(folder))
            try:
                async with store.pool("owner") as owner, store.pool("app") as app:
                    began = time.perf_counter()
                    campaign = Campaign(
                        seed=1, days=days, establishments=establishments, detection=True
                    )
                    played = await play(app, owner, campaign)
                    took = time.perf_counter() - began
                    floor = await _floor(app, owner, played.questions)
            finally:
                store.close()
        click.echo(
            f"establishment-days      {played.establishment_days / took:8.0f} /s, of honest establishments"
        )
        click.echo(f"questions               {played.questions / took:8.0f} /s")
        click.echo(f"floor, the gate alone   {played.questions / floor:8.0f} /s")
        click.echo(f"ratio                   {floor / took:8.2f}")

    uvloop.run(work())


if __name__ == "__main__":
    main()
