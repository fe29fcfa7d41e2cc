"""Names and words: readable identifiers, each declared once, and short sentences for documentation."""

from __future__ import annotations

import random

__all__ = ["NameMaker"]

_NOUN_LIST = """
account buffer cache chunk client cluster column config counter cursor digest document edge entry event
frame graph header index journal kernel ledger lexer market matrix message metric node offset order packet
parser payload pixel policy probe process queue ratio record region request route sample schema segment
session signal socket source stream symbol table tenant ticket token trace tree vector vertex volume window
"""
_VERB_LIST = """
absorb adjust advance align append apply balance bound collect combine compact compare compute decode derive
drain emit encode estimate expand fetch filter flush fold gather insert inspect join limit locate measure
merge normalize observe pack plan prune rank reduce refresh resolve rotate sample scale scan select settle
shift sort split store sum sweep trim update validate verify weigh
"""
_WORD_LIST = """
amount base bias count delta depth factor gain level limit mark mass offset pace rate room score share size
span total units weight width
"""
_NOUNS, _VERBS, _WORDS = (tuple(text.split()) for text in (_NOUN_LIST, _VERB_LIST, _WORD_LIST))
_ASIDES = (
    "Called on every request.",
    "The caller keeps ownership.",
    "Saturates rather than overflows.",
    "Größe und Reihenfolge bleiben gleich.",
    "Stays within the agreed bound, see the café example.",
    "Cheap: no allocation.",
    "Order matters: earlier entries win → later ones are kept aside.",
)


class NameMaker:
    """Makes names from `bits`; no name is given out twice."""

    def __init__(self, bits: random.Random) -> None:
        self._bits = bits
        self._count = 0

    def crates(self, count: int) -> list[str]:
        """Names for `count` crates."""
        start = self._bits.getrandbits(32)
        return [_NOUNS[(start + 7 * number) % len(_NOUNS)] for number in range(count)]

    def fresh(self, what: str) -> str:
        """A new name for a `module`, `type`, `const`, `verb` (a function) or `value` (a field)."""
        self._count += 1
        noun = _NOUNS[self._bits.getrandbits(32) % len(_NOUNS)]
        other = _NOUNS[self._bits.getrandbits(32) % len(_NOUNS)]
        verb = _VERBS[self._bits.getrandbits(32) % len(_VERBS)]
        if what == "type":
            return f"{noun.capitalize()}{other.capitalize()}{self._count}"
        if what == "const":
            return f"{noun.upper()}_{other.upper()}_{self._count}"
        if what == "verb":
            return f"{verb}_{noun}_{self._count}"
        return f"{noun}_{other}_{self._count}"

    def word(self, bits: random.Random) -> str:
        """A word for a parameter; not unique."""
        return _WORDS[bits.getrandbits(32) % len(_WORDS)]

    def sentence(self, subject: str, bits: random.Random) -> str:
        """One line of documentation."""
        aside = _ASIDES[bits.getrandbits(32) % len(_ASIDES)]
        return f"{subject.capitalize()} of the {self.word(bits)} and its {self.word(bits)}. {aside}"
