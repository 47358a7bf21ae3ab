"""What the browser tests share."""

from pathlib import Path
from typing import Any

_PICTURES = Path(__file__).resolve().parents[2] / "var" / "pictures"


def picture(page: Any, name: str) -> None:
    """Keep what a person would see, to be looked at."""
    _PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=_PICTURES / f"{name}.png", full_page=True)
