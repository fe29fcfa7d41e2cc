"""Statements that change what is there, and what bodies end with: the other half of what they are made of.

Text in the language of `pieces`; statements.py says how it is read.
"""

from __future__ import annotations

__all__ = ["CHANGES", "RESULTS"]

CHANGES = """\
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
RESULTS = """
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
