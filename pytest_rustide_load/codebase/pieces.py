"""The language statements are written in: Rust with gaps that say what may stand in them.

A gap between backquotes is
- `key:class`  something of a class that is in reach, from here on known as key
- `key:o.class` the same, of the type of what is known as o, here or further on
- `key`, `key!i` what is known as key; with !i as the field of a literal or pattern
- `+key:class` a new variable of that class, for the statements that follow;
  `+key:~class` for the statements inside of this one; `+key:_` for nobody else
- `...` alone in a line: statements inside of this one
- `:lit`, `:txt`, `:cmt` a number, the text of a string, a comment
- `@s` and its like a site, see blocks.compile_block
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pytest_rustide_load.codebase.blocks import Block, compile_block

__all__ = ["Binder", "Chunk", "Declared", "Piece", "parse_piece"]

_GAP = re.compile(r"`([^`]*)`")


@dataclass(frozen=True, slots=True)
class Binder:
    """Fills argument `index`: something of `kind`, of argument `of` where that is not -1."""

    index: int
    kind: str
    of: int = -1


@dataclass(frozen=True, slots=True)
class Declared:
    """Argument `index` is a new variable of `kind`, whose type is that of argument `of`."""

    index: int
    kind: str
    inside: bool
    of: int


@dataclass(slots=True)
class Chunk:
    """Lines without statements inside: a text for compile_block and the arguments it takes."""

    text: str
    arguments: tuple[int, ...]
    lines: int
    by_depth: dict[int, Block] = field(default_factory=dict)

    def at(self, depth: int) -> Block:
        block = self.by_depth.get(depth)
        if block is None:
            block = self.by_depth[depth] = compile_block(self.text, depth)
        return block


@dataclass(frozen=True, slots=True)
class Piece:
    """`nested` says after which chunks statements follow, and how much deeper than the piece they stand."""

    chunks: tuple[Chunk, ...]
    nested: tuple[int, ...]
    arguments: int
    binders: tuple[Binder, ...]
    declared: tuple[Declared, ...]
    lines: int


def parse_piece(text: str) -> Piece:
    """The piece written as `text`."""
    keys: dict[str, int] = {}
    for what in _GAP.findall(text):
        name, colon, _ = what.lstrip("+").partition(":")
        if colon and name:
            keys.setdefault(name, len(keys))
    reader = _Reader(keys)
    for line in text.strip("\n").split("\n"):
        if line.strip() == "`...`":
            reader.nested.append((len(line) - len(line.lstrip())) // 4)
            reader.close()
        else:
            reader.lines.append(_GAP.sub(reader.gap, line))
    reader.close()
    total = sum(chunk.lines for chunk in reader.chunks)
    new = [
        Declared(index, kind, inside, keys[of] if of else -1) for index, kind, inside, of in reader.declared
    ]
    binders = tuple(_in_order(reader.binders, {one.index for one in new}))
    return Piece(tuple(reader.chunks), tuple(reader.nested), len(keys), binders, tuple(new), total)


def _in_order(binders: list[Binder], known: set[int]) -> list[Binder]:
    """Each after what it belongs to."""
    ordered: list[Binder] = []
    known = known | {-1}
    while len(ordered) < len(binders):
        ready = [one for one in binders if one not in ordered and one.of in known]
        if not ready:
            raise ValueError(f"gaps that belong to nothing: {binders}")
        ordered += ready
        known |= {one.index for one in ready}
    return ordered


class _Reader:
    """Takes in the lines of a piece; `keys` are the arguments by name."""

    def __init__(self, keys: dict[str, int]) -> None:
        self._keys = keys
        self.binders: list[Binder] = []
        self.declared: list[tuple[int, str, bool, str]] = []
        self.chunks: list[Chunk] = []
        self.nested: list[int] = []
        self.lines: list[str] = []
        self._used: list[int] = []
        self._bound: set[str] = set()

    def close(self) -> None:
        """The lines so far are a chunk."""
        self.chunks.append(Chunk("\n".join(self.lines), tuple(self._used), len(self.lines)))
        self.lines.clear()
        self._used.clear()

    def gap(self, match: re.Match[str]) -> str:
        """The gap of a block for a gap of the piece."""
        what = match[1]
        if what.startswith("@"):
            return match[0]
        name, _, kind = what.partition(":")
        index, suffix = self._argument(name, kind)
        if index not in self._used:
            self._used.append(index)
        mark = "+" if what.startswith("+") else ""
        return f"`{mark}{self._used.index(index)}{suffix}`"

    def _argument(self, name: str, kind: str) -> tuple[int, str]:
        """The number of the argument that a gap means, and the suffix of its slot."""
        name, _, use = name.partition("!")
        new = name.startswith("+")
        name = name.strip("+")
        if not kind:
            return self._keys[name], use
        index = self._keys.setdefault(name or f"#{len(self._keys)}", len(self._keys))
        inside = kind.startswith("~")
        kind, _, of = kind.strip("~").partition("=")
        base, dot, member = kind.partition(".")
        if new:
            self.declared.append((index, kind, inside, of))
        elif dot and base in self._keys:
            self.binders.append(Binder(index, member, self._keys[base]))
        else:
            self.binders.append(Binder(index, kind))
        return index, use
