"""The language statements are written in: Rust with gaps that say what may stand in them.

A gap between backquotes is
- `key:class`  something of a class that is in reach, from here on known as key
- `key:o.class` the same, of the type of what is known as o
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
    binders: list[Binder] = []
    declared: list[tuple[int, str, bool, str]] = []
    chunks: list[Chunk] = []
    nested: list[int] = []
    lines: list[str] = []
    used: list[int] = []

    def close() -> None:
        chunks.append(Chunk("\n".join(lines), tuple(used), len(lines)))
        lines.clear()
        used.clear()

    def gap(match: re.Match[str]) -> str:
        what = match[1]
        if what.startswith("@"):
            return match[0]
        name, _, kind = what.partition(":")
        index, suffix = _argument(name, kind, keys, binders, declared)
        if index not in used:
            used.append(index)
        mark = "+" if what.startswith("+") else ""
        return f"`{mark}{used.index(index)}{suffix}`"

    for line in text.strip("\n").split("\n"):
        if line.strip() == "`...`":
            nested.append((len(line) - len(line.lstrip())) // 4)
            close()
        else:
            lines.append(_GAP.sub(gap, line))
    close()
    total = sum(chunk.lines for chunk in chunks)
    new = [Declared(index, kind, inside, keys[of] if of else -1) for index, kind, inside, of in declared]
    return Piece(tuple(chunks), tuple(nested), len(keys), tuple(binders), tuple(new), total)


def _argument(
    name: str,
    kind: str,
    keys: dict[str, int],
    binders: list[Binder],
    declared: list[tuple[int, str, bool, str]],
) -> tuple[int, str]:
    """The number of the argument that a gap means, and the suffix of its slot."""
    name, _, use = name.partition("!")
    new = name.startswith("+")
    name = name.strip("+") or f"#{len(keys)}"
    if not kind:
        return keys[name], use
    index = keys[name] = len(keys)
    inside = kind.startswith("~")
    kind, _, of = kind.strip("~").partition("=")
    base, dot, member = kind.partition(".")
    if new:
        declared.append((index, kind, inside, of))
    elif dot and base in keys:
        binders.append(Binder(index, member, keys[base]))
    else:
        binders.append(Binder(index, kind))
    return index, use
