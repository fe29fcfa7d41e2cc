"""What is typed into a document, by the class of the place, and when it is whole.

Everything leaves valid Rust behind and changes no meaning: comments, statements and items nobody uses, blanks
and comments between tokens. Names are numbered, so that none is used twice. Pure: draws come from outside.
"""

from __future__ import annotations

from random import Random

__all__ = ["PLACES", "is_whole", "paste", "phrase"]

# The classes of places that people edit.
PLACES = ("comment", "body", "signature", "item", "macro", "cargo_toml")
_PASTE_CHARACTERS = (50, 500)
# Some are longer in UTF-8 than in UTF-16, and some the other way round.
_WORDS = (
    "the", "order", "of", "these", "values", "is", "kept", "while", "größer", "than", "zero", "first",
    "check", "→", "later", "naïve", "but", "fast", "漢字", "twice", "see", "above", "never", "empty", "𝄞",
    "once",
)  # fmt: skip
_STATEMENTS = (
    "let _{name} = {number} + 4;",
    'let _{name} = "{name}".len();',
    "let _{name} = u32::MAX.count_ones();",
    "let _{name} = [{number}, 2, 3].len();",
    "let _{name} = Some({number}).is_some();",
)
_ITEMS = (
    "const _{upper}: u32 = {number};",
    'static _{upper}: &str = "{name}";',
    "fn _{name}(by: u32) -> u32 {{ by + {number} }}",
    'const _{upper}: usize = "{name}".len();',
)


def phrase(place: str, *, inline: bool, name: str, random: Random) -> str:
    """What is typed at a place of the class in one go: one line without its end; for `inline` places what
    goes between the tokens or words of a line."""
    number = _below(random, 90) + 10
    if place in ("comment", "cargo_toml"):
        words = " ".join([name, *_words(random, 2 + _below(random, 7))])
        if inline:
            return f"{words} "
        return f"# {words}" if place == "cargo_toml" else f"// {words}"
    if place in ("signature", "macro"):
        return " " * (1 + _below(random, 3)) if random.random() < 0.4 else f"/* {name} */ "
    templates = _STATEMENTS if place == "body" else _ITEMS
    template = templates[_below(random, len(templates))]
    return template.format(name=name, upper=name.upper(), number=number)


def paste(place: str, *, inline: bool, name: str, random: Random) -> str:
    """What is pasted there: 50 to 500 characters, in several lines where the place has lines of its own."""
    low, high = _PASTE_CHARACTERS
    wanted = low + _below(random, high - low + 1)
    if inline:
        open_, close = ("", " ") if place == "comment" else ("/* ", " */ ")
        text = name
        while len(open_) + len(text) + len(close) < low:
            text += f" {_words(random, 1)[0]}"
        while len(open_) + len(text) + len(close) + 12 < wanted:
            text += f" {_words(random, 1)[0]}"
        return f"{open_}{text}{close}"
    lines: list[str] = []
    length = 0
    while True:
        line = phrase(place, inline=False, name=f"{name}_{len(lines)}", random=random)
        if length >= low and length + len(line) + 1 > wanted:
            return "\n".join(lines)
        lines.append(line)
        length += len(line) + 1


def is_whole(place: str, text: str, *, inline: bool) -> bool:
    """Whether the document is syntactically whole while `text` stands at a place of the class."""
    if place in ("signature", "macro"):
        inner = text.strip(" ")
        return not inner or (len(inner) >= 4 and inner.startswith("/*") and inner.endswith("*/"))
    if place == "comment" and inline:
        return True
    lines = [line.strip() for line in text.split("\n")]
    if place == "cargo_toml":
        return all(not line or line.startswith("#") for line in lines)
    if place == "comment":
        return all(not line or line.startswith("//") for line in lines)
    return all(not line or line.endswith((";", "}")) for line in lines)


def _words(random: Random, count: int) -> list[str]:
    return [_WORDS[_below(random, len(_WORDS))] for _ in range(count)]


def _below(random: Random, bound: int) -> int:
    """A whole number in 0..bound-1; `random()` alone is the same on every Python."""
    return int(random.random() * bound)
