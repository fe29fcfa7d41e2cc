"""Places where rust-analyzer has an answer of its own: found by asking both, kept here as cases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Check = Callable[[str], Any]

_CASES = {
    "Self is declared by its impl": """
struct Queue;
impl /*def*/Queue { fn new() -> $0Self { Self } }
""",
    "Self and the type's name are used in the impl": """
struct Queue;
impl /*use*/Queue { fn new() -> /*use*/$0Self { /*use*/Self } fn of(other: /*use*/Queue) {} }
impl Queue { fn again(&self) -> Self { Self::new() } }
""",
    "Self of a generic type is no use of its name": """
struct Stack<T>(Vec<T>);
impl<T> /*def*/Stack<T> { fn new() -> /*use*/$0Self { Stack(Vec::new()) } fn it(self) -> /*use*/Self {} }
""",
    "Self in a trait is no use of the trait": """
trait /*def*/Make { fn make() -> Self; fn again() -> Self where Self: Sized { Self::make() } }
fn f<T: /*use*/$0Make>() {}
""",
    "a constant of an impl is declared by the trait": """
trait Named { const /*def*/NAME: u32; }
struct A;
impl Named for A { const /*use*/NAME: u32 = 1; }
fn f() -> u32 { A::$0NAME }
""".replace("/*use*/", ""),
    "a type of an impl is declared by the trait": """
trait Shape { type /*def*/Unit; }
struct A;
impl Shape for A { type $0Unit = u32; }
""",
    "a derived method is declared by the derive": """
#[derive(Debug, /*def*/Clone)]
struct A;
#[derive(Clone)]
struct B;
fn f(a: &A, b: &B) -> A { b.clone(); let c = a./*use*/clone(); c./*use*/$0clone() }
""",
    "a derived default by what is wanted": """
#[derive(Clone, /*def*/Default)]
struct A { n: u8, m: u8 }
fn f() -> Option<A> { Some(A { n: 1, ..Default::$0default() }) }
""",
    "into ends in from": """
struct A;
struct B;
impl From<A> for B { fn /*def*/from(a: A) -> B { B } }
impl From<u8> for B { fn from(a: u8) -> B { B } }
fn f(a: A) -> B { a.$0into() }
""",
    "try_into ends in try_from": """
struct B;
impl TryFrom<u32> for B { type Error = (); fn /*def*/try_from(a: u32) -> Result<B, ()> { Ok(B) } }
fn f(a: u32) -> Result<(), ()> { let b: B = a.$0try_into()?; Ok(()) }
""",
    "parse ends in from_str": """
struct B;
impl std::str::FromStr for B { type Err = (); fn /*def*/from_str(s: &str) -> Result<B, ()> { Ok(B) } }
fn f(a: &str) -> Option<B> { a.$0parse::<B>().ok() }
""",
    "to_string ends in fmt": """
use std::fmt;
struct B;
impl fmt::Display for B { fn /*def*/fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { Ok(()) } }
fn f(b: B) -> String { b.$0to_string() }
""",
    "a box has a Display of its own": """
use std::fmt;
struct B(Option<Box<B>>);
impl fmt::Display for B {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 { Some(b) => b.$0fmt(f), None => Ok(()) }
    }
}
""",
    "references at a shorthand are those of the local": """
struct A { /*def*/n: u8 }
fn f(/*def*/n: u8) -> A { let m = /*use*/n; A { /*use*/$0n } }
""",
    "super and crate are uses of the module": """
//- /src/lib.rs
mod outer;
//- /src/outer.rs
pub fn go() {}
mod inner {
    use /*use*/super::go;
    pub(/*use*/super) fn f() { /*use*/super::go(); crate::/*use*/$0outer::go(); }
}
""",
    "a name for nothing is declared nowhere": """
trait A {}
mod m { use super::A as $0_; }
""",
    "macros of a macro_use module": """
//- /src/lib.rs
#[macro_use]
mod macros;
mod user { fn f() -> u8 { /*use*/twice!(1) } }
/*use*/$0twice! {}
//- /src/macros.rs
macro_rules! /*def*/twice { ($x:expr) => { $x * 2 }; () => {}; }
""",
    "an underscore holds its place in a pattern": """
struct A { /*def*/n: u8 }
fn f(v: &[(u8, A)]) {
    v.iter().filter(|(_, a)| a./*use*/$0n > 1).count();
    v.iter().fold(0, |_, (_, a)| a./*use*/n);
}
""",
    "a closure that is returned": """
struct A { /*def*/n: u8 }
fn f(m: u8) -> impl Fn(&A) -> u8 { move |a| a.$0n + m }
""",
    "a closure behind a reference": """
struct A { /*def*/n: u8 }
fn each(v: &[A], f: &dyn Fn(&A)) {}
fn f(v: &[A]) { each(v, &|a| println!("{}", a.$0n)); }
""",
    "a loop over an impl Iterator": """
