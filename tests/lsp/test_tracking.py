"""Places through edits, compared with a list of marked characters that goes through the same edits."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_rustide_load.lsp.documents import DocumentBuffer, Edit, Position
from pytest_rustide_load.lsp.tracking import PositionTracker

ENCODINGS = ["utf-8", "utf-16", "utf-32"]
# One to four bytes in UTF-8, one or two units in UTF-16.
texts = st.text(st.sampled_from("ab é→\U0001f980\n\n"), max_size=40)
short_texts = st.text(st.sampled_from("x→\U0001f980\n"), max_size=4)


def units(character: str, encoding: str) -> int:
    if encoding == "utf-8":
        return len(character.encode())
    return 2 if encoding == "utf-16" and ord(character) > 0xFFFF else 1


def places(text: str, encoding: str) -> list[Position]:
    """The position before each character, and that at the end."""
    found, line, column = [], 0, 0
    for character in text:
        found.append(Position(line, column))
        line, column = (line + 1, 0) if character == "\n" else (line, column + units(character, encoding))
    return [*found, Position(line, column)]


class Model:
    """Every character with its number in the original, None for one that came later; the last is the end."""

    def __init__(self, text: str, encoding: str) -> None:
        self.encoding = encoding
        self.characters: list[tuple[str, int | None]] = [(char, index) for index, char in enumerate(text)]
        self.characters.append(("", len(text)))
        self.original = places(text, encoding)

    @property
    def text(self) -> str:
        return "".join(char for char, _ in self.characters)

    def replace(self, start: int, end: int, text: str) -> None:
        self.characters[start:end] = [(char, None) for char in text]

    def state(self) -> tuple[dict[Position, Position], list[Position]]:
        """Now → original for every character left, and the places of those that came later."""
        now = places(self.text, self.encoding)
        left = {
            place: self.original[index]
            for place, (_, index) in zip(now, self.characters, strict=True)
            if index is not None
        }
        return left, [place for place in now if place not in left]


def assert_same(tracker: PositionTracker, model_state, originals, at_edit: int | None = None) -> None:
    left, added = model_state
    for now, original in left.items():
        assert tracker.original_from_now(now.line, now.column, at_edit) == original
        assert tracker.now_from_original(original.line, original.column, at_edit) == now
    for now in added:
        assert tracker.original_from_now(now.line, now.column, at_edit) is None
    for original in set(originals) - set(left.values()):
        assert tracker.now_from_original(original.line, original.column, at_edit) is None


@settings(max_examples=150)
@given(texts, st.sampled_from(ENCODINGS), st.data())
def test_places_are_those_of_marked_characters_at_every_edit(text, encoding, data):
    model, tracker = Model(text, encoding), PositionTracker()
    buffer = DocumentBuffer("file:///a.rs", text, encoding=encoding)
    states = [model.state()]
    for _ in range(data.draw(st.integers(0, 8))):
        edits = []
        before = DocumentBuffer("file:///a.rs", model.text, encoding=encoding)
        for _ in range(data.draw(st.integers(1, 3))):
            ends = st.integers(0, len(model.text))
            start, end = sorted((data.draw(ends), data.draw(ends)))
            new = data.draw(short_texts)
            edits.append(Edit(before.position(start), before.position(end), new))
            model.replace(start, end, new)
            before = DocumentBuffer("file:///a.rs", model.text, encoding=encoding)
        tracker.replace(buffer.apply(edits))
        assert buffer.text == model.text
        states.append(model.state())
    assert tracker.edits == len(states) - 1
    assert_same(tracker, states[-1], model.original)
    order = data.draw(st.permutations(range(len(states))))
    for at_edit in order:
        assert_same(tracker, states[at_edit], model.original, at_edit)
    first = data.draw(st.integers(0, len(states) - 1))
    walked = 0
    for number, pieces in enumerate(tracker.walk(first, tracker.edits), start=first):
        left, added = states[number]
        found = {now: pieces.original_from_now((now.line, now.column)) for now in (*left, *added)}
        assert found == {**{now: (at.line, at.column) for now, at in left.items()}, **dict.fromkeys(added)}
        walked += 1
    assert walked == len(states) - first


def typed(tracker: PositionTracker, buffer: DocumentBuffer, at: Position, text: str) -> None:
    """`text`, one character an edit."""
    for count, character in enumerate(text):
        place = Position(at.line, at.column + count)
        tracker.replace(buffer.apply([Edit(place, place, character)]))


def test_typing_and_deleting_again_leaves_nothing_behind():
    tracker, buffer = PositionTracker(), DocumentBuffer("file:///a.rs", "one\ntwo\nthree\n")
    for round_ in range(50):
        typed(tracker, buffer, Position(1, 1), "word")
        for column in range(5, 1, -1):
            tracker.replace(buffer.apply([Edit(Position(1, column - 1), Position(1, column), "")]))
        assert len(tracker._now.then) == 1, round_
    assert buffer.text == "one\ntwo\nthree\n"
    assert tracker.now_from_original(1, 1) == Position(1, 1)


def test_edits_long_past_are_forgotten_and_recent_ones_known():
    tracker, buffer = PositionTracker(keep=300), DocumentBuffer("file:///a.rs", "a b\n")
    typed(tracker, buffer, Position(0, 1), "x" * 3_000)
    assert tracker.edits == 3_000
    for at_edit in (3_000, 2_999, 2_701, 2_850):
        assert tracker.remembers(at_edit)
        assert tracker.now_from_original(0, 2, at_edit) == Position(0, 2 + at_edit)
        assert tracker.original_from_now(0, 2 + at_edit, at_edit) == Position(0, 2)
    assert not tracker.remembers(100)
    with pytest.raises(KeyError, match="edit 100 of 3000"):
        tracker.now_from_original(0, 0, 100)
    assert len(tracker._edits) <= 300 + 512
    assert len(tracker._maps) <= 32


def test_an_edit_that_is_yet_to_come_cannot_be_asked_about():
    assert not PositionTracker().remembers(1)
    with pytest.raises(KeyError):
        PositionTracker().original_from_now(0, 0, 1)


def test_many_edits_all_over_a_long_document_stay_cheap():
    tracker = PositionTracker()
    buffer = DocumentBuffer("file:///a.rs", "fn f() {}\n" * 5_000)
    began = time.process_time()
    for number in range(2_000):
        place = Position((number * 37) % 5_000, 3)
        tracker.replace(buffer.apply([Edit(place, place, "x")]))
    for line in range(0, 5_000, 5):
        now = tracker.now_from_original(line, 6)
        assert tracker.original_from_now(now.line, now.column) == Position(line, 6)
    # Some 0.1 s: what grew with the length of the text for each edit would take ten times that.
    assert time.process_time() - began < 2
