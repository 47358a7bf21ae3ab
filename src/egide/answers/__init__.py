"""What insurers say later by their own services: answers to prises en charge, invoices accepted or refused."""

from egide.answers.api import ROUTES

__all__ = ["ROUTES"]
