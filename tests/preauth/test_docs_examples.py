"""What ``docs/formats/fhir.md`` shows of a prise en charge and its invoice is what the server takes."""

import json
import re
from typing import Any

import msgspec

from conftest import ROOT, Running
from preauth.builders import DAY, INQUIRE_PATH, call, person, sent, state


def _shown() -> list[dict[str, Any]]:
    page = (ROOT / "docs/formats/fhir.md").read_text()
    decoder = json.JSONDecoder()
    shown: list[dict[str, Any]] = []
    for block in re.findall(r"```json\n(.*?)```", page, re.DOTALL):
        rest = block.strip()
        while rest:
            one, end = decoder.raw_decode(rest)
            shown.append(one)
            rest = rest[end:].strip()
    return shown


def _filled(shown: dict[str, Any], number: str) -> bytes:
    text = msgspec.json.encode(shown).decode()
    return re.sub(r"20\d\d-\d\d-\d\d", DAY, text).replace("…26 characters…", number).encode()


def test_the_pages_examples_are_taken_one_after_the_other(server: Running) -> None:
    invoice, demand, inquiry, piece, cancel, related = _shown()
    [shop, *_] = server.shops("optician")
    who = person(server, 398)
    granted = sent(server, shop, _filled(demand, who.card))
    assert state(granted) in {"granted", "partly-granted"}
    number = granted["preAuthRef"]

    status, found = call(server, shop, _filled(inquiry, number), INQUIRE_PATH)
    assert (status, found["id"]) == (200, granted["id"])
    status, _ = call(server, shop, _filled(piece, number), "/fhir/Communication")
    assert status == 409  # the piece of a granted one: nobody asked for it

    billed = sent(server, shop, _filled(invoice, number))
    assert billed["outcome"] == "complete"
    ended = msgspec.json.decode(_filled(cancel, number))
    ended["identifier"][0]["value"] = invoice["identifier"][0]["value"]
    assert sent(server, shop, msgspec.json.encode(ended))["status"] == "cancelled"

    again = invoice | related | {"identifier": [invoice["identifier"][0] | {"value": "F3"}]}
    status, refusal = call(server, shop, _filled(again, number))
    assert status >= 400
    assert refusal["issue"][0]["expression"]  # F1 was never sent: refused, and said where
