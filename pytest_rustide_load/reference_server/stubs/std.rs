//! An outline of the standard library: enough signatures for types to flow through ordinary code.
//! Iterator adaptors are one type, `iter::Seq`, since only their items matter here.

pub mod prelude {
    pub use crate::borrow::ToOwned;
    pub use crate::boxed::Box;
    pub use crate::clone::Clone;
    pub use crate::cmp::{Eq, Ord, PartialEq, PartialOrd};
    pub use crate::convert::{AsMut, AsRef, From, Into, TryFrom, TryInto};
    pub use crate::default::Default;
    pub use crate::iter::{DoubleEndedIterator, ExactSizeIterator, Extend, FromIterator, IntoIterator, Iterator};
    pub use crate::marker::{Copy, Send, Sized, Sync, Unpin};
    pub use crate::mem::drop;
    pub use crate::ops::{AsyncFn, Drop, Fn, FnMut, FnOnce};
    pub use crate::option::Option::{self, None, Some};
    pub use crate::result::Result::{self, Err, Ok};
    pub use crate::string::{String, ToString};
    pub use crate::vec::Vec;
}

pub mod marker {
    pub trait Copy: Clone {}
    pub trait Send {}
    pub trait Sized {}
    pub trait Sync {}
    pub trait Unpin {}
    pub struct PhantomData<T>;
    impl<T> Clone for PhantomData<T> { fn clone(&self) -> PhantomData<T>; }
}

pub mod clone {
    pub trait Clone {
        fn clone(&self) -> Self;
        fn clone_from(&mut self, source: &Self) {}
    }
}

pub mod cmp {
    pub enum Ordering { Less, Equal, Greater }
    impl Ordering {
        pub fn reverse(self) -> Ordering;
        pub fn then(self, other: Ordering) -> Ordering;
        pub fn then_with<F: FnOnce() -> Ordering>(self, f: F) -> Ordering;
        pub fn is_eq(self) -> bool;
        pub fn is_ne(self) -> bool;
        pub fn is_lt(self) -> bool;
        pub fn is_le(self) -> bool;
        pub fn is_gt(self) -> bool;
        pub fn is_ge(self) -> bool;
    }
    impl PartialEq for Ordering {}
    impl Ord for Ordering {}
    pub struct Reverse<T>(pub T);
    pub trait PartialEq<Rhs = Self> {
        fn eq(&self, other: &Rhs) -> bool;
        fn ne(&self, other: &Rhs) -> bool {}
    }
    pub trait Eq: PartialEq {}
    pub trait PartialOrd<Rhs = Self>: PartialEq<Rhs> {
        fn partial_cmp(&self, other: &Rhs) -> Option<Ordering>;
        fn lt(&self, other: &Rhs) -> bool {}
        fn le(&self, other: &Rhs) -> bool {}
        fn gt(&self, other: &Rhs) -> bool {}
        fn ge(&self, other: &Rhs) -> bool {}
    }
    pub trait Ord: Eq + PartialOrd {
        fn cmp(&self, other: &Self) -> Ordering;
        fn max(self, other: Self) -> Self {}
        fn min(self, other: Self) -> Self {}
        fn clamp(self, min: Self, max: Self) -> Self {}
    }
    pub fn max<T: Ord>(a: T, b: T) -> T;
    pub fn min<T: Ord>(a: T, b: T) -> T;
}

pub mod convert {
    pub trait From<T> { fn from(value: T) -> Self; }
    pub trait Into<T> { fn into(self) -> T; }
    pub trait TryFrom<T> {
        type Error;
        fn try_from(value: T) -> Result<Self, Self::Error>;
    }
    pub trait TryInto<T> {
        type Error;
        fn try_into(self) -> Result<T, Self::Error>;
    }
    pub trait AsRef<T> { fn as_ref(&self) -> &T; }
    pub trait AsMut<T> { fn as_mut(&mut self) -> &mut T; }
    pub enum Infallible {}
    impl<T, U: From<T>> Into<U> for T { fn into(self) -> U; }
    impl<T, U: TryFrom<T>> TryInto<U> for T {
        type Error = U::Error;
        fn try_into(self) -> Result<U, Self::Error>;
    }
}

pub mod default {
    pub trait Default { fn default() -> Self; }
}

pub mod borrow {
    pub trait ToOwned {
        type Owned;
        fn to_owned(&self) -> Self::Owned;
    }
    impl ToOwned for str { type Owned = String; fn to_owned(&self) -> String; }
    impl<T> ToOwned for [T] { type Owned = Vec<T>; fn to_owned(&self) -> Vec<T>; }
    impl<T: Clone> ToOwned for T { type Owned = T; fn to_owned(&self) -> T; }
    pub trait Borrow<T> { fn borrow(&self) -> &T; }
    pub enum Cow<T> { Borrowed(&T), Owned(String) }
    impl<T> crate::ops::Deref for Cow<T> { type Target = T; }
    impl<T> Cow<T> {
        pub fn into_owned(self) -> <T as ToOwned>::Owned;
    }
}

pub mod ops {
    pub trait Drop { fn drop(&mut self); }
    pub trait FnOnce<Args> { type Output; }
    pub trait FnMut<Args>: FnOnce<Args> {}
    pub trait Fn<Args>: FnMut<Args> {}
    pub trait AsyncFn<Args> { type Output; }
    pub trait Deref { type Target; fn deref(&self) -> &Self::Target; }
    pub trait DerefMut: Deref { fn deref_mut(&mut self) -> &mut Self::Target; }
    pub trait Index<Idx> { type Output; fn index(&self, index: Idx) -> &Self::Output; }
    pub trait IndexMut<Idx>: Index<Idx> { fn index_mut(&mut self, index: Idx) -> &mut Self::Output; }
    pub trait Add<Rhs = Self> { type Output; fn add(self, rhs: Rhs) -> Self::Output; }
    pub trait Sub<Rhs = Self> { type Output; fn sub(self, rhs: Rhs) -> Self::Output; }
    pub trait Mul<Rhs = Self> { type Output; fn mul(self, rhs: Rhs) -> Self::Output; }
    pub trait Div<Rhs = Self> { type Output; fn div(self, rhs: Rhs) -> Self::Output; }
    pub trait Rem<Rhs = Self> { type Output; fn rem(self, rhs: Rhs) -> Self::Output; }
    pub trait BitAnd<Rhs = Self> { type Output; fn bitand(self, rhs: Rhs) -> Self::Output; }
    pub trait BitOr<Rhs = Self> { type Output; fn bitor(self, rhs: Rhs) -> Self::Output; }
    pub trait BitXor<Rhs = Self> { type Output; fn bitxor(self, rhs: Rhs) -> Self::Output; }
    pub trait Shl<Rhs = Self> { type Output; fn shl(self, rhs: Rhs) -> Self::Output; }
    pub trait Shr<Rhs = Self> { type Output; fn shr(self, rhs: Rhs) -> Self::Output; }
    pub trait Neg { type Output; fn neg(self) -> Self::Output; }
    pub trait Not { type Output; fn not(self) -> Self::Output; }
    pub trait AddAssign<Rhs = Self> { fn add_assign(&mut self, rhs: Rhs); }
    pub trait SubAssign<Rhs = Self> { fn sub_assign(&mut self, rhs: Rhs); }
    pub trait MulAssign<Rhs = Self> { fn mul_assign(&mut self, rhs: Rhs); }
    pub trait DivAssign<Rhs = Self> { fn div_assign(&mut self, rhs: Rhs); }
    pub struct Range<T> { pub start: T, pub end: T }
    pub struct RangeInclusive<T> { first: T, last: T }
    pub struct RangeFrom<T> { pub start: T }
    pub struct RangeTo<T> { pub end: T }
    pub struct RangeToInclusive<T> { pub end: T }
    pub struct RangeFull;
    pub enum Bound<T> { Included(T), Excluded(T), Unbounded }
    pub enum ControlFlow<B, C = ()> { Continue(C), Break(B) }
    impl<T> Range<T> { pub fn contains(&self, item: &T) -> bool; pub fn is_empty(&self) -> bool; }
    impl<T> RangeInclusive<T> {
        pub fn contains(&self, item: &T) -> bool;
        pub fn start(&self) -> &T;
        pub fn end(&self) -> &T;
        pub fn new(start: T, end: T) -> RangeInclusive<T>;
    }
    impl<T> Iterator for Range<T> { type Item = T; }
    impl<T> Iterator for RangeInclusive<T> { type Item = T; }
    impl<T> Iterator for RangeFrom<T> { type Item = T; }
    impl<T: Clone> Clone for Range<T> { fn clone(&self) -> Range<T>; }
}

