"""Models as arrays: what each layer caches, summed cumulatively over layers.

Built once from :class:`models_db.inventory.ModelInventory` records; formulas then gather at layer boundaries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models_db.inventory import CacheKind, ModelInventory

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

WINDOW_KINDS = (CacheKind.SLIDING, CacheKind.CHUNKED)


@dataclass(frozen=True, slots=True)
class CacheColumns:
    """Cache elements of many models, cumulative over layers.

    All two-dimensional arrays have shape (n_models, n_columns) with ``n_columns = max(n_layer_all) + 2``;
    column ``i`` is the
    sum over layers ``0 … i-1``, and columns beyond a model's layers repeat its total.
    """

    k_full: FloatArray
    """Key elements per cell of full-attention layers (MLA: latent and rope part)."""
    v_full: FloatArray
    k_window: FloatArray
    """Key elements per cell of sliding or chunked layers."""
    v_window: FloatArray
    v_full_padded: FloatArray
    """Value elements per cell without flash attention: every layer as wide as the widest."""
    v_window_padded: FloatArray
    indexer: FloatArray
    """Key elements per cell of sparse-attention indexers."""
    recurrent: FloatArray
    """Elements per sequence of convolution and recurrent state."""
    compressed: FloatArray
    """Key elements per compressed cell, indexer included, of layers with the model's smaller ratio (DeepSeek V4)."""
    compressed_more: FloatArray
    """The same of layers with its larger ratio."""
    ratio: IntArray
    """Smaller ratio of tokens to compressed cells, 0 where nothing is compressed; shape (n_models,)."""
    ratio_more: IntArray
    """Larger ratio, 0 if there is none."""
    n_cached_layers: IntArray
    """Blocks that have a cache: those that run, and the prediction blocks where the architecture caches them always."""
    window: IntArray
    """Window or chunk length of each model, 0 without window layers; shape (n_models,). [tokens]"""
    n_layers: IntArray
    """Blocks that run, without multi-token-prediction blocks; shape (n_models,)."""
    n_layer_all: IntArray
    n_ctx_train: IntArray
    n_vocab: IntArray

    @classmethod
    def from_inventories(cls, models: Sequence[ModelInventory]) -> CacheColumns:
        """Build the columns.

        Parameters
        ----------
        models : sequence of ModelInventory

        Raises
        ------
        ValueError
            If a model's window layers have different window lengths (llama.cpp has one ``n_swa`` per model).
        """
        width = max((m.n_layer_all for m in models), default=0) + 2
        names = (
            "k_full",
            "v_full",
            "k_window",
            "v_window",
            "v_full_padded",
            "v_window_padded",
            "indexer",
            "recurrent",
            "compressed",
            "compressed_more",
        )
        table = {name: np.zeros((len(models), width)) for name in names}
        window, ratio, ratio_more = (np.zeros(len(models), dtype=np.int64) for _ in range(3))
        for row, model in enumerate(models):
            lengths = {cache.window for cache in model.layers if cache.kind in WINDOW_KINDS}
            if len(lengths) > 1:
                raise ValueError(f"{model.hf_arch}: window layers of different lengths {sorted(lengths)}")
            window[row] = lengths.pop() if lengths else 0
            ratios = sorted({cache.compress_ratio for cache in model.layers} - {0})
            if len(ratios) > 2:
                raise ValueError(f"{model.hf_arch}: caches compressed by more than two ratios {ratios}")
            ratio[row], ratio_more[row] = (*ratios, 0, 0)[:2]
            widest = max((c.n_embd_v for c in model.layers), default=0)
            for layer, cache in enumerate(model.layers):
                values = {"recurrent": cache.recurrent_conv + cache.recurrent_state}
                if cache.kind in WINDOW_KINDS:
                    values |= {"k_window": cache.n_embd_k, "v_window": cache.n_embd_v}
                    values["v_window_padded"] = widest if cache.n_embd_v else 0
                elif cache.kind is CacheKind.FULL:
                    values |= {
                        "k_full": cache.n_embd_k,
                        "v_full": cache.n_embd_v,
                        "indexer": cache.n_embd_indexer,
                    }
                    values["v_full_padded"] = widest if cache.n_embd_v else 0
                if cache.compress_ratio:
                    kind = "compressed" if cache.compress_ratio == ratios[0] else "compressed_more"
                    values[kind] = cache.n_embd_k + cache.n_embd_indexer
                for name, value in values.items():
                    table[name][row, layer + 1] = value
        for name in names:
            np.cumsum(table[name], axis=1, out=table[name])
        return cls(
            **table,
            window=window,
            ratio=ratio,
            ratio_more=ratio_more,
            n_cached_layers=np.array(
                [m.n_layer_all if m.hparams.get("mtp_block_cached") else m.n_layers for m in models],
                dtype=np.int64,
            ),
            n_layers=np.array([m.n_layers for m in models], dtype=np.int64),
            n_layer_all=np.array([m.n_layer_all for m in models], dtype=np.int64),
            n_ctx_train=np.array([m.n_ctx_train for m in models], dtype=np.int64),
            n_vocab=np.array([m.n_vocab for m in models], dtype=np.int64),
        )

    def take(self, rows: IntArray | Sequence[int]) -> CacheColumns:
        """Return the columns of some models, in the order given; shape of ``rows`` becomes the leading
        shape."""
        index = np.asarray(rows, dtype=np.int64)
        return CacheColumns(**{name: getattr(self, name)[index] for name in self.__dataclass_fields__})


