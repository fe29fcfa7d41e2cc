"""Places in a codebase: lines count from 0, columns and lengths are in UTF-8 bytes.

Pure values.
"""

from __future__ import annotations

from dataclasses import dataclass

from pytest_rustide_load.codebase.symbols import LANDMARK_KINDS

__all__ = ["LANDMARK_KINDS", "DocumentSymbol", "EditSite", "Landmark", "Location"]


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """The range of one identifier."""

    path: str
    line: int
    column: int
    length: int


@dataclass(frozen=True, slots=True)
class Landmark:
    """A use of a symbol, which a user may point to; `symbol` numbers the symbol in its codebase."""

    path: str
    line: int
    column: int
    length: int
    kind: str
    symbol: int


@dataclass(frozen=True, slots=True)
class DocumentSymbol:
    """An entry of a file's outline: `kind` is LSP's SymbolKind, `line` that of the name."""

    name: str
    kind: int
    line: int


@dataclass(frozen=True, slots=True)
class EditSite:
    """A place where something may be typed without changing what the rest of the code means. `kind` is

    - line: before this line a line of comment may go
    - comment: inside the text of a comment
    - statement: before this line a statement may go
    - item: before this line an item may go
    - signature, macro: blanks or a block comment may go here, inside a function's head or a macro
    """

    path: str
    line: int
    column: int = 0
    kind: str = "line"
