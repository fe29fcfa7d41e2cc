"""Positions and offsets, in both encodings, on any text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.reference_server.source import SourceFile
from pytest_rustide_load.reference_server.text import Text

_TEXTS = st.text(alphabet=st.sampled_from("ab \n\r\té√𝄞漢{};"), max_size=60)


def _position(text: str, index: int, encoding: str) -> tuple[int, int]:
    """By definition: lines before, units since."""
    before = text[:index]
    lines = before.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if before.endswith("\r") and text[index : index + 1] == "\n":
        lines = [*lines[:-2], lines[-2]]
    size = len(lines[-1].encode("utf-8" if encoding == "utf-8" else "utf-16-le"))
    return len(lines) - 1, size if encoding == "utf-8" else size // 2


@given(_TEXTS, st.data(), st.sampled_from(["utf-8", "utf-16"]))
def test_a_position_leads_back_to_its_offset(text: str, data: st.DataObject, encoding: str) -> None:
    index = data.draw(st.integers(0, len(text)))
    if text[index - 1 : index + 1] == "\r\n":
        index += 1
    offset = len(text[:index].encode())
    made = Text(text.encode())
    assert made.position(offset, encoding) == _position(text, index, encoding)
    assert made.offset(*made.position(offset, encoding), encoding) == offset


@given(_TEXTS, st.integers(-1, 20), st.integers(-1, 100), st.sampled_from(["utf-8", "utf-16"]))
def test_any_position_gives_an_offset_at_a_character(
    text: str, line: int, column: int, encoding: str
) -> None:
    data = text.encode()
    offset = Text(data).offset(line, column, encoding)
    assert 0 <= offset <= len(data)
    data[:offset].decode()


def test_a_surrogate_pair_counts_two_in_utf16() -> None:
    text = Text("a𝄞b".encode())
    assert text.offset(0, 3, "utf-16") == 5
    assert text.position(5, "utf-16") == (0, 3)
    assert text.offset(0, 2, "utf-16") == 1


@given(_TEXTS, st.lists(st.tuples(st.integers(0, 60), st.integers(0, 8), _TEXTS), max_size=4))
def test_a_spliced_file_has_the_tree_of_its_text(text: str, edits: list[tuple[int, int, str]]) -> None:
    file = SourceFile("", "x.rs", f"fn f() {{ {text} }}\n".encode())
    assert file.tree is not None
    for start, length, new in edits:
        at = min(start, len(file.data))
        file.splice(at, min(at + length, len(file.data)), new.encode())
    fresh = SourceFile("", "x.rs", file.data)
    if b"\xef" not in file.data and _valid(file.data):
        assert str(file.tree.root_node) == str(fresh.tree.root_node)


def _valid(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


@given(_TEXTS, st.sampled_from([b"a", b"ab", "é".encode()]))
def test_occurrences_are_the_whole_words(text: str, name: bytes) -> None:
    data = text.encode()
    found = SourceFile("", "x.rs", data).occurrences(name)
    for at in found:
        assert data[at : at + len(name)] == name
    for separator in "\n\r\t {};":
        text = text.replace(separator, "|")
    assert len(found) == text.split("|").count(name.decode())
