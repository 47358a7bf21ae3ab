"""Attackers of the gate's design, against the public API only: what they try, what they learn.

A1 uses a stolen token elsewhere; A2 harvests from the counter's own computer, keys included, with a
leaked list of real people; A4 guesses NIRs.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from egide.client.messages import RIGHTS_PATH, by_nir, rights_question
from egide.core.nir import nir_key
from egide.doubles.software import Software
from egide.doubles.wire import Wire
from egide.drills.france import Person, Shop, public_jwk
from egide.drills.shows import by_numbers


@dataclass(slots=True)
class Disclosed:
    """What an attacker tried and learned.

    Args:
        learned: for A2, the persons whose cover was shown; for the others, their count alone.
        answers: how many times each kind of answer came.
    """

    name: str
    tried: int = 0
    learned: list[Person] = field(default_factory=list[Person])
    hits: int = 0
    answers: dict[str, int] = field(default_factory=dict[str, int])

    def note(self, kind: str) -> None:
        """Count an answer."""
        self.answers[kind] = self.answers.get(kind, 0) + 1


def _kind(answer: dict[str, Any]) -> str:
    if "preAuthRef" in answer:
        return "droits affichés"
    if answer.get("resourceType") == "OperationOutcome":
        return answer["issue"][0]["details"].get("coding", [{"code": "erreur"}])[0]["code"]
    return "droit non affiché"


def _software(shop: Shop, origin: str) -> Software:
    return Software(
        origin=origin, establishment_id=shop.establishment_id, key=shop.key, jwk=shop.jwk
    )


async def harvest(
    wire: Wire,
    shop: Shop,
    origin: str,
    victims: Sequence[Person],
    clock: Callable[[], datetime],
) -> Disclosed:
    """A2 and A5: with the pharmacy's own keys, ask every person of a leaked list, twice as stubborn."""
    disclosed = Disclosed("A2 : clés volées d'une pharmacie, liste réelle")
    software = _software(shop, origin)
    for person in victims:
        now = clock()
        body = rights_question(by_numbers(person), now.date().isoformat())
        reply = await software.call(wire, "POST", RIGHTS_PATH, now, body)
        answer: dict[str, Any] = msgspec.json.decode(reply.body)
        disclosed.tried += 1
        disclosed.note(_kind(answer))
        if "preAuthRef" in answer:
            disclosed.hits += 1
            disclosed.learned.append(person)
    return disclosed


async def guess_nirs(
    wire: Wire, shop: Shop, origin: str, *, tries: int, seed: int, clock: Callable[[], datetime]
) -> Disclosed:
    """A4: NIRs in sequence, well formed and with their key, on plausible birth dates."""
    disclosed = Disclosed("A4 : NIR devinés, en séquence")
    rng = random.Random(seed)
    software = _software(shop, origin)
    for number in range(tries):
        body = f"{1 + number % 2}8003591{number // 999 % 99:02d}{number % 999 + 1:03d}"
        birth = f"198003{rng.randint(1, 28):02d}"
        now = clock()
        question = rights_question(
            by_nir(f"{body}{nir_key(body):02d}", birth), now.date().isoformat()
        )
        reply = await software.call(wire, "POST", RIGHTS_PATH, now, question)
        answer: dict[str, Any] = msgspec.json.decode(reply.body)
        disclosed.tried += 1
        disclosed.note(_kind(answer))
        disclosed.hits += "preAuthRef" in answer
    return disclosed


async def reuse_token(
    wire: Wire, stolen: Software, persons: Sequence[Person], clock: Callable[[], datetime]
) -> Disclosed:
    """A1: a stolen token used from another machine, whose key is not the one it is bound to."""
    disclosed = Disclosed("A1 : jeton volé, employé ailleurs")
    key = ec.generate_private_key(ec.SECP256R1())
    thief = Software(
        origin=stolen.origin,
        establishment_id=stolen.establishment_id,
        key=key,
        jwk=public_jwk(key),
        token=stolen.token,
        token_at=stolen.token_at,
    )
    for person in persons:
        now = clock()
        body = rights_question(by_numbers(person), now.date().isoformat())
        reply = await wire.send(thief.request("POST", RIGHTS_PATH, now, body))
        answer: dict[str, Any] = msgspec.json.decode(reply.body)
        disclosed.tried += 1
        disclosed.note(_kind(answer))
        disclosed.hits += "preAuthRef" in answer
    return disclosed
