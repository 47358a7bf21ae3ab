"""What the benches ask of the gate is what the gate is asked: they start, whatever is added to its questions."""

import runpy

import pytest

from conftest import ROOT, Place, run
from egide import db


def test_the_floor_of_the_benches_prepares_and_its_patience_is_granted(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "bench"))
    bench = runpy.run_path(str(ROOT / "bench/rights.py"))

    async def work() -> None:
        async with place.store.pool("owner") as pool:
            with pytest.raises(KeyError):  # nothing of it stays
                async with db.transaction(pool) as tx:
                    for patience in bench["PATIENT"]:
                        await db.run(tx, patience)
                    table = "create temp table bench_question (i int, establishment uuid, software uuid,"
                    table += " basis text, address uuid, kept uuid)"
                    await db.run(tx, table)
                    for script in bench["floor_scripts"]():
                        lines = [
                            line for line in script.splitlines() if not line.startswith("\\")
                        ]
                        asked = "\n".join(lines).replace(":i", "1").replace(":r::", "1::")
                        for one in asked.split(";"):
                            if one.strip():
                                await db.run(tx, one)
                    raise KeyError

    run(work())
