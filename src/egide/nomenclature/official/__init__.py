"""The files that the assurance maladie publishes, read into acts and tariffs."""

from egide.nomenclature.official.bdpm import read_bdpm
from egide.nomenclature.official.ccam import Grids, read_ccam
from egide.nomenclature.official.lpp import read_lpp
from egide.nomenclature.official.nabm import read_nabm
from egide.nomenclature.official.table import read_table
from egide.nomenclature.official.taken import LeftOut, OfficialFileError, Taken

__all__ = [
    "Grids",
    "LeftOut",
    "OfficialFileError",
    "Taken",
    "read_bdpm",
    "read_ccam",
    "read_lpp",
    "read_nabm",
    "read_table",
]
