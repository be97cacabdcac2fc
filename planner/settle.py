"""Adjust a placement by its exact compute buffer: one more layer to host memory where it has no room, more experts back
to the GPU where it has."""

from __future__ import annotations

from dataclasses import replace

from planner.formulas.layer_placement import LayerBoundaries
from planner.library import Library
from planner.override_tensor import override_rules, tensor_weights, with_overrides
from planner.partial_block import partial_blocks
from planner.plan import Plan
from planner.plan_builder import Case, build_plan, case_memory
from planner.records import Verdict
from planner.settings import ALL_LAYERS

MAX_CORRECTIONS = 6


def settled(library: Library, case: Case, should_fit: bool) -> Plan:
    """Build a plan; where its exact compute buffer is larger than the search thought, move one more layer to RAM."""
    plan = build_plan(library, case)
    for _ in range(MAX_CORRECTIONS):
        if not should_fit or plan.verdict not in {Verdict.DOES_NOT_FIT, Verdict.TIGHT}:
            break
        further = _one_more_on_host(case)
        if further is None:
            break
        case = further
        plan = build_plan(library, case)
    finer = _finer(library, case, plan)
    return plan if finer is None else build_plan(library, finer)


def _finer(library: Library, case: Case, plan: Plan) -> Case | None:
    """Return the same case with more experts on the GPU, down to single matrices; None if no more have room."""
    if plan.verdict is not Verdict.FITS_WITH_OFFLOAD or not case.n_cpu_moe > 0 or case.overrides:
        return None
    tensors = tensor_weights(case.model.id, case.columns.quants[case.quant], case.imatrix)
    left = [(d.usable_bytes or 0) - d.total_bytes + d.overhead_bytes for d in plan.devices if d.kind == "gpu"]
    for part in partial_blocks(tensors, case.placement, case.n_cpu_moe):
        if part.kept_bytes > left[part.device - 1]:
            continue
        rules = override_rules(part.overrides, case.devices)
        finer = replace(
            case,
            columns=with_overrides(case.columns, tensors, case.placement, rules, part.n_cpu_moe),
            n_cpu_moe=part.n_cpu_moe,
            overrides=rules,
            settings=replace(case.settings, n_cpu_moe=part.n_cpu_moe, override_tensor=part.overrides),
        )
        if bool(case_memory(finer)[1].with_reserve[0, 0]):
            return finer if part.overrides else _finer(library, finer, build_plan(library, finer)) or finer
    return None


def _one_more_on_host(case: Case) -> Case | None:
    """Return the same case with one more layer, or its experts, in host memory; None if it has none there."""
    blocks = int(case.columns.cache.n_layer_all[case.row])
    start = case.placement.start.copy()
    if 0 < case.n_cpu_moe < blocks and start[0, 0, 1] == 0:
        steps = case.n_cpu_moe + 1
        return replace(
            case,
            n_cpu_moe=steps,
            settings=replace(case.settings, n_cpu_moe=ALL_LAYERS if steps >= blocks else steps),
        )
    if 0 < start[0, 0, 1] < start[0, 0, 2]:
        start[0, 0, 1] += 1
        placement = LayerBoundaries(start)
        counts = tuple(float(c) for c in placement.n_layers()[0, 0, 1:])
        split = counts if case.settings.tensor_split is not None else None
        layers = blocks + 1 - int(start[0, 0, 1])
        return replace(
            case,
            placement=placement,
            settings=replace(case.settings, n_gpu_layers=layers, tensor_split=split),
        )
    return None
