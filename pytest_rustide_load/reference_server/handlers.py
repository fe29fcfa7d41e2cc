"""The methods the server answers, each a few lines: find the file and place, ask, shape the answer.

Must not know how answers are found.
"""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from pytest_rustide_load.reference_server.assists import register_assists
from pytest_rustide_load.reference_server.completion import completions
from pytest_rustide_load.reference_server.convert import Json, location, path_of, symbol_kind, text_range
from pytest_rustide_load.reference_server.diagnostics import diagnostics
from pytest_rustide_load.reference_server.formatting import format_edits
from pytest_rustide_load.reference_server.hover import hover_text
from pytest_rustide_load.reference_server.outline import document_symbols, folding_ranges, workspace_symbols
from pytest_rustide_load.reference_server.rename import (
    CannotRename,
    module_edits,
    rename_edits,
    renamed_symbol,
)
from pytest_rustide_load.reference_server.semantic import (
    LEGEND_MODIFIERS,
    LEGEND_TYPES,
    semantic_tokens,
    token_edits,
)
from pytest_rustide_load.reference_server.show import container_text
from pytest_rustide_load.reference_server.structure import enclosing, implementations
from pytest_rustide_load.reference_server.symbols import Symbol

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_rustide_load.reference_server.resolve import Place
    from pytest_rustide_load.reference_server.server import RustServer
    from pytest_rustide_load.reference_server.source import SourceFile

REQUEST_FAILED = -32803
_MOST_TOKEN_LISTS = 64


def register(server: RustServer) -> None:
    """Registers every method with pygls, which derives the capabilities from them."""
    _register_lifecycle(server)
    _register_navigation(server)
    _register_editing(server)
    _register_tokens(server)
    _register_rename(server)
    _register_structure(server)
    _register_documents(server)
    _register_commands(server)
    register_assists(server, _at)


def _at(server: RustServer, params: Any) -> tuple[SourceFile, int] | None:
    """The file and offset a position means; None for a file that is not known."""
    file = server.documents.get(params.text_document.uri)
    if file is None:
        return None
    position = params.position
    return file, file.text.offset(position.line, position.character, server.encoding)


def _register_lifecycle(server: RustServer) -> None:
    tasks: list[asyncio.Task[None]] = []

    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        server.begin(params)

    @server.feature(types.INITIALIZED)
    def initialized(_params: types.InitializedParams) -> None:
        if not tasks:
            tasks.append(asyncio.get_running_loop().create_task(server.read_workspace()))


def _register_commands(server: RustServer) -> None:
    @server.command("rustide.collectGarbage")
    def collect_garbage() -> None:
        server.hub.collect()

    @server.command("rustide.evictCaches")
    def evict_caches() -> None:
        server.hub.evict()


