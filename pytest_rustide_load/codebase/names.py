# ruff: noqa: SIM905 (lists of words are read as words)
"""Names that are unique where they have to be, and texts for comments and strings.

Everything is decided by bits handed in.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterator

from pytest_rustide_load.codebase.words import (
    ADJECTIVES,
    COMMENTS,
    ENDINGS,
    FIELDS,
    LOCALS,
    NOUNS,
    PHRASES,
    SENTENCES,
    SUFFIXES,
    TRAIT_SUFFIXES,
    VARIANTS,
    VERBS,
)
from pytest_rustide_load.seeds import seeded_random

__all__ = ["Bits", "Namer", "comment", "literal", "local_name", "sentence"]

_CHUNK = 1024


class Bits:
    """A stream of its own for the consumer named by `path`: `below(n)` is a whole number from 0 to n - 1."""

    __slots__ = ("_next",)

    def __init__(self, seed: int, *path: str | int) -> None:
        self._next = _words(seed, path).__next__

    def below(self, limit: int) -> int:
        return self._next() % limit

    def chance(self, percent: float) -> bool:
        """True in `percent` of 100 cases."""
        return self._next() % 10_000 < percent * 100


def _words(seed: int, path: tuple[str | int, ...]) -> Iterator[int]:
    random = seeded_random(seed, *path)
    while True:
        # 32 bits at a time: the same on machines of either byte order.
        yield from array("I", random.getrandbits(32 * _CHUNK).to_bytes(4 * _CHUNK, sys.byteorder))


class Namer:
    """Names for what is declared. `types` are unique in the codebase; for the others the caller says, in
    `taken`, which names are in use where the new one goes; the new one is added to them."""

    def __init__(self, bits: Bits) -> None:
        self._bits = bits
        self._types: set[str] = set()
        self._trait_methods: set[str] = set()

    def type(self) -> str:
        bits = self._bits
        name = NOUNS[bits.below(len(NOUNS))].capitalize()
        if bits.chance(70):
            name += NOUNS[bits.below(len(NOUNS))].capitalize()
        return self._unique_type(name, SUFFIXES)

    def trait(self) -> str:
        bits = self._bits
        name = NOUNS[bits.below(len(NOUNS))].capitalize() + TRAIT_SUFFIXES[bits.below(len(TRAIT_SUFFIXES))]
        return self._unique_type(name, SUFFIXES)

    def error(self, crate: str) -> str:
        """The error type of a crate."""
        return self._unique_type("".join(word.capitalize() for word in crate.split("_")) + "Error", SUFFIXES)

    def trait_method(self) -> str:
        """Two words or more, and no other trait's: types may implement several."""
        bits = self._bits
        name = f"{VERBS[bits.below(len(VERBS))]}_{NOUNS[bits.below(len(NOUNS))]}"
        while name in self._trait_methods:
            name = f"{name}_{ADJECTIVES[bits.below(len(ADJECTIVES))]}"
        self._trait_methods.add(name)
        return name

    def function(self, taken: set[str]) -> str:
        bits = self._bits
        return self._unique(
            f"{VERBS[bits.below(len(VERBS))]}_{NOUNS[bits.below(len(NOUNS))]}", ADJECTIVES, taken
        )

    def test(self, taken: set[str]) -> str:
        bits = self._bits
        name = f"{NOUNS[bits.below(len(NOUNS))]}_{VERBS[bits.below(len(VERBS))]}s"
        return self._unique(f"{name}_{ADJECTIVES[bits.below(len(ADJECTIVES))]}", NOUNS, taken)

    def method(self, taken: set[str]) -> str:
        bits = self._bits
        name = VERBS[bits.below(len(VERBS))]
        if bits.chance(55):
            name = f"{name}_{NOUNS[bits.below(len(NOUNS))]}"
        return self._unique(name if name not in _RESERVED else f"{name}_all", NOUNS, taken)

    def field(self, taken: set[str]) -> str:
        bits = self._bits
        if bits.chance(65):
            return self._unique(FIELDS[bits.below(len(FIELDS))], NOUNS, taken)
        return self._unique(
            f"{ADJECTIVES[bits.below(len(ADJECTIVES))]}_{NOUNS[bits.below(len(NOUNS))]}", NOUNS, taken
        )

    def variant(self, taken: set[str]) -> str:
        bits = self._bits
        name = VARIANTS[bits.below(len(VARIANTS))]
        while name in taken:
            name += NOUNS[bits.below(len(NOUNS))].capitalize()
        taken.add(name)
        return name

    def const(self, taken: set[str]) -> str:
        bits = self._bits
        name = f"{ADJECTIVES[bits.below(len(ADJECTIVES))]}_{NOUNS[bits.below(len(NOUNS))]}"
        return self._unique(name.upper(), [noun.upper() for noun in ("limit", "size", "mask", "step")], taken)

    def module(self, taken: set[str]) -> str:
        bits = self._bits
        noun = NOUNS[bits.below(len(NOUNS))]
        return self._unique(noun if noun not in _RESERVED else f"{noun}s", VERBS, taken)

    def _unique(self, name: str, more: tuple[str, ...] | list[str], taken: set[str]) -> str:
        while name in taken or name in _RESERVED:
            name = f"{name}_{more[self._bits.below(len(more))]}"
        taken.add(name)
        return name

    def _unique_type(self, name: str, more: tuple[str, ...]) -> str:
        while name in self._types or name in _RESERVED_TYPES:
            name += more[self._bits.below(len(more))]
        self._types.add(name)
        return name


# Keywords, modules every file knows, and methods that would hide or clash with those of the prelude.
_RESERVED = frozenset(
    """
type match move loop use mod fn impl trait self super crate where while for if else let ref static
struct enum extern const async await dyn box drop clone cmp eq ne lt le gt ge max min partial_cmp fmt
from into next map filter fold count sum zip chain take skip all any find last nth step std core alloc
test tests main as_ref index hash default to_string error new add
""".split()
)
_RESERVED_TYPES = frozenset(
    """
Box Vec String Option Some None Ok Err Result Self Iterator Default From Into Clone Copy Send Sync Fn
Drop Display Debug Error Map Set Range Ordering Formatter Index Add Entry BTreeMap List Path Hash Eq Ord
""".split()
)


def local_name(bits: Bits, taken: set[str], reserved: set[str]) -> str:
    """A name for a variable, new in its function and none of `reserved`."""
    word = LOCALS[bits.below(len(LOCALS))]
    if bits.chance(45):
        word = f"{ADJECTIVES[bits.below(len(ADJECTIVES))]}_{word}"
    name = word
    number = 2
    while name in taken or name in reserved:
        name = f"{word}{number}"
        number += 1
    taken.add(name)
    return name


def phrase(texts: tuple[str, ...], bits: Bits) -> str:
    """One of `texts` with nouns in its gaps."""
    return texts[bits.below(len(texts))].replace("{}", NOUNS[bits.below(len(NOUNS))])


def sentence(bits: Bits) -> str:
    text = phrase(SENTENCES, bits)
    return f"{text[:-1]}{phrase(ENDINGS, bits)}." if bits.chance(80) else text


def comment(bits: Bits) -> str:
    return phrase(COMMENTS, bits)


def literal(bits: Bits) -> str:
    return phrase(PHRASES, bits)
