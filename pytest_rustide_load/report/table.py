"""Alignment, wrapping and colour for plain terminals. Knows nothing of what it lays out."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Cell", "paint", "render_table", "shortened", "wrap"]

_CODES = {"bold": "1", "red": "31", "green": "32", "yellow": "33"}
_SHORTEST_NAME = 8
_READABLE_NAME = 16


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
    """Lines of a table with columns as narrow as their content. Where it does not fit `width`, the first
    column, which holds names, is shortened, down to eight characters; where that is not enough, columns that
    find no room stand in another table below, with the names again."""
    if not rows:
        return []
    lefts = [cell.left for cell in rows[0]]
    table = [[Cell(title, left=left) for title, left in zip(header, lefts, strict=True)], *rows]
    widths = [max(len(row[column].text) for row in table) for column in range(len(header))]
    least = min(widths[0], _SHORTEST_NAME)
    if least + sum(widths[1:]) + len(widths) - 1 > width:
        # There is room for longer names then.
        least = min(widths[0], _READABLE_NAME)
    blocks: list[list[int]] = [[]]
    for column, wide in enumerate(widths[1:], 1):
        used = least + sum(widths[other] + 1 for other in blocks[-1])
        if blocks[-1] and used + 1 + wide > width:
            blocks.append([])
        blocks[-1].append(column)
    lines = []
    for block in blocks:
        room = width - sum(widths[column] + 1 for column in block)
        names = shortened([row[0].text for row in table], max(room, least))
        # One that is wider than all there is can only be cut.
        columns = [max(map(len, names)), *(min(widths[column], width - least - 1) for column in block)]
        for name, row in zip(names, table, strict=True):
            first = Cell(name, row[0].left, row[0].colour)
            lines.append(_line([first, *(row[column] for column in block)], columns))
    return lines


def shortened(names: Sequence[str], width: int) -> list[str]:
    """In so many columns each: without their ends, or, where these tell one from another, their middles."""
    cut = [name if len(name) <= width else f"{name[: width - 1]}…" for name in names]
    if len(set(cut)) == len(set(names)):
        return cut
    tail = width // 2
    return [name if len(name) <= width else f"{name[: width - 1 - tail]}…{name[-tail:]}" for name in names]


def _line(row: Sequence[Cell], widths: Sequence[int]) -> str:
    fields = []
    for cell, width in zip(row, widths, strict=True):
        text = cell.text if len(cell.text) <= width else cell.text[: width - 1] + "…"
        padded = text.ljust(width) if cell.left else text.rjust(width)
        fields.append(padded.replace(text, paint(text, cell.colour, True), 1) if cell.colour else padded)
    return " ".join(fields).rstrip()
