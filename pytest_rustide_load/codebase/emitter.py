"""Writes one file and tells the oracle, as it writes, where each symbol is declared and used."""

from __future__ import annotations

from pytest_rustide_load.codebase.oracle import OracleBuilder
from pytest_rustide_load.codebase.places import DocumentSymbol, EditSite, Landmark, Location

__all__ = ["Emitter"]


class Emitter:
    """One file at `path`. Text is written in parts; a part that is a symbol goes through `declare` or `use`.

    Columns are counted in bytes of UTF-8.
    """

    def __init__(self, path: str, oracle: OracleBuilder) -> None:
        self.path = path
        self._oracle = oracle
        self._lines: list[str] = []
        self._parts: list[str] = []
        self._column = 0

    @property
    def line(self) -> int:
        """The line being written, from 0."""
        return len(self._lines)

    @property
    def size(self) -> int:
        """Bytes of the finished lines, about."""
        return sum(map(len, self._lines)) + len(self._lines)

    def write(self, text: str) -> None:
        """Text within the current line."""
        self._parts.append(text)
        self._column += len(text.encode())

    def end(self, text: str = "") -> None:
        """`text` and the end of the line."""
        self.write(text)
        self._lines.append("".join(self._parts))
        self._parts.clear()
        self._column = 0

    def declare(self, symbol: int, *, outline_kind: int | None = None) -> None:
        """The name of a symbol, here where it is declared; `outline_kind` puts it into the outline."""
        known = self._oracle.symbols[symbol]
        known.declaration = self._here(known.name)
        if outline_kind is not None:
            entry = DocumentSymbol(known.name, outline_kind, self.line)
            self._oracle.outlines.setdefault(self.path, []).append(entry)
        self.write(known.name)

    def use(self, symbol: int, kind: str) -> None:
        """The name of a symbol, here where it is used."""
        known = self._oracle.symbols[symbol]
        here = self._here(known.name)
        known.uses.append(here)
        self._oracle.landmarks.append(Landmark(here.path, here.line, here.column, here.length, kind, symbol))
        self.write(known.name)

    def edit_site(self) -> None:
        """Before the current line a comment may be inserted."""
        self._oracle.sites.setdefault(self.path, []).append(EditSite(self.path, self.line))

    def text(self) -> str:
        """The file, ending in a newline."""
        return "\n".join(self._lines) + "\n"

    def _here(self, name: str) -> Location:
        return Location(self.path, self.line, self._column, len(name.encode()))
