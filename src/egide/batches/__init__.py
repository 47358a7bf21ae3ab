"""Batches: thousands of invoices in a file of our own format, each through the same gate and the same decision."""

from egide.batches.api import ROUTES
from egide.batches.read import FORMAT

__all__ = ["FORMAT", "ROUTES"]
