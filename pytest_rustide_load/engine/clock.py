"""The real clock, and an event loop whose timers are as punctual as Python allows.

asyncio's default selector rounds time-outs up to whole milliseconds; `select` takes them to the
microsecond, and a load generator has few descriptors.
"""

from __future__ import annotations

import asyncio
import selectors
import time

from pytest_rustide_load.units import NS_PER_S

__all__ = ["RealClock", "new_event_loop"]


class RealClock:
    """Monotonic time of this machine."""

    def now_ns(self) -> int:
        return time.perf_counter_ns()

    async def sleep_until(self, when_ns: int) -> None:
        await asyncio.sleep(max(0, when_ns - time.perf_counter_ns()) / NS_PER_S)


def new_event_loop() -> asyncio.AbstractEventLoop:
    """An event loop with timers exact to the microsecond."""
    return asyncio.SelectorEventLoop(selectors.SelectSelector())
