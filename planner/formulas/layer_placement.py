"""Which device holds which layer: llama.cpp's rule for ``-ngl``, ``-ts`` and ``-mg``.

Devices are host first, then GPUs in llama.cpp's order. A placement is a row of layer boundaries, so that any
per-layer
quantity summed cumulatively becomes a per-device sum by two look-ups and one subtraction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LayerBoundaries:
    """First layer of each device.

    Attributes
    ----------
    start : ndarray of int64, shape (..., n_gpus + 2)
        Device ``d`` (0 = host, 1 … = GPUs) holds layers ``start[..., d] <= il < start[..., d + 1]``.
        Layer ``n_layer_all`` is the output layer, so ``start[..., -1] == n_layer_all + 1``.
    """

    start: IntArray

    @property
    def n_devices(self) -> int:
        """Host and GPUs."""
        return int(self.start.shape[-1]) - 1

    def n_layers(self) -> IntArray:
        """Layers per device, the output layer counted; shape (..., n_gpus + 1)."""
        return np.asarray(np.diff(self.start, axis=-1), dtype=np.int64)

    def device_of_output(self) -> IntArray:
        """Index of the device that holds the output layer; shape (...)."""
        last = self.start[..., -1:] - 1
        held = (self.start[..., :-1] <= last) & (last < self.start[..., 1:])
        return np.asarray(np.argmax(held, axis=-1), dtype=np.int64)

    def sums(self, cumulative: ArrayLike, n_layers: ArrayLike | None = None) -> FloatArray:
        """Sum a per-layer quantity over each device's layers.

        Parameters
        ----------
        cumulative : array_like, shape (..., n_columns)
            Cumulative sums over layers, starting with 0; the last column repeats beyond the model's layers.
        n_layers : array_like, shape (...), optional
            Leave out layers from here on (multi-token-prediction blocks).

        Returns
        -------
        ndarray, shape (..., n_gpus + 1)
        """
        table = np.asarray(cumulative, dtype=np.float64)
        at = self.start
        if n_layers is not None:
            at = np.minimum(at, np.asarray(n_layers, dtype=np.int64)[..., None])
        width = table.shape[-1]
        at = np.minimum(at, width - 1)
        # one flat look-up: several times quicker than take_along_axis, and this is the innermost step of every search
        first = np.arange(0, table.size, width).reshape(*table.shape[:-1], 1) if table.size else 0
        found = table.reshape(-1).take(at + first)
        return np.asarray(found[..., 1:] - found[..., :-1])


def split_points(proportions: ArrayLike) -> NDArray[np.float32]:
    """Cumulative shares of the devices in float32, as llama.cpp keeps them.

    Parameters
    ----------
    proportions : array_like, shape (..., n_gpus)
        ``-ts`` values, or free bytes per device where ``-ts`` is absent or all zero. [any unit]

    Returns
    -------
    ndarray of float32, shape (..., n_gpus)

    Notes
    -----
    llama.cpp src/llama-model.cpp, ``llama_model_base::load_tensors``, 0.5.0-dev: sums and quotients are C
    ``float``.
    """
    parts = np.asarray(proportions, dtype=np.float32)
    total = np.zeros(parts.shape, dtype=np.float32)
    running = np.zeros(parts.shape[:-1], dtype=np.float32)
    for device in range(parts.shape[-1]):
        running = running + parts[..., device]
        total[..., device] = running
    whole = np.where(running > 0, running, np.float32(1))
    return (total / whole[..., None]).astype(np.float32)


def layer_boundaries(
    n_layer_all: ArrayLike, n_gpu_layers: ArrayLike, proportions: ArrayLike
) -> LayerBoundaries:
    """Place layers on devices.

    Parameters
    ----------
    n_layer_all : array_like of int
        Blocks in the file, multi-token-prediction blocks included.
    n_gpu_layers : array_like of int
        ``-ngl``; negative = all. ``n_layer_all + 1`` is full offload (the output layer counts).
    proportions : array_like, shape (..., n_gpus)
        ``-ts`` values or free bytes. With no GPU the last axis has length 0. ``-sm none`` is a single column.

    Returns
    -------
    LayerBoundaries

    Notes
    -----
    Layer ``il`` is on the host if ``il < i_gpu_start = max(n_layer_all + 1 - ngl, 0)``, else on the GPU at
    ``upper_bound(split, float(il - i_gpu_start) / act)`` with ``act = min(ngl, n_layer_all + 1)``
    (llama.cpp src/llama-model.cpp, ``get_layer_buft_list``, 0.5.0-dev).
    """
    blocks = np.asarray(n_layer_all, dtype=np.int64)
    wanted = np.asarray(n_gpu_layers, dtype=np.int64)
    parts = np.asarray(proportions, dtype=np.float64)
    n_gpus = int(parts.shape[-1])
    wanted = np.where(wanted < 0, blocks + 1, wanted)
    active = np.minimum(wanted, blocks + 1)
    if n_gpus == 0:
        active = np.zeros_like(active)
    shape = np.broadcast_shapes(blocks.shape, active.shape, parts.shape[:-1])
    blocks = np.broadcast_to(blocks, shape)
    active = np.broadcast_to(active, shape)
    start = np.zeros((*shape, n_gpus + 2), dtype=np.int64)
    start[..., 1] = blocks + 1 - active
    start[..., -1] = blocks + 1
    if n_gpus > 1:
        splits = np.broadcast_to(split_points(parts), (*shape, n_gpus))
        divisor = np.maximum(active, 1).astype(np.float32)
        for gpu in range(1, n_gpus):
            point = splits[..., gpu - 1]
            guess = np.floor(point.astype(np.float64) * active).astype(np.int64) - 1
            first = guess
            for step in range(3, -1, -1):  # the smallest layer whose float32 share reaches the split point
                candidate = guess + step
                reached = (candidate.astype(np.float32) / divisor) >= point
                first = np.where(reached, candidate, first)
            reached_none = (first.astype(np.float32) / divisor) < point
            first = np.where(reached_none, guess + 4, first)
            start[..., gpu + 1] = start[..., 1] + np.clip(first, 0, active)
        np.maximum.accumulate(start[..., 1:], axis=-1, out=start[..., 1:])
    return LayerBoundaries(start)
