from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner import units
from planner.units import GIB, ValueFault, parse_gib, parse_positive, parse_tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("8192", 8192),
        ("8k", 8192),
        ("8,192", 8192),
        ("128K", 131072),
        ("1M", 1048576),
        (" 2048 ", 2048),
        ("1.5k", 1536),
    ],
)
def test_that_token_counts_are_read_as_people_write_them(text: str, tokens: int) -> None:
    assert parse_tokens(text) == tokens


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("-5", "negative; the smallest valid value is 1"),
        ("0", "the smallest valid value is 1"),
        ("many", "write for example 8192 or 8k"),
        ("99999999999", "the largest valid value is 1,073,741,824"),
        ("0.3k", "not a whole number of tokens; nearest is 307"),
        ("", "not a number of tokens"),
    ],
)
def test_that_a_bad_token_count_names_the_fault_and_what_is_valid(text: str, part: str) -> None:
    with pytest.raises(ValueFault, match=part):
        parse_tokens(text, "n_ctx")


@given(st.integers(1, 2**30))
def test_that_every_shown_token_count_is_read_back(count: int) -> None:
    assert parse_tokens(units.tokens(count)) == count


@pytest.mark.parametrize(
    ("text", "size"), [("24", 24 * GIB), ("0.5", GIB // 2), ("512 MiB", GIB // 2), ("1T", 1024 * GIB)]
)
def test_that_sizes_are_binary(text: str, size: int) -> None:
    assert parse_gib(text, "--ram") == size


@pytest.mark.parametrize("text", ["-1", "1e3", "lots", "20000T", "nan", "inf", "24 parsec"])
def test_that_a_bad_size_is_refused_with_one_line(text: str) -> None:
    with pytest.raises(ValueFault) as fault:
        parse_gib(text, "--ram")
    assert "--ram" in str(fault.value)
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize("text", ["0", "-3", "abc", "inf", "nan", "1e99"])
def test_that_a_bandwidth_must_be_a_finite_positive_number(text: str) -> None:
    with pytest.raises(ValueFault, match="--ram-bandwidth"):
        parse_positive(text, "--ram-bandwidth", "GB/s", 1e5)


def test_that_unknown_stays_unknown_in_text() -> None:
    shown = [
        f(None)
        for f in (
            units.gib,
            units.mib,
            units.gb,
            units.rate,
            units.seconds,
            units.bandwidth,
            units.parameters,
        )
    ]
    assert set(shown) == {"unknown"}


def test_that_numbers_carry_units_and_a_true_minus_sign() -> None:
    assert units.gib(20.7 * GIB) == "20.7 GiB"
    assert units.gib(-1.25 * GIB) == "−1.2 GiB"
    assert units.mib(3072 * units.MIB) == "3,072 MiB"
    assert units.bandwidth(1008e9) == "1,008 GB/s"
    assert units.parameters(30.5e9) == "30.5B"
    assert units.seconds(0.12) == "120 ms"


def test_that_speeds_keep_two_figures_below_ten() -> None:
    shown = [units.rate(v) for v in (1234.0, 123.4, 45.67, 4.567, 0.999, 0.4567, 0.04567, 0.0)]
    assert shown == ["1,234", "123", "46", "4.6", "1.0", "0.46", "0.046", "0.0"]
