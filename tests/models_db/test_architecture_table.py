"""Every row of the catalogue's architectures: its counts agree with what was published."""

from __future__ import annotations

import pytest

from models_db.architecture_table import architecture_entry, architecture_ids, catalogue_inventory
from models_db.checks import ParameterCheck, parameter_check, published_parameters
from models_db.inventory import CacheKind
from models_db.parameters import active_parameters, parameter_parts


@pytest.fixture(scope="module")
def checks() -> dict[str, ParameterCheck]:
    table = published_parameters()
    return {hf_id: parameter_check(catalogue_inventory(hf_id), table[hf_id]) for hf_id in architecture_ids()}


def test_that_the_catalogue_has_at_least_240_models_in_order():
    ids = architecture_ids()
    assert len(ids) >= 240
    assert list(ids) == sorted(ids)


def test_that_every_row_names_its_source_and_date():
    for hf_id in architecture_ids():
        entry = architecture_entry(hf_id)
        assert len(entry.source) > 10, hf_id
        assert entry.date.startswith("2026-"), hf_id
    for row in published_parameters().values():
        assert row.source, row.hf_id
        assert row.date, row.hf_id


def test_that_counts_agree_with_published_ones_or_say_why_not(checks: dict[str, ParameterCheck]):
    faults = [fault for check in checks.values() for fault in check.faults]
    assert not faults, "\n".join(faults)


def test_that_at_least_220_totals_are_exact_to_the_last_parameter(checks: dict[str, ParameterCheck]):
    assert sum(check.is_exact for check in checks.values()) >= 220


def test_that_at_least_240_totals_are_checked(checks: dict[str, ParameterCheck]):
    checked = [c for c in checks.values() if c.total_error is not None and not c.published.unverified]
    assert len(checked) >= 240


def test_that_unverified_rows_really_cannot_be_checked(checks: dict[str, ParameterCheck]):
    """A row that agrees must not hide behind an excuse."""
    for hf_id, check in checks.items():
        if check.published.unverified:
            assert check.total_error is not None
            assert abs(check.total_error) > 0.01, hf_id


def test_that_reasons_for_active_counts_are_needed(checks: dict[str, ParameterCheck]):
    for hf_id, check in checks.items():
        if check.published.active_note:
            assert check.active_error is not None
            assert abs(check.active_error) > 0.05, hf_id


def test_that_models_without_dimensions_are_listed_with_a_reason():
    missing = set(published_parameters()) - set(architecture_ids())
    assert all(published_parameters()[hf_id].unverified for hf_id in missing)


def test_that_a_wrong_dimension_is_noticed(checks: dict[str, ParameterCheck]):
    check = checks["Qwen/Qwen3-8B"]
    other = catalogue_inventory("Qwen/Qwen3-14B")
    assert check.faults == ()
    assert parameter_check(other, check.published).faults


def test_that_dense_models_use_every_parameter():
    inventory = catalogue_inventory("meta-llama/Llama-3.1-8B-Instruct")
    assert active_parameters(inventory) == parameter_parts(inventory)["main"] == 8_030_261_248
    assert active_parameters(inventory, input_embedding=False) == 7_504_924_672


def test_that_a_mixture_uses_its_share_of_experts():
    inventory = catalogue_inventory("Qwen/Qwen3-30B-A3B")
    assert active_parameters(inventory) == 3_353_032_704


@pytest.mark.parametrize("hf_id", architecture_ids())
def test_that_an_inventory_is_consistent(hf_id: str):
    spec, inventory = architecture_entry(hf_id).spec, catalogue_inventory(hf_id)
    assert len(inventory.layers) == inventory.n_layer_all
    text = [t for t in inventory.tensors if t.source == "text"]
    names = [t.name for t in text]
    assert len(names) == len(set(names))
    assert {t.layer for t in text} == set(range(-1, inventory.n_layer_all + 1))
    for tensor in text:
        assert all(n > 0 for n in tensor.shape), tensor
        assert 1 <= len(tensor.shape) <= 4, tensor
        assert tensor.mtp == (inventory.n_layers <= tensor.layer < inventory.n_layer_all), tensor
        if len(tensor.shape) == 1 or tensor.name.endswith("_norm.weight"):
            assert tensor.fixed_type == "F32", tensor
        if tensor.name.startswith("blk."):
            assert tensor.name.split(".")[1] == str(tensor.layer)
    assert inventory.n_embd == spec.n_embd
    for cache in inventory.layers:
        assert (cache.window > 0) == (cache.kind in (CacheKind.SLIDING, CacheKind.CHUNKED)), cache
        if cache.kind is CacheKind.NONE:
            assert cache.n_embd_k == cache.n_embd_v == 0
