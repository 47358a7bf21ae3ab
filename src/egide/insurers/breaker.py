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

    def allows(self, now: float) -> bool | None:
        """Return whether a call is the trial after a rest; None for none. Each that is allowed says how it ended."""
        if self._failures < _FAILURES:
            return False
        if now < self._closed_until or self._is_trying:
            return None
        self._is_trying = True
        return True

    def succeed(self, *, trial: bool) -> None:
        """Note that it answered what can be used."""
        self._failures, self._rest = 0, _FIRST_REST
        self.leave(trial=trial)

    def leave(self, *, trial: bool) -> None:
        """Note that nobody waits for its answer any more: after a trial, the next call is another."""
        if trial:
            self._is_trying = False

    def fail(self, now: float, *, trial: bool) -> None:
        """Note that it did not; the rest doubles each time that it is still away after one."""
        self._failures += 1
        if trial:
            self._rest = min(self._rest * 2, _LONGEST_REST)
            self._is_trying = False
        # One that was under way when it was left alone says nothing new.
        if trial or self._failures == _FAILURES:
            self._closed_until = now + self._rest
