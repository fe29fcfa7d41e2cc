"""The matrix of a scenario: named axes, each a choice of overrides; every combination is a cell.

```yaml
matrix:
  stress.cpu: [80%, 90%, 95%]            # a setting, and its values
  speed:                                 # or names, and what each of them changes
    calm: {operations: {hover: 1/s}}
    busy: {operations: {hover: 20/s}}
```

Works on YAML nodes, as the library does; knows nothing of what a setting means.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from pytest_rustide_load.errors import ConfigError, Problem
from pytest_rustide_load.yamltree import Node

__all__ = ["MATRIX_KEY", "Cell", "cell_name", "each_value_once", "read_matrix"]

MATRIX_KEY = "matrix"
# A name must survive in the id of a test, in --load-scenario=A,B and in a shell's quotes.
_LABEL = re.compile(r"[A-Za-z0-9_.%+/-]+")
# What makes a scenario another one, not another cell.
_FIXED = ("name", "extends", "profiles", MATRIX_KEY)
_MAX_CELLS = 1_000


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination: a label of each axis, in their order, and what each of them changes."""

    labels: tuple[str, ...]
    changes: tuple[Node, ...]


def cell_name(scenario: str, labels: tuple[str, ...]) -> str:
    """`cpu-contention[90%-multi_thread-os_scheduling]`, as pytest writes parameters."""
    return f"{scenario}[{'-'.join(labels)}]"


def read_matrix(root: Node) -> tuple[Cell, ...]:
    """The cells of a scenario's tree, the last axis moving fastest; none without a matrix.

    Raises ConfigError with every problem.
    """
    matrix = root.get(MATRIX_KEY)
    if matrix is None:
        return ()
    if not matrix.is_mapping or not list(matrix):
        message = "a matrix is a mapping of axes to their values, such as {stress.cpu: [80%, 90%]}"
        raise ConfigError(root.problem(message, key=MATRIX_KEY))
    problems: list[Problem] = []
    axes = [_axis(matrix, name, axis, problems) for name, axis in matrix.items()]
    count = 1
    for axis in axes:
        count *= len(axis)
    if count > _MAX_CELLS:
        problems.append(root.problem(f"a matrix of {count:,} cells: at most {_MAX_CELLS:,}", key=MATRIX_KEY))
    if problems:
        raise ConfigError(problems)
    return tuple(
        Cell(tuple(label for label, _ in combination), tuple(change for _, change in combination))
        for combination in itertools.product(*axes)
    )


def each_value_once(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """As few of the cells as have every value of every axis: as many as the longest axis has values."""
    axes = [tuple(dict.fromkeys(labels)) for labels in zip(*(cell.labels for cell in cells), strict=True)]
    longest = max(map(len, axes), default=0)
    wanted = {tuple(axis[number % len(axis)] for axis in axes) for number in range(longest)}
    return tuple(cell for cell in cells if cell.labels in wanted)


def _axis(matrix: Node, name: str, axis: Node, problems: list[Problem]) -> list[tuple[str, Node]]:
    """What one axis offers: labels and their overrides."""
    if axis.is_list:
        found = [(_label(value), _at(name, value, matrix)) for value in axis.elements()]
        told = "is no name for a cell: write the axis as a mapping of names to what each changes"
    else:
        found = list(axis.items())
        told = "is no name for a cell: letters, digits and _ . % + / -"
    if not found:
        what = f"{name}: give it a list of values, or a mapping of names to what each changes"
        problems.append(matrix.problem(what, key=name))
    problems += [
        matrix.problem(f"{name}: {label!r} {told}", key=name)
        for label, _ in found
        if not _LABEL.fullmatch(label)
    ]
    labels = [label for label, _ in found]
    problems += [
        matrix.problem(f"{name}: {label!r} stands there twice", key=name)
        for label in dict.fromkeys(labels)
        if labels.count(label) > 1
    ]
    for label, change in found:
        if not change.is_mapping:
            problems.append(axis.problem(f"{name}: {label} must be a mapping of what it changes", key=label))
        problems += [
            change.problem(f"a cell of a matrix cannot change the {key} of its scenario", key=key)
            for key in change
            if key in _FIXED
        ]
    return found


def _label(value: Node) -> str:
    content = value.value
    if content is None:
        return "null"
    return str(content).lower() if isinstance(content, bool) else str(content)


def _at(path: str, value: Node, matrix: Node) -> Node:
    """`stress.cpu` and a value as the mapping {stress: {cpu: value}}."""
    line = matrix.key_line(path)
    for key in reversed(path.split(".")):
        value = Node({key: value}, matrix.source, line, {key: line})
    return value
