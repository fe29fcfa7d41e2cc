"""The results of a session on the terminal and as JSON.

Only prints: every figure and verdict is in the results already.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from pytest_rustide_load.errors import ConfigError, Problem, did_you_mean
from pytest_rustide_load.pages import write_page
from pytest_rustide_load.plugin.written import Written
from pytest_rustide_load.report import LoadTestResults, encode_results, render_results
from pytest_rustide_load.report.brief import render_brief
from pytest_rustide_load.report.compared import ComparisonReport
from pytest_rustide_load.report.comparison import render_comparison
from pytest_rustide_load.report.coverage import render_coverage
from pytest_rustide_load.report.table import wrap
from pytest_rustide_load.report.trends import ScenarioTrends, render_trends

__all__ = [
    "VERBOSITIES",
    "legible",
    "verbosity_of",
    "write_coverage",
    "write_failures",
    "write_json",
    "write_terminal",
    "write_trends",
]

VERBOSITIES = ("quiet", "normal", "detailed")
# Wider lines are hard to read, and no table is readable in less.
_WIDEST, _NARROWEST = 80, 40


def verbosity_of(config: pytest.Config) -> str:
    """One of VERBOSITIES. Raises ConfigError."""
    given = config.getoption("load_verbosity")
    text = str(config.getini("load_verbosity")) if given is None else given
    level = VERBOSITIES[int(text)] if text in ("0", "1", "2") else text
    if level not in VERBOSITIES:
        where = "ini key load_verbosity" if given is None else "--load-verbosity"
        raise ConfigError(Problem(f"unknown level {text!r}: {did_you_mean(text, VERBOSITIES)}", where))
    return level


def write_terminal(
    terminalreporter: Any,
    payloads: list[dict[str, Any]],
    comparisons: list[dict[str, Any]],
    verbosity: str = "normal",
) -> None:
    """The summary table of each result, in the order the results came in, and of each comparison: as much as
    `verbosity`, one of VERBOSITIES, says."""
    colour, detailed = terminalreporter.hasmarkup, verbosity == "detailed"
    width = _width(terminalreporter)
    terminalreporter.section("load test results")
    if verbosity == "quiet":
        text = render_brief(_results(payloads), _comparisons(comparisons), width=width, colour=colour)
        _write(terminalreporter, text)
        return
    for result in _results(payloads):
        _write(terminalreporter, render_results(result, width=width, colour=colour, detailed=detailed))
        terminalreporter.write_line("")
    if comparisons:
        terminalreporter.section("comparison with the baseline")
    for report in _comparisons(comparisons):
        _write(terminalreporter, render_comparison(report, width=width, colour=colour, detailed=detailed))
        terminalreporter.write_line("")


def write_failures(terminalreporter: Any, failures: list[str]) -> None:
    """Why the session fails where no test does: in red, and the last that is seen."""
    for failure in failures:
        for line in wrap(f"FAIL {failure}", _width(terminalreporter), "  "):
            terminalreporter.line(line, red=True)


def write_coverage(terminalreporter: Any, payloads: list[dict[str, Any]]) -> None:
    """What of the backends was asked."""
    terminalreporter.section("coverage of load tests")
    _write(terminalreporter, render_coverage(_results(payloads), width=_width(terminalreporter)))


def write_trends(terminalreporter: Any, trends: list[ScenarioTrends]) -> None:
    """Where each scenario's series are going."""
    terminalreporter.section("trends over the history")
    colour, width = terminalreporter.hasmarkup, _width(terminalreporter)
    for one in trends:
        _write(terminalreporter, render_trends(one, width=width, colour=colour))
        terminalreporter.write_line("")


def write_json(path: Path, payloads: list[dict[str, Any]], comparisons: list[dict[str, Any]]) -> Written:
    """All of the session in one file, replaced whole or not at all."""
    try:
        write_page(path, encode_results(_results(payloads), _comparisons(comparisons)).decode())
    except OSError as error:
        line = f"--load-json: results could not be written to {path}: {error.strerror}"
        return Written(line, is_missing=True)
    return Written(f"results written to {path}")


def legible(terminalreporter: Any, text: str) -> str:
    """`text` without what the terminal cannot show: pytest would escape all of it then, ends of lines too."""
    if text.isascii():
        return text
    encoding = getattr(terminalreporter._tw._file, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _width(terminalreporter: Any) -> int:
    return max(min(int(terminalreporter._tw.fullwidth), _WIDEST), _NARROWEST)


def _results(payloads: list[dict[str, Any]]) -> list[LoadTestResults]:
    return msgspec.convert(payloads, list[LoadTestResults])


def _comparisons(payloads: list[dict[str, Any]]) -> list[ComparisonReport]:
    return msgspec.convert(payloads, list[ComparisonReport])


def _write(terminalreporter: Any, text: str) -> None:
    # Line by line: what a terminal without UTF-8 cannot show pytest escapes, newlines too.
    for line in text.split("\n"):
        terminalreporter.write_line(line)
