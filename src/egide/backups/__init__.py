"""What is kept elsewhere of an installation, and an installation made again from it."""

from egide.backups.archive import Archive, Base
from egide.backups.confirm import check_confirmed, confirm
from egide.backups.keep import Keeper, take_base
from egide.backups.keys import open_keys, seal_keys
from egide.backups.prove import Proof, prove
from egide.backups.restore import Restored, restore
from egide.backups.sql import unkept_bytes

__all__ = [
    "Archive",
    "Base",
    "Keeper",
    "Proof",
    "Restored",
    "check_confirmed",
    "confirm",
    "open_keys",
    "prove",
    "restore",
    "seal_keys",
    "take_base",
    "unkept_bytes",
]
