"""Acts and tariffs, rates and numbers of the law: dated, each with its source."""

from egide.nomenclature.families import Family, families, in_stay
from egide.nomenclature.nomenclature import (
    OTHER,
    BilledLine,
    Nomenclature,
    load_nomenclature,
)
from egide.nomenclature.published import CurrentNomenclature, publish_acts
from egide.nomenclature.situations import SITUATIONS
from egide.nomenclature.tariff import Basis, Entry, Tariff
from egide.nomenclature.typical import TypicalCare, typical_treatments
from egide.nomenclature.unpriceable import BaseMissingError, UnpriceableError

__all__ = [
    "OTHER",
    "SITUATIONS",
    "BaseMissingError",
    "Basis",
    "BilledLine",
    "CurrentNomenclature",
    "Entry",
    "Family",
    "Nomenclature",
    "Tariff",
    "TypicalCare",
    "UnpriceableError",
    "families",
    "in_stay",
    "load_nomenclature",
    "publish_acts",
    "typical_treatments",
]
