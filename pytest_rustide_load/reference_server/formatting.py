"""Formatting: indentation by brackets, no blanks at the ends of lines, one newline at the end.

Never changes tokens: lines inside string literals and block comments stay as they are, and no line is joined or
split. A line that goes on from the one before keeps its place relative to it. Applying it twice changes nothing
more. Must not know names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_rustide_load.reference_server.convert import Json, position

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from pytest_rustide_load.reference_server.source import SourceFile

_INDENT = 4
_OPENERS = {"(": ")", "[": "]", "{": "}"}
_CLOSERS = frozenset(_OPENERS.values())
_SOLID = frozenset({"string_literal", "raw_string_literal", "char_literal", "line_comment", "block_comment"})
_COMMENTS = frozenset({"line_comment", "block_comment"})
_GOES_ON = frozenset(". ? && || + - * / % == != <= >= = => -> as else where | & ^ < > :".split())


@dataclass(slots=True)
class _Token:
    kind: str
    start: int
    end: int


def format_edits(file: SourceFile, encoding: str, lines: tuple[int, int] | None = None) -> list[Json]:
    """Edits that format the file, or the lines first..last of it; none if the text has syntax errors."""
    if file.tree.root_node.has_error:
        return []
    data = file.data
    starts = file.text.line_starts
    edits: list[Json] = []
    for number, (start, wanted) in enumerate(zip(starts, _wanted_lines(file), strict=True)):
        if lines is not None and not lines[0] <= number <= lines[1]:
            continue
        end = starts[number + 1] if number + 1 < len(starts) else len(data)
        actual = data[start:end].rstrip(b"\r\n") if number + 1 < len(starts) else data[start:end]
        if wanted is not None and actual != wanted:
            edits.append(_edit(file, start, start + len(actual), wanted, encoding))
    if lines is None and data.strip():
        body_end = len(data.rstrip())
        if data[body_end:] not in {b"\n", b"\r\n"}:
            at_last = [edit for edit in edits if not _after(edit, file, body_end, encoding)]
            return [*at_last, _edit(file, _line_content_end(data, body_end), len(data), b"\n", encoding)]
    return edits


def _line_content_end(data: bytes, end: int) -> int:
    """Past the blanks that another edit of the last line takes away."""
    while end < len(data) and data[end] in b" \t":
        end += 1
    return end


def _after(edit: Json, file: SourceFile, offset: int, encoding: str) -> bool:
    line = file.text.position(offset, encoding)[0]
    return bool(edit["range"]["start"]["line"] > line)


def _edit(file: SourceFile, start: int, end: int, new: bytes, encoding: str) -> Json:
    span = {"start": position(file.text, start, encoding), "end": position(file.text, end, encoding)}
    return {"range": span, "newText": new.decode("utf-8", "replace")}


def _tokens(node: Node) -> Iterator[_Token]:
    if node.type in _SOLID or node.child_count == 0:
        yield _Token(node.type, node.start_byte, node.end_byte)
        return
    for child in node.children:
        yield from _tokens(child)


def _wanted_lines(file: SourceFile) -> list[bytes | None]:
    """Each line as it should be; None for one that begins inside a literal or comment."""
    data, starts = file.data, file.text.line_starts
    tokens = [token for token in _tokens(file.tree.root_node) if token.end > token.start]
    indents = [0] * len(starts)
    wanted: list[bytes | None] = []
    open_lines: list[int] = []
    previous: _Token | None = None
    attribute = False
    shift = 0
    at = 0
    for number, start in enumerate(starts):
        end = starts[number + 1] if number + 1 < len(starts) else len(data)
        line = data[start:end].rstrip(b"\r\n")
        inside = at < len(tokens) and tokens[at].start < start
        while at < len(tokens) and tokens[at].start < start:
            at += tokens[at].end <= start or tokens[at].start < start
        content = line.strip()
        if inside or (previous is not None and previous.end > start):
            wanted.append(None if _spans(tokens, at - 1, start) else line)
        elif not content:
            wanted.append(b"")
        else:
            own = len(line) - len(line.lstrip())
            first = tokens[at] if at < len(tokens) and tokens[at].start < end else None
            indent = _indent(first, previous, attribute, open_lines, indents, own + shift)
            shift = indent - own
            indents[number] = indent
            last = _last_token(tokens, at, end)
            solid = last is not None and last.end > end
            wanted.append(b" " * indent + (line.lstrip() if solid else content))
        while at < len(tokens) and tokens[at].start < end:
            token = tokens[at]
            if token.kind in _OPENERS:
                open_lines.append(number)
            elif token.kind in _CLOSERS and open_lines:
                open_lines.pop()
            if token.kind not in _COMMENTS:
                attribute = token.kind == "]" and _closes_attribute(tokens, at)
                previous = token
            at += 1
    return wanted


def _spans(tokens: list[_Token], at: int, start: int) -> bool:
    return 0 <= at < len(tokens) and tokens[at].end > start


def _last_token(tokens: list[_Token], at: int, end: int) -> _Token | None:
    last = None
    while at < len(tokens) and tokens[at].start < end:
        last = tokens[at]
        at += 1
    return last


def _closes_attribute(tokens: list[_Token], at: int) -> bool:
    depth = 0
    while at >= 0:
        if tokens[at].kind == "]":
            depth += 1
        elif tokens[at].kind == "[":
            depth -= 1
            if depth == 0:
                return at > 0 and tokens[at - 1].kind in {"#", "!"}
        at -= 1
    return False


def _indent(
    first: _Token | None,
    previous: _Token | None,
    attribute: bool,
    open_lines: list[int],
    indents: list[int],
    relative: int,
) -> int:
    """A closer stands under its opener's line, a new element one step in, the rest relative to before."""
    if first is not None and first.kind in _CLOSERS and open_lines:
        return indents[open_lines[-1]]
    base = indents[open_lines[-1]] + _INDENT if open_lines else 0
    fresh = previous is None or attribute or previous.kind in _OPENERS or previous.kind in {",", ";", "}"}
    if fresh and (first is None or first.kind not in _GOES_ON or first.kind in {"&", "*", "-", "|", "<"}):
        return base
    return max(0, relative)