pub mod option {
    pub enum Option<T> { None, Some(T) }
    impl<T> Option<T> {
        pub fn is_some(&self) -> bool;
        pub fn is_none(&self) -> bool;
        pub fn is_some_and<F: FnOnce(T) -> bool>(self, f: F) -> bool;
        pub fn is_none_or<F: FnOnce(T) -> bool>(self, f: F) -> bool;
        pub fn as_ref(&self) -> Option<&T>;
        pub fn as_mut(&mut self) -> Option<&mut T>;
        pub fn as_deref<U>(&self) -> Option<&T::Target>;
        pub fn as_deref_mut(&mut self) -> Option<&mut T::Target>;
        pub fn as_slice(&self) -> &[T];
        pub fn expect(self, msg: &str) -> T;
        pub fn unwrap(self) -> T;
        pub fn unwrap_or(self, default: T) -> T;
        pub fn unwrap_or_else<F: FnOnce() -> T>(self, f: F) -> T;
        pub fn unwrap_or_default(self) -> T;
        pub fn map<U, F: FnOnce(T) -> U>(self, f: F) -> Option<U>;
        pub fn inspect<F: FnOnce(&T)>(self, f: F) -> Option<T>;
        pub fn map_or<U, F: FnOnce(T) -> U>(self, default: U, f: F) -> U;
        pub fn map_or_else<U, D: FnOnce() -> U, F: FnOnce(T) -> U>(self, default: D, f: F) -> U;
        pub fn ok_or<E>(self, err: E) -> Result<T, E>;
        pub fn ok_or_else<E, F: FnOnce() -> E>(self, err: F) -> Result<T, E>;
        pub fn iter(&self) -> crate::iter::Seq<&T>;
        pub fn iter_mut(&mut self) -> crate::iter::Seq<&mut T>;
        pub fn and<U>(self, optb: Option<U>) -> Option<U>;
        pub fn and_then<U, F: FnOnce(T) -> Option<U>>(self, f: F) -> Option<U>;
        pub fn filter<P: FnOnce(&T) -> bool>(self, predicate: P) -> Option<T>;
        pub fn or(self, optb: Option<T>) -> Option<T>;
        pub fn or_else<F: FnOnce() -> Option<T>>(self, f: F) -> Option<T>;
        pub fn xor(self, optb: Option<T>) -> Option<T>;
        pub fn insert(&mut self, value: T) -> &mut T;
        pub fn get_or_insert(&mut self, value: T) -> &mut T;
        pub fn get_or_insert_with<F: FnOnce() -> T>(&mut self, f: F) -> &mut T;
        pub fn take(&mut self) -> Option<T>;
        pub fn replace(&mut self, value: T) -> Option<T>;
        pub fn zip<U>(self, other: Option<U>) -> Option<(T, U)>;
    }
    impl<T> Option<&T> { pub fn copied(self) -> Option<T>; pub fn cloned(self) -> Option<T>; }
    impl<T> Option<&mut T> { pub fn copied(self) -> Option<T>; pub fn cloned(self) -> Option<T>; }
    impl<T> Option<Option<T>> { pub fn flatten(self) -> Option<T>; }
    impl<T, E> Option<Result<T, E>> { pub fn transpose(self) -> Result<Option<T>, E>; }
    impl<T: PartialOrd> PartialOrd for Option<T> {}
    impl<T: PartialEq> PartialEq for Option<T> {}
    impl<T: Ord> Ord for Option<T> {}
    impl<T: crate::hash::Hash> crate::hash::Hash for Option<T> {}
    impl<T: Clone> Clone for Option<T> { fn clone(&self) -> Option<T>; }
    impl<T> Default for Option<T> { fn default() -> Option<T>; }
    impl<T> IntoIterator for Option<T> {
        type Item = T;
        type IntoIter = crate::iter::Seq<T>;
        fn into_iter(self) -> crate::iter::Seq<T>;
    }
    impl<T> From<T> for Option<T> { fn from(value: T) -> Option<T>; }
    impl<A, V: FromIterator<A>> FromIterator<Option<A>> for Option<V> {}
}

pub mod result {
    pub enum Result<T, E> { Ok(T), Err(E) }
    impl<T, E> Result<T, E> {
        pub fn is_ok(&self) -> bool;
        pub fn is_err(&self) -> bool;
        pub fn is_ok_and<F: FnOnce(T) -> bool>(self, f: F) -> bool;
        pub fn is_err_and<F: FnOnce(E) -> bool>(self, f: F) -> bool;
        pub fn ok(self) -> Option<T>;
        pub fn err(self) -> Option<E>;
        pub fn as_ref(&self) -> Result<&T, &E>;
        pub fn as_mut(&mut self) -> Result<&mut T, &mut E>;
        pub fn map<U, F: FnOnce(T) -> U>(self, op: F) -> Result<U, E>;
        pub fn map_or<U, F: FnOnce(T) -> U>(self, default: U, f: F) -> U;
        pub fn map_or_else<U, D: FnOnce(E) -> U, F: FnOnce(T) -> U>(self, default: D, f: F) -> U;
        pub fn map_err<O, F: FnOnce(E) -> O>(self, op: F) -> Result<T, O>;
        pub fn inspect<F: FnOnce(&T)>(self, f: F) -> Result<T, E>;
        pub fn inspect_err<F: FnOnce(&E)>(self, f: F) -> Result<T, E>;
        pub fn iter(&self) -> crate::iter::Seq<&T>;
        pub fn expect(self, msg: &str) -> T;
        pub fn unwrap(self) -> T;
        pub fn unwrap_or(self, default: T) -> T;
        pub fn unwrap_or_default(self) -> T;
        pub fn unwrap_or_else<F: FnOnce(E) -> T>(self, op: F) -> T;
        pub fn expect_err(self, msg: &str) -> E;
        pub fn unwrap_err(self) -> E;
        pub fn and<U>(self, res: Result<U, E>) -> Result<U, E>;
        pub fn and_then<U, F: FnOnce(T) -> Result<U, E>>(self, op: F) -> Result<U, E>;
        pub fn or<F>(self, res: Result<T, F>) -> Result<T, F>;
        pub fn or_else<O, F: FnOnce(E) -> Result<T, O>>(self, op: F) -> Result<T, O>;
    }
    impl<T, E> Result<&T, E> { pub fn copied(self) -> Result<T, E>; pub fn cloned(self) -> Result<T, E>; }
    impl<T, E> Result<Option<T>, E> { pub fn transpose(self) -> Option<Result<T, E>>; }
    impl<T: Clone, E: Clone> Clone for Result<T, E> { fn clone(&self) -> Result<T, E>; }
    impl<T, E> IntoIterator for Result<T, E> {
        type Item = T;
        type IntoIter = crate::iter::Seq<T>;
        fn into_iter(self) -> crate::iter::Seq<T>;
    }
    impl<A, E, V: FromIterator<A>> FromIterator<Result<A, E>> for Result<V, E> {}
}

