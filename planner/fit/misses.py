"""Which goals of accuracy are missed, how far, and by which rows; Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from planner.fit.dataset import Row
from planner.fit.speed_model import condition

Floats = NDArray[np.float64]

WHY = """Where a goal is missed, and why:

{missed}

- Dense and MoE, tails: a card that is left out takes what its generation says, and some have no relative in the data (P100,
  T4, B300, Arc A750, GTX 1050 Ti). RX 7900 XTX under ROCm was measured 1.7 times as fast, for its size, by its scoreboard
  as by users of Qwen3.5-27B and Qwen3-30B-A3B; one RTX 3090 at 220 of 350 W is held back where one card does all the work,
  and without that card nothing tells how far; a user's RTX 3090 with Laguna-XS.2 and an RTX 4070 with 27B models that
  hardly fit it are not explained by their bytes.
- Apple with whole GPUs left out: nine chips of five generations, each nearly the only one of its kind; M4 Pro lies 20 %
  above and M2 Ultra 20 % below what the others say. Repeated runs differ by 10 / 29 % themselves.
- Several GPUs: rows of the AMDVLK driver and of BF16 experts under Vulkan on two R9700 (no BF16 matrix products in those
  builds and drivers), nine rows of Qwen3-Next from its first builds, and four A100 with one 8B model in 2024, slower than
  four of the slower kind. The 85 rows of four RTX 3090 that the data set calls tensor split were measured with
  ``-sm layer`` (their source prints the command); corrected, they tell how a layer split behaves. One row of a real tensor
  split is left.
- CPU only, tail: 23 rows of nine processors; with models left out it is a 3B model on a 192-core ARM server (threads that
  wait for each other, memory modes not stated).
- Prefill: on AMD two cards carry nearly all rows, so leaving one out asks the other, under other software: prompts of
  Strix Halo grew several times as fast between July 2025 and today, attention at depth most. Its rows of 2025-07 were
  relabelled with their source's own words: which Vulkan driver (``vulkan_amdvlk`` or ``vulkan_radv``, or the name the
  driver gives the GPU) and which of ROCm's two libraries, of which the slower is rejected by rule where the source has the
  faster one beside it. Older rows and those of AMDVLK are kept, because they are real; software that a plan is not made for
  is left out of the table above. Leaving Llama 2 7B out leaves 14 GPUs of the scoreboards without any row, so that test
  leaves out the GPU and the model at once. vLLM's prompts were measured on one model (Qwen3.5-27B, hybrid) on four cards at
  220 W.
- vLLM: three cards carry all batched rows, two of them of 2024; between 32 and 128 users on one RTX 3090 at several power
  limits the sum still grows where the two others say it no longer does.
- vLLM on ROCm: its 431 rows (MI300X, 2024) are of quality C and lie at half of what is predicted; nothing is fitted to
  them, and the range of an engine on a backend nobody measured holds 80 % of them.
- What was chosen on these very rows: the forms of the model (software, shader rates, links, sampling; matrix-vector kernels
  up to eight columns, agreement on experts, barriers between threads, the clock under a power limit; operations by kind of
  weights that overlap with their reads, work of the shaders in prompts, the rate attention follows on AMD) and the limit of
  the robust loss were kept where errors fell in both halves of the GPUs and of the models together, under other divisions
  than the one shown; the batches in a pipeline follow from vLLM's source without such a test. A term for HBM, other widths
  of the priors, slopes on shaders and on watts per operation for prompts, a slope on the age of a build, integer rates in
  place of shader rates, products of bytes emulated on P100, other weights of repeated rows and a condition for vLLM of 2024
  were tried so and dropped. Q8_0 takes the operations of K-quants: cheaper ones fit slightly better, but then a smaller
  file could be slower. The conditions
  were picked from recorded fields after looking at residuals, and the widening of ranges is one of four values. The
  figures are therefore somewhat kinder than those of rows nobody has seen.
- Noise floor: the last column of the table says how far two runs of the same card, model, quantization, split, depth and
  software differ, most of them by the same person. Runs of different users differ by 6.6 % in the median and 40 % in the
  90th percentile: a 90th percentile under 20 % is not to be had from such data."""


def setup_of(r: Row) -> str:
    """Condition, cards, split and backend of a row in words."""
    several = f"{r.raw['n_devices']} × " if r.raw["n_devices"] not in ("", "0", "1") else ""
    split = {"tp": " tensor split", "pp": " pipeline"}.get(r.raw["split"], "")
    parts = (
        condition(r).split("~")[-1],
        f"{several}{r.device.accelerator}{split}",
        r.device.backend,
        r.model.split("/")[-1],
    )
    return ", ".join(part for part in parts if part)


def missed_table(
    rows: Sequence[Row], errors: Mapping[str, Floats], goals: Mapping[str, tuple[int, int]], each: int = 3
) -> str:
    """Every figure that misses its goal, with what makes up the rows beyond it.

    For a median these are the rows with more than the goal, for a 90th percentile those beyond that goal.
    """
    lines = [
        "| class | left out | figure | reached | goal | rows beyond it | most of them |",
        "|---|---|---|---|---|---|---|",
    ]
    for case, goal in goals.items():
        at = np.array([r.case_class == case for r in rows])
        for out in ("models", "GPUs"):
            absolute = np.abs(np.expm1(-errors[out])) * 100
            for name, share, most in (("median", 0.5, goal[0]), ("90th percentile", 0.9, goal[1])):
                reached = float(np.quantile(absolute[at], share))
                if round(reached, 1) <= most:
                    continue
                beyond = np.flatnonzero(at & (absolute > most))
                found = Counter(setup_of(rows[i]) for i in beyond.tolist())
                names = "; ".join(f"{n} × {what}" for what, n in found.most_common(each))
                part = len(beyond) / at.sum()
                lines.append(
                    f"| {case} | {out} | {name} | {reached:.1f} % | {most} % | {len(beyond)} ({part:.0%}) | {names} |"
                )
    return "\n".join(lines)
