"""What our client announces it can do: what an editor announces for the operations we send, no more.

Pure data.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["client_capabilities"]

_SYMBOL_KINDS = {"valueSet": list(range(1, 27))}
_SEMANTIC_TYPES = """
    namespace type class enum interface struct typeParameter parameter variable property enumMember event
    function method macro keyword modifier comment string number regexp operator decorator
"""
_SEMANTIC_MODIFIERS = """
    declaration definition readonly static deprecated abstract async modification documentation defaultLibrary
"""


def client_capabilities(position_encodings: Sequence[str], *, refresh_support: bool) -> dict[str, Any]:
    """The `capabilities` of `initialize`.

    `refresh_support` announces that we ask again when the server says that its answers have changed, as
    editors do; a server sends less without it.
    """
    refresh = {"refreshSupport": refresh_support}
    return {
        "general": {
            "positionEncodings": list(position_encodings),
            "staleRequestSupport": {"cancel": True, "retryOnContentModified": []},
        },
        "window": {"workDoneProgress": True, "showMessage": {}, "showDocument": {"support": False}},
        "workspace": {
            "applyEdit": True,
            "configuration": True,
            "workspaceFolders": True,
            "didChangeConfiguration": {"dynamicRegistration": True},
            "didChangeWatchedFiles": {"dynamicRegistration": True},
            "symbol": {"symbolKind": _SYMBOL_KINDS},
            "workspaceEdit": {"documentChanges": True, "resourceOperations": ["create", "rename", "delete"]},
            "semanticTokens": refresh,
            "codeLens": refresh,
            "inlayHint": refresh,
            "diagnostics": refresh,
        },
        "textDocument": {
            "synchronization": {"didSave": True},
            "completion": {
                "contextSupport": True,
                "completionItem": {
                    "snippetSupport": True,
                    "insertReplaceSupport": True,
                    "labelDetailsSupport": True,
                    "documentationFormat": ["markdown", "plaintext"],
                    "resolveSupport": {"properties": ["documentation", "detail", "additionalTextEdits"]},
                },
                "completionList": {"itemDefaults": ["commitCharacters", "editRange", "insertTextFormat"]},
            },
            "hover": {"contentFormat": ["markdown", "plaintext"]},
            "signatureHelp": {
                "signatureInformation": {"documentationFormat": ["markdown", "plaintext"]},
                "contextSupport": True,
            },
            "definition": {"linkSupport": True},
            "references": {},
            "documentHighlight": {},
            "documentSymbol": {"hierarchicalDocumentSymbolSupport": True, "symbolKind": _SYMBOL_KINDS},
            "codeAction": {
                "isPreferredSupport": True,
                "dataSupport": True,
                "resolveSupport": {"properties": ["edit"]},
                "codeActionLiteralSupport": {
                    "codeActionKind": {"valueSet": ["", "quickfix", "refactor", "source"]}
                },
            },
            "codeLens": {},
            "formatting": {},
            "rangeFormatting": {},
            "rename": {"prepareSupport": True},
            "foldingRange": {"lineFoldingOnly": True},
            "callHierarchy": {},
            "publishDiagnostics": {"versionSupport": True, "relatedInformation": True},
            "diagnostic": {"relatedDocumentSupport": True},
            "inlayHint": {"resolveSupport": {"properties": ["tooltip"]}},
            "semanticTokens": {
                "requests": {"range": True, "full": {"delta": True}},
                "tokenTypes": _SEMANTIC_TYPES.split(),
                "tokenModifiers": _SEMANTIC_MODIFIERS.split(),
                "formats": ["relative"],
                "overlappingTokenSupport": True,
                "multilineTokenSupport": True,
            },
        },
        "experimental": {"serverStatusNotification": True},
    }