@dataclass(frozen=True, slots=True)
class GraphColumns:
    """What the compute buffers of each model are made of, drawn from simulated graphs; one entry per model.

    All but the last three are bytes beyond the attention mask, which is ``(cells + window cells) * tokens`` elements.
    """

    gpu_fixed: FloatArray
    """On a GPU that holds all layers: part that does not grow with the micro-batch (recurrent states). [bytes]"""
    gpu_per_token: FloatArray
    host_fixed: FloatArray
    """On the host beside it. [bytes]"""
    host_per_token: FloatArray
    cpu_fixed: FloatArray
    """Without any GPU. [bytes]"""
    cpu_per_token: FloatArray
    off_per_token: FloatArray
    """Without flash attention. [bytes]"""
    off_per_token_cell: FloatArray
    quantized_per_token: FloatArray
    """Live bytes while a layer attends to a quantized cache, whose F16 copies take ``quantized_per_cell``. [bytes]"""
    quantized_per_cell: FloatArray
    experts_away_per_token: FloatArray
    """Live bytes beside the copy of the largest expert matrix where experts stay on the host. [bytes]"""
    logit_rows: FloatArray
    """Copies of the last hidden state kept beside the logits."""
    plain: FloatArray
    """1 where the line was found exact at another context and slot count too: nothing need be simulated again."""
    n_embd: FloatArray
    n_vocab: FloatArray

    @classmethod
    def from_inventories(cls, models: Sequence[ModelInventory]) -> GraphColumns:
        """Build the columns; equal models are simulated once, those llama.cpp does not know are NaN."""
        from planner.graph.coefficients import COEFFICIENTS, coefficients

        known: dict[int, dict[str, float]] = {}
        table = {name: np.zeros(len(models)) for name in COEFFICIENTS}
        for row, model in enumerate(models):
            found = known.get(id(model))
            if found is None and model.gguf_arch:
                found = known[id(model)] = coefficients(model)
            if found is None:  # llama.cpp has no such architecture
                found = dict.fromkeys(COEFFICIENTS, float("nan"))
            for name, value in found.items():
                table[name][row] = value
        return cls(
            **table,
            n_embd=np.array([m.n_embd for m in models], dtype=np.float64),
            n_vocab=np.array([m.n_vocab for m in models], dtype=np.float64),
        )

    def take(self, rows: IntArray | Sequence[int]) -> GraphColumns:
        """Return the columns of some models, in the order given."""
        index = np.asarray(rows, dtype=np.int64)
        return GraphColumns(**{name: getattr(self, name)[index] for name in self.__dataclass_fields__})
