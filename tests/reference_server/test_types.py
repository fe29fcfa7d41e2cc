"""Type inference: methods and fields of one name are told apart by the type before the dot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Check = Callable[[str], Any]

# In every body below `.size` and `.mass()` must be Stone's, not Wood's.
_WORLD = """
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::{Arc, Mutex};
#[derive(Debug, Clone, Default)]
pub struct Stone { pub /*def*/size: u32, inner: Option<Box<Stone>> }
#[derive(Debug, Clone, Default)]
pub struct Wood { pub size: u32 }
#[derive(Debug)]
pub enum Fault { Broken(Stone), Lost { piece: Stone, wood: Wood } }
pub struct Pair<A, B> { first: A, second: B }
impl<A, B> Pair<A, B> {
    fn new(first: A, second: B) -> Self { Pair { first, second } }
    fn swap(self) -> Pair<B, A> { Pair { first: self.second, second: self.first } }
    fn both(&self) -> (&A, &B) { (&self.first, &self.second) }
    fn map<C, F: Fn(A) -> C>(self, f: F) -> Pair<C, B> { Pair { first: f(self.first), second: self.second } }
}
impl Stone {
    pub const UNIT: Stone = Stone { size: 1, inner: None };
    pub fn new(n: u32) -> Self { Self::default() }
    pub fn same(&self) -> &Self { self }
    pub fn parse(text: &str) -> Result<Stone, Fault> { todo!() }
    pub fn find(n: u32) -> Option<&'static Stone> { None }
    pub fn wood(&self) -> Wood { Wood::default() }
}
impl Wood { pub fn stone(&self) -> Stone { Stone::default() } }
impl std::ops::Add for Stone { type Output = Stone; fn add(self, o: Stone) -> Stone { o } }
impl std::ops::Index<usize> for Wood { type Output = Stone; fn index(&self, i: usize) -> &Stone { todo!() } }
impl From<Wood> for Stone { fn from(w: Wood) -> Self { todo!() } }
pub fn any<T: Default>() -> T { T::default() }
pub fn apply<T, R>(value: T, f: impl FnOnce(T) -> R) -> R { f(value) }
fn body(stones: Vec<Stone>, woods: &[Wood], map: HashMap<String, Stone>, s: Stone, w: Wood) BODY
"""

_BODIES = {
    "constructor": "{ let a = Stone::new(1); a.$0size; }",
    "self type constructor chain": "{ Stone::new(1).same().same().$0size; }",
    "struct literal": "{ let a = Stone { size: 1, inner: None }; a.$0size; }",
    "associated constant": "{ Stone::UNIT.$0size; }",
    "question mark": '-> Result<(), Fault> { let a = Stone::parse("")?; a.$0size; Ok(()) }',
    "unwrap": "{ Stone::find(1).unwrap().$0size; }",
    "if let": "{ if let Some(a) = Stone::find(1) { a.$0size; } }",
    "let else": "{ let Some(a) = Stone::find(1) else { return }; a.$0size; }",
    "while let": "{ let mut v = stones; while let Some(a) = v.pop() { a.$0size; } }",
    "match on a result": '{ match Stone::parse("") { Ok(a) => a.$0size, Err(_) => 0 }; }',
    "a tuple variant": '{ if let Err(Fault::Broken(a)) = Stone::parse("") { a.$0size; } }',
    "a record variant": '{ if let Err(Fault::Lost { piece: a, .. }) = Stone::parse("") { a.$0size; } }',
    "matches": '{ let _ = matches!(Stone::parse(""), Ok(ref a) if a.$0size > 1); }',
    "for over a vector": "{ for a in stones { a.$0size; } }",
    "for over a reference": "{ for a in &stones { a.$0size; } }",
    "for with enumerate": "{ for (i, a) in stones.iter().enumerate() { a.$0size; } }",
    "for over a map": "{ for (k, a) in &map { a.$0size; } }",
    "values": "{ map.values().map(|a| a.$0size).sum::<u32>(); }",
    "zip": "{ for (w, a) in woods.iter().zip(stones.iter()) { a.$0size; } }",
    "closure of filter": "{ stones.iter().filter(|a| a.$0size > 1).count(); }",
    "collect by annotation": "{ let v: Vec<_> = woods.iter().map(|w| w.stone()).collect(); v[0].$0size; }",
    "collect by turbofish": "{ let v = woods.iter().map(Wood::stone).collect::<Vec<_>>(); v[0].$0size; }",
    "collect into a result": (
        '-> Result<(), Fault> { let v: Vec<Stone> = [""].iter().map(|t| Stone::parse(t))'
        ".collect::<Result<_, _>>()?; v[0].$0size; Ok(()) }"
    ),
    "collect into a map": (
        "{ let m: BTreeMap<u32, _> = stones.into_iter().map(|a| (1, a)).collect(); m[&1].$0size; }"
    ),
    "fold": "{ stones.iter().fold(0, |n, a| n + a.$0size); }",
    "max by key": "{ stones.iter().max_by_key(|a| a.size).map(|a| a.$0size); }",
    "flat map": "{ stones.iter().flat_map(|a| a.inner.iter()).map(|a| a.$0size).count(); }",
    "sort": "{ let mut v = stones; v.sort_by(|a, b| a.$0size.cmp(&b.size)); }",
    "windows": "{ for a in stones.windows(2) { a[0].$0size; } }",
    "chunks and a slice range": "{ stones[1..][0].$0size; }",
    "push tells the element": "{ let mut v = Vec::new(); v.push(s); v[0].$0size; }",
    "entry": "{ let mut m = HashMap::new(); m.entry(1).or_insert_with(|| Stone::new(1)).$0size; }",
    "nested boxes": "{ s.inner.as_ref().unwrap().$0size; }",
    "as deref": "{ if let Some(a) = s.inner.as_deref() { a.$0size; } }",
    "rc": "{ let a = Rc::new(s); a.$0size; }",
    "clone of an arc": "{ let a = Arc::new(s); let b = Arc::clone(&a); b.$0size; }",
    "mutex guard": "{ let a = Mutex::new(s); a.lock().unwrap().$0size; }",
    "clone of a reference": "{ let a = &s; a.clone().$0size; }",
    "dereference": "{ let a = &s; (*a).$0size; }",
    "tuple": "{ let (a, b) = (s, w); a.$0size; }",
    "tuple field": "{ let t = (w, s); t.1.$0size; }",
    "array": "{ let t = [s]; t[0].$0size; }",
    "operator": "{ let a = s + Stone::new(2); a.$0size; }",
    "index of a type of one's own": "{ w[0].$0size; }",
    "if as a value": "{ let a = if true { s } else { panic!() }; a.$0size; }",
    "match as a value": "{ let a = match 1 { 1 => return, _ => s }; a.$0size; }",
    "loop as a value": "{ let a = loop { break Stone::new(1) }; a.$0size; }",
    "block as a value": "{ let a = { let b = s; b }; a.$0size; }",
    "closure called": "{ let f = |x: Stone| x; f(s).$0size; }",
    "closure result": "{ let f = || Stone::new(1); f().$0size; }",
    "impl Fn parameter": "{ apply(s, |a| a.$0size); }",
    "generic function by expectation": "{ let a: Stone = any(); a.$0size; }",
    "generic function by turbofish": "{ any::<Stone>().$0size; }",
    "generic struct": "{ let p = Pair::new(w, s); p.swap().first.$0size; }",
    "generic struct's references": "{ let p = Pair::new(s, w); p.both().0.$0size; }",
    "generic struct's closure": "{ Pair::new(w, 1).map(|x| x.stone()).first.$0size; }",
    "option map": "{ Some(w).map(|x| x.stone()).unwrap_or_default().$0size; }",
    "ok or else": "-> Result<(), String> { Stone::find(1).ok_or_else(|| String::new())?.$0size; Ok(()) }",
    "into by annotation": "{ let a: Stone = w.into(); a.$0size; }",
    "from": "{ Stone::from(w).$0size; }",
    "shadowing": "{ let a = w; let a = a.stone(); a.$0size; }",
    "vec macro": "{ let v = vec![s]; v[0].$0size; }",
    "vec macro with a length": "{ let v = vec![Stone::new(1); 3]; v[0].$0size; }",
    "inside println": '{ println!("{} {:?}", 1, s.$0size); }',
    "inside assert_eq": '{ assert_eq!(stones[0].$0size, 1, "{}", w.size); }',
    "default by annotation": "{ let a: Stone = Default::default(); a.$0size; }",
    "later use tells an empty option": "{ let mut a = None; a = Some(s); a.unwrap().$0size; }",
    "take": "{ let mut a = Some(s); if let Some(b) = a.take() { b.$0size; } }",
    "string keys and get": '{ if let Some(a) = map.get("k") { a.$0size; } }',
    "find with a reference pattern": "{ stones.iter().find(|&a| a.$0size == 1); }",
    "reduce of cloned": "{ stones.iter().cloned().reduce(|a, b| a + b).unwrap().$0size; }",
    "struct update": "{ let a = Stone { size: 2, ..s }; a.$0size; }",
    "assignment target": "{ let mut a = s; a.$0size += 1; }",
    "cast around it": "{ let a = s; (a.$0size as u64) << 2; }",
    "async block": "{ let f = async { Stone::new(1) }; async { f.await.$0size }; }",
    "dyn in a box": "{ let v: Vec<Box<dyn Fn(u32) -> Stone>> = Vec::new(); v[0](1).$0size; }",
}


@pytest.mark.parametrize("body", list(_BODIES.values()), ids=list(_BODIES))
def test_the_field_of_the_inferred_type_is_found(body: str, check: Check) -> None:
    check(_WORLD.replace("BODY", body))


def test_generic_parameters_are_told_apart_by_owner(check: Check) -> None:
    check(
        """
struct A<T> { value: T }
impl<T> A<T> { fn get(&self) -> &T { &self.value } }
fn f</*def*/T: Clone>(x: &/*use*/$0T) -> Vec</*use*/T> { let v: Vec</*use*/T> = Vec::new(); v }
"""
    )


def test_a_const_parameter_is_found(check: Check) -> None:
    check("struct Grid<const /*def*/N: usize> { cells: [u8; /*use*/$0N] }")


def test_a_lifetime_is_found(check: Check) -> None:
    check("fn f</*def*/'a>(x: &/*use*/'a str, y: &/*use*/$0'a str) -> &/*use*/'a str { x }")


def test_a_loop_label_is_found(check: Check) -> None:
    check("fn f() { /*def*/'outer: loop { loop { break $0'outer; } } }")
