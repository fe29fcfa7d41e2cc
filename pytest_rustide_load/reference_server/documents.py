"""Open documents: edits from a client, and the files that closed ones fall back to.

A workspace holds one text a file. Where several clients share one, the documents of the client that is being
answered are put in before, and those of the one before are taken out. Must not know requests.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_rustide_load.reference_server.convert import path_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_rustide_load.reference_server.source import SourceFile
    from pytest_rustide_load.reference_server.workspace import Workspace

CREATED, CHANGED, DELETED = 1, 2, 3


@dataclass(slots=True)
class Seat:
    """Whose documents a shared workspace holds now."""

    taken_by: Documents | None = None


class Documents:
    """The documents one client has open, in the encoding it negotiated.

    With `stale` the last change of a document is held back until the next one: a fault for tests.
    """

    def __init__(self, workspace: Workspace, encoding: str, seat: Seat, *, stale: bool = False) -> None:
        self.workspace = workspace
        self._seat = seat
        self.encoding = encoding
        self.open: set[str] = set()
        self._stale = stale
        self._held: dict[str, Sequence[Any]] = {}
        # The texts of open documents while another client's are in the workspace.
        self._aside: dict[str, tuple[bytes, str]] = {}

    def get(self, uri: str) -> SourceFile | None:
        """The file a URI means, open or on disk; None if it is not known."""
        return self.workspace.files.get(path_of(uri))

    def opened(self, uri: str, text: str) -> None:
        path = path_of(uri)
        self.open.add(path)
        file = self.workspace.put(path, text.encode("utf-8", "surrogatepass"), uri)
        file.uri = uri

    def changed(self, uri: str, changes: Sequence[Any]) -> None:
        """Applies content changes in order: ranged ones to the tree as well, whole texts as they are."""
        path = path_of(uri)
        file = self.workspace.files.get(path)
        if file is None or path not in self.open:
            return
        if self._stale:
            held = self._held.get(path, ())
            self._held[path] = changes
            changes = held
        for change in changes:
            new = change.text.encode("utf-8", "surrogatepass")
            span = getattr(change, "range", None)
            if span is None:
                file.replace(new)
                continue
            start = file.text.offset(span.start.line, span.start.character, self.encoding)
            stop = file.text.offset(span.end.line, span.end.character, self.encoding)
            file.splice(start, max(start, stop), new)
        self.workspace.refresh(file)

    def closed(self, uri: str) -> None:
        """From now on the file on disk counts."""
        path = path_of(uri)
        if path in self.open:
            self.open.discard(path)
            self._held.pop(path, None)
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

    # --- sharing ---------------------------------------------------------------------------------

    def activate(self) -> None:
        """Makes the workspace hold this client's documents and no other's."""
        before = self._seat.taken_by
        if before is self:
            return
        if before is not None:
            before._set_aside(keep=self.open)
        self._seat.taken_by = self
        for path, (data, uri) in sorted(self._aside.items()):
            self.workspace.put(path, data, uri)
        self._aside.clear()

    def _set_aside(self, keep: set[str]) -> None:
        for path in sorted(self.open):
            file = self.workspace.files.get(path)
            if file is not None:
                self._aside[path] = (file.data, file.uri)
                if path not in keep:
                    self._from_disk(path)

    def leave(self) -> None:
        """The client is gone: its documents are closed."""
        if self._seat.taken_by is self:
            self._seat.taken_by = None
            for path in sorted(self.open):
                self._from_disk(path)
        self.open.clear()
        self._aside.clear()
