"""A circuit breaker: a service that fails again and again is left alone, then tried once.

Ours, since those of the registries retry by themselves or try with every call at once: here a failure costs somebody
at a counter its deadline, and one call a rest tells whether the service is back.
"""

from typing import Final

_FAILURES: Final = 5
_FIRST_REST: Final = 5.0
_LONGEST_REST: Final = 60.0


class Breaker:
    """Tells whether a service is to be called now; times in seconds of one clock."""

    def __init__(self) -> None:
        self._failures = 0
        self._rest = _FIRST_REST
        self._closed_until = 0.0
        self._is_trying = False

    def allows(self, now: float) -> bool:
        """Tell whether to call; after a rest, one call alone finds out."""
        if self._failures < _FAILURES:
            return True
        if now < self._closed_until or self._is_trying:
            return False
        self._is_trying = True
        return True

    def succeed(self) -> None:
        """Note that it answered what can be used."""
        self._failures, self._rest, self._is_trying = 0, _FIRST_REST, False

    def leave(self) -> None:
        """Note that nobody waits for its answer any more: the next call finds out."""
        self._is_trying = False

    def fail(self, now: float) -> None:
        """Note that it did not; the rest doubles each time that it is still away after one."""
        self._failures += 1
        if self._failures < _FAILURES:
            return
        if self._is_trying:
            self._rest = min(self._rest * 2, _LONGEST_REST)
        self._is_trying = False
        self._closed_until = now + self._rest
