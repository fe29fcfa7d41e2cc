"""The real clock, and an event loop whose timers are as punctual as Python allows.

asyncio's default selector rounds time-outs up to whole milliseconds; `select` takes them to the
microsecond, but no descriptor above 1,023, and looks at each one every time. So `select` waits for the one
descriptor that stands for all of an epoll set.
"""

from __future__ import annotations

import asyncio
import select
import selectors
import time

from pytest_rustide_load.ports import Clock
from pytest_rustide_load.units import NS_PER_S

__all__ = ["Alarm", "RealClock", "new_event_loop"]


# FD_SETSIZE. A loop that is made when so many are open already has timers of whole milliseconds.
_SELECTABLE = 1_024


class RealClock:
    """Monotonic time of this machine."""

    def now_ns(self) -> int:
        return time.perf_counter_ns()

    async def sleep_until(self, when_ns: int) -> None:
        await asyncio.sleep(max(0, when_ns - time.perf_counter_ns()) / NS_PER_S)


class Alarm:
    """A sleep that can be cut short by whoever has something to do before its end."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._asleep: asyncio.Future[None] | None = None
        self._until_ns = 0

    async def sleep_until(self, when_ns: int) -> None:
        """Return when `when_ns` has come, or before it when `ring` says so."""
        loop = asyncio.get_running_loop()
        self._asleep = asleep = loop.create_future()
        self._until_ns = when_ns
        delay_s = max(0, when_ns - self._clock.now_ns()) / NS_PER_S
        timer = loop.call_later(delay_s, _wake, asleep)
        try:
            await asleep
        finally:
            timer.cancel()
            self._asleep = None

    def ring(self, before_ns: int) -> None:
        """End a sleep that would go on beyond `before_ns`."""
        if self._asleep is not None and before_ns < self._until_ns:
            _wake(self._asleep)


def _wake(asleep: asyncio.Future[None]) -> None:
    if not asleep.done():
        asleep.set_result(None)


class _PunctualSelector(getattr(selectors, "EpollSelector", selectors.SelectSelector)):  # type: ignore[misc]  # as the platform has it
    """An epoll set is ready to be read when one of its descriptors is, which `select` waits for."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        fd = self.fileno() if hasattr(self, "fileno") else _SELECTABLE
        ready: list[tuple[selectors.SelectorKey, int]]
        if fd >= _SELECTABLE:
            ready = super().select(timeout)
            return ready
        if timeout is None or timeout > 0:
            select.select([fd], [], [], timeout)
        ready = super().select(0)
        return ready


def new_event_loop() -> asyncio.AbstractEventLoop:
    """An event loop with timers exact to the microsecond, for any number of connections."""
    return asyncio.SelectorEventLoop(_PunctualSelector())
