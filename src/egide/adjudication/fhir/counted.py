"""What a quantity counts: acts, boxes, days; by the words and the codes (UCUM) that softwares use for them."""

import re
from typing import Final
from unicodedata import normalize

# A drug's tablets are counted by nobody here: a box of thirty is 1.
_WORDS: Final = re.compile(
    r"1|x|u|un|unit|unite|act|acte|session|seance|visit|visite|item|article|each|ea|fois"
    r"|count|forfait|d|day|j|jour|journee|night|nuit|nuitee|wk|week|semaine|mo|month|mois|km|kilometre"
    r"|box|boite|bte|bt|pack|package|pck|packet|paquet|emballage|bottle|flacon|piece|pce|pcs|dispositif"
    r"|lens|verre|monture|equipement|tooth|dent|prothese|appareil|pair|paire|ear|oreille"
)
_PLURAL: Final = re.compile(r"(?<=..)(es|s|x)$")


def is_counted(unit: str) -> bool:
    """Tell whether a unit is one of what is counted: its case, its accents, its braces and its plural aside."""
    if unit.strip("{} ") == "#":  # UCUM: a count
        return True
    plain = "".join(one for one in normalize("NFKD", unit.lower()) if one.isalnum())
    return any(map(_WORDS.fullmatch, (plain, plain.removesuffix("s"), _PLURAL.sub("", plain))))
