"""What a user has open: the true text of each document, and where its places stood before the edits.

Knows nothing of time or sessions.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path

from pytest_rustide_load.lsp.documents import DocumentBuffer, Edit, Encoding, Position, did_change
from pytest_rustide_load.lsp.tracking import Pieces, PositionTracker

__all__ = ["OpenDocument"]

_TOGGLES_KEPT = 8_192


class OpenDocument:
    """One open file of one user. "Original" places are those of the codebase; lines count from 0, columns are
    in units of `encoding`, which is the session's.

    An edit is made with `edit` and sent with `flush`, which may carry several. `edits` is how many were made:
    an answer is understood at the number of edits it was asked at, and who asks has flushed before.
    """

    __slots__ = ("_buffer", "_log", "_toggles", "_tracker", "_unsent", "path", "uri", "version")

    def __init__(self, path: str, root: Path, text: str, *, encoding: Encoding = "utf-8") -> None:
        self.path = path
        self.uri = (root / path).as_uri()
        self.version = 1
        # Many users open the same file and never edit it: they share its text.
        self._buffer = DocumentBuffer(self.uri, text, encoding=encoding)
        self._tracker: PositionTracker | None = None
        self._unsent: list[Edit] = []
        self._log: list[Edit] | None = None
        # The edits that made a whole document a broken one or the other way round, alternately.
        self._toggles: list[int] = []

    @property
    def edits(self) -> int:
        return 0 if self._tracker is None else self._tracker.edits

    @property
    def text(self) -> str:
        return self._buffer.text

    def did_open(self) -> bytes:
        """The parameters of `textDocument/didOpen`, which tells every edit made so far."""
        self._unsent.clear()
        self._buffer.version = self.version
        return self._buffer.did_open("toml" if self.path.endswith(".toml") else "rust")

    # -- edits

    def edit(self, edits: Sequence[Edit], *, settled: bool = True) -> None:
        """Make one edit of one or several replacements, each in the text the one before has left. `settled`
        says whether the document is syntactically whole afterwards. IndexError for a place that is none."""
        replacements = self._buffer.apply(edits)
        if self._tracker is None:
            self._tracker = PositionTracker()
        self._tracker.replace(replacements)
        self._unsent += edits
        if self._log is not None:
            self._log += edits
        if settled != self.settled:
            self._toggles.append(self.edits)
            if len(self._toggles) > _TOGGLES_KEPT:
                # An even number: those left still begin with one that broke the document.
                del self._toggles[: _TOGGLES_KEPT // 2]

    def keep_log(self) -> None:
        """From now on edits are kept for `take_log`."""
        self._log = [] if self._log is None else self._log

    @property
    def has_log(self) -> bool:
        """Whether there were edits since the log was begun or taken."""
        return bool(self._log)

    def take_log(self) -> list[Edit]:
        """What was edited since the log was begun or taken, each in the text the one before has left."""
        taken, self._log = self._log or [], []
        return taken

    def replay(self, edits: Sequence[Edit], encoding: Encoding) -> None:
        """Make `edits` whose columns are in units of `encoding`; nobody sends them, the file changed."""
        if encoding == self._buffer.encoding:
            self.edit(edits)
        else:
            for edit in edits:
                self.edit([self._buffer.recoded(edit, encoding)])
        self._unsent.clear()

    def line_count(self) -> int:
        """At least 1."""
        return self._buffer.line_count()

    def flush(self) -> bytes | None:
        """The parameters of the `textDocument/didChange` that tells what `edit` made since the last one,
        under the next version; None where that is nothing."""
        if not self._unsent:
            return None
        self.version += 1
        edits, self._unsent = self._unsent, []
        return did_change(self.uri, self.version, edits)

    @property
    def settled(self) -> bool:
        """Whether the document is syntactically whole now."""
        return len(self._toggles) % 2 == 0

    def settled_at(self, edits: int) -> bool:
        """Whether it was after the first `edits` edits."""
        return bisect_right(self._toggles, edits) % 2 == 0

    def settled_between(self, first: int, last: int) -> bool:
        """Whether it was after the first `first` edits and all the time until `last` were made."""
        begun = bisect_right(self._toggles, first)
        return begun % 2 == 0 and bisect_right(self._toggles, last) == begun

    # -- places

    def now(self, line: int, column: int, edits: int | None = None) -> Position | None:
        """Where an original place stands, or stood after the first `edits` edits; None where an edit replaced
        it. KeyError where `knows` is False."""
        if self._tracker is None or edits == 0:
            return Position(line, column)
        return self._tracker.now_from_original(line, column, edits)

    def original(self, line: int, column: int, edits: int) -> Position | None:
        """The original place that stood at `line` and `column` after the first `edits` edits; None for text
        that came with an edit. KeyError where `knows` is False."""
        if self._tracker is None or not edits:
            return Position(line, column)
        return self._tracker.original_from_now(line, column, edits)

    def knows(self, edits: int) -> bool:
        """Whether places after the first `edits` edits are known: those long past are forgotten."""
        return edits == 0 if self._tracker is None else not edits or self._tracker.remembers(edits)

    def at(self, edits: int) -> Pieces:
        """What was left of the original text after the first `edits` edits; not to be changed. KeyError where
        `knows` is False."""
        return Pieces.whole() if self._tracker is None or not edits else self._tracker.at(edits)

    def walk(self, first: int, last: int) -> Iterator[Pieces]:
        """What is left of the original text after `first` edits, and so on to `last`, as
        `PositionTracker.walk` gives it; nothing where one of these edits is forgotten."""
        if self._tracker is None or not self._tracker.remembers(first):
            return iter(())
        return self._tracker.walk(first, last)

    # -- whole lines

    def insert_line(self, original_line: int, content: str) -> int:
        """Insert a line before `original_line`; returns the line it was inserted at."""
        line = self.current_line(original_line)
        place = Position(line, 0)
        self.edit([Edit(place, place, f"{content}\n")])
        return line

    def current_line(self, original_line: int) -> int:
        """Where a line of the codebase stands now."""
        place = self.now(original_line, 0)
        if place is None:
            raise KeyError(f"line {original_line} of {self.path} was replaced")
        return place.line
