"""One simulated developer: open documents, and the requests that each operation turns into.

Knows nothing of time; the run says when.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from pytest_rustide_load.codebase import Codebase, Landmark
from pytest_rustide_load.codebase.foreign import ForeignCodebase
from pytest_rustide_load.engine.checks import Checker, Edits
from pytest_rustide_load.engine.documents import OpenDocument
from pytest_rustide_load.engine.session import Session
from pytest_rustide_load.engine.targets import Targets, choose_files
from pytest_rustide_load.lsp.messages import encode
from pytest_rustide_load.stats.samples import Outcome
from pytest_rustide_load.workload import OPERATIONS, Scenario

__all__ = ["PendingCheck", "Question", "User"]


@dataclass(slots=True)
class PendingCheck:
    """An answer that is still to be judged, with what was asked; `row` is its sample."""

    checker: Checker
    operation: str
    landmark: Landmark | None
    path: str
    edits: Edits
    row: int = -1
    result: msgspec.Raw | None = None

    def judge(self) -> tuple[Outcome, str]:
        """OK, EMPTY or WRONG, and for WRONG a sentence."""
        return self.checker.check(self.operation, self.landmark, self.path, self.edits, self.result)


@dataclass(frozen=True, slots=True)
class Question:
    """A request ready to be sent, and how its answer will be judged."""

    method: str
    params: bytes
    check: PendingCheck


class User:
    """User `number` of `scenario`, who works through `session` on the copy of `codebase` at `root`."""

    def __init__(
        self,
        number: int,
        scenario: Scenario,
        codebase: Codebase | ForeignCodebase,
        *,
        session: Session,
        root: Path,
        seed: int,
    ) -> None:
        self.session = session
        self._codebase = codebase
        files = choose_files(codebase, scenario.working_set, seed=seed, user=number)
        self._documents = {path: OpenDocument(path, root, codebase.text(path)) for path in files}
        self._targets = Targets(codebase, files)
        self._checker = Checker(codebase, root, session.position_encoding, self._documents)
        self._edit_counts: dict[str, int] = {}
        self._notes = 0

    def open_documents(self) -> None:
        """`didOpen` for every file of the working set."""
        for document in self._documents.values():
            self.session.notify(
                "textDocument/didOpen",
                encode(
                    {
                        "textDocument": {
                            "uri": document.uri,
                            "languageId": "rust",
                            "version": document.version,
                            "text": document.text,
                        }
                    }
                ),
            )

    def edited_documents(self) -> list[OpenDocument]:
        return [document for document in self._documents.values() if document.edits]

    def question(self, operation: str, draw: int) -> Question | None:
        """The request of `operation` at what `draw` points to; None where no open file offers a place."""
        method = OPERATIONS[operation].method
        if not OPERATIONS[operation].at_landmark:
            path = self._targets.file(draw)
            params = b'{"textDocument":{"uri":"%b"}}' % self._documents[path].uri.encode()
            return Question(method, params, self._check(operation, None, path))
        landmark = self._targets.landmark(operation, draw)
        if landmark is None:
            return None
        document = self._documents[landmark.path]
        params = b'{"textDocument":{"uri":"%b"},"position":{"line":%d,"character":%d}%b}' % (
            document.uri.encode(),
            document.current_line(landmark.line),
            self._checker.column(landmark.path, landmark.line, landmark.column),
            b',"context":{"includeDeclaration":false}' if operation == "references" else b"",
        )
        return Question(method, params, self._check(operation, landmark, landmark.path))

    def edit(self, draw: int) -> tuple[str, bytes]:
        """Insert a line of comment at a place the oracle knows to be safe; the notification to send."""
        path = self._targets.file(draw)
        document = self._documents[path]
        sites = self._codebase.oracle.edit_sites(path)
        self._notes += 1
        content = f"// note {self._notes}"
        original = sites[(draw >> 16) % len(sites)].line if sites else 0
        line = document.insert_line(original, content)
        # A dict of its own for every edit: questions asked before keep theirs.
        self._edit_counts = {**self._edit_counts, path: document.edits}
        place = {"line": line, "character": 0}
        change = {"range": {"start": place, "end": place}, "text": f"{content}\n"}
        identity = {"uri": document.uri, "version": document.version}
        return "textDocument/didChange", encode({"textDocument": identity, "contentChanges": [change]})

    def _check(self, operation: str, landmark: Landmark | None, path: str) -> PendingCheck:
        return PendingCheck(self._checker, operation, landmark, path, self._edit_counts)
