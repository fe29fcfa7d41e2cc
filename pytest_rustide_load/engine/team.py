"""What flows between the working copies of a team: commits that arrive as changed files, switched branches.

A file belongs to one of those who have it open, who alone commits it; whoever has it open as well keeps
their own text, as an editor does with a document that was changed. Files nobody has open change when somebody
switches to another branch. Knows nothing of plans; the run says when.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec

from pytest_rustide_load.codebase import Codebase
from pytest_rustide_load.codebase.foreign import ForeignCodebase
from pytest_rustide_load.engine.documents import OpenDocument
from pytest_rustide_load.engine.flight import Due, Flight
from pytest_rustide_load.engine.keyboard import Keyboard
from pytest_rustide_load.engine.owners import share_out
from pytest_rustide_load.engine.session import CLOSED, Reply
from pytest_rustide_load.engine.user import User
from pytest_rustide_load.lsp.documents import Edit, Position
from pytest_rustide_load.lsp.messages import CONTENT_MODIFIED, REQUEST_CANCELLED, SERVER_CANCELLED
from pytest_rustide_load.lsp.params import FILE_CHANGED, FILE_CREATED, FILE_DELETED, watched_files_params
from pytest_rustide_load.ports import Clock
from pytest_rustide_load.seeds import seeded_random
from pytest_rustide_load.stats.samples import Outcome
from pytest_rustide_load.units import NS_PER_MS

__all__ = ["Team", "remove_file", "write_text"]

# A switch touches as many files, as far as there are so many that nobody has open.
_SWITCHED = (5, 40)
# Somebody who types finishes the word first.
_WHOLE_SOON_NS = 100 * NS_PER_MS
_FIRST_LOOK_NS = 10 * NS_PER_MS
_LONGEST_LOOK_NS = 320 * NS_PER_MS
_TEXT = "rust-analyzer/viewFileText"
_NONE_MOVED: Mapping[str, str] = {}
_OUTLINE = "textDocument/documentSymbol"
# A server that gave up an answer has not refused it.
_GAVE_UP = frozenset({CONTENT_MODIFIED, REQUEST_CANCELLED, SERVER_CANCELLED})
# How servers tell the text of a file that is none.
_NOTHING = (b"null", b'""')


def write_text(path: Path, text: str) -> None:
    """Put the text of a file on disk, in directories that need not be there yet.

    It is written over what stands there: ext4 brings a file that was emptied first to the disk when it is
    closed, and a rename in eighty files would hold up everything else for a quarter of a second.
    """
    content = text.encode("utf-8", "surrogatepass")
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o666), "wb") as file:
        file.write(content)
        file.truncate(len(content))


def remove_file(path: Path) -> None:
    """Take a file from the disk, and its directory where that is empty then."""
    path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        path.parent.rmdir()


@dataclass(slots=True)
class _Batch:
    """Arrivals that end together: how many are awaited still, none of one that has ended, and what to do
    then."""

    awaited: int
    done: Callable[[Outcome], None]


@dataclass(slots=True)
class _Arrival:
    """Changed files on their way to one user's backend, the next to be looked at last."""

    user: User
    paths: list[str]
    batch: _Batch
    deadline_ns: int
    moved: Mapping[str, str]
    pause_ns: int = _FIRST_LOOK_NS


