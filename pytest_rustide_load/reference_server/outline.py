"""What a file or the workspace declares: document symbols, workspace symbols, folding ranges.

Must not know types.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_rustide_load.reference_server.convert import Json, symbol_kind, text_range
from pytest_rustide_load.reference_server.model import node_of
from pytest_rustide_load.reference_server.symbols import Kind, Symbol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from pytest_rustide_load.reference_server.source import SourceFile
    from pytest_rustide_load.reference_server.workspace import Workspace

_SHOWN = frozenset(
    {
        Kind.MODULE,
        Kind.STRUCT,
        Kind.UNION,
        Kind.ENUM,
        Kind.VARIANT,
        Kind.FIELD,
        Kind.FUNCTION,
        Kind.TRAIT,
        Kind.IMPL,
        Kind.CONST,
        Kind.STATIC,
        Kind.TYPE_ALIAS,
        Kind.ASSOC_TYPE,
        Kind.MACRO,
    }
)
_SEARCHED = _SHOWN - {Kind.IMPL, Kind.FIELD, Kind.VARIANT}
_FOLDED = frozenset(
    {
        "block",
        "declaration_list",
        "match_block",
        "field_declaration_list",
        "enum_variant_list",
        "field_initializer_list",
        "use_list",
        "arguments",
        "parameters",
        "array_expression",
        "token_tree",
    }
)
_MOST_RESULTS = 128


def document_symbols(file: SourceFile, encoding: str) -> list[Json]:
    """The declarations of a file as a tree, in the order of the text."""
    top: list[Json] = []
    open_items: list[tuple[int, Json]] = []
    for symbol in file.symbols:
        if symbol.kind not in _SHOWN or (symbol.kind is Kind.FIELD and symbol.name.isdigit()):
            continue
        start, end = symbol.item_span()
        entry: Json = {
            "name": impl_title(symbol) if symbol.kind is Kind.IMPL else symbol.name,
            "kind": symbol_kind(symbol),
            "range": text_range(file.text, start, end, encoding),
            "selectionRange": text_range(file.text, *_selection(symbol), encoding),
            "children": [],
        }
        while open_items and open_items[-1][0] <= start:
            open_items.pop()
        (open_items[-1][1]["children"] if open_items else top).append(entry)
        open_items.append((end, entry))
    return top


def _selection(symbol: Symbol) -> tuple[int, int]:
    if symbol.kind is Kind.IMPL:
        node = node_of(symbol)
        target = node.child_by_field_name("type") if node is not None else None
        if target is not None:
            return target.start_byte, target.end_byte
    return symbol.name_span()


def impl_title(symbol: Symbol) -> str:
    """`impl Trait for Type`, as written."""
    node = node_of(symbol)
    if node is None or symbol.file is None:
        return "impl"
    parts = ["impl"]
    for name in ("trait", "type"):
        child = node.child_by_field_name(name)
        if child is not None:
            text = symbol.file.data[child.start_byte : child.end_byte].decode("utf-8", "replace")
            parts.extend(["for", text] if name == "type" and len(parts) > 1 else [text])
    return " ".join(parts)


def workspace_symbols(workspace: Workspace, query: str) -> list[Symbol]:
    """Declarations whose name has the query's letters in order, whatever their case: best matches first,
    at most 128. An empty query gives the first ones."""
    wanted = query.lower()
    ranked: list[tuple[int, int, Symbol]] = []
    for path in sorted(workspace.files):
        for symbol in workspace.files[path].symbols:
            if symbol.kind in _SEARCHED:
                rank = _rank(symbol.name, query, wanted)
                if rank is not None:
                    ranked.append((rank, len(ranked), symbol))
    return [symbol for _, _, symbol in sorted(ranked, key=lambda entry: entry[:2])[:_MOST_RESULTS]]


def _rank(name: str, query: str, lower: str) -> int | None:
    if name == query:
        return 0
    own = name.lower()
    if own == lower:
        return 1
    if own.startswith(lower):
        return 2
    if lower in own:
        return 3
    return 4 if is_subsequence(lower, own) else None


def is_subsequence(letters: str, word: str) -> bool:
    """Whether the letters occur in the word in this order."""
    at = 0
    for letter in letters:
        at = word.find(letter, at) + 1
        if at == 0:
            return False
    return True


def folding_ranges(file: SourceFile) -> list[Json]:
    """Lines that belong together: bodies, lists, runs of comments."""
    found: list[Json] = []
    for node in _walk(file.tree.root_node):
        first, last = node.start_point[0], node.end_point[0]
        if node.type in _FOLDED and last > first:
            found.append({"startLine": first, "endLine": last - 1 if last - first > 1 else last})
        elif node.type == "block_comment" and last > first:
            found.append({"startLine": first, "endLine": last, "kind": "comment"})
    return found


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.named_children:
        if child.named_child_count or child.type in _FOLDED or child.type == "block_comment":
            yield from _walk(child)
