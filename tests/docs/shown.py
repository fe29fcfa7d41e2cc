"""Whether what the documentation shows as printed is what is printed: each line by itself, word for word,
whatever the figures, percentiles and verdicts are, which are those of another run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.docs.blocks import Block

__all__ = ["ELSEWHERE", "MADE_AGAIN", "not_printed", "pattern"]

# How those begin that test_shown.py makes again of their own figures.
MADE_AGAIN = (
    "individual-developer: rust",
    "large-team: embedded",
    "operation        n",
    "operation      n",
    "burst:",
    "agent 2 (popen) was lost",
    "bottleneck: lock or",
    "slow: completion",
    "curve ops/s",
    "curve edits/s",
    "memory: 607 MB",
    "refactoring:",
    "fault: kill",
    "stress: memory held",
    "scaling with users",
    "scaling with cores",
    "series            old",
    "3 runs against",
)
# And that which tests/plugin/test_tutorial.py sees.
ELSEWHERE = (*MADE_AGAIN, "FAIL hover p95")

_NUMBER = r"[~≥≤<]?[+−-]?\.?\d[\d,.:]*"
# Units that take one another's place as figures grow.
_UNITS = ("ns|µs|ms|s|min|h", "B|kB|KB|MB|GB", "%", "×|x")
_TOKEN = re.compile(
    rf"(?P<commit>\b(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{{8}}\b)"
    rf"|(?P<percentile>\bp\d\d\b)"
    rf"|(?P<python>(?:/[\w.-]+)+/python3)"
    rf"|(?P<order>(?:named|next) [a-z ]+[a-z])"
    rf"|(?P<place>\S+\.rs:\d+:\d+)"
    rf"|(?P<number>(?<![\w]){_NUMBER}(?P<unit>(?:ns|µs|ms|s|min|h|B|kB|KB|MB|GB|%|×|x)(?!\w))?)"
    rf"|(?P<alone>(?<!\S)(?:ns|µs|ms|s|min|B|kB|KB|MB|GB)(?![\w/]))"
    rf"|(?P<verdict>\b(?:PASS|WARN|FAIL|INCONCL|INCONCLUSIVE)\b)"
    rf"|(?P<backend>\b(?:rust-analyzer|embedded) \d\S*)"
    rf"|(?P<long>\w*_\w*…?|\w+…)"
    rf"|(?P<space>\s+)"
    rf"|(?P<other>.)"
)


def _units(unit: str) -> str:
    return next((f"(?:{each})" for each in _UNITS if unit in each.split("|")), "")


# What may stand for a whole token, by its name.
_INSTEAD = {
    "commit": r"[0-9a-f]{8}",
    "percentile": r"p\d\d",
    "python": r"\S+/python3",
    "place": r"\S+\.rs:\d+:\d+",
    "verdict": "(?:PASS|WARN|FAIL|INCONCL(?:USIVE)?)",
    "backend": r"(?:rust-analyzer|embedded) \S+",
    "space": r"\s+",
}


def pattern(line: str) -> str:
    """A regular expression of what may be printed instead: other figures, of other runs."""
    parts = []
    for one in _TOKEN.finditer(line.strip()):
        text, kind = one[0], one.lastgroup or ""
        if kind in _INSTEAD:
            parts.append(_INSTEAD[kind])
        elif kind in ("number", "unit"):
            parts.append(_NUMBER + _units(one["unit"] or ""))
        elif kind == "alone":
            parts.append(_units(text))
        elif kind == "order":
            parts.append(f"{text.split()[0]} [a-z, ]+[a-z]")
        elif kind == "long":
            # As much of it as the width leaves.
            parts.append(re.escape(text[: min(len(text.rstrip("…")), 6)]) + r"\w*…?")
        else:
            parts.append(re.escape(text))
    return "".join(parts)


def not_printed(block: Block, printed: str) -> Iterator[str]:
    """The lines of a block of text that are nowhere in `printed`, wherever that breaks its lines."""
    if block.kind != "text" or block.text.startswith(ELSEWHERE):
        return
    for line in block.text.splitlines():
        # pytest says more where there is more to say.
        wanted = line.partition(" in ")[0].strip("= ") if line.startswith("===") else line
        if wanted.strip(" .…") and not re.search(rf"(?<!\S){pattern(wanted)}(?![^\s,])", printed):
            yield line
