"""Hypothesis strategies for property tests of Rust tools: codebases, and edits that keep them right.

Knows nothing of servers; every failing example is repeated by its spec alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from pytest_rustide_load.codebase import Codebase, CodebaseSpec, EditSite, generate_codebase
from pytest_rustide_load.codebase.foreign import ForeignCodebase

__all__ = ["SourceEdit", "apply_edits", "codebase_specs", "codebases", "edit_sequences", "place_after"]

# Characters of one to four bytes in UTF-8 and of one or two units in UTF-16; none that ends a comment.
_NOTE_ALPHABET = "abc xyz_(){};\"'äß漢𝄞"
_WITHIN_LINES = frozenset({"comment", "signature", "macro"})


@dataclass(frozen=True, slots=True)
class SourceEdit:
    """`text` inserted at `line` and `column` of `path`, as the file stands after the edits before it: a whole
    line with its end, or within one. `kind` is that of the EditSite.

    `original_line` and `original_column` are that place in the codebase as it was generated. Lines count from
    0, columns are bytes of UTF-8.
    """

    path: str
    kind: str
    original_line: int
    original_column: int
    line: int
    column: int
    text: str


@st.composite
def codebase_specs(draw: st.DrawFn, *, min_loc: int = 300, max_loc: int = 3_000) -> CodebaseSpec:
    """Specs of small codebases, any seed; they shrink to fewer lines and crates, bytes a file, levels of
    dependencies, and users of the type that many share."""
    spec = CodebaseSpec(
        seed=draw(st.integers(0, 2**64 - 1)),
        loc=draw(st.integers(min_loc, max_loc)),
        crates=draw(st.integers(1, 4)),
        avg_file_bytes=draw(st.integers(1_500, 8_000)),
    )
    return replace(
        spec,
        dependency_depth=draw(st.integers(1, spec.crates)),
        shared_component_fan_in=draw(st.integers(0, spec.files // 2)),
    )


def codebases(specs: SearchStrategy[CodebaseSpec] | None = None) -> SearchStrategy[Codebase]:
    """Generated codebases with their oracles, of `specs` where given. A failing example is printed as the
    call that makes it."""
    return st.builds(generate_codebase, codebase_specs() if specs is None else specs)


@st.composite
def edit_sequences(
    draw: st.DrawFn, codebase: Codebase | ForeignCodebase, *, min_edits: int = 0, max_edits: int = 20
) -> tuple[SourceEdit, ...]:
    """Edits in the order they are made, at the codebase's edit sites of every kind: comments, statements and
    items that nobody uses. The code means the same, and every answer of the oracle holds, `place_after` the
    edits. Empty for a codebase without edit sites."""
    sites = [site for path in codebase.rust_paths for site in codebase.oracle.edit_sites(path)]
    if not sites:
        return ()
    # First a kind: most sites are comments.
    by_kind = {
        kind: [site for site in sites if site.kind == kind] for kind in sorted({s.kind for s in sites})
    }
    one = st.sampled_from(list(by_kind.values())).flatmap(st.sampled_from)
    notes = st.text(_NOTE_ALPHABET, max_size=12)
    chosen = draw(st.lists(st.tuples(one, notes), min_size=min_edits, max_size=max_edits))
    edits: list[SourceEdit] = []
    for number, (site, note) in enumerate(chosen):
        text = _typed(site, note, number)
        original_column = site.column if site.kind in _WITHIN_LINES else 0
        line, column = place_after(edits, site.path, site.line, original_column)
        edits.append(SourceEdit(site.path, site.kind, site.line, original_column, line, column, text))
    return tuple(edits)


def apply_edits(codebase: Codebase | ForeignCodebase, edits: Sequence[SourceEdit]) -> Mapping[str, str]:
    """The new text of every file that `edits` touch, by path."""
    lines: dict[str, list[bytes]] = {}
    for edit in edits:
        if edit.path not in lines:
            lines[edit.path] = codebase.text(edit.path).encode().split(b"\n")
        of_file = lines[edit.path]
        old = of_file[edit.line]
        new = old[: edit.column] + edit.text.encode() + old[edit.column :]
        of_file[edit.line : edit.line + 1] = new.split(b"\n")
    return {path: b"\n".join(lines[path]).decode() for path in sorted(lines)}


def place_after(edits: Sequence[SourceEdit], path: str, line: int, column: int) -> tuple[int, int]:
    """The line and column at which what stood at `line` and `column` of `path`, as generated, stands after
    `edits`; UTF-8 bytes."""
    new_line, new_column = line, column
    for edit in edits:
        if edit.path != path:
            continue
        if edit.kind not in _WITHIN_LINES:
            new_line += edit.original_line <= line
        elif edit.original_line == line and edit.original_column <= column:
            new_column += len(edit.text.encode())
    return new_line, new_column


def _typed(site: EditSite, note: str, number: int) -> str:
    """What goes there; the numbered names are used once."""
    if site.kind == "comment":
        return f"{note} "
    if site.kind in _WITHIN_LINES:
        return f"/* {note} */ "
    content = {
        "line": f"// {note}",
        "statement": f"let _note_{number} = {len(note)};",
        "item": f"const _NOTE_{number}: u32 = {len(note)};",
    }[site.kind]
    return f"{' ' * site.column}{content}\n"
