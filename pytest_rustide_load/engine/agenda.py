"""What is to happen at times that no plan knew, and the sleep that such a time ends."""

from __future__ import annotations

import heapq
from collections.abc import Callable

from pytest_rustide_load.engine.clock import Alarm
from pytest_rustide_load.ports import Clock

__all__ = ["Agenda"]


class Agenda:
    """Entries by time; those of one time in the order they were made."""

    def __init__(self, clock: Clock) -> None:
        self._entries: list[tuple[int, int, Callable[[], None]]] = []
        self._made = 0
        self._alarm = Alarm(clock)

    def add(self, due_ns: int, what: Callable[[], None]) -> None:
        """Do `what` at `due_ns`; who sleeps longer is woken."""
        self._made += 1
        heapq.heappush(self._entries, (due_ns, self._made, what))
        self._alarm.ring(due_ns)

    def act(self, until_ns: int) -> None:
        """Do what is due up to `until_ns`, and what that makes due."""
        while self._entries and self._entries[0][0] <= until_ns:
            heapq.heappop(self._entries)[2]()

    def next_ns(self, at_most_ns: int) -> int:
        """When the next entry is due, if that is before `at_most_ns`."""
        return min(at_most_ns, self._entries[0][0]) if self._entries else at_most_ns

    async def sleep_until(self, due_ns: int) -> None:
        """Return at `due_ns`, or when something earlier is added."""
        await self._alarm.sleep_until(due_ns)
