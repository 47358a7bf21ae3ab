"""Acts and tariffs, rates and numbers of the law: dated, each with its source."""

from egide.nomenclature.nomenclature import (
    BilledLine,
    Nomenclature,
    UnpriceableError,
    load_nomenclature,
)

__all__ = ["BilledLine", "Nomenclature", "UnpriceableError", "load_nomenclature"]
