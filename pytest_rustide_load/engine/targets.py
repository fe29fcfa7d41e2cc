"""What a user's operations point at: the files open, and the symbols in them.

Chosen from the seed alone. Knows nothing of time or of what the server answers.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate
from pathlib import PurePosixPath

from pytest_rustide_load.codebase import Codebase, EditSite, Landmark
from pytest_rustide_load.codebase.foreign import ForeignCodebase
from pytest_rustide_load.seeds import derive_seed, seeded_random
from pytest_rustide_load.workload import WorkingSet

__all__ = ["Targets", "choose_files", "edit_sites", "manifests_of"]

# As many bits of a draw decide which file it is, the others where in it.
_RANK_BITS = 32
_CANDIDATES = 32
_SAMPLED_USES = 300
_SHARED_CANDIDATES = 20
# 2^64 over the golden ratio, made odd: its multiples are spread evenly (Knuth, TAOCP 3, section 6.4).
_APART = 0x9E3779B97F4A7C15


def choose_files(
    codebase: Codebase | ForeignCodebase, working_set: WorkingSet, *, seed: int, user: int, shared: int = 0
) -> tuple[str, ...]:
    """The files a user opens: as many as the working set asks for, of sizes within its range or nearest to
    it, among those that hold landmarks; and `shared` files that all users open."""
    random = seeded_random(seed, "files", user)
    low, high = int(working_set.open_files.low), int(working_set.open_files.high)
    wanted = low + derive_seed(seed, "open-files", user) % (high - low + 1)
    candidates = [path for path in codebase.rust_paths if codebase.oracle.landmarks(path=path)]

    def distance(path: str) -> float:
        size = codebase.byte_size(path)
        return max(working_set.file_bytes.low - size, size - working_set.file_bytes.high, 0)

    shuffled = sorted(candidates, key=lambda path: (distance(path), random.random()))
    return tuple(sorted({*shuffled[:wanted], *_shared_files(codebase, shared)}))


def _shared_files(codebase: Codebase | ForeignCodebase, count: int) -> list[str]:
    """The files that declare the types used in the most files, as far as uses are known."""
    if not count or isinstance(codebase, ForeignCodebase):
        return []
    # What is used most is among these, and the only one worth finding all uses of.
    drawn = codebase.oracle.sample_landmarks(_SAMPLED_USES, "type_use", seed=0)
    often = Counter(landmark.symbol for landmark in drawn).most_common(_SHARED_CANDIDATES)
    one_of = {landmark.symbol: landmark for landmark in drawn}
    used_in: dict[str, int] = {}
    for symbol, _ in often:
        (declared,) = codebase.oracle.declaration(one_of[symbol])
        files = len({place.path for place in codebase.oracle.references(one_of[symbol])})
        used_in[declared.path] = max(used_in.get(declared.path, 0), files)
    return sorted(used_in, key=lambda path: (-used_in[path], path))[:count]


def manifests_of(codebase: Codebase | ForeignCodebase, files: tuple[str, ...]) -> tuple[str, ...]:
    """The Cargo.toml that belongs to the first of `files`, which its user keeps open too."""
    known = frozenset(codebase.paths)
    for parent in PurePosixPath(files[0]).parents if files else ():
        path = (parent / "Cargo.toml").as_posix()
        if path in known:
            return (path,)
    return ()


def edit_sites(
    codebase: Codebase | ForeignCodebase, files: tuple[str, ...], manifests: tuple[str, ...]
) -> dict[str, tuple[EditSite, ...]]:
    """Where can be typed in each of these."""
    sites = {path: codebase.oracle.edit_sites(path) for path in files}
    for path in manifests:
        lines = codebase.text(path).split("\n")
        sites[path] = tuple(EditSite(path, at) for at, line in enumerate(lines) if line.startswith("["))
    return sites


class Targets:
    """The landmarks of the open files, by what can be asked at them."""

    def __init__(
        self, codebase: Codebase | ForeignCodebase, files: tuple[str, ...], *, zipf: float = 0.0
    ) -> None:
        self._shares = _zipf_shares(len(files), zipf)
        self._oracle = codebase.oracle
        self.files = files
        # By operation, as far as it was asked: the landmarks of each file, and how many there are up to it.
        self._askable: dict[str, tuple[list[Sequence[Landmark]], list[int]]] = {}

    def landmark(self, operation: str, draw: int) -> Landmark | None:
        """The landmark a random `draw` of 64 bits points `operation` at; None where no file has one."""
        if operation not in self._askable:
            # The oracle's own sequences, not one of all files: many users have the same files open.
            of_files = [self._oracle.askable(operation, path) for path in self.files]
            self._askable[operation] = of_files, list(accumulate(map(len, of_files)))
        of_files, ends = self._askable[operation]
        if not ends or not ends[-1]:
            return None
        if self._shares:
            # The file by its rank, the place in it by what is left of the draw.
            chosen = self.files.index(self.file(draw))
            marks = of_files[chosen]
            return marks[(draw >> _RANK_BITS) % len(marks)] if marks else self._any(of_files, draw)
        index = draw % ends[-1]
        file = bisect_right(ends, index)
        return of_files[file][index - (ends[file - 1] if file else 0)]

    def symbol(self, draw: int) -> Landmark | None:
        """A landmark whose name a search is for, a type where there is one: servers list types first, and
        many of them nothing else."""
        # Far apart from one another: all of a function's landmarks may be of other kinds.
        draws = [(draw + attempt * _APART) % 2**64 for attempt in range(_CANDIDATES)]
        places = [self.landmark("definition", one) for one in draws]
        return next((mark for mark in places if mark is not None and mark.kind == "type_use"), places[0])

    def file(self, draw: int) -> str:
        """The open file a random `draw` chooses."""
        if not self._shares:
            return self.files[draw % len(self.files)]
        share = (draw & ((1 << _RANK_BITS) - 1)) / (1 << _RANK_BITS)
        return self.files[bisect_right(self._shares, share)]

    @staticmethod
    def _any(of_files: list[Sequence[Landmark]], draw: int) -> Landmark | None:
        """A place in the first file that has one: the one chosen has none."""
        marks = next((marks for marks in of_files if marks), ())
        return marks[(draw >> _RANK_BITS) % len(marks)] if marks else None


def _zipf_shares(count: int, exponent: float) -> list[float]:
    """The cumulative shares of `count` ranks without the last, which is all the rest; empty where all are
    alike."""
    if not exponent or count < 2:
        return []
    weights = [rank**-exponent for rank in range(1, count + 1)]
    total = sum(weights)
    return list(accumulate(weight / total for weight in weights[:-1]))
