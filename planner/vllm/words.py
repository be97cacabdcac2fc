"""What vLLM says when it stops, in its own words, with our figures in them.

Texts of vLLM 0.32.0 and 0.33.0: v1/core/kv_cache_utils.py, kv_cache_planning.py (``_check_enough_kv_cache_memory``),
v1/worker/utils.py (``request_memory``).
"""

from __future__ import annotations

from planner.machine import Device
from planner.units import GIB
from planner.vllm.budget import MIN_FREE_MARGIN_BYTES
from planner.vllm.setup import Setup


def _gib(value: float) -> str:
    """GiB as vLLM's ``format_gib`` writes it."""
    return f"{round(value / GIB, 2)}"


def memory_refusals(setup: Setup, gpu: Device) -> list[str]:
    """Every memory check of vLLM that fails, in the order it meets them; empty = it starts.

    Parameters
    ----------
    setup : Setup
    gpu : Device
        The tightest GPU used; what others use of it counts where it was measured.
    """
    out: list[str] = []
    share = setup.settings.gpu_memory_utilization
    used = 0.0 if gpu.free_bytes is None else max(setup.total - float(gpu.free_bytes), 0.0)
    free = setup.total - used - MIN_FREE_MARGIN_BYTES
    if setup.settings.kv_cache_memory_bytes is None and free < setup.budget.requested:
        out.append(
            f"Free memory on device cuda:0 ({_gib(free)}/{_gib(setup.total)} GiB) on startup is less than desired GPU "
            f"memory utilization ({share:g}, {_gib(setup.budget.requested)} GiB). Decrease GPU memory utilization or "
            "reduce GPU memory used by other processes."
        )
    heaviest = float(setup.budget.weights.max())
    room = setup.total - used - MIN_FREE_MARGIN_BYTES
    fixed = (
        setup.settings.kv_cache_memory_bytes is not None or setup.settings.num_gpu_blocks_override is not None
    )
    if heaviest > room:
        out.append(
            f"torch.OutOfMemoryError: CUDA out of memory while loading weights: {_gib(heaviest)} GiB per GPU, "
            f"{_gib(setup.total)} GiB in all"
        )
    elif fixed and setup.available > 0 and setup.held > room:
        out.append(
            f"torch.OutOfMemoryError: CUDA out of memory while the KV cache is allocated: {_gib(setup.available)} GiB of "
            f"cache beside {_gib(setup.held - setup.available)} GiB of weights and activations, {_gib(setup.total)} GiB "
            f"in all; the most that fits is --kv-cache-memory-bytes {int(max(room - setup.held + setup.available, 0))}"
        )
    elif setup.available <= 0:
        out.append(
            "No available memory for the cache blocks. Try increasing `gpu_memory_utilization` when initializing the "
            f"engine. ({_gib(setup.available)} GiB are left of {_gib(setup.budget.requested)} after "
            f"{_gib(heaviest)} of weights)"
        )
    elif setup.capacity is not None and not bool(setup.capacity.fits):
        longest = (
            f"Based on the available memory, the estimated maximum model length is {setup.longest}. "
            if setup.longest
            else ""
        )
        out.append(
            f"To serve at least one request with the model's max seq len ({setup.length}), "
            f"({_gib(float(setup.capacity.needed_bytes))} GiB KV cache is needed, which is larger than the available KV "
            f"cache memory ({_gib(setup.available)} GiB). {longest}Try increasing `gpu_memory_utilization` or decreasing "
            "`max_model_len` when initializing the engine."
        )
    return out
