"""What real grids say and no condition can: each construct, and what to write instead."""

import re
from typing import Final

_CONSTRUCTS: Final = (
    (
        r"[()]",
        "Sans parenthèses : répéter ce qui vaut pour chaque cas, « OPTAM et ALD ou OPTAM et C2S ».",
    ),
    (
        r"exonéré|exonération",
        "Une exonération a sa cause sur la facture : écrire « ALD », « maternité »… ; « TM » y vaut zéro.",
    ),
    (
        r"actes? lourds?",
        "La participation aux actes lourds a sa ligne : la famille « participation-acte-lourd ».",
    ),
    (
        r"étranger",
        "Les soins à l'étranger ne passent pas par le tiers payant : le dire dans une note.",
    ),
    (
        r"dioptrie|sphère|cylindre|(?<![\w.,])[+-] ?\d+(?:[.,]\d+)?(?! ?\d* ?ans)",
        "La correction est dans le code du verre, jamais sur la facture : nommer les codes de la tranche (« codes »).",
    ),
    (
        r"\d+(?:e|ème|er)? ?jours?\b|jours? de séjour",
        "Une durée se dit dans le remboursement : « 60 € par jour, maximum 30 jours par an, au-delà 30 € par jour ».",
    ),
    (
        r"\bdents?\b",
        "Seule la place d'une dent se dit : incisive, canine, prémolaire, molaire, dent visible, dent de fond.",
    ),
    (
        r"cécité|aveugle|handicap",
        "Aucun mot de la facture ne le dit : nommer les codes que seules ces personnes ont, ou le laisser en note.",
    ),
)
_COMPILED: Final = tuple((re.compile(pattern), remedy) for pattern, remedy in _CONSTRUCTS)


def remedy_for(text: str) -> str | None:
    """Return what to write instead of a condition that cannot be said; None if it is no construct that is known."""
    return next((remedy for pattern, remedy in _COMPILED if pattern.search(text)), None)
