"""A user's own repository as a codebase: where a user may point, what an outline holds, and nothing claimed
beyond that."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_rustide_load.codebase import LANDMARK_KINDS, CodebaseSpec, generate_codebase
from pytest_rustide_load.codebase.foreign import ForeignCodebase
from pytest_rustide_load.codebase.foreign_crates import (
    default_features,
    parse_manifests,
    reached_files,
    surely_compiled,
)
from pytest_rustide_load.codebase.foreign_scan import UNKNOWN_SYMBOL
from pytest_rustide_load.strategies import apply_edits, edit_sequences, place_after

MANIFEST = '[package]\nname = "a"\n'
LIB = """//! A crate.
mod inner;
mod missing;

/// Größe.
#[derive(Clone)]
pub struct Pair<T> {
    pub left: T,
}

pub enum Shape {
    Circle(u8),
    Empty,
}

impl<T: Clone> Pair<T> {
    pub fn first(&self) -> T { /* ä𝄞 */ self.left.clone() }
    fn make(left: T) -> Self {
        Self { left }
    }
}

pub fn run(pair: Pair<u8>) -> u8 {
    fn hidden() {}
    let copy = Pair { left: pair.left };
    helper::<u8>(copy.first());
    Shape::Circle(inner::helper(1));
    println!("{}", run(copy));
    let _: Vec<u8> = Vec::new();
    pair.first()
}