pub mod iter {
    pub struct Seq<T>;
    pub type Peekable<I> = Seq<<I as Iterator>::Item>;
    pub type Rev<I> = Seq<<I as Iterator>::Item>;
    pub type Skip<I> = Seq<<I as Iterator>::Item>;
    pub type Take<I> = Seq<<I as Iterator>::Item>;
    pub type Enumerate<I> = Seq<(usize, <I as Iterator>::Item)>;
    pub type Chain<A, B> = Seq<<A as Iterator>::Item>;
    pub type Cloned<I> = I;
    impl<T> Iterator for Seq<T> { type Item = T; }
    impl<T> Clone for Seq<T> { fn clone(&self) -> Seq<T>; }
    impl<T> Seq<T> {
        pub fn peek(&mut self) -> Option<&T>;
        pub fn peek_mut(&mut self) -> Option<&mut T>;
        pub fn next_if<F: FnOnce(&T) -> bool>(&mut self, func: F) -> Option<T>;
        pub fn as_str(&self) -> &str;
        pub fn remainder(&self) -> &[T];
    }
    pub trait Iterator {
        type Item;
        fn next(&mut self) -> Option<Self::Item>;
        fn size_hint(&self) -> (usize, Option<usize>) {}
        fn count(self) -> usize {}
        fn last(self) -> Option<Self::Item> {}
        fn nth(&mut self, n: usize) -> Option<Self::Item> {}
        fn step_by(self, step: usize) -> Seq<Self::Item> {}
        fn chain<U: IntoIterator<Item = Self::Item>>(self, other: U) -> Seq<Self::Item> {}
        fn zip<U: IntoIterator>(self, other: U) -> Seq<(Self::Item, U::Item)> {}
        fn map<B, F: FnMut(Self::Item) -> B>(self, f: F) -> Seq<B> {}
        fn for_each<F: FnMut(Self::Item)>(self, f: F) {}
        fn filter<P: FnMut(&Self::Item) -> bool>(self, predicate: P) -> Seq<Self::Item> {}
        fn filter_map<B, F: FnMut(Self::Item) -> Option<B>>(self, f: F) -> Seq<B> {}
        fn enumerate(self) -> Seq<(usize, Self::Item)> {}
        fn peekable(self) -> Seq<Self::Item> {}
        fn skip_while<P: FnMut(&Self::Item) -> bool>(self, predicate: P) -> Seq<Self::Item> {}
        fn take_while<P: FnMut(&Self::Item) -> bool>(self, predicate: P) -> Seq<Self::Item> {}
        fn map_while<B, P: FnMut(Self::Item) -> Option<B>>(self, predicate: P) -> Seq<B> {}
        fn skip(self, n: usize) -> Seq<Self::Item> {}
        fn take(self, n: usize) -> Seq<Self::Item> {}
        fn scan<St, B, F: FnMut(&mut St, Self::Item) -> Option<B>>(self, initial_state: St, f: F) -> Seq<B> {}
        fn flat_map<U: IntoIterator, F: FnMut(Self::Item) -> U>(self, f: F) -> Seq<U::Item> {}
        fn flatten(self) -> Seq<<Self::Item as IntoIterator>::Item> {}
        fn fuse(self) -> Seq<Self::Item> {}
        fn inspect<F: FnMut(&Self::Item)>(self, f: F) -> Seq<Self::Item> {}
        fn by_ref(&mut self) -> &mut Self {}
        fn collect<B: FromIterator<Self::Item>>(self) -> B {}
        fn partition<B: Default + Extend<Self::Item>, F: FnMut(&Self::Item) -> bool>(self, f: F) -> (B, B) {}
        fn try_fold<B, R, F: FnMut(B, Self::Item) -> R>(&mut self, init: B, f: F) -> R {}
        fn try_for_each<R, F: FnMut(Self::Item) -> R>(&mut self, f: F) -> R {}
        fn fold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, f: F) -> B {}
        fn reduce<F: FnMut(Self::Item, Self::Item) -> Self::Item>(self, f: F) -> Option<Self::Item> {}
        fn all<F: FnMut(Self::Item) -> bool>(&mut self, f: F) -> bool {}
        fn any<F: FnMut(Self::Item) -> bool>(&mut self, f: F) -> bool {}
        fn find<P: FnMut(&Self::Item) -> bool>(&mut self, predicate: P) -> Option<Self::Item> {}
        fn find_map<B, F: FnMut(Self::Item) -> Option<B>>(&mut self, f: F) -> Option<B> {}
        fn position<P: FnMut(Self::Item) -> bool>(&mut self, predicate: P) -> Option<usize> {}
        fn rposition<P: FnMut(Self::Item) -> bool>(&mut self, predicate: P) -> Option<usize> {}
        fn max(self) -> Option<Self::Item> {}
        fn min(self) -> Option<Self::Item> {}
        fn max_by_key<B: Ord, F: FnMut(&Self::Item) -> B>(self, f: F) -> Option<Self::Item> {}
        fn max_by<F: FnMut(&Self::Item, &Self::Item) -> crate::cmp::Ordering>(self, compare: F) -> Option<Self::Item> {}
        fn min_by_key<B: Ord, F: FnMut(&Self::Item) -> B>(self, f: F) -> Option<Self::Item> {}
        fn min_by<F: FnMut(&Self::Item, &Self::Item) -> crate::cmp::Ordering>(self, compare: F) -> Option<Self::Item> {}
        fn rev(self) -> Seq<Self::Item> {}
        fn unzip<A, B, FromA, FromB>(self) -> (FromA, FromB) {}
        fn copied(self) -> Seq<<Self::Item as crate::ops::Deref>::Target> {}
        fn cloned(self) -> Seq<<Self::Item as crate::ops::Deref>::Target> {}
        fn cycle(self) -> Seq<Self::Item> {}
        fn sum<S: Sum<Self::Item>>(self) -> S {}
        fn product<P: Product<Self::Item>>(self) -> P {}
        fn eq<I: IntoIterator>(self, other: I) -> bool {}
        fn cmp<I: IntoIterator>(self, other: I) -> crate::cmp::Ordering {}
    }
    pub trait DoubleEndedIterator: Iterator {
        fn next_back(&mut self) -> Option<Self::Item>;
        fn rfind<P: FnMut(&Self::Item) -> bool>(&mut self, predicate: P) -> Option<Self::Item> {}
        fn rfold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, f: F) -> B {}
    }
    impl<I: Iterator> DoubleEndedIterator for I {}
    pub trait ExactSizeIterator: Iterator { fn len(&self) -> usize {} }
    impl<I: Iterator> ExactSizeIterator for I {}
    pub trait IntoIterator {
        type Item;
        type IntoIter: Iterator<Item = Self::Item>;
        fn into_iter(self) -> Self::IntoIter;
    }
    impl<I: Iterator> IntoIterator for I {
        type Item = <I as Iterator>::Item;
        type IntoIter = I;
        fn into_iter(self) -> I;
    }
    impl<I: Iterator> Iterator for &mut I { type Item = <I as Iterator>::Item; }
    impl<I: Iterator> Iterator for Box<I> { type Item = <I as Iterator>::Item; }
    pub trait FromIterator<A> { fn from_iter<T: IntoIterator<Item = A>>(iter: T) -> Self; }
    pub trait Extend<A> { fn extend<T: IntoIterator<Item = A>>(&mut self, iter: T); }
    pub trait Sum<A = Self> {}
    pub trait Product<A = Self> {}
    pub fn once<T>(value: T) -> Seq<T>;
    pub fn empty<T>() -> Seq<T>;
    pub fn repeat<T>(elt: T) -> Seq<T>;
    pub fn repeat_n<T>(elt: T, count: usize) -> Seq<T>;
    pub fn repeat_with<T, F: FnMut() -> T>(repeater: F) -> Seq<T>;
    pub fn from_fn<T, F: FnMut() -> Option<T>>(f: F) -> Seq<T>;
    pub fn successors<T, F: FnMut(&T) -> Option<T>>(first: Option<T>, succ: F) -> Seq<T>;
    pub fn zip<A: IntoIterator, B: IntoIterator>(a: A, b: B) -> Seq<(A::Item, B::Item)>;
}

impl<T> crate::ops::Deref for &T { type Target = T; }
impl<T: Clone> Clone for &T { fn clone(&self) -> T; }
impl<T: crate::fmt::Display> crate::fmt::Display for &T { fn fmt(&self, f: &mut crate::fmt::Formatter) -> crate::fmt::Result; }
impl<T: crate::fmt::Debug> crate::fmt::Debug for &T { fn fmt(&self, f: &mut crate::fmt::Formatter) -> crate::fmt::Result; }
impl<T: crate::fmt::Display> crate::fmt::Display for crate::boxed::Box<T> { fn fmt(&self, f: &mut crate::fmt::Formatter) -> crate::fmt::Result; }
impl<T: crate::fmt::Debug> crate::fmt::Debug for crate::boxed::Box<T> { fn fmt(&self, f: &mut crate::fmt::Formatter) -> crate::fmt::Result; }
impl<T: crate::fmt::Display> crate::fmt::Display for crate::rc::Rc<T> { fn fmt(&self, f: &mut crate::fmt::Formatter) -> crate::fmt::Result; }
impl<T: crate::fmt::Display> crate::fmt::Display for crate::sync::Arc<T> { fn fmt(&self, f: &mut crate::fmt::Formatter) -> crate::fmt::Result; }
impl<T: Default> Default for (T,) {}
impl<A: Default, B: Default> Default for (A, B) { fn default() -> (A, B); }
impl<A: Clone, B: Clone> Clone for (A, B) { fn clone(&self) -> (A, B); }
impl<A: Clone, B: Clone, C: Clone> Clone for (A, B, C) { fn clone(&self) -> (A, B, C); }
impl<T: Clone, const N: usize> Clone for [T; N] { fn clone(&self) -> [T; N]; }
impl<T: Default, const N: usize> Default for [T; N] { fn default() -> [T; N]; }

impl<T> [T] {
    pub fn len(&self) -> usize;
    pub fn is_empty(&self) -> bool;
    pub fn first(&self) -> Option<&T>;
    pub fn first_mut(&mut self) -> Option<&mut T>;
    pub fn last(&self) -> Option<&T>;
    pub fn last_mut(&mut self) -> Option<&mut T>;
    pub fn split_first(&self) -> Option<(&T, &[T])>;
    pub fn split_last(&self) -> Option<(&T, &[T])>;
    pub fn get<I: SliceIndex<[T]>>(&self, index: I) -> Option<&I::Output>;
    pub fn get_mut<I: SliceIndex<[T]>>(&mut self, index: I) -> Option<&mut I::Output>;
    pub fn swap(&mut self, a: usize, b: usize);
    pub fn reverse(&mut self);
    pub fn iter(&self) -> crate::iter::Seq<&T>;
    pub fn iter_mut(&mut self) -> crate::iter::Seq<&mut T>;
    pub fn windows(&self, size: usize) -> crate::iter::Seq<&[T]>;
    pub fn chunks(&self, chunk_size: usize) -> crate::iter::Seq<&[T]>;
    pub fn chunks_exact(&self, chunk_size: usize) -> crate::iter::Seq<&[T]>;
    pub fn chunks_mut(&mut self, chunk_size: usize) -> crate::iter::Seq<&mut [T]>;
    pub fn split_at(&self, mid: usize) -> (&[T], &[T]);
    pub fn split_at_mut(&mut self, mid: usize) -> (&mut [T], &mut [T]);
    pub fn split<F: FnMut(&T) -> bool>(&self, pred: F) -> crate::iter::Seq<&[T]>;
    pub fn contains(&self, x: &T) -> bool;
    pub fn starts_with(&self, needle: &[T]) -> bool;
    pub fn ends_with(&self, needle: &[T]) -> bool;
    pub fn binary_search(&self, x: &T) -> Result<usize, usize>;
    pub fn binary_search_by<F: FnMut(&T) -> crate::cmp::Ordering>(&self, f: F) -> Result<usize, usize>;
    pub fn binary_search_by_key<B, F: FnMut(&T) -> B>(&self, b: &B, f: F) -> Result<usize, usize>;
    pub fn partition_point<P: FnMut(&T) -> bool>(&self, pred: P) -> usize;
    pub fn sort(&mut self);
    pub fn sort_by<F: FnMut(&T, &T) -> crate::cmp::Ordering>(&mut self, compare: F);
    pub fn sort_by_key<K, F: FnMut(&T) -> K>(&mut self, f: F);
    pub fn sort_by_cached_key<K, F: FnMut(&T) -> K>(&mut self, f: F);
    pub fn sort_unstable(&mut self);
    pub fn sort_unstable_by<F: FnMut(&T, &T) -> crate::cmp::Ordering>(&mut self, compare: F);
    pub fn sort_unstable_by_key<K, F: FnMut(&T) -> K>(&mut self, f: F);
    pub fn rotate_left(&mut self, mid: usize);
    pub fn rotate_right(&mut self, k: usize);
    pub fn fill(&mut self, value: T);
    pub fn clone_from_slice(&mut self, src: &[T]);
    pub fn copy_from_slice(&mut self, src: &[T]);
    pub fn to_vec(&self) -> Vec<T>;
    pub fn into_vec(self: Box<Self>) -> Vec<T>;
    pub fn repeat(&self, n: usize) -> Vec<T>;
    pub fn concat(&self) -> T;
    pub fn join(&self, sep: &str) -> String;
    pub fn as_ptr(&self) -> *const T;
}
pub trait SliceIndex<S> { type Output; }
impl<T> SliceIndex<[T]> for usize { type Output = T; }
impl<T> SliceIndex<[T]> for crate::ops::Range<usize> { type Output = [T]; }
impl<T> SliceIndex<[T]> for crate::ops::RangeInclusive<usize> { type Output = [T]; }
impl<T> SliceIndex<[T]> for crate::ops::RangeFrom<usize> { type Output = [T]; }
impl<T> SliceIndex<[T]> for crate::ops::RangeTo<usize> { type Output = [T]; }
impl<T> SliceIndex<[T]> for crate::ops::RangeToInclusive<usize> { type Output = [T]; }
impl<T> SliceIndex<[T]> for crate::ops::RangeFull { type Output = [T]; }
impl<T, const N: usize> [T; N] {
    pub fn map<U, F: FnMut(T) -> U>(self, f: F) -> [U; N];
    pub fn as_slice(&self) -> &[T];
}
impl<T> IntoIterator for &[T] { type Item = &T; type IntoIter = crate::iter::Seq<&T>; fn into_iter(self) -> crate::iter::Seq<&T>; }
impl<T> IntoIterator for &mut [T] { type Item = &mut T; type IntoIter = crate::iter::Seq<&mut T>; fn into_iter(self) -> crate::iter::Seq<&mut T>; }
impl<T, const N: usize> IntoIterator for [T; N] { type Item = T; type IntoIter = crate::iter::Seq<T>; fn into_iter(self) -> crate::iter::Seq<T>; }
impl<T, const N: usize> IntoIterator for &[T; N] { type Item = &T; type IntoIter = crate::iter::Seq<&T>; fn into_iter(self) -> crate::iter::Seq<&T>; }

