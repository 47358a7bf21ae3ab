"""Help on an invoice, by tickets; and the auditor's trail of who asked and approved what."""

from egide.support.api import ROUTES

__all__ = ["ROUTES"]
