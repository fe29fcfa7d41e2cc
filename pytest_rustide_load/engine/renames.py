"""Renames and moves that are carried out: the server's edits are held against the oracle's, made, and undone.

A symbol gets a longer name, or the file of a module does, and after a while its old one again. Every place
keeps its beginning so, and what is asked meanwhile is judged by places; where an answer disagrees while a
name is another, nobody knows what is right. Knows nothing of plans; the run says when.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePosixPath
from urllib.parse import unquote

import msgspec

from pytest_rustide_load.codebase import Codebase, Landmark
from pytest_rustide_load.engine.documents import OpenDocument
from pytest_rustide_load.engine.flight import Due, Flight
from pytest_rustide_load.engine.keyboard import Keyboard
from pytest_rustide_load.engine.refactored import Candidates
from pytest_rustide_load.engine.session import CLOSED, Reply
from pytest_rustide_load.engine.team import Team
from pytest_rustide_load.engine.user import User
from pytest_rustide_load.lsp.documents import Edit, Position
from pytest_rustide_load.lsp.messages import UNDECODABLE
from pytest_rustide_load.lsp.params import Subject, params_for, renamed_files_params
from pytest_rustide_load.lsp.workspace_edit import applied, decode_workspace_edit
from pytest_rustide_load.ports import Clock
from pytest_rustide_load.stats.record import Refactored
from pytest_rustide_load.stats.samples import Outcome
from pytest_rustide_load.units import NS_PER_MS, NS_PER_S
from pytest_rustide_load.workload import Range

__all__ = ["Renames"]

_RENAME, _MOVE = "textDocument/rename", "workspace/willRenameFiles"
# How long a symbol bears its other name, and how soon one that is to be renamed is asked for again.
_HELD_NS = NS_PER_S // 2
_AGAIN_NS = 200 * NS_PER_MS


@dataclass(slots=True)
class _Rename:
    """One symbol on its way to another name, or back. `files` move with it where it is a module: its own
    first, and those of the modules below it."""

    user: User
    landmark: Landmark
    old: str
    suffix: str
    row: int
    files: Sequence[str] = ()
    back: bool = False
    asked_until_ns: int = 0

    @property
    def new_name(self) -> str:
        return self.old if self.back else self.old + self.suffix

    @property
    def moves(self) -> dict[str, str]:
        """Where each file lies while the module bears its other name, by where it belongs."""
        if not self.files:
            return {}
        own = PurePosixPath(self.files[0])
        below = own.with_suffix("")
        moved = below.with_name(below.name + self.suffix)
        found = {path: str(moved / PurePosixPath(path).relative_to(below)) for path in self.files[1:]}
        return {self.files[0]: f"{moved}.rs", **found}


@dataclass(slots=True)
class _Carried:
    """What was carried out of one kind: how many, how many more would have been wrong, and the texts of every
    file that is another after the last one, None for one that is gone."""

    count: int = 0
    wrong: int = 0
    edits: int = 0
    proof: dict[str, str | None] = field(default_factory=dict)


class Renames:
    """`files` is in how many files each has to change, None for any. What is refused, or overtaken by what is
    typed, is asked for again until `timeout_ns` have passed. `carried` is what was carried out, by "rename"
    and "move"."""

    def __init__(
        self,
        codebase: Codebase,
        team: Team,
        flight: Flight,
        clock: Clock,
        *,
        users: Sequence[User],
        files: Range | None,
        keyboards: Mapping[int, Keyboard],
        at: Callable[[int, Callable[[], None]], None],
        timeout_ns: int,
    ) -> None:
        self._codebase = codebase
        self._timeout_ns = timeout_ns
        self._team = team
        self._flight = flight
        self._clock = clock
        self._keyboards = keyboards
        self._at = at
        self._candidates = {
            user.number: Candidates(user, codebase, files)
            for user in users
            if {"apply_rename", "move_file"} & {pattern.operation for pattern in user.patterns}
        }
        self._going: dict[int, _Rename] = {}
        # Renamed by us and not back yet.
        self._done: dict[int, _Rename] = {}
        self._number = 0
        self._touched: set[str] = set()
        self.carried = {"rename": _Carried(), "move": _Carried()}

    def figures(self) -> Refactored:
        """What the run did, in numbers."""
        renames, moves = self.carried["rename"], self.carried["move"]
        return Refactored(
            renames.count,
            moves.count,
            files=len(self._touched),
            edits=renames.edits + moves.edits,
            wrong=renames.wrong + moves.wrong,
        )

    def rename(self, user: User, due: Due, draw: int) -> None:
        """`user` renames what `draw` points to. The sample ends when the server shows every file so."""
        mark = self._candidates[user.number].rename(draw)
        self._plan(user, due, None if mark is None else (mark, ()))

    def move(self, user: User, due: Due, draw: int) -> None:
        """`user` gives the file of a module another name, and the modules below it go with it."""
        self._plan(user, due, self._candidates[user.number].move(draw))

    def _plan(self, user: User, due: Due, chosen: tuple[Landmark, Sequence[str]] | None) -> None:
        if chosen is None or self._team.shares(user):
            # Nobody renames under the hands of others.
            self._flight.drop(due)
            return
        landmark, files = chosen
        self._number += 1
        line = self._codebase.text(landmark.path).split("\n")[landmark.line].encode()
        old = line[landmark.column : landmark.column + landmark.length].decode()
        self._start(_Rename(user, landmark, old, f"_r{self._number}", self._flight.begin(due), files))

    def _start(self, one: _Rename) -> None:
        """Now, or when the one before is taken back: the user has wanted to since it was due."""
        if one.user.number in self._going:
            self._at(self._clock.now_ns() + _AGAIN_NS, partial(self._start, one))
            return
        self._going[one.user.number] = one
        one.user.renaming(True)
        self._ask(one)

    def undo(self) -> None:
        """Give back every old name at once: the run is over."""
        self._going.clear()
        for one in list(self._done.values()):
            one.back = True
            self._make(one, self._expected(one))

    # -- to the server and back

    def _ask(self, one: _Rename) -> None:
        user, mark = one.user, one.landmark
        if user.session.closed:
            # Another may come, and then it is asked.
            self._at(self._clock.now_ns() + _AGAIN_NS, partial(self._ask, one))
            return
        for path in user.paths:
            self._keyboards.get(user.number, user).flush(path)
        place = user.place(mark)
        if place is None and not one.files:
            self._give_up(one, Outcome.DROPPED, "its place was typed over")
            return
        one.asked_until_ns = one.asked_until_ns or self._clock.now_ns() + self._timeout_ns
        counts = dict(user.edit_counts)
        answered = partial(self._answered, one, counts)
        if one.files:
            user.session.send(_MOVE, renamed_files_params(self._uris(one)), answered)
        elif place is not None:
            uri = user.document(mark.path).uri
            subject = Subject(uri, place.line, place.column, text=one.new_name)
            user.session.send(_RENAME, params_for("rename", subject), answered)

    def _uris(self, one: _Rename) -> list[tuple[str, str]]:
        """Of a module that is moved, its file now and then, and its directory where it has one."""
        [(here, there), *below] = [
            tuple(self._team.uri(one.user, path) for path in pair) for pair in one.moves.items()
        ]
        pairs = [(here, there)]
        if below:
            pairs.append((here.removesuffix(".rs"), there.removesuffix(".rs")))
        return [(new, old) if one.back else (old, new) for old, new in pairs]

    def _answered(self, one: _Rename, counts: dict[str, int], reply: Reply) -> None:
        if one.user.number not in self._going:
            return
        if reply.error is CLOSED:
            self._ask(one)
            return
        if reply.error is not None or counts != one.user.edit_counts:
            # Superseded by what was typed meanwhile; an editor refuses edits of an older version too.
            self._ask_again(one, "it was refused, or the text had changed, each time")
            return
        expected = self._expected(one)
        why = self._difference(one, expected, reply.result)
        if why and not all(one.user.document(path).settled for path in one.user.paths):
            # Nobody knows what a name means beside half a statement: when it is whole.
            self._ask_again(one, "a statement was half typed, each time")
            return
        if why:
            self._give_up(one, Outcome.WRONG, why)
            return
        self._make(one, expected)
        if not one.back:
            carried = self._carried(one)
            carried.count += 1
            carried.edits += sum(map(len, expected.values()))
            self._touched.update(expected, one.files)
            carried.proof = self._proof(one)

    def _ask_again(self, one: _Rename, why: str) -> None:
        """A little later, unless the user has waited too long by now."""
        if self._clock.now_ns() < one.asked_until_ns:
            self._at(self._clock.now_ns() + _AGAIN_NS, partial(self._ask, one))
        else:
            self._give_up(one, Outcome.ERROR, why)

    def _make(self, one: _Rename, expected: dict[str, list[Edit]]) -> None:
        """Make the edits in open documents, and on disk in all others."""
        user = one.user
        on_disk = []
        for path, edits in expected.items():
            if path in user.paths:
                user.edit(path, edits)
            else:
                user.disk.change(path, edits)
                if path not in one.files:
                    self._team.put(user, path)
                on_disk.append(path)
        if one.back:
            self._done.pop(user.number, None)
        else:
            self._done[user.number] = one
        moved = self._team.move(user, one.moves, back=one.back)
        on_disk += [path for path in one.files if path not in on_disk]
        self._team.watch({user.number: on_disk} if on_disk else {}, partial(self._shown, one), moved)

    def _shown(self, one: _Rename, outcome: Outcome) -> None:
        """The server shows every file as it is now, or does not in time."""
        user = one.user
        if one.back:
            self._going.pop(user.number, None)
            user.renaming(False)
            return
        self._flight.finish(one.row, outcome)
        back = _Rename(user, one.landmark, one.old, one.suffix, -1, one.files, back=True)
        self._at(self._clock.now_ns() + _HELD_NS, partial(self._ask, back))

    def _give_up(self, one: _Rename, outcome: Outcome, why: str) -> None:
        at = f"{one.landmark.path}:{one.landmark.line + 1}:{one.landmark.column + 1}"
        what = f"move of {one.files[0]}: {why}" if one.files else f"rename at {at}: {why}"
        if outcome is Outcome.WRONG:
            self._carried(one).wrong += 1
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
        except (*UNDECODABLE, ValueError) as error:
            return f"edits that cannot be made: {error}"
        by_uri = {self._document(user, path).uri: path for path in expected}
        # A file that is named and not changed: rust-analyzer names those that say `super` of the module.
        others = [uri for uri, edits in told.items() if edits and uri not in by_uri]
        if others:
            first = unquote(others[0]).removeprefix(self._team.uri(user, "") + "/")
            more = f" and {len(others) - 1} more" if len(others) > 1 else ""
            return f"{first}{more} would change, and does not hold the name"
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

    def _carried(self, one: _Rename) -> _Carried:
        return self.carried["move" if one.files else "rename"]

    def _proof(self, one: _Rename) -> dict[str, str | None]:
        """The texts as they are now; of a document that is broken off somewhere the original, renamed."""
        proof: dict[str, str | None] = {}
        places = one.user.checker.renamed(one.landmark)
        for path, document in one.user.disk.known.items():
            if document.settled and document.edits:
                proof[path] = document.text
            elif document.edits:
                ends = sorted((line, int(at) + len(one.old)) for where, line, at in places if where == path)
                edits = [Edit(Position(*end), Position(*end), one.suffix) for end in reversed(ends)]
                proof[path] = applied(self._codebase.text(path), edits, one.user.encoding)
        for path, elsewhere in one.moves.items():
            proof[elsewhere] = proof.get(path, self._codebase.text(path))
            proof[path] = None
        return proof


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
