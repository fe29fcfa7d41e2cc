"""Edits: what is known after any sequence of them is what a fresh reading of the text would know."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_rustide_load.reference_server.resolve import Resolver
from pytest_rustide_load.reference_server.syntax import parse
from pytest_rustide_load.reference_server.workspace import Workspace

Known = tuple[str, int, tuple[tuple[str, int], ...]]

_A = """use crate::b::Tool;
pub struct Item { pub size: u32, tool: Tool }
impl Item {
    pub fn new(size: u32) -> Self { Item { size, tool: Tool::default() } }
    pub fn work(&self) -> u32 { let t = self.tool.power(); fn inner() {} inner(); t + self.size }
}
"""
_B = """use crate::a::Item;
#[derive(Default)]
pub struct Tool { power: u32 }
impl Tool {
    pub fn power(&self) -> u32 { self.power }
    pub fn make(&self) -> Item { Item::new(self.power()) }
}
pub fn all(tools: &[Tool]) -> u32 { tools.iter().map(|t| t.make().work() + t.power()).sum() }
"""
_PIECES = [
    "",
    " ",
    "\n",
    "x",
    "size",
    "power",
    "Tool",
    "pub fn more() {}\n",
    "{",
    "}",
    "// c\n",
    "self.",
    "let q = 1;",
    '"',
]


def _workspace(a: str, b: str) -> Workspace:
    workspace = Workspace()
    workspace.roots.append(Path("/nowhere"))
    workspace.put("/nowhere/lib.rs", b"pub mod a;\npub mod b;\n")
    workspace.put("/nowhere/a.rs", a.encode())
    workspace.put("/nowhere/b.rs", b.encode())
    workspace.relink()
    return workspace


def _tree(data: bytes) -> str:
    return str(parse(data).root_node)


def _everything(workspace: Workspace) -> list[Known]:
    return _known(Resolver(workspace))


def _known(resolver: Resolver) -> list[Known]:
    """What every name of every file means: (file, offset, places of the declarations)."""
    found: set[Known] = set()
    for path, file in resolver.workspace.files.items():
        for item in file.items:
            for offset in resolver.analyser.analyse(item).uses:
                at = offset + item.item_start
                places = tuple((one.file.path, one.start) for one in resolver.definitions(file, at))
                found.add((path, at, places))
    return sorted(found)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.booleans(), st.floats(0, 1), st.integers(0, 12), st.sampled_from(_PIECES)),
        min_size=1,
        max_size=4,
    )
)
def test_after_edits_everything_is_known_as_from_a_fresh_start(
    edits: list[tuple[bool, float, int, str]],
) -> None:
    workspace = _workspace(_A, _B)
    resolver = Resolver(workspace)
    _known(resolver)
    for first, where, length, new in edits:
        file = workspace.files["/nowhere/a.rs" if first else "/nowhere/b.rs"]
        start = int(where * len(file.data))
        file.splice(start, min(start + length, len(file.data)), new.encode())
        workspace.refresh(file)
        resolver.definitions(file, start)
    if any(_tree(file.data) != str(file.tree.root_node) for file in workspace.files.values()):
        return  # The parser mends broken code differently when it comes from an edit.
    texts = [workspace.files[f"/nowhere/{name}.rs"].data.decode() for name in "ab"]
    assert _known(resolver) == _everything(_workspace(*texts))


def test_an_edit_inside_a_body_keeps_what_is_known_of_other_files() -> None:
    workspace = _workspace(_A, _B)
    resolver = Resolver(workspace)
    before = _known(resolver)
    revision = workspace.revision
    file = workspace.files["/nowhere/a.rs"]
    at = file.data.index(b"let t")
    file.splice(at, at, b"let extra = 1; ")
    workspace.refresh(file)
    assert workspace.revision == revision
    after = {(path, place): targets for path, place, targets in _known(resolver) if path.endswith("b.rs")}
    shift = len("let extra = 1; ")
    for path, place, targets in before:
        if path.endswith("b.rs"):
            moved = tuple(
                (target, start + shift if target.endswith("a.rs") and start > at else start)
                for target, start in targets
            )
            assert after[path, place] == moved


@pytest.mark.parametrize("new", ["pub fn added() {}\n", "pub struct Added;\n", "use crate::b::Tool as T;\n"])
def test_an_edit_of_declarations_moves_the_revision(new: str) -> None:
    workspace = _workspace(_A, _B)
    revision = workspace.revision
    file = workspace.files["/nowhere/a.rs"]
    file.splice(0, 0, new.encode())
    workspace.refresh(file)
    assert workspace.revision > revision
