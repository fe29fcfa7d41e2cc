"""Renames that are carried out: the server's edits are held against the oracle's, made, and undone.

A symbol gets a longer name, and after a while its old one again. Every place keeps its beginning so, and what
is asked meanwhile is judged by places; where an answer disagrees while a name is another, nobody knows what
is right. Knows nothing of plans; the run says when.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import msgspec

from pytest_rustide_load.codebase import Codebase, Landmark
from pytest_rustide_load.engine.documents import OpenDocument
from pytest_rustide_load.engine.flight import Due, Flight
from pytest_rustide_load.engine.keyboard import Keyboard
from pytest_rustide_load.engine.session import CLOSED, Reply
from pytest_rustide_load.engine.team import Team
from pytest_rustide_load.engine.user import User
from pytest_rustide_load.lsp.documents import Edit, Position
from pytest_rustide_load.lsp.params import Subject, params_for
from pytest_rustide_load.lsp.workspace_edit import applied, decode_workspace_edit
from pytest_rustide_load.ports import Clock
from pytest_rustide_load.stats.samples import Outcome
from pytest_rustide_load.units import NS_PER_MS, NS_PER_S

__all__ = ["Renames"]

# What has no shorthand and no other spelling anywhere.
_KINDS = ("function_call", "method_call", "type_use")
_CANDIDATES = 32
_RENAME = "textDocument/rename"
# How long a symbol bears its other name, and how soon one that is to be renamed is asked for again.
_HELD_NS = NS_PER_S // 2
_AGAIN_NS = 200 * NS_PER_MS
_ATTEMPTS = 8


@dataclass(slots=True)
class _Rename:
    """One symbol on its way to another name, or back."""

    user: User
    landmark: Landmark
    old: str
    suffix: str
    row: int
    back: bool = False
    attempts: int = 0

    @property
    def new_name(self) -> str:
        return self.old if self.back else self.old + self.suffix


class Renames:
    """`count` renames were carried out, and `wrong` more would have been other than the oracle's. `proof`
    holds the texts of every changed file after the last one."""

    def __init__(
        self,
        codebase: Codebase,
        team: Team,
        flight: Flight,
        clock: Clock,
        *,
        keyboards: Mapping[int, Keyboard],
        at: Callable[[int, Callable[[], None]], None],
    ) -> None:
        self._codebase = codebase
        self._team = team
        self._flight = flight
        self._clock = clock
        self._keyboards = keyboards
        self._at = at
        self._going: dict[int, _Rename] = {}
        # Renamed by us and not back yet.
        self._done: dict[int, _Rename] = {}
        self._number = 0
        self.count = 0
        self.wrong = 0
        self.proof: dict[str, str] = {}

    def rename(self, user: User, due: Due, draw: int) -> None:
        """`user` renames what `draw` points to. The sample ends when the server shows every file so."""
        if user.number in self._going:
            # One after the other: the user wanted to when it was due.
            self._at(self._clock.now_ns() + _AGAIN_NS, partial(self.rename, user, due, draw))
            return
        if self._team.shares(user):
            # Nobody renames under the hands of others.
            self._flight.drop(due)
            return
        landmark = self._landmark(user, draw)
        if landmark is None:
            self._flight.drop(due)
            return
        self._number += 1
        line = self._codebase.text(landmark.path).split("\n")[landmark.line].encode()
        old = line[landmark.column : landmark.column + landmark.length].decode()
        one = _Rename(user, landmark, old, f"_r{self._number}", self._flight.begin(due))
        self._going[user.number] = one
        user.renaming(True)
        self._ask(one)

    def undo(self) -> None:
        """Give back every old name at once: the run is over."""
        for one in [*self._going.values(), *self._done.values()]:
            if self._done.get(one.user.number) is one:
                one.back = True
                self._make(one, self._expected(one))
        self._going.clear()
        self._done.clear()

    # -- to the server and back

    def _landmark(self, user: User, draw: int) -> Landmark | None:
        for attempt in range(_CANDIDATES):
            mark = user.target("rename", draw + attempt)
            if mark is not None and mark.kind in _KINDS and user.checker.may_rename(mark):
                return mark
        return None

    def _ask(self, one: _Rename) -> None:
        user, mark = one.user, one.landmark
        if user.session.closed:
            # Another may come, and then it is asked.
            self._at(self._clock.now_ns() + _AGAIN_NS, partial(self._ask, one))
            return
        for path in user.paths:
            self._keyboards.get(user.number, user).flush(path)
        place = user.place(mark)
        if place is None:
            self._give_up(one, Outcome.DROPPED, "its place was typed over")
            return
        one.attempts += 1
        uri = user.document(mark.path).uri
        subject = Subject(uri, place.line, place.column, text=one.new_name)
        counts = dict(user.edit_counts)
        user.session.send(_RENAME, params_for("rename", subject), partial(self._answered, one, counts))

    def _answered(self, one: _Rename, counts: dict[str, int], reply: Reply) -> None:
        if reply.error is CLOSED:
            self._ask(one)
            return
        if reply.error is not None or counts != one.user.edit_counts:
            # Superseded by what was typed meanwhile; an editor refuses edits of an older version too.
            if one.attempts < _ATTEMPTS:
                self._at(self._clock.now_ns() + _AGAIN_NS, partial(self._ask, one))
            else:
                self._give_up(one, Outcome.ERROR, "it was refused, or the text had changed, each time")
            return
        expected = self._expected(one)
        why = self._difference(one, expected, reply.result)
        if why:
            self._give_up(one, Outcome.WRONG, why)
            return
        self._make(one, expected)
        if not one.back:
            self.count += 1
            self._keep_proof(one)

    def _make(self, one: _Rename, expected: dict[str, list[Edit]]) -> None:
        """Make the edits in open documents, and on disk in all others."""
        user = one.user
        on_disk = []
        for path, edits in expected.items():
            if path in user.paths:
                user.edit(path, edits)
            else:
                user.disk.change(path, edits)
                self._team.put(user, path)
                on_disk.append(path)
        if one.back:
            self._done.pop(user.number, None)
        else:
            self._done[user.number] = one
        self._team.watch({user.number: on_disk} if on_disk else {}, partial(self._shown, one))

    def _shown(self, one: _Rename, outcome: Outcome) -> None:
        """The server shows every file as it is now, or does not in time."""
        user = one.user
        if one.back:
            self._going.pop(user.number, None)
            user.renaming(False)
            return
        self._flight.finish(one.row, outcome)
        back = _Rename(user, one.landmark, one.old, one.suffix, -1, back=True)
        self._at(self._clock.now_ns() + _HELD_NS, partial(self._ask, back))

    def _give_up(self, one: _Rename, outcome: Outcome, why: str) -> None:
        what = f"rename at {one.landmark.path}:{one.landmark.line + 1}:{one.landmark.column + 1}: {why}"
        if outcome is Outcome.WRONG:
            self.wrong += 1
            self._flight.describe(what)
        if one.row >= 0:
            self._flight.finish(one.row, outcome)
        if one.back:
            # By our own edits then: the old names must come back.
            self._make(one, self._expected(one))
            return
        self._going.pop(one.user.number, None)
        one.user.renaming(False)

    # -- right or wrong

    def _expected(self, one: _Rename) -> dict[str, list[Edit]]:
        """What the oracle would change in the texts as they are now, by path, the last place first."""
        found: dict[str, list[Edit]] = {}
        for path, line, column in sorted(one.user.checker.renamed(one.landmark), reverse=True):
            document = self._document(one.user, path)
            place = document.now(line, int(column))
            if place is None:
                continue
            end = Position(place.line, place.column + len(one.old))
            longer = Position(end.line, end.column + len(one.suffix))
            edit = Edit(end, longer, "") if one.back else Edit(end, end, one.suffix)
            found.setdefault(path, []).append(edit)
        return {
            path: sorted(edits, key=lambda edit: edit.start, reverse=True) for path, edits in found.items()
        }

    def _document(self, user: User, path: str) -> OpenDocument:
        return user.document(path) if path in user.paths else user.disk.file(path)

    def _difference(self, one: _Rename, expected: dict[str, list[Edit]], result: msgspec.Raw | None) -> str:
        """What the server would make of the codebase that the oracle would not; "" where both are the same,
        text for text."""
        user = one.user
        try:
            told = {} if result is None else decode_workspace_edit(result)
        except (msgspec.MsgspecError, ValueError) as error:
            return f"edits that cannot be made: {error}"
        by_uri = {self._document(user, path).uri: path for path in expected}
        others = [uri for uri in told if uri not in by_uri]
        if others:
            return f"{len(others)} files would change that do not hold the name"
        for uri, path in by_uri.items():
            edits = [_least(edit, one) for edit in told.get(uri, ())]
            if edits == expected[path]:
                continue
            text = self._document(user, path).text
            try:
                same = applied(text, told.get(uri, ()), user.encoding) == applied(
                    text, expected[path], user.encoding
                )
            except IndexError as error:
                return f"an edit of {path} at a place that is none: {error}"
            if not same:
                return f"{path} would be another: {len(edits)} edits, {len(expected[path])} expected"
        return ""

    def _keep_proof(self, one: _Rename) -> None:
        """The texts as they are now; of a document that is broken off somewhere the original, renamed."""
        self.proof = {}
        places = one.user.checker.renamed(one.landmark)
        for path, document in one.user.disk.known.items():
            if document.settled and document.edits:
                self.proof[path] = document.text
            elif document.edits:
                ends = sorted((line, int(at) + len(one.old)) for where, line, at in places if where == path)
                edits = [Edit(Position(*end), Position(*end), one.suffix) for end in reversed(ends)]
                self.proof[path] = applied(self._codebase.text(path), edits, one.user.encoding)


def _least(edit: Edit, one: _Rename) -> Edit:
    """The edit of a whole name as the least one: what the longer name has more is inserted, or deleted."""
    start = Position(edit.start.line, edit.start.column + len(one.old))
    whole = edit.end.column - edit.start.column
    if edit.start.line != edit.end.line or edit.text != one.new_name:
        return edit
    if not one.back and whole == len(one.old):
        return Edit(start, start, one.suffix)
    if one.back and whole == len(one.old) + len(one.suffix):
        return Edit(start, edit.end, "")
    return edit