struct A { /*def*/n: u8 }
struct B { held: Vec<A> }
impl B { fn all(&self) -> impl Iterator<Item = &A> + '_ { self.held.iter() } }
fn f(b: &B) { for a in b.all() { println!("{}", a.$0n); } }
""",
    "an IntoIterator's items": """
trait Go { fn /*def*/go(&self); }
fn f<T: Go, I: IntoIterator<Item = T>>(items: I) { items.into_iter().for_each(|t| t.$0go()); }
""",
    "an impl is chosen by the argument": """
trait Handler<E> { type Output; fn handle(&mut self, event: &E) -> Self::Output; }
struct Click;
struct Key;
struct Log;
impl Handler<Click> for Log { type Output = u8; fn handle(&mut self, event: &Click) -> u8 { 1 } }
impl Handler<Key> for Log { type Output = bool; fn /*def*/handle(&mut self, event: &Key) -> bool { true } }
fn f(log: &mut Log, c: &Click, k: &Key) { log.handle(c); log./*use*/$0handle(k); }
""",
    "a blanket impl on a generic": """
trait Shown {}
trait Loud { fn loud(&self); }
impl<T: Shown> Loud for T { fn /*def*/loud(&self) {} }
fn f<S: Shown>(s: &S) { s./*use*/$0loud(); }
""",
    "a vector where a slice is wanted": """
struct A { /*def*/n: u8 }
struct Ring<'a, T> { items: &'a [T] }
impl<'a, T> Ring<'a, T> { fn first(&self) -> &'a T { &self.items[0] } }
fn f(v: Vec<A>) -> u8 { Ring { items: &v }.first().$0n }
""",
    "Self is a use of an alias of the type, too": """
struct Long { n: u8 }
type /*def*/Short = Long;
impl Long { fn new() -> /*use*/Self { /*use*/Self { n: 1 } } fn of(l: Long) {} }
fn f(s: /*use*/$0Short) {}
""",
    "a bound with a lifetime and more traits": """
struct A { /*def*/n: u8 }
fn on(f: impl FnMut(&A) + Send + 'static) {}
fn f() { on(|a| drop(a.$0n)); }
""",
    "a number on the left of a type's operator": """
use std::ops::{Add, Mul};
struct V { /*def*/x: f64 }
impl Mul<V> for f64 { type Output = V; fn mul(self, v: V) -> V { v } }
impl Add for V { type Output = V; fn add(self, v: V) -> V { v } }
fn f(a: V, b: V) -> f64 { let c = 2.0 * (a + b); c.$0x }
""",
    "what a macro of one's own gives": """
struct A { n: u8, /*def*/m: u8 }
macro_rules! make { ($n:expr) => { make!($n, 2) }; ($n:expr, $m:expr) => {{ let a = A { n: $n, m: $m }; a }} }
fn f() -> u8 { let a = make!(1); a./*use*/$0m + make!(1, 2)./*use*/m }
""",
    "what a macro gives of its argument": """
struct A { /*def*/m: u8 }
macro_rules! twice { ($a:expr) => { ($a, $a) }; }
fn f(a: &A) -> u8 { twice!(a).1.$0m }
""",
    "a macro that calls itself for ever": """
struct A { m: u8 }
macro_rules! again { ($a:expr) => { again!($a) }; }
fn f(a: &A) -> u8 { again!(a).$0m }
""",
    "a macro that calls itself many times over": """
struct A { m: u8 }
macro_rules! again { ($a:expr) => { (AGAIN) }; }
fn f(a: &A) -> u8 { again!(a).$0m }
""".replace("AGAIN", ", ".join(["again!($a)"] * 40)),
    "a library by its own name": """
//- /core/Cargo.toml
[package]
name = "some-core"
[lib]
name = "kern"
//- /core/src/lib.rs
pub fn /*def*/go() {}
//- /app/Cargo.toml
[package]
name = "app"
[dependencies]
some-core = { path = "../core" }
//- /app/src/main.rs
fn main() { kern::/*use*/$0go(); }
""",
    "a library under another name": """
//- /core/Cargo.toml
[package]
name = "some-core"
[lib]
name = "kern"
//- /core/src/lib.rs
pub fn /*def*/go() {}
//- /app/Cargo.toml
[package]
name = "app"
[dependencies]
other = { path = "../core", package = "some-core" }
//- /app/src/main.rs
extern crate other as old;
fn main() { other::/*use*/$0go(); old::/*use*/go(); }
""",
    "a module of two tests, from the second": """
//- /tests/common/mod.rs
pub fn /*def*/setup() { again(); }
fn again() { setup(); }
//- /tests/one.rs
mod common;
fn one() { common::setup(); }
//- /tests/two.rs
mod common;
fn two() { common::/*use*/$0setup(); }
""",
    "a module of two tests, from the first": """
//- /tests/common/mod.rs
pub fn /*def*/setup() { again(); }
fn again() { /*use*/setup(); }
//- /tests/one.rs
mod common;
fn one() { common::/*use*/$0setup(); }
//- /tests/two.rs
mod common;
fn two() { common::setup(); }
""",
    "the lifetime of an associated type": """
trait C { type Iter<'a> where Self: 'a; fn items</*def*/'a>(&/*use*/'a self) -> Self::Iter</*use*/$0'a>; }
""",
}


@pytest.mark.parametrize("code", list(_CASES.values()), ids=list(_CASES))
def test_the_answer_is_rust_analyzers(code: str, snippet: Callable[[str], Any]) -> None:
    made = snippet(code)
    if made.marks["def"] or not made.marks["use"]:
        assert made.definitions() == sorted(made.marks["def"])
    if made.marks["use"]:
        found = {(place.file.path, place.start) for place in made.resolver.uses_at(*made.at)}
        assert sorted(found) == sorted(made.marks["use"])
