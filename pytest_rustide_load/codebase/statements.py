"""What bodies of functions are made of, in the language of `pieces`, with how often each is chosen.

Classes of variables: num (u64), mnum (the same, mutable), idx (usize), flag, str (&str), string (String),
list (Vec<u64> or a slice), mlist, opt (Option<u64>), map (BTreeMap<String, u64>), closure, obj (a struct),
mobj, objs (a Vec of a struct), eobj (an enum). Weights were tuned against the statistics of real projects.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from pytest_rustide_load.codebase.pieces import Piece, parse_piece

__all__ = ["entries", "fallbacks", "opening", "results", "statements"]

# Each begins with its weight and tags: "in:X" allows it only where the function's result is X; "async" in
# async functions, "map" in files that import BTreeMap.
_STATEMENTS = """
= 6
let `+y:num` = `a:num`.wrapping_add(`b:num`);
= 5
let `+y:num` = `a:num` / (`b:num` % `:lit` + 1);
= 5
let `+y:num` = `a:num`.min(`k:knum`);
= 4
let `+y:flag` = `a:num` > `k:knum`;
= 3
let mut `+y:mnum` = `a:num`;
= 3
let (`+y:num`, `+z:num`) = (`a:num`, `b:num`.rotate_left(`:lit1`));
= 3
let `+y:str` = "`:txt`";
= 2
let `+y:idx` = `s:str`.trim().len();
= 2
let `+y:idx` = `l:list`.len();
= 2
let `+y:opt` = `l:list`.first().copied();
= 2
let `+y:opt` = `a:num`.checked_sub(`k:knum`);
= 2
let `+y:num` = `o:opt`.unwrap_or(`k:knum`);
= 2
let mut `+y:mlist`: Vec<u64> = Vec::with_capacity(`:lit`);
= 14
let `+y:num` = `f:fn.num1`(`a:num`);
= 12
let `+y:num` = `f:fn.num2`(`a:num`, `b:num`);
= 8
let `+y:num` = `f:fn.num3`(
    `a:num`,
    `b:num`,
    `c:knum`,
);
= 9
`f:fn.unit1`(`a:num`);
= 6
let `+y:list` = `f:fn.list1`(`a:num`);
= 6
let `+y:num` = `f:fn.slice1`(&`l:list`);
= 5
if `f:fn.flag1`(`a:num`) {
    `...`
}
= 5
if let Some(`+y:~num`) = `f:fn.opt1`(`a:num`) {
    `...`
}
= 4
let `+y:string` = `f:fn.text1`(`a:num`);
= 3
let `+y:num` = unsafe { `f:fn.unsafe1`(`a:num`) };
= 3
let `+y:num` = `f:fn.const1`(`a:num`);
= 6
let `+y:num` = `f:fn.apply1`(`a:num`, |value| value ^ `b:num`);
= 60 async
let `+y:num` = `f:fn.async1`(`a:num`).await;
= 20 async
`t:mnum` += std::future::ready(`a:num`).await;
= 12
let `+o:obj=T` = `T:impltype`::`n:T.new1`(`a:num`);
let `+y:num` = `f:T.gen`(&`o`, `b:num`);
= 13
let `+o:obj=T` = `T:struct`::`n:T.new1`(`a:num`);
= 4
let `+o:obj=T` = `T:struct`::`n:T.new2`(`a:num`, "`:txt`");
= 7
let mut `+o:mobj=T` = `T:struct`::`n:T.new1`(`a:num`);
= 14
let `+y:num` = `o:obj`.`m:o.num1`(`a:num`);
= 7
let `+y:num` = `o:obj`.`m:o.num0`();
= 10
`o:mobj`.`m:o.set1`(`a:num`);
= 6
let `+y:num` = `o:obj`.`f:o.fnum` + `a:num`;
= 4
`o:mobj`.`f:o.fnum` = `a:num`;
= 4
`o:mobj`.`f:o.fnum` += `o`.`g:o.fnum` % `:lit`;
= 6
if `o:obj`.`m:o.flag1`(`a:num`) {
    `...`
}
= 6
if let Some(`+y:~num`) = `o:obj`.`m:o.opt1`(`a:num`) {
    `...`
}
= 4
let `+y:num` = `o:obj`.`m:o.map1`(|value| value.rotate_right(`:lit1`));
= 4
let `+p:obj=o` = `o:obj`.`m:o.self1`(`a:num`);
= 4
let `+y:idx` = `o:obj`.`m:o.text0`().len();
= 4
let `+y:num` = `o:obj`.`m:o.list0`().iter().sum::<u64>();
= 4
let `+o:obj=T` = `T:struct`::`n:T.new1`(`a:num`)
    .`m:T.self1`(`b:num`)
    .`m2:T.self1`(`k:knum`);
