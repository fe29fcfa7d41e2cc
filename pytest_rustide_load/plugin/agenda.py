"""How long a session of load tests will still take.

Times in, times out; reads no clock and prints nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Agenda", "Outlook", "PlannedItem", "SharedAgenda", "Standing", "in_short", "in_words"]


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """A load test: how many runs it makes, and how many seconds of load these plan in all."""

    runs: int
    load_s: float


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a run of the load test `item` is: `left_s` of it are to come, then `runs` more of the same test
    with `load_s` of load in all, and each takes `besides_s` besides its load."""

    item: str
    left_s: float
    runs: int
    load_s: float
    besides_s: float


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is to come: `left_s` of the present run, `runs` after it, and `all_s` until the last is over, None
    where nothing of them is known; at least so long where not `all_known`."""

    left_s: float
    runs: int
    all_s: float | None
    all_known: bool = True


class Agenda:
    """What load tests are to come, and what a run takes besides its load, as those before took: starting a
    backend, and stopping it."""

    def __init__(self) -> None:
        self._items: dict[str, PlannedItem | None] = {}
        self._item = ""
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
        self._item, self._runs_left = nodeid, 0

    def begin_run(self, now_s: float, left: int) -> None:
        """A run begins, with so many of the same item to come after it."""
        self._began_s, self._runs_left = now_s, left

    def waited(self, seconds: float) -> None:
        """So long the run that began waited for others, which is no time of its own."""
        if self._began_s is not None:
            self._began_s += seconds

    def end_run(self, now_s: float, load_s: float) -> None:
        """The run is over, of which `load_s` were load."""
        if self._began_s is not None:
            self._besides_s.append(max(now_s - self._began_s - load_s, 0.0))
        self._began_s = None

    def standing(self, now_s: float, elapsed_s: float, total_s: float) -> Standing:
        """Of a run whose load has lasted `elapsed_s` of `total_s`."""
        if self._besides_s:
            besides_s = sum(self._besides_s) / len(self._besides_s)
        else:
            besides_s = 0.0 if self._began_s is None else max(now_s - self._began_s - elapsed_s, 0.0)
        left_s = max(total_s - elapsed_s, 0.0)
        return Standing(self._item, left_s, self._runs_left, self._runs_left * total_s, besides_s)

    def outlook(self, standing: Standing) -> Outlook:
        """What is to come from there on."""
        return _outlook(standing, [standing], self._items.values())


class SharedAgenda:
    """The same of several processes that share the load tests: they take turns, or run `abreast` at once."""

    def __init__(self) -> None:
        self.abreast = 1
        self._items: dict[str, PlannedItem | None] = {}
        self._over: set[str] = set()
        self._standings: dict[str, Standing] = {}

    def plan(self, items: Mapping[str, PlannedItem | None]) -> None:
        """Some of the load tests of the session; the same may be told several times."""
        self._items.update(items)

    def finish(self, item: str) -> None:
        """It is over, whoever ran it."""
        self._over.add(item)

    def leave(self, who: str) -> None:
        """The process `who` runs nothing at the moment."""
        self._standings.pop(who, None)

    def outlook(self, who: str, standing: Standing) -> Outlook:
        """What is to come for all, now that `who` is there."""
        self._standings[who] = standing
        done = self._over | {one.item for one in self._standings.values()}
        later = [one for item, one in self._items.items() if item not in done]
        return _outlook(standing, list(self._standings.values()), later, self.abreast)


def _outlook(
    of: Standing, standings: Sequence[Standing], later: Collection[PlannedItem | None], abreast: int = 1
) -> Outlook:
    """Of the run `of` among all that go on, and the tests after these."""
    known = [one for one in later if one is not None]
    runs = sum(one.runs for one in standings) + sum(1 if one is None else one.runs for one in later)
    all_known = len(known) == len(later)
    if not (all_known or known or any(one.runs for one in standings)):
        return Outlook(of.left_s, runs, None, all_known=False)
    besides_s = sum(one.besides_s for one in standings) / len(standings)
    present_s = [one.left_s + one.load_s + one.runs * besides_s for one in standings]
    later_s = sum(one.load_s + one.runs * besides_s for one in known)
    # However many there are, none is over before its own runs are.
    all_s = max([*present_s, (sum(present_s) + later_s) / abreast])
    return Outlook(of.left_s, runs, all_s, all_known)


def in_words(outlook: Outlook) -> str:
    """When all will be over, in brackets, as far as it can be told; empty where nothing is to come."""
    if not outlook.runs:
        return ""
    if outlook.all_s is None:
        return f", then {outlook.runs} more"
    how = "about" if outlook.all_known else "over"
    return f" ({how} {in_short(outlook.all_s)} with {outlook.runs} more)"


def in_short(seconds: float) -> str:
    """A time to wait, as people say it: "33 s", "6 min", "1 h 20 min"."""
    whole = round(seconds)
    if whole < 100:
        return f"{whole} s"
    minutes = round(seconds / 60)
    if minutes < 100:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"
