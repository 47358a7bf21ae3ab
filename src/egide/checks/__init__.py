"""Laws that hold across packages, whatever crashed in between: run by ``egide check`` and in tests."""

from egide.checks.laws import Finding, check_laws

__all__ = ["Finding", "check_laws"]
