"""Hypothesis strategies for property tests of Rust tools: codebases, and edits that keep them right.

Knows nothing of servers; every failing example is repeated by its spec alone.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from pytest_rustide_load.codebase import Codebase, CodebaseSpec, generate_codebase
from pytest_rustide_load.codebase.foreign import ForeignCodebase

__all__ = ["LineEdit", "apply_edits", "codebase_specs", "codebases", "edit_sequences", "line_after"]

# Characters of one to four bytes in UTF-8 and of one or two units in UTF-16.
_NOTE_ALPHABET = "abc xyz_(){};\"'äß漢𝄞"


@dataclass(frozen=True, slots=True)
class LineEdit:
    """`text` and a line end inserted before `line` of `path`, as the file stands after the edits before it.

    `original_line` is that line in the codebase as it was generated. Lines count from 0.
    """

    path: str
    original_line: int
    line: int
    text: str


def codebase_specs(*, min_loc: int = 300, max_loc: int = 3_000) -> SearchStrategy[CodebaseSpec]:
    """Specs of small codebases, any seed; they shrink to fewer lines, crates and bytes a file."""
    return st.builds(
        CodebaseSpec,
        seed=st.integers(0, 2**64 - 1),
        loc=st.integers(min_loc, max_loc),
        crates=st.integers(1, 4),
        avg_file_bytes=st.integers(1_500, 8_000),
    )


def codebases(specs: SearchStrategy[CodebaseSpec] | None = None) -> SearchStrategy[Codebase]:
    """Generated codebases with their oracles, of `specs` where given. A failing example is printed as the
    call that makes it."""
    return st.builds(generate_codebase, codebase_specs() if specs is None else specs)


@st.composite
def edit_sequences(
    draw: st.DrawFn, codebase: Codebase | ForeignCodebase, *, min_edits: int = 0, max_edits: int = 20
) -> tuple[LineEdit, ...]:
    """Edits in the order they are made: comments in whole lines, at the codebase's edit sites, so that the
    code means the same and every answer of the oracle holds, `line_after` the edits. Empty for a codebase
    without edit sites."""
    sites = [
        (site.path, site.line) for path in codebase.rust_paths for site in codebase.oracle.edit_sites(path)
    ]
    if not sites:
        return ()
    notes = st.text(_NOTE_ALPHABET, max_size=12)
    chosen = draw(st.lists(st.tuples(st.sampled_from(sites), notes), min_size=min_edits, max_size=max_edits))
    made: dict[str, list[int]] = {}
    edits = []
    for (path, original_line), note in chosen:
        before = made.setdefault(path, [])
        line = original_line + bisect_right(before, original_line)
        insort(before, original_line)
        edits.append(LineEdit(path, original_line, line, f"// {note}"))
    return tuple(edits)


def apply_edits(codebase: Codebase | ForeignCodebase, edits: Sequence[LineEdit]) -> Mapping[str, str]:
    """The new text of every file that `edits` touch, by path."""
    lines: dict[str, list[str]] = {}
    for edit in edits:
        if edit.path not in lines:
            lines[edit.path] = codebase.text(edit.path).split("\n")
        lines[edit.path].insert(edit.line, edit.text)
    return {path: "\n".join(lines[path]) for path in sorted(lines)}


def line_after(edits: Sequence[LineEdit], path: str, line: int) -> int:
    """Where `line` of `path`, as generated, stands after `edits`; columns do not change."""
    return line + sum(edit.path == path and edit.original_line <= line for edit in edits)