def _register_documents(server: RustServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def did_open(params: types.DidOpenTextDocumentParams) -> None:
        document = params.text_document
        server.documents.opened(document.uri, document.text)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(params: types.DidChangeTextDocumentParams) -> None:
        if not server.faults.loses_change():
            server.documents.changed(params.text_document.uri, params.content_changes)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(params: types.DidCloseTextDocumentParams) -> None:
        server.documents.closed(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def did_save(_params: types.DidSaveTextDocumentParams) -> None:
        """The text is known already."""

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def did_change_watched_files(params: types.DidChangeWatchedFilesParams) -> None:
        for change in params.changes:
            server.documents.on_disk(change.uri, int(change.type))

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    def did_change_configuration(_params: types.DidChangeConfigurationParams) -> None:
        """Nothing can be configured."""

    @server.feature("rust-analyzer/viewFileText")
    def view_file_text(params: Any) -> str | None:
        file = server.documents.get(str(params.uri))
        return file.data.decode("utf-8", "replace") if file is not None else None


def _register_navigation(server: RustServer) -> None:
    def places(found: list[Place]) -> list[Json]:
        return [location(place, server.encoding) for place in found]

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    def definition(params: types.DefinitionParams) -> list[Json]:
        at = _at(server, params)
        found = places(server.resolver.definitions(*at)) if at is not None else []
        return server.faults.definitions(found)

    @server.feature(types.TEXT_DOCUMENT_REFERENCES)
    def references(params: types.ReferenceParams) -> list[Json]:
        at = _at(server, params)
        if at is None:
            return []
        return places(_uses(server, *at, params.context.include_declaration))

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)
    def highlight(params: types.DocumentHighlightParams) -> list[Json]:
        at = _at(server, params)
        if at is None:
            return []
        found = _uses(server, *at, True, only=at[0])
        return [
            {"range": text_range(place.file.text, place.start, place.end, server.encoding)} for place in found
        ]

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hover(params: types.HoverParams) -> Json | None:
        at = _at(server, params)
        found = hover_text(server.resolver, *at) if at is not None else None
        if at is None or found is None:
            return None
        text, start, end = found
        return {
            "contents": {"kind": "markdown", "value": text},
            "range": text_range(at[0].text, start, end, server.encoding),
        }

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def document_symbol(params: types.DocumentSymbolParams) -> list[Json]:
        file = server.documents.get(params.text_document.uri)
        return document_symbols(file, server.encoding) if file is not None else []

    @server.feature(types.WORKSPACE_SYMBOL)
    def workspace_symbol(params: types.WorkspaceSymbolParams) -> list[Json]:
        return [
            _information(server, symbol, symbol.file)
            for symbol in workspace_symbols(server.rust, params.query)
            if symbol.file is not None
        ]

    @server.feature(types.TEXT_DOCUMENT_FOLDING_RANGE)
    def folding_range(params: types.FoldingRangeParams) -> list[Json]:
        file = server.documents.get(params.text_document.uri)
        return folding_ranges(file) if file is not None else []


def _uses(
    server: RustServer,
    file: SourceFile,
    offset: int,
    with_declaration: bool,
    only: SourceFile | None = None,
) -> list[Place]:
    declared = [server.resolver.place(symbol) for symbol in server.resolver.symbols_at(file, offset)]
    first = [
        place for place in declared if with_declaration and place is not None and only in {None, place.file}
    ]
    return list(dict.fromkeys(first + server.resolver.uses_at(file, offset, only)))


def _information(server: RustServer, symbol: Symbol, file: SourceFile) -> Json:
    start, end = symbol.name_span()
    return {
        "name": symbol.name,
        "kind": symbol_kind(symbol),
        "containerName": container_text(server.resolver.model, symbol),
        "location": {
            "uri": file.uri,
            "range": text_range(file.text, start, end, server.encoding),
        },
    }


def _register_tokens(server: RustServer) -> None:
    last: dict[str, tuple[str, list[int]]] = {}

    def tokens(uri: str) -> tuple[str, list[int]]:
        """The tokens of a document under a new result id; those of the last answer are kept for a delta."""
        file = server.documents.get(uri)
        data = semantic_tokens(server.resolver, file, server.encoding) if file is not None else []
        number = int(last[uri][0]) + 1 if uri in last else 1
        last.pop(uri, None)
        last[uri] = (str(number), data)
        while len(last) > _MOST_TOKEN_LISTS:
            del last[next(iter(last))]
        return last[uri]

    @server.feature(
        types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL,
        types.SemanticTokensLegend(token_types=list(LEGEND_TYPES), token_modifiers=list(LEGEND_MODIFIERS)),
    )
    def semantic_tokens_full(params: types.SemanticTokensParams) -> Json:
        identity, data = tokens(params.text_document.uri)
        return {"resultId": identity, "data": data}

    @server.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE)
    def semantic_tokens_range(params: types.SemanticTokensRangeParams) -> Json:
        file = server.documents.get(params.text_document.uri)
        if file is None:
            return {"data": []}
        ends = (params.range.start, params.range.end)
        start, stop = (file.text.offset(one.line, one.character, server.encoding) for one in ends)
        return {"data": semantic_tokens(server.resolver, file, server.encoding, (start, stop))}

    @server.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL_DELTA)
    def semantic_tokens_delta(params: types.SemanticTokensDeltaParams) -> Json:
        before = last.get(params.text_document.uri)
        identity, data = tokens(params.text_document.uri)
        if before is None or before[0] != params.previous_result_id:
            return {"resultId": identity, "data": data}
        return {"resultId": identity, "edits": token_edits(before[1], data)}