pub mod vec {
    pub struct Vec<T>;
    pub type IntoIter<T> = crate::iter::Seq<T>;
    impl<T> Vec<T> {
        pub fn new() -> Vec<T>;
        pub fn with_capacity(capacity: usize) -> Vec<T>;
        pub fn capacity(&self) -> usize;
        pub fn reserve(&mut self, additional: usize);
        pub fn shrink_to_fit(&mut self);
        pub fn into_boxed_slice(self) -> Box<[T]>;
        pub fn truncate(&mut self, len: usize);
        pub fn as_slice(&self) -> &[T];
        pub fn as_mut_slice(&mut self) -> &mut [T];
        pub fn swap_remove(&mut self, index: usize) -> T;
        pub fn insert(&mut self, index: usize, element: T);
        pub fn remove(&mut self, index: usize) -> T;
        pub fn retain<F: FnMut(&T) -> bool>(&mut self, f: F);
        pub fn retain_mut<F: FnMut(&mut T) -> bool>(&mut self, f: F);
        pub fn dedup(&mut self);
        pub fn dedup_by_key<K, F: FnMut(&mut T) -> K>(&mut self, key: F);
        pub fn push(&mut self, value: T);
        pub fn pop(&mut self) -> Option<T>;
        pub fn append(&mut self, other: &mut Vec<T>);
        pub fn drain<R>(&mut self, range: R) -> crate::iter::Seq<T>;
        pub fn clear(&mut self);
        pub fn len(&self) -> usize;
        pub fn is_empty(&self) -> bool;
        pub fn split_off(&mut self, at: usize) -> Vec<T>;
        pub fn resize(&mut self, new_len: usize, value: T);
        pub fn resize_with<F: FnMut() -> T>(&mut self, new_len: usize, f: F);
        pub fn extend_from_slice(&mut self, other: &[T]);
        pub fn extend_from_within<R>(&mut self, src: R);
        pub fn splice<R, I: IntoIterator<Item = T>>(&mut self, range: R, replace_with: I) -> crate::iter::Seq<T>;
    }
    impl<T> crate::ops::Deref for Vec<T> { type Target = [T]; }
    impl<T: Clone> Clone for Vec<T> { fn clone(&self) -> Vec<T>; }
    impl<T> Default for Vec<T> { fn default() -> Vec<T>; }
    impl<T> IntoIterator for Vec<T> { type Item = T; type IntoIter = crate::iter::Seq<T>; fn into_iter(self) -> crate::iter::Seq<T>; }
    impl<T> IntoIterator for &Vec<T> { type Item = &T; type IntoIter = crate::iter::Seq<&T>; fn into_iter(self) -> crate::iter::Seq<&T>; }
    impl<T> IntoIterator for &mut Vec<T> { type Item = &mut T; type IntoIter = crate::iter::Seq<&mut T>; fn into_iter(self) -> crate::iter::Seq<&mut T>; }
    impl<T> FromIterator<T> for Vec<T> { fn from_iter<I: IntoIterator<Item = T>>(iter: I) -> Vec<T>; }
    impl<T> Extend<T> for Vec<T> { fn extend<I: IntoIterator<Item = T>>(&mut self, iter: I); }
    impl<T> From<&[T]> for Vec<T> { fn from(value: &[T]) -> Vec<T>; }
    impl<T, const N: usize> From<[T; N]> for Vec<T> { fn from(value: [T; N]) -> Vec<T>; }
    impl From<&str> for Vec<u8> { fn from(value: &str) -> Vec<u8>; }
}

pub mod string {
    pub struct String;
    pub trait ToString { fn to_string(&self) -> String; }
    impl<T: crate::fmt::Display> ToString for T { fn to_string(&self) -> String; }
    pub struct FromUtf8Error;
    impl String {
        pub fn new() -> String;
        pub fn with_capacity(capacity: usize) -> String;
        pub fn from_utf8(vec: Vec<u8>) -> Result<String, FromUtf8Error>;
        pub fn from_utf8_lossy(v: &[u8]) -> crate::borrow::Cow<str>;
        pub fn into_bytes(self) -> Vec<u8>;
        pub fn as_str(&self) -> &str;
        pub fn as_mut_str(&mut self) -> &mut str;
        pub fn push_str(&mut self, string: &str);
        pub fn capacity(&self) -> usize;
        pub fn reserve(&mut self, additional: usize);
        pub fn push(&mut self, ch: char);
        pub fn truncate(&mut self, new_len: usize);
        pub fn pop(&mut self) -> Option<char>;
        pub fn remove(&mut self, idx: usize) -> char;
        pub fn insert(&mut self, idx: usize, ch: char);
        pub fn insert_str(&mut self, idx: usize, string: &str);
        pub fn clear(&mut self);
        pub fn drain<R>(&mut self, range: R) -> crate::iter::Seq<char>;
        pub fn into_boxed_str(self) -> Box<str>;
    }
    impl crate::ops::Deref for String { type Target = str; }
    impl Clone for String { fn clone(&self) -> String; }
    impl Default for String { fn default() -> String; }
    impl PartialEq for String {}
    impl Eq for String {}
    impl PartialOrd for String {}
    impl Ord for String {}
    impl crate::hash::Hash for String {}
    impl crate::fmt::Display for String {}
    impl crate::fmt::Debug for String {}
    impl crate::fmt::Write for String {}
    impl From<&str> for String { fn from(value: &str) -> String; }
    impl From<char> for String { fn from(value: char) -> String; }
    impl FromIterator<char> for String {}
    impl FromIterator<&str> for String {}
    impl FromIterator<String> for String {}
    impl Extend<char> for String { fn extend<I: IntoIterator<Item = char>>(&mut self, iter: I); }
    impl crate::ops::Add<&str> for String { type Output = String; }
    impl AsRef<str> for String { fn as_ref(&self) -> &str; }
    impl<I> crate::ops::Index<I> for String { type Output = str; }
    impl crate::str::FromStr for String { type Err = crate::convert::Infallible; }
}

