"""Calls for funds: what each insurer is called for by a settlement, and its file."""

from egide.payments.calls.sql import calls
from egide.payments.calls.write import write_calls

__all__ = ["calls", "write_calls"]
