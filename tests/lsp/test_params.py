"""Parameters are what LSP's own types take, for every operation, whatever is in them."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import converters, types

from pytest_rustide_load.lsp.params import (
    FILE_CHANGED,
    FILE_CREATED,
    FILE_DELETED,
    Subject,
    cancel_params,
    change,
    changed_params,
    closed_params,
    opened_params,
    params_for,
    saved_params,
    watched_files_params,
)
from pytest_rustide_load.workload import OPERATIONS

CONVERTER = converters.get_converter()
REQUESTS = [name for name, operation in OPERATIONS.items() if operation.answered and name != "startup"]

numbers = st.integers(0, 2**31 - 1)
# What JSON can hold: no halves of surrogate pairs.
texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
names = texts.filter(bool)
spans = st.tuples(numbers, numbers, numbers, numbers)

COMPLETION_ITEM = msgspec.json.encode({"label": "push(…)", "kind": 2, "data": {"position": [1, "x"]}})
A_RANGE = {"start": {"line": 1, "character": 0}, "end": {"line": 2, "character": 1}}
CALL_ITEM = msgspec.json.encode(
    {"name": "f", "kind": 12, "uri": "file:///a.rs", "range": A_RANGE, "selectionRange": A_RANGE}
)
DIAGNOSTICS = msgspec.json.encode([{"range": A_RANGE, "message": "x"}])

subjects = st.builds(
    Subject,
    uri=texts,
    line=numbers,
    character=numbers,
    span=st.none() | spans,
    trigger=st.sampled_from(["", ".", ":", "(", '"', "\\"]),
    again=st.booleans(),
    previous_result_id=names,
    diagnostics=st.sampled_from([b"[]", DIAGNOSTICS]),
    text=names,
)


def subject_of(operation: str, **parts) -> Subject:
    item = COMPLETION_ITEM if operation == "completion_resolve" else CALL_ITEM
    return Subject(
        **{"uri": "file:///a.rs", "previous_result_id": "7", "text": "name", "item": item, **parts}
    )


def with_item(operation: str, subject: Subject) -> Subject:
    given_parts = {name: getattr(subject, name) for name in Subject.__slots__ if name != "item"}
    return subject_of(operation, **given_parts)


def understood(method: str, params: bytes):
    """`params` once through LSP's own types and back; only what they know survives."""
    kind = types.METHOD_TO_TYPES[method][2]
    return CONVERTER.unstructure(CONVERTER.structure(msgspec.json.decode(params), kind), kind)


@given(st.sampled_from(REQUESTS), subjects)
def test_every_request_is_wholly_understood_by_the_types_of_lsp(operation, subject):
    params = params_for(operation, with_item(operation, subject))
    assert understood(OPERATIONS[operation].method, params) == msgspec.json.decode(params)


def test_every_operation_with_an_answer_has_parameters_and_no_other():
    assert [name for name in REQUESTS if not params_for(name, subject_of(name))] == []
    for name in OPERATIONS.keys() - set(REQUESTS):
        with pytest.raises(KeyError):
            params_for(name, subject_of("hover"))


@given(uri=texts, line=numbers, character=numbers)
def test_what_points_at_a_place_names_it(uri, line, character):
    place = {"line": line, "character": character}
    for name in REQUESTS:
        if not OPERATIONS[name].at_landmark:
            continue
        given_params = msgspec.json.decode(
            params_for(name, subject_of(name, uri=uri, line=line, character=character))
        )
        assert given_params["textDocument"] == {"uri": uri}
        places = given_params.get("positions") or [
            given_params.get("position") or given_params["range"]["start"]
        ]
        assert places == [place]


@pytest.mark.parametrize(
    ("parts", "context"),
    [
        ({}, {"triggerKind": 1}),
        ({"trigger": "."}, {"triggerKind": 2, "triggerCharacter": "."}),
        ({"again": True}, {"triggerKind": 3}),
        # A trigger character begins a list anew.
        ({"trigger": ".", "again": True}, {"triggerKind": 2, "triggerCharacter": "."}),
    ],
)
def test_a_completion_says_why_it_was_asked(parts, context):
    params = msgspec.json.decode(params_for("completion", subject_of("completion", **parts)))
    assert params["context"] == context


@pytest.mark.parametrize(
    ("parts", "context"),
    [
        ({}, {"triggerKind": 1, "isRetrigger": False}),
        ({"trigger": "("}, {"triggerKind": 2, "triggerCharacter": "(", "isRetrigger": False}),
        ({"again": True}, {"triggerKind": 3, "isRetrigger": True}),
        ({"trigger": ",", "again": True}, {"triggerKind": 2, "triggerCharacter": ",", "isRetrigger": True}),
    ],
)
def test_a_signature_help_says_why_it_was_asked(parts, context):
    params = msgspec.json.decode(params_for("signature_help", subject_of("signature_help", **parts)))
    assert params["context"] == context


def test_the_values_of_triggers_are_those_of_lsp():
    assert types.CompletionTriggerKind.TriggerForIncompleteCompletions == 3
    assert types.SignatureHelpTriggerKind.ContentChange == 3
    assert types.CodeActionTriggerKind.Automatic == 2
    kinds = types.FileChangeType
    assert (kinds.Created, kinds.Changed, kinds.Deleted) == (FILE_CREATED, FILE_CHANGED, FILE_DELETED)


def test_an_item_goes_back_byte_for_byte():
    assert params_for("completion_resolve", subject_of("completion_resolve")) == COMPLETION_ITEM
    assert params_for("incoming_calls", subject_of("incoming_calls")) == b'{"item":%b}' % CALL_ITEM


@pytest.mark.parametrize("operation", ["completion_resolve", "incoming_calls", "outgoing_calls"])
def test_no_item_no_question_about_it(operation):
    with pytest.raises(ValueError, match="item"):
        params_for(operation, Subject("file:///a.rs"))


def test_a_delta_and_a_rename_need_what_they_are_about():
    with pytest.raises(ValueError, match="id of the result"):
        params_for("semantic_tokens_delta", Subject("file:///a.rs"))
    with pytest.raises(ValueError, match="new name"):
        params_for("rename", Subject("file:///a.rs"))


def test_the_first_pull_of_diagnostics_names_no_result():
    assert params_for("pull_diagnostics", Subject("u")) == b'{"textDocument":{"uri":"u"}}'


@given(uri=texts, version=numbers, text=texts, span=spans)
def test_notifications_are_wholly_understood_by_the_types_of_lsp(uri, version, text, span):
    sent = {
        "textDocument/didOpen": opened_params(uri, version, text),
        "textDocument/didChange": changed_params(uri, version, [change(span, text), change(span, "")]),
        "textDocument/didSave": saved_params(uri),
        "textDocument/didClose": closed_params(uri),
        "workspace/didChangeWatchedFiles": watched_files_params([(uri, FILE_CREATED), (uri, FILE_DELETED)]),
        "$/cancelRequest": cancel_params(version),
    }
    for method, params in sent.items():
        assert understood(method, params) == msgspec.json.decode(params)


def test_changes_keep_their_order_and_their_places():
    params = msgspec.json.decode(
        changed_params("u", 3, [change((1, 2, 3, 4), "é"), change((0, 0, 0, 0), "")])
    )
    assert params["textDocument"] == {"uri": "u", "version": 3}
    assert [part["text"] for part in params["contentChanges"]] == ["é", ""]
    first = params["contentChanges"][0]["range"]
    assert first == {"start": {"line": 1, "character": 2}, "end": {"line": 3, "character": 4}}
