"""The parser and small helpers on its nodes.

Must not know symbols or types: only trees and text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import tree_sitter_rust
from tree_sitter import Language, Parser

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

LANGUAGE = Language(tree_sitter_rust.language())
_PARSER = Parser(LANGUAGE)

# In the order completion offers them.
KEYWORDS = (
    "as",
    "async",
    "await",
    "break",
    "const",
    "continue",
    "crate",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "fn",
    "for",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "match",
    "mod",
    "move",
    "mut",
    "pub",
    "ref",
    "return",
    "self",
    "Self",
    "static",
    "struct",
    "super",
    "trait",
    "true",
    "type",
    "unsafe",
    "use",
    "where",
    "while",
)
COMMENTS = frozenset({"line_comment", "block_comment"})
ITEM_KINDS = frozenset(
    {
        "const_item",
        "enum_item",
        "extern_crate_declaration",
        "foreign_mod_item",
        "function_item",
        "function_signature_item",
        "impl_item",
        "macro_definition",
        "mod_item",
        "static_item",
        "struct_item",
        "trait_item",
        "type_item",
        "union_item",
        "use_declaration",
    }
)


def parse(data: bytes, old: Tree | None = None) -> Tree:
    """The tree of `data`; `old`, already edited to match, makes it incremental."""
    return _PARSER.parse(data, old) if old is not None else _PARSER.parse(data)


def plain_name(raw: str) -> str:
    """The name a raw identifier (r#type) stands for."""
    return raw[2:] if raw.startswith("r#") else raw


def named(node: Node) -> list[Node]:
    """The named children without comments and attributes."""
    return [
        child
        for child in node.named_children
        if child.type not in COMMENTS and child.type not in {"attribute_item", "inner_attribute_item"}
    ]


def in_order(node: Node) -> list[Node]:
    """The patterns below a node; `_`, which has no name in the grammar, is one of them."""
    return [
        child
        for child in node.children
        if child.type == "_"
        or (child.is_named and child.type not in COMMENTS and child.type != "attribute_item")
    ]


def has_token(node: Node, token: str) -> bool:
    """Whether an anonymous token of this kind is a direct child."""
    return any(child.type == token for child in node.children)
