"""The files, crates and module tree of one workspace, and what was derived of each crate.

An edit re-reads only its file. While the file still declares the same things, everything known about other
files stays. When not, what was derived of its crate and of those that depend on it is dropped. Must not know
the protocol.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_rustide_load.reference_server.crates import CrateFiles, crate_name, find_crates, rust_files
from pytest_rustide_load.reference_server.items import collect
from pytest_rustide_load.reference_server.source import SourceFile, TreeCache
from pytest_rustide_load.reference_server.stdlib import CRATE_NAMES, library
from pytest_rustide_load.reference_server.symbols import Kind, Scope, Symbol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_rustide_load.reference_server.cache import DeclarationCache

_log = logging.getLogger(__name__)


class Crate:
    """A crate that has been read: its root symbol, the crates its code can name, its files' paths.

    `memo` is where what follows from its declarations and those of the crates it depends on is remembered.
    """

    __slots__ = ("files", "memo", "named", "paths", "symbol")

    def __init__(self, files: CrateFiles) -> None:
        self.files = files
        self.symbol = Symbol(Kind.CRATE, files.name, None, (0, 0), (0, 0))
        self.named: dict[str, Symbol] = {}
        self.paths: set[str] = set()
        self.memo: dict[Any, Any] = {}


class Workspace:
    """All that is known of a workspace's code. Not safe for use from several threads at once."""

    def __init__(self, cache: DeclarationCache | None = None) -> None:
        self._cache = cache
        self.files: dict[str, SourceFile] = {}
        self.crates: list[Crate] = []
        self.revision = 0
        # What follows from all crates together.
        self.memo: dict[Any, Any] = {}
        # Modules that more than one crate has; read as parts of the first.
        self.shared: set[Scope] = set()
        self.roots: list[Path] = []
        self._trees = TreeCache()
        self.library = library()
        self._crate_of_root: dict[Scope, Crate] = {self.library.scope: self._std()}

    # --- reading -------------------------------------------------------------------------------

    def load(self, root: Path) -> Iterator[int]:
        """Reads the workspace at `root`; yields the count of files read after each, so that the caller can
        do something else in between. Linked when exhausted."""
        self.roots.append(root)
        for count, path in enumerate(rust_files(root), 1):
            if path not in self.files:
                self.read(path)
            yield count
        self.relink()
        if self._cache is not None:
            self._cache.write()

    def read(self, path: str) -> SourceFile | None:
        """Reads or re-reads one file from disk; None when that fails."""
        try:
            data = Path(path).read_bytes()
        except OSError as error:
            _log.warning("unreadable file %s: %s", path, error)
            return None
        return self.put(path, data)

    def put(self, path: str, data: bytes, uri: str | None = None) -> SourceFile:
        """Gives the file at `path` this text."""
        file = self.files.get(path)
        if file is None:
            file = SourceFile(uri or Path(path).as_uri(), path, data, self._trees)
            self.files[path] = file
            self._collect(file)
            self.revision += 1
            if self._linked:
                self.relink({path})
        elif file.data != data:
            file.replace(data)
            self.refresh(file)
        return file

    def _collect(self, file: SourceFile) -> None:
        if self._cache is None:
            collect(file)
        elif not self._cache.take(file):
            collect(file)
            self._cache.keep(file)

    def remove(self, path: str) -> None:
        """Forgets a file that is gone."""
        file = self.files.pop(path, None)
        if file is not None:
            self._trees.forget(file)
            self.relink({path})

    def refresh(self, file: SourceFile) -> None:
        """Re-reads the items of an edited file; see the module's text for what follows."""
        symbols, items, signature, root = file.symbols, file.items, file.signature, file.root
        collect(file)
        if file.signature == signature and len(file.symbols) == len(symbols):
            for old, new in zip(symbols, file.symbols, strict=True):
                _move(old, new)
            file.symbols, file.items, file.root = symbols, items, root
        elif self._linked:
            self.relink({file.path})

    def memo_of(self, file: SourceFile | None) -> dict[Any, Any]:
        """Where to remember what follows from this file's declarations; the library's stays."""
        return self.memo if file is None else file.memo

    def forget_derived(self) -> None:
        """Drops all that can be found anew from the texts: what was derived, and the trees."""
        self.memo.clear()
        for crate in self.crates:
            crate.memo.clear()
        self._trees.clear()

    # --- linking -------------------------------------------------------------------------------

    @property
    def _linked(self) -> bool:
        return bool(self.crates)

    def relink(self, changed: set[str] | None = None) -> None:
        """Rebuilds crates and module tree from the files; drops what was derived from the files at `changed`
        (None: from all)."""
        self.revision += 1
        self.memo.clear()
        before = {crate.files.root: crate for crate in self.crates}
        self._link()
        # What several crates have as their own, or crates that are not what they were, affects anybody.
        if changed is None or self.shared or not self._keeps(before):
            return
        touched = {root for root, crate in before.items() if crate.paths & changed}
        touched |= {crate.files.root for crate in self.crates if crate.paths & changed}
        touched |= {
            crate.files.root for crate in self.crates if crate.paths != before[crate.files.root].paths
        }
        dropped = self._with_dependents(touched)
        for crate in self.crates:
            if crate.files.root not in dropped:
                crate.memo = before[crate.files.root].memo
                for path in crate.paths:
                    self.files[path].memo = crate.memo

    def _keeps(self, before: dict[str, Crate]) -> bool:
        """Whether there are the same crates as before, with the same dependencies."""
        return [crate.files for crate in self.crates] == [crate.files for crate in before.values()]

    def _with_dependents(self, roots: set[str]) -> set[str]:
        """The crates with these roots and all that depend on them, however far."""
        found = set(roots)
        while True:
            symbols = {id(crate.symbol) for crate in self.crates if crate.files.root in found}
            more = {
                crate.files.root
                for crate in self.crates
                if any(id(symbol) in symbols for symbol in crate.named.values())
            }
            if more <= found:
                return found
            found |= more

    def _link(self) -> None:
        # A crate that is linked again is still the same thing to those that name it.
        symbols = {crate.files.root: crate.symbol for crate in self.crates}
        self.shared.clear()
        self.crates = []
        self._crate_of_root = {self.library.scope: self._std()}
        for file in self.files.values():
            file.root.owner = file.root.parent = None
        attached: set[str] = set()
        for files in self._crate_files():
            root = self.files.get(files.root)
            if root is not None and root.path not in attached:
                self._attach_crate(Crate(files), root, attached, symbols)
        for path in sorted(self.files):
            if path not in attached:
                name = crate_name(Path(path).stem)
                loose = Crate(CrateFiles(name, name, path, False))
                self._attach_crate(loose, self.files[path], attached, symbols)
        libraries = {crate.files.package: crate.symbol for crate in self.crates if crate.files.is_library}
        for crate in self.crates:
            crate.named = {
                # A dependency that is not renamed goes by the name of its library, whatever its package's.
                libraries[package].name if name == crate_name(package) else name: libraries[package]
                for name, package in crate.files.dependencies.items()
                if package in libraries
            }
            crate.named.update(dict.fromkeys(CRATE_NAMES, self.library.crate))

    def _std(self) -> Crate:
        crate = Crate(CrateFiles("std", "std", "", True))
        crate.symbol = self.library.crate
        return crate

    def _crate_files(self) -> list[CrateFiles]:
        return [crate for root in self.roots for crate in find_crates(root)]

    def _attach_crate(
        self, crate: Crate, file: SourceFile, attached: set[str], symbols: dict[str, Symbol]
    ) -> None:
        crate.symbol = symbols.get(file.path, crate.symbol)
        crate.symbol.name = crate.files.name
        crate.symbol.file = file
        crate.symbol.scope = file.root
        file.root.owner = crate.symbol
        self._crate_of_root[file.root] = crate
        self.crates.append(crate)
        others = set(attached)
        attached.add(file.path)
        self._attach_modules(file.root, os.path.dirname(file.path), attached)
        crate.paths = attached - others
        for path in crate.paths:
            self.files[path].memo = crate.memo

    def _attach_modules(self, scope: Scope, folder: str, attached: set[str]) -> None:
        for symbols in scope.items.values():
            for symbol in symbols:
                if symbol.kind is not Kind.MODULE:
                    continue
                inside = os.path.join(folder, symbol.name)
                if (
                    symbol.scope is not None
                    and symbol.scope.file is scope.file
                    and symbol.scope.parent is scope
                ):
                    self._attach_modules(symbol.scope, inside, attached)
                    continue
                symbol.scope = None
                file = self._module_file(symbol, folder)
                if file is None:
                    continue
                if file.path in attached:
                    # A module that several tests share is read in the first of them.
                    if not is_within(scope, file.root):
                        symbol.scope = file.root
                        self.shared.add(file.root)
                    continue
                attached.add(file.path)
                symbol.scope = file.root
                file.root.owner = symbol
                file.root.parent = scope
                own = os.path.dirname(file.path) if os.path.basename(file.path) == "mod.rs" else inside
                self._attach_modules(file.root, own, attached)

    def _module_file(self, symbol: Symbol, folder: str) -> SourceFile | None:
        explicit = _path_attribute(symbol)
        if explicit is not None and symbol.file is not None:
            base = os.path.dirname(symbol.file.path)
            return self.files.get(os.path.normpath(os.path.join(base, explicit)))
        flat = self.files.get(os.path.join(folder, f"{symbol.name}.rs"))
        return flat or self.files.get(os.path.join(folder, symbol.name, "mod.rs"))

    def crate_of(self, scope: Scope) -> Crate | None:
        """The crate a scope belongs to."""
        while scope.parent is not None:
            scope = scope.parent
        return self._crate_of_root.get(scope)

    def all_files(self) -> Iterator[SourceFile]:
        """The standard library's outline first, then the workspace's files."""
        yield self.library.file
        yield from self.files.values()


def is_within(scope: Scope | None, outer: Scope) -> bool:
    """Whether a scope is another one or stands in it."""
    while scope is not None and scope is not outer:
        scope = scope.parent
    return scope is outer


def _move(old: Symbol, new: Symbol) -> None:
    """Gives a symbol the places its equal in the new text has."""
    old.start, old.end = new.start, new.end
    old.item_start, old.item_end = new.item_start, new.item_end
    if old.blocks is not None and new.blocks is not None:
        old.blocks = dict(zip(new.blocks, old.blocks.values(), strict=True))


def _path_attribute(symbol: Symbol) -> str | None:
    """The value of `#[path = "..."]` on a module declaration."""
    if symbol.file is None or b"#[path" not in symbol.file.data:
        return None
    node = symbol.file.node_at(symbol.item_start, symbol.item_end, frozenset({"mod_item"}))
    sibling = node.prev_named_sibling if node is not None else None
    while sibling is not None and sibling.type == "attribute_item":
        text = symbol.file.data[sibling.start_byte : sibling.end_byte].decode("utf-8", "replace")
        if text.startswith("#[path"):
            return text.split('"')[1] if text.count('"') >= 2 else None
        sibling = sibling.prev_named_sibling
    return None
