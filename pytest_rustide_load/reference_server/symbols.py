"""What Rust code declares: symbols, the scopes that hold them, and `use` entries.

Plain records. This module must not know how they are found in a tree or what they mean to one another.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_rustide_load.reference_server.source import SourceFile


class Kind(Enum):
    """What a symbol is; the value is the word shown to people."""

    CRATE = "crate"
    MODULE = "module"
    STRUCT = "struct"
    UNION = "union"
    ENUM = "enum"
    VARIANT = "variant"
    FIELD = "field"
    FUNCTION = "function"
    TRAIT = "trait"
    IMPL = "impl"
    CONST = "const"
    STATIC = "static"
    TYPE_ALIAS = "type alias"
    ASSOC_TYPE = "associated type"
    MACRO = "macro"
    TYPE_PARAM = "type parameter"
    CONST_PARAM = "const parameter"
    LIFETIME = "lifetime"
    LABEL = "label"
    LOCAL = "local"
    SELF_PARAM = "self parameter"
    USE = "use"
    DERIVED = "derived method"
    MACRO_CALL = "macro call"
    PRIMITIVE = "primitive type"

    # Members are singletons; Enum's own hash is a call into Python.
    __hash__ = object.__hash__


TYPES, VALUES, MACROS = 1, 2, 4

# What is analysed by itself; the rest is a part of one of these.
ITEMS = frozenset(
    {
        Kind.FUNCTION,
        Kind.STRUCT,
        Kind.UNION,
        Kind.ENUM,
        Kind.IMPL,
        Kind.TRAIT,
        Kind.CONST,
        Kind.STATIC,
        Kind.TYPE_ALIAS,
        Kind.ASSOC_TYPE,
        Kind.USE,
        Kind.MODULE,
        Kind.MACRO,
        Kind.MACRO_CALL,
    }
)

_NAMESPACES = {
    Kind.CRATE: TYPES,
    Kind.MODULE: TYPES,
    Kind.STRUCT: TYPES,
    Kind.UNION: TYPES,
    Kind.ENUM: TYPES,
    Kind.VARIANT: TYPES | VALUES,
    Kind.TRAIT: TYPES,
    Kind.TYPE_ALIAS: TYPES,
    Kind.ASSOC_TYPE: TYPES,
    Kind.TYPE_PARAM: TYPES,
    Kind.PRIMITIVE: TYPES,
    Kind.FUNCTION: VALUES,
    Kind.CONST: VALUES,
    Kind.STATIC: VALUES,
    Kind.CONST_PARAM: VALUES,
    Kind.LOCAL: VALUES,
    Kind.SELF_PARAM: VALUES,
    Kind.MACRO: MACROS,
}


class Symbol:
    """One declared thing.

    `start`..`end` is the name, `item_start`..`item_end` the whole declaration (bytes in `file`). For locals
    all four count from the start of the item `owner`, so that an answer cached for an untouched function
    survives edits before it. `home` is the scope the declaration stands in; `parent` the trait, impl, enum,
    struct or function around it, if any. `form` tells struct and variant bodies apart: "record", "tuple",
    "unit"; a module's is "macro_use" where its macros reach what follows it. `derived` has, by trait, the
    method that a derive gives the type: its place is the trait's name in the attribute.
    """

    __slots__ = (
        "blocks",
        "children",
        "derived",
        "derives",
        "end",
        "file",
        "form",
        "generics",
        "home",
        "item_end",
        "item_start",
        "kind",
        "members",
        "name",
        "owner",
        "parent",
        "public",
        "scope",
        "start",
    )

    def __init__(
        self,
        kind: Kind,
        name: str,
        file: SourceFile | None,
        name_range: tuple[int, int],
        item_range: tuple[int, int],
        *,
        home: Scope | None = None,
        parent: Symbol | None = None,
        owner: Symbol | None = None,
    ) -> None:
        self.kind = kind
        self.name = name
        self.file = file
        self.start, self.end = name_range
        self.item_start, self.item_end = item_range
        self.home = home
        self.parent = parent
        self.owner = owner
        self.form = ""
        self.public = False
        self.scope: Scope | None = None
        self.generics: list[Symbol] = []
        self.children: list[Symbol] = []
        self.members: dict[str, Symbol] = {}
        self.derives: tuple[str, ...] = ()
        self.derived: dict[str, Symbol] = {}
        self.blocks: dict[int, Scope] | None = None

    def __repr__(self) -> str:
        return f"<{self.kind.value} {self.name} at {self.start}>"

    @property
    def namespaces(self) -> int:
        """Which of TYPES, VALUES and MACROS the name lives in."""
        if self.kind is Kind.STRUCT and self.form != "record":
            return TYPES | VALUES
        return _NAMESPACES.get(self.kind, 0)

    def name_span(self) -> tuple[int, int]:
        """The name's byte range in its file, now."""
        base = self.owner.item_start if self.owner is not None else 0
        return self.start + base, self.end + base

    def item_span(self) -> tuple[int, int]:
        """The whole declaration's byte range in its file, now."""
        base = self.owner.item_start if self.owner is not None else 0
        return self.item_start + base, self.item_end + base

    def add(self, child: Symbol) -> None:
        """Makes `child` a part of this symbol, found by name (the first of a name wins)."""
        self.children.append(child)
        if child.name:
            self.members.setdefault(child.name, child)


class Use:
    """One leaf of a `use` tree: `segments` leads to what `name` means in `scope` (name "" for a glob)."""

    __slots__ = ("name", "public", "scope", "segments")

    def __init__(self, segments: tuple[str, ...], name: str, scope: Scope, public: bool) -> None:
        self.segments = segments
        self.name = name
        self.scope = scope
        self.public = public

    def __repr__(self) -> str:
        return f"<use {'::'.join(self.segments)} as {self.name or '*'}>"


class Scope:
    """The items of one module or block. `owner` is the module's symbol; a block has none of its own."""

    __slots__ = ("file", "globs", "impls", "imports", "is_block", "items", "owner", "parent")

    def __init__(self, file: SourceFile, parent: Scope | None, *, is_block: bool = False) -> None:
        self.file = file
        self.parent = parent
        self.owner: Symbol | None = None
        self.is_block = is_block
        self.items: dict[str, list[Symbol]] = {}
        self.imports: dict[str, list[Use]] = {}
        self.globs: list[Use] = []
        self.impls: list[Symbol] = []

    def declare(self, symbol: Symbol) -> None:
        self.items.setdefault(symbol.name, []).append(symbol)

    def module(self) -> Scope:
        """The scope of the module this scope belongs to."""
        scope = self
        while scope.is_block and scope.parent is not None:
            scope = scope.parent
        return scope
