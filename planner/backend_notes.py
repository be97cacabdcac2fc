"""What is known of llama.cpp's memory on backends other than CUDA, whose sizing rules the estimates follow.

From logs of physical GPUs that people posted, collected 2026-11-23 (``tests/truth/llama_cpp_real_logs.csv``).
"""

from __future__ import annotations

from planner.machine import Machine
from planner.units import ValueFault
from planner.words import say

MAKERS = {"cuda": "nvidia", "rocm": "amd", "metal": "apple"}
"""Backends that llama.cpp builds for the GPUs of one maker; the others run on several."""

BACKEND_NOTES = {
    "vulkan": say(
        "Vulkan: buffers of dense, sliding-window and hybrid models agreed with CUDA's rules to 1.1 MiB in 8 logs; "
        "with copies for pipeline parallelism one log had about 100 MiB more on each GPU, and experts with a "
        "micro-batch of 2048 grew by 1.9 GB during a prompt"
    ),
    "rocm": say(
        "ROCm: weights and caches agreed in 3 logs, the compute buffer was 32 MiB smaller than estimated in one and up to "
        "268 MiB on an integrated GPU, which does not copy the attention mask"
    ),
    "metal": say(
        "Metal: weights, caches and host buffers agreed in 4 logs, the compute buffer was 31 MiB larger than estimated "
        "in the only new one; a mapped file may be counted whole"
    ),
    "sycl": say(
        "SYCL: no log shows its buffers in full; three GPUs ran without copies for pipeline parallelism, and free memory "
        "cannot be read, so the overhead is assumed"
    ),
}
"""Backend to what its logs say."""


def check_backend(machine: Machine, backend: str | None) -> None:
    """Refuse a backend that runs on none of a machine's GPUs.

    Raises
    ------
    ValueFault
        Naming the backends that do.
    """
    vendors = {gpu.vendor for gpu in machine.gpus}
    if backend not in MAKERS or not vendors or "" in vendors or MAKERS[backend] in vendors:
        return
    names = ", ".join(dict.fromkeys(gpu.accelerator or gpu.name for gpu in machine.gpus))
    usual = dict.fromkeys(gpu.backend for gpu in machine.gpus if gpu.backend)
    valid = ", ".join(dict.fromkeys((*usual, "vulkan", "cpu")))
    raise ValueFault(f"backend {backend} does not run on {names}; valid are {valid}")
