"""What a process is told by its environment (see ``egide serve``)."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from egide import db
from egide.vault import KeyRing


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Where a process stands.

    Args:
        origin: the public address, which proofs and passkeys name.
    """

    origin: str
    settings: db.Settings
    trusts_connections: bool
    relays_certificates: bool

    @classmethod
    def read(cls) -> Self:
        """Read the environment."""
        return cls(
            origin=os.environ.get("EGIDE_ORIGIN", "http://127.0.0.1:8080"),
            settings=db.settings(
                Path(os.environ["EGIDE_DATA"]) if "EGIDE_DATA" in os.environ else None
            ),
            trusts_connections=os.environ.get("EGIDE_TRUST_CONNECTIONS") == "1",
            relays_certificates=os.environ.get("EGIDE_RELAYED_CERTIFICATES") == "1",
        )

    def keyring(self) -> KeyRing:
        """Open the installation's key ring."""
        return KeyRing.open(self.settings.secrets / "keyring.json")
