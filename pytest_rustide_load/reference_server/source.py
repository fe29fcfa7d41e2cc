"""One Rust file: its text at a version, its tree (made when asked for), and where a word occurs in it.

Must not know modules, crates or other files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_rustide_load.reference_server import syntax
from pytest_rustide_load.reference_server.symbols import Scope
from pytest_rustide_load.reference_server.text import Text

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

    from pytest_rustide_load.reference_server.symbols import Symbol

_WORD_BYTES = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") | frozenset(
    range(0x80, 0x100)
)


class TreeCache:
    """Bounds the memory of trees: those of the files parsed longest ago go first and are parsed again when
    they are needed. A tree takes some twenty times its text."""

    def __init__(self, max_text_bytes: int = 4_000_000) -> None:
        self._max_text_bytes = max_text_bytes
        self._sizes: dict[SourceFile, int] = {}
        self._total = 0

    def keep(self, file: SourceFile) -> None:
        self.forget(file)
        self._sizes[file] = len(file.data)
        self._total += len(file.data)
        while self._total > self._max_text_bytes and len(self._sizes) > 1:
            oldest = next(iter(self._sizes))
            self.forget(oldest)
            oldest.drop_tree()

    def forget(self, file: SourceFile) -> None:
        self._total -= self._sizes.pop(file, 0)

    def clear(self) -> None:
        """Gives all trees' memory back."""
        for file in self._sizes:
            file.drop_tree()
        self._sizes.clear()
        self._total = 0


class SourceFile:
    """A file of the workspace. `stamp` changes with every change of the text."""

    __slots__ = (
        "_tree",
        "_trees",
        "is_library",
        "items",
        "memo",
        "path",
        "root",
        "signature",
        "stamp",
        "symbols",
        "text",
        "uri",
    )

    def __init__(self, uri: str, path: str, data: bytes, trees: TreeCache | None = None) -> None:
        self.uri = uri
        self.path = path
        self.text = Text(data)
        self.stamp = 0
        self.is_library = False
        # Its crate's.
        self.memo: dict[Any, Any] = {}
        self._tree: Tree | None = None
        self._trees = trees
        self.root = Scope(self, None)
        self.symbols: list[Symbol] = []
        self.items: list[Symbol] = []
        self.signature = b""

    def __repr__(self) -> str:
        return f"<file {self.path}>"

    @property
    def data(self) -> bytes:
        return self.text.data

    @property
    def tree(self) -> Tree:
        if self._tree is None:
            self._tree = syntax.parse(self.text.data)
            if self._trees is not None:
                self._trees.keep(self)
        return self._tree

    def drop_tree(self) -> None:
        """Gives the tree's memory back; it is parsed again when needed."""
        self._tree = None

    def occurrences(self, name: bytes) -> list[int]:
        """Where the word `name` stands. The scan is a plain byte search, so files without it cost nearly
        nothing and no index of words needs memory."""
        data = self.text.data
        found: list[int] = []
        at = data.find(name)
        while at >= 0:
            end = at + len(name)
            if not (at and data[at - 1] in _WORD_BYTES) and not (
                end < len(data) and data[end] in _WORD_BYTES
            ):
                found.append(at)
            at = data.find(name, end)
        return found

    def replace(self, data: bytes) -> None:
        """Takes a whole new text."""
        self.text = Text(data)
        self._tree = None
        self.stamp += 1

    def splice(self, start: int, stop: int, new: bytes) -> None:
        """Replaces the bytes start..stop; the tree is re-parsed from the edited old one when asked for."""
        old = self.text
        data = old.data[:start] + new + old.data[stop:]
        text = Text(data)
        if self._tree is not None:
            self._tree.edit(
                start,
                stop,
                start + len(new),
                old.point(start),
                old.point(stop),
                text.point(start + len(new)),
            )
            self._tree = syntax.parse(data, self._tree)
        self.text = text
        self.stamp += 1

    def node_at(self, start: int, end: int, kinds: frozenset[str]) -> Node | None:
        """The node of one of `kinds` that spans start..end and begins at `start`."""
        node = self.tree.root_node.descendant_for_byte_range(start, max(start, end - 1))
        while node is not None and (node.type not in kinds or node.end_byte < end):
            node = node.parent
        return node if node is not None and node.start_byte == start else None
