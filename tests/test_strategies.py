"""The strategies give what they promise: codebases of their specs, and edits that move places exactly."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

from pytest_rustide_load.codebase import CodebaseSpec, generate_codebase
from pytest_rustide_load.engine.documents import OpenDocument
from pytest_rustide_load.strategies import (
    apply_edits,
    codebase_specs,
    codebases,
    edit_sequences,
    line_after,
)

SMALL = generate_codebase(CodebaseSpec(seed=5, loc=600, crates=2))
few = settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])


@few
@given(codebase_specs(min_loc=400, max_loc=900))
def test_specs_keep_to_the_sizes_asked_for(spec):
    assert 400 <= spec.loc <= 900


@few
@given(codebases(codebase_specs(max_loc=800)))
def test_codebases_are_those_of_their_specs(codebase):
    assert codebase.content_hash == generate_codebase(codebase.spec).content_hash
    assert codebase.oracle.landmarks()


@given(st.data())
def test_every_declaration_is_where_the_edits_moved_it(data):
    edits = data.draw(edit_sequences(SMALL))
    texts = apply_edits(SMALL, edits)
    assert set(texts) == {edit.path for edit in edits}
    for path, text in texts.items():
        lines = text.split("\n")
        before = SMALL.text(path).split("\n")
        assert len(lines) == len(before) + sum(edit.path == path for edit in edits)
        for landmark in SMALL.oracle.landmarks(path=path):
            assert lines[line_after(edits, path, landmark.line)] == before[landmark.line]


@given(st.data())
def test_the_engine_makes_the_same_edits_of_them(data):
    edits = data.draw(edit_sequences(SMALL, min_edits=1))
    documents = {edit.path: OpenDocument(edit.path, Path("/w"), SMALL.text(edit.path)) for edit in edits}
    for edit in edits:
        assert documents[edit.path].insert_line(edit.original_line, edit.text) == edit.line
    assert {path: document.text for path, document in documents.items()} == apply_edits(SMALL, edits)


def test_sequences_shrink_to_the_fewest_edits():
    assert len(find(edit_sequences(SMALL, max_edits=8), lambda edits: len(edits) >= 2)) == 2


def test_the_documented_example_runs_and_finds_what_it_says(pytester):
    docs = Path(__file__).parents[1] / "docs/codebase.md"
    blocks = re.findall(r"```python\n(.*?)```", docs.read_text(encoding="utf-8"), re.DOTALL)
    example = next(block for block in blocks if "rustide_load.strategies" in block)
    pytester.makepyfile(test_example=example)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=2)
