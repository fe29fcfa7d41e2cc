"""A scaling experiment in the report: a table for each variable, and what was worked out from it.

Values in, elements out.
"""

from __future__ import annotations

import htpy as h

from pytest_rustide_load.report.html.parts import table
from pytest_rustide_load.report.results import LoadTestResults
from pytest_rustide_load.report.scaling_text import (
    SCALING_HEAD,
    factor_sentences,
    level_cells,
    variable_sentences,
)

__all__ = ["scaling_tables"]


def scaling_tables(results: LoadTestResults) -> h.Node:
    """Nothing where no experiment was made."""
    report = results.scaling
    if report is None:
        return None
    parts: list[h.Node] = []
    for variable in report.variables:
        placed = f" ({variable.placed})" if variable.placed else ""
        rows = [list(level_cells(level)) for level in variable.levels]
        head = (variable.variable, *SCALING_HEAD)
        parts.append(table(f"Scaling with {variable.variable}{placed}", head, rows, texts=("bottleneck",)))
        parts.append(_list(list(variable_sentences(variable))))
    return h.fragment[parts, _list(list(factor_sentences(report)))]


def _list(lines: list[str]) -> h.Node:
    return h.ul[(h.li[line] for line in lines)] if lines else None
