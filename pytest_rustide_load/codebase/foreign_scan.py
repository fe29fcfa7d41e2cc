"""What one Rust file offers a user without knowing what its names mean: read from its syntax alone.

Pure: text in, places out. What conditional compilation may leave out and what does not parse is not offered.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import tree_sitter_rust
from tree_sitter import Language, Node, Parser, Query, QueryCursor

from pytest_rustide_load.codebase.foreign_crates import surely_compiled
from pytest_rustide_load.codebase.places import DocumentSymbol, EditSite, Landmark

__all__ = ["UNKNOWN_SYMBOL", "FileScan", "scan_file"]

# The symbol of a landmark whose meaning nobody here knows.
UNKNOWN_SYMBOL = -1

_LANGUAGE = Language(tree_sitter_rust.language())
_QUERY = Query(
    _LANGUAGE,
    """
    (call_expression function: [
        (identifier) @function_call
        (scoped_identifier name: (identifier) @function_call)
        (field_expression field: (field_identifier) @method_call)
        (generic_function function: [
            (identifier) @function_call
            (scoped_identifier name: (identifier) @function_call)
            (field_expression field: (field_identifier) @method_call)
        ])
    ])
    (field_expression field: (field_identifier) @field)
    (field_initializer field: (field_identifier) @field_init)
    (type_identifier) @type_use
    (attribute_item) @attribute
    (inner_attribute_item) @inner_attribute
    (ERROR) @error
    """,
)
_KINDS = ("function_call", "method_call", "field", "field_init", "type_use")

# LSP's SymbolKind of what an outline lists, and where its members stand.
_OUTLINED = {
    "associated_type": 26,
    "const_item": 14,
    "enum_item": 10,
    "enum_variant": 22,
    "field_declaration": 8,
    "function_item": 12,
    "function_signature_item": 12,
    "macro_definition": 12,
    "mod_item": 2,
    "static_item": 14,
    "struct_item": 23,
    "trait_item": 11,
    "type_item": 26,
    "union_item": 23,
}
_METHOD = 6
_WITH_MEMBERS = frozenset({"enum_item", "impl_item", "mod_item", "struct_item", "trait_item", "union_item"})
_SITES = frozenset(_OUTLINED) - {"enum_variant", "field_declaration"} | {"impl_item"}
_UNNAMEABLE = frozenset({"_", "Self", "self"})


@dataclass(frozen=True, slots=True)
class FileScan:
    """`landmarks` come with their names; `declared` are the names that items and their members have here,
    `variants` those of enum variants, `modules` those of `mod name;`."""

    landmarks: tuple[tuple[str, Landmark], ...]
    symbols: tuple[DocumentSymbol, ...]
    sites: tuple[EditSite, ...]
    declared: frozenset[str]
    variants: frozenset[str]
    modules: tuple[str, ...]


def scan_file(path: str, text: str, features: frozenset[str] = frozenset()) -> FileScan:
    """Everything of interest in one file, in the order of its text; `features` are those of its crate."""
    data = text.encode()
    root = Parser(_LANGUAGE).parse(data).root_node
    found = QueryCursor(_QUERY).captures(root)
    hidden = _Spans(_hidden(found, root, features))
    items = [item for item in _items(root) if item not in hidden]
    outlined = [(item, name) for item in items for name in [_name(item)] if name is not None]
    names = {name.start_byte for _, name in outlined}
    landmarks: dict[int, tuple[str, Landmark]] = {}
    for kind in _KINDS:
        for node in found.get(kind, ()):
            name = _text(node)
            # The first kind wins: the name of a method called is a field's too, by its syntax.
            if node.start_byte in landmarks or node.start_byte in names or node in hidden:
                continue
            if name not in _UNNAMEABLE and not name.startswith("r#"):
                line, column = node.start_point
                place = Landmark(path, line, column, node.end_byte - node.start_byte, kind, UNKNOWN_SYMBOL)
                landmarks[node.start_byte] = (name, place)
    return FileScan(
        landmarks=tuple(landmarks[start] for start in sorted(landmarks)),
        symbols=tuple(
            DocumentSymbol(_text(name), _kind(item), name.start_point[0])
            for item, name in outlined
            if not _text(name).startswith("r#")
        ),
        sites=tuple(EditSite(path, line) for line in _site_lines(items, data)),
        declared=frozenset(_text(name) for _, name in outlined),
        variants=frozenset(_text(name) for item, name in outlined if item.type == "enum_variant"),
        modules=tuple(
            _text(name)
            for item, name in outlined
            if item.type == "mod_item" and item.child_by_field_name("body") is None
        ),
    )


class _Spans:
    """Whether a node lies within one of several spans of bytes."""

    def __init__(self, spans: list[tuple[int, int]]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted(spans):
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(end, self._ends[-1])
            else:
                self._starts.append(start)
                self._ends.append(end)

    def __contains__(self, node: Node) -> bool:
        index = bisect_right(self._starts, node.start_byte) - 1
        return index >= 0 and node.start_byte < self._ends[index]


def _hidden(found: dict[str, list[Node]], root: Node, features: frozenset[str]) -> list[tuple[int, int]]:
    """What does not parse, and what only some configurations compile."""
    spans = [(node.start_byte, node.end_byte) for node in found.get("error", ())]
    for attribute in found.get("attribute", ()):
        if not surely_compiled(_text(attribute), features):
            target = attribute.next_named_sibling
            while target is not None and target.type in _BETWEEN:
                target = target.next_named_sibling
            if target is not None:
                spans.append((target.start_byte, target.end_byte))
    for attribute in found.get("inner_attribute", ()):
        if not surely_compiled(_text(attribute), features):
            whole = attribute.parent or root
            spans.append((whole.start_byte, whole.end_byte))
    return spans


_BETWEEN = frozenset({"attribute_item", "line_comment", "block_comment"})


def _items(node: Node) -> Iterator[Node]:
    """Items and their members outside of function bodies, in order; modules nest as deep as they like."""
    waiting = node.named_children[::-1]
    while waiting:
        child = waiting.pop()
        if child.type in _OUTLINED or child.type in _WITH_MEMBERS:
            yield child
        if child.type in _WITH_MEMBERS:
            body = child.child_by_field_name("body")
            if body is not None:
                waiting += body.named_children[::-1]


def _name(item: Node) -> Node | None:
    name = item.child_by_field_name("name")
    return None if name is None or item.type not in _OUTLINED or _text(name) == "_" else name


def _kind(item: Node) -> int:
    parameters = item.child_by_field_name("parameters")
    if parameters is not None and any(one.type == "self_parameter" for one in parameters.named_children):
        return _METHOD
    return _OUTLINED[item.type]


def _site_lines(items: list[Node], data: bytes) -> list[int]:
    """Lines that an item begins: whatever stands above, a comment may too."""
    lines = set()
    for item in items:
        start = data.rfind(b"\n", 0, item.start_byte) + 1
        if item.type in _SITES and not data[start : item.start_byte].strip():
            lines.add(item.start_point[0])
    return sorted(lines)


def _text(node: Node) -> str:
    return (node.text or b"").decode()