impl str {
    pub fn len(&self) -> usize;
    pub fn is_empty(&self) -> bool;
    pub fn is_char_boundary(&self, index: usize) -> bool;
    pub fn as_bytes(&self) -> &[u8];
    pub fn get<I>(&self, i: I) -> Option<&str>;
    pub fn split_at(&self, mid: usize) -> (&str, &str);
    pub fn chars(&self) -> crate::iter::Seq<char>;
    pub fn char_indices(&self) -> crate::iter::Seq<(usize, char)>;
    pub fn bytes(&self) -> crate::iter::Seq<u8>;
    pub fn split_whitespace(&self) -> crate::iter::Seq<&str>;
    pub fn split_ascii_whitespace(&self) -> crate::iter::Seq<&str>;
    pub fn lines(&self) -> crate::iter::Seq<&str>;
    pub fn contains<P>(&self, pat: P) -> bool;
    pub fn starts_with<P>(&self, pat: P) -> bool;
    pub fn ends_with<P>(&self, pat: P) -> bool;
    pub fn find<P>(&self, pat: P) -> Option<usize>;
    pub fn rfind<P>(&self, pat: P) -> Option<usize>;
    pub fn split<P>(&self, pat: P) -> crate::iter::Seq<&str>;
    pub fn rsplit<P>(&self, pat: P) -> crate::iter::Seq<&str>;
    pub fn split_inclusive<P>(&self, pat: P) -> crate::iter::Seq<&str>;
    pub fn split_terminator<P>(&self, pat: P) -> crate::iter::Seq<&str>;
    pub fn splitn<P>(&self, n: usize, pat: P) -> crate::iter::Seq<&str>;
    pub fn rsplitn<P>(&self, n: usize, pat: P) -> crate::iter::Seq<&str>;
    pub fn split_once<P>(&self, delimiter: P) -> Option<(&str, &str)>;
    pub fn rsplit_once<P>(&self, delimiter: P) -> Option<(&str, &str)>;
    pub fn matches<P>(&self, pat: P) -> crate::iter::Seq<&str>;
    pub fn trim(&self) -> &str;
    pub fn trim_start(&self) -> &str;
    pub fn trim_end(&self) -> &str;
    pub fn trim_matches<P>(&self, pat: P) -> &str;
    pub fn trim_start_matches<P>(&self, pat: P) -> &str;
    pub fn trim_end_matches<P>(&self, pat: P) -> &str;
    pub fn strip_prefix<P>(&self, prefix: P) -> Option<&str>;
    pub fn strip_suffix<P>(&self, suffix: P) -> Option<&str>;
    pub fn parse<F: crate::str::FromStr>(&self) -> Result<F, F::Err>;
    pub fn eq_ignore_ascii_case(&self, other: &str) -> bool;
    pub fn replace<P>(&self, from: P, to: &str) -> String;
    pub fn replacen<P>(&self, from: P, to: &str, count: usize) -> String;
    pub fn to_lowercase(&self) -> String;
    pub fn to_uppercase(&self) -> String;
    pub fn to_ascii_lowercase(&self) -> String;
    pub fn to_ascii_uppercase(&self) -> String;
    pub fn is_ascii(&self) -> bool;
    pub fn repeat(&self, n: usize) -> String;
    pub fn into_string(self: Box<str>) -> String;
}
impl PartialEq for str {}
impl Eq for str {}
impl PartialOrd for str {}
impl Ord for str {}
impl crate::hash::Hash for str {}
impl PartialEq for bool {}
impl PartialOrd for bool {}
impl crate::hash::Hash for bool {}
impl PartialEq for char {}
impl PartialOrd for char {}
impl crate::hash::Hash for char {}
impl<A: Ord, B: Ord> PartialEq for (A, B) {}
impl<A: Ord, B: Ord> PartialOrd for (A, B) {}
impl<A: Ord, B: Ord> Ord for (A, B) {}
impl<A: Ord, B: Ord, C: Ord> Ord for (A, B, C) {}
impl<T: Ord> Ord for [T] {}
impl<T: Ord> PartialOrd for [T] {}
impl<T: Ord> PartialEq for [T] {}
impl<T: crate::hash::Hash> crate::hash::Hash for [T] {}
impl crate::fmt::Display for str {}
impl crate::fmt::Debug for str {}
impl<I> crate::ops::Index<I> for str { type Output = str; }
impl AsRef<str> for str { fn as_ref(&self) -> &str; }

impl char {
    pub const MAX: char;
    pub fn is_alphabetic(self) -> bool;
    pub fn is_numeric(self) -> bool;
    pub fn is_alphanumeric(self) -> bool;
    pub fn is_whitespace(self) -> bool;
    pub fn is_uppercase(self) -> bool;
    pub fn is_lowercase(self) -> bool;
    pub fn is_control(self) -> bool;
    pub fn is_digit(self, radix: u32) -> bool;
    pub fn is_ascii(&self) -> bool;
    pub fn is_ascii_digit(&self) -> bool;
    pub fn is_ascii_hexdigit(&self) -> bool;
    pub fn is_ascii_alphabetic(&self) -> bool;
    pub fn is_ascii_alphanumeric(&self) -> bool;
    pub fn is_ascii_uppercase(&self) -> bool;
    pub fn is_ascii_lowercase(&self) -> bool;
    pub fn is_ascii_punctuation(&self) -> bool;
    pub fn is_ascii_whitespace(&self) -> bool;
    pub fn to_digit(self, radix: u32) -> Option<u32>;
    pub fn from_digit(num: u32, radix: u32) -> Option<char>;
    pub fn from_u32(i: u32) -> Option<char>;
    pub fn len_utf8(self) -> usize;
    pub fn to_lowercase(self) -> crate::iter::Seq<char>;
    pub fn to_uppercase(self) -> crate::iter::Seq<char>;
    pub fn to_ascii_uppercase(&self) -> char;
    pub fn to_ascii_lowercase(&self) -> char;
}
impl Clone for char { fn clone(&self) -> char; }
impl Copy for char {}
impl Ord for char {}
impl Default for char { fn default() -> char; }
impl crate::fmt::Display for char {}
impl crate::fmt::Debug for char {}
impl bool {
    pub fn then<T, F: FnOnce() -> T>(self, f: F) -> Option<T>;
    pub fn then_some<T>(self, t: T) -> Option<T>;
}
impl Clone for bool { fn clone(&self) -> bool; }
impl Copy for bool {}
impl Ord for bool {}
impl Default for bool { fn default() -> bool; }
impl crate::fmt::Display for bool {}
impl crate::fmt::Debug for bool {}
impl crate::str::FromStr for bool { type Err = crate::str::ParseBoolError; }
impl crate::str::FromStr for char { type Err = crate::char::ParseCharError; }

pub mod char { pub struct ParseCharError; pub fn from_digit(num: u32, radix: u32) -> Option<char>; pub fn from_u32(i: u32) -> Option<char>; }
pub mod num {
    pub struct ParseIntError;
    pub struct ParseFloatError;
    pub struct NonZeroUsize;
    pub struct TryFromIntError;
    pub struct Wrapping<T>(pub T);
    impl crate::fmt::Display for ParseIntError {}
    impl crate::fmt::Display for ParseFloatError {}
}
pub mod str {
    pub trait FromStr { type Err; fn from_str(s: &str) -> Result<Self, Self::Err>; }
    pub struct ParseBoolError;
    pub struct Utf8Error;
    pub type Chars = crate::iter::Seq<char>;
    pub type CharIndices = crate::iter::Seq<(usize, char)>;
    pub type Lines = crate::iter::Seq<&str>;
    pub type SplitWhitespace = crate::iter::Seq<&str>;
    pub type Split<P> = crate::iter::Seq<&str>;
    pub fn from_utf8(v: &[u8]) -> Result<&str, Utf8Error>;
}
pub mod slice {
    pub type Iter<T> = crate::iter::Seq<&T>;
    pub type IterMut<T> = crate::iter::Seq<&mut T>;
}

