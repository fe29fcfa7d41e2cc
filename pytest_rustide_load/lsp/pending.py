"""Requests whose reply is awaited, and what to call a reply that nobody awaits.

Knows nothing of bytes, time or what is awaited. Memory is bounded: of the requests given up only the most
recent are remembered, and of the answered ones none, since ids are given out in order.
"""

from __future__ import annotations

import enum
from collections import deque
from typing import Generic, TypeVar

__all__ = ["MAX_REMEMBERED", "PendingTable", "Stray"]

MAX_REMEMBERED = 65_536

_T = TypeVar("_T")


class Stray(enum.Enum):
    """A reply that is not awaited: to a request given up before, answered before, or never made."""

    LATE = "late"
    DUPLICATE = "duplicate"
    UNKNOWN = "unknown"


class PendingTable(Generic[_T]):
    """Ids 1, 2, 3, … and what waits for each.

    A late reply to a request given up more than `max_remembered` requests ago is taken for a duplicate.
    """

    __slots__ = ("_forgotten", "_forgotten_order", "_max_remembered", "_next_id", "_waiting")

    def __init__(self, *, max_remembered: int = MAX_REMEMBERED) -> None:
        self._next_id = 1
        self._waiting: dict[int, _T] = {}
        self._forgotten: set[int] = set()
        self._forgotten_order: deque[int] = deque()
        self._max_remembered = max_remembered

    def __len__(self) -> int:
        """How many are awaited."""
        return len(self._waiting)

    def add(self, waiter: _T) -> int:
        """Give out the next id."""
        request_id = self._next_id
        self._next_id = request_id + 1
        self._waiting[request_id] = waiter
        return request_id

    def take(self, request_id: object) -> _T | None:
        """Whoever waits for this reply, for the last time; None where nobody does."""
        return self._waiting.pop(request_id, None)  # type: ignore[call-overload, no-any-return] # any id may come

    def forget(self, request_id: int) -> bool:
        """Give up waiting; True where it was awaited."""
        if self._waiting.pop(request_id, None) is None:
            return False
        self._forgotten.add(request_id)
        self._forgotten_order.append(request_id)
        if len(self._forgotten_order) > self._max_remembered:
            self._forgotten.discard(self._forgotten_order.popleft())
        return True

    def classify(self, request_id: object) -> Stray:
        """What a reply is that `take` found nobody for. The second late reply is a duplicate."""
        if not isinstance(request_id, int):
            return Stray.UNKNOWN
        if request_id in self._forgotten:
            self._forgotten.discard(request_id)
            return Stray.LATE
        return Stray.DUPLICATE if 0 < request_id < self._next_id else Stray.UNKNOWN

    def take_all(self) -> list[_T]:
        """Everybody who waits, in the order of asking; nobody does afterwards."""
        waiters = list(self._waiting.values())
        self._waiting.clear()
        return waiters
