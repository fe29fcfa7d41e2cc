"""Rename: every place and no other, and the code still means the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pytest_rustide_load.reference_server.rename import CannotRename, module_edits, rename_edits

Make = Callable[[str], Any]


def _renamed(make: Make, code: str, new: str) -> str:
    made = make(code)
    file, offset = made.at
    data = file.data
    for place, text in reversed(rename_edits(made.resolver, file, offset, new)):
        assert place.file is file
        data = data[: place.start] + text.encode() + data[place.end :]
    return str(data.decode())


_CASES = {
    "a local and its format captures": (
        'fn f($0a: u8) { let b = a; println!("{a} {}", a); let a = 1; a; }',
        'fn f(z: u8) { let b = z; println!("{z} {}", z); let a = 1; a; }',
    ),
    "a field and its shorthands": (
        "struct P { $0a: u8 } fn f(p: P, a: u8) { p.a; P { a }; P { a: 1 }; let P { a } = p; a; }",
        "struct P { z: u8 } fn f(p: P, a: u8) { p.z; P { z: a }; P { z: 1 }; let P { z: a } = p; a; }",
    ),
    "a local of shorthands": (
        "struct P { a: u8 } fn f(p: P) { let P { mut $0a } = p; P { a }; }",
        "struct P { a: u8 } fn f(p: P) { let P { a: mut z } = p; P { a: z }; }",
    ),
    "a trait's method from an impl": (
        "trait T { fn a(&self); } struct S; impl T for S { fn $0a(&self) {} } fn f(s: S) { s.a(); }",
        "trait T { fn z(&self); } struct S; impl T for S { fn z(&self) {} } fn f(s: S) { s.z(); }",
    ),
    "a type but not Self": (
        "struct $0A; impl A { fn new() -> Self { Self } } fn f() -> A { A::new() }",
        "struct z; impl z { fn new() -> Self { Self } } fn f() -> z { z::new() }",
    ),
    "a lifetime": ("fn f<'a>(x: &$0'a u8) -> &'a u8 { x }", "fn f<'z>(x: &'z u8) -> &'z u8 { x }"),
    "alternatives of a pattern": (
        "enum E { A(u8), B(u8) } fn f(e: E) -> u8 { match e { E::A(a) | E::B(a) => $0a } }",
        "enum E { A(u8), B(u8) } fn f(e: E) -> u8 { match e { E::A(z) | E::B(z) => z } }",
    ),
}


@pytest.mark.parametrize(("before", "after"), list(_CASES.values()), ids=list(_CASES))
def test_a_rename_changes_every_place(before: str, after: str, snippet: Make) -> None:
    assert _renamed(snippet, before, "z") == after


@pytest.mark.parametrize("new", ["", "1a", "a b", "fn", "a-b", "_"])
def test_what_is_no_name_is_refused(new: str, snippet: Make) -> None:
    made = snippet("fn $0a() {}")
    with pytest.raises(CannotRename):
        rename_edits(made.resolver, *made.at, new)


@pytest.mark.parametrize(
    "code",
    ["fn f() { $0 }", "fn f(v: Vec<u8>) { v.$0len(); }", "mod $0m {}", "struct S(u8); fn f(s: S) { s.$00; }"],
)
def test_what_cannot_be_renamed_is_refused(code: str, snippet: Make) -> None:
    made = snippet(code)
    with pytest.raises(CannotRename):
        rename_edits(made.resolver, *made.at, "z")


MODULES = """//- /src/lib.rs
pub mod old;
pub use old::Thing;
use crate::old::inner::{self, Deep};
fn f(old: u8) -> old::Thing { let _ = (inner::Deep, Deep, old); self::old::Thing }
//- /src/old.rs
pub mod inner;
pub struct Thing;
mod tests { use super::Thing; use crate::old::inner::Deep; }
//- /src/old/inner.rs
pub struct Deep;
use super::super::old::Thing;
"""


def test_a_module_that_moves_is_named_anew_wherever_it_stands(snippet: Make) -> None:
    made = snippet(MODULES)
    file = made.workspace.files[str(made.root / "src/old.rs")]
    texts = {path: one.data for path, one in made.workspace.files.items()}
    for place, text in reversed(module_edits(made.resolver, file, "new")):
        data = texts[place.file.path]
        assert data[place.start : place.end] == b"old"
        texts[place.file.path] = data[: place.start] + text.encode() + data[place.end :]
    after = {path.removeprefix(str(made.root)): data.decode() for path, data in texts.items()}
    assert after["/src/lib.rs"] == (
        "pub mod new;\npub use new::Thing;\nuse crate::new::inner::{self, Deep};\n"
        "fn f(old: u8) -> new::Thing { let _ = (inner::Deep, Deep, old); self::new::Thing }\n"
    )
    assert "use crate::new::inner::Deep" in after["/src/old.rs"]
    assert "use super::super::new::Thing" in after["/src/old/inner.rs"]


def test_what_is_no_module_of_another_file_cannot_move(snippet: Make) -> None:
    made = snippet(MODULES)
    with pytest.raises(CannotRename):
        module_edits(made.resolver, made.workspace.files[str(made.root / "src/lib.rs")], "new")
    with pytest.raises(CannotRename):
        module_edits(made.resolver, made.workspace.files[str(made.root / "src/old.rs")], "fn")
