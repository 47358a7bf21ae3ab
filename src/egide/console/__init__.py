"""What an operator watches: facts of the gate, what is contained, incidents and their clocks."""

from egide.console.api import ROUTES

__all__ = ["ROUTES"]
