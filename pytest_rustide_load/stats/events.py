"""What happened to documents beside the samples: which edit made which version, and what was asked at which.

Each event is recorded once:

- `edited(row, document, version)` when an edit is sent: its sample, its document, and the version of the
  document that holds it. Edits that one notification carries have the same version, and are recorded each.
- `asked(row, document, version)` when a question about a document is sent: its sample, and the version of
  the document it was asked at.
- `published(at_ns, document, version)` when `textDocument/publishDiagnostics` arrives; `version` is None
  where the server names none.

Documents are numbered by `document(user, path)`: two users who have one file open have two documents. What
became of a question stands in its sample, so it may still be judged after it was recorded. Knows nothing of
what is derived from it.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from typing import TypeAlias

    import numpy.typing as npt

    _Times: TypeAlias = npt.NDArray[np.int64]

__all__ = ["ASKED", "EDITED", "NO_VERSION", "PUBLISHED", "EventLog"]

# The kinds of events, and the version of what names none.
EDITED, ASKED, PUBLISHED = 0, 1, 2
NO_VERSION = -1


class EventLog:
    """Events in columns, in the order they were recorded; appending is as cheap as for samples."""

    __slots__ = ("_document", "_documents", "_ended", "_kind", "_version", "_what")

    def __init__(self) -> None:
        self._ended = False
        self._documents: dict[tuple[int, str], int] = {}
        self._kind = array("B")
        self._document = array("I")
        self._version = array("q")
        # The row of the sample; for what was published, when it arrived.
        self._what = array("q")

    def __len__(self) -> int:
        return len(self._kind)

    def document(self, user: int, path: str) -> int:
        """The number of a user's document."""
        return self._documents.setdefault((user, path), len(self._documents))

    def edited(self, row: int, document: int, version: int) -> None:
        """The edit of sample `row` is part of `version` of `document`."""
        self._add(EDITED, document, version, row)

    def asked(self, row: int, document: int, version: int) -> None:
        """The question of sample `row` was sent while `document` was at `version`."""
        self._add(ASKED, document, version, row)

    def published(self, at_ns: int, document: int, version: int | None) -> None:
        """Diagnostics of `document` arrived unasked."""
        self._add(PUBLISHED, document, NO_VERSION if version is None else version, at_ns)

    def give_up(self) -> None:
        """Drop all, and keep nothing from now on: of a run that is too long for it."""
        self._ended = True
        for column in (self._kind, self._document, self._version, self._what):
            del column[:]

    def extend(self, columns: Mapping[str, _Times], rows: _Times) -> None:
        """Append the events of another log, whose n-th sample is in row `rows[n]` of this one's. Its
        documents are all others."""
        first = len(self._documents)
        for number in range(int(columns["document"].max(initial=-1)) + 1):
            self._documents[first + number, ""] = first + number
        what = columns["what"].copy()
        of_sample = columns["kind"] != PUBLISHED
        what[of_sample] = rows[what[of_sample]]
        self._kind.extend(columns["kind"].tolist())
        self._document.extend((columns["document"] + first).tolist())
        self._version.extend(columns["version"].tolist())
        self._what.extend(what.tolist())

    def _add(self, kind: int, document: int, version: int, what: int) -> None:
        if self._ended:
            return
        self._kind.append(kind)
        self._document.append(document)
        self._version.append(version)
        self._what.append(what)

    def columns(self) -> dict[str, _Times]:
        """Copies of the columns `kind`, `document`, `version` and `what` as int64 arrays of shape (n,)."""
        return {
            "kind": np.array(self._kind, dtype=np.int64),
            "document": np.array(self._document, dtype=np.int64),
            "version": np.array(self._version, dtype=np.int64),
            "what": np.array(self._what, dtype=np.int64),
        }
