"""The budgets of a test's markers, and the place in the source that an error about them points to."""

from __future__ import annotations

import os

import pytest
from _pytest.nodes import Node

from pytest_rustide_load.budgets import Budget, parse_marker
from pytest_rustide_load.errors import ConfigError, Problem
from pytest_rustide_load.workload import operation_names

__all__ = ["marker_budgets", "source_of"]


def source_of(node: Node) -> tuple[str, int | None]:
    """The file and line (from 1) an error about a test, a class or a module points to."""
    if isinstance(node, pytest.Item):
        path, line, _ = node.location
    elif isinstance(node, pytest.Class):
        absolute, line, _ = node.reportinfo()
        path = os.path.relpath(absolute, node.config.rootpath)
    else:
        path, line = node.nodeid, None
    return path, None if line is None else line + 1


def marker_budgets(item: pytest.Item) -> tuple[Budget, ...]:
    """The budgets of an item's markers, the nearest first. Raises ConfigError with every problem."""
    budgets: list[Budget] = []
    problems: list[Problem] = []
    for node, marker in item.iter_markers_with_node("budget"):
        path, line = source_of(node)
        try:
            budgets += parse_marker(
                marker.args, marker.kwargs, source=path, line=line, operations=operation_names()
            )
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    return tuple(budgets)
