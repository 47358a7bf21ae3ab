"""Laws that hold across packages, whatever crashed in between: run every hour beside the server, and in tests."""

from egide.checks.laws import Finding, check_and_keep, check_laws
from egide.checks.sql import LastCheck, last_check

__all__ = ["Finding", "LastCheck", "check_and_keep", "check_laws", "last_check"]
