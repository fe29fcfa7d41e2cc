"""The load tests that README and docs show, run as they stand, for seconds instead of minutes.

Those of the tutorial and of docs/recovery.md are run elsewhere, see tests/docs/test_blocks.py.
"""

from __future__ import annotations

import re

import pytest

from tests.docs.blocks import find_blocks

ELSEWHERE = {"docs/tutorial.md", "docs/recovery.md"}
SHOWN = [
    block
    for block in find_blocks()
    if block.kind == "python" and "run_scenario" in block.text and "def test_" in block.text
    if block.page not in ELSEWHERE
]


@pytest.mark.parametrize("block", SHOWN, ids=[block.page for block in SHOWN])
def test_a_load_test_that_is_shown_runs(block, pytester, run_pytest):
    text = re.sub(r"duration_s=\d+", "duration_s=2", block.text).replace("loc=20_000", "loc=2_000")
    if "import pytest" not in text:
        text = f"import pytest\n\n\n{text}"
    pytester.makepyfile(text)
    # So short a look under stress may miss its budgets. Anything else that goes wrong is an error, or fails
    # otherwise.
    result = run_pytest("--ide-backend=embedded", "--load-profile=smoke", "--load-duration=2s", "-rfEs")
    outcomes = result.parseoutcomes()
    printed = result.stdout.str()
    assert sum(outcomes.get(name, 0) for name in ("passed", "failed", "skipped")) == text.count("def test_")
    assert "errors" not in outcomes
    assert not re.search(r"^E  ", printed, re.MULTILINE), printed
    assert outcomes.get("failed", 0) == printed.count("\nBUDGET ")
