"""The strategies give what they promise: codebases of their specs, and edits that move places exactly."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import tree_sitter_rust
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st
from tree_sitter import Language, Parser

from pytest_rustide_load.codebase import CodebaseSpec, generate_codebase
from pytest_rustide_load.engine.documents import OpenDocument
from pytest_rustide_load.lsp.documents import Edit, Position
from pytest_rustide_load.strategies import (
    apply_edits,
    codebase_specs,
    codebases,
    edit_sequences,
    place_after,
)

SMALL = generate_codebase(CodebaseSpec(seed=5, loc=2_000, crates=2))
KINDS = {site.kind for path in SMALL.rust_paths for site in SMALL.oracle.edit_sites(path)}
few = settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])


@few
@given(codebase_specs(min_loc=400, max_loc=900))
def test_specs_keep_to_the_sizes_asked_for(spec):
    assert 400 <= spec.loc <= 900
    assert replace(spec) == spec


def test_specs_draw_every_field():
    find(codebase_specs(), lambda spec: spec.dependency_depth > 2 and spec.shared_component_fan_in > 3)


@few
@given(codebases(codebase_specs(max_loc=800)))
def test_codebases_are_those_of_their_specs(codebase):
    assert codebase.content_hash == generate_codebase(codebase.spec).content_hash
    assert codebase.oracle.landmarks()


@given(st.data())
def test_every_name_is_where_the_edits_moved_it(data):
    edits = data.draw(edit_sequences(SMALL))
    texts = apply_edits(SMALL, edits)
    assert set(texts) == {edit.path for edit in edits}
    for path, text in texts.items():
        lines = [line.encode() for line in text.split("\n")]
        before = [line.encode() for line in SMALL.text(path).split("\n")]
        for mark in SMALL.oracle.landmarks(path=path):
            line, column = place_after(edits, path, mark.line, mark.column)
            name = before[mark.line][mark.column : mark.column + mark.length]
            assert lines[line][column : column + mark.length] == name


@given(st.data())
def test_edited_files_parse_and_list_what_they_listed(data):
    edits = data.draw(edit_sequences(SMALL))
    parser = Parser(Language(tree_sitter_rust.language()))
    for path, text in apply_edits(SMALL, edits).items():
        assert not parser.parse(text.encode()).root_node.has_error
        lines = text.split("\n")
        for symbol in SMALL.oracle.document_symbols(path):
            assert symbol.name in lines[place_after(edits, path, symbol.line, 0)[0]]


@given(st.data())
def test_the_engine_makes_the_same_edits_of_them(data):
    edits = data.draw(edit_sequences(SMALL, min_edits=1))
    documents = {edit.path: OpenDocument(edit.path, Path("/w"), SMALL.text(edit.path)) for edit in edits}
    for edit in edits:
        document = documents[edit.path]
        place = Position(edit.line, edit.column)
        assert document.now(edit.original_line, edit.original_column) == place
        document.edit([Edit(place, place, edit.text)])
    assert {path: document.text for path, document in documents.items()} == apply_edits(SMALL, edits)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_of_edit_site_is_typed_at(kind):
    def has_it(edits):
        return any(edit.kind == kind for edit in edits)

    assert len(find(edit_sequences(SMALL), has_it)) == 1


def test_sequences_shrink_to_the_fewest_edits():
    assert len(find(edit_sequences(SMALL, max_edits=8), lambda edits: len(edits) >= 2)) == 2


def test_the_documented_example_runs_and_finds_what_it_says(pytester):
    docs = Path(__file__).parents[1] / "docs/codebase.md"
    blocks = re.findall(r"```python\n(.*?)```", docs.read_text(encoding="utf-8"), re.DOTALL)
    example = next(block for block in blocks if "rustide_load.strategies" in block)
    pytester.makepyfile(test_example=example)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=2)
