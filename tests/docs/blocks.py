"""Every block of code in the documentation: where it stands, of what kind it is, and which file, if any."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "KINDS",
    "PAGES",
    "ROOT",
    "Block",
    "command_lines",
    "find_blocks",
    "find_inline",
    "loose_code",
    "without_blocks",
]

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "ARCHITECTURE.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").glob("**/*.md")),
]
# `text` is what a program prints.
KINDS = {"python", "yaml", "sh", "ini", "text"}
_FENCE = re.compile(r"^( *)(```+|~~~+)(.*)$")
_NAMED = re.compile(r"^`([\w./-]+\.\w+)`")
_INLINE = re.compile(r"`((?:pytest|python3?|pip|mkdocs) [^`\n]+(?:\n[^`\n]+)?)`")


@dataclass(frozen=True, slots=True)
class Block:
    """`line` is that of its fence; `file` is the name that the paragraph before it begins with, or ""."""

    page: str
    line: int
    kind: str
    text: str
    file: str

    @property
    def name(self) -> str:
        return f"{self.page}:{self.line}"


def find_blocks() -> list[Block]:
    """Of all pages, in their order."""
    return [block for path in PAGES for block in _of_page(path)]


def find_inline() -> list[Block]:
    """Commands within sentences of README and docs, and those that a program prints to be typed, each as a
    block of its own."""
    found: list[Block] = []
    for path in (one for one in PAGES if one.name not in {"ARCHITECTURE.md", "CHANGELOG.md"}):
        page = str(path.relative_to(ROOT))
        for block in _of_page(path):
            for number, line in enumerate(block.text.splitlines(), block.line + 1):
                if block.kind == "text" and line.startswith("pytest "):
                    found.append(Block(page, number, "sh", f"{line}\n", ""))
        for one in _INLINE.finditer(without_blocks(path)):
            number = one.string.count("\n", 0, one.start()) + 1
            found.append(Block(page, number, "sh", f"{' '.join(one[1].split())}\n", ""))
    return found


def without_blocks(path: Path) -> str:
    """The sentences of a page, each in its line."""
    kept, inside = [], False
    for line in path.read_text(encoding="utf-8").splitlines():
        is_fence = _FENCE.match(line) is not None
        inside ^= is_fence
        kept.append("" if inside or is_fence else line)
    return "\n".join(kept)


def _of_page(path: Path) -> list[Block]:
    found: list[Block] = []
    lines = path.read_text(encoding="utf-8").splitlines()
    page, number = str(path.relative_to(ROOT)), 0
    while number < len(lines):
        opening = _FENCE.match(lines[number])
        if opening is None:
            number += 1
            continue
        end = next(at for at in range(number + 1, len(lines)) if lines[at].strip() == opening[2])
        named = _NAMED.match(_paragraph_before(lines, number))
        text = "\n".join(lines[number + 1 : end]) + "\n"
        found.append(Block(page, number + 1, opening[3].strip(), text, named[1] if named else ""))
        number = end + 1
    return found


def _paragraph_before(lines: list[str], number: int) -> str:
    """Its first line."""
    at = number - 1
    while at > 0 and not lines[at].strip():
        at -= 1
    while at > 0 and lines[at - 1].strip() and not lines[at - 1].startswith("```"):
        at -= 1
    return lines[at] if lines else ""


def loose_code(path: Path) -> list[str]:
    """Code by indentation, which says of no kind what it is: page and line of each."""
    found, inside, before = [], False, ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if _FENCE.match(line):
            inside = not inside
        elif not inside and re.match(r"^(    |\t)\S", line) and not before.strip():
            found.append(f"{path.relative_to(ROOT)}:{number}")
        before = line
    return found


def command_lines(block: Block) -> list[list[str]]:
    """The commands of a shell block, as words without comments; `A && B` are two."""
    found = []
    for line in block.text.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        while "&&" in words:
            found.append(words[: words.index("&&")])
            words = words[words.index("&&") + 1 :]
        if words:
            found.append(words)
    return found