= 5
let `+y:num` = `x:implobj`.`m:x.trait`(`a:num`);
= 3
let `+os:objs=T` = vec![`T:struct`::`n:T.new1`(`a:num`), `T`::`n`(`b:num`)];
= 3
let `+os:objs=T` = `l:list`
    .iter()
    .map(|value| `T:struct`::`n:T.new1`(*value))
    .collect::<Vec<_>>();
= 5
let `+y:num` = `os:objs`
    .iter()
    .map(|`+it:_=os`| `it`.`f:os.fnum`)
    .sum::<u64>();
= 4
let `+y:num` = `os:objs`
    .iter()
    .map(|`+it:_=os`| `it`.`m:os.num1`(`a:num`))
    .fold(0, |sum, value| sum ^ value);
= 3
if `os:objs`.iter().any(|`+it:_=os`| `it`.`m:os.flag1`(`a:num`)) {
    `...`
}
= 3
for `+it:~obj=os` in &`os:objs` {
    `...`
}
= 5
let `+e:eobj=E` = `E:enum`::`v:E.unit0`;
= 3
let `+e:eobj=E` = `E:enum`::`v:E.tuple0`(`a:num`);
= 2
match `e:eobj` {
    `E:e.type`::`v:E.unit0` => {
        `...`
    }
    `E`::`w:E.unit1` => {
        `...`
    }
    _ => {}
}
= 2
match `e:eobj` {
    `E:e.type`::`v:E.tuple0`(`+y:~num`) => {
        `...`
    }
    _ => {}
}
= 4
let `+y:num` = match `e:eobj` {
    `E:e.type`::`v:E.unit0` => `a:num`,
    `E`::`w:E.unit1` => `k:knum`,
    _ => `:lit`,
};
= 3
let `+y:flag` = matches!(`e:eobj`, `E:e.type`::`v:E.unit0`);
= 4
let `+y:num` = match `o:opt` {
    Some(`+x:_`) if `x` > `k:knum` => `x`,
    Some(_) => `a:num`,
    None => `:lit`,
};
= 9
if `a:num` > `k:knum` {
    `...`
}
= 4
if `g:flag` && `a:num` < `b:num` {
    `...`
} else {
    `...`
}
= 5 in:num
if `a:num` == `k:knum` {
    return `b:num`;
}
= 4 in:num
if `g:flag` {
    return `b:num` + 1;
}
= 7 in:unit
if `a:num` == `k:knum` {
    return;
}
= 7 in:opt
if `a:num` < `k:knum` {
    return None;
}
= 6 in:flag
if `a:num` % `:lit1` == 0 {
    return false;
}
= 9 in:res
if `a:num` > `k:knum` {
    return Err(`E:error`::`v:E.unit0`);
}
= 5 in:res
if `g:flag` {
    return Err(`E:error`::`v:E.tuple0`(`a:num`));
}
= 16 in:res
let `+y:num` = `f:fn.res1`(`a:num`)?;
= 14 in:res
let `+y:num` = `o:obj`.`m:o.res1`(`a:num`)?;
= 12 in:res
self.`m:self.res1`(`a:num`)?;
= 6 in:res
`f:fn.res1`(`a:num`)?;
= 7 in:res
let `+y:num` = `a:num`
    .checked_mul(`b:num`)
    .ok_or(`E:error`::`v:E.unit0`)?;
