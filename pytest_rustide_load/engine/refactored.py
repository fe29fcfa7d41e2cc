"""What a user renames or moves: symbols that are used in as many files as the scenario asks for.

Worked out before the run, from the oracle alone. Knows nothing of servers or time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

from pytest_rustide_load.codebase import Codebase, Landmark
from pytest_rustide_load.engine.user import User
from pytest_rustide_load.workload import Range

__all__ = ["Candidates"]

# What has no shorthand and no other spelling anywhere.
_RENAMED_KINDS = ("function_call", "method_call", "type_use")
_ATTEMPTS = 32
# Where nothing is used in as many files as asked for, so many of what is used in the most.
_WIDEST = 3
# Of all symbols that stand in the open files, so many are counted, those that stand there most often.
_COUNTED = 512
_ROOTS = frozenset({"lib.rs", "main.rs", "mod.rs"})


class Candidates:
    """The places from which `user` renames, and the modules whose files are moved; `files` is in how many
    files each is to be changed, None for any."""

    def __init__(self, user: User, codebase: Codebase, files: Range | None) -> None:
        self._user = user
        marks = [
            mark
            for path in user.paths
            if path.endswith(".rs")
            for mark in codebase.oracle.landmarks(path=path)
        ]
        self._moves = _moves(user, codebase, marks)
        self._renamed: Sequence[Landmark] = [mark for mark in marks if mark.kind in _RENAMED_KINDS]
        self._moved: Sequence[Landmark] = [mark for mark in marks if mark.symbol in self._moves]
        if files is not None:
            may = user.checker.may_rename
            self._renamed = [mark for mark in _wide(user, self._renamed, files) if may(mark)]
            self._moved = _wide(user, self._moved, files)

    def rename(self, draw: int) -> Landmark | None:
        """A place that a random `draw` chooses; None where there is none."""
        for attempt in range(_ATTEMPTS if self._renamed else 0):
            mark = self._renamed[(draw + attempt) % len(self._renamed)]
            if self._user.checker.may_rename(mark):
                return mark
        return None

    def move(self, draw: int) -> tuple[Landmark, Sequence[str]] | None:
        """A place where a module is named, and its file with those of the modules below it."""
        if not self._moved:
            return None
        mark = self._moved[draw % len(self._moved)]
        return mark, self._moves[mark.symbol]


def _moves(user: User, codebase: Codebase, marks: Sequence[Landmark]) -> dict[int, tuple[str, ...]]:
    """Of each module in a file of its own that nobody has open, the files that move with it."""
    opened = frozenset(user.paths)
    modules = {mark.symbol: mark for mark in marks if mark.kind == "module_use"}
    found = {}
    for symbol, mark in modules.items():
        [place, *_] = codebase.oracle.definition(mark)
        path = PurePosixPath(place.path)
        below = f"{path.with_suffix('')}/"
        paths = (place.path, *(one for one in codebase.rust_paths if one.startswith(below)))
        # What begins where its file does is a module of its own file.
        if not place.length and path.name not in _ROOTS and opened.isdisjoint(paths):
            found[symbol] = paths
    return found


def _wide(user: User, marks: Sequence[Landmark], files: Range) -> list[Landmark]:
    """Those of symbols in so many files, each as often as it stands in the open ones."""
    counts = {}
    often = Counter(mark.symbol for mark in marks).most_common(_COUNTED)
    first = {mark.symbol: mark for mark in reversed(marks)}
    for symbol, _ in often:
        counts[symbol] = len({path for path, _, _ in user.checker.renamed(first[symbol])})
    wanted = [symbol for symbol, count in counts.items() if files.low <= count <= files.high]
    if not wanted:
        fewer = [symbol for symbol in counts if counts[symbol] < files.low]
        wanted = sorted(fewer, key=lambda symbol: -counts[symbol])[:_WIDEST]
    kept = frozenset(wanted)
    return [mark for mark in marks if mark.symbol in kept]
