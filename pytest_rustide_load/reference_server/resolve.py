"""From a place in a file to the symbols it means, and from a symbol to all its uses.

Must not know the protocol: places are files and byte offsets.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_rustide_load.reference_server.analysis import Analyser
from pytest_rustide_load.reference_server.model import Model, node_of
from pytest_rustide_load.reference_server.symbols import Kind, Symbol
from pytest_rustide_load.reference_server.ty import Nominal, follow
from pytest_rustide_load.reference_server.workspace import is_within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_rustide_load.reference_server.source import SourceFile
    from pytest_rustide_load.reference_server.workspace import Workspace

_INSIDE = frozenset({Kind.TYPE_PARAM, Kind.CONST_PARAM, Kind.LIFETIME})
_TYPES = frozenset({Kind.STRUCT, Kind.ENUM, Kind.UNION})
_WORD = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_'") | frozenset(
    range(0x80, 0x100)
)


@dataclass(slots=True, frozen=True)
class Place:
    """A name's byte range in a file."""

    file: SourceFile
    start: int
    end: int


def _is_self(file: SourceFile, start: int) -> bool:
    return file.data[start : start + 4] == b"Self" and file.data[start + 4] not in _WORD


class Resolver:
    """Answers about one workspace's code."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.model = Model(workspace)
        self.analyser = Analyser(self.model)

    def prime(self) -> Iterator[None]:
        """Reads every item once, one a step, so that the first questions need not wait for it."""
        for path in list(self.workspace.files):
            file = self.workspace.files.get(path)
            for item in file.items if file is not None else ():
                self.analyser.analyse(item)
                yield None

    def item_at(self, file: SourceFile, offset: int) -> Symbol | None:
        """The innermost item around an offset."""
        items = file.items
        at = bisect_right(items, offset, key=lambda symbol: symbol.item_start) - 1
        while at >= 0:
            if items[at].item_end > offset or (items[at].item_end == offset and at == len(items) - 1):
                return items[at]
            at -= 1
        return None

    def word_start(self, file: SourceFile, offset: int) -> int:
        """Where the word at or just before an offset begins."""
        data = file.data
        while offset > 0 and data[offset - 1] in _WORD:
            offset -= 1
        if data[offset : offset + 2] == b"r#":
            return offset
        if offset >= 2 and data[offset - 2 : offset] == b"r#":
            return offset - 2
        return offset

    def symbols_at(self, file: SourceFile, offset: int) -> tuple[Symbol, ...]:
        """What the name at (or ending at) an offset means."""
        return self._meaning(file, self.word_start(file, offset))

    def _meaning(self, file: SourceFile, start: int) -> tuple[Symbol, ...]:
        item = self.item_at(file, start)
        if item is None:
            return ()
        return self.analyser.analyse(item).uses.get(start - item.item_start, ())

    @staticmethod
    def place(symbol: Symbol) -> Place | None:
        """Where a symbol is declared; None for what has no place in the workspace. A module in a file of
        its own is that file's start."""
        if symbol.kind in {Kind.MODULE, Kind.CRATE} and symbol.scope is not None:
            file = symbol.scope.file
            if file.is_library:
                return None
            if symbol.kind is Kind.CRATE or file is not symbol.file:
                return Place(file, 0, 0)
        if symbol.file is None or symbol.file.is_library:
            return None
        return Place(symbol.file, *symbol.name_span())

    def definitions(self, file: SourceFile, offset: int) -> list[Place]:
        """Where the name at an offset is declared."""
        start = self.word_start(file, offset)
        item = self.item_at(file, start)
        holder = self._self_holder(item) if item is not None and _is_self(file, start) else None
        if holder is not None and holder.kind is Kind.IMPL:
            node = node_of(holder)
            target = node.child_by_field_name("type") if node is not None else None
            return [Place(file, target.start_byte, target.end_byte)] if target is not None else []
        symbols = self._meaning(file, start)
        written = (
            self.analyser.analyse(item).written.get(start - item.item_start) if item is not None else None
        )
        symbols = (written,) if written is not None else tuple(map(self._as_declared, symbols))
        places = [self.place(symbol) for symbol in symbols]
        return list(dict.fromkeys(place for place in places if place is not None))

    def _as_declared(self, symbol: Symbol) -> Symbol:
        """For a constant or type of a trait's impl, the trait's own declaration of it."""
        if symbol.kind not in {Kind.CONST, Kind.ASSOC_TYPE} or symbol.parent is None:
            return symbol
        impl = self.model.traits.index.of_symbol(symbol.parent)
        if impl is None or impl.bound is None:
            return symbol
        return impl.bound.trait.members.get(symbol.name, symbol)

    @staticmethod
    def _self_holder(item: Symbol) -> Symbol | None:
        """The impl or trait that `Self` in an item is about; None in another type's declaration."""
        at: Symbol | None = item
        while at is not None and at.kind not in {Kind.IMPL, Kind.TRAIT}:
            at = at.parent
        return at

    # --- references ------------------------------------------------------------------------------

    def uses_at(self, file: SourceFile, offset: int, only: SourceFile | None = None) -> list[Place]:
        """All uses of what the name at an offset means, without its declaration: of `Self` those in the same
        impl or trait, of a shorthand field those of its local."""
        start = self.word_start(file, offset)
        item = self.item_at(file, start)
        holder = self._self_holder(item) if item is not None and _is_self(file, start) else None
        if holder is not None:
            return self._uses_of_self(holder)
        symbols = self._meaning(file, start)
        if len(symbols) > 1 and any(symbol.kind is Kind.FIELD for symbol in symbols):
            symbols = tuple(symbol for symbol in symbols if symbol.kind is not Kind.FIELD)
        found = [place for symbol in symbols for place in self.references(symbol, only)]
        for symbol in symbols:
            declared = self._as_declared(symbol)
            if declared is not symbol and symbol.kind is Kind.ASSOC_TYPE:
                # In an impl the name is itself a use of the trait's type, and that one's place another.
                here = self.place(symbol)
                there = self.place(declared)
                found += [there] if there is not None and only in {None, there.file} else []
                found += [place for place in self.references(declared, only) if place != here]
        if any(self._is_shared(symbol) for symbol in symbols):
            own = self.workspace.crate_of(file.root)
            found = [place for place in found if self.workspace.crate_of(place.file.root) is own]
        return list(dict.fromkeys(found))

    def _is_shared(self, symbol: Symbol) -> bool:
        """Whether a symbol stands in a module of several crates: each of them has uses of its own."""
        root = symbol.file.root if symbol.file is not None else None
        return any(is_within(root, shared) for shared in self.workspace.shared)

    def _uses_of_self(self, holder: Symbol) -> list[Place]:
        """`Self` in an impl or trait and, where it has no generics, the type's name; nothing for an impl for
        references."""
        file = holder.file
        if file is None:
            return []
        base = self.model.declared.env(holder).self_ty
        if isinstance(base, Nominal) and base.symbol.name == "&":
            return []
        if isinstance(base, Nominal) and base.symbol.kind in _TYPES and not base.symbol.generics:
            found = self.references(base.symbol, file)
            return [place for place in found if holder.item_start <= place.start < holder.item_end]
        return [
            Place(file, at, at + 4)
            for at in file.occurrences(b"Self")
            if holder.item_start <= at < holder.item_end and self._meaning(file, at)
        ]

    def references(
        self, symbol: Symbol, only: SourceFile | None = None, *, with_rebinding: bool = False
    ) -> list[Place]:
        """All uses of a symbol but its declaration, in order of files and text; or those in one file.

        Where another alternative of a pattern binds a local again is a declaration, unless asked for.
        """
        target = self._behind_alias(symbol)
        wanted = {symbol, *self._implementations(symbol)}
        found: dict[tuple[str, int], Place] = {}
        own = symbol.name_span()
        for file, start in self._self_words(target) if target is not None else ():
            if target in self._meaning(file, start) and only in {None, file}:
                found[file.path, start] = Place(file, start, start + 4)
        for file, start in self._candidates(symbol):
            if (symbol.file is file and start == own[0]) or (only is not None and file is not only):
                continue
            if wanted.intersection(self._meaning(file, start)) and (
                with_rebinding or not self._rebinds(symbol, start)
            ):
                end = start
                while end < len(file.data) and file.data[end] in _WORD:
                    end += 1
                if end == start or file.data[start : start + 2] == b"r#":
                    end = start + 2 + len(symbol.name.encode())
                found[file.path, start] = Place(file, start, end)
        return [found[key] for key in sorted(found)]

    def _behind_alias(self, symbol: Symbol) -> Symbol | None:
        """The type of the workspace that an alias names: `Self` in its impls is a use of the alias, too."""
        if symbol.kind is not Kind.TYPE_ALIAS or symbol.file is None or symbol.file.is_library:
            return None
        target = follow(self.model.declared.type_of(symbol))
        return target.symbol if isinstance(target, Nominal) and target.symbol.kind in _TYPES else None

    def _rebinds(self, symbol: Symbol, start: int) -> bool:
        """Whether a local is declared once more here, by another alternative of its pattern."""
        if symbol.kind is not Kind.LOCAL or symbol.owner is None:
            return False
        return start - symbol.owner.item_start in self.analyser.analyse(symbol.owner).rebound

    def _implementations(self, symbol: Symbol) -> list[Symbol]:
        """For a trait's item, the items of its impls that stand for it."""
        trait = symbol.parent
        if trait is None or trait.kind is not Kind.TRAIT or symbol.name not in trait.members:
            return []
        return [
            impl.symbol.members[symbol.name]
            for impl in self.model.traits.index.of_trait(trait)
            if symbol.name in impl.symbol.members
        ]

    def _candidates(self, symbol: Symbol) -> Iterator[tuple[SourceFile, int]]:
        name = symbol.name.encode()
        within = symbol.owner or (symbol.parent if symbol.kind in _INSIDE else None)
        if within is not None:
            for start in self._words(symbol.file, name) if symbol.file is not None else ():
                if within.item_start <= start < within.item_end and symbol.file is not None:
                    yield symbol.file, start
            return
        for file in self.workspace.files.values():
            for start in self._words(file, name):
                yield file, start
        if symbol.kind in _TYPES:
            yield from self._self_words(symbol)
        elif symbol.kind in {Kind.MODULE, Kind.CRATE}:
            yield from self._module_words()

    def _module_words(self) -> Iterator[tuple[SourceFile, int]]:
        """Keywords that stand for modules; `{self}` at the end of a path is no use of one, `self::` is."""
        for file in self.workspace.files.values():
            for word in (b"crate", b"super", b"self"):
                for start in file.occurrences(word):
                    if word != b"self" or file.data[start + 4 : start + 6] == b"::":
                        yield file, start

    @staticmethod
    def _words(file: SourceFile, name: bytes) -> Iterator[int]:
        for start in file.occurrences(name):
            yield start - 2 if file.data[max(0, start - 2) : start] == b"r#" else start

    def _self_words(self, symbol: Symbol) -> Iterator[tuple[SourceFile, int]]:
        """`Self` in the impls for a type is a use of it."""
        holders = [impl.symbol for impl in self.model.traits.index.of_type(symbol)]
        for holder in (symbol, *holders):
            if holder.file is None or holder.file.is_library:
                continue
            for start in holder.file.occurrences(b"Self"):
                if holder.item_start <= start < holder.item_end:
                    yield holder.file, start
