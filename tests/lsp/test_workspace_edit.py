"""WorkspaceEdits: both shapes, in an order in which they can be made, and what no editor could make."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.lsp.documents import Edit, Position
from pytest_rustide_load.lsp.workspace_edit import applied, decode_workspace_edit


def edit(line: int, start: int, end: int, text: str) -> dict:
    places = {"start": {"line": line, "character": start}, "end": {"line": line, "character": end}}
    return {"range": places, "newText": text}


def decoded(value: object) -> dict[str, tuple[Edit, ...]]:
    return decode_workspace_edit(msgspec.Raw(json.dumps(value).encode()))


def test_both_shapes_mean_the_same_and_the_last_place_comes_first():
    edits = [edit(0, 0, 1, "x"), edit(2, 3, 4, "y")]
    changes = decoded({"changes": {"file:///a": edits}})
    documents = decoded(
        {"documentChanges": [{"textDocument": {"uri": "file:///a", "version": 3}, "edits": edits}]}
    )
    assert changes == documents
    assert changes == {
        "file:///a": (
            Edit(Position(2, 3), Position(2, 4), "y"),
            Edit(Position(0, 0), Position(0, 1), "x"),
        )
    }


@given(st.lists(st.integers(0, 60), min_size=2, max_size=12, unique=True))
def test_edits_in_any_order_are_made_where_they_were_meant(columns):
    text = "".join(chr(ord("a") + column % 26) for column in range(60))
    pairs = sorted(columns)
    spans = list(zip(pairs[::2], pairs[1::2], strict=False))
    expected, at = "", 0
    for start, end in spans:
        expected, at = expected + text[at:start] + "_", end
    expected += text[at:]
    told = [edit(0, start, end, "_") for start, end in reversed(spans)]
    assert applied(text, decoded({"changes": {"u": told}})["u"], "utf-8") == expected


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"documentChanges": [{"kind": "rename", "oldUri": "a", "newUri": "b"}]}, "wants to rename a file"),
        ({"changes": {"u": [edit(0, 0, 5, "x"), edit(0, 3, 8, "y")]}}, "overlap at line 1"),
    ],
)
def test_what_cannot_be_made_is_told(value, told):
    with pytest.raises(ValueError, match=told):
        decoded(value)


def test_no_edit_is_no_edit_and_another_shape_is_none():
    assert decoded(None) == {}
    assert decoded({}) == {}
    with pytest.raises(msgspec.MsgspecError):
        decoded([1])