pub mod boxed {
    pub struct Box<T>;
    impl<T> Box<T> { pub fn new(x: T) -> Box<T>; pub fn pin(x: T) -> crate::pin::Pin<Box<T>>; }
    impl<T> crate::ops::Deref for Box<T> { type Target = T; }
    impl<T: Clone> Clone for Box<T> { fn clone(&self) -> Box<T>; }
    impl<T: Default> Default for Box<T> { fn default() -> Box<T>; }
    impl<T> From<T> for Box<T> { fn from(value: T) -> Box<T>; }
}
pub mod pin {
    pub struct Pin<P>;
    impl<P: crate::ops::Deref> crate::ops::Deref for Pin<P> { type Target = <P as crate::ops::Deref>::Target; }
}
pub mod rc {
    pub struct Rc<T>;
    pub struct Weak<T>;
    impl<T> Rc<T> {
        pub fn new(value: T) -> Rc<T>;
        pub fn clone(this: &Rc<T>) -> Rc<T>;
        pub fn strong_count(this: &Rc<T>) -> usize;
        pub fn downgrade(this: &Rc<T>) -> Weak<T>;
        pub fn ptr_eq(this: &Rc<T>, other: &Rc<T>) -> bool;
        pub fn try_unwrap(this: Rc<T>) -> Result<T, Rc<T>>;
        pub fn get_mut(this: &mut Rc<T>) -> Option<&mut T>;
        pub fn make_mut(this: &mut Rc<T>) -> &mut T;
    }
    impl<T> Weak<T> { pub fn new() -> Weak<T>; pub fn upgrade(&self) -> Option<Rc<T>>; }
    impl<T> crate::ops::Deref for Rc<T> { type Target = T; }
    impl<T> Clone for Rc<T> { fn clone(&self) -> Rc<T>; }
    impl<T> Clone for Weak<T> { fn clone(&self) -> Weak<T>; }
    impl<T> From<T> for Rc<T> { fn from(value: T) -> Rc<T>; }
}
pub mod sync {
    pub struct Arc<T>;
    pub struct Weak<T>;
    pub struct Mutex<T>;
    pub struct RwLock<T>;
    pub struct OnceLock<T>;
    pub struct LazyLock<T>;
    pub struct MutexGuard<T>;
    pub struct RwLockReadGuard<T>;
    pub struct RwLockWriteGuard<T>;
    pub struct PoisonError<T>;
    pub struct Condvar;
    impl<T> Arc<T> {
        pub fn new(value: T) -> Arc<T>;
        pub fn clone(this: &Arc<T>) -> Arc<T>;
        pub fn strong_count(this: &Arc<T>) -> usize;
        pub fn downgrade(this: &Arc<T>) -> Weak<T>;
        pub fn ptr_eq(this: &Arc<T>, other: &Arc<T>) -> bool;
        pub fn get_mut(this: &mut Arc<T>) -> Option<&mut T>;
        pub fn make_mut(this: &mut Arc<T>) -> &mut T;
    }
    impl<T> Weak<T> { pub fn upgrade(&self) -> Option<Arc<T>>; }
    impl<T> crate::ops::Deref for Arc<T> { type Target = T; }
    impl<T> Clone for Arc<T> { fn clone(&self) -> Arc<T>; }
    impl<T> From<T> for Arc<T> { fn from(value: T) -> Arc<T>; }
    impl<T> Mutex<T> {
        pub const fn new(t: T) -> Mutex<T>;
        pub fn lock(&self) -> Result<MutexGuard<T>, PoisonError<MutexGuard<T>>>;
        pub fn try_lock(&self) -> Result<MutexGuard<T>, PoisonError<MutexGuard<T>>>;
        pub fn into_inner(self) -> Result<T, PoisonError<T>>;
        pub fn get_mut(&mut self) -> Result<&mut T, PoisonError<T>>;
    }
    impl<T> RwLock<T> {
        pub const fn new(t: T) -> RwLock<T>;
        pub fn read(&self) -> Result<RwLockReadGuard<T>, PoisonError<RwLockReadGuard<T>>>;
        pub fn write(&self) -> Result<RwLockWriteGuard<T>, PoisonError<RwLockWriteGuard<T>>>;
        pub fn into_inner(self) -> Result<T, PoisonError<T>>;
    }
    impl<T> PoisonError<T> { pub fn into_inner(self) -> T; pub fn get_ref(&self) -> &T; }
    impl<T> crate::ops::Deref for MutexGuard<T> { type Target = T; }
    impl<T> crate::ops::Deref for RwLockReadGuard<T> { type Target = T; }
    impl<T> crate::ops::Deref for RwLockWriteGuard<T> { type Target = T; }
    impl<T> OnceLock<T> {
        pub const fn new() -> OnceLock<T>;
        pub fn get(&self) -> Option<&T>;
        pub fn set(&self, value: T) -> Result<(), T>;
        pub fn get_or_init<F: FnOnce() -> T>(&self, f: F) -> &T;
    }
    impl<T> LazyLock<T> { pub const fn new<F: FnOnce() -> T>(f: F) -> LazyLock<T>; }
    impl<T> crate::ops::Deref for LazyLock<T> { type Target = T; }
    pub mod atomic {
        pub enum Ordering { Relaxed, Release, Acquire, AcqRel, SeqCst }
        pub struct AtomicUsize;
        pub struct AtomicU32;
        pub struct AtomicU64;
        pub struct AtomicI64;
        pub struct AtomicBool;
        impl AtomicUsize {
            pub const fn new(v: usize) -> AtomicUsize;
            pub fn load(&self, order: Ordering) -> usize;
            pub fn store(&self, val: usize, order: Ordering);
            pub fn fetch_add(&self, val: usize, order: Ordering) -> usize;
            pub fn fetch_sub(&self, val: usize, order: Ordering) -> usize;
        }
        impl AtomicU64 {
            pub const fn new(v: u64) -> AtomicU64;
            pub fn load(&self, order: Ordering) -> u64;
            pub fn store(&self, val: u64, order: Ordering);
            pub fn fetch_add(&self, val: u64, order: Ordering) -> u64;
        }
        impl AtomicU32 {
            pub const fn new(v: u32) -> AtomicU32;
            pub fn load(&self, order: Ordering) -> u32;
            pub fn store(&self, val: u32, order: Ordering);
            pub fn fetch_add(&self, val: u32, order: Ordering) -> u32;
        }
        impl AtomicBool {
            pub const fn new(v: bool) -> AtomicBool;
            pub fn load(&self, order: Ordering) -> bool;
            pub fn store(&self, val: bool, order: Ordering);
            pub fn swap(&self, val: bool, order: Ordering) -> bool;
        }
    }
    pub mod mpsc {
        pub struct Sender<T>;
        pub struct Receiver<T>;
        pub struct SendError<T>(pub T);
        pub struct RecvError;
        pub fn channel<T>() -> (Sender<T>, Receiver<T>);
        impl<T> Sender<T> { pub fn send(&self, t: T) -> Result<(), SendError<T>>; }
        impl<T> Clone for Sender<T> { fn clone(&self) -> Sender<T>; }
        impl<T> Receiver<T> {
            pub fn recv(&self) -> Result<T, RecvError>;
            pub fn try_recv(&self) -> Result<T, RecvError>;
            pub fn iter(&self) -> crate::iter::Seq<T>;
        }
    }
}
pub mod cell {
    pub struct Cell<T>;
    pub struct RefCell<T>;
    pub struct Ref<T>;
    pub struct RefMut<T>;
    pub struct OnceCell<T>;
    impl<T> Cell<T> {
        pub const fn new(value: T) -> Cell<T>;
        pub fn get(&self) -> T;
        pub fn set(&self, val: T);
        pub fn replace(&self, val: T) -> T;
        pub fn take(&self) -> T;
    }
    impl<T> RefCell<T> {
        pub const fn new(value: T) -> RefCell<T>;
        pub fn borrow(&self) -> Ref<T>;
        pub fn borrow_mut(&self) -> RefMut<T>;
        pub fn into_inner(self) -> T;
        pub fn replace(&self, t: T) -> T;
    }
    impl<T> crate::ops::Deref for Ref<T> { type Target = T; }
    impl<T> crate::ops::Deref for RefMut<T> { type Target = T; }
    impl<T> OnceCell<T> {
        pub const fn new() -> OnceCell<T>;
        pub fn get(&self) -> Option<&T>;
        pub fn get_or_init<F: FnOnce() -> T>(&self, f: F) -> &T;
    }
}
pub mod mem {
    pub fn swap<T>(x: &mut T, y: &mut T);
    pub fn replace<T>(dest: &mut T, src: T) -> T;
    pub fn take<T: Default>(dest: &mut T) -> T;
    pub fn size_of<T>() -> usize;
    pub fn drop<T>(value: T);
    pub fn forget<T>(value: T);
}

