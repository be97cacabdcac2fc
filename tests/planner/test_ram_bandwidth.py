"""Measuring memory bandwidth and remembering it."""

import pytest

from planner.hardware.ram_bandwidth import cache_path, measure_ram_bandwidth, remember, remembered


def test_that_a_measurement_is_plausible_and_short():
    m = measure_ram_bandwidth(budget_s=0.1, available_bytes=2**30)
    assert 1e8 < m.bytes_per_s < 1e13
    assert m.bytes_per_s == m.read_bytes_per_s
    assert m.seconds < 5


def test_that_a_measurement_is_remembered_for_its_machine_only(tmp_path):
    path = tmp_path / "deep" / "ram.json"
    m = measure_ram_bandwidth(threads=1, budget_s=0.01, available_bytes=2**28)
    remember(m, "this one", path)
    assert remembered("this one", path) == m
    assert remembered("another", path) is None


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"machine": "x"}', '{"machine": "x", "bytes_per_s": "fast"}']
)
def test_that_a_damaged_cache_counts_as_none(tmp_path, text):
    path = tmp_path / "ram.json"
    path.write_text(text)
    assert remembered("x", path) is None
    assert remembered("x", tmp_path / "absent.json") is None


def test_that_the_cache_follows_the_users_setting(monkeypatch, tmp_path):
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_path().is_relative_to(tmp_path)
