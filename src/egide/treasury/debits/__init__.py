"""Debits of insurers, as the bank answers them."""

from egide.treasury.debits.move import (
    about,
    acknowledge,
    by_group,
    known,
    move_on,
    reject,
)
from egide.treasury.debits.sql import payers_ahead

__all__ = ["about", "acknowledge", "by_group", "known", "move_on", "payers_ahead", "reject"]
