"""What a name or a plain path means in a scope, by Rust's rules: items, imports, globs, crates, preludes.

Paths through types (`Type::function`) end here at the type; their associated items are found by `traits`.
Must not know types or bodies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_rustide_load.reference_server.symbols import MACROS, TYPES, VALUES, Kind, Scope, Symbol, Use

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_rustide_load.reference_server.workspace import Workspace

ANY = TYPES | VALUES | MACROS
Symbols = tuple[Symbol, ...]


class Names:
    """Name resolution over one workspace, remembered in its memo."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._active: set[tuple[Scope, str]] = set()
        self._cycle = False

    def lookup(self, scope: Scope, name: str, space: int) -> Symbols:
        """What `name`, written alone in `scope`, can mean in the namespaces `space`."""
        at: Scope | None = scope
        while at is not None:
            found = self.inside(at, name, space)
            if found:
                return found
            if not at.is_block:
                break
            at = at.parent
        return self._outer(scope.module(), name, space)

    def _outer(self, module: Scope, name: str, space: int) -> Symbols:
        if space & MACROS:
            found = self._textual_macro(module, name)
            if found:
                return found
        if space & TYPES:
            crate = self.workspace.crate_of(module)
            if crate is not None and name in crate.named:
                return (crate.named[name],)
        std = self.workspace.library.scope
        for symbol in self.inside(std, "prelude", TYPES):
            if symbol.scope is not None:
                found = self.inside(symbol.scope, name, space)
                if found:
                    return found
        if space & MACROS and (found := self.inside(std, name, MACROS)):
            return found
        if space & TYPES and name in self.workspace.library.primitives:
            return (self.workspace.library.primitives[name],)
        return ()

    def _textual_macro(self, module: Scope, name: str) -> Symbols:
        at: Scope | None = module
        while at is not None:
            found = _macros_in(at, name)
            if found:
                return found[-1:]
            at = at.parent
        return ()

    def inside(self, scope: Scope, name: str, space: int) -> Symbols:
        """What `scope::name` can mean: its own items, then its imports, then its globs."""
        return tuple(symbol for symbol in self._inside(scope, name) if symbol.namespaces & space)

    def _inside(self, scope: Scope, name: str) -> Symbols:
        key = (scope, name)
        memo = self.workspace.memo_of(scope.file)
        if key in memo:
            known: Symbols = memo[key]
            return known
        if key in self._active:
            self._cycle = True
            return ()
        self._active.add(key)
        outermost = len(self._active) == 1
        try:
            found = self._search(scope, name)
        finally:
            self._active.discard(key)
        if outermost or not self._cycle:
            memo[key] = found
        if outermost:
            self._cycle = False
        return found

    def _search(self, scope: Scope, name: str) -> Symbols:
        found: list[Symbol] = []
        spaces = 0
        for symbol in scope.items.get(name, ()):
            if not symbol.namespaces & spaces:
                found.append(symbol)
                spaces |= symbol.namespaces
        for use in scope.imports.get(name, ()):
            spaces |= _merge(found, self.imported(use), spaces)
        if scope.parent is None and spaces & MACROS == 0:
            spaces |= _merge(found, self._exported(scope).get(name, ()), spaces)
        if spaces != ANY:
            for use in scope.globs:
                for target in self.imported(use):
                    spaces |= _merge(found, self._glob_member(target, name), spaces)
        return tuple(found)

    def _glob_member(self, target: Symbol, name: str) -> Symbols:
        if target.scope is not None:
            return self._inside(target.scope, name)
        if target.kind is Kind.ENUM and name in target.members:
            return (target.members[name],)
        return ()

    def imported(self, use: Use) -> Symbols:
        """All that a `use` leaf names; for a glob the module or enum before the star."""
        space = TYPES if not use.name else ANY
        if len(use.segments) == 1 and not use.scope.is_block and use.name:
            return self._first(use.scope, use.segments[0], space, skip=use)
        return self.path(use.scope, use.segments, space)

    def path(self, scope: Scope, segments: tuple[str, ...], space: int) -> Symbols:
        """What a path of plain names means; every segment but the last must be a module, crate or enum."""
        last = len(segments) - 1
        current = self._first(scope, segments[0], space if last == 0 else TYPES)
        for number, segment in enumerate(segments[1:], 1):
            wanted = space if number == last else TYPES
            for symbol in current:
                found = self.member(symbol, segment, wanted)
                if found:
                    current = found
                    break
            else:
                return ()
        return current

    def member(self, symbol: Symbol, name: str, space: int) -> Symbols:  # noqa: PLR0911  one return a case
        """`symbol::name` where `symbol` is a module, crate or enum (its variants)."""
        if symbol.kind in {Kind.MODULE, Kind.CRATE}:
            if symbol.scope is None:
                return ()
            if name == "super":
                outer = symbol.scope.parent.module().owner if symbol.scope.parent is not None else None
                return (outer,) if outer is not None else ()
            if name == "self":
                return (symbol,)
            if symbol.kind is Kind.CRATE and symbol.name == "":
                return ()
            return self.inside(symbol.scope, name, space)
        if symbol.kind is Kind.ENUM and name in symbol.members:
            return (symbol.members[name],)
        if symbol.kind is Kind.TYPE_ALIAS and symbol.home is not None:
            target = self._alias_target(symbol)
            if target is not None and target is not symbol:
                return self.member(target, name, space)
        return ()

    def _alias_target(self, alias: Symbol) -> Symbol | None:
        if alias.file is None:
            return None
        node = alias.file.node_at(alias.item_start, alias.item_end, frozenset({"type_item"}))
        target = node.child_by_field_name("type") if node is not None else None
        if target is not None and target.type == "generic_type":
            target = target.child_by_field_name("type")
        if (
            target is None
            or target.type not in {"type_identifier", "scoped_type_identifier"}
            or alias.home is None
        ):
            return None
        text = alias.file.data[target.start_byte : target.end_byte].decode("utf-8", "replace")
        found = self.path(alias.home, tuple(text.split("::")), TYPES)
        return found[0] if found else None

    def first(self, scope: Scope, segment: str, space: int) -> Symbols:
        """The meaning of a path's first segment."""
        return self._first(scope, segment, space)

    def _first(self, scope: Scope, segment: str, space: int, skip: Use | None = None) -> Symbols:
        module = scope.module()
        if segment == "self":
            return (module.owner,) if module.owner is not None else ()
        if segment == "super":
            parent = module.parent.module() if module.parent is not None else None
            return (parent.owner,) if parent is not None and parent.owner is not None else ()
        if segment in {"crate", "$crate"}:
            while module.parent is not None:
                module = module.parent.module()
            return (module.owner,) if module.owner is not None else ()
        if segment == "::":
            crate = self.workspace.crate_of(scope)
            return (_Externs.of(crate.named),) if crate is not None else ()
        if skip is not None:
            return self._outer(module, segment, space)
        return self.lookup(scope, segment, space)

    def _exported(self, root: Scope) -> dict[str, list[Symbol]]:
        """The `#[macro_export]` macros of a crate: they live in its root, wherever they stand."""
        key = (root, "#exported")
        memo = self.workspace.memo_of(root.file)
        if key not in memo:
            found: dict[str, list[Symbol]] = {}
            for scope in _modules(root):
                for name, symbols in scope.items.items():
                    for symbol in symbols:
                        if symbol.kind is Kind.MACRO and symbol.public:
                            found.setdefault(name, []).append(symbol)
            memo[key] = found
        exported: dict[str, list[Symbol]] = memo[key]
        return exported

    def visible(self, scope: Scope) -> dict[str, Symbols]:
        """Every name that can be written alone in `scope`, without the standard prelude."""
        names: dict[str, Symbols] = {}
        at: Scope | None = scope
        while at is not None:
            for name in self.names_inside(at):
                if name not in names:
                    names[name] = self._inside(at, name)
            if not at.is_block:
                break
            at = at.parent
        crate = self.workspace.crate_of(scope)
        for name, symbol in crate.named.items() if crate is not None else ():
            names.setdefault(name, (symbol,))
        return names

    def names_inside(self, scope: Scope, seen: frozenset[Scope] = frozenset()) -> list[str]:
        """The names `scope::` offers, globs included, each once, in order of declaration."""
        names = dict.fromkeys([*scope.items, *scope.imports])
        for use in scope.globs:
            for target in self.imported(use):
                if target.scope is not None and target.scope not in seen:
                    names.update(dict.fromkeys(self.names_inside(target.scope, seen | {scope})))
                elif target.kind is Kind.ENUM:
                    names.update(dict.fromkeys(target.members))
        if scope.parent is None:
            names.update(dict.fromkeys(self._exported(scope)))
        return list(names)


