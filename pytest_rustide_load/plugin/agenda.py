"""How long a session of load tests will still take.

Times in, times out; reads no clock and prints nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Agenda", "Outlook", "PlannedItem", "in_short"]


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """A load test: how many runs it makes, and how many seconds of load these plan in all."""

    runs: int
    load_s: float


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is to come: `left_s` of the present run, `runs` after it, and `all_s` until the last is over, None
    where that cannot be told."""

    left_s: float
    runs: int
    all_s: float | None


class Agenda:
    """What load tests are to come, and what a run takes besides its load, as those before took: starting a
    backend, and stopping it."""

    def __init__(self) -> None:
        self._items: dict[str, PlannedItem | None] = {}
        self._runs_left = 0
        self._began_s: float | None = None
        # Of runs that are over, without their load.
        self._besides_s: list[float] = []

    def plan(self, items: Mapping[str, PlannedItem | None]) -> None:
        """The load tests of the session by node id, in their order; None for one of which only its own code
        knows what it runs."""
        self._items = dict(items)

    def begin_item(self, nodeid: str) -> None:
        """Those before `nodeid` are over, and so is the planning of its own."""
        if nodeid in self._items:
            names = list(self._items)
            self._items = {name: self._items[name] for name in names[names.index(nodeid) + 1 :]}
        self._runs_left = 0

    def begin_run(self, now_s: float, left: int) -> None:
        """A run begins, with so many of the same item to come after it."""
        self._began_s, self._runs_left = now_s, left

    def end_run(self, now_s: float, load_s: float) -> None:
        """The run is over, of which `load_s` were load."""
        if self._began_s is not None:
            self._besides_s.append(max(now_s - self._began_s - load_s, 0.0))
        self._began_s = None

    def outlook(self, now_s: float, elapsed_s: float, total_s: float) -> Outlook:
        """In a run whose load has lasted `elapsed_s` of `total_s`."""
        left_s = max(total_s - elapsed_s, 0.0)
        later = list(self._items.values())
        known = [one for one in later if one is not None]
        runs = self._runs_left + sum(1 if one is None else one.runs for one in later)
        if len(known) < len(later):
            return Outlook(left_s, runs, None)
        if self._besides_s:
            besides_s = sum(self._besides_s) / len(self._besides_s)
        else:
            besides_s = 0.0 if self._began_s is None else max(now_s - self._began_s - elapsed_s, 0.0)
        load_s = self._runs_left * total_s + sum(one.load_s for one in known)
        return Outlook(left_s, runs, left_s + load_s + runs * besides_s)


def in_short(seconds: float) -> str:
    """A time to wait, as people say it: "33 s", "6 min", "1 h 20 min"."""
    whole = round(seconds)
    if whole < 100:
        return f"{whole} s"
    minutes = round(seconds / 60)
    if minutes < 100:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"
