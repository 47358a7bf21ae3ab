"""What an operator watches, and what an insurer is told: facts of the gate, what is contained, incidents, clocks."""

from egide.console.api import ROUTES

__all__ = ["ROUTES"]
