"""What to make of a run whose timings are void, as the machine did other things: the plugin says so, and it
is no answer to what a test asks. It is made again."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn, TypeVar

import pytest

__all__ = ["TRIES", "VOID", "skip_as_void", "unless_void"]

VOID = "timings void, the load generator was the bottleneck"
TRIES = 4

_T = TypeVar("_T")


def unless_void(run: Callable[[], _T], told: Callable[[_T], str]) -> _T:
    """The first of a few runs whose text, as `told` gives it, does not call its timings void.

    Where all do, the test is skipped.
    """
    for _ in range(TRIES):
        result = run()
        if VOID not in told(result):
            return result
    return skip_as_void()


def skip_as_void() -> NoReturn:
    pytest.skip(f"the machine does too much else: the timings of each of {TRIES} runs were void")