class _Externs:
    """The nameless module whose members are the crates a crate can name: what a leading `::` means."""

    @staticmethod
    def of(named: dict[str, Symbol]) -> Symbol:
        root = Symbol(Kind.MODULE, "::", None, (0, 0), (0, 0))
        for symbol in named.values():
            if symbol.scope is not None:
                root.scope = Scope(symbol.scope.file, None)
                break
        if root.scope is not None:
            root.scope.items = {name: [symbol] for name, symbol in named.items()}
        return root


def _merge(found: list[Symbol], more: list[Symbol] | Symbols, spaces: int) -> int:
    added = 0
    for symbol in more:
        if symbol.namespaces & ~spaces and symbol not in found:
            found.append(symbol)
            added |= symbol.namespaces
    return added


def _macros_in(scope: Scope, name: str) -> Symbols:
    """The macros of a name that stand in a module or in its `#[macro_use]` modules."""
    found = tuple(symbol for symbol in scope.items.get(name, ()) if symbol.kind is Kind.MACRO)
    if found:
        return found
    for symbols in scope.items.values():
        for symbol in symbols:
            if symbol.form == "macro_use" and symbol.scope is not None:
                found = _macros_in(symbol.scope, name)
                if found:
                    return found
    return ()


def _modules(root: Scope) -> Iterator[Scope]:
    seen = {root}
    pending = [root]
    while pending:
        scope = pending.pop()
        yield scope
        for symbols in scope.items.values():
            for symbol in symbols:
                if symbol.kind is Kind.MODULE and symbol.scope is not None and symbol.scope not in seen:
                    seen.add(symbol.scope)
                    pending.append(symbol.scope)
