"""What an insured person sees of itself: its cover, what it would pay, its invoices, what exposed it."""

from egide.insured.api import ROUTES
from egide.insured.desk import InsuredDesk

__all__ = ["ROUTES", "InsuredDesk"]