= 5 in:res
let `+y:num` = `s:str`
    .parse::<u64>()
    .map_err(|_| `E:error`::`v:E.unit0`)?;
= 9 in:opt
let `+y:num` = `f:fn.opt1`(`a:num`)?;
= 9 in:opt
let `+y:num` = `o:obj`.`m:o.opt1`(`a:num`)?;
= 4 in:opt
let `+y:num` = `l:list`.iter().copied().max()?;
= 4 in:num
let Some(`+y:num`) = `o:opt` else {
    return `a:num`;
};
= 5 in:unit
let Some(`+y:num`) = `o:opt` else {
    return;
};
= 5
for `+y:~num` in `l:list`.iter().copied() {
    `...`
}
= 4
for (`+i:~idx`, `+y:~num`) in `l:list`.iter().copied().enumerate() {
    `...`
}
= 3
for `+y:~num` in 0..`a:num` {
    `...`
}
= 2
while `t:mnum` < `k:knum` {
    `t` += `a:num` % `:lit` + 1;
}
= 2
while let Some(`+y:~num`) = `l:mlist`.pop() {
    `...`
}
= 1
loop {
    `t:mnum` = `t` / 2;
    if `t` <= `:lit` {
        break;
    }
}
= 4
if `a:num` > `k:knum`
    && `o:obj`.`m:o.flag1`(`b:num`)
{
    `...`
}
= 2
`t:mnum` += match `a:num` % `:lit1` {
    0 => `f:fn.num1`(`b:num`),
    1 | 2 => `b` / `:lit1`,
    _ => `k:knum`,
};
= 2
match `f:fn.opt1`(`a:num`) {
    Some(`+y:~num`) => {
        `...`
    }
    None => `t:mnum` += 1,
}
= 2
match `a:num`.cmp(&`b:num`) {
    std::cmp::Ordering::Less => {
        `...`
    }
    std::cmp::Ordering::Equal => `t:mnum` = `b`,
    std::cmp::Ordering::Greater => {}
}
= 14
`t:mnum` += self.`f:self.fnum`;
= 9
`t:mnum` ^= `o:obj`.`f:o.fnum` / `:lit1`;
= 7
if self.`f:self.fnum` > `o:obj`.`g:o.fnum` {
    `...`
}
= 9
self.`f:self.wnum` += self.`g:self.fnum` % `:lit`;
= 6
if `o:obj`.`f:o.fnum` + `a:num` > `k:knum` {
    `...`
}
= 6
`t:mnum` += self.`f:self.fobj`.`g:f.fnum`;
= 9
`t:mnum` += `T:struct`::`n:T.new1`(`a:num`).`m:T.num1`(`b:num`);
= 5
`t:mnum` += `T:impltype`::`n:T.new1`(`a:num`).`m:T.trait`(`b:num`);
= 6
`t:mnum` ^= `f:T.gen`(&`T:impltype`::`n:T.new1`(`a:num`), `b:num`);
= 5
`t:mnum` += `f:T.obj1`(&`T:struct`::`n:T.new1`(`a:num`), `b:num`);
= 6
`t:mnum` += `f:o.obj1`(&`o:obj`, `a:num`);
= 5
`t:mnum` += `f:E.enum1`(`E:enum`::`v:E.unit0`, `a:num`);
= 4
`t:mnum` += `f:E.enum1`(`E:enum`::`v:E.tuple0`(`a:num`), `b:num`);
= 4
`t:mnum` += `o:obj`.`m:o.peer1`(&`o`);
= 4
`t:mnum` += `T:struct`::`n:T.new1`(`a:num`)
    .`m:T.self1`(`b:num`)
    .`p:T.num1`(`k:knum`);
