"""Every row of the catalogue, and what a damaged catalogue says."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from models_db.catalogue import DATA, CatalogueError, load_catalogue
from models_db.model_spec import Provenance
from models_db.quant_scheme import parse_quant

CATALOGUE = load_catalogue()
REPORTED = [m for m in CATALOGUE if m.provenance is Provenance.REPORTED]
LATEST = "2026-11"


def test_that_the_catalogue_has_at_least_240_published_models() -> None:
    assert len(CATALOGUE.published) >= 240


def test_that_every_published_model_has_an_architecture() -> None:
    assert CATALOGUE.without_architecture() == ()


def test_that_no_architecture_is_without_a_model() -> None:
    from models_db.architecture_table import architecture_ids

    assert set(architecture_ids()) <= {m.id for m in CATALOGUE}


def test_that_every_fact_has_a_source_and_a_date() -> None:
    for model in CATALOGUE:
        assert model.sources
        cited = [(s.source, s.date) for s in model.sources]
        cited += [(s.source, s.date) for s in model.scores]
        cited += [(v.source, v.date) for v in model.min_engine_versions.values()]
        if model.licence is not None:
            cited += [
                (model.licence.source, model.licence.date),
                (model.licence.model_source, model.licence.model_date),
            ]
        for source, date in cited:
            assert len(source) > 5
            assert re.fullmatch(r"\d{4}-\d\d(-\d\d)?", date)
            assert "2023-01" <= date[:7] <= LATEST


def test_that_values_of_a_published_row_lie_in_their_bounds() -> None:
    for model in CATALOGUE.published:
        assert model.released is not None
        assert "2023-01" <= model.released[:7] <= LATEST
        assert model.licence is not None
        assert model.licence.osi_approved == (model.licence.id in {"Apache-2.0", "MIT"})
        assert not (model.licence.osi_approved and model.licence.commercial_use != "yes")
        assert "text" in model.modality
        if model.checkpoint is not None:
            assert "vllm" in parse_quant(model.checkpoint).engines or model.checkpoint in {"F32"}
        for score in model.scores:
            assert 0 < score.value <= 100
            assert score.benchmark in {
                "MMLU",
                "MMLU-Pro",
                "GPQA",
                "GPQA Diamond",
                "LiveCodeBench",
                "LiveCodeBench v5",
                "LiveCodeBench v6",
                "HumanEval",
                "HumanEval+",
                "IFEval",
                "SWE-bench Verified",
                "MMMU",
                "MMMU-Pro",
            }


def test_that_names_are_spelled_as_people_read_them() -> None:
    for model in CATALOGUE:
        for name in (model.name, *model.aliases):
            assert "  " not in name
            assert name == name.strip()
            assert "_" not in model.name
        assert not re.search(r"(?i)-(instruct|it|chat|hf|gguf)$", model.name)
        assert len(model.aliases) == len({a.lower() for a in model.aliases})


def test_that_repositories_are_listed_under_their_own_scheme() -> None:
    marks = {"gguf": "gguf", "awq": "awq", "gptq": "gptq|4b-128g", "fp8": "fp8", "nvfp4": "nvfp4|fp4"}
    for model in CATALOGUE.published:
        for family, listed in model.repositories:
            assert list(listed) == sorted(set(listed), key=str.lower)
            for repository in listed:
                assert re.search(marks[family], repository, re.IGNORECASE), f"{repository} under {family}"
                assert not re.search(r"(?i)abliterated|pruned|uncensored", repository)


def test_that_long_context_is_claimed_only_where_the_architecture_has_it() -> None:
    for model in CATALOGUE.published:
        spec = CATALOGUE.architecture(model)
        assert spec is not None
        if "long" in model.uses:
            assert spec.n_ctx_train >= 128_000


def test_that_vision_is_claimed_only_where_there_is_a_tower() -> None:
    for model in CATALOGUE.published:
        spec = CATALOGUE.architecture(model)
        counts = CATALOGUE.published_parameters(model)
        assert spec is not None
        if any(t.kind == "vision" for t in spec.towers):
            assert "image" in model.modality
        elif "image" in model.modality:
            assert counts is None or counts.unverified or counts.note or "vision" not in counts.compared_as


def test_that_the_five_reported_models_say_what_is_claimed_and_what_was_found() -> None:
    assert {m.name for m in REPORTED} == {
        "Qwen 3 72B",
        "Gemma 3 9B",
        "Codestral 2",
        "Yi-Large 2",
        "DeepSeek V3 400B/50B",
    }
    for model in REPORTED:
        assert model.claims
        assert model.evidence
        assert CATALOGUE[model.nearest or ""].provenance is Provenance.PUBLISHED
        assert CATALOGUE.architecture(model) is not None  # that of the nearest


def test_that_scores_cover_the_known_reference_table(shared_dir: Path) -> None:
    with (shared_dir / "reference/models/benchmarks.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    from models_db.names import resolve_model

    for row in rows:
        model = resolve_model(row["hf_id"]).model
        values = {s.value for s in model.scores if s.benchmark == row["benchmark"]}
        assert float(row["score"]) in values, row


def test_that_every_reference_model_is_in_the_catalogue_with_its_facts(shared_dir: Path) -> None:
    with (shared_dir / "reference/models/facts.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        model = CATALOGUE[row["hf_id"]]
        assert model.licence is not None
        if row["osi_approved"] != "?":
            assert model.licence.osi_approved == (row["osi_approved"] == "yes"), row["hf_id"]
        if not row["param_check"].startswith("FLAG"):  # the flagged ones have parts the table does not model
            assert "+".join(model.modality) == row["modality"]


def test_that_many_popular_models_have_an_mmlu_pro_score() -> None:
    scored = [m for m in CATALOGUE.published if m.best_score("MMLU-Pro")]
    assert len(scored) >= 60


def test_that_a_base_score_is_not_taken_for_the_instruct_model() -> None:
    scout = CATALOGUE["meta-llama/Llama-4-Scout-17B-16E-Instruct"]
    best = scout.best_score("MMLU-Pro")
    assert best is not None
    assert best.value == 74.3


# ---- damage


def _damaged(tmp_path: Path, change: Callable[[list[dict[str, Any]]], None]) -> CatalogueError:
    for name in ("models.json", "licences.json", "sources.json"):
        shutil.copy(DATA / name, tmp_path / name)
    document = json.loads((tmp_path / "models.json").read_text(encoding="utf-8"))
    change(document["models"])
    (tmp_path / "models.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(tmp_path)
    return caught.value


def _row(rows: list[dict[str, Any]], model_id: str) -> dict[str, Any]:
    return next(r for r in rows if r["id"] == model_id)


def test_that_an_undamaged_copy_loads(tmp_path: Path) -> None:
    for name in ("models.json", "licences.json", "sources.json"):
        shutil.copy(DATA / name, tmp_path / name)
    assert load_catalogue(tmp_path).models == CATALOGUE.models


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("name", "Qwen3  8B", "name"),
        ("released", "April 2025", "released"),
        ("modality", ["text", "smell"], "modality"),
        ("checkpoint", "BF17", 'nearest: "BF16"'),
        ("provenance", "rumoured", "provenance"),
        ("colour", "red", "extra inputs"),
        (
            "scores",
            [{"benchmark": "MMLU", "setting": "x", "value": 250.0, "source": "llmfit"}],
            "less than or equal",
        ),
        ("licence", {"id": "Apache-3.0", "gated": False, "source": "llmfit"}, 'nearest: "Apache-2.0"'),
        ("licence", {"id": "MIT", "gated": False, "source": "llmfitt"}, 'nearest: "llmfit"'),
        ("sources", [], 'no source for "released"'),
        ("uses", ["chat", "vision"], "uses"),
        ("aliases", ["Qwen3-14B"], "already means"),
        ("repositories", {"gguf": ["no owner"]}, "repositories.gguf.0"),
        ("min_engine_versions", {"vllm": {"version": "new", "source": "llmfit"}}, "min_engine_versions"),
    ],
)
def test_that_a_damaged_field_is_named_with_what_would_be_right(
    tmp_path: Path, field: str, value: object, expected: str
) -> None:
    error = _damaged(tmp_path, lambda rows: _row(rows, "Qwen/Qwen3-8B").update({field: value}))
    text = "\n".join(str(f) for f in error.faults)
    assert expected in text
    assert all(f.file == "models.json" for f in error.faults)
    assert any(f.entry in {"Qwen/Qwen3-8B", "Qwen/Qwen3-14B"} for f in error.faults)


def test_that_all_faults_are_reported_at_once(tmp_path: Path) -> None:
    def change(rows: list[dict[str, Any]]) -> None:
        rows[0]["released"] = "soon"
        rows[1]["family"] = ""
        _row(rows, "reported/yi-large-2")["nearest"] = "01-ai/Yi-9000"
        rows.append(dict(rows[2]))
        rows.append("what is this?")  # type: ignore[arg-type]

    error = _damaged(tmp_path, change)
    text = str(error)
    for part in ("released", "family", "nearest", "appears twice", "models[258]", "must be an object"):
        assert part in text
    assert len(error.faults) >= 5
    assert len(text.splitlines()) == len(error.faults) + 1


def test_that_a_file_that_is_no_json_or_missing_is_one_clear_fault(tmp_path: Path) -> None:
    for name in ("licences.json", "sources.json"):
        shutil.copy(DATA / name, tmp_path / name)
    with pytest.raises(CatalogueError, match=r"models\.json: missing"):
        load_catalogue(tmp_path)
    (tmp_path / "models.json").write_text("{", encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"models\.json: line 1: not valid JSON"):
        load_catalogue(tmp_path)
    (tmp_path / "models.json").write_text("[]", encoding="utf-8")
    with pytest.raises(CatalogueError, match="must be an object with a list"):
        load_catalogue(tmp_path)


def test_that_an_unknown_id_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="no model"):
        CATALOGUE["nobody/nothing"]
