"""Facts of the planned models that do not depend on a machine, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models_db.names import name_key
from planner.cells import offered_mask
from planner.ranking import suits
from planner.wishes import USES

if TYPE_CHECKING:
    from models_db.model_spec import ModelSpec
    from planner.library import Library

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Facts:
    """Facts of every planned model that do not depend on the machine; row order is that of the columns."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    quants: tuple[str, ...]
    search: tuple[tuple[str, ...], ...]
    """Normalised names of each model."""
    licences: tuple[str, ...]
    osi: Bools
    commercial: Bools
    """Commercial use is allowed, conditions included."""
    eu: Bools
    """The licence has terms of its own for users in the European Union."""
    provenance: tuple[str, ...]
    suits: dict[str, Bools]
    offered: Bools
    """Shape (models, quantizations)."""
    n_ctx_train: Ints
    is_moe: Bools
    n_layers: Ints
    total_parameters: Floats
    active_parameters: Floats
    losses: Floats
    """Shape (quantizations,); NaN without a source. [nats]"""
    trained_in: Bools
    """Shape (models, quantizations): the maker's own format."""

    @cached_property
    def found(self) -> dict[str, Bools]:
        """Models found by each text searched for lately."""
        return {}

    @cached_property
    def name_order(self) -> Floats:
        """Place of each model by name."""
        names = np.array([x.casefold() for x in self.names])
        return np.argsort(np.argsort(names, kind="stable"), kind="stable").astype(np.float64)

    @cached_property
    def licence_order(self) -> Floats:
        """Place of each model's licence by name."""
        return np.unique(np.array(self.licences), return_inverse=True)[1].astype(np.float64)

    @cached_property
    def openable(self) -> Bools:
        """Models with more than one quantization, shape (models,)."""
        return np.asarray(np.count_nonzero(self.offered, axis=1) > 1)

    @cached_property
    def row_of(self) -> dict[str, int]:
        """Row of each model."""
        return {model_id: row for row, model_id in enumerate(self.ids)}


def facts_of(library: Library) -> Facts:
    """Collect the facts of every planned model."""
    columns = library.columns
    models = _models(library)
    licences = [m.licence for m in models]
    offered = offered_mask(library)
    trained = np.zeros_like(offered)
    for row, model in enumerate(models):
        if model.checkpoint == "MXFP4":
            trained[row] = [q.startswith("MXFP4") for q in columns.quants]
    return Facts(
        ids=tuple(columns.ids),
        names=tuple(m.name for m in models),
        quants=tuple(columns.quants),
        search=tuple(tuple(name_key(n) for n in (m.id, m.name, m.family, *m.aliases)) for m in models),
        licences=tuple(licence_name(m) for m in models),
        osi=np.array([bool(x and x.osi_approved) for x in licences]),
        commercial=np.array([bool(x and x.commercial_use in ("yes", "conditions")) for x in licences]),
        eu=np.array([bool(x and x.eu_note) for x in licences]),
        provenance=tuple(m.provenance.value for m in models),
        suits={use: np.array([suits(m, use) for m in models]) for use in USES},
        offered=offered,
        n_ctx_train=np.asarray(columns.cache.n_ctx_train, dtype=np.int64),
        is_moe=np.asarray(columns.work.expert_share > 0),
        n_layers=np.asarray(columns.cache.n_layers, dtype=np.int64),
        total_parameters=columns.work.total_parameters.astype(np.float64),
        active_parameters=columns.work.active_parameters.astype(np.float64),
        losses=np.asarray(library.losses, dtype=np.float64),
        trained_in=trained,
    )


def licence_name(model: ModelSpec) -> str:
    """Short name of a model's licence: its SPDX identifier where it has one."""
    licence = model.licence
    if licence is None:
        return "unknown"
    return licence.name if licence.id.startswith("LicenseRef-") else licence.id


def _models(library: Library) -> list[ModelSpec]:
    by_id = library.models
    return [by_id[model_id] for model_id in library.columns.ids]
