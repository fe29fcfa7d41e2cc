"""The slowest requests of a run, kept while it goes on.

Knows nothing of documents but their paths; no text is kept.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

from pytest_rustide_load.stats.samples import Outcome

__all__ = ["MOST_SLOW", "Kept", "SlowSample", "Slowest"]

MOST_SLOW = 5


@dataclass(frozen=True, slots=True)
class SlowSample:
    """A request and how long it took, from when it was due; `line` and `column`, from 1, are places in the
    codebase as generated, None where a request is about a file or none. `version` is that of the document."""

    operation: str
    user: int
    intended_ns: int
    latency_ns: int
    outcome: Outcome
    path: str
    line: int | None
    column: int | None
    version: int


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known when an answer comes, or is given up: the sample's row, the file, and the place in it,
    from 0 in bytes; -1 for none."""

    row: int
    path: str
    line: int
    column: int
    version: int


class Slowest:
    """At most `most` of what is noted, those that took longest. `named` are those whose rows were forgotten
    since, by row."""

    def __init__(self, most: int = MOST_SLOW) -> None:
        self._most = most
        self._heap: list[tuple[int, int, Kept]] = []
        self._least_ns = -1
        self.named: dict[int, SlowSample] = {}

    def is_among(self, latency_ns: int) -> bool:
        """Whether one that took so long would be kept: cheap, for every answer."""
        return latency_ns > self._least_ns

    def note(self, latency_ns: int, kept: Kept) -> None:
        """Keep it if it is among the slowest."""
        entry = (latency_ns, -kept.row, kept)
        if len(self._heap) < self._most:
            heapq.heappush(self._heap, entry)
        else:
            heapq.heappushpop(self._heap, entry)
        if len(self._heap) == self._most:
            self._least_ns = self._heap[0][0]

    def kept(self) -> list[Kept]:
        """The slowest first."""
        return [kept for _, _, kept in sorted(self._heap, reverse=True)]
