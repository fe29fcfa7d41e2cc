"""Generated codebases: the same bytes for the same spec, the size and the shape asked for, and an oracle that
points at what it says."""

from __future__ import annotations

import re
import tomllib
from functools import cache

import pytest
import tree_sitter_rust
from hypothesis import given, settings
from hypothesis import strategies as st
from tree_sitter import Language, Parser

from pytest_rustide_load.codebase import LANDMARK_KINDS, CodebaseSpec, generate_codebase
from pytest_rustide_load.codebase.spec import PROFILES
from pytest_rustide_load.errors import ConfigError

# A change of these bytes is a change for everyone who keeps baselines: it goes with a new GENERATOR_VERSION.
PINNED_SEED = 42
PINNED_SHA256 = {
    "custom": "f465804353aaf16e7d23997c33b7f088e3f4813b4a995397d299666b88e315f2",
    "small-project": "d3c83d50cb0284525475ac4fb8b85f76fb60d3a6a7360a5d4961c979acd5d50a",
    "team": "befa3f36f6478c8926e14588632798741fcaa88f5644bce65af8561e9b5a5d90",
    "large": "d507ebf3a95c1759a3e037d998f32774fbd99d30d8e2fb4873b131cae0e05cb1",
    "enterprise": "be7875b43c10ba88fb8b13a3b09a8dfba485fdf580bbf70845f220f3f777ba9d",
    "wide-refactor": "60ea0942c3804da783eaba073a366d596fbde9b5b030b83db7c5b02cda0bb3ea",
}

# What goes to an edit site of each kind, and whether it takes a line of its own.
TYPED = {
    "line": ("// typed\n", True),
    "comment": (" typed", False),
    "statement": ("let typed = 1;\n", True),
    "item": ("fn typed_here() {}\n", True),
    "signature": (" /* typed */ ", False),
    "macro": (" /* typed */ ", False),
}

specs = st.builds(
    CodebaseSpec,
    seed=st.integers(0, 2**64 - 1),
    loc=st.integers(500, 4_000),
    crates=st.integers(1, 5),
    avg_file_bytes=st.integers(1_500, 8_000),
)


@cache
def of_profile(profile):
    return generate_codebase(CodebaseSpec(seed=PINNED_SEED, profile=profile))


def dependency_depth(codebase):
    """The longest path of crates in the manifests."""
    needs = {}
    for path in codebase.paths:
        if path.startswith("crates/") and path.endswith("Cargo.toml"):
            manifest = tomllib.loads(codebase.text(path))
            needs[manifest["package"]["name"]] = sorted(manifest["dependencies"])

    @cache
    def depth(crate):
        return 1 + max((depth(other) for other in needs[crate]), default=0)

    return max(depth(crate) for crate in needs)


@settings(max_examples=12, deadline=None)
@given(specs)
def test_every_position_of_the_oracle_holds_the_name_of_its_symbol(spec):
    codebase = generate_codebase(spec)
    lines = {path: codebase.text(path).split("\n") for path in codebase.rust_paths}
    oracle = codebase.oracle

    def text_at(place):
        line = lines[place.path][place.line].encode()
        return line[place.column : place.column + place.length].decode()

    seen = set()
    for landmark in oracle.landmarks():
        name = text_at(landmark)
        assert name.isidentifier()
        assert text_at(oracle.declaration(landmark)[0]) == name
        assert landmark.kind in LANDMARK_KINDS
        uses = oracle.references(landmark)
        assert any(
            (use.path, use.line, use.column) == (landmark.path, landmark.line, landmark.column)
            for use in uses
        )
        assert len(set(uses)) == len(uses)
        if landmark.symbol not in seen:
            seen.add(landmark.symbol)
            assert {text_at(use) for use in uses} <= {name, "Self", "super"}


@settings(max_examples=12, deadline=None)
@given(specs)
def test_outlines_name_what_stands_in_their_lines_in_the_order_of_the_text(spec):
    codebase = generate_codebase(spec)
    for path in codebase.rust_paths:
        lines = codebase.text(path).split("\n")
        outline = codebase.oracle.document_symbols(path)
        assert [symbol.line for symbol in outline] == sorted(symbol.line for symbol in outline)
        for symbol in outline:
            assert re.search(rf"\b{re.escape(symbol.name)}\b", lines[symbol.line])


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


@pytest.mark.parametrize("profile", PROFILES)
def test_profiles_keep_their_bytes_and_are_what_they_say(profile):
    codebase, spec = of_profile(profile), CodebaseSpec(seed=PINNED_SEED, profile=profile)
    assert codebase.content_hash == PINNED_SHA256[profile]
    assert abs(codebase.loc - spec.loc) <= spec.loc * 0.02
    assert len(codebase.rust_paths) == spec.files
    manifests = [path for path in codebase.paths if re.fullmatch(r"crates/\w+/Cargo\.toml", path)]
    assert len(manifests) == spec.crates


