"""What our client announces it can do: what VS Code announces for the operations we send, no more.

Pure data: a server does less for a client that announces less, and a load test with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["client_capabilities"]

_SYMBOL_KINDS = {"valueSet": list(range(1, 27))}
_MARKUP = ["markdown", "plaintext"]
# 1 is "deprecated" of symbols and completions; of diagnostics 1 is "unnecessary" and 2 "deprecated".
_TAGS = {"tagSupport": {"valueSet": [1]}}
_DIAGNOSTIC_TAGS = {"tagSupport": {"valueSet": [1, 2]}}
_CODE_ACTION_KINDS = """
    quickfix refactor refactor.extract refactor.inline refactor.rewrite source source.organizeImports
"""
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
        "window": {
            "workDoneProgress": True,
            "showMessage": {"messageActionItem": {"additionalPropertiesSupport": True}},
            "showDocument": {"support": False},
        },
        "workspace": {
            "applyEdit": True,
            "configuration": True,
            "workspaceFolders": True,
            "didChangeConfiguration": {"dynamicRegistration": True},
            "didChangeWatchedFiles": {"dynamicRegistration": True, "relativePatternSupport": True},
            "symbol": {"symbolKind": _SYMBOL_KINDS, **_TAGS},
            "workspaceEdit": {"documentChanges": True, "resourceOperations": ["create", "rename", "delete"]},
            "fileOperations": {"willRename": True},
            "semanticTokens": refresh,
            "codeLens": refresh,
            "inlayHint": refresh,
            "diagnostics": refresh,
            "foldingRange": refresh,
        },
        "textDocument": {
            "synchronization": {"didSave": True},
            "completion": {
                "contextSupport": True,
                "completionItem": {
                    "snippetSupport": True,
                    "insertReplaceSupport": True,
                    "labelDetailsSupport": True,
                    "commitCharactersSupport": True,
                    "deprecatedSupport": True,
                    "preselectSupport": True,
                    "insertTextModeSupport": {"valueSet": [1, 2]},
                    "documentationFormat": _MARKUP,
                    **_TAGS,
                    "resolveSupport": {"properties": ["documentation", "detail", "additionalTextEdits"]},
                },
                "completionItemKind": {"valueSet": list(range(1, 26))},
                "completionList": {
                    "itemDefaults": [
                        "commitCharacters",
                        "editRange",
                        "insertTextFormat",
                        "insertTextMode",
                        "data",
                    ]
                },
            },
            "hover": {"contentFormat": _MARKUP},
            "signatureHelp": {
                "signatureInformation": {
                    "documentationFormat": _MARKUP,
                    "parameterInformation": {"labelOffsetSupport": True},
                    "activeParameterSupport": True,
                },
                "contextSupport": True,
            },
            "definition": {"linkSupport": True},
            "references": {},
            "documentHighlight": {},
            "documentSymbol": {
                "hierarchicalDocumentSymbolSupport": True,
                "symbolKind": _SYMBOL_KINDS,
                "labelSupport": True,
                **_TAGS,
            },
            "codeAction": {
                "isPreferredSupport": True,
                "dataSupport": True,
                "resolveSupport": {"properties": ["edit"]},
                "disabledSupport": True,
                "codeActionLiteralSupport": {
                    "codeActionKind": {"valueSet": ["", *_CODE_ACTION_KINDS.split()]},
                },
            },
            "codeLens": {},
            "formatting": {},
            "rangeFormatting": {},
            "rename": {"prepareSupport": True},
            "foldingRange": {
                "lineFoldingOnly": True,
                "rangeLimit": 5_000,
                "foldingRangeKind": {"valueSet": ["comment", "imports", "region"]},
                "foldingRange": {"collapsedText": False},
            },
            "callHierarchy": {},
            "publishDiagnostics": {
                "versionSupport": True,
                "relatedInformation": True,
                "codeDescriptionSupport": True,
                "dataSupport": True,
                **_DIAGNOSTIC_TAGS,
            },
            "diagnostic": {"relatedDocumentSupport": True},
            "inlayHint": {
                "resolveSupport": {"properties": ["tooltip", "textEdits", "label.tooltip", "label.location"]}
            },
            "semanticTokens": {
                "requests": {"range": True, "full": {"delta": True}},
                "tokenTypes": _SEMANTIC_TYPES.split(),
                "tokenModifiers": _SEMANTIC_MODIFIERS.split(),
                "formats": ["relative"],
                "overlappingTokenSupport": True,
                "multilineTokenSupport": True,
                "serverCancelSupport": True,
                "augmentsSyntaxTokens": True,
            },
        },
        "experimental": {"serverStatusNotification": True},
    }
