"""Syntax errors, from the tree.

Must not know names or types.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_rustide_load.reference_server.convert import Json, text_range

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from pytest_rustide_load.reference_server.source import SourceFile

_MOST = 100
_ERROR = 1


def diagnostics(file: SourceFile, encoding: str) -> list[Json]:
    """One diagnostic for each place the parser could not make sense of, at most 100."""
    found: list[Json] = []
    for node in _broken(file.tree.root_node):
        if len(found) >= _MOST:
            break
        message = (
            f"Syntax Error: expected {node.type}" if node.is_missing else "Syntax Error: unexpected code"
        )
        found.append(
            {
                "range": text_range(
                    file.text, node.start_byte, max(node.end_byte, node.start_byte), encoding
                ),
                "severity": _ERROR,
                "source": "syntax",
                "message": message,
            }
        )
    return found


def _broken(node: Node) -> Iterator[Node]:
    if node.is_error or node.is_missing:
        yield node
    elif node.has_error:
        for child in node.children:
            yield from _broken(child)
