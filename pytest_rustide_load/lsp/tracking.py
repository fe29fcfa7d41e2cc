"""Where a place of the original text stands after edits, and what place stood somewhere at any edit.

A position stands for the character that follows it. What is left of the original text is a list of pieces,
each with its place then and now; an edit cuts, moves or drops pieces, and typing on at one spot adds none.
Columns are counted in whatever units the edits are given in. Knows neither texts nor encodings.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from pytest_rustide_load.lsp.documents import Position, Replacement

__all__ = ["Pieces", "PositionTracker"]

_Place = tuple[int, int]
_BEGINNING: _Place = (0, 0)
_BEYOND: _Place = (1 << 62, 0)
# A copy of the pieces is kept at every so many edits, to start from when an older edit is asked about.
_CHECKPOINT_EVERY = 256
# Answers are judged in about the order they were asked for: a few maps are asked for again and again.
_MAPS_KEPT = 32


class PositionTracker:
    """Follows the edits of one document.

    An edit is a sequence of replacements that the document knew under one version, each in the text that
    the one before has left. Edits count from 1; `at_edit` n means after the first n, 0 the original text. The
    last `keep` edits at least can be asked about; KeyError for one that is forgotten, so that memory is
    bounded by `keep` and the number of pieces.
    """

    __slots__ = ("_checkpoints", "_edits", "_first_kept", "_keep", "_maps", "_now", "edits")

    def __init__(self, *, keep: int = 4_096) -> None:
        self.edits = 0
        self._keep = keep
        self._now = Pieces.whole()
        # The replacements of the edits from `_first_kept` on, counted from 0.
        self._edits: list[tuple[Replacement, ...]] = []
        self._first_kept = 0
        self._checkpoints = [(0, self._now.copy())]
        self._maps: dict[int, Pieces] = {}

    def replace(self, replacements: Sequence[Replacement]) -> None:
        """One edit more."""
        for replacement in replacements:
            self._now.replace(replacement)
        self._edits.append(tuple(replacements))
        self.edits += 1
        if self.edits % _CHECKPOINT_EVERY == 0:
            self._checkpoints.append((self.edits, self._now.copy()))
            while len(self._checkpoints) > 1 and self.edits - self._checkpoints[1][0] >= self._keep:
                self._forget_until(self._checkpoints[1][0])

    def _forget_until(self, edit: int) -> None:
        del self._checkpoints[0]
        del self._edits[: edit - self._first_kept]
        self._first_kept = edit
        self._maps = {count: pieces for count, pieces in self._maps.items() if count >= edit}

    def remembers(self, at_edit: int) -> bool:
        """Whether `at_edit` can be asked about."""
        return self._first_kept <= at_edit <= self.edits

    def now_from_original(self, line: int, column: int, at_edit: int | None = None) -> Position | None:
        """Where a place of the original text stands (stood after `at_edit` edits); None for one that an edit
        replaced."""
        return _position(
            self.at(self.edits if at_edit is None else at_edit).now_from_original((line, column))
        )

    def original_from_now(self, line: int, column: int, at_edit: int | None = None) -> Position | None:
        """The place of the original text that stands there (stood there after `at_edit` edits); None for text
        that came with an edit."""
        return _position(
            self.at(self.edits if at_edit is None else at_edit).original_from_now((line, column))
        )

    def walk(self, first: int, last: int) -> Iterator[Pieces]:
        """What is left of the original text after `first` edits, after one more, and so on to `last`: each is
        to be looked at before the next is asked for. KeyError for an edit that is forgotten."""
        pieces = self._replay(first)
        yield pieces
        for replacements in self._edits[first - self._first_kept : last - self._first_kept]:
            for replacement in replacements:
                pieces.replace(replacement)
            yield pieces

    def at(self, edit: int) -> Pieces:
        """What was left of the original text after `edit` edits; not to be changed. KeyError for an edit that
        is forgotten."""
        if edit == self.edits:
            return self._now
        found = self._maps.get(edit)
        if found is None:
            found = self._replay(edit)
            while len(self._maps) >= _MAPS_KEPT:
                del self._maps[next(iter(self._maps))]
            self._maps[edit] = found
        return found

    def _replay(self, edit: int) -> Pieces:
        """The pieces after `edit` edits, from the nearest copy before."""
        if not self.remembers(edit):
            raise KeyError(
                f"edit {edit} of {self.edits}, of which the first {self._first_kept} are forgotten"
            )
        index = bisect_right(self._checkpoints, edit, key=lambda checkpoint: checkpoint[0]) - 1
        count, nearest = self._checkpoints[index]
        for known, pieces in self._maps.items():
            if count < known <= edit:
                count, nearest = known, pieces
        pieces = nearest.copy()
        for replacements in self._edits[count - self._first_kept : edit - self._first_kept]:
            for replacement in replacements:
                pieces.replace(replacement)
        return pieces


class Pieces:
    """What is left of the original text; places are pairs of line and column."""

    # Piece i began at `then[i]`, ended before `until[i]` and begins at `now[i]`. All three ascend.

    __slots__ = ("now", "then", "until")

    def __init__(self, then: list[_Place], until: list[_Place], now: list[_Place]) -> None:
        self.then = then
        self.until = until
        self.now = now

    @classmethod
    def whole(cls) -> Pieces:
        """The text before any edit."""
        return cls([_BEGINNING], [_BEYOND], [_BEGINNING])

    def copy(self) -> Pieces:
        return Pieces(self.then.copy(), self.until.copy(), self.now.copy())

    def now_from_original(self, place: _Place) -> _Place | None:
        """Where an original place stands; None for one that was replaced."""
        index = bisect_right(self.then, place) - 1
        if index < 0 or place >= self.until[index]:
            return None
        return _moved(place, self.then[index], self.now[index])

    def original_from_now(self, place: _Place) -> _Place | None:
        """The original place that stands there; None for text that came with an edit."""
        index = bisect_right(self.now, place) - 1
        if index < 0:
            return None
        original = _moved(place, self.now[index], self.then[index])
        return original if original < self.until[index] else None

    def replace(self, replacement: Replacement) -> None:
        """Cut out what an edit replaced, and move what follows."""
        start = (replacement.start.line, replacement.start.column)
        end = (replacement.end.line, replacement.end.column)
        new_end = (replacement.new_end.line, replacement.new_end.column)
        then, until, now = self.then, self.until, self.now
        # Pieces before `first` begin before the edit, those from `last` on after it or at its end.
        first = bisect_left(now, start)
        last = bisect_left(now, end, first)
        tail = None
        if last:
            # The last piece that begins before the end of the edit may go on beyond it.
            cut = _moved(end, now[last - 1], then[last - 1])
            if cut < until[last - 1]:
                tail = (cut, until[last - 1])
        if first:
            until[first - 1] = min(until[first - 1], _moved(start, now[first - 1], then[first - 1]))
        self._move(last, end, new_end)
        if tail is None:
            del then[first:last], until[first:last], now[first:last]
        else:
            then[first:last], until[first:last], now[first:last] = [tail[0]], [tail[1]], [new_end]
        self._join(first)

    def _move(self, index: int, end: _Place, new_end: _Place) -> None:
        """Move the pieces from `index` on as the edit moved its end."""
        now = self.now
        if end[0] == new_end[0]:
            while index < len(now) and now[index][0] == end[0]:
                now[index] = (end[0], now[index][1] + new_end[1] - end[1])
                index += 1
        else:
            now[index:] = [_moved(place, end, new_end) for place in now[index:]]

    def _join(self, index: int) -> None:
        """Make one piece of `index` and the one before it where nothing is between them any more."""
        then, until, now = self.then, self.until, self.now
        if not 0 < index < len(then) or until[index - 1] != then[index]:
            return
        if _moved(then[index], then[index - 1], now[index - 1]) == now[index]:
            until[index - 1] = until[index]
            del then[index], until[index], now[index]


def _moved(place: _Place, origin: _Place, target: _Place) -> _Place:
    """Where `place`, at or after `origin`, stands when the text from `origin` on begins at `target`."""
    if place[0] == origin[0]:
        return target[0], target[1] + place[1] - origin[1]
    return target[0] + place[0] - origin[0], place[1]


def _position(place: _Place | None) -> Position | None:
    return None if place is None else Position(*place)
