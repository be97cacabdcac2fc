"""What one run needs beside the engine's buffers for the model itself: vision projector, draft model, drafting by the
model's own prediction blocks, prompt cache. Each part has a range, a source, and a flag that switches it.

Parts that are certain are charged to a device like the driver's context (``overhead_bytes``); those that only grow with use
are shown with their limit and never make a plan fail.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod

from models_db.architecture import TowerSpec
from models_db.inventory import ModelInventory, Tensor
from models_db.quant_mix import tensor_bytes, tensor_types
from models_db.tensor_table import build_tensor_table
from planner.devices import DeviceSet
from planner.formulas.kv_cache import BYTES_PER_ELEMENT, padded
from planner.llama_context import LlamaContext
from planner.settings import LlamaSettings
from planner.units import MIB

HOST = -1
"""Device number of the host; GPUs count from 0."""
SOURCE_TREE = "llama.cpp 0.5.0-dev"
PROMPT_CACHE_DEFAULT_MIB = 8192
PROMPT_CACHE_BUILD = 6770
"""Pull request 16391 (October 2025) brought ``--cache-ram``; logs of b6770 and later have it."""
CHECKPOINTS = 32
"""Default of ``--ctx-checkpoints``: kept per slot for models with window caches or recurrent state."""
CHECKPOINT_SPACING = 8192
"""Default of ``--checkpoint-min-step`` (common/common.h). [tokens]"""
MTP = "draft-mtp"
WITH_ROLLBACK = frozenset((MTP, "draft-eagle3", "draft-dflash", "draft-dspark"))
"""Ways of drafting that keep a recurrent state for every drafted token (common/common.h, ``need_n_rs_seq``)."""
ROLLBACK_ARCHITECTURES = frozenset(
    (
        *("kimi-k3", "qwen35", "qwen35moe", "qwen4exp", "deepseek4", "glm5-next", "nemotron_h"),
        *("nemotron_h_moe", "lfm2", "lfm2moe", "bailingmoe3"),
    )
)
"""Architectures that can go back some tokens of recurrent state (src/llama-arch.cpp, ``llm_arch_supports_rs_rollback``);
the others keep one state and draft with checkpoints."""
PROJECTOR_PATCHES = 4096
"""Patches of the image that is assumed where a tower takes images of any size: 896 by 896 pixels at 14 a patch."""


@dataclass(frozen=True, slots=True)
class OutsidePart:
    """One thing beside the engine's buffers on one device. [bytes]"""

    name: str
    bytes: float
    """Counted in the plan; 0 for what only grows with use."""
    low: float
    high: float
    source: str
    switch: str
    """What turns it off or sets it."""
    device: int = HOST


def drafting(settings: LlamaSettings) -> bool:
    """Whether a draft of any kind is loaded with these settings."""
    return settings.draft_model is not None or MTP in settings.spec_type


def states_kept(settings: LlamaSettings, model: ModelInventory) -> int:
    """Recurrent states kept per sequence beside the current one, for the tokens drafted at once.

    Notes
    -----
    llama.cpp src/llama-context.cpp: ``n_rs_seq`` is the draft length, and 0 for architectures that cannot roll back.
    """
    rolls_back = model.gguf_arch in ROLLBACK_ARCHITECTURES and bool(WITH_ROLLBACK & set(settings.spec_type))
    return settings.draft_n_max if rolls_back else 0


def with_parts(devices: DeviceSet, parts: Sequence[OutsidePart]) -> DeviceSet:
    """Return the devices with the certain parts charged to them, and all parts noted."""
    if not parts:
        return devices
    gpus = list(devices.gpus)
    host = devices.host
    for part in parts:
        on_host = part.device == HOST or part.device >= len(gpus)
        if on_host and not (devices.unified and gpus):
            host = replace(host, overhead=host.overhead + part.bytes, outside=(*host.outside, part))
        else:
            index = 0 if on_host else part.device
            gpu = gpus[index]
            gpus[index] = replace(gpu, overhead=gpu.overhead + part.bytes, outside=(*gpu.outside, part))
    return replace(devices, gpus=tuple(gpus), host=host)


def driver_part(
    overhead: float, low: float, high: float, source: str, backend: str, device: int
) -> OutsidePart:
    """Driver context, library workspaces and pool of one GPU."""
    return OutsidePart(
        f"{backend} context, workspaces and pool", overhead, low, high, source, "--runtime-overhead", device
    )


# vision projector -------------------------------------------------------------------------------------------


def projector_bytes(model: ModelInventory) -> float:
    """Bytes of the projector file's tensors as published: matrices in F16; vectors and the embeddings of patches and
    positions in F32; 0 if no tower is known.

    Notes
    -----
    llama.cpp convert_hf_to_gguf.py, ``MmprojModel.tensor_force_quant``. A published file of Qwen3.5-0.8B has 207 346 528
    bytes, this 207.3 MB.
    """
    tower = [t for t in model.tensors if t.source in ("vision", "audio")]
    return float(sum(prod(t.shape) * (4 if _in_f32(t) else 2) for t in tower))


def _in_f32(tensor: Tensor) -> bool:
    return len(tensor.shape) == 1 or "position_embd" in tensor.name or "patch_embd" in tensor.name


