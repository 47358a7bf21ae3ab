"""The places of teeth, as grids name them: which teeth each word means, by their numbers (FDI, ISO 3950)."""

from collections.abc import Mapping
from typing import Final

_PERMANENT, _MILK = "1234", "5678"  # the first digit: the quadrant


def _at(permanent: str, milk: str = "") -> frozenset[str]:
    return frozenset(
        {f"{quadrant}{place}" for quadrant in _PERMANENT for place in permanent}
        | {f"{quadrant}{place}" for quadrant in _MILK for place in milk}
    )


EVERY_TOOTH: Final = _at("12345678", "12345")
# « Dents visibles », « du sourire »: those of the 100 % Santé conventions, incisors, canines, first premolars.
_VISIBLE: Final = _at("1234", "123")
TEETH: Final[Mapping[str, frozenset[str]]] = {
    "incisive": _at("12", "12"),
    "canine": _at("3", "3"),
    "première prémolaire": _at("4"),
    "seconde prémolaire": _at("5"),
    "prémolaire": _at("45"),
    "molaire": _at("678", "45"),
    "dent visible": _VISIBLE,
    "dent de fond": EVERY_TOOTH - _VISIBLE,
    "dent permanente": _at("12345678"),
    "dent de lait": _at("", "12345"),
}
