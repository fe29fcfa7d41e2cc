"""Open documents: lines move as the edits say, and back, compared with a list that remembers everything."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.engine.documents import OpenDocument

TEXT = "\n".join(f"line {number}" for number in range(12)) + "\n"


@given(st.lists(st.integers(0, 12), max_size=30))
def test_lines_are_found_after_any_edits_and_mapped_back_as_of_any_edit(places):
    document = OpenDocument("src/lib.rs", Path("/w"), TEXT)
    # The model: every line with its number in the original, None for an inserted one; one state an edit.
    model: list[int | None] = list(range(13))
    states = [list(model)]
    for count, original in enumerate(places):
        line = document.insert_line(original, f"// note {count}")
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
