"""Statements that bind names, and control flow: the first half of what bodies are made of.

Text in the language of `pieces`; statements.py says how it is read.
"""

from __future__ import annotations

__all__ = ["BINDINGS"]

BINDINGS = """
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
"""
