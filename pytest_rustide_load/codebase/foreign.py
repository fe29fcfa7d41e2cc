"""A codebase that was not generated: the user's own, with places to point at and few answers known.

Pure: texts in. Knows nothing of where the files lie.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property

from pytest_rustide_load.codebase.foreign_crates import (
    Manifests,
    default_features,
    parse_manifests,
    reached_files,
)
from pytest_rustide_load.codebase.foreign_scan import FileScan, scan_file
from pytest_rustide_load.codebase.places import DocumentSymbol, EditSite, Landmark, Location

__all__ = ["ForeignCodebase", "ForeignOracle"]

# The landmarks an operation makes sense at, where it is not all of them.
_ASKED_AT = {"completion": frozenset({"field", "method_call"})}


class ForeignCodebase:
    """The texts of a Cargo project by path (POSIX, relative to its root): the Rust sources and every
    Cargo.toml. Reads like `Codebase`, but has no spec, and an oracle that does not know most answers."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = {path: files[path] for path in sorted(files)}
        self.paths = tuple(self._files)
        self.rust_paths = tuple(path for path in self.paths if path.endswith(".rs"))
        self.oracle = ForeignOracle(self._files)

    @property
    def loc(self) -> int:
        """Lines of Rust, blank and comment lines included."""
        return sum(self._files[path].count("\n") for path in self.rust_paths)

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 over all paths and bytes."""
        content = hashlib.sha256()
        for path, text in self._files.items():
            data = text.encode()
            content.update(f"{path}\0{len(data)}\0".encode())
            content.update(data)
        return content.hexdigest()

    def text(self, path: str) -> str:
        return self._files[path]

    def byte_size(self, path: str) -> int:
        return len(self._files[path].encode())


class ForeignOracle:
    """Where to point at and what an outline holds. Everything else answers `()`: unknown, not "nothing".

    Landmarks are uses of names that the project itself declares, in files its workspace reaches, outside of
    what conditional compilation may leave out. Lists nothing until it is asked; then reads every file once.
    """

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files

    @cached_property
    def _manifests(self) -> Manifests:
        return parse_manifests(self._files)

    @cached_property
    def _scans(self) -> dict[str, FileScan]:
        return {
            path: scan_file(path, text, default_features(self._manifests, path))
            for path, text in self._files.items()
            if path.endswith(".rs")
        }

    @cached_property
    def _by_path(self) -> dict[str, tuple[Landmark, ...]]:
        scans = self._scans
        modules = {path: scan.modules for path, scan in scans.items()}
        reached = reached_files(self._manifests, scans, modules)
        declared = frozenset().union(*(scans[path].declared for path in reached))
        variants = frozenset().union(*(scans[path].variants for path in reached))
        return {
            path: tuple(
                _as_variant(landmark) if name in variants and name[:1].isupper() else landmark
                for name, landmark in scan.landmarks
                if name in declared
            )
            for path, scan in scans.items()
            if path in reached
        }

    @cached_property
    def _all(self) -> tuple[Landmark, ...]:
        return tuple(landmark for path in self._by_path for landmark in self._by_path[path])

    def landmarks(self, *, kind: str | None = None, path: str | None = None) -> Sequence[Landmark]:
        """Uses of names, by file and place; of one kind or in one file where asked for."""
        found = self._all if path is None else self._by_path.get(path, ())
        return found if kind is None else [landmark for landmark in found if landmark.kind == kind]

    def askable(self, operation: str, path: str) -> Sequence[Landmark]:
        """The landmarks of a file at which `operation` makes sense."""
        kinds = _ASKED_AT.get(operation)
        found = self.landmarks(path=path)
        return found if kinds is None else [landmark for landmark in found if landmark.kind in kinds]

    def probes(self, count: int = 16) -> Sequence[Landmark]:
        """Up to `count` landmarks spread over the project: a server that loaded it can say something about
        most of them, though perhaps not about each."""
        step = max(1, -(-len(self._all) // count))
        return self._all[::step]

    def declaration(self, _landmark: Landmark) -> tuple[Location, ...]:
        """Unknown."""
        return ()

    def definition(self, _landmark: Landmark) -> tuple[Location, ...]:
        """Unknown."""
        return ()

    def references(self, _landmark: Landmark) -> tuple[Location, ...]:
        """Unknown."""
        return ()

    def hover(self, _landmark: Landmark) -> tuple[str, ...]:
        """Unknown."""
        return ()

    def completions(self, _landmark: Landmark) -> tuple[str, ...]:
        """Unknown."""
        return ()

    def workspace_symbols(self, _name: str) -> tuple[Location, ...]:
        """Unknown: macros may declare more of that name."""
        return ()

    def document_symbols(self, path: str) -> tuple[DocumentSymbol, ...]:
        """Items and their members that an outline of the file must hold, in the order of the text."""
        scan = self._scans.get(path)
        return () if scan is None else scan.symbols

    def edit_sites(self, path: str) -> tuple[EditSite, ...]:
        """Lines before which a line of comment may be inserted."""
        scan = self._scans.get(path)
        return () if scan is None else scan.sites


def _as_variant(landmark: Landmark) -> Landmark:
    return Landmark(
        landmark.path, landmark.line, landmark.column, landmark.length, "enum_variant", landmark.symbol
    )
