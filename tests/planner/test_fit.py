"""The fit: rules that reject rows, and a robust fit that finds known coefficients."""

import csv

import numpy as np
import pytest

from planner.calibration import DATA
from planner.fit.dataset import load_rows
from planner.fit.misses import missed_table
from planner.fit.model_reads import MeasuredModels
from planner.fit.repeats import repeats_of
from planner.fit.robust import Spec, fit
from planner.fit.speed_model import PrefillModel, condition


@pytest.fixture(scope="module")
def raw_rows():
    with (DATA / "measurements.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def loaded(tmp_path, rows):
    path = tmp_path / "m.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return load_rows(path)


def a_row(raw_rows, **change):
    plain = next(
        r
        for r in raw_rows
        if r["metric"] == "decode_tps"
        and r["device"] == "RTX 4090"
        and r["quality"] == "A"
        and r["n_devices"] == "1"
        and r["concurrency"] == "1"
    )
    return {**plain, **change}


def test_that_every_measurement_names_its_source_and_date(raw_rows):
    assert len({r["id"] for r in raw_rows}) == len(raw_rows)
    assert all(r["source"] and r["read_on"] for r in raw_rows)
    assert all(float(r["tokens_per_s"]) > 0 for r in raw_rows)


def test_that_a_speed_beyond_the_bandwidth_is_rejected_with_its_reason(tmp_path, raw_rows):
    rows, rejected = loaded(tmp_path, [a_row(raw_rows), a_row(raw_rows, id="x", tokens_per_s="9000")])
    assert len(rows) == 1
    assert rejected["impossible: faster than the memory bandwidth allows"] == 1


def test_that_a_repeated_row_counts_once(tmp_path, raw_rows):
    rows, rejected = loaded(tmp_path, [a_row(raw_rows), a_row(raw_rows, id="x")])
    assert len(rows) == 1
    assert rejected["exact duplicate"] == 1


def test_that_equal_servers_share_users_and_tokens(tmp_path, raw_rows):
    served = next(r for r in raw_rows if r["copies"] == "4" and r["concurrency"] == "32")
    rows, _ = loaded(tmp_path, [served])
    assert rows[0].raw["concurrency"] == "8"
    assert rows[0].value == pytest.approx(float(served["tokens_per_s"]) / 4)


def test_that_rows_of_given_up_software_carry_a_condition(raw_rows):
    rows, _ = load_rows()
    by = {condition(r).split("~")[-1] for r in rows if r.raw["driver"]}
    assert {"", "amdvlk", "therock-2025-07"} <= by
    assert all(condition(r) for r in rows if r.raw["build"] == "2024-05")


def test_that_noisy_sources_are_left_out(tmp_path, raw_rows):
    rows, rejected = loaded(tmp_path, [a_row(raw_rows, quality="C")])
    assert not rows
    assert sum(rejected.values()) == 1


def test_that_exact_file_bytes_are_used_where_the_source_prints_them():
    models = MeasuredModels(["meta-llama/Llama-3.1-8B-Instruct"])
    size = 4.58 * 2**30
    w = models.weights("meta-llama/Llama-3.1-8B-Instruct", "Q4_K_M", "llama.cpp", size)
    assert 0.9 * size < w.dense < size
    assert w.experts == 0


def test_that_a_moe_token_reads_only_the_experts_it_uses():
    models = MeasuredModels(["Qwen/Qwen3-30B-A3B"])
    w = models.weights("Qwen/Qwen3-30B-A3B", "Q4_K_M", "llama.cpp", float("nan"))
    assert w.active_experts == pytest.approx(w.experts * 8 / 128)


def test_that_a_nemotron_block_counts_half_a_layer():
    name = "nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16"
    assert MeasuredModels([name]).reads[name].n_layers == 26


def test_that_the_robust_fit_finds_known_values_despite_outliers():
    rng = np.random.default_rng(1)
    n = 200
    size = rng.uniform(1, 10, n)
    group = rng.integers(0, 2, n)
    truth = np.where(group == 0, 2.0, 3.0)
    target = np.log(size * truth + 0.5)
    target[:10] += 2.0
    levels = [("", f"g{g}") for g in group]
    specs = [Spec("a", "log", 1.0, (2.0, 2.0)), Spec("b", "log", 1.0, (2.0,))]
    found = fit(specs, {"device": levels}, {}, lambda v: np.log(size * v["a"] + v["b"]), target, np.ones(n))
    offsets, _, _ = found.offsets("a")
    for g, value in ((0, 2.0), (1, 3.0)):
        assert np.exp(offsets[""] + offsets[f"g{g}"]) == pytest.approx(value, rel=0.03)


def test_that_an_unmeasured_level_keeps_its_prior():
    specs = [Spec("a", "log", 5.0, (0.0, 0.5))]
    size = np.array([1.0, 2.0, 3.0])
    found = fit(
        specs, {"device": [("", "g")] * 3}, {}, lambda v: np.log(size * v["a"]), np.log(size * 5), np.ones(3)
    )
    assert found.offsets("a")[0].get("other", 0.0) == 0.0
    assert np.exp(found.offsets("a")[0][""]) == pytest.approx(5.0)


def test_that_users_beyond_the_stated_slots_are_rejected(tmp_path, raw_rows):
    served = next(r for r in raw_rows if "8 slots" in r["note"] and r["concurrency"] == "8")
    rows, rejected = loaded(
        tmp_path, [served, {**served, "id": "x", "concurrency": "16", "tokens_per_s": "900"}]
    )
    assert len(rows) == 1
    assert rejected["more users than slots: the sum no longer grows with users"] == 1


def test_that_only_rows_of_equal_conditions_count_as_repeated(tmp_path, raw_rows):
    first = a_row(raw_rows)
    faster = str(1.1 * float(first["tokens_per_s"]))
    other_depth = {**first, "id": "y", "depth": "2048", "tokens_per_s": faster}
    alone, _ = loaded(tmp_path, [first, other_depth])
    assert repeats_of(alone) is None
    rows, _ = loaded(tmp_path, [first, {**first, "id": "x", "tokens_per_s": faster}, other_depth])
    found = repeats_of(rows)
    assert (found.groups, found.rows) == (1, 2)
    assert found.p90 == pytest.approx(10, abs=0.2)


def test_that_a_power_limit_slows_busy_cards_and_not_those_of_a_layer_split(tmp_path, raw_rows):
    limited = next(r for r in raw_rows if r["note"].endswith("-sm none") and r["metric"] == "prefill_tps")
    layers = {**limited, "id": "x", "split": "layer", "n_devices": "4"}
    free = {**limited, "id": "y", "power_limit_w": ""}
    rows, _ = loaded(tmp_path, [limited, layers, free])
    slowed, waiting, own = PrefillModel(rows).flops
    assert slowed == pytest.approx(own * (220 / 350) ** 0.5)
    assert waiting == own


def test_that_a_missed_goal_is_listed_with_its_rows_and_a_met_one_is_not(tmp_path, raw_rows):
    rows, _ = loaded(tmp_path, [a_row(raw_rows)])
    goals = {rows[0].case_class: (8, 25)}
    far, near = np.array([np.log(1.2)]), np.array([0.0])
    text = missed_table(rows, {"models": far, "GPUs": near}, goals)
    assert (
        f"| {rows[0].case_class} | models | median | 16.7 % | 8 % | 1 (100%) | 1 × 2024-05, RTX 4090, cuda"
        in text
    )
    assert "90th" not in text
    assert "| GPUs |" not in text


def test_that_of_two_libraries_one_source_compares_the_faster_is_kept(tmp_path, raw_rows):
    slow = next(r for r in raw_rows if r["driver"].endswith(" rocblas") and r["metric"] == "prefill_tps")
    same = ("model", "quant", "build", "flash_attn", "prompt_tokens", "source")
    fast = next(
        r
        for r in raw_rows
        if r["driver"].endswith(" hipblaslt") and all(r[name] == slow[name] for name in same)
    )
    rows, rejected = loaded(tmp_path, [slow, fast])
    assert [r.id for r in rows] == [fast["id"]]
    assert rejected["slower kernels of two libraries that its source compares (ROCm of 2025-07)"] == 1
    rows, _ = loaded(tmp_path, [slow])
    assert [r.id for r in rows] == [slow["id"]]