#[cfg(unix)]
fn off() { run(3); }
#[cfg(test)]
mod tests {
    fn probe() { super::run(1); }
}
fn broken( { run(
"""


def foreign(**changes: str) -> ForeignCodebase:
    files = {"Cargo.toml": MANIFEST, "src/lib.rs": LIB, "src/inner.rs": "pub fn helper(x: u8) -> u8 { x }\n"}
    return ForeignCodebase(files | changes)


def shown(codebase, landmarks):
    rows = []
    for mark in landmarks:
        line = codebase.text(mark.path).split("\n")[mark.line].encode()
        rows.append((mark.line, mark.kind, line[mark.column : mark.column + mark.length].decode()))
    return rows


def test_landmarks_are_uses_of_names_the_project_declares():
    codebase = foreign()
    assert shown(codebase, codebase.oracle.landmarks(path="src/lib.rs")) == [
        (15, "type_use", "Pair"),
        (16, "field", "left"),
        (22, "type_use", "Pair"),
        (24, "type_use", "Pair"),
        (24, "field_init", "left"),
        (24, "field", "left"),
        (25, "function_call", "helper"),
        (25, "method_call", "first"),
        (26, "enum_variant", "Circle"),
        (26, "function_call", "helper"),
        (29, "method_call", "first"),
        (36, "function_call", "run"),
    ]


def test_what_is_not_known_is_not_claimed():
    oracle = foreign().oracle
    for landmark in oracle.landmarks():
        assert landmark.symbol == UNKNOWN_SYMBOL
        assert landmark.kind in LANDMARK_KINDS
        assert oracle.definition(landmark) == oracle.references(landmark) == ()
        assert oracle.hover(landmark) == oracle.completions(landmark) == ()
    assert oracle.workspace_symbols("run") == ()


def test_members_are_completed_and_everything_else_asked_everywhere():
    oracle = foreign().oracle
    assert {mark.kind for mark in oracle.askable("completion", "src/lib.rs")} == {"field", "method_call"}
    assert oracle.askable("hover", "src/lib.rs") == oracle.landmarks(path="src/lib.rs")


@pytest.mark.parametrize("count", [1, 2, 5, 100])
def test_probes_are_spread_over_all_landmarks(count):
    oracle = foreign().oracle
    probes = oracle.probes(count)
    assert 0 < len(probes) <= count
    assert probes[0] == oracle.landmarks()[0]
    assert len(set(probes)) == len(probes)
    if count >= len(oracle.landmarks()):
        assert list(probes) == list(oracle.landmarks())
    assert list(ForeignCodebase({}).oracle.probes(count)) == []


def test_the_outline_of_a_file():
    symbols = [(one.name, one.kind, one.line) for one in foreign().oracle.document_symbols("src/lib.rs")]
    assert symbols[:12] == [
        ("inner", 2, 1),
        ("missing", 2, 2),
        ("Pair", 23, 6),
        ("left", 8, 7),
        ("Shape", 10, 10),
        ("Circle", 22, 11),
        ("Empty", 22, 12),
        ("first", 6, 16),
        ("make", 12, 17),
        ("run", 12, 22),
        ("tests", 2, 35),
        ("probe", 12, 36),
    ]
    assert all(name not in {"hidden", "off"} for name, _, _ in symbols)


def test_a_file_that_nothing_reaches_has_no_landmarks():
    codebase = foreign(**{"fixtures/x.rs": "fn run() { run() }\n", "src/stray.rs": "fn run() { run() }\n"})
    assert "fixtures/x.rs" in codebase.rust_paths
    assert {mark.path for mark in codebase.oracle.landmarks()} == {"src/lib.rs"}
    assert codebase.oracle.document_symbols("fixtures/x.rs")


def test_a_generated_codebase_is_reached_whole_and_its_outline_is_that_of_its_own_oracle():
    generated = generate_codebase(CodebaseSpec(seed=9, loc=1_500))
    read = ForeignCodebase({path: generated.text(path) for path in generated.paths})
    assert read.rust_paths == generated.rust_paths
    assert read.loc == generated.loc
    known = {(mark.path, mark.line, mark.column, mark.length) for mark in generated.oracle.landmarks()}
    found = {(mark.path, mark.line, mark.column, mark.length) for mark in read.oracle.landmarks()}
    # Names that the standard library has as well, such as `push`, are pointed at where they are its own.
    assert len(found & known) > 0.9 * len(found)
    for path in generated.rust_paths:
        own = {(one.name, one.line) for one in generated.oracle.document_symbols(path)}
        listed = {(one.name, one.line) for one in read.oracle.document_symbols(path)}
        assert own <= listed


@given(st.data())
def test_edits_at_its_sites_keep_the_landmarks_and_the_outline(data):
    codebase = foreign()
    edits = data.draw(edit_sequences(codebase))
    edited = ForeignCodebase(
        {path: codebase.text(path) for path in codebase.paths} | apply_edits(codebase, edits)
    )
    for path in codebase.rust_paths:
        moved = [
            (place_after(edits, path, one.line, 0)[0], one.name)
            for one in codebase.oracle.document_symbols(path)
        ]
        assert [(one.line, one.name) for one in edited.oracle.document_symbols(path)] == moved
        places = [
            place_after(edits, path, one.line, one.column) for one in codebase.oracle.landmarks(path=path)
        ]
        assert [(one.line, one.column) for one in edited.oracle.landmarks(path=path)] == places


@settings(max_examples=50)
@given(st.text(), st.text("fn mod impl {}();:<>\"'#[]!_aß\n/*", max_size=200))
def test_any_text_can_be_read(anything, almost_rust):
    codebase = foreign(**{"src/inner.rs": anything, "src/main.rs": almost_rust, "x/Cargo.toml": anything})
    codebase.oracle.landmarks()
    assert codebase.byte_size("src/inner.rs") == len(codebase.text("src/inner.rs").encode())


def test_modules_nest_as_deep_as_they_like():
    depth = 3_000
    nested = "".join(f"mod m{number} {{ " for number in range(depth)) + "}" * depth
    found = foreign(**{"src/inner.rs": nested}).oracle.document_symbols("src/inner.rs")
    assert [one.name for one in found] == [f"m{number}" for number in range(depth)]


def test_equal_contents_have_equal_hashes():
    assert foreign().content_hash == foreign().content_hash
    assert foreign().content_hash != foreign(**{"src/inner.rs": ""}).content_hash


WORKSPACE = """
[workspace]
members = ["crates/*", "tool"]
exclude = ["crates/old"]
"""


@pytest.mark.parametrize(
    ("manifests", "expected"),
    [
        ({"": MANIFEST}, ["build.rs", "src/lib.rs", "src/bin/b.rs", "src/bin/c/main.rs", "tests/t.rs"]),
        ({"": "[package]\n[lib]\npath = './lib/root.rs'\n[[bin]]\npath = 7"}, ["lib/root.rs"]),
        ({"": WORKSPACE, "crates/a": MANIFEST, "crates/old": MANIFEST, "crates/a/deep": MANIFEST},
         ["crates/a/src/lib.rs"]),
        ({"": WORKSPACE, "tool": "[package]\n[dev-dependencies]\nd.path = '../extra'", "extra": MANIFEST},
         ["tool/src/main.rs", "extra/src/lib.rs"]),
        ({"": MANIFEST + "[target.'cfg(unix)'.dependencies]\nd = { path = 'sub' }", "sub": MANIFEST},
         ["src/lib.rs", "sub/src/lib.rs"]),
        ({"": WORKSPACE, "crates/{{name}}": "[package]\nname = {{name}}"}, []),
        ({"": "package = 1\nlib = 2\n[workspace]\nmembers = 3\nexclude = [4]"}, ["src/lib.rs"]),
    ],
    ids=["targets", "named", "members", "path", "target path", "template", "nonsense"],
)  # fmt: skip
def test_the_crates_of_a_workspace_are_reached(manifests, expected):
    texts = {f"{folder}/Cargo.toml".removeprefix("/"): text for folder, text in manifests.items()}
    stray = ["crates/old/src/lib.rs", "crates/a/deep/src/lib.rs", "crates/{{name}}/src/lib.rs", "src/x/y.rs"]
    assert reached_files(parse_manifests(texts), {*expected, *stray}, {}) == frozenset(expected)


def test_modules_are_followed_to_the_files_that_hold_them():
    modules = {
        "src/lib.rs": ["a", "b", "gone"],
        "src/a.rs": ["deep"],
        "src/a/deep.rs": ["deeper"],
        "src/b/mod.rs": ["c"],
        "src/other.rs": ["d"],
    }
    paths = [*modules, "src/a/deep/deeper.rs", "src/b/c.rs", "src/d.rs", "src/c.rs"]
    assert reached_files(parse_manifests({"Cargo.toml": MANIFEST}), paths, modules) == {
        "src/lib.rs",
        "src/a.rs",
        "src/a/deep.rs",
        "src/a/deep/deeper.rs",
        "src/b/mod.rs",
        "src/b/c.rs",
    }


@pytest.mark.parametrize(
    ("attribute", "there"),
    [
        ("#[derive(Clone)]", True),
        ("#[cfg_attr(unix, allow(x))]", True),
        ("#[cfg(test)]", True),
        ("#[cfg(unix)]", False),
        ("#[cfg(not(test))]", False),
        ('#[cfg(feature = "std")]', True),
        ('#[cfg(feature = "rare")]', False),
        ('#![cfg( any(unix, all(feature="std", test,),) )]', True),
        ('#[cfg(all(feature = "std", any(feature = "rare", windows)))]', False),
        ("#[cfg(any())]", False),
    ],
)
def test_what_conditions_leave_in_place(attribute, there):
    assert surely_compiled(attribute, frozenset({"std"})) == there


def test_default_features_are_those_of_the_nearest_manifest():
    files = {
        "Cargo.toml": "[features]\ndefault = ['one']\none = ['two', 'dep:x']\ntwo = ['one']\nrare = []",
        "sub/Cargo.toml": "[features]\nrare = []",
    }
    manifests = parse_manifests(files)
    assert default_features(manifests, "src/a/b.rs") == {"default", "one", "two", "dep:x"}
    assert default_features(manifests, "sub/src/lib.rs") == frozenset()


def test_code_behind_a_default_feature_is_offered():
    text = '#[cfg(feature = "std")]\nfn on() { on() }\n#[cfg(feature = "rare")]\nfn off() { on() }\n'
    manifest = MANIFEST + "[features]\ndefault = ['std']\nstd = []\nrare = []\n"
    codebase = ForeignCodebase({"Cargo.toml": manifest, "src/lib.rs": text})
    assert shown(codebase, codebase.oracle.landmarks()) == [(1, "function_call", "on")]
