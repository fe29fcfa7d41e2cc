"""A counter of a tree of processes that only grows, though its members come and go.

Pure arithmetic.
"""

from __future__ import annotations

__all__ = ["GrowingTotal"]


class GrowingTotal:
    """The sum over a tree, counted from the first feed.

    When a process ends and its parent waits for it, the kernel moves what it used to the parent, so the sum
    over the tree stays what it was. A parent that does not wait lets it get lost, and the sum falls: by
    that much everything after is raised. What the kernel moves it may round down by up to `rounding`; a
    fall of no more than that is no loss.
    """

    def __init__(self, rounding: int = 0) -> None:
        self._rounding = rounding
        self._base: int | None = None
        self._lost = 0
        self._total = 0

    def feed(self, tree_sum: int) -> int:
        """The total after the tree's sum was seen to be `tree_sum`."""
        if self._base is None:
            self._base = tree_sum
        total = tree_sum - self._base + self._lost
        if total < self._total - self._rounding:
            self._lost += self._total - total
            total = self._total
        self._total = max(self._total, total)
        return self._total