@pytest.mark.parametrize("profile", PROFILES)
def test_the_longest_path_of_dependencies_is_as_long_as_asked_for(profile):
    spec = CodebaseSpec(seed=PINNED_SEED, profile=profile)
    assert dependency_depth(of_profile(profile)) == spec.dependency_depth


@settings(max_examples=12, deadline=None)
@given(specs)
def test_codebases_have_the_lines_files_and_depth_asked_for(spec):
    codebase = generate_codebase(spec)
    assert len(codebase.rust_paths) == spec.files
    # Of the smallest codebases two in a hundred lines are a single function.
    assert abs(codebase.loc - spec.loc) <= max(spec.loc * 0.02, 40)
    assert dependency_depth(codebase) == (max(spec.dependency_depth, 2) if spec.crates > 1 else 1)


@pytest.mark.parametrize("profile", [name for name in PROFILES if PROFILES[name]["shared_component_fan_in"]])
def test_as_many_files_as_asked_for_use_one_type_of_the_lowest_crate(profile):
    codebase = of_profile(profile)
    users = {}
    for path in codebase.rust_paths:
        for landmark in codebase.oracle.landmarks(path=path):
            if landmark.kind == "type_use":
                users.setdefault(landmark.symbol, (landmark, set()))[1].add(path)
    wanted = CodebaseSpec(seed=PINNED_SEED, profile=profile).shared_component_fan_in
    lowest = next(
        path.split("/")[1]
        for path in codebase.paths
        if re.fullmatch(r"crates/\w+/Cargo\.toml", path)
        and not tomllib.loads(codebase.text(path))["dependencies"]
    )
    widest = [landmark for landmark, paths in users.values() if len(paths) >= wanted]
    assert any(codebase.oracle.declaration(one)[0].path.startswith(f"crates/{lowest}/") for one in widest)


@pytest.mark.parametrize("factor", [0.5, 2, 5])
def test_a_scaled_spec_is_the_same_kind_of_codebase(factor):
    spec = CodebaseSpec(seed=3, profile="team")
    scaled = spec.scale(factor)
    assert scaled.loc == round(spec.loc * factor)
    assert scaled.files == round(spec.files * factor)
    assert scaled.dependency_depth == spec.dependency_depth
    assert scaled.shared_component_fan_in == round(spec.shared_component_fan_in * factor)
    codebase = generate_codebase(scaled)
    assert abs(codebase.loc - scaled.loc) <= scaled.loc * 0.02
    assert dependency_depth(codebase) == (max(spec.dependency_depth, 2) if spec.crates > 1 else 1)


def test_a_team_has_landmarks_of_every_kind():
    for kind in LANDMARK_KINDS:
        assert of_profile("team").oracle.sample_landmarks(1, kind, seed=0), kind


@pytest.mark.parametrize("kind", TYPED)
def test_a_team_has_edit_sites_of_every_kind(kind):
    codebase = of_profile("team")
    assert any(codebase.oracle.edit_sites(path, kind=kind) for path in codebase.rust_paths)


def test_files_still_parse_after_typing_at_their_edit_sites():
    codebase = of_profile("small-project")
    parser = Parser(Language(tree_sitter_rust.language()))
    for path in codebase.rust_paths:
        text = codebase.text(path)
        assert not parser.parse(text.encode()).root_node.has_error
        for kind, (typed, whole_line) in TYPED.items():
            lines = [line.encode() for line in text.splitlines(keepends=True)]
            # From the end on, so that no site moves another.
            for site in reversed(codebase.oracle.edit_sites(path, kind=kind)):
                column = 0 if whole_line else site.column
                line = lines[site.line]
                lines[site.line] = line[:column] + typed.encode() + line[column:]
            assert not parser.parse(b"".join(lines)).root_node.has_error, (path, kind)


def test_every_wrong_value_is_told_at_once():
    with pytest.raises(ConfigError) as caught:
        CodebaseSpec(seed=-1, loc=3, crates=0)
    assert len(caught.value.problems) == 3


def test_contradictions_are_told_at_once():
    with pytest.raises(ConfigError) as caught:
        CodebaseSpec(seed=1, loc=400, files=30, crates=40, dependency_depth=2, shared_component_fan_in=25)
    assert len(caught.value.problems) == 3


def test_an_unknown_profile_is_told_with_the_nearest():
    with pytest.raises(ConfigError, match="enterprise"):
        CodebaseSpec(seed=1, profile="enterprize")
