"""Layers on devices, by llama.cpp's float32 rule."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from planner.formulas.layer_placement import layer_boundaries, split_points


def reference(n_layer_all: int, wanted: int, parts: list[float]) -> list[int]:
    """Device of each layer, the output layer last, in the words of ``load_tensors``: -1 = host."""
    splits = split_points(np.array(parts))
    start = max(n_layer_all + 1 - wanted, 0)
    active = min(wanted, n_layer_all + 1)
    devices = []
    for layer in range(n_layer_all + 1):
        if layer < start or layer - start >= active:
            devices.append(-1)
        else:
            share = np.float32(np.float32(layer - start) / np.float32(active))
            devices.append(int(np.searchsorted(splits, share, side="right")))
    return devices


@given(
    st.integers(1, 130),
    st.integers(0, 140),
    st.lists(st.floats(0.5, 100.0, width=32), min_size=1, max_size=8),
)
def test_that_boundaries_agree_with_the_layer_by_layer_rule(
    blocks: int, wanted: int, parts: list[float]
) -> None:
    found = layer_boundaries(blocks, wanted, np.array(parts)).start
    by_layer = []
    for device in range(len(parts) + 1):
        by_layer += [device - 1] * int(found[device + 1] - found[device])
    assert by_layer == reference(blocks, wanted, parts)


def test_that_full_offload_needs_one_more_than_the_number_of_blocks() -> None:
    assert layer_boundaries(32, 32, np.array([1.0])).start.tolist() == [0, 1, 33]
    assert layer_boundaries(32, 33, np.array([1.0])).start.tolist() == [0, 0, 33]
    assert layer_boundaries(32, -1, np.array([1.0])).start.tolist() == [0, 0, 33]


def test_that_measured_splits_of_two_cards_are_met() -> None:
    """Llama 3.1 8B, -ts 3,1: 25 layers and 8 (with the output layer), as the measured KV sizes say."""
    assert layer_boundaries(32, 99, np.array([3.0, 1.0])).n_layers().tolist() == [0, 25, 8]


def test_that_without_a_gpu_everything_is_on_the_host() -> None:
    assert layer_boundaries(32, 99, np.array([])).start.tolist() == [0, 33]


def test_that_a_grid_of_placements_equals_single_ones() -> None:
    wanted = np.arange(0, 40)
    grid = layer_boundaries(np.array(36), wanted, np.array([24.0, 12.0, 8.0])).start
    for index, layers in enumerate(wanted.tolist()):
        assert (
            grid[index].tolist() == layer_boundaries(36, layers, np.array([24.0, 12.0, 8.0])).start.tolist()
        )


def test_that_sums_over_devices_add_up() -> None:
    table = np.concatenate([[0.0], np.cumsum(np.arange(1.0, 34.0))])
    placed = layer_boundaries(32, 20, np.array([1.0, 2.0]))
    assert placed.sums(table).sum() == table[-1]