pub mod collections {
    pub use self::btree_map::BTreeMap;
    pub use self::hash_map::HashMap;
    pub struct HashSet<T>;
    pub struct BTreeSet<T>;
    pub struct VecDeque<T>;
    pub struct BinaryHeap<T>;
    pub struct LinkedList<T>;
    pub mod hash_map {
        pub struct HashMap<K, V, S = RandomState>;
        pub struct RandomState;
        pub struct DefaultHasher;
        pub enum Entry<K, V> { Occupied(OccupiedEntry<K, V>), Vacant(VacantEntry<K, V>) }
        pub struct OccupiedEntry<K, V>;
        pub struct VacantEntry<K, V>;
        impl DefaultHasher { pub fn new() -> DefaultHasher; }
        impl crate::hash::Hasher for DefaultHasher {}
        impl<K, V> OccupiedEntry<K, V> { pub fn get(&self) -> &V; pub fn get_mut(&mut self) -> &mut V; pub fn into_mut(self) -> &mut V; pub fn insert(&mut self, value: V) -> V; pub fn remove(self) -> V; pub fn key(&self) -> &K; }
        impl<K, V> VacantEntry<K, V> { pub fn insert(self, value: V) -> &mut V; pub fn key(&self) -> &K; }
        impl<K, V> Entry<K, V> {
            pub fn or_insert(self, default: V) -> &mut V;
            pub fn or_insert_with<F: FnOnce() -> V>(self, default: F) -> &mut V;
            pub fn or_default(self) -> &mut V;
            pub fn and_modify<F: FnOnce(&mut V)>(self, f: F) -> Entry<K, V>;
            pub fn key(&self) -> &K;
        }
        impl<K, V> HashMap<K, V> {
            pub fn new() -> HashMap<K, V>;
            pub fn with_capacity(capacity: usize) -> HashMap<K, V>;
            pub fn keys(&self) -> crate::iter::Seq<&K>;
            pub fn into_keys(self) -> crate::iter::Seq<K>;
            pub fn values(&self) -> crate::iter::Seq<&V>;
            pub fn values_mut(&mut self) -> crate::iter::Seq<&mut V>;
            pub fn into_values(self) -> crate::iter::Seq<V>;
            pub fn iter(&self) -> crate::iter::Seq<(&K, &V)>;
            pub fn iter_mut(&mut self) -> crate::iter::Seq<(&K, &mut V)>;
            pub fn len(&self) -> usize;
            pub fn is_empty(&self) -> bool;
            pub fn drain(&mut self) -> crate::iter::Seq<(K, V)>;
            pub fn retain<F: FnMut(&K, &mut V) -> bool>(&mut self, f: F);
            pub fn clear(&mut self);
            pub fn reserve(&mut self, additional: usize);
            pub fn entry(&mut self, key: K) -> Entry<K, V>;
            pub fn get<Q>(&self, k: &Q) -> Option<&V>;
            pub fn get_key_value<Q>(&self, k: &Q) -> Option<(&K, &V)>;
            pub fn contains_key<Q>(&self, k: &Q) -> bool;
            pub fn get_mut<Q>(&mut self, k: &Q) -> Option<&mut V>;
            pub fn insert(&mut self, k: K, v: V) -> Option<V>;
            pub fn remove<Q>(&mut self, k: &Q) -> Option<V>;
            pub fn remove_entry<Q>(&mut self, k: &Q) -> Option<(K, V)>;
        }
        impl<K, V> Clone for HashMap<K, V> { fn clone(&self) -> HashMap<K, V>; }
        impl<K, V> Default for HashMap<K, V> { fn default() -> HashMap<K, V>; }
        impl<K, V> IntoIterator for HashMap<K, V> { type Item = (K, V); type IntoIter = crate::iter::Seq<(K, V)>; fn into_iter(self) -> crate::iter::Seq<(K, V)>; }
        impl<K, V> IntoIterator for &HashMap<K, V> { type Item = (&K, &V); type IntoIter = crate::iter::Seq<(&K, &V)>; fn into_iter(self) -> crate::iter::Seq<(&K, &V)>; }
        impl<K, V> IntoIterator for &mut HashMap<K, V> { type Item = (&K, &mut V); type IntoIter = crate::iter::Seq<(&K, &mut V)>; fn into_iter(self) -> crate::iter::Seq<(&K, &mut V)>; }
        impl<K, V> FromIterator<(K, V)> for HashMap<K, V> {}
        impl<K, V> Extend<(K, V)> for HashMap<K, V> { fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, iter: I); }
        impl<K, V, Q> crate::ops::Index<Q> for HashMap<K, V> { type Output = V; }
        impl<K, V, const N: usize> From<[(K, V); N]> for HashMap<K, V> { fn from(value: [(K, V); N]) -> HashMap<K, V>; }
    }
    pub mod btree_map {
        pub struct BTreeMap<K, V>;
        pub use super::hash_map::Entry;
        impl<K, V> BTreeMap<K, V> {
            pub const fn new() -> BTreeMap<K, V>;
            pub fn keys(&self) -> crate::iter::Seq<&K>;
            pub fn into_keys(self) -> crate::iter::Seq<K>;
            pub fn values(&self) -> crate::iter::Seq<&V>;
            pub fn values_mut(&mut self) -> crate::iter::Seq<&mut V>;
            pub fn into_values(self) -> crate::iter::Seq<V>;
            pub fn iter(&self) -> crate::iter::Seq<(&K, &V)>;
            pub fn iter_mut(&mut self) -> crate::iter::Seq<(&K, &mut V)>;
            pub fn range<R>(&self, range: R) -> crate::iter::Seq<(&K, &V)>;
            pub fn first_key_value(&self) -> Option<(&K, &V)>;
            pub fn last_key_value(&self) -> Option<(&K, &V)>;
            pub fn pop_first(&mut self) -> Option<(K, V)>;
            pub fn pop_last(&mut self) -> Option<(K, V)>;
            pub fn len(&self) -> usize;
            pub fn is_empty(&self) -> bool;
            pub fn retain<F: FnMut(&K, &mut V) -> bool>(&mut self, f: F);
            pub fn clear(&mut self);
            pub fn entry(&mut self, key: K) -> super::hash_map::Entry<K, V>;
            pub fn get<Q>(&self, k: &Q) -> Option<&V>;
            pub fn get_key_value<Q>(&self, k: &Q) -> Option<(&K, &V)>;
            pub fn contains_key<Q>(&self, k: &Q) -> bool;
            pub fn get_mut<Q>(&mut self, k: &Q) -> Option<&mut V>;
            pub fn insert(&mut self, k: K, v: V) -> Option<V>;
            pub fn remove<Q>(&mut self, k: &Q) -> Option<V>;
            pub fn append(&mut self, other: &mut BTreeMap<K, V>);
            pub fn split_off<Q>(&mut self, key: &Q) -> BTreeMap<K, V>;
        }
        impl<K, V> Clone for BTreeMap<K, V> { fn clone(&self) -> BTreeMap<K, V>; }
        impl<K, V> Default for BTreeMap<K, V> { fn default() -> BTreeMap<K, V>; }
        impl<K, V> IntoIterator for BTreeMap<K, V> { type Item = (K, V); type IntoIter = crate::iter::Seq<(K, V)>; fn into_iter(self) -> crate::iter::Seq<(K, V)>; }
        impl<K, V> IntoIterator for &BTreeMap<K, V> { type Item = (&K, &V); type IntoIter = crate::iter::Seq<(&K, &V)>; fn into_iter(self) -> crate::iter::Seq<(&K, &V)>; }
        impl<K, V> IntoIterator for &mut BTreeMap<K, V> { type Item = (&K, &mut V); type IntoIter = crate::iter::Seq<(&K, &mut V)>; fn into_iter(self) -> crate::iter::Seq<(&K, &mut V)>; }
        impl<K, V> FromIterator<(K, V)> for BTreeMap<K, V> {}
        impl<K, V> Extend<(K, V)> for BTreeMap<K, V> { fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, iter: I); }
        impl<K, V, Q> crate::ops::Index<Q> for BTreeMap<K, V> { type Output = V; }
        impl<K, V, const N: usize> From<[(K, V); N]> for BTreeMap<K, V> { fn from(value: [(K, V); N]) -> BTreeMap<K, V>; }
    }
    impl<T> HashSet<T> {
        pub fn new() -> HashSet<T>;
        pub fn with_capacity(capacity: usize) -> HashSet<T>;
        pub fn iter(&self) -> crate::iter::Seq<&T>;
        pub fn len(&self) -> usize;
        pub fn is_empty(&self) -> bool;
        pub fn clear(&mut self);
        pub fn contains<Q>(&self, value: &Q) -> bool;
        pub fn get<Q>(&self, value: &Q) -> Option<&T>;
        pub fn insert(&mut self, value: T) -> bool;
        pub fn remove<Q>(&mut self, value: &Q) -> bool;
        pub fn take<Q>(&mut self, value: &Q) -> Option<T>;
        pub fn retain<F: FnMut(&T) -> bool>(&mut self, f: F);
        pub fn union(&self, other: &HashSet<T>) -> crate::iter::Seq<&T>;
        pub fn intersection(&self, other: &HashSet<T>) -> crate::iter::Seq<&T>;
        pub fn difference(&self, other: &HashSet<T>) -> crate::iter::Seq<&T>;
        pub fn is_subset(&self, other: &HashSet<T>) -> bool;
        pub fn is_superset(&self, other: &HashSet<T>) -> bool;
        pub fn is_disjoint(&self, other: &HashSet<T>) -> bool;
    }
    impl<T> Clone for HashSet<T> { fn clone(&self) -> HashSet<T>; }
    impl<T> Default for HashSet<T> { fn default() -> HashSet<T>; }
    impl<T> IntoIterator for HashSet<T> { type Item = T; type IntoIter = crate::iter::Seq<T>; fn into_iter(self) -> crate::iter::Seq<T>; }
    impl<T> IntoIterator for &HashSet<T> { type Item = &T; type IntoIter = crate::iter::Seq<&T>; fn into_iter(self) -> crate::iter::Seq<&T>; }
    impl<T> FromIterator<T> for HashSet<T> {}
    impl<T> Extend<T> for HashSet<T> { fn extend<I: IntoIterator<Item = T>>(&mut self, iter: I); }
    impl<T> BTreeSet<T> {
        pub const fn new() -> BTreeSet<T>;
        pub fn iter(&self) -> crate::iter::Seq<&T>;
        pub fn len(&self) -> usize;
        pub fn is_empty(&self) -> bool;
        pub fn clear(&mut self);
        pub fn contains<Q>(&self, value: &Q) -> bool;
        pub fn first(&self) -> Option<&T>;
        pub fn last(&self) -> Option<&T>;
        pub fn pop_first(&mut self) -> Option<T>;
        pub fn pop_last(&mut self) -> Option<T>;
        pub fn insert(&mut self, value: T) -> bool;
        pub fn remove<Q>(&mut self, value: &Q) -> bool;
        pub fn range<R>(&self, range: R) -> crate::iter::Seq<&T>;
        pub fn union(&self, other: &BTreeSet<T>) -> crate::iter::Seq<&T>;
        pub fn intersection(&self, other: &BTreeSet<T>) -> crate::iter::Seq<&T>;
        pub fn difference(&self, other: &BTreeSet<T>) -> crate::iter::Seq<&T>;
    }
    impl<T> Clone for BTreeSet<T> { fn clone(&self) -> BTreeSet<T>; }
    impl<T> Default for BTreeSet<T> { fn default() -> BTreeSet<T>; }
    impl<T> IntoIterator for BTreeSet<T> { type Item = T; type IntoIter = crate::iter::Seq<T>; fn into_iter(self) -> crate::iter::Seq<T>; }
    impl<T> IntoIterator for &BTreeSet<T> { type Item = &T; type IntoIter = crate::iter::Seq<&T>; fn into_iter(self) -> crate::iter::Seq<&T>; }
    impl<T> FromIterator<T> for BTreeSet<T> {}
    impl<T> Extend<T> for BTreeSet<T> { fn extend<I: IntoIterator<Item = T>>(&mut self, iter: I); }
    impl<T> VecDeque<T> {
        pub fn new() -> VecDeque<T>;
        pub fn with_capacity(capacity: usize) -> VecDeque<T>;
        pub fn iter(&self) -> crate::iter::Seq<&T>;
        pub fn iter_mut(&mut self) -> crate::iter::Seq<&mut T>;
        pub fn len(&self) -> usize;
        pub fn is_empty(&self) -> bool;
        pub fn clear(&mut self);
        pub fn contains(&self, x: &T) -> bool;
        pub fn get(&self, index: usize) -> Option<&T>;
        pub fn get_mut(&mut self, index: usize) -> Option<&mut T>;
        pub fn front(&self) -> Option<&T>;
        pub fn front_mut(&mut self) -> Option<&mut T>;
        pub fn back(&self) -> Option<&T>;
        pub fn back_mut(&mut self) -> Option<&mut T>;
        pub fn pop_front(&mut self) -> Option<T>;
        pub fn pop_back(&mut self) -> Option<T>;
        pub fn push_front(&mut self, value: T);
        pub fn push_back(&mut self, value: T);
        pub fn drain<R>(&mut self, range: R) -> crate::iter::Seq<T>;
        pub fn retain<F: FnMut(&T) -> bool>(&mut self, f: F);
    }
    impl<T> Clone for VecDeque<T> { fn clone(&self) -> VecDeque<T>; }
    impl<T> Default for VecDeque<T> { fn default() -> VecDeque<T>; }
    impl<T> IntoIterator for VecDeque<T> { type Item = T; type IntoIter = crate::iter::Seq<T>; fn into_iter(self) -> crate::iter::Seq<T>; }
    impl<T> IntoIterator for &VecDeque<T> { type Item = &T; type IntoIter = crate::iter::Seq<&T>; fn into_iter(self) -> crate::iter::Seq<&T>; }
    impl<T> FromIterator<T> for VecDeque<T> {}
    impl<T> Extend<T> for VecDeque<T> { fn extend<I: IntoIterator<Item = T>>(&mut self, iter: I); }
    impl<T> crate::ops::Index<usize> for VecDeque<T> { type Output = T; }
    impl<T> BinaryHeap<T> {
        pub fn new() -> BinaryHeap<T>;
        pub fn push(&mut self, item: T);
        pub fn pop(&mut self) -> Option<T>;
        pub fn peek(&self) -> Option<&T>;
        pub fn len(&self) -> usize;
        pub fn is_empty(&self) -> bool;
        pub fn into_sorted_vec(self) -> Vec<T>;
        pub fn into_vec(self) -> Vec<T>;
        pub fn iter(&self) -> crate::iter::Seq<&T>;
    }
    impl<T> FromIterator<T> for BinaryHeap<T> {}
    impl<T> IntoIterator for BinaryHeap<T> { type Item = T; type IntoIter = crate::iter::Seq<T>; fn into_iter(self) -> crate::iter::Seq<T>; }
}

