"""Cumulative sums over the layers of every model, without the room that shorter models leave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LayerTable:
    """Sums over layers by model, boundary and quantization.

    A model's boundaries end where its sums no longer grow; every later boundary stands for the last one. Models have
    between 10 and 126 layers, so a full array would be mostly copies of totals.
    """

    values: Floats
    """Boundaries of all models one below the other, shape (n_boundaries, n_quants)."""
    first: Ints
    """Row of each model's first boundary, shape (n_models,)."""
    last: Ints
    """Boundary from which each model's sums stay the same, shape (n_models,)."""
    n_columns: int
    """Boundaries of the full array."""

    @classmethod
    def of_steps(cls, steps: NDArray[np.float64] | NDArray[np.int64]) -> LayerTable:
        """Sum what each layer adds.

        Parameters
        ----------
        steps : ndarray, shape (n_models, n_columns, n_quants)

        Returns
        -------
        LayerTable
        """
        n_models, n_columns, n_quants = steps.shape
        grows = (steps != 0).any(axis=2)
        last = np.where(grows.any(axis=1), n_columns - 1 - np.argmax(grows[:, ::-1], axis=1), 0)
        first = np.concatenate(([0], np.cumsum(last + 1)))
        values = np.empty((int(first[-1]), n_quants))
        for model in range(n_models):
            here = values[first[model] : first[model + 1]]
            np.cumsum(steps[model, : last[model] + 1], axis=0, dtype=np.float64, out=here)
        return cls(values, first[:-1], last.astype(np.int64), n_columns)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape of the full array: (n_models, n_columns, n_quants)."""
        return len(self.first), self.n_columns, self.values.shape[1]

    @property
    def totals(self) -> Floats:
        """Sums over all layers, shape (n_models, n_quants)."""
        found: Floats = self.values[self.first + self.last]
        return found

    def steps(self) -> Floats:
        """What each layer adds, shape (n_models, n_columns, n_quants)."""
        out = np.zeros(self.shape)
        for model, (first, last) in enumerate(zip(self.first.tolist(), self.last.tolist(), strict=True)):
            out[model, : last + 1] = np.diff(self.values[first : first + last + 1], axis=0, prepend=0)
        return out

    def gather(self, rows: Ints, quant: Ints, at: Ints) -> Floats:
        """Look up the sum of each case at each boundary.

        Parameters
        ----------
        rows, quant : ndarray of int, shape (...)
            Model and quantization of each case.
        at : ndarray of int, shape (..., n_boundaries)
            Boundaries, 0 or more; beyond the last layer they give the total.

        Returns
        -------
        ndarray, shape (..., n_boundaries)
        """
        n_quants = self.values.shape[1]
        every = quant.shape == (1, n_quants, 1) and np.array_equal(quant.reshape(-1), np.arange(n_quants))
        if every and rows.ndim == 3 and at.shape[:-1] == (len(rows), 1, 1):
            # every quantization of every model at one boundary: whole rows instead of single look-ups
            model = rows.reshape(-1, 1)
            where = self.first[model] + np.minimum(at.reshape(len(rows), -1), self.last[model])
            whole: Floats = self.values[where].transpose(0, 2, 1)[:, :, None, :]
            return whole
        where = self.first[rows][..., None] + np.minimum(at, self.last[rows][..., None])
        found: Floats = self.values.reshape(-1).take(where * n_quants + quant[..., None])
        return found
