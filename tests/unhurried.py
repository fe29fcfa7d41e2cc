"""What to make of a run whose timings are void, as the machine did other things: the plugin says so, and it
is no answer to what a test asks. It is made again.

Whether the machine did is not taken from the plugin: beside each run a process of its own sleeps for two
milliseconds, over and over, and tells how late it wakes. Where that one was in time, a void run is nobody's
fault but the load generator's, and stands.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import NoReturn, TypeVar

import pytest

__all__ = ["TRIES", "VOID", "Machine", "skip_as_void", "unless_void", "watched"]

VOID = "timings void, the load generator was the bottleneck"
TRIES = 4
# The p99 of how late a sleeper wakes on a machine that does nothing else is below one millisecond.
_BUSY_MS = 4.0
_SLEEPER = """
import select, sys, time
late = []
while not select.select([sys.stdin], [], [], 0)[0]:
    due = time.perf_counter() + 0.002
    time.sleep(0.002)
    late.append(time.perf_counter() - due)
late.sort()
print(1000 * late[int(0.99 * len(late))] if late else 0)
"""

_T = TypeVar("_T")


class Machine:
    """How late others woke meanwhile, in milliseconds at p99."""

    late_ms = 0.0

    @property
    def was_busy(self) -> bool:
        return self.late_ms > _BUSY_MS


@contextlib.contextmanager
def watched() -> Iterator[Machine]:
    """What the machine did in the body is known after it."""
    machine = Machine()
    with subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _SLEEPER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as sleeper:
        try:
            yield machine
        finally:
            machine.late_ms = float(sleeper.communicate("")[0])


def unless_void(run: Callable[[], _T], told: Callable[[_T], str]) -> _T:
    """The first of a few runs whose text, as `told` gives it, does not call its timings void, or does on a
    machine that was not busy.

    Where there is none, the test is skipped.
    """
    for _ in range(TRIES):
        with watched() as machine:
            result = run()
        if VOID not in told(result) or not machine.was_busy:
            return result
    return skip_as_void()


def skip_as_void() -> NoReturn:
    pytest.skip(f"the machine does too much else: the timings of each of {TRIES} runs were void")
