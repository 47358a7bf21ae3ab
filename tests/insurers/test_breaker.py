"""A breaker: five failures in a row and it rests, then one call finds out."""

from egide.insurers.breaker import Breaker


def _failing(times: int, now: float = 0.0) -> Breaker:
    breaker = Breaker()
    for _ in range(times):
        trial = breaker.allows(now)
        assert trial is False
        breaker.fail(now, trial=trial)
    return breaker


def test_five_failures_close_it_and_one_success_forgets_them() -> None:
    breaker = _failing(4)
    breaker.succeed(trial=False)
    for _ in range(4):
        breaker.fail(0.0, trial=False)
    assert breaker.allows(0.0) is False
    assert _failing(5).allows(0.0) is None


def test_after_a_rest_one_call_alone_tries_and_the_rest_doubles() -> None:
    breaker = _failing(5)
    assert breaker.allows(4.9) is None
    assert breaker.allows(5.0) is True
    assert breaker.allows(5.0) is None
    breaker.fail(5.0, trial=True)
    assert breaker.allows(14.9) is None
    assert breaker.allows(15.0) is True
    breaker.succeed(trial=True)
    assert breaker.allows(15.0) is False


def test_one_that_was_under_way_ends_no_trial_and_lengthens_no_rest() -> None:
    breaker = _failing(5)
    assert breaker.allows(5.0) is True
    breaker.fail(5.5, trial=False)
    assert breaker.allows(6.0) is None  # the trial is still another's
    breaker.leave(trial=False)
    assert breaker.allows(6.0) is None
    breaker.leave(trial=True)
    assert breaker.allows(6.0) is True


def test_the_rest_has_an_end() -> None:
    breaker, now = _failing(5), 0.0
    for _ in range(10):
        now += 60.0
        assert breaker.allows(now) is True
        breaker.fail(now, trial=True)
    assert breaker.allows(now + 60.0) is True
