"""A file at fault is told by its place and what is expected, in French."""

from pathlib import Path

import msgspec
import pytest

from egide.client.files import Invoice  # the shape that its file has
from egide.client.words import said_of_json, said_of_system


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            b'{"who": {}, "invoice": "F", "items": [{"act": "a", "cents": 1.5}]}',
            "items[0].cents : attendu un nombre entier, et non un nombre à virgule.",
        ),
        (b'{"who": {}, "invoice": "F", "itemz": []}', "champ inconnu, « itemz »."),
        (b'{"who": {}, "invoice": "F"}', "il manque le champ « items »."),
        (
            b'{"who": {}, "invoice": "F", "items": [], "on": "27/11"}',
            "on : attendu une date AAAA-MM-JJ.",
        ),
        (
            b'{"who": {}, "invoice": 7, "items": []}',
            "invoice : attendu un texte, et non un nombre entier.",
        ),
        (b'{"who": ', "Ce n'est pas du JSON entier : vérifier guillemets et accolades."),
    ],
)
def test_of_json(text: bytes, told: str) -> None:
    with pytest.raises(msgspec.DecodeError) as error:
        msgspec.json.decode(text, type=Invoice)
    assert said_of_json(error.value) == told


def test_of_the_system(tmp_path: Path) -> None:
    missing = tmp_path / "nope.pem"
    with pytest.raises(OSError) as error:
        missing.read_bytes()
    assert said_of_system(error.value) == f"{missing} : n'existe pas."
