"""Waiting for something to become true, with a limit. Limits are generous: a noisy machine is slow, not wrong."""

import time

LIMIT = 60.0


class Overdue(AssertionError):
    """What was waited for did not come about in time."""


def until(condition, what, limit=LIMIT):
    """Asks `condition` again and again until what it returns is true, and returns that.

    `what` says what is awaited, or is a function that says it when the limit has passed.
    """
    end = time.monotonic() + limit
    pause = 0.002
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise Overdue(f"not within {limit} s: {what() if callable(what) else what}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)


def holds(condition, seconds):
    """Watches that `condition` stays true for so long: for what must not happen, where nothing else can be awaited."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not condition():
            return False
        time.sleep(0.02)
    return True
