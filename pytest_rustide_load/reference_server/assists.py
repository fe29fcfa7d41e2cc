"""The methods that explain and offer: type definitions, calls, signatures, hints, lenses, actions.

Like `handlers`, of which these are the rarer half. Must not know how answers are found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types

from pytest_rustide_load.reference_server.actions import REWRITE, actions_at
from pytest_rustide_load.reference_server.convert import Json, location, position, symbol_kind, text_range
from pytest_rustide_load.reference_server.hierarchy import (
    Calls,
    function_at,
    incoming_calls,
    outgoing_calls,
    type_definitions,
)
from pytest_rustide_load.reference_server.hints import implementation_counts, signature_at, type_hints
from pytest_rustide_load.reference_server.show import documentation, signature_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_rustide_load.reference_server.server import RustServer
    from pytest_rustide_load.reference_server.source import SourceFile
    from pytest_rustide_load.reference_server.symbols import Symbol

    At = Callable[[RustServer, Any], tuple[SourceFile, int] | None]

_TYPE_HINT = 1


def register_assists(server: RustServer, at: At) -> None:
    """Registers these methods; `at` finds the file and offset that parameters mean."""
    _register_hierarchy(server, at)
    _register_hints(server, at)
    _register_actions(server)


def _offset(server: RustServer, file: SourceFile, place: types.Position) -> int:
    return file.text.offset(place.line, place.character, server.encoding)


def _register_hierarchy(server: RustServer, at: At) -> None:
    def item(symbol: Symbol) -> Json:
        file = symbol.file
        if file is None:
            raise ValueError("a function without a file")
        return {
            "name": symbol.name,
            "kind": symbol_kind(symbol),
            "detail": signature_text(symbol).split("\n", 1)[0],
            "uri": file.uri,
            "range": text_range(file.text, *symbol.item_span(), server.encoding),
            "selectionRange": text_range(file.text, *symbol.name_span(), server.encoding),
        }

    def function(asked: types.CallHierarchyItem) -> Symbol | None:
        file = server.documents.get(asked.uri)
        if file is None:
            return None
        return function_at(server.resolver, file, _offset(server, file, asked.selection_range.start))

    def calls(found: Calls, side: str) -> list[Json]:
        return [
            {
                side: item(symbol),
                "fromRanges": [
                    text_range(place.file.text, place.start, place.end, server.encoding) for place in places
                ],
            }
            for symbol, places in found
        ]

    @server.feature(types.TEXT_DOCUMENT_TYPE_DEFINITION)
    def type_definition(params: types.TypeDefinitionParams) -> list[Json]:
        place = at(server, params)
        found = type_definitions(server.resolver, *place) if place is not None else []
        return [location(one, server.encoding) for one in found]

    @server.feature(types.TEXT_DOCUMENT_PREPARE_CALL_HIERARCHY)
    def prepare(params: types.CallHierarchyPrepareParams) -> list[Json] | None:
        place = at(server, params)
        found = function_at(server.resolver, *place) if place is not None else None
        return [item(found)] if found is not None else None

    @server.feature(types.CALL_HIERARCHY_INCOMING_CALLS)
    def incoming(params: types.CallHierarchyIncomingCallsParams) -> list[Json]:
        found = function(params.item)
        return calls(incoming_calls(server.resolver, found), "from") if found is not None else []

    @server.feature(types.CALL_HIERARCHY_OUTGOING_CALLS)
    def outgoing(params: types.CallHierarchyOutgoingCallsParams) -> list[Json]:
        found = function(params.item)
        return calls(outgoing_calls(server.resolver, found), "to") if found is not None else []


def _register_hints(server: RustServer, at: At) -> None:
    @server.feature(
        types.TEXT_DOCUMENT_SIGNATURE_HELP, types.SignatureHelpOptions(trigger_characters=["(", ","])
    )
    def signature_help(params: types.SignatureHelpParams) -> Json | None:
        place = at(server, params)
        found = signature_at(server.resolver, *place) if place is not None else None
        if found is None:
            return None
        parameters = [{"label": one} for one in found.parameters]
        signature = {"label": found.label, "parameters": parameters, "activeParameter": found.active}
        return {"signatures": [signature], "activeSignature": 0, "activeParameter": found.active}

    @server.feature(types.TEXT_DOCUMENT_INLAY_HINT)
    def inlay_hint(params: types.InlayHintParams) -> list[Json]:
        file = server.documents.get(params.text_document.uri)
        if file is None:
            return []
        start, stop = (_offset(server, file, one) for one in (params.range.start, params.range.end))
        return [
            {
                "position": position(file.text, offset, server.encoding),
                "label": f": {text}",
                "kind": _TYPE_HINT,
            }
            for offset, text in type_hints(server.resolver, file, start, stop)
        ]

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS)
    def code_lens(params: types.CodeLensParams) -> list[Json]:
        file = server.documents.get(params.text_document.uri)
        if file is None:
            return []
        return [
            {
                "range": text_range(file.text, *symbol.name_span(), server.encoding),
                "command": {"title": f"{count} implementation{'s' if count != 1 else ''}", "command": ""},
            }
            for symbol, count in implementation_counts(server.resolver, file)
        ]


def _register_actions(server: RustServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=[REWRITE]))
    def code_action(params: types.CodeActionParams) -> list[Json]:
        file = server.documents.get(params.text_document.uri)
        only = [str(getattr(kind, "value", kind)) for kind in params.context.only or ()]
        if file is None or (only and not any(_is_within(REWRITE, kind) for kind in only)):
            return []
        found = actions_at(server.resolver, file, _offset(server, file, params.range.start))
        answer: list[Json] = []
        for action in found:
            span = text_range(file.text, action.offset, action.offset, server.encoding)
            edit = {"changes": {file.uri: [{"range": span, "newText": action.text}]}}
            answer.append({"title": action.title, "kind": REWRITE, "edit": edit})
        return answer

    @server.feature(types.COMPLETION_ITEM_RESOLVE)
    def resolve(params: types.CompletionItem) -> Json:
        answer: Json = {"label": params.label, "kind": int(params.kind) if params.kind is not None else 1}
        if params.detail:
            answer["detail"] = params.detail
        symbol = _declared(server, params.data, params.label)
        if symbol is not None:
            answer["detail"] = signature_text(symbol).split("\n", 1)[0]
            text = documentation(symbol)
            if text:
                answer["documentation"] = {"kind": "markdown", "value": text}
        return answer


def _is_within(kind: str, asked: str) -> bool:
    return kind == asked or kind.startswith(f"{asked}.")


def _declared(server: RustServer, data: Any, label: str) -> Symbol | None:
    """What a completion item stands for: its data are the declaration's path and offset when it was offered.
    None where the file has changed since."""
    if not isinstance(data, list) or len(data) != 2:
        return None
    file = server.rust.files.get(str(data[0]))
    for symbol in file.symbols if file is not None else ():
        if symbol.name == label and symbol.name_span()[0] == data[1]:
            return symbol
    return None
