"""Generated codebases: the same bytes for the same spec, the size asked for, and an oracle that points at
what it says."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_rustide_load.codebase import LANDMARK_KINDS, CodebaseSpec, generate_codebase
from pytest_rustide_load.errors import ConfigError
from pytest_rustide_load.workspaces import materialise

# A change of these bytes is a change for everyone who keeps baselines: it goes with a new GENERATOR_VERSION.
PINNED_SPEC = CodebaseSpec(seed=42, loc=2_000)
PINNED_SHA256 = "aab90ab244f7c4772abad71d6c4c884c522ce6a16cc284ea5a85f9797850def2"

specs = st.builds(
    CodebaseSpec,
    seed=st.integers(0, 2**64 - 1),
    loc=st.integers(500, 4_000),
    crates=st.integers(1, 5),
    avg_file_bytes=st.integers(1_500, 8_000),
)


@settings(max_examples=25, deadline=None)
@given(specs)
def test_every_position_of_the_oracle_holds_the_name_of_its_symbol(spec):
    codebase = generate_codebase(spec)
    lines = {path: codebase.text(path).split("\n") for path in codebase.rust_paths}
    oracle = codebase.oracle

    def name_at(place):
        return lines[place.path][place.line].encode()[place.column : place.column + place.length].decode()

    for landmark in oracle.landmarks():
        name = name_at(landmark)
        assert name.isidentifier()
        assert name_at(oracle.declaration(landmark)) == name
        assert landmark.kind in LANDMARK_KINDS
        uses = [(use.path, use.line, use.column) for use in oracle.references(landmark)]
        assert (landmark.path, landmark.line, landmark.column) in uses
        assert len(set(uses)) == len(uses)
    for path in codebase.rust_paths:
        for symbol in oracle.document_symbols(path):
            assert symbol.name in lines[path][symbol.line]
        for site in oracle.edit_sites(path):
            assert 0 <= site.line < len(lines[path])


@settings(max_examples=15, deadline=None)
@given(specs)
def test_the_same_spec_gives_the_same_bytes_and_another_seed_gives_others(spec):
    first = generate_codebase(spec)
    again = generate_codebase(spec)
    assert first.content_hash == again.content_hash
    assert first.oracle.landmarks() == again.oracle.landmarks()
    other = CodebaseSpec(
        seed=(spec.seed + 1) % 2**64, loc=spec.loc, crates=spec.crates, avg_file_bytes=spec.avg_file_bytes
    )
    assert generate_codebase(other).content_hash != first.content_hash
    assert other.digest() != spec.digest()


def test_the_size_is_near_what_was_asked_for():
    codebase = generate_codebase(CodebaseSpec(seed=5, loc=20_000))
    assert abs(codebase.loc - 20_000) / 20_000 < 0.02


def test_every_wrong_value_is_told_at_once():
    with pytest.raises(ConfigError) as caught:
        CodebaseSpec(seed=-1, loc=3, crates=0)
    assert len(caught.value.problems) == 3


@pytest.mark.needs_cargo
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_cargo_check_finds_no_error(seed: int, tmp_path: Path):
    materialise(generate_codebase(CodebaseSpec(seed=seed, loc=2_500)), tmp_path)
    lock = (tmp_path / "Cargo.lock").read_bytes()
    done = subprocess.run(
        ["cargo", "check", "--offline", "--locked"],
        cwd=tmp_path,
        env={**os.environ, "CARGO_TARGET_DIR": str(tmp_path / "target")},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert (tmp_path / "Cargo.lock").read_bytes() == lock


def test_the_bytes_of_a_pinned_spec_have_not_changed():
    codebase = generate_codebase(PINNED_SPEC)
    assert codebase.content_hash == PINNED_SHA256
