"""Looks at what takes too long for the one who sends the load: threads, and the machine.

A thread of its own does it, which mostly waits for the kernel. Knows nothing of what becomes of what it saw.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from pytest_rustide_load.monitor.details import TreeDetailsProbe
from pytest_rustide_load.monitor.host import HostProbe
from pytest_rustide_load.ports import Clock
from pytest_rustide_load.stats.observed import HostSample, TreeDetails
from pytest_rustide_load.units import NS_PER_S

__all__ = ["Observer"]

# Threads are looked at twice as often as the machine.
_INTERVAL_NS = NS_PER_S // 2
_STOP_S = 5.0


class Observer:
    """From `start` to `stop` it looks twice a second at the threads and once at the machine, and calls
    `each_second`, all in its thread. `problem` says why it ended before, "" where it did not."""

    def __init__(
        self,
        clock: Clock,
        *,
        details: TreeDetailsProbe | None,
        host: HostProbe | None,
        each_second: Callable[[], None] = lambda: None,
    ) -> None:
        self._clock = clock
        self._details = details
        self._host = host
        self._each_second = each_second
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._observe, name="rustide-load-observer", daemon=True)
        self.threads: list[TreeDetails] = []
        self.host: list[HostSample] = []
        self.problem = ""

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Look once more and end. Idempotent."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_S)
        if self._host is not None and not self._thread.is_alive():
            self._host.close()
            self._host = None

    def _observe(self) -> None:
        try:
            begun_ns = self._clock.now_ns()
            looks = 0
            while True:
                self._look(with_host=looks % 2 == 0 or self._ended.is_set())
                if self._ended.is_set():
                    return
                # A look that came late makes none of the others late.
                looks = max(looks + 1, (self._clock.now_ns() - begun_ns) // _INTERVAL_NS)
                due_ns = begun_ns + looks * _INTERVAL_NS
                self._ended.wait(max(due_ns - self._clock.now_ns(), 0) / NS_PER_S)
        except Exception as error:  # noqa: BLE001  what ends the watch is told with the results
            self.problem = f"{type(error).__name__}: {error}"

    def _look(self, *, with_host: bool) -> None:
        if self._details is not None:
            self.threads.append(self._details.sample())
        if with_host:
            if self._host is not None:
                self.host.append(self._host.sample())
            self._each_second()
