"""The catalogue with its columns: loaded once per process, shared by the command line and the window."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

import numpy as np

from models_db.architecture_table import architecture_ids, catalogue_inventory
from models_db.catalogue import Catalogue, load_catalogue
from models_db.model_spec import Provenance
from models_db.names import ModelNameError, NameIndex, ResolvedName, name_key
from models_db.quant_mix import DEFAULT_TYPES
from models_db.quant_scheme import QuantScheme, UnknownQuantError, load_quant_schemes, parse_quant
from planner.columns import Columns, build_columns
from planner.request import RequestFault
from planner.words import say
from planner.yarn import longest_context_of

if TYPE_CHECKING:
    from models_db.inventory import ModelInventory
    from models_db.model_spec import ModelSpec

LOSS_METRIC = "mean KL divergence"
LOSS_MODEL = "meta-llama/Meta-Llama-3-8B"
"""The one published table that covers every llama.cpp type; used to order quantizations, and named when shown."""
OFFERED_QUANTS = (
    "F16",
    "Q8_0",
    "Q6_K",
    "Q5_K_M",
    "Q4_K_M",
    "IQ4_XS",
    "Q3_K_M",
    "IQ3_XXS",
    "Q2_K",
    "IQ2_M",
    "IQ2_XXS",
    "IQ1_M",
)
"""What publishers usually offer, best first; the planner chooses among these when no quantization is asked for."""
NATIVE_MXFP4 = "MXFP4_MOE"
MIN_NAME_LETTERS = 2
"""A single letter (``x.gguf``) names no model, whatever alias holds it."""


@dataclass(frozen=True)
class Library:
    """Models, quantizations and their arrays."""

    catalogue: Catalogue
    columns: Columns

    @cached_property
    def rows(self) -> dict[str, int]:
        """Row of each model in the columns."""
        return {model_id: row for row, model_id in enumerate(self.columns.ids)}

    @cached_property
    def models(self) -> dict[str, ModelSpec]:
        """Model of each id."""
        return self.catalogue.by_id

    @cached_property
    def names(self) -> NameIndex:
        """Finds models by name."""
        return NameIndex(self.catalogue.models)

    @cached_property
    def name_keys(self) -> tuple[tuple[ModelSpec, tuple[str, ...]], ...]:
        """Every model with its id, name, family and aliases as a search compares them."""
        return tuple(
            (m, tuple(name_key(n) for n in (m.id, m.name, m.family, *m.aliases))) for m in self.catalogue
        )

    @cached_property
    def _reported_names(self) -> NameIndex:
        return NameIndex(m for m in self.catalogue if m.provenance is Provenance.REPORTED)

    @cached_property
    def quants(self) -> dict[str, int]:
        """Index of each quantization in the columns."""
        return {name: index for index, name in enumerate(self.columns.quants)}

    @cached_property
    def longest_contexts(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Longest context of every model, with YaRN scaling where its maker states one, shape (models,). [tokens]"""
        trained = self.columns.cache.n_ctx_train
        known = zip(self.columns.ids, trained.tolist(), strict=True)
        return np.array([longest_context_of(self.models[i], n) for i, n in known], dtype=np.int64)

    def context_limits(self, yarn: bool) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Longest context to consider of every model, shape (models,): trained, or offered with YaRN. [tokens]"""
        return self.longest_contexts if yarn else self.columns.cache.n_ctx_train

    @cached_property
    def losses(self) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Published loss of each quantization of the columns; NaN without a source. [nats]"""
        schemes = {s.name: s for s in load_quant_schemes()}
        values = [
            schemes[q].loss(LOSS_METRIC, LOSS_MODEL) if q in schemes else None for q in self.columns.quants
        ]
        return np.array([np.nan if v is None else v for v in values])

    def offered(self, model: ModelSpec) -> tuple[str, ...]:
        """Quantizations considered for a model when none is asked for."""
        if model.checkpoint == "MXFP4":
            return (NATIVE_MXFP4,)
        return OFFERED_QUANTS

    def inventory(self, model_id: str) -> ModelInventory:
        """Tensor inventory of a model of the catalogue."""
        return catalogue_inventory(model_id)

    def find_model(self, text: str) -> ResolvedName:
        """Find a model by any name people use.

        Raises
        ------
        RequestFault
            ``unknown_model`` or ``ambiguous_model`` with the nearest names, ``unknown_quant`` when the quantization named
            with it is unknown.
        """
        if len([c for c in text if c.isalnum()]) < MIN_NAME_LETTERS:
            near = ", ".join(self.names.nearest(text)) or "none; write for example Qwen3-8B"
            raise RequestFault("unknown_model", f'"{text}" is too short to name a model; nearest: {near}')
        try:
            return self.names.resolve(text)
        except ModelNameError as fault:
            raise RequestFault(fault.code, str(fault)) from None
        except UnknownQuantError as fault:
            raise RequestFault("unknown_quant", str(fault)) from None

    def find_reported(self, text: str) -> ModelSpec | None:
        """The model a name means among those reported and never published; quick, also where there is none."""
        if len([c for c in text if c.isalnum()]) >= MIN_NAME_LETTERS:
            with suppress(ModelNameError, UnknownQuantError):
                model = self._reported_names.resolve(text).model
                # a search that fails makes the nearest names of all models, which takes long: only a hit is looked at again
                return model if self.names.resolve(text).model is model else None
        return None

    def find_quant(self, text: str) -> QuantScheme:
        """Find a quantization scheme by any spelling.

        Raises
        ------
        RequestFault
            ``unknown_quant`` with the nearest names.
        """
        try:
            return parse_quant(text)
        except UnknownQuantError as fault:
            raise RequestFault("unknown_quant", str(fault)) from None

    def llama_quant(self, scheme: QuantScheme, model: ModelSpec) -> tuple[int, str | None]:
        """Column that sizes a scheme in llama.cpp, and a note when another scheme's rule stands in.

        Raises
        ------
        RequestFault
            ``unsupported_quant`` for schemes llama.cpp has no rule for.
        """
        name = NATIVE_MXFP4 if scheme.name == "MXFP4" else scheme.name
        if name in self.quants:
            return self.quants[name], None
        if scheme.based_on in self.quants:
            note = say(
                "{quant} has no published rule; sized as {other}, which is usually a little smaller",
                quant=scheme.name,
                other=scheme.based_on,
            )
            return self.quants[scheme.based_on or ""], note
        if "llama.cpp" not in scheme.engines:
            offered = ", ".join(self.offered(model)[1:5])
            raise RequestFault(
                "unsupported_quant", f"llama.cpp does not load {scheme.name} files; nearest: {offered}"
            )
        raise RequestFault(
            "unsupported_quant", f"the size of {scheme.name} files is not known; nearest: Q4_K_M, IQ4_XS"
        )


def planned_ids(catalogue: Catalogue) -> tuple[str, ...]:
    """Published models whose dimensions are known and that llama.cpp has an architecture for."""
    known = set(architecture_ids())
    return tuple(m.id for m in catalogue.published if m.id in known and catalogue_inventory(m.id).gguf_arch)


@cache
def load_library() -> Library:
    """Load the catalogue and its columns (from the compiled file where it is fresh)."""
    from planner.column_store import stored_columns

    catalogue = load_catalogue()
    return Library(catalogue, stored_columns(catalogue))


def columns_of(
    ids: Sequence[str], imatrix: bool | None = None, quants: Sequence[str] | None = None
) -> Columns:
    """Build the columns of some models of the catalogue."""
    inventories = [catalogue_inventory(model_id) for model_id in ids]
    return build_columns(ids, inventories, quants or tuple(DEFAULT_TYPES), imatrix)
