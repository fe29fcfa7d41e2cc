"""The `params` of every message an editor sends, as JSON ready for the wire.

`params_for` serves all requests from one `Subject`; each notification has a function of its own, since what
it tells differs. Pure: knows no documents and no sessions. Lines and characters count from 0, characters in
the session's position encoding. Against LSP 3.17.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pytest_rustide_load.lsp.messages import encode

__all__ = [
    "FILE_CHANGED",
    "FILE_CREATED",
    "FILE_DELETED",
    "Span",
    "Subject",
    "cancel_params",
    "change",
    "changed_params",
    "closed_params",
    "opened_params",
    "params_for",
    "renamed_files_params",
    "saved_params",
    "watched_files_params",
]

FILE_CREATED, FILE_CHANGED, FILE_DELETED = 1, 2, 3

# Start line, start character, end line, end character; the end is exclusive.
Span = tuple[int, int, int, int]

_INVOKED, _BY_CHARACTER, _FOR_INCOMPLETE, _CONTENT_CHANGE = 1, 2, 3, 3
_AUTOMATIC = 2
_FORMATTING = (
    b'"options":{"tabSize":4,"insertSpaces":true,"trimTrailingWhitespace":true,"insertFinalNewline":true}'
)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a request is about; each operation reads what it needs and ignores the rest.

    `span` is the selection, or what the screen shows; without one it is empty, at the position.
    `trigger` is the character just typed, where it made the editor ask. `again` says that the question was
    asked before and its answer is still shown: of a completion that was incomplete, of a signature help.
    `item` is an item of an earlier answer as it came, `previous_result_id` the id of an earlier result.
    `diagnostics` is a JSON array. `text` is the new name of a rename and the query of a symbol search.
    """

    uri: str = ""
    line: int = 0
    character: int = 0
    span: Span | None = None
    trigger: str = ""
    again: bool = False
    item: bytes = b""
    previous_result_id: str = ""
    diagnostics: bytes = b"[]"
    text: str = ""


def params_for(operation: str, subject: Subject) -> bytes:
    """The parameters of the request `operation`, by its name in `workload.OPERATIONS`. KeyError for what is
    a notification, or no operation at all; ValueError for a follow-up without what it follows up."""
    return _BUILDERS[operation](subject)


# -- requests


def _document(subject: Subject) -> bytes:
    return b'{"textDocument":{"uri":%b}}' % encode(subject.uri)


def _position(subject: Subject, more: bytes = b"") -> bytes:
    return b'{"textDocument":{"uri":%b},"position":{"line":%d,"character":%d}%b}' % (
        encode(subject.uri),
        subject.line,
        subject.character,
        more,
    )


def _range(subject: Subject, more: bytes = b"") -> bytes:
    return b'{"textDocument":{"uri":%b},"range":%b%b}' % (encode(subject.uri), _span(subject), more)


def _span(subject: Subject) -> bytes:
    line, character = subject.line, subject.character
    return _span_json(subject.span or (line, character, line, character))


def _span_json(span: Span) -> bytes:
    return b'{"start":{"line":%d,"character":%d},"end":{"line":%d,"character":%d}}' % span


def _completion(subject: Subject) -> bytes:
    if subject.trigger:
        context = b'"triggerKind":%d,"triggerCharacter":%b' % (_BY_CHARACTER, encode(subject.trigger))
    else:
        context = b'"triggerKind":%d' % (_FOR_INCOMPLETE if subject.again else _INVOKED)
    return _position(subject, b',"context":{%b}' % context)


def _signature_help(subject: Subject) -> bytes:
    retrigger = b"true" if subject.again else b"false"
    if subject.trigger:
        kind = b'%d,"triggerCharacter":%b' % (_BY_CHARACTER, encode(subject.trigger))
    else:
        kind = b"%d" % (_CONTENT_CHANGE if subject.again else _INVOKED)
    return _position(subject, b',"context":{"triggerKind":%b,"isRetrigger":%b}' % (kind, retrigger))


def _references(subject: Subject) -> bytes:
    return _position(subject, b',"context":{"includeDeclaration":false}')


def _rename(subject: Subject) -> bytes:
    if not subject.text:
        raise ValueError("a rename needs the new name")
    return _position(subject, b',"newName":%b' % encode(subject.text))


def _code_action(subject: Subject) -> bytes:
    context = b',"context":{"diagnostics":%b,"triggerKind":%d}' % (subject.diagnostics, _AUTOMATIC)
    return _range(subject, context)


