"""What bodies of functions are made of, in the language of `pieces`, with how often each is chosen.

Classes of variables: num (u64), mnum (the same, mutable), idx (usize), flag, str (&str), string (String),
list (Vec<u64> or a slice), mlist, opt (Option<u64>), map (BTreeMap<String, u64>), closure, obj (a struct),
mobj, objs (a Vec of a struct), eobj (an enum). Weights were tuned against the statistics of real projects.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from pytest_rustide_load.codebase.catalogue import BINDINGS
from pytest_rustide_load.codebase.catalogue_changes import CHANGES, RESULTS
from pytest_rustide_load.codebase.pieces import Piece, parse_piece

__all__ = ["entries", "fallbacks", "opening", "results", "statements"]

# Each begins with its weight and tags: "in:X" allows it only where the function's result is X; "async" in
# async functions, "map" in files that import BTreeMap.
_STATEMENTS = BINDINGS + CHANGES
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
    for (weight, of), text in entries(RESULTS):
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
