"""What an editor sends a language server, by the names that budgets, results and scenarios use.

Pure data: knows neither when something is sent (`lsp/profiles.py`) nor how (`lsp/params.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "JOINT_OPERATIONS",
    "OPERATIONS",
    "Operation",
    "answered_operations",
    "judged_operations",
    "operation_names",
    "waited_for",
]


@dataclass(frozen=True, slots=True)
class Operation:
    """One kind of message from the client.

    `method` is what goes over the wire. `user_waits` tells whether a person waits for the answer, so that a
    budget without an operation bounds it. `at_landmark` tells whether it points at a symbol. `answered` is
    false for notifications: that they were sent, and when, is all there is to know. `may_be_empty` tells
    that no answer (`null`, `[]`) is often the right one. `follows` names the operation whose answer holds
    what this one asks about: an item, or the id of a result.
    """

    name: str
    method: str
    user_waits: bool = True
    at_landmark: bool = False
    answered: bool = True
    may_be_empty: bool = False
    follows: str = ""


# The order is that of tables, and of arrivals planned for the same moment: what is new goes between the
# others or after them, and moves none of them past another.
_ALL = (
    Operation("completion", "textDocument/completion", at_landmark=True),
    # Accepting an item waits for it: it brings the import.
    Operation("completion_resolve", "completionItem/resolve", follows="completion"),
    Operation("signature_help", "textDocument/signatureHelp", at_landmark=True, may_be_empty=True),
    Operation("hover", "textDocument/hover", at_landmark=True),
    Operation("definition", "textDocument/definition", at_landmark=True),
    Operation("type_definition", "textDocument/typeDefinition", at_landmark=True, may_be_empty=True),
    Operation("implementation", "textDocument/implementation", at_landmark=True, may_be_empty=True),
    Operation("references", "textDocument/references", at_landmark=True),
    Operation("document_symbols", "textDocument/documentSymbol"),
    Operation("workspace_symbols", "workspace/symbol"),
    Operation(
        "prepare_call_hierarchy", "textDocument/prepareCallHierarchy", at_landmark=True, may_be_empty=True
    ),
    Operation(
        "incoming_calls", "callHierarchy/incomingCalls", may_be_empty=True, follows="prepare_call_hierarchy"
    ),
    Operation(
        "outgoing_calls", "callHierarchy/outgoingCalls", may_be_empty=True, follows="prepare_call_hierarchy"
    ),
    Operation("prepare_rename", "textDocument/prepareRename", at_landmark=True, may_be_empty=True),
    Operation("rename", "textDocument/rename", at_landmark=True),
    Operation("selection_range", "textDocument/selectionRange", at_landmark=True),
    # What an editor asks on its own: the screen catches up when the answer comes, nobody stops for it.
    Operation("document_highlight", "textDocument/documentHighlight", user_waits=False, at_landmark=True),
    # Sent wherever the caret goes, for the light bulb beside the line.
    Operation(
        "code_action", "textDocument/codeAction", user_waits=False, at_landmark=True, may_be_empty=True
    ),
    Operation("semantic_tokens", "textDocument/semanticTokens/full", user_waits=False),
    Operation(
        "semantic_tokens_delta",
        "textDocument/semanticTokens/full/delta",
        user_waits=False,
        follows="semantic_tokens",
    ),
    Operation("semantic_tokens_range", "textDocument/semanticTokens/range", user_waits=False),
    Operation("inlay_hints", "textDocument/inlayHint", user_waits=False, may_be_empty=True),
    Operation("code_lens", "textDocument/codeLens", user_waits=False, may_be_empty=True),
    Operation("folding_range", "textDocument/foldingRange", user_waits=False, may_be_empty=True),
    Operation("pull_diagnostics", "textDocument/diagnostic", user_waits=False),
    # A file that is in order needs no edit.
    Operation("formatting", "textDocument/formatting", may_be_empty=True),
    Operation("range_formatting", "textDocument/rangeFormatting", may_be_empty=True),
    Operation("edit", "textDocument/didChange", user_waits=False, answered=False),
    Operation("document_open", "textDocument/didOpen", user_waits=False, answered=False),
    Operation("document_save", "textDocument/didSave", user_waits=False, answered=False),
    Operation("document_close", "textDocument/didClose", user_waits=False, answered=False),
    Operation("watched_files", "workspace/didChangeWatchedFiles", user_waits=False, answered=False),
    # What others change: its sample ends when every backend concerned shows it.
    Operation("commit", "workspace/didChangeWatchedFiles", user_waits=False, answered=False),
    Operation("branch_switch", "workspace/didChangeWatchedFiles", user_waits=False, answered=False),
    # A rename whose edits are made, in every file: its sample ends when the backend shows them all.
    Operation("apply_rename", "textDocument/rename", user_waits=False, at_landmark=True, answered=False),
    # A module's file gets another name, and the edits that follow from it are made: the same.
    Operation("move_file", "workspace/willRenameFiles", user_waits=False, answered=False),
    # From the request for a process to its first right answer. Nobody types meanwhile, and a few starts
    # give no percentile: it is bounded by budgets of its own.
    Operation("startup", "initialize", user_waits=False),
)

OPERATIONS: dict[str, Operation] = {operation.name: operation for operation in _ALL}
# What reaches more than the documents of who does it: files that nobody has open, and other working copies.
JOINT_OPERATIONS = frozenset({"commit", "branch_switch", "apply_rename", "move_file"})


def operation_names() -> tuple[str, ...]:
    """The names of all operations, in the order of tables."""
    return tuple(OPERATIONS)


def waited_for() -> tuple[str, ...]:
    """The names of those a user waits for."""
    return tuple(operation.name for operation in _ALL if operation.user_waits)


def answered_operations() -> tuple[str, ...]:
    """The names of those that a server answers while load runs."""
    return tuple(operation.name for operation in _ALL if operation.answered and operation.name != "startup")


def judged_operations() -> tuple[str, ...]:
    """The names of those whose answers are held against the oracle whoever asks: an editor asks for others
    wherever the caret is."""
    return ("hover", "definition", "references", "document_symbols", "workspace_symbols", "semantic_tokens")
