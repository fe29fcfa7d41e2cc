"""Small parts of a page that several sections share: statuses, tables, figures as text.

Values in, elements out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime

import htpy as h

from pytest_rustide_load.budgets.metrics import Unit, format_value
from pytest_rustide_load.report.results import StatisticalSummary
from pytest_rustide_load.report.text import is_rough
from pytest_rustide_load.units import three_digits

__all__ = [
    "badge",
    "command",
    "facts",
    "mark_of",
    "moment",
    "percent",
    "table",
    "time_text",
    "trend_badge",
    "trend_key",
    "unbroken",
    "with_whole_percents",
]

# Columns of coloured words; the second of a table, so that nothing wide pushes them out of sight.
_STATUSES = ("verdict", "trend")
# A cell with a sentence is wider than one with words, or its row is as high as a page.
_LONG = 60


def badge(status: str) -> h.Element:
    """A status as a coloured word."""
    return h.span(class_=f"badge s-{status}")[status]


def trend_badge(verdict: str) -> h.Node:
    """What became of a series over the runs: a coloured word where it is no longer what it was."""
    colour = {"WORSE": "FAIL", "BETTER": "PASS", "STEP": "INCONCLUSIVE", "ODD": "WARN"}.get(verdict)
    return verdict if colour is None else h.span(class_=f"badge s-{colour}")[verdict]


_TRENDS = {
    "WORSE": "over the runs it drifts upwards, more than chance does",
    "BETTER": "over the runs it drifts downwards, more than chance does",
    "STEP": "from a run on it was another than before",
    "ODD": "the last run lies far from those before it",
    "too few": "there are too few runs to tell",
}


def trend_key(verdicts: Iterable[str]) -> h.Element | None:
    """What those words mean that appear; nothing where all are plain."""
    found = set(verdicts)
    said = [f"{word}: {means}" for word, means in _TRENDS.items() if word in found]
    return h.p(".nothing")["; ".join(said) + "."] if said else None


def command(text: str, label: str = "Repeat it with") -> h.Element | None:
    """A command to be copied; nothing for none. The page's script adds a button that copies it."""
    if not text:
        return None
    return h.div(".command")[h.span(".label")[label] if label else None, h.code[text]]


def table(
    caption: str,
    head: Sequence[str],
    rows: Sequence[Sequence[h.Node]],
    *,
    texts: Collection[str] = (),
) -> h.Element | None:
    """A table whose first column names the row; the columns `texts` hold words, the others figures. Nothing
    for no rows."""
    if not rows:
        return None

    def kind(column: int, cell: h.Node = None) -> str | None:
        if head[column] in _STATUSES:
            return "status"
        is_long = isinstance(cell, str) and len(cell) > _LONG
        return ("text long" if is_long else "text") if head[column] in texts else None

    # Not in the table: a caption is as wide as all of it, and would be cut off with it on a phone.
    return h.div[
        h.p(".caption")[caption],
        h.div(".scroll", tabindex="0", role="group", aria_label=caption)[
            h.table(aria_label=caption)[
                h.thead[h.tr[(h.th(scope="col", class_=kind(at))[title] for at, title in enumerate(head))]],
                h.tbody[
                    (
                        h.tr[
                            h.th(scope="row")[row[0]],
                            (h.td(class_=kind(at, cell))[cell] for at, cell in enumerate(row[1:], 1)),
                        ]
                        for row in rows
                    )
                ],
            ]
        ],
    ]


def facts(found: Mapping[str, str]) -> h.Element:
    """Names and values."""
    return h.dl(".facts")[(h.div[h.dt[name], h.dd[value]] for name, value in found.items())]


def time_text(times: StatisticalSummary, statistic: str) -> str:
    """A statistic in a fitting unit; marked where it is a lower bound, or of too few values."""
    value = getattr(times, statistic)
    if value is None:
        return "-"
    return mark_of(times, statistic) + format_value(Unit.MS, value)


def mark_of(times: StatisticalSummary, statistic: str) -> str:
    """What stands before a statistic that is a lower bound, or of too few values; else nothing."""
    return "≥ " if statistic in times.lower_bounds else "~ " if is_rough(times, statistic) else ""


def moment(timestamp: str) -> str:
    """A time in UTC (ISO 8601) to the second; what is none as it is."""
    try:
        began = datetime.fromisoformat(timestamp)
    except ValueError:
        return timestamp
    return f"{began.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def percent(ratio: float | None) -> str:
    return "-" if ratio is None else f"{three_digits(ratio * 100)}%"


def unbroken(text: str) -> str:
    """What is not to be torn apart at the end of a line."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def with_whole_percents(text: str) -> str:
    """Without an end of a line between a figure and its percent sign."""
    return text.replace(" %", unbroken(" %"))