pub mod hash {
    pub trait Hash { fn hash<H: Hasher>(&self, state: &mut H); }
    pub trait Hasher {
        fn finish(&self) -> u64;
        fn write(&mut self, bytes: &[u8]);
        fn write_u8(&mut self, i: u8) {}
        fn write_u32(&mut self, i: u32) {}
        fn write_u64(&mut self, i: u64) {}
        fn write_usize(&mut self, i: usize) {}
    }
    pub trait BuildHasher {}
    pub use crate::collections::hash_map::DefaultHasher;
}

pub mod fmt {
    pub struct Formatter;
    pub struct Error;
    pub struct Arguments;
    pub type Result = crate::result::Result<(), Error>;
    pub trait Display { fn fmt(&self, f: &mut Formatter) -> Result; }
    pub trait Debug { fn fmt(&self, f: &mut Formatter) -> Result; }
    pub trait LowerHex { fn fmt(&self, f: &mut Formatter) -> Result; }
    pub trait UpperHex { fn fmt(&self, f: &mut Formatter) -> Result; }
    pub trait Binary { fn fmt(&self, f: &mut Formatter) -> Result; }
    pub trait Write {
        fn write_str(&mut self, s: &str) -> Result;
        fn write_char(&mut self, c: char) -> Result {}
        fn write_fmt(&mut self, args: Arguments) -> Result {}
    }
    pub struct DebugStruct;
    pub struct DebugList;
    impl Formatter {
        pub fn write_str(&mut self, data: &str) -> Result;
        pub fn write_fmt(&mut self, fmt: Arguments) -> Result;
        pub fn pad(&mut self, s: &str) -> Result;
        pub fn alternate(&self) -> bool;
        pub fn width(&self) -> Option<usize>;
        pub fn precision(&self) -> Option<usize>;
        pub fn debug_struct(&mut self, name: &str) -> DebugStruct;
        pub fn debug_list(&mut self) -> DebugList;
    }
    impl Write for Formatter {}
    impl DebugStruct { pub fn field<T>(&mut self, name: &str, value: &T) -> &mut DebugStruct; pub fn finish(&mut self) -> Result; }
    impl DebugList { pub fn entries<I>(&mut self, entries: I) -> &mut DebugList; pub fn finish(&mut self) -> Result; }
}

pub mod error {
    pub trait Error: crate::fmt::Debug + crate::fmt::Display {
        fn source(&self) -> Option<&(dyn Error + 'static)> {}
        fn description(&self) -> &str {}
    }
}

pub mod future {
    pub trait Future { type Output; }
    pub trait IntoFuture { type Output; }
}

pub mod io {
    pub struct Error;
    pub enum ErrorKind { NotFound, PermissionDenied, InvalidInput, InvalidData, UnexpectedEof, Other }
    pub type Result<T> = crate::result::Result<T, Error>;
    impl Error { pub fn new<E>(kind: ErrorKind, error: E) -> Error; pub fn kind(&self) -> ErrorKind; pub fn other<E>(error: E) -> Error; }
    impl crate::fmt::Display for Error {}
    impl crate::error::Error for Error {}
    pub trait Read { fn read(&mut self, buf: &mut [u8]) -> Result<usize>; fn read_to_string(&mut self, buf: &mut String) -> Result<usize> {} fn read_to_end(&mut self, buf: &mut Vec<u8>) -> Result<usize> {} }
    pub trait Write { fn write(&mut self, buf: &[u8]) -> Result<usize>; fn flush(&mut self) -> Result<()>; fn write_all(&mut self, buf: &[u8]) -> Result<()> {} }
    pub trait BufRead: Read { fn read_line(&mut self, buf: &mut String) -> Result<usize> {} fn lines(self) -> crate::iter::Seq<Result<String>> {} }
    pub struct Stdin;
    pub struct Stdout;
    pub struct BufReader<R>;
    pub struct Cursor<T>;
    pub fn stdin() -> Stdin;
    pub fn stdout() -> Stdout;
    impl Stdin { pub fn read_line(&self, buf: &mut String) -> Result<usize>; pub fn lock(&self) -> Stdin; pub fn lines(self) -> crate::iter::Seq<Result<String>>; }
    impl Read for Stdin {}
    impl Write for Stdout {}
    impl Stdout { pub fn lock(&self) -> Stdout; }
    impl<R> BufReader<R> { pub fn new(inner: R) -> BufReader<R>; }
    impl<R: Read> Read for BufReader<R> {}
    impl<R: Read> BufRead for BufReader<R> {}
}
pub mod path {
    pub struct Path;
    pub struct PathBuf;
    impl Path {
        pub fn new<S>(s: &S) -> &Path;
        pub fn join<P>(&self, path: P) -> PathBuf;
        pub fn exists(&self) -> bool;
        pub fn is_file(&self) -> bool;
        pub fn is_dir(&self) -> bool;
        pub fn parent(&self) -> Option<&Path>;
        pub fn to_path_buf(&self) -> PathBuf;
        pub fn to_str(&self) -> Option<&str>;
        pub fn to_string_lossy(&self) -> crate::borrow::Cow<str>;
    }
    impl PathBuf { pub fn new() -> PathBuf; pub fn push<P>(&mut self, path: P); pub fn as_path(&self) -> &Path; }
    impl crate::ops::Deref for PathBuf { type Target = Path; }
    impl Clone for PathBuf { fn clone(&self) -> PathBuf; }
    impl From<&str> for PathBuf { fn from(value: &str) -> PathBuf; }
}
pub mod time {
    pub struct Duration;
    pub struct Instant;
    impl Duration {
        pub const ZERO: Duration;
        pub const fn from_secs(secs: u64) -> Duration;
        pub const fn from_millis(millis: u64) -> Duration;
        pub const fn from_micros(micros: u64) -> Duration;
        pub const fn from_nanos(nanos: u64) -> Duration;
        pub fn from_secs_f64(secs: f64) -> Duration;
        pub const fn as_secs(&self) -> u64;
        pub const fn as_millis(&self) -> u128;
        pub const fn as_micros(&self) -> u128;
        pub const fn as_nanos(&self) -> u128;
        pub fn as_secs_f64(&self) -> f64;
    }
    impl Clone for Duration { fn clone(&self) -> Duration; }
    impl Instant { pub fn now() -> Instant; pub fn elapsed(&self) -> Duration; pub fn duration_since(&self, earlier: Instant) -> Duration; }
}
pub mod thread {
    pub struct JoinHandle<T>;
    pub fn spawn<T, F: FnOnce() -> T>(f: F) -> JoinHandle<T>;
    pub fn sleep(dur: crate::time::Duration);
    impl<T> JoinHandle<T> { pub fn join(self) -> Result<T, Box<dyn crate::any::Any>>; }
}
pub mod any { pub trait Any { fn is<T>(&self) -> bool; fn downcast_ref<T>(&self) -> Option<&T>; fn downcast_mut<T>(&mut self) -> Option<&mut T>; } pub fn type_name<T>() -> &str; }
pub mod process { pub fn exit(code: i32) -> !; pub fn abort() -> !; pub struct ExitCode; }
pub mod env { pub fn args() -> crate::iter::Seq<String>; pub fn var(key: &str) -> Result<String, VarError>; pub struct VarError; }
pub mod hint { pub fn black_box<T>(dummy: T) -> T; }
