"""Open documents: lines move as the edits say, and back, compared with a list that remembers everything."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.engine.documents import OpenDocument
from pytest_rustide_load.lsp.documents import Edit, Position

TEXT = "\n".join(f"line {number}" for number in range(12)) + "\n"


@given(st.lists(st.integers(0, 12), max_size=30))
def test_lines_are_found_after_any_edits_and_mapped_back_as_of_any_edit(places):
    document = OpenDocument("src/lib.rs", Path("/w"), TEXT)
    # The model: every line with its number in the original, None for an inserted one; one state an edit.
    model: list[int | None] = list(range(13))
    states = [list(model)]
    for count, original in enumerate(places):
        line = document.insert_line(original, f"// note {count}")
        assert document.flush() is not None
        model.insert(line, None)
        states.append(list(model))
    assert document.edits == len(places)
    assert document.version == 1 + len(places)
    lines = document.text.split("\n")
    for original, text in enumerate(TEXT.split("\n")):
        current = document.current_line(original)
        assert lines[current] == text
        assert model[current] == original
    for edits, state in enumerate(states):
        places = [document.original(line, 0, edits) for line in range(len(state))]
        assert [None if place is None else place.line for place in places] == state


def put(line: int, text: str) -> Edit:
    return Edit(Position(line, 0), Position(line, 0), text)


def test_edits_travel_with_the_next_flush_under_one_version():
    document = OpenDocument("src/lib.rs", Path("/w"), TEXT, encoding="utf-16")
    assert document.flush() is None
    document.edit([put(1, "a")])
    document.edit([put(2, "b"), put(2, "c")])
    assert (document.version, document.edits) == (1, 2)
    params = msgspec.json.decode(document.flush())
    assert params["textDocument"] == {"uri": "file:///w/src/lib.rs", "version": 2}
    assert [change["text"] for change in params["contentChanges"]] == ["a", "b", "c"]
    assert params["contentChanges"][0]["range"]["start"] == {"line": 1, "character": 0}
    assert document.flush() is None
    assert document.version == 2
    assert document.text.split("\n")[2] == "cbline 2"


def test_a_document_opened_again_says_its_version_and_language():
    document = OpenDocument("Cargo.toml", Path("/w"), "[package]\n")
    document.edit([put(0, "# é\n")])
    document.flush()
    document.edit([put(0, "# ")])
    item = msgspec.json.decode(document.did_open())["textDocument"]
    assert item == {
        "uri": "file:///w/Cargo.toml",
        "languageId": "toml",
        "version": 2,
        "text": "# # é\n[package]\n",
    }
    # The text says it all.
    assert document.flush() is None


def test_an_edit_beyond_the_text_changes_nothing():
    document = OpenDocument("src/lib.rs", Path("/w"), TEXT)
    with pytest.raises(IndexError):
        document.edit([put(99, "x")], settled=False)
    assert (document.text, document.edits, document.settled, document.flush()) == (TEXT, 0, True, None)


@given(st.lists(st.booleans(), max_size=40))
def test_a_document_is_whole_when_it_was_said_to_be(states):
    document = OpenDocument("src/lib.rs", Path("/w"), TEXT)
    for settled in states:
        document.edit([put(0, "x")], settled=settled)
        assert document.settled == settled
    after = [True, *states]
    for first in range(len(after)):
        assert document.settled_at(first) == after[first]
        for last in range(first, len(after)):
            assert document.settled_between(first, last) == all(after[first : last + 1])


def test_places_of_edits_long_past_are_not_known():
    document = OpenDocument("src/lib.rs", Path("/w"), TEXT)
    assert document.knows(0)
    assert not document.knows(1)
    for _ in range(5_000):
        document.edit([put(0, "x")], settled=document.edits % 2 == 1)
    # The original text is known as long as there is a document.
    assert document.knows(0)
    assert document.original(3, 0, 0) == Position(3, 0)
    assert not document.knows(1)
    assert document.knows(4_999)
    assert document.now(0, 0, 4_999) == Position(0, 4_999)


def test_how_often_a_document_was_broken_is_not_remembered_for_ever():
    document = OpenDocument("src/lib.rs", Path("/w"), TEXT)
    for number in range(20_001):
        document.edit([Edit(Position(0, 0), Position(0, 1), "x")], settled=number % 2 == 1)
    assert not document.settled
    assert document.settled_at(20_000)
    assert not document.settled_at(19_999)
    assert len(document._toggles) <= 8_192