= 6
`t:mnum` += `f:fn.num1`(`a:num`);
= 5
`t:mnum` ^= `f:fn.num2`(`a:num`, `b:num`);
= 4
`t:mnum` = `f:fn.num3`(
    `t`,
    `a:num`,
    `g:fn.num1`(`b:num`),
);
= 14
`t:mnum` += `o:obj`.`m:o.num1`(`a:num`);
= 4
`t:mnum` += `o:obj`.`m:o.num0`() / `:lit`;
= 4
`t:mnum` = `t`.max(`o:obj`.`f:o.fnum`);
= 8
`t:mnum` += `x:implobj`.`m:x.trait`(`a:num`);
= 4
`l:mlist`.push(`f:fn.num2`(`a:num`, `k:knum`));
= 5
`f:fn.unit1`(`g:fn.num2`(`a:num`, `b:num`));
= 4
`t:mnum` += `l:list`
    .iter()
    .map(|value| value ^ `a:num`)
    .sum::<u64>();
= 3
`t:mnum` += `f:fn.opt1`(`a:num`)
    .map(|value| value / `:lit1`)
    .unwrap_or(`k:knum`);
= 4
`o:mobj`.`m:o.set1`(
    `f:fn.num2`(`a:num`, `b:num`)
        .wrapping_add(`k:knum`),
);
= 5
self.`f:self.wnum` += `g:fn.num1`(`a:num`);
= 2
self.`f:self.wnum` = match `a:num` {
    0 => `b:num`,
    1 => self.`f`,
    _ => `k:knum`,
};
= 4
`t:mnum` += `q:macro2`!(`a:num`, `b:num`);
= 6 in:num
if `f:fn.num1`(`a:num`) > `b:num` {
    return `k:knum`;
}
= 6 in:num
if `o:obj`.`m:o.num1`(`a:num`) == `b:num` {
    return `a`;
}
= 6 in:res
if `f:fn.flag1`(`a:num`) {
    return Ok(`b:num`);
}
= 14 in:res
`t:mnum` += `f:fn.res1`(`a:num`)?;
= 12 in:res
`t:mnum` += `o:obj`.`m:o.res1`(`a:num`)?;
= 2 in:res
match `f:fn.res1`(`a:num`) {
    Ok(`+y:~num`) => {
        `...`
    }
    Err(error) => return Err(error),
}
= 6
`t:mnum` += `a:num`;
= 5
`t:mnum` = `t`.wrapping_mul(`:lit`) ^ `a:num`;
= 7
`l:mlist`.push(`a:num`);
= 2
`l:mlist`.extend((0..`a:num`).map(|value| value + `:lit`));
= 2
`l:mlist`.sort_unstable();
= 16
let `+y:num` = self.`f:self.fnum` + `a:num`;
= 8
let `+y:num` = self.`m:self.num1`(`a:num`);
= 6
if self.`f:self.fnum` > `a:num` {
    `...`
}
= 5
if self.`f:self.fflag` {
    `...`
}
= 5
for `+y:~num` in self.`f:self.flist`.iter().copied() {
    `...`
}
= 18
self.`f:self.wnum` += `a:num`;
= 14
self.`f:self.wnum` = `a:num`;
= 9
self.`f:self.wlist`.push(`a:num`);
= 6
self.`f:self.wflag` = `a:num` > `k:knum`;
= 6
self.`m:self.wset1`(`a:num`);
= 6
let `+y:num` = self.`f:self.fobj`.`m:f.num1`(`a:num`);
= 4
let `+y:num` = self.`f:self.fobj`.`g:f.fnum`;
= 4
let `+y:num` = `l:list`
    .iter()
    .filter(|value| **value > `k:knum`)
    .map(|value| value / 2)
    .sum::<u64>();
= 3
let `+y:list` = `l:list`
    .iter()
    .map(|value| value.wrapping_mul(`a:num`))
    .collect::<Vec<_>>();
= 3
let `+y:num` = `l:list`
    .iter()
    .zip(`m:list`.iter())
    .map(|(left, right)| left ^ right)
    .fold(`a:num`, |sum, value| sum.max(value));
