"""What a file imports: items of modules written before it, of its own crate and of those below.

Chosen from bits; written as `use` trees.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from pytest_rustide_load.codebase.context import FileContext
from pytest_rustide_load.codebase.scope import Exports, Function, Trait, TypeInfo

__all__ = ["Imports"]

_T = TypeVar("_T")
_SAME_CRATE, _OTHER_CRATES = 14, 40
_LONG_TREE = 4


class Imports:
    """Gathers what one file of crate `crate` names, and writes the `use` lines. `homes` tells, by symbol,
    which module declares an item; `names` the crates; `dependencies` are those of this one."""

    def __init__(
        self,
        context: FileContext,
        crate: int,
        *,
        dependencies: Sequence[int],
        names: Sequence[str],
        homes: dict[int, Exports],
    ) -> None:
        self._context = context
        self._crate = crate
        self._reachable = frozenset((crate, *dependencies))
        self._names = names
        self._homes = homes
        self._wanted: dict[int, list[int]] = {}
        self._sources: dict[int, Exports] = {}
        self._done: set[int] = set()

    def choose(self, own: Sequence[Exports], below: Sequence[Exports], count: int) -> None:
        """Items of `count` modules: of the crate's own, and of crates it depends on."""
        bits = self._context.bits
        for number in range(count):
            near, far = own[-_SAME_CRATE:], below
            pool = far if far and (not near or (number + bits.below(2)) % 2) else near
            if pool:
                self._some_of(pool[bits.below(len(pool))])

    def type(self, info: TypeInfo, home: Exports) -> TypeInfo:
        """Import a struct or enum; returns it as this file sees it."""
        seen = info.exported()
        if home.crate != self._crate:
            # Its fallible methods give the error of another crate, which `?` does not convert.
            seen = _without_errors(seen)
        if self._want(info.symbol, home):
            (self._context.scope.enums if info.units or info.tuples else self._context.scope.structs).append(
                seen
            )
        return seen

    def trait(self, trait: Trait) -> None:
        if self._want(trait.symbol, self._homes[trait.symbol]):
            self._context.scope.traits.append(trait)

    def write(self) -> None:
        """The `use` lines, one tree for each module."""
        for key in sorted(self._wanted):
            self._tree(self._sources[key], self._wanted[key])

    def error(self, info: TypeInfo, home: Exports) -> None:
        self._want(info.symbol, home)
        self._context.scope.error = info

    def _some_of(self, source: Exports) -> None:
        bits, scope = self._context.bits, self._context.scope
        for info in _few(source.structs, 2, bits.below(97)):
            self.type(info, source)
        for info in _few(source.enums, 1, bits.below(97)):
            if info.units:
                self.type(info, source)
        for function in _few(source.functions, 2, bits.below(97)):
            self._function(function, source)
        for const in _few(source.consts, 1, bits.below(97)):
            if self._free(const) and self._want(const, source):
                scope.consts.append(const)
        for info, trait, methods in _few(source.implementations, 1, bits.below(97)):
            homes = (self._homes.get(trait.symbol), self._homes.get(info.symbol))
            # Private ones have no home, and those of a crate further below cannot be named.
            if any(home is None or home.crate not in self._reachable for home in homes):
                continue
            self.trait(trait)
            seen = self.type(info, self._homes[info.symbol])
            scope.implementations.append((seen, trait, methods))

    def _function(self, function: Function, source: Exports) -> None:
        if not self._free(function.symbol) or not self._want(function.symbol, source):
            return
        if function.takes in self._homes and function.shape in ("obj1", "enum1"):
            home = self._homes[function.takes]
            if home.crate in self._reachable:
                info = next(one for one in (*home.structs, *home.enums) if one.symbol == function.takes)
                self.type(info, home)
        if function.shape == "res1" and source.crate != self._crate:
            function = replace(function, shape="res_other")
        self._context.scope.add_function(function)

    def _free(self, symbol: int) -> bool:
        """Whether no other value of that name is in reach, unless it is this one."""
        if symbol in self._done:
            return False
        name, taken = self._context.table.names[symbol], self._context.scope.names
        if name in taken:
            return False
        taken.add(name)
        return True

    def _want(self, symbol: int, home: Exports) -> bool:
        if symbol in self._done:
            return False
        self._done.add(symbol)
        key = home.number
        self._sources[key] = home
        self._wanted.setdefault(key, []).append(symbol)
        return True

    def _tree(self, source: Exports, symbols: list[int]) -> None:
        context = self._context
        own = source.crate == self._crate and context.module >= 0
        root = context.text("crate" if own else self._names[source.crate])
        if not own and len(symbols) == 1 and symbols[0] in source.reexported:
            context.put("use `0`::`1r`;", root, symbols[0])
            return
        path = "".join(f"`{number}`::" for number in range(1 + len(source.path)))
        first = 1 + len(source.path)
        gaps = [f"`{number}`" for number in range(first, first + len(symbols))]
        if len(symbols) == 1:
            text = f"use {path}{gaps[0]};"
        elif len(symbols) <= _LONG_TREE:
            text = f"use {path}{{{', '.join(gaps)}}};"
        else:
            rows = [", ".join(gaps[start : start + 4]) for start in range(0, len(gaps), 4)]
            text = f"use {path}{{\n    " + ",\n    ".join(rows) + ",\n};"
        context.put(text, root, *source.path, *symbols)


def _few(items: Sequence[_T], most: int, drawn: int) -> Sequence[_T]:
    """Up to `most` neighbours, from a place that was drawn."""
    if not items:
        return ()
    start = drawn % len(items)
    return items[start : start + most]


def _without_errors(info: TypeInfo) -> TypeInfo:
    if "res1" not in info.methods:
        return info
    methods = {shape: symbols for shape, symbols in info.methods.items() if shape != "res1"}
    return replace(info, methods=methods)
