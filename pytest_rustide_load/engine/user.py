"""One simulated developer: open documents, and the requests that each operation turns into.

Knows nothing of time; the run says when.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec

from pytest_rustide_load.codebase import Codebase, Landmark
from pytest_rustide_load.codebase.foreign import ForeignCodebase
from pytest_rustide_load.engine.checks import Checker
from pytest_rustide_load.engine.compare import Desk, same_lines
from pytest_rustide_load.engine.disk import Disk
from pytest_rustide_load.engine.documents import OpenDocument
from pytest_rustide_load.engine.expected import Expected
from pytest_rustide_load.engine.followups import FollowUps
from pytest_rustide_load.engine.question import PendingCheck, Question
from pytest_rustide_load.engine.session import Session
from pytest_rustide_load.engine.slips import Slips
from pytest_rustide_load.engine.targets import Targets, choose_files, edit_sites, manifests_of
from pytest_rustide_load.lsp.documents import Edit, Position, column_in
from pytest_rustide_load.lsp.messages import UNDECODABLE
from pytest_rustide_load.lsp.offered import offered_operations
from pytest_rustide_load.lsp.params import (
    FILE_CHANGED,
    Subject,
    closed_params,
    params_for,
    saved_params,
    watched_files_params,
)
from pytest_rustide_load.lsp.profiles import EDITOR_PROFILES
from pytest_rustide_load.workload import OPERATIONS, Scenario
from pytest_rustide_load.workload.edits import EditStream, Typed

__all__ = ["User"]

_LINES_ON_SCREEN = 50
# A place may be gone for good where somebody has typed over it: then another is asked about.
_OTHER_PLACES = 4


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
        self.number = number
        info = session.server_info
        self.offered = offered_operations({} if info is None else info.capabilities)
        self.editor = scenario.editor
        self.patterns = (
            *scenario.patterns,
            *(pattern for stage in scenario.stages for pattern in stage.patterns),
        )
        success = {
            pattern.operation: pattern.success_probability
            for pattern in self.patterns
            if pattern.success_probability is not None
        }
        self.slips = Slips(scenario.errors, seed=seed, user=number, success=success)
        self.session = session
        self._codebase = codebase
        files = choose_files(
            codebase, scenario.working_set, seed=seed, user=number, shared=scenario.shared_files
        )
        self._encoding = encoding = session.position_encoding
        types = scenario.edits is not None or scenario.editor != "raw"
        manifests = manifests_of(codebase, files) if types else ()
        self._documents = {
            path: OpenDocument(path, root, codebase.text(path), encoding=encoding)
            for path in (*files, *manifests)
        }
        self._targets = Targets(codebase, files, zipf=scenario.working_set.zipf)
        self.disk = Disk(codebase, root, encoding, self._documents)
        self._checker = Checker(codebase, root, encoding, self.disk.known, expected=expected)
        # Of each document, the edits that the server must know of.
        self.edit_counts: dict[str, int] = {}
        self.is_renaming = False
        self._renames = 0
        # Whether the server tells the texts of files, as far as it was tried.
        self.tells_texts = True
        # How often each kind of place was asked about.
        self.kinds: Counter[str] = Counter()
        self._notes = 0
        self._carets: dict[str, Position] = {}
        asked = {pattern.operation for pattern in self.patterns}
        for reaction in EDITOR_PROFILES[scenario.editor].reactions:
            asked.update({reaction.operation, reaction.then} - {""})
        self.follow_ups = FollowUps(asked)
        self._stream = (
            EditStream(
                edit_sites(codebase, files, manifests),
                seed=seed,
                user=number,
                mix=scenario.edits,
                encoding=encoding,
                mistyped=scenario.errors.mistyped,
            )
            if types
            else None
        )

    # -- documents

    @property
    def paths(self) -> tuple[str, ...]:
        """What is open."""
        return tuple(self._documents)

    @property
    def shown(self) -> str:
        """The document on the screen at first."""
        return self._targets.files[-1]

    def open_documents(self) -> None:
        """`didOpen` for every file of the working set."""
        for path in self._documents:
            self.tell("document_open", path)

    def reconnect(self, session: Session) -> None:
        """From now on the user works through another session, of the same position encoding; its server knows
        nothing yet."""
        self.session = session
        self.tells_texts = True
        self.follow_ups.forget()
        for document in self._documents.values():
            # What was not told yet is told with the opening, as another version than the last.
            document.flush()

    def tell(self, operation: str, path: str) -> None:
        """Send the notification `operation` about a document: document_open, _save or _close, or
        watched_files."""
        document = self._documents[path]
        if operation == "document_open":
            params = document.did_open()
        elif operation == "document_save":
            params = saved_params(document.uri)
        elif operation == "document_close":
            params = closed_params(document.uri)
        else:
            params = watched_files_params([(document.uri, FILE_CHANGED)])
        self.session.notify(OPERATIONS[operation].method, params)

    def file(self, draw: int) -> str:
        """The open file that a random `draw` chooses."""
        return self._targets.file(draw)

    def version(self, path: str) -> int:
        """The version of an open document that was told last."""
        return self._documents[path].version

    def uris(self) -> list[tuple[str, str]]:
        """Path and uri of every open document."""
        return [(path, document.uri) for path, document in self._documents.items()]

    def desk(self) -> Desk:
        """What is compared with the server's texts at the end."""
        return Desk(self.session, tuple(self.disk.known.values()), self._checker)

    # -- commits, those of others too

    @property
    def encoding(self) -> str:
        """The units of the columns in this user's edits."""
        return self._encoding

    @property
    def counts_on_arrival(self) -> dict[str, int]:
        """The edits that an answer which comes now may know of."""
        arriving = self.disk.arriving
        return {**self.edit_counts, **arriving} if arriving else self.edit_counts

    def arrived(self, path: str, edits: int) -> None:
        """The server shows a file that others changed with the first `edits` of its changes."""
        self.disk.arrived(path, edits)
        self.edit_counts = {**self.edit_counts, path: edits}

    def shows(self, path: str, result: msgspec.Raw | None, *, text: bool) -> bool:
        """Whether an answer, the text of a file or else its outline, is that of the file as it is now."""
        if result is None:
            return False
        try:
            if not text:
                return self._checker.agrees_with_outline(path, result) is not False
            return same_lines(msgspec.json.decode(result, type=str), self.disk.known[path].text)
        except UNDECODABLE:
            return False

    def renaming(self, begins: bool) -> None:
        """From now on some name is another, or none is any more."""
        self.is_renaming = begins
        self._renames += 1

    def is_sure_since(self, asked_at: int) -> bool:
        """Whether no name was another since a question was asked."""
        return not self.is_renaming and self._renames == asked_at

    def target(self, operation: str, draw: int) -> Landmark | None:
        """The landmark that `draw` points `operation` at."""
        return self._targets.landmark(operation, draw)

    @property
    def checker(self) -> Checker:
        """What judges the user's answers."""
        return self._checker

    def place(self, landmark: Landmark) -> Position | None:
        """Where a landmark in an open document stands now."""
        column = self._checker.column(landmark.path, landmark.line, landmark.column)
        return self._documents[landmark.path].now(landmark.line, column)

    def edit(self, path: str, edits: Sequence[Edit]) -> None:
        """Edit an open document, and tell the server."""
        document = self._documents[path]
        document.edit(edits, settled=document.settled)
        self._counted(path)
        self.flush(path)

    def document(self, path: str) -> OpenDocument:
        """An open document. KeyError for a file that is none."""
        return self._documents[path]

    # -- questions

    def question(self, operation: str, draw: int) -> Question | None:
        """The request of `operation` at what `draw` points to; None where no open file offers a place, or
        nothing was answered yet that it could follow up."""
        if OPERATIONS[operation].follows:
            return self._following(operation, self._targets.file(draw))
        if operation == "workspace_symbols":
            return self._search(draw)
        if not OPERATIONS[operation].at_landmark:
            path = self._targets.file(draw)
            return self._ask(operation, path, self._screen(path))
        for attempt in range(_OTHER_PLACES):
            landmark = self._targets.landmark(operation, draw + attempt)
            if landmark is None:
                return None
            place = self.place(landmark)
            if place is not None:
                self._carets[landmark.path] = place
                self.kinds[landmark.kind] += 1
                subject = self._at(landmark.path, place, text=f"renamed_{self.number}_{draw % 9973}")
                return self._ask(operation, landmark.path, subject, landmark)
        return None

    def at_caret(
        self, operation: str, path: str, *, trigger: str = "", again: bool = False
    ) -> Question | None:
        """The request that an editor makes where the caret of `path` is; None for a follow-up of nothing."""
        if OPERATIONS[operation].follows:
            return self._following(operation, path)
        caret = self._carets.get(path, Position(0, 0))
        subject = self._at(path, caret, trigger=trigger, again=again)
        if not OPERATIONS[operation].at_landmark:
            subject = self._screen(path)
        return self._ask(operation, path, subject)

    def _following(self, operation: str, path: str) -> Question | None:
        if operation == "semantic_tokens_delta":
            previous = self.follow_ups.result_id(operation, path)
            uri = self._documents[path].uri
            return self._ask(operation, path, Subject(uri, previous_result_id=previous)) if previous else None
        found = self.follow_ups.item(operation)
        return None if found is None else self._ask(operation, found[0], Subject(item=found[1]))

    def _search(self, draw: int) -> Question | None:
        """For the symbol that a landmark bears the name of."""
        landmark = self._targets.symbol(draw)
        if landmark is None:
            return None
        line = self._codebase.text(landmark.path).split("\n")[landmark.line].encode()
        name = line[landmark.column : landmark.column + landmark.length].decode()
        method = OPERATIONS["workspace_symbols"].method
        check = self._check("workspace_symbols", None, landmark.path)
        check.query, check.searched = name, landmark
        return Question(method, params_for("workspace_symbols", Subject(text=name)), check)

    def _at(
        self, path: str, place: Position, *, trigger: str = "", again: bool = False, text: str = ""
    ) -> Subject:
        uri = self._documents[path].uri
        return Subject(uri, place.line, place.column, trigger=trigger, again=again, text=text)

    def _screen(self, path: str) -> Subject:
        """The document, and of it what the screen shows around the caret."""
        caret = self._carets.get(path, Position(0, 0))
        first = max(0, caret.line - _LINES_ON_SCREEN // 2)
        previous = self.follow_ups.result_id("pull_diagnostics", path)
        uri = self._documents[path].uri
        last = min(first + _LINES_ON_SCREEN, self._documents[path].line_count() - 1)
        return Subject(uri, span=(first, 0, max(first, last), 0), previous_result_id=previous)

    def _ask(self, operation: str, path: str, subject: Subject, landmark: Landmark | None = None) -> Question:
        check = self._check(operation, landmark, path)
        return Question(OPERATIONS[operation].method, params_for(operation, subject), check)

    def _check(self, operation: str, landmark: Landmark | None, path: str) -> PendingCheck:
        check = PendingCheck(self._checker, operation, landmark, path, self.edit_counts)
        check.asked_at, check.is_sure = self._renames, not self.is_renaming
        return check

    # -- edits

    def insert_note(self, draw: int, path: str = "") -> str:
        """Insert a line of comment at a place the oracle knows to be safe, in `path` or the document that the
        draw chooses; the path of the document."""
        path = path or self._targets.file(draw)
        # The beginning of a file is where its module is defined, whatever is put before what stood there.
        sites = [site.line for site in self._codebase.oracle.edit_sites(path) if site.line]
        self._notes += 1
        original = sites[(draw >> 16) % len(sites)] if sites else self._codebase.text(path).count("\n")
        self._documents[path].insert_line(original, f"// note {self._notes}")
        self._counted(path)
        return path

    @property
    def types(self) -> bool:
        """Whether the user's edits are keystrokes."""
        return self._stream is not None

    def type_next(self) -> Typed | None:
        """Make the user's next change, in the document but not on the wire; None where there is no place for
        any."""
        if self._stream is None:
            return None
        typed = self._stream.next(self._now) or self._stream.next(self._now)
        if typed is None:
            return None
        self._documents[typed.path].edit(typed.edits, settled=typed.settled)
        self._carets[typed.path] = self._end_of(typed.edits[-1])
        self._counted(typed.path)
        return typed

    def flush(self, path: str) -> bool:
        """Tell the server what it does not know of a document yet; whether that was anything."""
        params = self._documents[path].flush()
        if params is None:
            return False
        self.session.notify("textDocument/didChange", params)
        return True

    def _now(self, path: str, line: int, column: int) -> Position | None:
        """Where a place of the codebase, in bytes, stands now."""
        return self._documents[path].now(line, self._checker.column(path, line, column))

    def _end_of(self, edit: Edit) -> Position:
        before, newline, last = edit.text.rpartition("\n")
        width = column_in(last, len(last), self._encoding)
        if not newline:
            return Position(edit.start.line, edit.start.column + width)
        return Position(edit.start.line + before.count("\n") + 1, width)

    def _counted(self, path: str) -> None:
        # A dict of its own for every edit: questions asked before keep theirs.
        self.edit_counts = {**self.edit_counts, path: self._documents[path].edits}