= 3
let `+y:opt` = `l:list`.iter().copied().find(|value| *value == `a:num`);
= 2
let `+y:num` = (0..`a:num`).take_while(|step| *step < `k:knum`).count() as u64;
= 2
let `+y:flag` = `l:list`.iter().all(|value| *value < `k:knum`);
= 2
let `+c:closure` = move |value: u64| value.wrapping_mul(`a:num`);
= 4
let `+y:num` = `c:closure`(`a:num`);
= 7
let `+y:string` = format!("`:txt` {}", `a:num`);
= 4
let `+y:string` = format!("{}:{}", `a:num`, `s:str`);
= 4
let `+y:list` = vec![`a:num`, `b:num`, `:lit`];
= 4
let mut `+y:mlist` = vec![`a:num`; `:lit`];
= 2
debug_assert!(`a:num` <= `b:num` || `b` < `k:knum`);
= 1
assert!(`a:num` != `:lit`, "`:txt`: {}", `b:num`);
= 1
eprintln!("`:txt` {}", `a:num`);
= 1
println!(
    "`:txt` {} {}",
    `a:num`,
    `b:num`,
);
= 14
let `+y:num` = `q:macro2`!(`a:num`, `b:num`);
= 8
let `+y:num` = `q:macro1`!(`a:num`);
= 1
// SAFETY: the list holds one value at least.
let `+y:num` = unsafe { *[`a:num`, `b:num`].as_ptr() };
= 2 map
let mut `+m:map`: BTreeMap<String, u64> = BTreeMap::new();
= 5
if let Some(`+y:~num`) = `m:map`.get("`:txt`").copied() {
    `...`
}
= 5
`m:map`.insert("`:txt`".to_string(), `a:num`);
= 5
*`m:map`.entry(format!("`:txt`{}", `a:num`)).or_insert(0) += `b:num`;
= 2
let mut `+y:mstring` = String::new();
= 4
`s:mstring`.push_str(`t:str`);
= 4
`s:mstring`.push_str(&`a:num`.to_string());
"""

# How a body ends: weight, and class of the function's result.
_RESULTS = """
= 8 num
`a:num`
= 6 num
`a:num`.wrapping_add(`b:num`)
= 4 num
`a:num` ^ `k:knum`
= 6 num
self.`f:self.fnum` + `a:num`
= 5 num
self.`f:self.fnum`
= 4 num
`f:fn.num2`(`a:num`, `b:num`)
= 3 num
`f:fn.num1`(`a:num`)
= 4 num
`o:obj`.`m:o.num1`(`a:num`)
= 3 num
if `a:num` > `k:knum` {
    `b:num`
} else {
    `a`
}
= 2 num
`l:list`.iter().fold(`a:num`, |sum, value| sum ^ value)
= 2 num
`o:opt`.unwrap_or_else(|| `a:num`)
= 3 num
self.`f:self.flist`.iter().sum::<u64>() + `a:num`
= 3 num
`q:macro2`!(`a:num`, `b:num`)
= 5 opt
Some(`a:num`)
= 3 opt
`a:num`.checked_add(`b:num`)
= 3 opt
`l:list`.iter().copied().find(|value| *value > `a:num`)
= 3 opt
self.`f:self.flist`.get(`a:num` as usize).copied()
= 2 opt
if `a:num` > `k:knum` {
    Some(`a`)
} else {
    None
}
= 2 opt
`o:obj`.`m:o.opt1`(`a:num`)
= 2 opt
`o:opt`.map(|value| value + `a:num`)
= 8 res
Ok(`a:num`)
= 4 res
Ok(`a:num`.wrapping_add(`b:num`))
= 4 res
`f:fn.res1`(`a:num`)
= 3 res
`a:num`.checked_add(`k:knum`).ok_or(`E:error`::`v:E.unit0`)
= 3 res
Ok(self.`f:self.fnum`)
= 4 flag
`a:num` > `k:knum`
= 3 flag
`a:num` % `:lit1` == `b:num` % `:lit1`
= 4 flag
self.`f:self.fnum` == `a:num`
= 3 flag
self.`f:self.fflag` && `a:num` < `k:knum`
= 2 flag
`g:flag`
= 2 flag
`l:list`.contains(&`a:num`)
= 8 unit
= 4 unit
`t:mnum` += `a:num`;
= 9 unit
self.`f:self.wnum` = `a:num`;
= 5 unit
self.`f:self.wlist`.clear();
= 3 unit
let _ = `f:fn.num1`(`a:num`);
= 2 unit
eprintln!("`:txt` {}", `a:num`);
= 4 text
format!("`:txt` {}", `a:num`)
= 3 text
"`:txt`".to_string()
= 3 text
format!("{}/{}", `a:num`, `b:num`)
= 2 text
`s:str`.to_owned()
= 2 text
`s:string`
= 4 list
vec![`a:num`, `b:num`]
= 3 list
`l:mlist`
= 3 list
(0..`a:num`).map(|value| value ^ `k:knum`).collect()
= 2 list
self.`f:self.flist`.clone()
= 2 list
`l:list`.iter().map(|value| value + `a:num`).collect()
= 3 strref
`s:str`
= 2 strref
if `a:num` > `k:knum` {
    `s:str`
} else {
    `s`.trim()
}
= 8 assert
assert_eq!(`a:num`, `b:num`);
= 5 assert
assert!(`a:num` <= `k:knum`);
= 5 assert
assert_eq!(`o:obj`.`m:o.num1`(`a:num`), `b:num`);
= 4 assert
assert!(`g:flag`);
= 3 assert
assert_ne!(`a:num`, `b:num`, "`:txt`");
= 3 assert
assert!(`f:fn.flag1`(`a:num`));
= 3 assert
assert_eq!(`f:fn.num1`(`a:num`), `:lit`);
= 2 assert
assert!(`o:opt`.is_none());
"""
# What a body of a test ends with is also said in its middle.
_ASSERTING = 3
# Real code binds a name in one line of twenty: what binds none is drawn so many times as often.
_UNBOUND = 14

# For any place, in case nothing that was drawn fits: with a variable that may change, and without.
_FALLBACKS = (
    "`t:mnum` = `t`.rotate_left(`:lit1`) ^ `a:num`;",
    "`t:mnum` += `a:num` >> `:lit1`;",
    "`t:mnum` = `t`.max(`a:num`);",
    "`t:mnum` -= `t` / `:lit1`;",
    "`t:mnum` |= `a:num` & `:lit`;",
)
_LAST_FALLBACK = "let `+y:num` = `a:num`.rotate_left(`:lit1`);"
_OPENING = "let mut `+t:mnum` = `a:num`;"


def entries(catalogue: str) -> Iterator[tuple[list[str], str]]:
    """The head of each entry, in words, and its text."""
    for entry in catalogue.strip().removeprefix("= ").split("\n= "):
        head, _, text = entry.partition("\n")
        yield head.split(), text.rstrip("\n")


@cache
def statements(result: str, *, asynchronous: bool, maps: bool) -> tuple[Piece, ...]:
    """The pieces of a body with this result; one stands as often in the sequence as its weight says."""
    allowed = {f"in:{result}", *(["async"] if asynchronous else []), *(["map"] if maps else [])}
    found: list[Piece] = []
    for (weight, *tags), text in entries(_STATEMENTS):
        if allowed.issuperset(tags):
            binds = text.startswith("let ") or "\nlet " in text
            found += [_parsed(text)] * (int(weight) if binds else int(weight) * _UNBOUND)
    if result == "assert":
        found += [piece for piece in results("assert") for _ in range(_ASSERTING)]
    return tuple(found)


@cache
def results(result: str) -> tuple[Piece, ...]:
    """The pieces that end a body with this result, by weight."""
    found: list[Piece] = []
    for (weight, of), text in entries(_RESULTS):
        if of == result and text:
            found += [_parsed(text)] * int(weight)
    return tuple(found)


@cache
def fallbacks() -> tuple[Piece, ...]:
    """Pieces of a line for when nothing that was drawn fits; the last one always does."""
    return tuple(_parsed(text) for text in (*_FALLBACKS, _LAST_FALLBACK))


@cache
def opening() -> Piece:
    """What a longer body begins with: a variable that may change."""
    return _parsed(_OPENING)


@cache
def _parsed(text: str) -> Piece:
    return parse_piece(text)
