"""Virtual time: an event loop on which an hour passes as fast as its callbacks run, each time alike."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

from pytest_rustide_load.units import NS_PER_S

__all__ = ["VirtualClock", "run_virtually"]

_T = TypeVar("_T")


class _VirtualSelector(selectors.SelectSelector):
    """Instead of waiting for the next timer, time jumps to it."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready:
            return ready
        if timeout is None:
            raise RuntimeError("deadlock: everything waits and no timer is set")
        self.now_s += max(timeout, 0.0)
        return []


class _VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self, selector: _VirtualSelector) -> None:
        self._virtual = selector
        super().__init__(selector)

    def time(self) -> float:
        return self._virtual.now_s


class VirtualClock:
    """ports.Clock on the time of the running event loop; made for one that `run_virtually` runs."""

    def now_ns(self) -> int:
        return round(asyncio.get_running_loop().time() * NS_PER_S)

    async def sleep_until(self, when_ns: int) -> None:
        await asyncio.sleep(max(0, when_ns - self.now_ns()) / NS_PER_S)


def run_virtually(work: Coroutine[Any, Any, _T]) -> _T:
    """Run `work` to its end on virtual time, which begins at 0. RuntimeError where it would wait for ever."""
    with asyncio.Runner(loop_factory=lambda: _VirtualLoop(_VirtualSelector())) as runner:
        return runner.run(work)
