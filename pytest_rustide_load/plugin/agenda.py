"""How long a session of load tests will still take.

Times in, times out; reads no clock and prints nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
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
        return _outlook(standing, {"": standing}, {"": list(self._items.values())})


class SharedAgenda:
    """The same of several processes that share the load tests, of which they take turns, or run one each at
    once where `parallel`. With `each` (xdist's `--dist each`) all of them run every test."""

    def __init__(self, *, parallel: bool = False, each: bool = False) -> None:
        self._parallel, self._each = parallel, each
        self._there: set[str] = set()
        # Of each process where all run every test, else of all together.
        self._items: defaultdict[str, dict[str, PlannedItem | None]] = defaultdict(dict)
        self._over: defaultdict[str, set[str]] = defaultdict(set)
        self._standings: dict[str, Standing] = {}
        # In whose place the next comes.
        self._lost = ""

    def join(self, who: str) -> None:
        """One more process runs tests; where all run every test, in place of one that was lost."""
        self._there.add(who)
        if self._each and self._lost:
            self._items[who], self._over[who] = self._items[self._lost], self._over[self._lost]
        self._lost = ""

    def lose(self, who: str) -> None:
        """The process `who` is gone."""
        self._there.discard(who)
        self.leave(who)
        self._lost = who

    def plan(self, who: str, items: Mapping[str, PlannedItem | None]) -> None:
        """Some of the load tests of the session; the same may be told several times."""
        self._items[self._list_of(who)].update(items)

    def finish(self, who: str, item: str) -> None:
        """`who` is done with it."""
        self._over[self._list_of(who)].add(item)

    def leave(self, who: str) -> None:
        """The process `who` runs nothing at the moment."""
        self._standings.pop(who, None)

    def outlook(self, who: str, standing: Standing) -> Outlook:
        """What is to come for all, now that `who` is there."""
        self._standings[who] = standing
        later = {name: self._later(name) for name in (self._there if self._each else ("",))}
        return _outlook(standing, self._standings, later, len(self._there) if self._parallel else 1)

    def _list_of(self, who: str) -> str:
        return who if self._each else ""

    def _later(self, whose: str) -> list[PlannedItem | None]:
        present = {one.item for who, one in self._standings.items() if self._list_of(who) == whose}
        done = self._over[whose] | present
        return [one for item, one in self._items[whose].items() if item not in done]


def _outlook(
    of: Standing,
    standings: Mapping[str, Standing],
    later: Mapping[str, Collection[PlannedItem | None]],
    abreast: int = 1,
) -> Outlook:
    """Of the run `of` among all that go on, by who runs them, and the tests `later`, by who will run them (""
    for anybody)."""
    coming = [one for each in later.values() for one in each]
    known = [one for one in coming if one is not None]
    runs = sum(one.runs for one in standings.values()) + sum(1 if one is None else one.runs for one in coming)
    all_known = len(known) == len(coming)
    if not (all_known or known or any(one.runs for one in standings.values())):
        return Outlook(of.left_s, runs, None, all_known=False)
    besides_s = sum(one.besides_s for one in standings.values()) / len(standings)
    own_s: defaultdict[str, float] = defaultdict(float)
    for who, one in standings.items():
        own_s[who] += one.left_s + one.load_s + one.runs * besides_s
    anybodys_s = 0.0
    for who, each in later.items():
        left_s = sum(one.load_s + one.runs * besides_s for one in each if one is not None)
        if who:
            own_s[who] += left_s
        else:
            anybodys_s += left_s
    # However many there are, none is over before its own runs are.
    all_s = max([*own_s.values(), (sum(own_s.values()) + anybodys_s) / max(abreast, 1)])
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
