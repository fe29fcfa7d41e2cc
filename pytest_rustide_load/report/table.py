"""Alignment, wrapping and colour for plain terminals. Knows nothing of what it lays out."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Cell", "paint", "render_table", "wrap"]

_CODES = {"bold": "1", "red": "31", "green": "32", "yellow": "33"}
_SHORTEST_NAME = 8


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of a table: aligned right unless `left`; painted when it has a colour."""

    text: str
    left: bool = False
    colour: str | None = None


def paint(text: str, colour: str, enabled: bool) -> str:
    """`text` in an ANSI colour ("bold", "red", "green", "yellow")."""
    return f"\x1b[{_CODES[colour]}m{text}\x1b[0m" if enabled and text else text


def wrap(text: str, width: int, indent: str, first: str = "") -> list[str]:
    """Lines of at most `width` columns; long words (paths, names) are not broken."""
    return textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def render_table(header: Sequence[str], rows: Sequence[Sequence[Cell]], width: int) -> list[str]:
    """Lines of a table with columns as narrow as their content. Where it does not fit `width`, the
    first column, which holds names, is shortened, down to eight characters."""
    if not rows:
        return []
    lefts = [cell.left for cell in rows[0]]
    widths = [
        max(len(title), *(len(row[column].text) for row in rows)) for column, title in enumerate(header)
    ]
    excess = sum(widths) + len(widths) - 1 - width
    if excess > 0:
        widths[0] = max(_SHORTEST_NAME, widths[0] - excess)
    titles = [Cell(title, left=left) for title, left in zip(header, lefts, strict=True)]
    return [_line(row, widths) for row in (titles, *rows)]


def _line(row: Sequence[Cell], widths: Sequence[int]) -> str:
    fields = []
    for cell, width in zip(row, widths, strict=True):
        text = cell.text if len(cell.text) <= width else cell.text[: width - 1] + "…"
        padded = text.ljust(width) if cell.left else text.rjust(width)
        fields.append(padded.replace(text, paint(text, cell.colour, True), 1) if cell.colour else padded)
    return " ".join(fields).rstrip()
