"""What is known of llama.cpp's memory on backends other than CUDA, whose sizing rules the estimates follow.

From logs of physical GPUs that people posted, collected 2026-11-23 (``tests/truth/llama_cpp_real_logs.csv``).
"""

from __future__ import annotations

from planner.words import say

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
