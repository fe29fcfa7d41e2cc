"""Open documents: edits from the client, and the files that closed ones fall back to.

Must not know requests.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_rustide_load.reference_server.convert import path_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_rustide_load.reference_server.source import SourceFile
    from pytest_rustide_load.reference_server.workspace import Workspace

CREATED, CHANGED, DELETED = 1, 2, 3


class Documents:
    """The documents one client has open, in the encoding it negotiated."""

    def __init__(self, workspace: Workspace, encoding: str) -> None:
        self.workspace = workspace
        self.encoding = encoding
        self.open: set[str] = set()

    def get(self, uri: str) -> SourceFile | None:
        """The file a URI means, open or on disk; None if it is not known."""
        return self.workspace.files.get(path_of(uri))

    def opened(self, uri: str, version: int, text: str) -> None:
        path = path_of(uri)
        self.open.add(path)
        file = self.workspace.put(path, text.encode("utf-8", "surrogatepass"), uri)
        file.uri = uri
        file.version = version

    def changed(self, uri: str, version: int, changes: Iterable[Any]) -> None:
        """Applies content changes in order: ranged ones to the tree as well, whole texts as they are."""
        path = path_of(uri)
        file = self.workspace.files.get(path)
        if file is None or path not in self.open:
            return
        for change in changes:
            new = change.text.encode("utf-8", "surrogatepass")
            span = getattr(change, "range", None)
            if span is None:
                file.replace(new)
                continue
            start = file.text.offset(span.start.line, span.start.character, self.encoding)
            stop = file.text.offset(span.end.line, span.end.character, self.encoding)
            file.splice(start, max(start, stop), new)
        file.version = version
        self.workspace.refresh(file)

    def closed(self, uri: str) -> None:
        """From now on the file on disk counts."""
        path = path_of(uri)
        if path in self.open:
            self.open.discard(path)
            self._from_disk(path)

    def on_disk(self, uri: str, kind: int) -> None:
        """A file was created, changed or deleted; one that is open stays as the client has it."""
        path = path_of(uri)
        if path in self.open or not path.endswith(".rs"):
            return
        if kind == DELETED:
            self.workspace.remove(path)
        else:
            self._from_disk(path)

    def _from_disk(self, path: str) -> None:
        if not path.startswith("/") or not Path(path).is_file() or self.workspace.read(path) is None:
            self.workspace.remove(path)
            return
        self.workspace.files[path].version = None
