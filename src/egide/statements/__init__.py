"""What an insurer's staff see of its money: calls for funds, exports of its claims."""

from egide.statements.api import ROUTES

__all__ = ["ROUTES"]
