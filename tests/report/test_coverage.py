"""Which methods and kinds of places a session asked about."""

from __future__ import annotations

import msgspec

from pytest_rustide_load.report.coverage import render_coverage
from tests.report.test_results import _results


def test_what_was_announced_and_not_asked_is_listed_for_each_backend():
    first = msgspec.structs.replace(
        _results(), offered=("completion", "hover", "rename"), landmark_kinds={"field": 3, "type_use": 1}
    )
    operations = {"hover": first.operations["completion"]}
    second = msgspec.structs.replace(first, operations=operations, landmark_kinds={"field": 2})
    lines = render_coverage([first, second]).splitlines()
    assert lines[0] == "rust-analyzer 1.96.0: 2 of 3 methods it announces were asked"
    assert lines[1] == "  not asked: textDocument/rename"
    assert lines[2].startswith("  2 of ")
    assert "trait_method" in render_coverage([first])
    assert "type_use" not in "".join(lines[3:])
    assert max(map(len, lines)) <= 80


def test_a_run_of_which_nothing_is_known_says_so():
    assert render_coverage([_results()]) == "rust-analyzer 1.96.0: 0 of 0 methods it announces were asked"
