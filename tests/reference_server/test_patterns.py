"""Locals: what binds them, how far they reach, what fields patterns and literals name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Check = Callable[[str], Any]

_CASES = {
    "a later let of the same name is another local": """
fn f() { let /*def*/x = 1; let y = /*use*/$0x; let x = /*use*/x + y; x; }
""",
    "a block ends a local's reach": """
fn f() { let x = 1; { let /*def*/x = 2; /*use*/$0x; } x; }
""",
    "parameters and closures": """
fn f(/*def*/n: u8) { let g = |m: u8| m + /*use*/$0n; g(/*use*/n); let h = |n: u8| n; }
""",
    "alternatives bind one local": """
enum E { A(u8), B(u8), C }
fn f(e: E) -> u8 { match e { E::A(/*def*/v) | E::B(v) if /*use*/v > 1 => /*use*/$0v, _ => 0 } }
""",
    "a binding with a subpattern": """
fn f(o: Option<u8>) { if let /*def*/whole @ Some(_) = o { /*use*/$0whole; } }
""",
    "guards see the pattern's names": """
fn f(o: Option<u8>) { match o { Some(/*def*/n) if /*use*/$0n > 1 => {} Some(n) => { n; } None => {} } }
""",
    "let chains": """
fn f(o: Option<u8>) { if let Some(/*def*/n) = o && /*use*/$0n > 1 { /*use*/n; } }
""",
    "self": """
struct S { v: u8 }
impl S { fn f(&/*def*/self) -> u8 { /*use*/self.v + /*use*/$0self.v } fn g(&self) { self.v; } }
""",
    "slices": """
fn f(v: &[u8]) { if let [/*def*/first, .., last] = v { /*use*/$0first; last; } }
""",
    "a field by literal, pattern, access and shorthand": """
struct P { /*def*/x: u8, y: u8 }
fn f(p: P, x: u8) { let P { /*use*/x: a, y } = p; P { /*use*/$0x: 1, y }; P { /*use*/x, y }; }
""",
    "a field by a shorthand pattern": """
struct P { /*def*/x: u8 }
fn f(p: P) -> u8 { let q = p./*use*/$0x; let P { /*use*/x } = p; x }
""",
    "tuple fields": """
struct W(/*def*/u8, u16);
fn f(w: W) { w./*use*/$00; w.1; let t = (1, 2); t.0; }
""",
}


@pytest.mark.parametrize("code", list(_CASES.values()), ids=list(_CASES))
def test_locals_and_fields_reach_as_far_as_rust_says(code: str, check: Check) -> None:
    check(code)


def test_a_format_string_uses_the_locals_it_names(snippet: Check) -> None:
    made = snippet('fn f($0name: &str) { println!("{name:>5} {{name}} {}", name); }')
    text = made.at[0].data
    assert [start for _, start in made.references()] == [text.index(b"{name") + 1, text.rindex(b"name")]


def test_a_shorthand_literal_names_the_field_and_the_local(snippet: Check) -> None:
    made = snippet("struct P { x: u8 } fn f(x: u8) -> P { P { $0x } }")
    text = made.at[0].data
    assert [start for _, start in made.definitions()] == [text.index(b"x: u8"), text.rindex(b"x: u8")]


def test_a_shorthand_pattern_names_the_new_local_and_the_field(snippet: Check) -> None:
    made = snippet("struct P { x: u8 } fn f(p: P) { let P { $0x } = p; }")
    text = made.at[0].data
    assert [start for _, start in made.definitions()] == [text.index(b"x: u8"), text.rindex(b"x }")]
