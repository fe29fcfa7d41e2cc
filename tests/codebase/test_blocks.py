"""Blocks and pieces: where a gap says a name stands, the name stands, whatever the text before it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.codebase.blocks import SITE_KINDS, FileWriter, Ledger, Use, compile_block
from pytest_rustide_load.codebase.pieces import parse_piece


def written(block, names):
    """The lines of `block` with `names` as its symbols, in bytes."""
    out = FileWriter(0, names, Ledger())
    out.put(block, *range(len(names)))
    return [line.encode() for line in out.text().split("\n")]


def column(place, names):
    return place.column + sum(len(names[argument].encode()) for argument in place.before)


literals = st.text('ab {}()=";äß漢𝄞', max_size=8)
names_of = st.text("abcxyzäß漢", min_size=1, max_size=6)


@given(
    st.lists(literals, min_size=2, max_size=5), st.lists(names_of, min_size=4, max_size=4), st.integers(0, 3)
)
def test_every_gap_holds_its_name_behind_any_text(parts, names, depth):
    names = names[: len(parts) - 1]
    text = parts[0] + "".join(f"`{number}`{part}" for number, part in enumerate(parts[1:]))
    block = compile_block(text, depth)
    lines = written(block, names)
    assert len(block.gaps) == len(names)
    for gap in block.gaps:
        name = names[gap.argument].encode()
        at = column(gap, names)
        assert lines[gap.line][at : at + len(name)] == name


def test_columns_count_bytes_of_text_and_of_names_before_the_gap():
    block = compile_block('let `+0` = "漢字𝄞"; `0`.`1`();', 1)
    names = ["größe", "len"]
    (line, _) = written(block, names)
    assert [column(gap, names) for gap in block.gaps] == [
        line.index("größe".encode()),
        line.rindex("größe".encode()),
        line.index(b"len"),
    ]


@pytest.mark.parametrize(
    ("text", "use"),
    [
        ("let `+0` = 1;", Use.DECLARED),
        ("f(`0`)", Use.PLAIN),
        ("S { `0i`: 1 }", Use.INITIALISED),
        ("self.`0`", Use.AFTER_DOT),
        ("self.`0`()", Use.CALLED_AFTER_DOT),
        ("self.`0`::<u64>()", Use.CALLED_AFTER_DOT),
        ("0..`0`", Use.PLAIN),
        ("E::`0`", Use.AFTER_PATH),
        ("m::`0r`", Use.PLAIN),
        ("-> `0=Self`", Use.ALIAS),
    ],
)
def test_a_gap_knows_how_its_name_is_used(text, use):
    (gap,) = compile_block(text).gaps
    assert gap.use == use


def test_an_alias_takes_its_own_room_and_not_that_of_the_name():
    block = compile_block("fn `+1`() -> `0=Self` { `0=Self`::`1`() }")
    names = ["Ledger", "new"]
    (line, _) = written(block, names)
    aliases = [gap for gap in block.gaps if gap.use == Use.ALIAS]
    assert len(aliases) == 2
    for gap in aliases:
        at = column(gap, names)
        assert line[at : at + gap.length] == b"Self"


def test_sites_write_nothing_and_stand_where_they_are_marked():
    block = compile_block("// é`@c``0`\n`@s`x();")
    (first, second, _) = written(block, ["words"])
    assert (first, second) == ("// éwords".encode(), b"x();")
    assert [(SITE_KINDS[site.kind], site.line, site.column) for site in block.sites] == [
        ("comment", 0, len("// é".encode())),
        ("statement", 1, 0),
    ]


def test_the_same_text_and_depth_compile_once():
    assert compile_block("once `0`;", 2) is compile_block("once `0`;", 2)
    assert compile_block("once `0`;", 2) is not compile_block("once `0`;", 1)


def test_a_piece_is_cut_where_statements_go_inside_and_says_how_deep():
    piece = parse_piece("if `a:num` > 1 {\n    `...`\n}")
    assert [chunk.text for chunk in piece.chunks] == ["if `0` > 1 {", "}"]
    assert piece.nested == (1,)
    assert piece.lines == 2


def test_a_piece_binds_what_it_belongs_to_first_wherever_it_is_written():
    piece = parse_piece("`m:o.num1` `o:struct`")
    order = [(one.kind, one.of) for one in piece.binders]
    assert order == [("struct", -1), ("num1", piece.binders[0].index)]


def test_a_piece_tells_new_variables_from_what_it_takes():
    piece = parse_piece("let `+x:num` = `a:num`;")
    (new,) = piece.declared
    assert (new.kind, new.inside) == ("num", False)
    assert [one.kind for one in piece.binders] == ["num"]
    assert new.index != piece.binders[0].index
    inside = parse_piece("for `+x:~num` in 0..3 {\n    `...`\n}")
    assert inside.declared[0].inside


def test_gaps_that_belong_to_one_another_in_a_circle_are_refused():
    with pytest.raises(ValueError, match="belong to nothing"):
        parse_piece("`a:b.num` `b:a.num`")
