"""A route, in one line beside its endpoint: who may call it, how fresh a session it asks, who uses up its proof."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec

from egide.access import Scope
from egide.edge.http import Response


class ProofUse(StrEnum):
    """Who uses up the proof of a call, so that it serves once."""

    DOOR = "door"  # the web, before the endpoint is called
    GATE = "gate"  # the endpoint, which passes it to the gate's own statement


@dataclass(frozen=True, slots=True)
class Route:
    """One route. A call that no route names is refused.

    Args:
        path: with ``{name}`` for a value, ``{name*}`` for a rest of several parts.
        scope: what the caller must hold; ``None`` opens it to all, since it tells nothing about anybody.
        endpoint: called with the capability's own things and the request; then with the ``Pass`` of a software's
            scope or the ``Person`` of a person's.
        fresh: a person's session must have shown its passkey in the last five minutes.
        body: the shape of the JSON that it reads.
        query: the names of the values that it reads behind « ? ».
        proof: of software's routes alone: a person's proof is always used at the door.
    """

    method: str
    path: str
    scope: Scope | None
    endpoint: Callable[..., Awaitable[Response]]
    fresh: bool = False
    proof: ProofUse = ProofUse.DOOR
    body: type[msgspec.Struct] | None = None
    query: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """Return what tells it from every other."""
        return self.method, self.path

    @property
    def summary(self) -> str:
        """Return the first sentence that its endpoint says of itself."""
        said: Any = self.endpoint.__doc__ or ""
        return re.split(r"[;.] Refusal ", str(said).strip().partition("\n")[0])[0].replace(
            "``", ""
        )
