"""Where an installation keeps its things: the data folder, the database, the listening address."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a deployer chooses; every value has a good default.

    Args:
        data: folder of the embedded database, the key ring and the outgoing files.
        database_url: a PostgreSQL >= 16 to use instead of the embedded one (its owner's login).
        app_url: the counter's own login, where the server must not hold the owner's; the portal's is
            ``EGIDE_PORTAL_DATABASE_URL``.
    """

    data: Path
    database_url: str | None
    app_url: str | None

    @property
    def secrets(self) -> Path:
        """Return the folder of keys and passwords, readable by its owner only."""
        return self.data / "secrets"

    @property
    def unfinished(self) -> Path:
        """Return what stands in a folder while something is restored there."""
        return self.data / "restoration-unfinished"


def settings(data: Path | None = None) -> Settings:
    """Read the environment: EGIDE_DATA, EGIDE_DATABASE_URL, EGIDE_APP_DATABASE_URL."""
    return Settings(
        data=(data or Path(os.environ.get("EGIDE_DATA", "var"))).absolute(),
        database_url=os.environ.get("EGIDE_DATABASE_URL") or None,
        app_url=os.environ.get("EGIDE_APP_DATABASE_URL") or None,
    )
