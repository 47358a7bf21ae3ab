"""Accounts of persons: invited, vouched for by another establishment, recovered, closed."""

from egide.accounts import api, entrances
from egide.accounts.api import Accounts
from egide.accounts.insured import CodeLimiter, issue_codes, write_codes
from egide.accounts.invite import (
    AccountsReader,
    Invitation,
    Invited,
    close,
    invite,
    invite_again,
    label_owner,
)
from egide.accounts.sql import close_dormant

ROUTES = (*api.ROUTES, *entrances.ROUTES)

__all__ = [
    "ROUTES",
    "Accounts",
    "AccountsReader",
    "CodeLimiter",
    "Invitation",
    "Invited",
    "close",
    "close_dormant",
    "invite",
    "invite_again",
    "issue_codes",
    "label_owner",
    "write_codes",
]
