"""The operations a simulated developer performs: their names are those of budgets, results and scenarios.

Pure data.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["OPERATIONS", "Operation", "operation_names", "waited_for"]


@dataclass(frozen=True, slots=True)
class Operation:
    """`method` is what goes over the wire. `user_waits` tells whether a person waits for the answer, so
    that a budget without an operation bounds it. `at_landmark` tells whether it points at a symbol."""

    name: str
    method: str
    user_waits: bool = True
    at_landmark: bool = False


_ALL = (
    Operation("completion", "textDocument/completion", at_landmark=True),
    Operation("hover", "textDocument/hover", at_landmark=True),
    Operation("definition", "textDocument/definition", at_landmark=True),
    Operation("references", "textDocument/references", at_landmark=True),
    Operation("document_symbols", "textDocument/documentSymbol"),
    Operation("workspace_symbols", "workspace/symbol"),
    Operation("document_highlight", "textDocument/documentHighlight", user_waits=False, at_landmark=True),
    Operation("semantic_tokens", "textDocument/semanticTokens/full", user_waits=False),
    Operation("formatting", "textDocument/formatting"),
    # Sent without an answer: what counts is that it was sent, and when.
    Operation("edit", "textDocument/didChange", user_waits=False),
    # From the request for a process to its first right answer. Nobody types meanwhile, and a few starts
    # give no percentile: it is bounded by budgets of its own.
    Operation("startup", "initialize", user_waits=False),
)

OPERATIONS: dict[str, Operation] = {operation.name: operation for operation in _ALL}


def operation_names() -> tuple[str, ...]:
    """The names of all operations, in the order of tables."""
    return tuple(OPERATIONS)


def waited_for() -> tuple[str, ...]:
    """The names of those a user waits for."""
    return tuple(operation.name for operation in _ALL if operation.user_waits)
