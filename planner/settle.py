"""Adjust a placement by its exact compute buffer: one more layer to host memory where it has no room, more experts back
to the GPU where it has."""

from __future__ import annotations

from dataclasses import replace

from planner.formulas.layer_placement import LayerBoundaries
from planner.library import Library
from planner.override_tensor import (
    HOST_BUFFER,
    TensorWeights,
    override_rules,
    tensor_weights,
    with_overrides,
)
from planner.partial_block import (
    Pairs,
    block_bytes,
    expert_blocks,
    last_blocks,
    last_blocks_and_part,
    partial_blocks,
    spread_blocks,
)
from planner.plan import Plan
from planner.plan_builder import Case, build_plan, case_memory
from planner.records import Verdict
from planner.settings import ALL_LAYERS

MAX_CORRECTIONS = 6
MAX_TRIALS = 6
"""Ways to give one block to several GPUs that are sized exactly before giving up."""


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
    if len(case.devices.gpus) > 1:
        return _spread(library, case, plan)
    finer = _finer(library, case, plan)
    if finer is not None:
        case, plan = finer, build_plan(library, finer)
    other_end = _from_the_end(case, plan)
    return plan if other_end is None else build_plan(library, other_end)


def _finer(library: Library, case: Case, plan: Plan) -> Case | None:
    """Return the same case with more experts on the GPU, down to single matrices; None if no more have room."""
    if plan.verdict is not Verdict.FITS_WITH_OFFLOAD or not case.n_cpu_moe > 0 or case.overrides:
        return None
    tensors = tensor_weights(case.model.id, case.columns.quants[case.quant], case.imatrix)
    left = _left(plan)
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


def _spread(library: Library, case: Case, plan: Plan) -> Plan:
    """Return the plan with matrices of blocks on the host given to whichever of several GPUs has room."""
    full = case.placement.start[0, 0, 1] == 0 and not case.overrides
    if plan.verdict is not Verdict.FITS_WITH_OFFLOAD or not case.n_cpu_moe > 0 or not full:
        return plan
    tensors = tensor_weights(case.model.id, case.columns.quants[case.quant], case.imatrix)
    names = [gpu.name for gpu in case.devices.gpus]
    for _ in range(MAX_CORRECTIONS):
        ways = spread_blocks(tensors, case.placement, case.n_cpu_moe, _left(plan), names)
        better = next(
            (
                trial
                for trial in (_given(case, tensors, *way) for way in ways[:MAX_TRIALS])
                if bool(case_memory(trial)[1].with_reserve[0, 0])
            ),
            None,
        )
        if better is None:
            break
        whole = all(buffer != HOST_BUFFER for _, buffer in better.settings.override_tensor)
        case, plan = better, build_plan(library, better)
        if not whole:
            break
    return plan


def _given(case: Case, tensors: TensorWeights, n_cpu_moe: int, pairs: Pairs) -> Case:
    """Return the same case with fewer whole blocks on the host, and further overrides."""
    every = (*pairs, *case.settings.override_tensor)
    rules = override_rules(every, case.devices)
    return replace(
        case,
        columns=with_overrides(replace(case.columns, moved=None), tensors, case.placement, rules, n_cpu_moe),
        n_cpu_moe=n_cpu_moe,
        overrides=rules,
        settings=replace(case.settings, n_cpu_moe=n_cpu_moe, override_tensor=every),
    )


def _left(plan: Plan) -> list[float]:
    """Room left on every GPU with the reserve kept. [bytes]"""
    return [(d.usable_bytes or 0) - d.total_bytes + d.overhead_bytes for d in plan.devices if d.kind == "gpu"]


def _from_the_end(case: Case, plan: Plan) -> Case | None:
    """Return a case with the experts of the last blocks on the host rather than the first, where that keeps more of them
    on the GPU; None if it does not, or if several GPUs share the layers."""
    one_gpu = len(case.devices.gpus) == 1 and case.placement.start[0, 0, 1] == 0
    if plan.verdict is not Verdict.FITS_WITH_OFFLOAD or not one_gpu or not (case.n_cpu_moe or case.overrides):
        return None
    tensors = tensor_weights(case.model.id, case.columns.quants[case.quant], case.imatrix)
    blocks = expert_blocks(tensors)
    held = float(sum(d.expert_bytes for d in plan.devices if d.kind == "gpu"))
    sizes = [block_bytes(tensors, int(b)) for b in blocks]
    total = sum(sizes)

    def left(trial: Case) -> float:
        fit = case_memory(trial)[1]
        return float(fit.gpu_left[0][0, 0]) - fit.reserves[0] if fit.host_left[0, 0] >= 0 else -float("inf")

    def kept(n_blocks: int) -> float:
        return total - sum(sizes[len(sizes) - n_blocks :])

    best: Case | None = None
    # as many blocks as are now on the host at least in part
    n_host = next(n for n in range(1, len(blocks) + 1) if kept(n) <= held)
    whole = _moved(case, tensors, last_blocks(tensors, n_host))
    room = left(whole)
    for _ in range(MAX_CORRECTIONS):
        if room < 0:
            break
        if kept(n_host) > held:
            best, held = whole, kept(n_host)
        fewer = next((n for n in range(1, n_host) if kept(n) - kept(n_host) <= room), None)
        if fewer is None:
            break
        trial = _moved(case, tensors, last_blocks(tensors, fewer))
        further = left(trial)
        if further < 0:
            break
        whole, room, n_host = trial, further, fewer
    for gain, pairs in last_blocks_and_part(tensors, n_host):
        if gain > room or kept(n_host) + gain <= held:
            continue
        trial = _moved(case, tensors, pairs)
        if left(trial) >= 0:
            return trial
    return best


def _moved(case: Case, tensors: TensorWeights, pairs: Pairs) -> Case:
    """Return the same case with only the given overrides."""
    rules = override_rules(pairs, case.devices)
    return replace(
        case,
        columns=with_overrides(case.columns, tensors, case.placement, rules, 0),
        n_cpu_moe=0,
        overrides=rules,
        settings=replace(case.settings, n_cpu_moe=0, override_tensor=pairs),
    )


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
    if case.devices.gpus and 0 < start[0, 0, 1] < start[0, 0, 2]:
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
