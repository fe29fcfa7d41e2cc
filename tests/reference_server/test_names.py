"""Modules, `use` trees, crates, re-exports, macros: what a path means."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Check = Callable[[str], Any]


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(
            """
fn /*def*/target() {}
fn caller() { /*use*/$0target(); self::/*use*/target(); crate::/*use*/target(); }
""",
            id="plain, self and crate paths",
        ),
        pytest.param(
            """
mod a {
    pub mod b { pub fn /*def*/deep() {} pub fn near() { /*use*/deep() } }
    pub fn up() { self::b::/*use*/deep(); b::/*use*/deep(); }
}
mod c { fn f() { super::a::b::/*use*/$0deep(); } }
""",
            id="inline modules and super",
        ),
        pytest.param(
            """
mod a { pub struct /*def*/One; pub struct Two; }
use a::{/*use*/$0One, Two as Second};
fn f(one: /*use*/One, second: Second) {}
""",
            id="use list",
        ),
        pytest.param(
            """
mod a { pub struct One; pub struct /*def*/Two; }
use a::{self, Two as Second};
fn f(second: $0Second, again: a::Two) {}
""",
            id="a renamed import leads to the item",
        ),
        pytest.param(
            """
mod a { pub mod inner { pub fn /*def*/hidden() {} } pub use self::inner::*; }
mod b { pub use super::a::*; }
use b::/*use*/hidden;
fn f() { /*use*/$0hidden(); crate::b::/*use*/hidden(); a::/*use*/hidden(); }
""",
            id="globs of globs",
        ),
        pytest.param(
            """
mod a { pub fn pick() {} }
mod b { pub fn /*def*/pick() {} }
use a::*;
use b::pick;
fn f() { $0pick(); }
""",
            id="a named import hides a glob's",
        ),
        pytest.param(
            """
enum Shade { /*def*/Dark, Light }
use Shade::*;
fn f(s: Shade) { match s { /*use*/$0Dark => {} Light => {} } let _ = Shade::/*use*/Dark; }
""",
            id="glob import of an enum's variants",
        ),
        pytest.param(
            """
fn helper() {}
fn outer() {
    fn /*def*/helper() {}
    /*use*/$0helper();
    { use std::mem; /*use*/helper(); }
}
fn other() { helper(); }
""",
            id="items of a block hide the module's",
        ),
        pytest.param(
            """
const /*def*/LIMIT: usize = 4;
static TABLE: [u8; /*use*/LIMIT] = [0; /*use*/LIMIT];
fn f(x: usize) -> bool { match x { /*use*/$0LIMIT => true, other => other > /*use*/LIMIT } }
""",
            id="constants in types, arrays and patterns",
        ),
        pytest.param(
            """
mod util {
    #[macro_export]
    macro_rules! /*def*/twice { ($e:expr) => { $e + $e }; }
    fn f() -> i32 { /*use*/twice!(1) }
}
fn g() -> i32 { crate::/*use*/$0twice!(2) }
""",
            id="an exported macro lives in the crate's root",
        ),
        pytest.param(
            """
mod r#type { pub fn /*def*/r#match() {} }
fn f() { r#type::/*use*/$0r#match(); }
""",
            id="raw identifiers",
        ),
        pytest.param(
            """
use self::shapes::Shape as S;
mod shapes { pub struct Shape { pub /*def*/size: u8 } }
type Alias = S;
fn f(a: Alias) -> u8 { a./*use*/$0size }
""",
            id="an alias of a renamed import",
        ),
    ],
)
def test_a_path_means_what_rust_says(code: str, check: Check) -> None:
    check(code)


def test_modules_are_found_in_files(check: Check) -> None:
    check(
        """//- /src/lib.rs
pub mod one;
pub mod two;
//- /src/one.rs
pub mod deep;
pub fn here() { deep::/*use*/bottom(); }
//- /src/one/deep.rs
pub fn /*def*/bottom() {}
//- /src/two/mod.rs
mod sub;
//- /src/two/sub.rs
use crate::one::deep;
fn f() { deep::/*use*/$0bottom(); super::super::one::deep::/*use*/bottom(); }
"""
    )


def test_a_module_with_a_path_attribute_is_found_where_it_says(check: Check) -> None:
    check(
        """//- /src/lib.rs
#[path = "elsewhere/odd.rs"]
mod even;
fn f() { even::$0inside(); }
//- /src/elsewhere/odd.rs
pub fn /*def*/inside() {}
"""
    )


_TWO_CRATES = """//- /Cargo.toml
[workspace]
members = ["crates/*"]
//- /crates/base-lib/Cargo.toml
[package]
name = "base-lib"
version = "0.1.0"
//- /crates/base-lib/src/lib.rs
mod inner;
pub use inner::Shape;
pub use crate::inner::area as measure;
//- /crates/base-lib/src/inner.rs
pub struct Shape;
pub fn /*def*/area(_: &Shape) {}
//- /crates/app/Cargo.toml
[package]
name = "app"
version = "0.1.0"
[dependencies]
DEPENDENCY
//- /crates/app/src/main.rs
use base_lib::measure;
fn main() { measure(&base_lib::Shape); ::base_lib::$0measure(&::base_lib::Shape); }
"""


def test_a_dependency_is_named_with_underscores_and_its_reexports_lead_on(check: Check) -> None:
    check(_TWO_CRATES.replace("DEPENDENCY", 'base-lib = { path = "../base-lib" }'))


def test_a_crate_that_is_no_dependency_cannot_be_named(snippet: Check) -> None:
    assert snippet(_TWO_CRATES.replace("DEPENDENCY", "")).definitions() == []


def test_a_renamed_dependency_has_its_new_name(check: Check) -> None:
    code = _TWO_CRATES.replace("DEPENDENCY", 'base_lib = { path = "../base-lib", package = "base-lib" }')
    check(code)


def test_a_binary_names_the_library_of_its_package(check: Check) -> None:
    check(
        """//- /src/lib.rs
pub fn /*def*/serve() {}
//- /src/main.rs
use demo::/*use*/serve;
fn main() { /*use*/$0serve(); }
//- /tests/smoke.rs
fn smoke() { demo::/*use*/serve(); }
"""
    )


def test_import_cycles_end(snippet: Check) -> None:
    made = snippet(
        """
mod a { pub use super::b::*; }
mod b { pub use super::a::*; pub use self::nothing; }
fn f() { a::$0nothing(); }
"""
    )
    assert made.definitions() == []


def test_a_module_is_declared_by_its_file(snippet: Check) -> None:
    made = snippet(
        """//- /src/lib.rs
mod part;
fn f() { $0part::go(); }
//- /src/part.rs
pub fn go() {}
"""
    )
    assert [(place[0].rsplit("/", 1)[1], place[1]) for place in made.definitions()] == [("part.rs", 0)]


def test_a_module_may_be_called_target_where_cargo_does_not_build(tmp_path):
    from pytest_rustide_load.reference_server.crates import rust_files

    for place in ("src/target/mod.rs", "target/debug/build/x.rs", "src/lib.rs"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text("")
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "a"\n')
    assert [path.removeprefix(f"{tmp_path}/") for path in rust_files(tmp_path)] == [
        "src/lib.rs",
        "src/target/mod.rs",
    ]
