"""What others change on disk under a user: files that are not open, and since when the server knows.

Knows nothing of time or sessions.
"""

from __future__ import annotations

from pathlib import Path

from pytest_rustide_load.codebase import Codebase
from pytest_rustide_load.codebase.foreign import ForeignCodebase
from pytest_rustide_load.engine.documents import OpenDocument
from pytest_rustide_load.lsp.documents import Edit

__all__ = ["Disk"]


class Disk:
    """The working copy at `root` as one user knows it: `known` holds the open `documents`, and every file
    that was changed. `arriving` are changes that the server may know of already, and need not yet."""

    def __init__(
        self,
        codebase: Codebase | ForeignCodebase,
        root: Path,
        encoding: str,
        documents: dict[str, OpenDocument],
    ) -> None:
        self._codebase = codebase
        self._root = root
        self._encoding = encoding
        self._open = documents
        self.known = dict(documents)
        self.arriving: dict[str, int] = {}

    def file(self, path: str) -> OpenDocument:
        """The text on disk of a file that is not open. KeyError for one that is."""
        if path in self._open:
            raise KeyError(path)
        if path not in self.known:
            text = self._codebase.text(path)
            self.known[path] = OpenDocument(path, self._root, text, encoding=self._encoding)
        return self.known[path]

    def change(self, path: str, edits: list[Edit], *, encoding: str = "") -> None:
        """A file that is not open changes, by edits with columns in units of `encoding`, or the user's."""
        document = self.file(path)
        document.replay(edits, encoding or self._encoding)
        self.arriving[path] = document.edits

    def arrived(self, path: str, edits: int) -> None:
        """The server shows a file with the first `edits` of its changes."""
        if self.arriving.get(path) == edits:
            del self.arriving[path]
