"""Semantic tokens: every name classified by what it means, other tokens by their syntax.

Must not know the protocol's messages beyond the encoding of the list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_rustide_load.reference_server.convert import is_method
from pytest_rustide_load.reference_server.symbols import Kind, Symbol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from pytest_rustide_load.reference_server.resolve import Resolver
    from pytest_rustide_load.reference_server.source import SourceFile

LEGEND_TYPES = [
    "namespace",
    "type",
    "struct",
    "enum",
    "interface",
    "typeParameter",
    "parameter",
    "variable",
    "property",
    "enumMember",
    "function",
    "method",
    "macro",
    "keyword",
    "comment",
    "string",
    "number",
    "lifetime",
]
LEGEND_MODIFIERS = ["declaration", "defaultLibrary"]
_NUMBER = {name: number for number, name in enumerate(LEGEND_TYPES)}
_BY_KIND = {
    Kind.CRATE: "namespace",
    Kind.MODULE: "namespace",
    Kind.STRUCT: "struct",
    Kind.UNION: "struct",
    Kind.ENUM: "enum",
    Kind.VARIANT: "enumMember",
    Kind.FIELD: "property",
    Kind.TRAIT: "interface",
    Kind.CONST: "variable",
    Kind.STATIC: "variable",
    Kind.TYPE_ALIAS: "type",
    Kind.ASSOC_TYPE: "type",
    Kind.MACRO: "macro",
    Kind.TYPE_PARAM: "typeParameter",
    Kind.CONST_PARAM: "variable",
    Kind.LOCAL: "variable",
    Kind.SELF_PARAM: "keyword",
    Kind.PRIMITIVE: "type",
    Kind.LIFETIME: "lifetime",
}
_BY_SYNTAX = {
    "line_comment": "comment",
    "block_comment": "comment",
    "string_literal": "string",
    "raw_string_literal": "string",
    "char_literal": "string",
    "integer_literal": "number",
    "float_literal": "number",
    "boolean_literal": "keyword",
    "primitive_type": "type",
    "lifetime": "lifetime",
    "self": "keyword",
    "super": "keyword",
    "crate": "keyword",
    "mutable_specifier": "keyword",
    "type_identifier": "type",
    "field_identifier": "property",
}
_NAMES = frozenset(
    {"identifier", "type_identifier", "field_identifier", "shorthand_field_identifier", "self"}
)


def semantic_tokens(
    resolver: Resolver, file: SourceFile, encoding: str, span: tuple[int, int] | None = None
) -> list[int]:
    """The tokens of a file, or of a span of bytes in it, in LSP's relative form: five numbers each."""
    first, last = span if span is not None else (0, len(file.data))
    meanings = _meanings(resolver, file, first, last)
    data: list[int] = []
    last_line = last_column = 0
    for node in _leaves(file.tree.root_node, first, last):
        kind, modifiers = _classify(node, meanings.get(node.start_byte))
        if kind is None:
            continue
        start, end = node.start_byte, _first_line_end(file.data, node)
        line, column = file.text.position(start, encoding)
        length = file.text.position(end, encoding)[1] - column
        if length <= 0:
            continue
        data += (
            line - last_line,
            column - (last_column if line == last_line else 0),
            length,
            kind,
            modifiers,
        )
        last_line, last_column = line, column
    return data


def token_edits(old: list[int], new: list[int]) -> list[dict[str, object]]:
    """The edit that turns one list of tokens into another: none if they are equal, else one."""
    if old == new:
        return []
    start = 0
    shorter = min(len(old), len(new))
    while start < shorter and old[start] == new[start]:
        start += 1
    end = 0
    while end < shorter - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return [{"start": start, "deleteCount": len(old) - start - end, "data": new[start : len(new) - end]}]


def _first_line_end(data: bytes, node: Node) -> int:
    """Tokens may not span lines: a longer one is cut at its first."""
    newline = data.find(b"\n", node.start_byte, node.end_byte)
    return node.end_byte if newline < 0 else newline


def _meanings(resolver: Resolver, file: SourceFile, first: int, last: int) -> dict[int, Symbol]:
    found: dict[int, Symbol] = {}
    for item in file.items:
        if item.item_end <= first or item.item_start >= last:
            continue
        for offset, symbols in resolver.analyser.analyse(item).uses.items():
            if symbols:
                found[offset + item.item_start] = symbols[0]
    return found


def _leaves(node: Node, first: int, last: int) -> Iterator[Node]:
    if node.end_byte <= first or node.start_byte >= last:
        return
    if node.type in _BY_SYNTAX or node.child_count == 0:
        yield node
        return
    for child in node.children:
        yield from _leaves(child, first, last)


def _classify(node: Node, symbol: Symbol | None) -> tuple[int | None, int]:
    if symbol is not None and node.type in _NAMES:
        name = _BY_KIND.get(symbol.kind)
        if symbol.kind is Kind.FUNCTION:
            name = "method" if is_method(symbol) else "function"
        if name is not None:
            declared = symbol.file is not None and symbol.name_span()[0] == node.start_byte
            library = symbol.file is not None and symbol.file.is_library
            return _NUMBER[name], (1 if declared and not library else 0) | (2 if library else 0)
    by_syntax = _BY_SYNTAX.get(node.type)
    if by_syntax is not None:
        return _NUMBER[by_syntax], 0
    if not node.is_named and node.type[:1].isalpha():
        return _NUMBER["keyword"], 0
    return None, 0
