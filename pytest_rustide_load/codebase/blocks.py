"""Lines of Rust with gaps for names: compiled once, filled in many times, and never searched again.

Only (file, line, symbols) is kept of each block written; where a symbol stands follows by arithmetic.
"""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass
from enum import IntEnum

__all__ = ["SITE_KINDS", "Block", "FileWriter", "Gap", "Ledger", "Site", "Use", "blocks", "compile_block"]

INDENT = "    "
_SLOT = re.compile(r"`([^`]*)`")
_SITES = {"@c": "comment", "@l": "line", "@s": "statement", "@i": "item", "@g": "signature", "@m": "macro"}
SITE_KINDS = tuple(_SITES.values())


class Use(IntEnum):
    """How a symbol stands in a gap."""

    DECLARED = 0
    PLAIN = 1
    INITIALISED = 2
    AFTER_DOT = 3
    CALLED_AFTER_DOT = 4
    AFTER_PATH = 5
    # Another word for it, such as Self.
    ALIAS = 6


@dataclass(frozen=True, slots=True)
class Gap:
    """Where an argument stands: `line` of the block, `column` in bytes without the names before it in the
    line, which are the arguments `before`. `length` is 0 for the length of the argument's name."""

    argument: int
    use: Use
    line: int
    column: int
    before: tuple[int, ...]
    length: int = 0


@dataclass(frozen=True, slots=True)
class Site:
    """A place of the block where something may be typed; as a Gap without a symbol."""

    kind: int
    line: int
    column: int
    before: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """`form` takes the names of `arguments` symbols in order; `lines` is how many lines it makes."""

    number: int
    form: str
    lines: int
    arguments: int
    gaps: tuple[Gap, ...]
    sites: tuple[Site, ...]


# Every block compiled so far, by number. The same text and depth give the same block.
blocks: list[Block] = []
_known: dict[tuple[str, int], Block] = {}


def compile_block(text: str, depth: int = 0) -> Block:
    """The block of `text`, each line indented `depth` times more.

    A gap is written between backquotes: `+2` declares argument 2, `2` uses it, `2i` uses it as the field of a
    literal or a pattern, `2r` through a re-export; `2=Self` writes Self, which means 2. `@s` and its like
    mark sites: nothing is written there.
    """
    known = _known.get((text, depth))
    if known is not None:
        return known
    form: list[str] = []
    gaps: list[Gap] = []
    sites: list[Site] = []
    arguments = -1
    lines = text.split("\n")
    for number, line in enumerate(lines):
        padded = INDENT * depth + line if line else line
        column = 0
        before: list[int] = []
        position = 0
        for match in _SLOT.finditer(padded):
            literal = padded[position : match.start()]
            position = match.end()
            form.append(literal.replace("{", "{{").replace("}", "}}"))
            column += len(literal.encode())
            what = match[1]
            if what in _SITES:
                sites.append(Site(SITE_KINDS.index(_SITES[what]), number, column, tuple(before)))
                continue
            what, _, alias = what.partition("=")
            argument = int(what.strip("+ir"))
            arguments = max(arguments, argument)
            if alias:
                gaps.append(Gap(argument, Use.ALIAS, number, column, tuple(before), len(alias)))
                form.append(alias)
                column += len(alias)
                continue
            rest = padded[position:]
            gaps.append(Gap(argument, _use(what, literal, rest), number, column, tuple(before)))
            before.append(argument)
            form.append(f"{{{argument}}}")
        form.append(padded[position:].replace("{", "{{").replace("}", "}}"))
        form.append("\n")
    block = Block(len(blocks), "".join(form), len(lines), arguments + 1, tuple(gaps), tuple(sites))
    blocks.append(block)
    _known[text, depth] = block
    return block


def _use(what: str, literal: str, rest: str) -> Use:
    if what.startswith("+"):
        return Use.DECLARED
    if what.endswith("i"):
        return Use.INITIALISED
    if what.endswith("r"):
        return Use.PLAIN
    if literal.endswith(".") and not literal.endswith(".."):
        return Use.CALLED_AFTER_DOT if rest.startswith(("(", "::<")) else Use.AFTER_DOT
    return Use.AFTER_PATH if literal.endswith("::") else Use.PLAIN


class Ledger:
    """What was written where, of all files: for each block, by its number, rows of file, line and symbols."""

    def __init__(self) -> None:
        self.rows: list[array[int]] = []

    def of(self, block: Block) -> array[int]:
        """The flat rows of `block`."""
        while len(self.rows) <= block.number:
            self.rows.append(array("i"))
        return self.rows[block.number]


class FileWriter:
    """File number `file` being written: its text in parts, and in the ledger where its blocks stand."""

    __slots__ = ("_ledger", "_names", "_rows", "file", "line", "parts")

    def __init__(self, file: int, names: list[str], ledger: Ledger) -> None:
        self._names = names
        self._ledger = ledger
        self._rows = ledger.rows
        self.file = file
        self.parts: list[str] = []
        self.line = 0

    def put(self, block: Block, *symbols: int) -> None:
        """Write `block` with the names of `symbols` in its gaps."""
        names = self._names
        self.parts.append(block.form.format(*[names[symbol] for symbol in symbols]))
        try:
            rows = self._rows[block.number]
        except IndexError:
            rows = self._ledger.of(block)
        rows.extend((self.file, self.line, *symbols))
        self.line += block.lines

    def text(self) -> str:
        return "".join(self.parts)
