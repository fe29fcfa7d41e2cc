"""The symbols of a codebase: what is declared, under which name, and as a member of what.

A symbol is a number; its attributes lie in columns, so that half a million lines fit in little memory.
"""

from __future__ import annotations

from array import array
from enum import IntEnum

__all__ = ["LANDMARK_KINDS", "OUTLINE_KINDS", "SymbolKind", "SymbolTable", "landmark_kind"]


class SymbolKind(IntEnum):
    """TEXT is no symbol: a literal or a sentence, which only takes up room in a line."""

    TEXT = 0
    FUNCTION = 1
    METHOD = 2
    ASSOCIATED_FUNCTION = 3
    STRUCT = 4
    ENUM = 5
    VARIANT = 6
    FIELD = 7
    CONST = 8
    STATIC = 9
    TRAIT = 10
    TRAIT_METHOD = 11
    IMPL_METHOD = 12
    TYPE_ALIAS = 13
    ASSOCIATED_TYPE = 14
    MODULE = 15
    MACRO = 16
    LOCAL = 17
    TYPE_PARAMETER = 18


# LSP's SymbolKind of what an outline lists.
OUTLINE_KINDS = {
    SymbolKind.FUNCTION: 12,
    SymbolKind.METHOD: 6,
    SymbolKind.ASSOCIATED_FUNCTION: 12,
    SymbolKind.STRUCT: 23,
    SymbolKind.ENUM: 10,
    SymbolKind.VARIANT: 22,
    SymbolKind.FIELD: 8,
    SymbolKind.CONST: 14,
    SymbolKind.STATIC: 14,
    SymbolKind.TRAIT: 11,
    SymbolKind.TRAIT_METHOD: 6,
    SymbolKind.IMPL_METHOD: 6,
    SymbolKind.TYPE_ALIAS: 26,
    SymbolKind.ASSOCIATED_TYPE: 26,
    SymbolKind.MODULE: 2,
    SymbolKind.MACRO: 12,
}

_KIND_OF_USE = {
    SymbolKind.FUNCTION: "function_call",
    SymbolKind.METHOD: "method_call",
    SymbolKind.ASSOCIATED_FUNCTION: "function_call",
    SymbolKind.STRUCT: "type_use",
    SymbolKind.ENUM: "type_use",
    SymbolKind.VARIANT: "enum_variant",
    SymbolKind.FIELD: "field",
    SymbolKind.CONST: "const_use",
    SymbolKind.STATIC: "const_use",
    SymbolKind.TRAIT: "trait_use",
    SymbolKind.TRAIT_METHOD: "trait_method",
    SymbolKind.IMPL_METHOD: "trait_method",
    SymbolKind.TYPE_ALIAS: "type_use",
    SymbolKind.ASSOCIATED_TYPE: "type_use",
    SymbolKind.MODULE: "module_use",
    SymbolKind.MACRO: "macro_call",
    SymbolKind.LOCAL: "local",
    SymbolKind.TYPE_PARAMETER: "type_use",
}
# Names that many types give to a member, which makes looking for their references expensive.
COMMON_NAMES = frozenset({"new", "get", "len", "name", "push", "reset", "is_empty", "iter", "update"})

LANDMARK_KINDS = tuple(sorted({*_KIND_OF_USE.values(), "field_init", "common_name"}))

_HOVERS = {
    SymbolKind.FUNCTION: "fn {}",
    SymbolKind.METHOD: "fn {}",
    SymbolKind.ASSOCIATED_FUNCTION: "fn {}",
    SymbolKind.STRUCT: "struct {}",
    SymbolKind.ENUM: "enum {}",
    SymbolKind.FIELD: "{}: ",
    SymbolKind.CONST: "const {}: ",
    SymbolKind.STATIC: "static {}: ",
    SymbolKind.TRAIT: "trait {}",
    SymbolKind.TRAIT_METHOD: "fn {}",
    SymbolKind.IMPL_METHOD: "fn {}",
    SymbolKind.TYPE_ALIAS: "type {}",
    SymbolKind.ASSOCIATED_TYPE: "type {}",
    SymbolKind.MODULE: "mod {}",
    SymbolKind.MACRO: "macro_rules! {}",
    SymbolKind.LOCAL: "{}: ",
}


def landmark_kind(kind: SymbolKind, name: str) -> str:
    """What a use of a symbol of this kind and name is called as a landmark."""
    if name in COMMON_NAMES and kind in (SymbolKind.METHOD, SymbolKind.ASSOCIATED_FUNCTION):
        return "common_name"
    return _KIND_OF_USE[kind]


class SymbolTable:
    """Columns, one entry a symbol: `names`, `kinds`, `owners` (the type whose member it is, or -1).

    `members` are those of a type by its symbol; `private` holds the members only their own file may name;
    `implements` says which method of a trait a method of an impl stands for; `module_files` in which file the
    text of a module is.
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        self.kinds = bytearray()
        self.owners = array("i")
        self.members: dict[int, list[int]] = {}
        self.private: set[int] = set()
        self.implements: dict[int, int] = {}
        self.module_files: dict[int, str] = {}
        self._texts: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.names)

    def add(self, kind: SymbolKind, name: str, owner: int = -1) -> int:
        """A new symbol; its number."""
        number = len(self.names)
        self.names.append(name)
        self.kinds.append(kind)
        self.owners.append(owner)
        if owner >= 0:
            self.members.setdefault(owner, []).append(number)
        return number

    def text(self, content: str) -> int:
        """The number of a text, the same for the same text."""
        number = self._texts.get(content)
        if number is None:
            number = self._texts[content] = self.add(SymbolKind.TEXT, content)
        return number

    def hover(self, symbol: int) -> tuple[str, ...]:
        """Texts a right hover contains."""
        kind = SymbolKind(self.kinds[symbol])
        return (_HOVERS.get(kind, "{}").format(self.names[symbol]),)