def _selection_range(subject: Subject) -> bytes:
    return b'{"textDocument":{"uri":%b},"positions":[{"line":%d,"character":%d}]}' % (
        encode(subject.uri),
        subject.line,
        subject.character,
    )


def _formatting(subject: Subject) -> bytes:
    return b'{"textDocument":{"uri":%b},%b}' % (encode(subject.uri), _FORMATTING)


def _range_formatting(subject: Subject) -> bytes:
    return _range(subject, b"," + _FORMATTING)


def _semantic_tokens_delta(subject: Subject) -> bytes:
    if not subject.previous_result_id:
        raise ValueError("a delta needs the id of the result it starts from")
    return _since(subject)


def _pull_diagnostics(subject: Subject) -> bytes:
    return _since(subject) if subject.previous_result_id else _document(subject)


def _since(subject: Subject) -> bytes:
    previous = encode(subject.previous_result_id)
    return b'{"textDocument":{"uri":%b},"previousResultId":%b}' % (encode(subject.uri), previous)


def _workspace_symbols(subject: Subject) -> bytes:
    return b'{"query":%b}' % encode(subject.text)


def _completion_resolve(subject: Subject) -> bytes:
    if not subject.item:
        raise ValueError("a completion item is resolved from one that was offered")
    return subject.item


def _calls(subject: Subject) -> bytes:
    if not subject.item:
        raise ValueError("calls are asked for of an item that was prepared")
    return b'{"item":%b}' % subject.item


_BUILDERS: dict[str, Callable[[Subject], bytes]] = {
    "completion": _completion,
    "completion_resolve": _completion_resolve,
    "signature_help": _signature_help,
    "hover": _position,
    "definition": _position,
    "type_definition": _position,
    "implementation": _position,
    "references": _references,
    "document_symbols": _document,
    "workspace_symbols": _workspace_symbols,
    "prepare_call_hierarchy": _position,
    "incoming_calls": _calls,
    "outgoing_calls": _calls,
    "prepare_rename": _position,
    "rename": _rename,
    "selection_range": _selection_range,
    "document_highlight": _position,
    "code_action": _code_action,
    "semantic_tokens": _document,
    "semantic_tokens_delta": _semantic_tokens_delta,
    "semantic_tokens_range": _range,
    "inlay_hints": _range,
    "code_lens": _document,
    "folding_range": _document,
    "pull_diagnostics": _pull_diagnostics,
    "formatting": _formatting,
    "range_formatting": _range_formatting,
}


# -- notifications


def opened_params(uri: str, version: int, text: str, language_id: str = "rust") -> bytes:
    """Of `textDocument/didOpen`, with the whole text."""
    return b'{"textDocument":{"uri":%b,"languageId":%b,"version":%d,"text":%b}}' % (
        encode(uri),
        encode(language_id),
        version,
        encode(text),
    )


def change(span: Span, text: str) -> bytes:
    """One change of `changed_params`: `text` stands where `span` was."""
    return b'{"range":%b,"text":%b}' % (_span_json(span), encode(text))


def changed_params(uri: str, version: int, changes: Iterable[bytes]) -> bytes:
    """Of `textDocument/didChange`: the `changes` lead to `version`, each in the text the one before left."""
    return b'{"textDocument":{"uri":%b,"version":%d},"contentChanges":[%b]}' % (
        encode(uri),
        version,
        b",".join(changes),
    )


def saved_params(uri: str) -> bytes:
    """Of `textDocument/didSave`, without the text, which the server knows."""
    return b'{"textDocument":{"uri":%b}}' % encode(uri)


def closed_params(uri: str) -> bytes:
    """Of `textDocument/didClose`."""
    return b'{"textDocument":{"uri":%b}}' % encode(uri)


def watched_files_params(events: Iterable[tuple[str, int]]) -> bytes:
    """Of `workspace/didChangeWatchedFiles`: URIs and what became of them, FILE_CREATED and so on."""
    return b'{"changes":[%b]}' % b",".join(
        b'{"uri":%b,"type":%d}' % (encode(uri), kind) for uri, kind in events
    )


def renamed_files_params(files: Iterable[tuple[str, str]]) -> bytes:
    """Of `workspace/willRenameFiles`: the URIs of each file, or directory, before and after."""
    return b'{"files":[%b]}' % b",".join(
        b'{"oldUri":%b,"newUri":%b}' % (encode(old), encode(new)) for old, new in files
    )


def cancel_params(request_id: int) -> bytes:
    """Of `$/cancelRequest`."""
    return b'{"id":%d}' % request_id
