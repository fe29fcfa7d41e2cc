"""Traits: which method a call picks, what an associated type is, what counts as a reference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Check = Callable[[str], Any]

_CASES = {
    "a call on a concrete type goes to the impl": """
trait Area { fn area(&self) -> f64; }
struct Square(f64);
struct Circle(f64);
impl Area for Square { fn /*def*/area(&self) -> f64 { self.0 } }
impl Area for Circle { fn area(&self) -> f64 { self.0 } }
fn f(s: Square, c: Circle) { s./*use*/$0area(); c.area(); Square::/*use*/area(&s); Area::/*use*/area(&s); }
""",
    "a trait's method is used by bounds, objects and all impls": """
trait Area { fn /*def*/area(&self) -> f64; fn twice(&self) -> f64 { self./*use*/area() * 2.0 } }
struct Square(f64);
impl Area for Square { fn /*use*/area(&self) -> f64 { self.0 } }
fn f<T: Area>(t: &T, d: &dyn Area, b: Box<dyn Area>, i: impl Area) {
    t./*use*/$0area(); d./*use*/area(); b./*use*/area(); i./*use*/area(); Square(1.0)./*use*/area();
}
""",
    "a default method is found through a type that does not override it": """
trait Named { fn name(&self) -> String; fn /*def*/loud(&self) -> String { self.name() } }
struct Dog;
impl Named for Dog { fn name(&self) -> String { String::new() } }
fn f(d: &Dog) { d./*use*/$0loud(); }
""",
    "an inherent method goes before a trait's": """
trait Act { fn act(&self) {} }
struct Robot;
impl Act for Robot {}
impl Robot { fn /*def*/act(&self) {} }
fn f(r: Robot) { r./*use*/$0act(); <Robot as Act>::act(&r); }
""",
    "supertraits give their methods": """
trait Base { fn /*def*/base(&self); }
trait Upper: Base {}
fn f<T>(t: T) where T: Upper { t./*use*/$0base(); }
""",
    "impls for different arguments are told apart": """
struct Cell<T>(T);
impl Cell<u8> { fn /*def*/get(&self) {} }
impl Cell<String> { fn get(&self) {} }
fn f(a: Cell<u8>, b: Cell<String>) { a./*use*/$0get(); b.get(); }
""",
    "a blanket impl gives its method": """
trait Shown { fn shown(&self) -> String; }
trait Loud { fn /*def*/loud(&self) -> String; }
impl<T: Shown> Loud for T { fn /*use*/loud(&self) -> String { self.shown() } }
struct Word;
impl Shown for Word { fn shown(&self) -> String { String::new() } }
fn f(x: &dyn Loud) { x.$0/*use*/loud(); }
""".replace("x.$0/*use*/loud", "x./*use*/$0loud"),
    "an associated type of a bound": """
trait Source { type Item; fn next(&self) -> Self::Item; }
struct Stone { /*def*/size: u32 }
struct Quarry;
impl Source for Quarry { type Item = Stone; fn next(&self) -> Stone { todo!() } }
fn f<S: Source<Item = Stone>>(s: S, q: Quarry) { s.next()./*use*/$0size; q.next()./*use*/size; }
""",
    "an iterator of one's own": """
struct Stone { /*def*/size: u32 }
struct Walk;
impl Iterator for Walk { type Item = Stone; fn next(&mut self) -> Option<Stone> { None } }
fn f(w: Walk) { for s in w { s./*use*/$0size; } Walk.map(|s| s./*use*/size).max(); }
""",
    "a projection names the trait's associated type": """
trait Source { type /*def*/Item; }
fn f<S: Source>(x: S::/*use*/$0Item) -> <S as Source>::/*use*/Item { x }
""",
    "an associated constant through Self": """
struct Queue;
impl Queue { const /*def*/LIMIT: usize = 4; fn full(&self) -> bool { Self::/*use*/$0LIMIT > 1 } }
fn f() -> usize { Queue::/*use*/LIMIT }
""",
    "a constant of a trait through a parameter": """
trait Sized2 { const /*def*/WIDTH: usize; }
fn f<T: Sized2>() -> usize { T::/*use*/$0WIDTH }
""",
    "Self is a use of the type": """
#[derive(Default)]
struct /*def*/Queue { n: u8 }
impl /*use*/$0Queue { fn new() -> /*use*/Self { /*use*/Self { n: 1 } } }
impl /*use*/Queue { fn again(&self) -> /*use*/Self { /*use*/Self::new() } }
impl Clone for /*use*/Queue { fn clone(&self) -> /*use*/Self { todo!() } }
""",
    "deref of one's own": """
struct Inner;
impl Inner { fn /*def*/go(&self) {} }
struct Outer(Inner);
impl std::ops::Deref for Outer { type Target = Inner; fn deref(&self) -> &Inner { &self.0 } }
fn f(o: Outer) { o./*use*/$0go(); }
""",
    "a method of a where clause on the impl": """
trait Go { fn /*def*/go(&self); }
struct Holder<T> { held: T }
impl<T> Holder<T> where T: Go { fn run(&self) { self.held./*use*/$0go(); } }
""",
    "impl Trait as a result": """
trait Go { fn /*def*/go(&self); }
fn make() -> impl Go { todo!() }
fn f() { make()./*use*/$0go(); }
""",
    "a trait object's supertrait through an Rc": """
use std::rc::Rc;
trait Base { fn /*def*/base(&self); }
trait Upper: Base {}
fn f(x: Rc<dyn Upper>) { x./*use*/$0base(); }
""",
}


@pytest.mark.parametrize("code", list(_CASES.values()), ids=list(_CASES))
def test_traits_pick_what_rust_picks(code: str, check: Check) -> None:
    check(code)
