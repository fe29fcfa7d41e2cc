"""What the client has open: the true text of each document, and where its lines stood before the edits.

Edits of this version insert whole lines, so positions move by lines and columns stay. Knows nothing of
time or sessions.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from pathlib import Path

__all__ = ["OpenDocument"]


class OpenDocument:
    """One open file of one user. Lines count from 0; "original" lines are those of the codebase.

    `edits` is how many were made: an answer is understood at the number of edits it was asked at.
    """

    def __init__(self, path: str, root: Path, text: str) -> None:
        self.path = path
        self.uri = (root / path).as_uri()
        self.version = 1
        # Many users open the same file and never edit it: they share its text.
        self._text = text
        self._lines: list[str] | None = None
        self._order: list[int] = []
        self._sorted: list[int] = []

    @property
    def edits(self) -> int:
        return len(self._order)

    @property
    def text(self) -> str:
        return self._text if self._lines is None else "\n".join(self._lines)

    def insert_line(self, original_line: int, content: str) -> int:
        """Insert a line before `original_line`; returns the line it was inserted at."""
        line = self.current_line(original_line)
        if self._lines is None:
            self._lines = self._text.split("\n")
            self._text = ""
        self._lines.insert(line, content)
        self._order.append(original_line)
        insort(self._sorted, original_line)
        self.version += 1
        return line

    def current_line(self, original_line: int) -> int:
        """Where a line of the codebase stands now."""
        return original_line + bisect_right(self._sorted, original_line)

    def original_line(self, line: int, edits: int) -> int | None:
        """The line of the codebase that stood at `line` after the first `edits` edits; None for one that
        was inserted."""
        inserted = sorted(self._order[:edits])
        for count, before in enumerate(inserted):
            # The count-th inserted line stands at before + count.
            if line < before + count:
                return line - count
            if line == before + count:
                return None
        return line - len(inserted)
