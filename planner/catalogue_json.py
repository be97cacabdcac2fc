"""The catalogue as the interface shows it: one object per model, and search by any name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models_db.names import name_key
from planner.library import Library

if TYPE_CHECKING:
    from models_db.model_spec import ModelSpec


def search_models(library: Library, wanted: str) -> list[ModelSpec]:
    """Models whose id, name, family or alias holds every word of a text; failing that, the one it names.

    An empty text means all.
    """
    found = models_with_words(library, wanted)
    if found or not wanted.strip():
        return found
    from planner.request import RequestFault

    try:
        return [library.find_model(wanted).model]
    except RequestFault:
        return []


def models_with_words(library: Library, wanted: str) -> list[ModelSpec]:
    """Models one of whose names holds every word of a text; all for an empty text, none for one without letters."""
    words = [key for key in map(name_key, wanted.split()) if key]
    if not words and wanted.strip():
        return []
    return [
        model
        for model, names in library.name_keys
        if all(any(word in name for name in names) for word in words)
    ]


def model_to_json(library: Library, model: ModelSpec) -> dict[str, Any]:
    """One entry of ``models --json``."""
    architecture = library.catalogue.architecture(model)
    row = library.rows.get(model.id)
    total: int | None
    active: int | None
    if row is not None:
        total = int(library.columns.work.total_parameters[row])
        active = int(library.columns.work.active_parameters[row])
    elif model.claimed_parameters is not None:
        total, active = model.claimed_parameters.total, model.claimed_parameters.active
    else:
        counts = library.catalogue.published_parameters(model)
        total, active = (counts.total, counts.active) if counts is not None else (None, None)
    reported = model.provenance.value == "reported"
    licence = model.licence
    return {
        "id": model.id,
        "name": model.name,
        "aliases": list(model.aliases),
        "family": model.family,
        "provenance": model.provenance.value,
        "parameters": {"total": total, "active": active},
        "n_ctx_train": architecture.n_ctx_train if architecture is not None and not reported else None,
        "licence": None
        if licence is None
        else {
            "id": licence.id,
            "name": licence.name,
            "osi_approved": licence.osi_approved,
            "commercial_use": licence.commercial_use,
            "gated": licence.gated,
            "eu_note": licence.eu_note,
            "obligations": list(licence.obligations),
        },
        "released": model.released,
        "modality": list(model.modality),
        "uses": list(model.uses),
        "architecture": architecture.gguf_arch or architecture.hf_arch
        if architecture is not None and not reported
        else None,
        "quants": [] if row is None else list(library.offered(model)),
        "repositories": {kind: list(names) for kind, names in model.repositories},
        "min_engine_versions": {k: v.version for k, v in model.min_engine_versions.items()},
        "scores": [
            {
                "benchmark": s.benchmark,
                "setting": s.setting,
                "value": s.value,
                "source": s.source,
                "date": s.date,
            }
            for s in model.scores
        ],
        "unverified": library.catalogue.unverified(model),
        "claims": list(model.claims),
        "evidence": list(model.evidence),
        "nearest": model.nearest,
        "sources": [{"fact": s.fact, "source": s.source, "date": s.date} for s in model.sources],
    }
