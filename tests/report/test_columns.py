"""Whatever is found fits eighty columns, and nothing that a person needs is cut away."""

from __future__ import annotations

import os
import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_rustide_load.report.brief import render_brief
from pytest_rustide_load.report.comparison import render_comparison
from pytest_rustide_load.report.coverage import render_coverage
from pytest_rustide_load.report.missed import render_missed_budgets
from pytest_rustide_load.report.table import Cell, render_table
from pytest_rustide_load.report.text import render_results
from tests.report.any_results import any_comparison, any_results

# They are there to be copied.
COMMAND = re.compile(r"\s*(repeat with: )?pytest --load-")
WIDTHS = st.sampled_from([80, 80, 60, 132])
# Each takes a twentieth of a second to make: few here, and many where there is time.
EXAMPLES = 1_000 if os.environ.get("RUSTIDE_LOAD_THOROUGH") else 25
SLOW = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


def too_wide(text: str, width: int) -> list[str]:
    return [line for line in text.splitlines() if len(line) > width and not COMMAND.match(line)]


@SLOW
@given(any_results(), st.booleans(), WIDTHS)
def test_results_fit(results, detailed, width):
    assert too_wide(render_results(results, width=width, detailed=detailed), width) == []
    assert too_wide(render_missed_budgets(results, width=width), width) == []
    assert too_wide(render_brief([results], [], width=width), width) == []
    assert too_wide(render_coverage([results], width=width), width) == []


@SLOW
@given(any_comparison(), st.booleans(), WIDTHS)
def test_comparisons_fit(report, detailed, width):
    assert too_wide(render_comparison(report, width=width, detailed=detailed), width) == []
    assert too_wide(render_brief([], [report], width=width), width) == []


# Told apart by their beginnings, or by their ends, as operations, series and cells are.
HEADS = st.text(st.sampled_from("ab"), min_size=1, max_size=30)
NAMES = st.one_of(
    st.tuples(st.integers(1, 5), HEADS).map(lambda one: [f"{number}{one[1]}" for number in range(one[0])]),
    st.tuples(st.integers(1, 5), HEADS).map(lambda one: [f"{one[1]}{number}" for number in range(one[0])]),
)


@given(
    names=NAMES,
    columns=st.lists(st.tuples(st.integers(1, 30), st.booleans()), min_size=1, max_size=14),
    width=st.integers(60, 120),
)
def test_a_table_keeps_every_field_and_its_rows_apart(names, columns, width):
    header = ["name", *(f"h{number}" for number in range(len(columns)))]
    rows = [
        [
            Cell(name, left=True),
            *(Cell(f"{number}".rjust(size, "x"), left) for number, (size, left) in enumerate(columns)),
        ]
        for name in names
    ]
    lines = render_table(header, rows, width)
    assert max(map(len, lines)) <= width
    # In blocks one below the other where there are too many columns; each begins with the names.
    blocks = [lines[first : first + len(rows) + 1] for first in range(0, len(lines), len(rows) + 1)]
    assert all(block[0].startswith("name") for block in blocks)
    titles = [title for block in blocks for title in block[0].split()[1:]]
    assert titles == header[1:]
    for number, row in enumerate(rows):
        found = [field for block in blocks for field in block[number + 1].split()[1:]]
        assert found == [cell.text for cell in row[1:]]
    for block in blocks:
        shown = [line.split()[0] for line in block[1:]]
        assert len(set(shown)) == len(shown)
