"""What the platform tells of itself: counts, delays and rejections by insurer and profession, no small number."""

from egide.statistics.figures import FEWEST_PERSONS, Figure, read_statistics
from egide.statistics.sql import Span

__all__ = ["FEWEST_PERSONS", "Figure", "Span", "read_statistics"]