def _register_structure(server: RustServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_IMPLEMENTATION)
    def implementation(params: types.ImplementationParams) -> list[Json]:
        at = _at(server, params)
        found = implementations(server.resolver, *at) if at is not None else []
        return [location(place, server.encoding) for place in found]

    @server.feature(types.TEXT_DOCUMENT_SELECTION_RANGE)
    def selection_range(params: types.SelectionRangeParams) -> list[Json]:
        file = server.documents.get(params.text_document.uri)
        if file is None:
            return []
        found: list[Json] = []
        for position in params.positions:
            offset = file.text.offset(position.line, position.character, server.encoding)
            chain: Json | None = None
            for start, end in reversed(enclosing(file, offset)):
                span = text_range(file.text, start, end, server.encoding)
                chain = {"range": span, "parent": chain} if chain is not None else {"range": span}
            if chain is not None:
                found.append(chain)
        return found


def _register_rename(server: RustServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
    def prepare_rename(params: types.PrepareRenameParams) -> Json | None:
        at = _at(server, params)
        if at is None:
            return None
        try:
            symbol, place = renamed_symbol(server.resolver, *at)
        except CannotRename:
            return None
        span = text_range(place.file.text, place.start, place.end, server.encoding)
        return {"range": span, "placeholder": symbol.name}

    @server.feature(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True))
    def rename(params: types.RenameParams) -> Json | None:
        at = _at(server, params)
        if at is None:
            return None
        try:
            edits = rename_edits(server.resolver, *at, params.new_name)
        except CannotRename as error:
            raise JsonRpcException(str(error), code=REQUEST_FAILED) from error
        return _workspace_edit(server, edits)

    filters = [types.FileOperationFilter(types.FileOperationPattern("**/*.rs"), scheme="file")]

    @server.feature(types.WORKSPACE_WILL_RENAME_FILES, types.FileOperationRegistrationOptions(filters))
    def will_rename_files(params: types.RenameFilesParams) -> Json | None:
        edits: list[tuple[Place, str]] = []
        for one in params.files:
            file, old, new = server.documents.get(one.old_uri), path_of(one.old_uri), path_of(one.new_uri)
            # As others do: a file that goes to another directory is another module, and nobody's rename.
            if file is not None and Path(old).parent == Path(new).parent:
                with contextlib.suppress(CannotRename):
                    edits += module_edits(server.resolver, file, Path(new).stem)
        return _workspace_edit(server, edits) if edits else None


def _workspace_edit(server: RustServer, edits: list[tuple[Place, str]]) -> Json:
    changes: dict[str, list[Json]] = {}
    for place, text in edits:
        span = text_range(place.file.text, place.start, place.end, server.encoding)
        changes.setdefault(place.file.uri, []).append({"range": span, "newText": text})
    return {"changes": changes}


def _register_editing(server: RustServer) -> None:
    def with_file(uri: str, answer: Callable[[SourceFile], list[Json]]) -> list[Json]:
        file = server.documents.get(uri)
        return answer(file) if file is not None else []

    @server.feature(
        types.TEXT_DOCUMENT_COMPLETION,
        types.CompletionOptions(trigger_characters=[".", ":"], resolve_provider=True),
    )
    def completion(params: types.CompletionParams) -> Json:
        at = _at(server, params)
        items = completions(server.resolver, *at) if at is not None else []
        return {"isIncomplete": False, "items": items}

    @server.feature(types.TEXT_DOCUMENT_RANGE_FORMATTING)
    def range_formatting(params: types.DocumentRangeFormattingParams) -> list[Json]:
        lines = (params.range.start.line, params.range.end.line)
        return with_file(params.text_document.uri, lambda file: format_edits(file, server.encoding, lines))

    @server.feature(types.TEXT_DOCUMENT_FORMATTING)
    def formatting(params: types.DocumentFormattingParams) -> list[Json]:
        return with_file(params.text_document.uri, lambda file: format_edits(file, server.encoding))

    @server.feature(
        types.TEXT_DOCUMENT_DIAGNOSTIC,
        types.DiagnosticOptions(inter_file_dependencies=False, workspace_diagnostics=False),
    )
    def diagnostic(params: types.DocumentDiagnosticParams) -> Json:
        file = server.documents.get(params.text_document.uri)
        return {"kind": "full", "items": diagnostics(file, server.encoding) if file is not None else []}
