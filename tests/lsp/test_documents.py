"""Document buffers against a model that walks the text character by character."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from lsprotocol import types
from pygls.workspace import PositionCodec, TextDocument

from pytest_rustide_load.lsp.documents import DocumentBuffer, Edit, Position, column_in

ENCODINGS = ["utf-8", "utf-16", "utf-32"]
# One, two, three and four bytes in UTF-8; the last is two units in UTF-16. Every kind of line end.
texts = st.text(st.sampled_from("ab é→\U0001f980\n"), max_size=30) | st.text(
    st.sampled_from("aé\U0001f980\r\n"), max_size=12
)


def units(character: str, encoding: str) -> int:
    if encoding == "utf-8":
        return len(character.encode())
    return 2 if encoding == "utf-16" and ord(character) > 0xFFFF else 1


def walk(text: str, encoding: str) -> list[tuple[Position, int]]:
    """Every position that stands before a character of a line, or at the line's end, with its offset."""
    found, line, column, offset = [], 0, 0, 0
    while offset < len(text):
        found.append((Position(line, column), offset))
        if text[offset] in "\r\n":
            offset += 2 if text[offset : offset + 2] == "\r\n" else 1
            line, column = line + 1, 0
        else:
            column += units(text[offset], encoding)
            offset += 1
    return [*found, (Position(line, column), offset)]


@given(texts, st.sampled_from(ENCODINGS))
def test_offsets_and_positions_are_those_of_walking_the_text(text, encoding):
    buffer = DocumentBuffer("file:///a.rs", text, encoding=encoding)
    places = walk(text, encoding)
    for position, offset in places:
        assert buffer.offset(position) == offset
        assert buffer.position(offset) == position
    assert buffer.end() == places[-1][0]
    assert buffer.line_count() == places[-1][0].line + 1


@given(texts, st.sampled_from(ENCODINGS), st.integers(0, 9))
def test_a_column_beyond_the_line_is_its_end_and_one_inside_a_character_its_beginning(text, encoding, column):
    buffer = DocumentBuffer("file:///a.rs", text, encoding=encoding)
    on_line = {position.column: offset for position, offset in walk(text, encoding) if position.line == 0}
    assert buffer.offset(Position(0, column)) == on_line[max(known for known in on_line if known <= column)]


@given(texts, st.sampled_from(ENCODINGS))
def test_columns_count_the_units_of_the_encoding(text, encoding):
    line = text.replace("\r", "").replace("\n", "")
    for index in range(len(line) + 1):
        expected = sum(units(character, encoding) for character in line[:index])
        assert column_in(line, index, encoding) == expected


class DocumentMachine(RuleBasedStateMachine):
    """Edits on a buffer, on a plain string, and on the server's copy that hears of them by didChange."""

    @initialize(text=texts, encoding=st.sampled_from(ENCODINGS))
    def open(self, text: str, encoding: str) -> None:
        self.encoding = encoding
        self.buffer = DocumentBuffer("file:///a.rs", text, encoding=encoding)
        self.text = text
        self.changes = 0
        # pygls is somebody else's reading of the same paragraphs of LSP.
        self.server = TextDocument(
            "file:///a.rs", text, position_codec=PositionCodec(types.PositionEncodingKind(encoding))
        )

    def edit(self, data: st.DataObject) -> Edit:
        places = walk(self.text, self.encoding)
        indexes = sorted(data.draw(st.lists(st.integers(0, len(places) - 1), min_size=2, max_size=2)))
        (start, start_offset), (end, end_offset) = (places[index] for index in indexes)
        new = data.draw(texts)
        self.text = self.text[:start_offset] + new + self.text[end_offset:]
        return Edit(start, end, new)

    @rule(data=st.data(), count=st.integers(1, 3))
    def change(self, data: st.DataObject, count: int) -> None:
        before = self.text
        edits = [self.edit(data) for _ in range(count)]
        if count == 1:
            params = msgspec.json.decode(self.buffer.change(edits))
            assert params["textDocument"] == {"uri": "file:///a.rs", "version": self.buffer.version}
        else:
            # All in one notification: each is understood in the text the one before has left.
            assert self.buffer.text == before
            params = msgspec.json.decode(self.buffer.change(edits))
        self.changes += 1
        for change in params["contentChanges"]:
            span = types.Range(
                *(types.Position(end["line"], end["character"]) for end in change["range"].values())
            )
            self.server.apply_change(types.TextDocumentContentChangePartial(range=span, text=change["text"]))

    @rule(line=st.integers(0, 3))
    def refused(self, line: int) -> None:
        beyond = Position(self.buffer.line_count() + line, 0)
        with pytest.raises(IndexError):
            self.buffer.apply([Edit(Position(0, 0), Position(0, 0), "x"), Edit(beyond, beyond, "y")])

    @invariant()
    def all_agree(self) -> None:
        if hasattr(self, "buffer"):
            assert self.buffer.text == self.text == self.server.source
            assert self.buffer.version == 1 + self.changes
            assert msgspec.json.decode(self.buffer.did_open())["textDocument"]["text"] == self.text


TestDocumentMachine = DocumentMachine.TestCase
TestDocumentMachine.settings = settings(max_examples=60, stateful_step_count=12)


def test_an_edit_that_ends_before_it_starts_is_refused():
    buffer = DocumentBuffer("file:///a.rs", "abc")
    with pytest.raises(IndexError, match="before its start"):
        buffer.apply([Edit(Position(0, 2), Position(0, 1), "")])
    assert (buffer.text, buffer.version) == ("abc", 1)


def test_an_unknown_encoding_is_refused():
    with pytest.raises(ValueError, match="utf-7"):
        DocumentBuffer("file:///a.rs", "", encoding="utf-7")


def test_opening_sends_the_whole_text():
    params = msgspec.json.decode(DocumentBuffer("file:///a.rs", "fn é() {}", version=3).did_open())
    assert params["textDocument"] == {
        "uri": "file:///a.rs",
        "languageId": "rust",
        "version": 3,
        "text": "fn é() {}",
    }
