"""Formatting: what it changes, and what it must never change."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.reference_server.formatting import format_edits
from pytest_rustide_load.reference_server.source import SourceFile

_GOOD = """//! About.
use std::fmt::{
    self,
    Display,
};

/// Doc.
#[derive(Debug)]
pub struct A {
    x: u8, // note
    y: u16,
}

impl A {
    #[inline]
    pub fn f(&self, n: u8) -> String
    where
        u8: Copy,
    {
        let text = "one
  two";
        let total = self
            .list()
            .iter()
            .map(|x| {
                x + 1
            })
            .sum::<u8>();
        match total {
            0 => return String::new(),
            1 if n > 2 => {
                call(
                    1,
                    2,
                );
            }
            _ => {}
        }
        if n == 1 {
            a()
        } else {
            b()
        }
    }
}
"""


def _apply(text: str, edits: list[dict[str, Any]]) -> str:
    data = text.encode()
    file = SourceFile("", "x.rs", data)

    def offset(position: dict[str, int]) -> int:
        return file.text.offset(position["line"], position["character"], "utf-8")

    for edit in sorted(edits, key=lambda one: offset(one["range"]["start"]), reverse=True):
        start, end = offset(edit["range"]["start"]), offset(edit["range"]["end"])
        data = data[:start] + edit["newText"].encode() + data[end:]
    return data.decode()


def _format(text: str) -> str:
    return _apply(text, format_edits(SourceFile("", "x.rs", text.encode()), "utf-8"))


def test_well_formatted_code_stays_as_it_is() -> None:
    assert format_edits(SourceFile("", "x.rs", _GOOD.encode()), "utf-8") == []


def test_wrong_indentation_and_trailing_blanks_are_mended() -> None:
    lines = _GOOD.split("\n")
    inside = lines.index('  two";')
    bad = [
        line if at in {inside, inside - 1} else "   " + line.strip() + "  \t" for at, line in enumerate(lines)
    ]
    mended = _format("\n".join(bad)).split("\n")
    chain = {at for at, line in enumerate(lines) if line.strip().startswith((".", "where", "u8: Copy", "{"))}
    follow = {at + 1 for at in chain} | {at for at in range(len(lines)) if 23 <= at <= 26}
    same = [at for at in range(len(lines)) if at not in chain | follow]
    assert [mended[at] for at in same] == [lines[at] for at in same]


def test_code_with_syntax_errors_is_left_alone() -> None:
    assert format_edits(SourceFile("", "x.rs", b"fn f( {\n   }"), "utf-8") == []


def test_only_the_lines_asked_for_are_changed() -> None:
    text = "fn f() {\n a();\n b();\n}\n"
    edits = format_edits(SourceFile("", "x.rs", text.encode()), "utf-8", (2, 2))
    assert _apply(text, edits) == "fn f() {\n a();\n    b();\n}\n"


def test_line_ends_of_windows_are_kept() -> None:
    assert _format("fn f() {  \r\n  a();\r\n}\r\n") == "fn f() {\r\n    a();\r\n}\r\n"


def test_a_last_newline_is_added_and_surplus_ones_go() -> None:
    assert _format("fn f() {}") == "fn f() {}\n"
    assert _format("fn f() {}  \n\n\n") == "fn f() {}\n"
    assert _format("") == ""


_LINES = st.lists(
    st.sampled_from(
        [
            "let a = 1;",
            "f(",
            ")",
            ");",
            "{",
            "}",
            ".g()",
            "+ 2",
            "// c  ",
            "x,",
            "match x {",
            "1 => {",
            "},",
            "#[a]",
            'let s = "a  ',
            '  b";',
            "/* x",
            " y */",
            "",
            "  ",
            "fn q() {",
            "if a {",
            "} else {",
            "[1,",
            "]",
            "é;",
        ]
    ),
    max_size=14,
)


@given(_LINES, st.lists(st.integers(0, 9), min_size=14, max_size=14))
def test_formatting_twice_changes_nothing_more_and_tokens_stay(lines: list[str], margins: list[int]) -> None:
    body = "\n".join(" " * margin + line for margin, line in zip(margins, lines, strict=False))
    text = f"fn f() {{\n{body}\n}}\n"
    once = _format(text)
    assert _format(once) == once
    assert _leaves(once) == _leaves(text)


def _leaves(text: str) -> list[bytes]:
    file = SourceFile("", "x.rs", text.encode())
    found: list[bytes] = []

    def walk(node: Any) -> None:
        if node.child_count == 0 or node.type in {"string_literal", "block_comment"}:
            found.append(file.data[node.start_byte : node.end_byte].rstrip())
        else:
            for child in node.children:
                walk(child)

    walk(file.tree.root_node)
    return found
