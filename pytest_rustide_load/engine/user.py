"""One simulated developer: open documents, and the requests that each operation turns into.

Knows nothing of time; the run says when.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from pytest_rustide_load.codebase import Codebase, Landmark
from pytest_rustide_load.codebase.foreign import ForeignCodebase
from pytest_rustide_load.engine.checks import AnswerCounts, Asked, Checker, Edits
from pytest_rustide_load.engine.compare import Desk
from pytest_rustide_load.engine.documents import OpenDocument
from pytest_rustide_load.engine.expected import Expected
from pytest_rustide_load.engine.session import Session
from pytest_rustide_load.engine.targets import Targets, choose_files
from pytest_rustide_load.lsp.messages import encode
from pytest_rustide_load.stats.samples import Outcome
from pytest_rustide_load.workload import OPERATIONS, Scenario

__all__ = ["PendingCheck", "Question", "User"]


@dataclass(slots=True)
class PendingCheck:
    """An answer that is still to be judged, with what was asked; `row` is its sample, and `edits_on_arrival`
    are those made when it came."""

    checker: Checker
    operation: str
    landmark: Landmark | None
    path: str
    edits: Edits
    row: int = -1
    result: msgspec.Raw | None = None
    edits_on_arrival: Edits | None = None

    def judge(self) -> tuple[Outcome, str]:
        """OK, EMPTY or WRONG, and for WRONG a sentence."""
        asked = Asked(
            self.operation, self.landmark, self.path, self.edits, self.edits_on_arrival, number=self.row
        )
        return self.checker.judge(asked, self.result)


@dataclass(frozen=True, slots=True)
class Question:
    """A request ready to be sent, and how its answer will be judged."""

    method: str
    params: bytes
    check: PendingCheck


class User:
    """User `number` of `scenario`, who works through `session` on the copy of `codebase` at `root`.

    Users whose sessions have one position encoding may share what is `expected`.
    """

    def __init__(
        self,
        number: int,
        scenario: Scenario,
        codebase: Codebase | ForeignCodebase,
        *,
        session: Session,
        root: Path,
        seed: int,
        expected: Expected | None = None,
    ) -> None:
        self.session = session
        self._codebase = codebase
        files = choose_files(codebase, scenario.working_set, seed=seed, user=number)
        encoding = session.position_encoding
        self._documents = {
            path: OpenDocument(path, root, codebase.text(path), encoding=encoding) for path in files
        }
        self._targets = Targets(codebase, files)
        self._checker = Checker(codebase, root, encoding, self._documents, expected=expected)
        self.edit_counts: dict[str, int] = {}
        self._notes = 0

    def open_documents(self) -> None:
        """`didOpen` for every file of the working set."""
        for document in self._documents.values():
            self.session.notify("textDocument/didOpen", document.did_open())

    @property
    def counts(self) -> AnswerCounts:
        """What became of the user's answers that were judged."""
        return self._checker.counts

    def desk(self) -> Desk:
        """What is compared with the server's texts at the end."""
        return Desk(self.session, tuple(self._documents.values()), self._checker)

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

    def version(self, path: str) -> int:
        """The version of an open document that was told last."""
        return self._documents[path].version

    def uris(self) -> list[tuple[str, str]]:
        """Path and uri of every open document."""
        return [(path, document.uri) for path, document in self._documents.items()]

    def edit(self, draw: int) -> tuple[str, bytes]:
        """Insert a line of comment at a place the oracle knows to be safe; the path of the document, and the
        parameters of the `textDocument/didChange` to send."""
        path = self._targets.file(draw)
        document = self._documents[path]
        sites = self._codebase.oracle.edit_sites(path)
        self._notes += 1
        content = f"// note {self._notes}"
        original = sites[(draw >> 16) % len(sites)].line if sites else 0
        line = document.insert_line(original, content)
        # A dict of its own for every edit: questions asked before keep theirs.
        self.edit_counts = {**self.edit_counts, path: document.edits}
        place = {"line": line, "character": 0}
        change = {"range": {"start": place, "end": place}, "text": f"{content}\n"}
        identity = {"uri": document.uri, "version": document.version}
        return path, encode({"textDocument": identity, "contentChanges": [change]})

    def _check(self, operation: str, landmark: Landmark | None, path: str) -> PendingCheck:
        return PendingCheck(self._checker, operation, landmark, path, self.edit_counts)
