"""What an insurer may ask before it answers: a dated list, and nothing else.

Grouping codes are enough for the 100 % Santé baskets and for class B under a responsible contract; prescriptions, their
content and detailed LPP codes are never asked (CNIL, letters of 2024-11 and 2024-12 to opticians and complementary
insurers, as the press gives them). No piece holds a measure, an image or a text of one's own.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece that may be asked, from a day on.

    Args:
        form: what an answer looks like, whole.
        source: a text, or who says so.
    """

    code: str
    french: str
    form: str
    since: date
    until: date | None
    source: str


_DAY: Final = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_PIECES: Final = (
    Piece(
        code="last-refund",
        french="La date du dernier remboursement de l'équipement, lue par la personne sur son relevé (AAAA-MM-JJ).",
        form=_DAY,
        since=date(2024, 11, 1),
        until=None,
        source="CNIL, réponses de novembre et décembre 2024 (presse)",
    ),
    Piece(
        code="sight-changed",
        french="La vue a-t-elle changé au sens de la liste des produits et prestations ? (oui ou non)",
        form="oui|non",
        since=date(2024, 11, 1),
        until=None,
        source="CNIL, réponses de novembre et décembre 2024 (presse)",
    ),
)


def pieces_on(day: date) -> dict[str, Piece]:
    """Return the pieces that may be asked on a day, by code."""
    return {
        one.code: one
        for one in _PIECES
        if one.since <= day and (one.until is None or day < one.until)
    }


def is_answer(piece: Piece, text: str, today: date) -> bool:
    """Tell whether a text answers a piece, and says nothing beside it; a day that was."""
    if re.fullmatch(piece.form, text) is None:
        return False
    if piece.form != _DAY:
        return True
    try:
        return date.fromisoformat(text) <= today
    except ValueError:
        return False