class Team:
    """`users` with their working copies at `roots`, two of which may be the same.

    `keyboards` are those of users who type, `at` lets something happen later, `write` puts a file's text
    on disk, and `remove` takes a file away.
    """

    def __init__(
        self,
        users: Sequence[User],
        roots: Sequence[Path],
        codebase: Codebase | ForeignCodebase,
        flight: Flight,
        clock: Clock,
        *,
        keyboards: Mapping[int, Keyboard],
        at: Callable[[int, Callable[[], None]], None],
        timeout_ns: int,
        seed: int,
        write: Callable[[Path, str], None] = write_text,
        remove: Callable[[Path], None] = remove_file,
    ) -> None:
        self._users = users
        self._roots = roots
        self._codebase = codebase
        self._flight = flight
        self._clock = clock
        self._at = at
        self._keyboards = keyboards
        self._timeout_ns = timeout_ns
        self._seed = seed
        self._write = write
        self._remove = remove
        # Where files lie that were moved, by working copy and by where they belong.
        self._elsewhere: dict[tuple[Path, str], str] = {}
        for user in users:
            for path in user.paths:
                user.document(path).keep_log()
        self._owner = share_out([user.paths for user in users])
        self._free = tuple(path for path in codebase.rust_paths if path not in self._owner)
        # Which line of which original each switched branch has more, by working copy and path.
        self._switched: dict[tuple[Path, str], int] = {}
        self._touched: dict[tuple[Path, str], None] = {}
        self._batches = 0

    @property
    def is_waiting(self) -> bool:
        """Whether anything is still on its way."""
        return self._batches > 0

    def owned(self, user: User) -> list[str]:
        """The documents that `user` commits."""
        return [path for path in user.paths if self._owner[path] == user.number and path.endswith(".rs")]

    def commit(self, user: User, due: Due, draw: int) -> None:
        """`user` saves what changed in documents of theirs, and the others pull it; a line of comment, where
        nothing has, or in a file nobody has open, where none is theirs. The sample ends when every other
        backend shows it."""
        if self.owned(user):
            # The user wants to from now on, whenever it can be done.
            self._commit(user, due.due_ns, draw, self._flight.begin(due))
        else:
            self._commit_closed(user, due, draw)

    def _commit(self, user: User, due_ns: int, draw: int, row: int) -> None:
        paths = self.owned(user)
        if not user.is_renaming and not any(user.document(path).has_log for path in paths):
            user.insert_note(draw, paths[draw % len(paths)])
        changed = {}
        for path in paths:
            document = user.document(path)
            if document.has_log and document.settled and not user.is_renaming:
                self._keyboards.get(user.number, user).flush(path)
                changed[path] = document.take_log()
        if not changed:
            # Nobody commits half a statement, or half a rename: when it is whole.
            self._at(self._clock.now_ns() + _WHOLE_SOON_NS, partial(self._commit, user, due_ns, draw, row))
            return
        for path in changed:
            self._put(self._roots[user.number], path, user.document(path).text)
            self._save(user, path, due_ns)
        others = {
            other.number: self._pull(other, user, changed) for other in self._users if other is not user
        }
        arrivals = {number: paths for number, paths in others.items() if paths}
        self.watch(arrivals, partial(self._flight.finish, row))

    def _commit_closed(self, user: User, due: Due, draw: int) -> None:
        """A line of comment goes into a file that nobody has open, in every working copy."""
        first = draw % max(len(self._free), 1)
        for path in (*self._free[first:], *self._free[:first]):
            moved = any((root, path) in self._elsewhere for root in self._roots)
            at = None if moved else self._place(path)
            if at is not None:
                break
        else:
            self._flight.drop(due)
            return
        for other in self._users:
            place = other.disk.file(path).current_line(at)
            note = f"// {user.number} was here, {draw % 9973}\n"
            other.disk.change(path, [Edit(Position(place, 0), Position(place, 0), note)])
            self._put(self._roots[other.number], path, other.disk.file(path).text)
        done = partial(self._flight.finish, self._flight.begin(due))
        self.watch({other.number: [path] for other in self._users}, done)

    def switch_branch(self, user: User, due: Due, draw: int) -> None:
        """Many files that nobody has open change at once in the working copy of `user`."""
        if not self._free:
            self._flight.drop(due)
            return
        random = seeded_random(self._seed, "switch", draw)
        count = min(_SWITCHED[0] + draw % (_SWITCHED[1] - _SWITCHED[0] + 1), len(self._free))
        root = self._roots[user.number]
        paths = [path for path in random.sample(self._free, count) if (root, path) not in self._elsewhere]
        here = [other for other in self._users if self._roots[other.number] == root]
        changed = []
        for path in sorted(paths):
            line = self._switched.get((root, path))
            at = self._place(path) if line is None else line
            if at is None:
                continue
            for other in here:
                place = other.disk.file(path).current_line(at)
                edit = (
                    Edit(Position(place, 0), Position(place, 0), "// on another branch\n")
                    if line is None
                    else Edit(Position(place - 1, 0), Position(place, 0), "")
                )
                other.disk.change(path, [edit])
            self._put(root, path, user.disk.file(path).text)
            if line is None:
                self._switched[root, path] = at
            else:
                del self._switched[root, path]
            changed.append(path)
        if not changed:
            self._flight.drop(due)
            return
        done = partial(self._flight.finish, self._flight.begin(due))
        self.watch({other.number: changed for other in here}, done)

    def restore(self) -> None:
        """Put every file as it was, and say so: the backends may be used again."""
        changed: dict[Path, list[str]] = {}
        for root, path in self._touched:
            self._write(root / path, self._codebase.text(path))
            changed.setdefault(root, []).append(path)
        self._touched.clear()
        for user in self._users:
            root = self._roots[user.number]
            if root in changed and not user.session.closed:
                self._notify(user, changed[root])

    # -- one after the other

    def _place(self, path: str) -> int | None:
        """A line of the original before which another may stand; the first is where its module is defined."""
        lines = [site.line for site in self._codebase.oracle.edit_sites(path) if site.line]
        return lines[len(lines) // 2] if lines else None

    def _pull(self, other: User, user: User, changed: dict[str, list[Edit]]) -> list[str]:
        """What of a commit of `user` arrives in the working copy of `other`."""
        root = self._roots[other.number]
        arrived = []
        for path, edits in changed.items():
            if path in other.paths:
                continue
            other.disk.change(path, edits, encoding=user.encoding)
            if root != self._roots[user.number]:
                self._put(root, path, other.disk.file(path).text)
            arrived.append(path)
        return arrived

    def _save(self, user: User, path: str, due_ns: int) -> None:
        keyboard = self._keyboards.get(user.number)
        if keyboard is None:
            user.tell("document_save", path)
        else:
            keyboard.saved(path, due_ns)

    def shares(self, user: User) -> bool:
        """Whether others work in the same working copy."""
        return sum(root == self._roots[user.number] for root in self._roots) > 1

    def put(self, user: User, path: str) -> None:
        """Write a file that is not open as its user has it."""
        self._put(self._roots[user.number], path, user.disk.file(path).text)

    def uri(self, user: User, path: str) -> str:
        """Of a path in the working copy of `user`, whether or not there is a file."""
        return (self._roots[user.number] / path).as_uri()

    def move(self, user: User, moves: Mapping[str, str], *, back: bool) -> dict[str, str]:
        """Files that are not open go to other places, as their user has them, or come `back` to where they
        belong; the URI that each has left."""
        root, left_uris = self._roots[user.number], {}
        for path, elsewhere in moves.items():
            document = user.disk.file(path)
            left = self._file(root, path)
            if back:
                del self._elsewhere[root, path]
            else:
                self._elsewhere[root, path] = elsewhere
            self._put(root, path, document.text)
            self._remove(left)
            document.uri = self._file(root, path).as_uri()
            left_uris[path] = left.as_uri()
        return left_uris

    def _file(self, root: Path, path: str) -> Path:
        return root / self._elsewhere.get((root, path), path)

    def _put(self, root: Path, path: str, text: str) -> None:
        self._touched[root, path] = None
        self._write(self._file(root, path), text)

    def watch(
        self,
        arrivals: Mapping[int, list[str]],
        done: Callable[[Outcome], None],
        moved: Mapping[str, str] = _NONE_MOVED,
    ) -> None:
        """Tell each backend, by its user, of the files that changed under it, and watch them arrive: `done`
        is called once, with OK or TIMEOUT. Of files that `moved` it says which URI they left."""
        if not arrivals:
            done(Outcome.OK)
            return
        batch = _Batch(len(arrivals), done)
        self._batches += 1
        deadline_ns = self._clock.now_ns() + self._timeout_ns
        # A server may never answer whoever looks.
        self._at(deadline_ns, partial(self._ended, batch, Outcome.TIMEOUT))
        for number, paths in arrivals.items():
            user = self._users[number]
            self._notify(user, paths, moved)
            self._look(_Arrival(user, list(reversed(paths)), batch, deadline_ns, moved))

    def _notify(self, user: User, paths: list[str], moved: Mapping[str, str] = _NONE_MOVED) -> None:
        root = self._roots[user.number]
        events = [
            (self._file(root, path).as_uri(), FILE_CREATED if path in moved else FILE_CHANGED)
            for path in paths
        ]
        events += [(uri, FILE_DELETED) for uri in moved.values()]
        user.session.notify("workspace/didChangeWatchedFiles", watched_files_params(events))

    def _look(self, arrival: _Arrival) -> None:
        """Ask for a file that changed; again a little later where it is as it was."""
        if arrival.user.session.closed:
            # Where another comes, it reads the files as they are now.
            self._look_again(arrival)
            return
        document = arrival.user.disk.file(arrival.paths[-1])
        tells = arrival.user.tells_texts
        params = {"uri": document.uri} if tells else {"textDocument": {"uri": document.uri}}
        method = _TEXT if tells else _OUTLINE
        arrival.user.session.send(
            method,
            msgspec.json.encode(params),
            partial(self._looked, arrival, document, document.edits, tells),
        )

    def _looked(
        self, arrival: _Arrival, document: OpenDocument, edits: int, tells: bool, reply: Reply
    ) -> None:
        user, path = arrival.user, arrival.paths[-1]
        if reply.error is not None and (reply.error is CLOSED or reply.error.code in _GAVE_UP):
            self._look_again(arrival)
            return
        # A file that is new to it a server may refuse to know, and tell texts all the same.
        new = path in arrival.moved
        if reply.error is not None and tells and user.tells_texts and not new:
            user.tells_texts = False
            self._look(arrival)
            return
        # It may have changed again meanwhile: then that is what is looked for.
        arrived = document.edits == edits and user.shows(
            path, None if reply.error else reply.result, text=tells
        )
        if not arrived:
            self._look_again(arrival)
            return
        user.arrived(path, edits)
        arrival.paths.pop()
        arrival.pause_ns = _FIRST_LOOK_NS
        if path in arrival.moved and user.tells_texts:
            self._look_where_it_was(arrival, arrival.moved[path])
        else:
            self._next(arrival)

    def _look_where_it_was(self, arrival: _Arrival, uri: str) -> None:
        """Ask for a file that has moved at the place it left: a server may hear of one before the other, and
        has two of them meanwhile."""

        def looked(reply: Reply) -> None:
            if reply.error is None and reply.result is not None and bytes(reply.result) not in _NOTHING:
                self._look_again(arrival, partial(self._look_where_it_was, arrival, uri))
            else:
                arrival.pause_ns = _FIRST_LOOK_NS
                self._next(arrival)

        if arrival.user.session.closed:
            # Where another comes, it finds the files as they lie now.
            self._next(arrival)
            return
        arrival.user.session.send(_TEXT, msgspec.json.encode({"uri": uri}), looked)

    def _next(self, arrival: _Arrival) -> None:
        if arrival.paths:
            self._look(arrival)
        else:
            self._ended(arrival.batch, Outcome.OK)

    def _look_again(self, arrival: _Arrival, look: Callable[[], None] | None = None) -> None:
        if self._clock.now_ns() >= arrival.deadline_ns:
            self._ended(arrival.batch, Outcome.TIMEOUT)
            return
        self._at(self._clock.now_ns() + arrival.pause_ns, look or partial(self._look, arrival))
        arrival.pause_ns = min(2 * arrival.pause_ns, _LONGEST_LOOK_NS)

    def _ended(self, batch: _Batch, outcome: Outcome) -> None:
        if not batch.awaited:
            return
        batch.awaited = 0 if outcome is Outcome.TIMEOUT else batch.awaited - 1
        if not batch.awaited:
            self._batches -= 1
            batch.done(outcome)
