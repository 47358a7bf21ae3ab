"""Whose answers a command is about: an actor by its own number, an establishment by its FINESS too."""

from collections.abc import Sequence

from egide import db
from egide.accesslog.victims import Actor
from egide.directory import establishment_named

_ESTABLISHMENT = "establishment:"


async def actor_named(tx: db.Tx, text: str) -> Actor:
    """Return the actor of ``KIND:VALUE``; Refusal ``value-invalid`` at ``--actor``."""
    if text.startswith(_ESTABLISHMENT):
        value = text.removeprefix(_ESTABLISHMENT)
        return Actor(
            kind="establishment", number=await establishment_named(tx, value, "--actor")
        )
    return Actor.parse(text)


async def actors_named(tx: db.Tx, texts: Sequence[str]) -> list[Actor]:
    """Return the actors of some names, each once, in one order."""
    found = [await actor_named(tx, text) for text in texts]
    return [actor for _, actor in sorted({actor.text: actor for actor in found}.items())]
