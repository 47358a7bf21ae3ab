"""Published grids: once a version, options on bases only."""

import pytest

from conftest import Place, run
from egide import db
from egide.core.refusal import Refusal
from egide.plans import publish, read_grid
from pricing.builders import grid_text


def put(place: Place, *texts: str) -> list[bool]:
    async def work() -> list[bool]:
        async with place.store.pool("owner") as pool, db.transaction(pool) as tx:
            return [await publish(tx, read_grid(text)) for text in texts]

    return run(work())


def grid(code: str, head: str = "", formula: str = "100 % BR") -> str:
    amo = "en plus" if head else "comprise"
    return grid_text((f"transport | {formula}",), amo, "oui", head, code, "civil")


def test_a_grid_is_published_once_and_another_text_of_its_version_is_refused(
    place: Place,
) -> None:
    assert put(place, grid("PUB-A"), grid("PUB-A")) == [True, False]
    with pytest.raises(Refusal) as refused:
        put(place, grid("PUB-A", formula="90 % BR"))
    assert refused.value.code.value == "plan-invalid"


def test_an_option_completes_a_base_and_never_an_option(place: Place) -> None:
    first = grid("PUB-OPT1", "option de: PUB-BASE\nempilement: ajouté\n")
    ring = grid("PUB-OPT2", "option de: [PUB-BASE, PUB-OPT1]\nempilement: ajouté\n")
    assert put(place, grid("PUB-BASE"), first) == [True, True]
    with pytest.raises(Refusal) as refused:
        put(place, ring)
    assert "PUB-OPT1" in refused.value.hint
