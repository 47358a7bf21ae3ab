"""Disputes: an establishment contests what was decided of an invoice; its insurer answers, at most twice, in time."""

from egide.disputes.api import ROUTES
from egide.disputes.desk import ROUTES as PERSON_ROUTES

__all__ = ["PERSON_ROUTES", "ROUTES"]
