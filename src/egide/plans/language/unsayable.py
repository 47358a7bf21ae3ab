"""What real grids say and no condition, formula or limit can: each construct, and what to write instead."""

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
_PRINTED: Final = (
    (
        r"doubl|naissances? multiples?|jumeaux|jumelles",
        "Aucun mot de la facture ne dit une naissance multiple : le laisser en note.",
    ),
    (
        r"deux yeux|deux oreilles",
        "Écrire le montant de chacun : « 150 € par œil et par an », « 800 € par oreille ».",
    ),
    (
        r"(?:dès|à partir de|après) (?:la |l')?\d+ ?(?:e|ème|re|ère)? années?|1re année",
        "Une année d'adhésion est un cas : sous « cas: », « si: à partir de la 2e année » et son remboursement.",
    ),
    (
        r"€ ?[x×*] ?\d|\d ?[x×*] ?\d+ ?€|\d+ (?:séances?|consultations?|actes?) (?:de|à) \d",
        "Écrire le montant dans « remboursement » (30 € par séance) et le nombre dans « limite » (3 par an).",
    ),
    (
        r"(?:moins de|plus de|jusqu.à|à partir de|dès) \d+ ans|\benfants?\b|\badultes?\b",
        "Un âge est un cas : sous « cas: », « si: moins de 18 ans » et son remboursement, puis « si: sinon ».",
    ),
    (
        r"semestre",
        "Un semestre d'orthodontie est un acte : « limite: 6 par vie ». Sinon compter en mois : « 1 par 6 mois ».",
    ),
    (
        r"trimestre",
        "Compter en mois : « 2 par 3 mois ».",
    ),
    (
        r"^\d+ ?%$|\d+ ?% (?:du forfait|de la dépense)",
        "Dire de quoi : « 100 % BR », « 50 % FR » (de la dépense), « 100 % TM », ou un montant en euros.",
    ),
    (
        r"discipline|spécialité",
        "Une ligne par discipline, chacune avec sa limite.",
    ),
    (
        r"hauteur de",
        "Écrire le montant seul : « 200 € », ou « dans la limite de 200 € par an » après une part.",
    ),
)
_COMPILED: Final = tuple((re.compile(pattern), remedy) for pattern, remedy in _CONSTRUCTS)
_IN_CELLS: Final = tuple((re.compile(pattern), remedy) for pattern, remedy in _PRINTED)


def remedy_for(text: str) -> str | None:
    """Return what to write instead of a condition that cannot be said; None if it is no construct that is known."""
    return next((remedy for pattern, remedy in _COMPILED if pattern.search(text)), None)


def remedy_for_cell(text: str) -> str | None:
    """Return what to write instead of a formula or a limit that cannot be read, by what it holds; None if unknown."""
    lowered = text.lower()
    return next((remedy for pattern, remedy in _IN_CELLS if pattern.search(lowered)), None)
