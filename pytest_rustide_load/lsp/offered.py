"""Which operations a server offers, from the capabilities it announced.

Pure; knows nothing of sessions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_rustide_load.lsp.profiles import TRIGGER_CHARACTERS
from pytest_rustide_load.workload.operations import OPERATIONS

__all__ = ["offered_operations", "trigger_characters"]

# Where each capability stands, by the names LSP 3.17 gives them.
_PROVIDERS = {
    "completion": ("completionProvider",),
    "completion_resolve": ("completionProvider", "resolveProvider"),
    "signature_help": ("signatureHelpProvider",),
    "hover": ("hoverProvider",),
    "definition": ("definitionProvider",),
    "type_definition": ("typeDefinitionProvider",),
    "implementation": ("implementationProvider",),
    "references": ("referencesProvider",),
    "document_symbols": ("documentSymbolProvider",),
    "workspace_symbols": ("workspaceSymbolProvider",),
    "prepare_call_hierarchy": ("callHierarchyProvider",),
    "incoming_calls": ("callHierarchyProvider",),
    "outgoing_calls": ("callHierarchyProvider",),
    "prepare_rename": ("renameProvider", "prepareProvider"),
    "rename": ("renameProvider",),
    "apply_rename": ("renameProvider",),
    "move_file": ("workspace", "fileOperations", "willRename"),
    "selection_range": ("selectionRangeProvider",),
    "document_highlight": ("documentHighlightProvider",),
    "code_action": ("codeActionProvider",),
    "semantic_tokens": ("semanticTokensProvider", "full"),
    "semantic_tokens_delta": ("semanticTokensProvider", "full", "delta"),
    "semantic_tokens_range": ("semanticTokensProvider", "range"),
    "inlay_hints": ("inlayHintProvider",),
    "code_lens": ("codeLensProvider",),
    "folding_range": ("foldingRangeProvider",),
    "pull_diagnostics": ("diagnosticProvider",),
    "formatting": ("documentFormattingProvider",),
    "range_formatting": ("documentRangeFormattingProvider",),
}


def offered_operations(capabilities: Mapping[str, Any]) -> frozenset[str]:
    """The names in OPERATIONS of what a server with these capabilities answers, notifications included.

    One that announces nothing at all has not said: everything may be tried.
    """
    announced = {name for name, path in _PROVIDERS.items() if _announced(capabilities, path)}
    return frozenset(
        name for name in OPERATIONS if not announced or name in announced or name not in _PROVIDERS
    )


def trigger_characters(capabilities: Mapping[str, Any]) -> dict[str, str]:
    """The characters after which the server wants to be asked, by operation."""
    found = dict(TRIGGER_CHARACTERS)
    for operation, provider in (
        ("completion", "completionProvider"),
        ("signature_help", "signatureHelpProvider"),
    ):
        options = capabilities.get(provider)
        characters = options.get("triggerCharacters") if isinstance(options, Mapping) else None
        if isinstance(characters, list):
            found[operation] = "".join(one for one in characters if isinstance(one, str))
    return found


def _announced(capabilities: Mapping[str, Any], path: tuple[str, ...]) -> bool:
    value: Any = capabilities
    for part in path:
        value = value.get(part) if isinstance(value, Mapping) else None
    # Options may be empty, and are an announcement all the same.
    return value is not None and value is not False
