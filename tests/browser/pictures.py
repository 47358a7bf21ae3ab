"""What the browser tests share."""

from pathlib import Path
from typing import Any

_PICTURES = Path(__file__).resolve().parents[2] / "var" / "pictures"


_WIDE, _NARROW = (1280, 900), (375, 800)
# What of a page is wider than it, or cut by what holds it.
_CUT = """() => [...document.querySelectorAll('main, .scroll, button, select, input')]
    .filter((one) => one.offsetParent && !one.closest('.hidden'))
    .filter((one) => one.getBoundingClientRect().right > innerWidth + 1
                     || (one.className === 'scroll' && one.scrollWidth > one.clientWidth + 1))
    .map((one) => one.id || one.textContent.trim().slice(0, 40))"""


def picture(page: Any, name: str) -> None:
    """Keep what a person would see, on a desk and on a telephone, to be looked at; nothing of it is out of sight."""
    _PICTURES.mkdir(parents=True, exist_ok=True)
    for width, height in (_NARROW, _WIDE):
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=_PICTURES / f"{name}-{width}.png", full_page=True)
        assert page.evaluate(_CUT) == []
