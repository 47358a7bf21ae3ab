"""The test bench of a vendor, taken in and brought to its outcomes: docs/howto/test-your-software.md lists them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from egide.cli.demo.installation import HOST, egide
from egide.client.messages import CLAIM_PATH, RIGHTS_PATH, claim, item, rights_question
from egide.doubles.software import Software
from egide.doubles.wire import Wire
from egide.drills.france import Shop
from egide.drills.sandbox import Sandbox
from egide.drills.shows import by_card, by_numbers

_TYPED_A_DAY: Final = 2  # of an establishment that is not proved (GATE I2)
_REASON: Final = ("--reason", "banc d'essai", "--hours", "720")


def take_in_sandbox(data: Path, bench: Sandbox) -> None:
    """Take the bench's country in, beside the other, by the real imports."""
    folder = data / "files"
    folder.mkdir(exist_ok=True)
    directory = folder / "sandbox-directory.ndjson"
    directory.write_bytes(b"".join(line + b"\n" for line in bench.directory()))
    egide("import", "directory", str(directory), data=data, is_quiet=True)
    for amc in bench.france.insurers:
        file = folder / f"sandbox-{amc}.ndjson"
        file.write_bytes(b"".join(line + b"\n" for line in bench.members(amc)))
        egide("import", "members", str(file), data=data, is_quiet=True)
    egide("segment", "amc", bench.stopped_amc, "off", *_REASON, data=data, is_quiet=True)
    shop = str(bench.shops["pharmacy-card-only"].establishment_id)
    egide("segment", "establishment", shop, "card-only", *_REASON, data=data, is_quiet=True)
    egide("revoke-card", bench.persons["card-lost"].card, data=data, is_quiet=True)


async def bring_about(
    bench: Sandbox, origin: str, port: int, clock: Callable[[], datetime]
) -> None:
    """Bring about what only calls do: a renewal used, a budget spent."""
    wire = Wire(HOST, port)
    day = clock().date().isoformat()

    async def call(shop: Shop, path: str, body: bytes) -> None:
        software = Software(
            origin=origin, establishment_id=shop.establishment_id, key=shop.key, jwk=shop.jwk
        )
        await software.ready(wire, clock())
        await software.call(wire, "POST", path, clock(), body)

    bought = by_card(bench.persons["glasses-bought"])
    before = (clock().date() - timedelta(days=30)).isoformat()
    frame = [item(1, "grouping:M03", 12_000, before)]
    await call(bench.shops["optician"], CLAIM_PATH, claim(bought, "ESSAI-0", before, frame))
    for number in range(_TYPED_A_DAY):
        asked = by_numbers(bench.persons["never-met"])
        asked["contained"][1]["subscriberId"] = f"ESSAI{number}"
        await call(bench.shops["pharmacy-new"], RIGHTS_PATH, rights_question(asked, day))
    wire.close()


def write_sandbox(folder: Path, bench: Sandbox, origin: str) -> Path:
    """Write the bench for programs: each establishment's key, each person, each outcome."""
    keys = folder / "keys"
    keys.mkdir(exist_ok=True, mode=0o700)
    for name, shop in bench.shops.items():
        path = keys / f"{name}.pem"
        path.touch(mode=0o600)
        path.write_bytes(
            shop.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
    shops: dict[str, dict[str, UUID | str]] = {
        name: {"establishment": shop.establishment_id, "key": f"keys/{name}.pem"}
        for name, shop in sorted(bench.shops.items())
    }
    persons: dict[str, dict[str, Any]] = {
        name: {
            "card": one.card,
            "amc": one.amc,
            "member": one.member,
            "birth": one.birth,
            "rank": one.rank,
            "nir": one.nir,
        }
        for name, one in bench.persons.items()
    }
    said = {
        "origin": origin,
        "establishments": shops,
        "persons": persons,
        "outcomes": bench.outcomes,
    }
    path = folder / "sandbox.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(said)))
    return path
