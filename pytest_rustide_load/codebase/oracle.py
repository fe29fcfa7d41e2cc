"""What the right answers are: every symbol's definition, uses, signature and members.

Filled while the code is written, so nothing is ever searched for in the text. Until the first question
it is a few integers for each block of lines; positions are worked out then, for all symbols at once.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from pytest_rustide_load.codebase.blocks import SITE_KINDS, Ledger, Use, blocks
from pytest_rustide_load.codebase.places import LANDMARK_KINDS, DocumentSymbol, EditSite, Landmark, Location
from pytest_rustide_load.codebase.symbols import OUTLINE_KINDS, SymbolKind, SymbolTable, landmark_kind
from pytest_rustide_load.workload.draws import draw_bits

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

__all__ = ["Oracle"]

_METHODS = frozenset({SymbolKind.METHOD, SymbolKind.TRAIT_METHOD})
_AFTER_PATH = frozenset({SymbolKind.ASSOCIATED_FUNCTION, SymbolKind.VARIANT})
_ITEMS = frozenset(OUTLINE_KINDS) - {SymbolKind.FIELD, SymbolKind.VARIANT, SymbolKind.MACRO}


@dataclass(frozen=True, slots=True)
class _Occurrences:
    """All places where a symbol stands, by file, line and column; `use` is a blocks.Use."""

    file: Ints
    line: Ints
    column: Ints
    symbol: Ints
    use: Ints
    length: Ints
    file_starts: list[int]


class Oracle:
    """The right answers about one codebase, whose Rust files are `paths`, numbered in that order."""

    def __init__(self, paths: Sequence[str], symbols: SymbolTable, ledger: Ledger) -> None:
        self._paths = tuple(paths)
        self._numbers = {path: number for number, path in enumerate(self._paths)}
        self._symbols = symbols
        self._ledger = ledger
        self._landmarks_of: dict[str, tuple[Landmark, ...]] = {}
        self._completable: dict[str, tuple[Landmark, ...]] = {}

    @property
    def symbol_count(self) -> int:
        return len(self._symbols)

    def landmarks(self, *, kind: str | None = None, path: str | None = None) -> Sequence[Landmark]:
        """The uses of symbols, by file and place; of one kind or in one file where asked for."""
        if path is None:
            found: Sequence[Landmark] = [one for each in sorted(self._paths) for one in self._in_file(each)]
        else:
            found = self._in_file(path)
        return found if kind is None else [landmark for landmark in found if landmark.kind == kind]

    def sample_landmarks(self, count: int, kind: str, *, seed: int) -> tuple[Landmark, ...]:
        """Up to `count` different landmarks of `kind`, drawn evenly from the whole codebase."""
        chosen = np.flatnonzero(self._use_kinds == LANDMARK_KINDS.index(kind))
        order = np.argsort(draw_bits(seed, len(chosen)), kind="stable")
        return tuple(self._landmark(int(row)) for row in np.sort(chosen[order[:count]]))

    def askable(self, operation: str, path: str) -> Sequence[Landmark]:
        """The landmarks of a file at which `operation` makes sense: all of them, but for completion only
        those of members, after a value or a path."""
        found = self._in_file(path)
        if operation != "completion":
            return found
        if path not in self._completable:
            self._completable[path] = tuple(landmark for landmark in found if self.completions(landmark))
        return self._completable[path]

    def declaration(self, landmark: Landmark) -> tuple[Location, ...]:
        """The name of the symbol where it is declared, of a module in its parent."""
        return (self._declared_at(landmark.symbol),)

    def definition(self, landmark: Landmark) -> tuple[Location, ...]:
        """The places `textDocument/definition` must name, all of them and no other: the name where the symbol
        is declared; of a module the beginning of its file."""
        file = self._symbols.module_files.get(landmark.symbol)
        return self.declaration(landmark) if file is None else (Location(file, 0, 0, 0),)

    def references(self, landmark: Landmark) -> tuple[Location, ...]:
        """All uses of the symbol without its declaration, sorted. Those of a trait's method include its
        implementations and what calls them."""
        places = self._uses(landmark.symbol)
        for implementation in self._implementations.get(landmark.symbol, ()):
            places.append(self._declared_at(implementation))
            places += self._uses(implementation)
        return tuple(sorted(places))

    def hover(self, landmark: Landmark) -> tuple[str, ...]:
        """Texts a right hover contains."""
        return self._symbols.hover(landmark.symbol)

    def completions(self, landmark: Landmark) -> tuple[str, ...]:
        """Names that must be offered when completing where the landmark begins; empty where it is not the
        member of a value, a type or a module. Where a call follows, only methods must be: a field cannot
        be meant."""
        row = self._row(landmark)
        use, owner = Use(int(self._occurrences.use[row])), self._symbols.owners[landmark.symbol]
        kind = SymbolKind(self._symbols.kinds[landmark.symbol])
        if owner < 0:
            return ()
        owner_kind = SymbolKind(self._symbols.kinds[owner])
        if use in (Use.AFTER_DOT, Use.CALLED_AFTER_DOT):
            wanted = _METHODS if use == Use.CALLED_AFTER_DOT else {*_METHODS, SymbolKind.FIELD}
        elif use == Use.AFTER_PATH and kind in _AFTER_PATH:
            wanted = _AFTER_PATH
        elif use == Use.AFTER_PATH and owner_kind == SymbolKind.MODULE:
            wanted = _ITEMS
        else:
            return ()
        return tuple(
            self._symbols.names[member]
            for member in self._symbols.members[owner]
            if self._symbols.kinds[member] in wanted and self._visible(member, landmark.path)
        )

    def document_symbols(self, path: str) -> tuple[DocumentSymbol, ...]:
        """The outline of a file, in the order of the text."""
        all_of = self._occurrences
        rows = range(*self._file_span(path))
        found = []
        for row in rows:
            symbol = int(all_of.symbol[row])
            kind = OUTLINE_KINDS.get(SymbolKind(self._symbols.kinds[symbol]))
            if all_of.use[row] == Use.DECLARED and kind is not None:
                found.append(DocumentSymbol(self._symbols.names[symbol], kind, int(all_of.line[row])))
        return tuple(found)

    def workspace_symbols(self, name: str) -> tuple[Location, ...]:
        """Where the items called `name` are declared."""
        return tuple(
            sorted(
                self._declared_at(symbol)
                for symbol in self._by_name.get(name, ())
                if self._symbols.kinds[symbol] in _ITEMS
            )
        )

    def edit_sites(self, path: str, *, kind: str | None = None) -> tuple[EditSite, ...]:
        """Where something may be typed, in the order of the text; of one kind where asked for."""
        sites = self._sites_by_file.get(self._numbers.get(path, -1), ())
        return tuple(
            EditSite(path, line, column, SITE_KINDS[code])
            for line, column, code in sites
            if kind is None or SITE_KINDS[code] == kind
        )

    # -- worked out once

    @cached_property
    def _widths(self) -> Ints:
        names = self._symbols.names
        return np.fromiter(
            (len(name) if name.isascii() else len(name.encode()) for name in names), np.int64, len(names)
        )

    def _matrix(self, number: int, rows: array[int]) -> Ints:
        return np.frombuffer(rows, dtype=np.intc).reshape(-1, 2 + blocks[number].arguments).astype(np.int64)

    @cached_property
    def _occurrences(self) -> _Occurrences:
        parts: list[tuple[Ints, ...]] = []
        for number, rows in enumerate(self._ledger.rows):
            if not rows:
                continue
            matrix = self._matrix(number, rows)
            for gap in blocks[number].gaps:
                column = np.full(len(matrix), gap.column)
                for argument in gap.before:
                    column += self._widths[matrix[:, 2 + argument]]
                use = np.full(len(matrix), int(gap.use))
                symbol = matrix[:, 2 + gap.argument]
                length = np.full(len(matrix), gap.length) if gap.length else self._widths[symbol]
                parts.append((matrix[:, 0], matrix[:, 1] + gap.line, column, symbol, use, length))
        columns = [np.concatenate(each) for each in zip(*parts, strict=True)]
        kinds = np.frombuffer(self._symbols.kinds, dtype=np.uint8)
        real = kinds[columns[3]] != SymbolKind.TEXT
        file, line, column, symbol, use, length = (each[real] for each in columns)
        order = np.lexsort((column, line, file))
        starts = np.searchsorted(file[order], np.arange(len(self._paths) + 1)).tolist()
        file, line, column, symbol, use, length = (
            each[order] for each in (file, line, column, symbol, use, length)
        )
        return _Occurrences(file, line, column, symbol, use, length, starts)

    @cached_property
    def _use_kinds(self) -> Ints:
        """For each occurrence the index of its landmark kind; -1 for what is none."""
        table = self._symbols
        by_symbol = np.fromiter(
            (
                -1 if kind == SymbolKind.TEXT else LANDMARK_KINDS.index(landmark_kind(SymbolKind(kind), name))
                for kind, name in zip(table.kinds, table.names, strict=True)
            ),
            np.int64,
            len(table),
        )
        found = by_symbol[self._occurrences.symbol]
        found[self._occurrences.use == Use.INITIALISED] = LANDMARK_KINDS.index("field_init")
        found[np.isin(self._occurrences.use, (Use.DECLARED, Use.ALIAS))] = -1
        return found

    @cached_property
    def _by_symbol(self) -> tuple[Ints, Ints]:
        """Rows of the occurrences ordered by symbol, and where each symbol's begin."""
        order = np.argsort(self._occurrences.symbol, kind="stable")
        ordered = self._occurrences.symbol[order]
        return order, np.searchsorted(ordered, np.arange(len(self._symbols) + 1))

    @cached_property
    def _implementations(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for method, of in self._symbols.implements.items():
            found.setdefault(of, []).append(method)
        return found

    @cached_property
    def _by_name(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for symbol, name in enumerate(self._symbols.names):
            found.setdefault(name, []).append(symbol)
        return found

    @cached_property
    def _sites_by_file(self) -> dict[int, list[tuple[int, int, int]]]:
        found: dict[int, list[tuple[int, int, int]]] = {}
        for number, rows in enumerate(self._ledger.rows):
            if not rows or not blocks[number].sites:
                continue
            matrix = self._matrix(number, rows)
            for site in blocks[number].sites:
                column = np.full(len(matrix), site.column)
                for argument in site.before:
                    column += self._widths[matrix[:, 2 + argument]]
                lines = matrix[:, 1] + site.line
                for file, line, at in zip(
                    matrix[:, 0].tolist(), lines.tolist(), column.tolist(), strict=True
                ):
                    found.setdefault(file, []).append((line, at, site.kind))
        for sites in found.values():
            sites.sort()
        return found

    # -- single places

    def _file_span(self, path: str) -> tuple[int, int]:
        number = self._numbers.get(path)
        if number is None:
            return 0, 0
        return self._occurrences.file_starts[number], self._occurrences.file_starts[number + 1]

    def _in_file(self, path: str) -> tuple[Landmark, ...]:
        found = self._landmarks_of.get(path)
        if found is None:
            low, high = self._file_span(path)
            rows = np.flatnonzero(self._use_kinds[low:high] >= 0) + low
            found = self._landmarks_of[path] = tuple(self._landmark(int(row)) for row in rows)
        return found

    def _landmark(self, row: int) -> Landmark:
        place = self._location(row)
        kind = LANDMARK_KINDS[self._use_kinds[row]]
        symbol = int(self._occurrences.symbol[row])
        return Landmark(place.path, place.line, place.column, place.length, kind, symbol)

    def _location(self, row: int) -> Location:
        all_of = self._occurrences
        path = self._paths[all_of.file[row]]
        return Location(path, int(all_of.line[row]), int(all_of.column[row]), int(all_of.length[row]))

    def _row(self, landmark: Landmark) -> int:
        low, high = self._file_span(landmark.path)
        all_of = self._occurrences
        place = (landmark.line, landmark.column)
        return bisect_left(
            range(high), place, low, high, key=lambda row: (int(all_of.line[row]), int(all_of.column[row]))
        )

    def _rows_of(self, symbol: int) -> Ints:
        order, starts = self._by_symbol
        return order[starts[symbol] : starts[symbol + 1]]

    def _declared_at(self, symbol: int) -> Location:
        for row in self._rows_of(symbol):
            if self._occurrences.use[row] == Use.DECLARED:
                return self._location(int(row))
        raise ValueError(f"symbol {symbol} has no declaration")

    def _uses(self, symbol: int) -> list[Location]:
        return [
            self._location(int(row))
            for row in self._rows_of(symbol)
            if self._occurrences.use[row] != Use.DECLARED
        ]

    def _visible(self, member: int, path: str) -> bool:
        return member not in self._symbols.private or self._declared_at(member).path == path
