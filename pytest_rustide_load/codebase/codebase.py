"""A generated codebase: its files and its oracle."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from pytest_rustide_load.codebase.oracle import Oracle
from pytest_rustide_load.codebase.spec import CodebaseSpec

__all__ = ["Codebase"]


class Codebase:
    """Files by path (POSIX, relative, sorted) and the right answers about them."""

    def __init__(self, spec: CodebaseSpec, files: Mapping[str, str], oracle: Oracle) -> None:
        self.spec = spec
        self.oracle = oracle
        self._files = files
        self.paths = tuple(files)
        self.rust_paths = tuple(path for path in files if path.endswith(".rs"))

    @property
    def loc(self) -> int:
        """Lines of Rust, blank and comment lines included."""
        return sum(self._files[path].count("\n") for path in self.rust_paths)

    @property
    def content_hash(self) -> str:
        """SHA-256 over all paths and bytes."""
        content = hashlib.sha256()
        for path, text in self._files.items():
            content.update(f"{path}\0{len(text.encode())}\0{text}".encode())
        return content.hexdigest()

    def text(self, path: str) -> str:
        return self._files[path]

    def byte_size(self, path: str) -> int:
        return len(self._files[path].encode())