def projector_parts(
    model: ModelInventory, towers: Sequence[TowerSpec], settings: LlamaSettings, home: int
) -> list[OutsidePart]:
    """Weights of a projector and the memory it works in, on the first device of the run.

    Notes
    -----
    ``clip.cpp`` loads the whole file on one device and reserves its graph for the image at hand. With flash attention the
    graph holds the activations of one layer; without, the scores of all heads besides.
    """
    size = projector_bytes(model)
    if not settings.mmproj or not size:
        return []
    device = home if settings.mmproj_offload else HOST
    low, high = _projector_work(towers)
    published = f"{SOURCE_TREE} tools/mtmd/clip.cpp; dimensions of the published configuration"
    return [
        OutsidePart("projector weights", size, size, size, published, "--no-mmproj", device),
        OutsidePart(
            "projector working memory",
            low,
            low,
            high,
            "one image of 4096 patches; without flash attention a log shows 4.6 GB for one image (issue 23422)",
            "--no-mmproj-offload, --image-max-tokens",
            device,
        ),
    ]


def _projector_work(towers: Sequence[TowerSpec]) -> tuple[float, float]:
    """Working memory of a tower with and without flash attention. [bytes]"""
    low = high = 0.0
    for spec in towers:
        patches = PROJECTOR_PATCHES
        activations = patches * (3 * spec.n_ff + 6 * spec.n_embd) * 4.0
        scores = patches**2 * max(spec.n_heads, 1) * 4.0
        low, high = max(low, activations), max(high, activations + 2 * scores)
    return low, high


# drafting ---------------------------------------------------------------------------------------------------


def mtp_parts(
    model: ModelInventory,
    quant: str,
    settings: LlamaSettings,
    context: LlamaContext,
    n_ctx: int,
    home: int,
    compute: float,
) -> list[OutsidePart]:
    """Weights, cache and buffer of the model's own prediction blocks, which other runs do not load.

    Parameters
    ----------
    model : ModelInventory
    quant : str
        llama.cpp file type.
    settings : LlamaSettings
    context : LlamaContext
    n_ctx : int
        Of all sequences together. [tokens]
    home : int
        Device of the last block.
    compute : float
        Compute buffer of the model itself there; that of one block of the same kind is not larger. [bytes]
    """
    table = build_tensor_table([model])
    if not table.mtp.any():
        return []
    sizes = tensor_bytes(table, tensor_types(table, quant))
    weights = float(sizes[table.mtp].sum())
    per_cell = sum(
        cache.n_embd_k * BYTES_PER_ELEMENT[settings.draft_cache_type_k]
        + cache.n_embd_v * BYTES_PER_ELEMENT[settings.draft_cache_type_v]
        for cache in model.layers[model.n_layers : model.n_layer_all]
    )
    streams = 1 if context.kv_unified else context.n_seq_max
    cells = int(padded((n_ctx + streams - 1) // streams)) * streams
    source = f"{SOURCE_TREE} common/speculative.cpp, common_speculative_init_result"
    return [
        OutsidePart(name, size, low, high, source, "--spec-type none", home)
        for name, size, low, high in (
            ("prediction blocks: weights", weights, weights, weights),
            ("prediction blocks: KV cache", per_cell * cells, per_cell * cells, per_cell * cells),
            ("prediction blocks: compute buffer", compute, compute / 2, compute),
        )
    ]


def draft_parts(name: str, per_device: Mapping[int, float]) -> list[OutsidePart]:
    """Everything a separate draft model allocates, sized like any other model. [bytes]"""
    source = f"{SOURCE_TREE} common/speculative.cpp: its own model and context, as long as the main one"
    return [
        OutsidePart(f"draft model {name}", size, size, size, source, "-md", device)
        for device, size in per_device.items()
        if size
    ]


# host -------------------------------------------------------------------------------------------------------


def prompt_cache_limit(settings: LlamaSettings, context: LlamaContext) -> float:
    """Limit of ``--cache-ram``; 0 = off, infinite = none. [bytes]"""
    number = context.build.number
    if settings.binary != "llama-server" or (number is not None and number < PROMPT_CACHE_BUILD):
        return 0.0
    mib = PROMPT_CACHE_DEFAULT_MIB if settings.cache_ram_mib is None else settings.cache_ram_mib
    return float("inf") if mib < 0 else float(mib) * MIB


def growing_parts(
    settings: LlamaSettings,
    context: LlamaContext,
    state_bytes: float,
    window_bytes: float,
    n_ctx_slot: int,
) -> list[OutsidePart]:
    """What grows in host memory while a server answers.

    Parameters
    ----------
    settings : LlamaSettings
    context : LlamaContext
    state_bytes, window_bytes : float
        Recurrent state and window caches of all slots: what a checkpoint of every slot copies. [bytes]
    n_ctx_slot : int
        Context of one slot. [tokens]
    """
    parts = []
    limit = prompt_cache_limit(settings, context)
    if limit:
        parts.append(
            OutsidePart(
                "prompt cache",
                0.0,
                0.0,
                limit,
                f"{SOURCE_TREE} tools/server: grows with every prompt up to --cache-ram (pull request 16391)",
                "--cache-ram",
            )
        )
    if settings.binary == "llama-server" and state_bytes + window_bytes > 0:
        most = CHECKPOINTS if settings.ctx_checkpoints is None else settings.ctx_checkpoints
        kept = min(most, n_ctx_slot // CHECKPOINT_SPACING + 2)
        if kept:
            parts.append(
                OutsidePart(
                    "context checkpoints",
                    0.0,
                    0.0,
                    kept * (state_bytes + window_bytes),
                    f"{SOURCE_TREE} tools/server: a copy of state and window caches every {CHECKPOINT_SPACING} tokens and "
                    f"before the last messages, at most {most} per slot",
                    "--ctx-checkpoints",
                )
            )
    return parts
