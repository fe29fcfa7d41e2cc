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


_CRATES = {
    "base": "pub trait Named { fn name(&self) -> u32; }\npub struct Thing { pub size: u32 }\n",
    "left": (
        "use base::{Named, Thing};\npub struct Left(pub Thing);\n"
        "impl Named for Left { fn name(&self) -> u32 { self.0.size } }\n"
    ),
    "right": "use base::Thing;\npub fn right(t: &Thing) -> u32 { t.size }\n",
    "top": "use left::Left;\nuse base::Named;\npub fn top(l: &Left) -> u32 { l.name() + l.0.size }\n",
}
_NEEDS = {"base": (), "left": ("base",), "right": ("base",), "top": ("base", "left")}


def _write_crates(root: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        (root / name / "src").mkdir(parents=True, exist_ok=True)
        needs = "".join(f'{one} = {{ path = "../{one}" }}\n' for one in _NEEDS[name])
        manifest = f'[package]\nname = "{name}"\nversion = "0.1.0"\n[dependencies]\n{needs}'
        (root / name / "Cargo.toml").write_text(manifest)
        (root / name / "src" / "lib.rs").write_text(text)


def _loaded(root: Path) -> Workspace:
    workspace = Workspace()
    for _ in workspace.load(root):
        pass
    return workspace


@pytest.mark.parametrize(
    ("crate", "new", "kept"),
    [
        ("top", "pub fn more() {}\n", {"base", "left", "right"}),
        ("left", "pub fn more() {}\n", {"base", "right"}),
        ("right", "pub struct More;\n", {"base", "left", "top"}),
        ("base", "pub struct More;\n", set()),
    ],
)
def test_only_a_changed_crate_and_those_that_depend_on_it_are_found_anew(
    crate: str, new: str, kept: set[str], tmp_path: Path
) -> None:
    _write_crates(tmp_path, _CRATES)
    workspace = _loaded(tmp_path)
    resolver = Resolver(workspace)
    _known(resolver)
    before = {one.files.name: one.memo for one in workspace.crates}
    file = workspace.files[str(tmp_path / crate / "src" / "lib.rs")]
    file.splice(0, 0, new.encode())
    workspace.refresh(file)
    assert {one.files.name for one in workspace.crates if one.memo is before[one.files.name]} == kept
    found = _known(resolver)
    (tmp_path / crate / "src" / "lib.rs").write_text(new + _CRATES[crate])
    assert found == _everything(_loaded(tmp_path))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    edits=st.lists(
        st.tuples(
            st.sampled_from(sorted(_CRATES)), st.floats(0, 1), st.integers(0, 9), st.sampled_from(_PIECES)
        ),
        min_size=1,
        max_size=4,
    )
)
def test_after_edits_in_several_crates_everything_is_known_as_from_a_fresh_start(
    edits: list[tuple[str, float, int, str]], tmp_path: Path
) -> None:
    _write_crates(tmp_path, _CRATES)
    workspace = _loaded(tmp_path)
    resolver = Resolver(workspace)
    _known(resolver)
    for crate, where, length, new in edits:
        file = workspace.files[str(tmp_path / crate / "src" / "lib.rs")]
        start = int(where * len(file.data))
        file.splice(start, min(start + length, len(file.data)), new.encode())
        workspace.refresh(file)
        _known(resolver)
    if any(_tree(file.data) != str(file.tree.root_node) for file in workspace.files.values()):
        return  # The parser mends broken code differently when it comes from an edit.
    files = [(path, file.data) for path, file in workspace.files.items()]
    for path, data in files:
        Path(path).write_bytes(data)
    assert _known(resolver) == _everything(_loaded(tmp_path))


@pytest.mark.parametrize("new", ["pub fn added() {}\n", "pub struct Added;\n", "use crate::b::Tool as T;\n"])
def test_an_edit_of_declarations_moves_the_revision(new: str) -> None:
    workspace = _workspace(_A, _B)
    revision = workspace.revision
    file = workspace.files["/nowhere/a.rs"]
    file.splice(0, 0, new.encode())
    workspace.refresh(file)
    assert workspace.revision > revision
