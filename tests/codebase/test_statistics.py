"""The statistics of Rust sources, held against a file counted by hand, and distances to the corpus."""

from __future__ import annotations

from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.codebase.statistics import (
    STATISTICS,
    CorpusRange,
    measure_sources,
    parse_corpus,
)

# 40 lines: 6 blank, 5 of comment.
SAMPLE = """//! Größe: a sample.
use std::fmt;

mod inner;

/// Two fields.
/// And words.
#[derive(Debug, Clone)]
pub struct Pair<T> {
    left: T,
    right: T,
}

pub struct Unit;
pub struct Tuple(u8, u8, u8);

enum Choice {
    One,
    Two(u8),
}

impl<T: Clone> fmt::Display for Pair<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let x = self.left.clone(); // trailing
        /* one
           two */
        vec![x.len()];
        Ok(())
    }
}

pub async unsafe fn run<'a>(text: &'a str) -> u8 {
    match parse(text)? {
        n => later(|x| x + n).await,
    }
}
#[tokio::test]
fn probe() {
    unsafe { run("a(b)") }
}
"""


def test_a_file_counted_by_hand():
    figures = measure_sources([SAMPLE])
    loc = 40
    per_kloc = {
        name.removesuffix("_per_kloc"): round(value * loc / 1000)
        for name, value in figures.items()
        if name.endswith("_per_kloc")
    }
    assert per_kloc == {
        "fn": 3,
        "struct": 3,
        "enum": 1,
        "trait": 0,
        "impl": 1,
        "impl_trait": 1,
        "macro_invocation": 1,
        "macro_rules": 0,
        "unsafe_block": 1,
        "use": 1,
        "mod": 1,
        "call": 5,
        "field_expr": 2,
        "closure": 1,
        "match": 1,
        "let": 1,
        "derive": 1,
        "attr": 2,
        "lifetime": 3,
        "try": 1,
        "await": 1,
        "test_fn": 1,
    }
    assert figures["blank_pct"] == 15
    assert figures["comment_pct"] == 12.5
    assert figures["file_lines_p50"] == figures["file_lines_p99"] == figures["file_lines_mean"] == loc
    # Functions of 7, 5 and 3 lines; with 2, 1 and no parameters.
    assert (figures["fn_lines_p50"], figures["fn_lines_p90"], figures["fn_lines_mean"]) == (5, 7, 5.0)
    assert (figures["fn_params_p50"], figures["fn_params_p90"]) == (1, 2)
    assert (figures["struct_fields_p50"], figures["struct_fields_p90"]) == (2, 3)
    assert figures["enum_variants_p50"] == 2
    assert figures["fns_per_impl_p50"] == 1
    assert figures["fns_per_file_p50"] == 3
    assert figures["fn_async_pct"] == figures["fn_unsafe_pct"] == figures["fn_pub_pct"] == 33.3
    assert figures["fn_generic_pct"] == 33.3
    assert figures["fn_const_pct"] == 0
    assert figures["struct_generic_pct"] == 33.3
    assert figures["impl_generic_pct"] == figures["impl_trait_pct"] == 100
    assert figures["impls_per_type"] == 0.25
    assert list(figures) == list(STATISTICS)


def test_lengths_of_lines_are_in_characters_without_blank_lines():
    figures = measure_sources(["// ä\n\n\n// äöü\n// äöüß\n"])
    assert (figures["line_length_p50"], figures["line_length_p90"]) == (6, 7)
    assert figures["comment_pct"] == 60


def test_the_logarithms_of_file_lengths():
    figures = measure_sources(["\n" * 1, "\n" * 100, ""])
    assert figures["file_lines_ln_mean"] == pytest.approx(2.30, abs=0.005)
    assert figures["file_lines_ln_sigma"] == pytest.approx(2.30, abs=0.005)
    assert figures["file_lines_p90"] == 100


def test_nothing_has_no_statistics():
    assert measure_sources([]) == {}
    assert measure_sources([""]) == {}


@given(st.lists(st.sampled_from([SAMPLE, "fn f() {}\n", "fn broken( {{\n", "\n\r\n", "ß", "struct A;\n"])))
def test_the_order_of_files_does_not_matter_and_no_value_is_out_of_range(texts):
    figures = measure_sources(texts)
    assert figures == measure_sources(reversed(texts))
    assert set(figures) <= set(STATISTICS)
    assert all(0 <= value <= 100 for name, value in figures.items() if name.endswith("_pct"))
    assert all(value >= 0 for value in figures.values())


def corpus():
    return parse_corpus(resources.files("pytest_rustide_load.codebase").joinpath("corpus.json").read_bytes())


def test_the_corpus_has_a_range_for_every_statistic():
    known = corpus()
    assert list(known.statistics) == list(STATISTICS)
    for name, span in known.statistics.items():
        assert span.min <= span.median <= span.max, name
        for value in (span.min, span.median, span.max):
            assert round(value, STATISTICS[name]) == pytest.approx(value), name
    assert len(known.projects) == 9
    assert known.loc > 1_800_000


def test_the_distance_grows_from_the_median_and_passes_one_at_the_edge():
    span = CorpusRange(10, 20, 40)
    distances = [span.distance(value) for value in (0, 10, 15, 20, 30, 40, 70, 100)]
    assert distances == pytest.approx([1 + 10 / 30, 1, 0.5, 0, 0.5, 1, 2, 3])
    assert [span.holds(value) for value in (9.9, 10, 40, 40.1)] == [False, True, True, False]


@given(
    st.lists(st.floats(0, 1e6), min_size=3, max_size=3).map(sorted),
    st.floats(0, 1e6),
)
def test_a_distance_up_to_one_means_inside(edges, value):
    span = CorpusRange(*edges)
    assert (span.distance(value) <= 1) == span.holds(value) or span.distance(value) == pytest.approx(1)
    assert span.distance(value) >= 0
