"""Lines over time: the table they are drawn anew from, and the names of what is marked in them."""

from __future__ import annotations

import re
from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.report.html.lines import Line, LineChart, Mark, line_chart, time_text

_WIDTH, _LETTER = 960, 6.6


def chart(seconds: int, marks: tuple[Mark, ...] = (), step: float = 1.0, value: float = 7.0) -> str:
    xs = [(row + 0.5) * step for row in range(round(seconds / step))]
    lines = [Line("p95", [value] * len(xs))]
    return str(
        line_chart(
            LineChart(title="Latency", note="", unit="ms", xs=xs, x_end=seconds, lines=lines, marks=marks)
        )
    )


def times(page: str) -> list[float]:
    return [float(text) for text in re.findall(r"<tr><th>([^<]*)", page)]


@given(st.integers(2, 400), st.sampled_from([1.0, 2.0, 5.0, 10.0, 0.9]))
def test_each_row_of_the_table_has_its_own_time(points, step):
    found = times(chart(round(points * step), step=step))
    assert all(later > earlier for earlier, later in pairwise(found))
    assert found[-1] == round((len(found) - 0.5) * step, 3)


def test_what_is_tiny_is_written_without_an_exponent():
    assert "<td>0.0000123" in chart(3, value=0.000012345)
    assert time_text(0.1 + 0.2) == "0.3"
    assert time_text(3_600) == "3600"


def boxes(page: str) -> list[tuple[str, float, float, float]]:
    """Name, left, right and line of each label of a mark."""
    labels = page.partition('<g class="mark-label">')[2].partition("</g>")[0]
    found = re.findall(r'<text x="([0-9.]+)" y="([0-9.]+)"( text-anchor="end")?>([^<]*)', labels)
    return [
        (
            name,
            float(x) - (len(name) * _LETTER if end else 0),
            float(x) + (0 if end else len(name) * _LETTER),
            float(y),
        )
        for x, y, end, name in found
    ]


_MARKS = st.lists(
    st.tuples(st.floats(0, 60), st.text("abcdefgh ", min_size=1, max_size=30)), min_size=1, max_size=12
)


@given(_MARKS)
def test_names_of_marks_neither_cover_one_another_nor_leave_the_picture(drawn):
    marks = tuple(Mark("stress", name, name, at, None) for at, name in sorted(drawn))
    found = boxes(chart(60, marks))
    assert found
    for _, left, right, _ in found:
        assert 0 <= left < right <= _WIDTH
    for (one, left, right, y), (other, left_2, right_2, y_2) in combinations(found, 2):
        assert y != y_2 or right <= left_2 or right_2 <= left, (one, other)


def test_a_mark_near_the_end_has_its_name_before_it():
    [(_, left, right, _)] = boxes(chart(60, (Mark("fault", "no backend", "gone", 59.5, None),)))
    assert right <= _WIDTH
    assert left > _WIDTH / 2
