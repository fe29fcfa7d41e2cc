"""What a backend said of itself over HTTP, in results and in words.

Values in, values and lines out; knows nothing of sockets or terminals.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pytest_rustide_load.report.table import wrap
from pytest_rustide_load.report.timeline import Column
from pytest_rustide_load.stats.agreement import Agreement
from pytest_rustide_load.stats.observed import Scrape
from pytest_rustide_load.units import MB, NS_PER_S, format_bytes, three_digits

__all__ = ["EndpointAgreement", "EndpointReport", "build_endpoints", "disagreements", "render_endpoints"]

_MOST_PROBLEMS = 5
_MOST_VALUES = 100
# Of the results' unit: so many of the comparison's.
_UNITS = {"bytes": ("MB", MB), "ratio": ("percent", 0.01), "s": ("s", 1.0), "requests": ("requests", 1.0)}


class EndpointAgreement(msgspec.Struct, frozen=True, kw_only=True):
    """A value that the backend `reported` of itself beside what was `measured` from outside, in `unit`: "MB"
    and "percent" (of one core) are medians over the same moments, "s" (of CPU) and "requests" growth."""

    name: str
    unit: str
    reported: float
    measured: float
    moments: int
    agrees: bool


class EndpointReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked of `url`: `scrapes` times, of which `answered` gave figures; `healthy_ratio` is the
    share of them in which the health check did not fail, None without one. `at_s` are the seconds of the
    measured time at which it was asked, `values` the figures by name, each with an element for each of them;
    of more than a hundred names the first hundred, and how many were `left_out`. `problems` are the first
    different ones."""

    url: str
    scrapes: int
    answered: int
    healthy_ratio: float | None
    at_s: Column
    values: dict[str, Column]
    left_out: int = 0
    problems: tuple[str, ...] = ()
    agreement: tuple[EndpointAgreement, ...] = ()


def build_endpoints(
    url: str, scrapes: Sequence[Scrape], agreement: Sequence[Agreement], measure_start_ns: int
) -> EndpointReport:
    """The report of what was scraped at `url` during a run whose measured time began then."""
    checks = [scrape.healthy for scrape in scrapes if scrape.healthy is not None]
    names = sorted({name for scrape in scrapes for name in scrape.values})
    problems = dict.fromkeys(problem for scrape in scrapes for problem in scrape.problems)
    return EndpointReport(
        url=url,
        scrapes=len(scrapes),
        answered=sum(bool(scrape.values) for scrape in scrapes),
        healthy_ratio=sum(checks) / len(checks) if checks else None,
        at_s=tuple(round((scrape.at_ns - measure_start_ns) / NS_PER_S, 3) for scrape in scrapes),
        values={name: tuple(scrape.values.get(name) for scrape in scrapes) for name in names[:_MOST_VALUES]},
        left_out=max(len(names) - _MOST_VALUES, 0),
        problems=tuple(problems)[:_MOST_PROBLEMS],
        agreement=tuple(_agreement(one) for one in agreement),
    )


def _agreement(found: Agreement) -> EndpointAgreement:
    unit, factor = _UNITS[found.unit]
    return EndpointAgreement(
        name=found.name,
        unit=unit,
        reported=found.reported / factor,
        measured=found.measured / factor,
        moments=found.moments,
        agrees=found.agrees,
    )


def render_endpoints(report: EndpointReport | None, width: int) -> list[str]:
    """One line, or as many as it takes: whether it answered, and how its figures agree."""
    if report is None:
        return []
    said = [f"{report.answered} of {report.scrapes} looks answered"]
    if report.healthy_ratio is not None:
        said.append(
            "healthy" if report.healthy_ratio == 1 else f"healthy in {report.healthy_ratio:.0%} of the looks"
        )
    if report.agreement:
        agreeing = sum(one.agrees for one in report.agreement)
        said.append(f"{agreeing} of {len(report.agreement)} figures agree with what was measured")
    elif report.answered:
        said.append("no figure that could be held against a measured one")
    return wrap(f"endpoints: {report.url}: {', '.join(said)}", width, "  ")


def disagreements(report: EndpointReport | None) -> list[str]:
    """A sentence for each thing a reader has to know of what the backend says of itself."""
    if report is None:
        return []
    found = []
    for one in report.agreement:
        if not one.agrees:
            reported, measured = (_amount(one.unit, value) for value in (one.reported, one.measured))
            found.append(f"the backend says {one.name} {reported}, measured {measured}")
    return found + [f"endpoints: {problem}" for problem in report.problems]


def _amount(unit: str, value: float) -> str:
    if unit == "MB":
        return format_bytes(value * MB)
    if unit == "percent":
        return f"{three_digits(value)}% of a core"
    return f"{three_digits(value)} s" if unit == "s" else f"{value:,.0f}"
