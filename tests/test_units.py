from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load import units


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("150ms", 150_000_000),
        (" 2 h ", 7_200_000_000_000),
        ("1.5s", 1_500_000_000),
        ("3µs", 3000),
        ("7ns", 7),
    ],
)
def test_durations_are_read_in_nanoseconds(text: str, expected: int) -> None:
    assert units.parse_duration_ns(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("400MB", 400_000_000), ("1 GiB", 1 << 30), ("2kb", 2000), ("0.5MiB", 1 << 19)]
)
def test_sizes_are_read_in_bytes(text: str, expected: int) -> None:
    assert units.parse_bytes(text) == expected


@pytest.mark.parametrize(("text", "expected"), [("5%", 0.05), ("0.05", 0.05), ("100 %", 1.0)])
def test_ratios_are_read_with_or_without_percent(text: str, expected: float) -> None:
    assert units.parse_ratio(text) == expected


@pytest.mark.parametrize(
    ("parse", "text", "why"),
    [
        (units.parse_duration_ns, "150", "no unit of time"),
        (units.parse_duration_ns, "150MB", "no unit of time"),
        (units.parse_duration_ns, "-1ms", "not a duration"),
        (units.parse_duration_ns, "", "not a duration"),
        (units.parse_bytes, "4", "no unit of size"),
        (units.parse_bytes, "4ms", "no unit of size"),
        (units.parse_bytes, "many", "not a size"),
        (units.parse_duration_ns, "9000h", "more than a year"),
        (units.parse_duration_ns, "9" * 400 + "s", "9' is more than a year"),
        (units.parse_bytes, "9" * 400 + "GB", "is more than 1000000 GB"),
        (units.parse_ratio, "5ms", "not a ratio"),
        (units.parse_ratio, "nan", "not a ratio"),
    ],
)
def test_what_is_no_quantity_is_refused_with_the_reason(parse: object, text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse(text)  # type: ignore[operator]


@given(st.integers(0, 10**15))
def test_converters_are_inverse(value_ns: int) -> None:
    assert units.ns_from_ms(units.ms_from_ns(value_ns)) == pytest.approx(value_ns, abs=1, rel=1e-15)
    assert units.ns_from_s(units.s_from_ns(value_ns)) == pytest.approx(value_ns, abs=1, rel=1e-15)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(119, "119 s"), (120, "2.0 min"), (7_190, "119.8 min"), (7_200, "2 h"), (14_400, "4 h")],
)
def test_a_duration_has_the_unit_it_is_read_best_in(seconds: int, text: str) -> None:
    assert units.format_duration_ns(seconds * units.NS_PER_S) == text


@given(st.integers(0, 10**15))
def test_a_formatted_duration_is_within_one_percent(value_ns: int) -> None:
    text = units.format_duration_ns(value_ns)
    number, unit = text.split()
    assert float(number) * units._DURATIONS_NS[unit] == pytest.approx(value_ns, rel=0.026, abs=0.6)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, "0 B"), (999, "999 B"), (1500, "1.5 KB"), (412_300_000, "412 MB"), (2.5e9, "2.5 GB")],
)
def test_sizes_are_formatted_in_decimal_units(value: float, expected: str) -> None:
    assert units.format_bytes(value) == expected


@pytest.mark.parametrize("value", [999.6, 999_600, 999_600_000, 999.6e9])
def test_formatted_quantities_never_use_an_exponent(value: float) -> None:
    assert "e+" not in units.format_duration_ns(value) + units.format_bytes(value)


@given(st.floats(-1e12, 1e12))
def test_three_digits_and_two_are_never_an_exponent_and_near_enough(value: float) -> None:
    for write, error in ((units.three_digits, 0.005), (units.two_digits, 0.05)):
        text = write(value)
        assert "e" not in text
        assert float(text) == pytest.approx(value, rel=error, abs=0)


@pytest.mark.parametrize(
    ("value", "three", "two"),
    [(0.0, "0", "0"), (1234.4, "1234", "1234"), (12.34, "12.3", "12"), (0.1234, "0.123", "0.12")],
)
def test_what_is_three_digits_and_two(value: float, three: str, two: str) -> None:
    assert (units.three_digits(value), units.two_digits(value)) == (three, two)
