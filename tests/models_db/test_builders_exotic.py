"""Latent, sparse, recurrent and searched architectures: tensors and caches as llama.cpp has them."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest
from sparse_models import load_sparse_tool

from models_db.architecture import ArchitectureError, ArchitectureSpec, TowerSpec
from models_db.architecture_table import architecture_entry, architecture_ids, catalogue_inventory
from models_db.builders import build_inventory
from models_db.builders.recurrent import recurrent_sizes
from models_db.builders.vision import tower_tensors
from models_db.hf_config import architecture_from_hf_config
from models_db.hf_readers_hybrid import ngram_rows
from models_db.hf_towers import towers_from_hf_config, unknown_towers
from models_db.inventory import CacheKind, LayerCache, ModelInventory
from models_db.parameters import parameter_parts

MIB = 1024**2
FAMILIES = frozenset(
    [
        "deepseek2",
        "mistral4",
        "minicpm3",
        "deepseek32",
        "glm-dsa",
        "deepseek4",
        "minimax-m3",
        "kimi-linear",
        "kimi-k3",
        "nemotron_h",
        "nemotron_h_moe",
        "deci",
        "granitehybrid",
        "falcon-h1",
        "lfm2",
        "lfm2moe",
        "jamba",
        "qwen3next",
        "qwen35",
        "qwen35moe",
        "bailingmoe3",
        "qwen4exp",
    ]
)


def running(hf_id: str) -> tuple[LayerCache, ...]:
    """Caches of the blocks that run."""
    inventory = catalogue_inventory(hf_id)
    return inventory.layers[: inventory.n_layers]


def cached_elements(layers: tuple[LayerCache, ...]) -> int:
    """Elements per token over all layers, indexers included."""
    return sum(c.n_embd_k + c.n_embd_v + c.n_embd_indexer for c in layers)


def shapes(inventory: ModelInventory, block: int) -> dict[str, tuple[int, ...]]:
    return {t.role: t.shape for t in inventory.tensors if t.layer == block and t.source == "text"}


# ---- against the engine


def truth_rows() -> list[dict[str, str]]:
    path = Path(__file__).parents[1] / "truth" / "llama_cpp_caches.csv"
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines))


@pytest.mark.parametrize("row", truth_rows(), ids=lambda r: f"{r['hf_id']}-{r['n_ctx']}-{r['n_parallel']}")
def test_that_caches_are_as_large_as_llama_cpp_logs_them(row: dict[str, str]):
    inventory = catalogue_inventory(row["hf_id"])
    layers = running(row["hf_id"])
    if inventory.hparams.get("mtp_block_cached"):
        layers = inventory.layers
    kv = 2 * int(row["n_ctx"]) * cached_elements(layers)
    state = 4 * int(row["n_parallel"]) * sum(c.recurrent_conv + c.recurrent_state for c in layers)
    assert kv / MIB == pytest.approx(float(row["kv_mib"]), abs=0.005)
    assert state / MIB == pytest.approx(float(row["recurrent_mib"]), abs=0.005)


@pytest.mark.parametrize(
    ("name", "hf_id"),
    [
        ("deepseek-v3", "deepseek-ai/DeepSeek-V3"),
        ("deepseek-coder-v2-lite", "deepseek-ai/DeepSeek-Coder-V2-Lite-Instruct"),
        ("qwen3.5-35b-a3b", "Qwen/Qwen3.5-35B-A3B"),
        ("nemotron-3-nano-30b-a3b", "nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16"),
    ],
)
def test_that_tensors_are_those_of_a_file_the_engine_loads(name: str, hf_id: str, shared_dir: Path):
    tool = load_sparse_tool(shared_dir)
    expected = {
        tensor: (tuple(shape), None if kind == "W" else kind)
        for tensor, shape, kind in tool.tensors(tool.MODELS[name])
    }
    built = {
        t.name: (t.shape, t.fixed_type)
        for t in catalogue_inventory(hf_id).tensors
        if t.source == "text" and not t.mtp
    }
    assert built == expected


# ---- caches by family


@pytest.mark.parametrize(
    ("hf_id", "per_token", "n_attention"),
    [
        ("moonshotai/Kimi-K2-Instruct", 61 * 576, 61),
        ("zai-org/GLM-4.7-Flash", 47 * 576, 47),
        ("mistralai/Mistral-Small-4-119B-2603", 36 * 320, 36),
        ("openbmb/MiniCPM3-4B", 62 * 40 * (96 + 64), 62),
        ("meituan-longcat/LongCat-Flash-Chat", 56 * 576, 56),
        ("deepseek-ai/DeepSeek-V3.2", 61 * (576 + 128), 61),
        ("zai-org/GLM-5", 78 * (576 + 128), 78),
        ("zai-org/GLM-5.2", 78 * 576 + 21 * 128, 78),
        ("MiniMaxAI/MiniMax-M3", 60 * 1024 + 57 * 256, 60),
        ("moonshotai/Kimi-Linear-48B-A3B-Instruct", 7 * 576, 7),
        ("moonshotai/Kimi-K3", 24 * 576, 24),
        ("inclusionAI/Ling-3.0-flash", 7 * 576, 7),
        ("Qwen/Qwen3-Next-80B-A3B-Instruct", 12 * 1024, 12),
        ("Qwen/Qwen3.5-27B", 16 * 2048, 16),
        ("Qwen/Qwen3.8-2.4T-A95B", 23 * 2048, 23),
        ("Qwen/Qwen3.8-Flash-Next", 12 * (1024 + 128), 12),
        ("nvidia/NVIDIA-Nemotron-Nano-9B-v2", 4 * 2048, 4),
        ("nvidia/NVIDIA-Nemotron-3-Super-120B-A12B-BF16", 8 * 512, 8),
        ("ibm-granite/granite-4.0-h-tiny", 4 * 2 * 4 * 128, 4),
        ("tiiuae/Falcon-H1-34B-Instruct", 72 * 2 * 4 * 128, 72),
        ("LiquidAI/LFM2-1.2B", 6 * 2 * 8 * 64, 6),
        ("LiquidAI/LFM2-8B-A1B", 6 * 2 * 8 * 64, 6),
        ("ai21labs/AI21-Jamba-Large-1.6", 9 * 2 * 8 * 128, 9),
        ("nvidia/Llama-3_3-Nemotron-Super-49B-v1", 49 * 2048, 49),
    ],
)
def test_that_attention_keeps_what_it_should_where_it_is(hf_id: str, per_token: int, n_attention: int):
    layers = running(hf_id)
    assert cached_elements(layers) == per_token
    assert sum(c.kind is not CacheKind.NONE for c in layers) == n_attention


@pytest.mark.parametrize(
    ("hf_id", "kind", "n_layers", "conv", "state"),
    [
        ("Qwen/Qwen3.5-35B-A3B", "gated_delta", 30, 3 * 8192, 128 * 4096),
        ("Qwen/Qwen3.5-27B", "gated_delta", 48, 3 * (6144 + 4096), 128 * 6144),
        ("moonshotai/Kimi-Linear-48B-A3B-Instruct", "kda", 20, 9 * 4096, 128 * 128 * 32),
        ("moonshotai/Kimi-K3", "kda", 69, 9 * 12288, 128 * 128 * 96),
        ("inclusionAI/Ling-3.0-flash", "kda", 35, 9 * 4096, 128 * 128 * 32),
        ("nvidia/NVIDIA-Nemotron-Nano-9B-v2", "mamba2", 27, 3 * (10240 + 2048), 128 * 10240),
        ("ibm-granite/granite-4.0-h-tiny", "mamba2", 36, 3 * (3072 + 256), 128 * 3072),
        ("tiiuae/Falcon-H1-0.5B-Instruct", "mamba2", 36, 3 * (1536 + 256), 128 * 1536),
        ("ai21labs/AI21-Jamba-Reasoning-3B", "mamba1", 26, 3 * 5120, 16 * 5120),
        ("LiquidAI/LFM2-1.2B", "short_conv", 10, 2 * 2048, 0),
    ],
)
def test_that_recurrent_layers_keep_state_of_their_kind(
    hf_id: str, kind: str, n_layers: int, conv: int, state: int
):
    found = Counter((c.recurrent_kind, c.recurrent_conv, c.recurrent_state) for c in running(hf_id))
    del_empty = {key: n for key, n in found.items() if key[0]}
    assert del_empty == {(kind, conv, state): n_layers}


def test_that_falcon_h1_keeps_cache_and_state_in_every_layer():
    assert all(c.n_embd_k and c.recurrent_state for c in running("tiiuae/Falcon-H1-3B-Instruct"))


def test_that_deepseek_v4_keeps_a_window_compressed_keys_and_uncompressed_tokens():
    layers = running("deepseek-ai/DeepSeek-V4-Flash")
    assert {(c.kind, c.window, c.n_embd_k, c.n_embd_v) for c in layers} == {(CacheKind.SLIDING, 128, 512, 0)}
    assert Counter(c.compress_ratio for c in layers) == {0: 2, 4: 21, 128: 20}
    states = {c.compress_ratio: (c.n_embd_indexer, c.recurrent_state, c.recurrent_kind) for c in layers}
    assert states == {0: (0, 0, ""), 4: (128, 16384 + 4096, "compressor"), 128: (0, 131072, "compressor")}


def test_that_deepseek_v4_needs_what_llama_cpp_logs():
    """Real load of V4-Flash, 8192 tokens in 4 sequences: 201.5 MiB of keys, every sequence its own stream."""
    layers = running("deepseek-ai/DeepSeek-V4-Flash")
    n_seq, n_ctx_seq, n_ubatch = 4, 2048, 512

    def pad(cells: int) -> int:
        return -(-cells // 256) * 256

    kv = 0
    for cache in layers:
        kv += pad(min(n_ctx_seq, cache.window + n_ubatch)) * cache.n_embd_k
        if cache.compress_ratio:
            kv += pad(-(-n_ctx_seq // cache.compress_ratio)) * (cache.n_embd_k + cache.n_embd_indexer)
    assert 2 * n_seq * kv / MIB == 201.5


def test_that_only_ling_caches_its_mtp_block_unasked():
    flagged = [i for i in architecture_ids() if catalogue_inventory(i).hparams.get("mtp_block_cached")]
    assert flagged == ["inclusionAI/Ling-3.0-flash"]


def test_that_the_table_layer_of_qwen4_also_keeps_its_convolution():
    layers = running("Qwen/Qwen3.8-Flash-Next")
    assert layers[1].recurrent_conv - layers[0].recurrent_conv == 3 * 3 * 4 * 2560
    assert layers[0].recurrent_conv == layers[2].recurrent_conv == 3 * (6144 + 4096)


# ---- tensors


@pytest.mark.parametrize(
    ("hf_id", "mtp_in_file"),
    [
        ("deepseek-ai/DeepSeek-R1", False),
        ("deepseek-ai/DeepSeek-V3.2", True),
        ("deepseek-ai/DeepSeek-V4-Flash", False),
        ("zai-org/GLM-4.7-Flash", True),
        ("zai-org/GLM-5", True),
        ("Qwen/Qwen3.5-27B", False),
        ("Qwen/Qwen3.8-Flash-Next", False),
        ("nvidia/NVIDIA-Nemotron-3-Super-120B-A12B-BF16", True),
    ],
)
def test_that_mtp_blocks_are_in_the_file_only_where_conversion_keeps_them(hf_id: str, mtp_in_file: bool):
    inventory = catalogue_inventory(hf_id)
    assert parameter_parts(inventory)["mtp"] > 0
    in_file = [t for t in inventory.tensors if t.mtp and t.source == "text"]
    assert bool(in_file) == mtp_in_file
    assert inventory.n_layer_all == inventory.n_layers + mtp_in_file
    assert inventory.n_layers == architecture_entry(hf_id).spec.n_layers


def test_that_searched_layers_differ_from_each_other():
    inventory = catalogue_inventory("nvidia/Llama-3_3-Nemotron-Super-49B-v1")
    widths = Counter(shapes(inventory, il).get("ffn_up", (0, 0))[1] for il in range(80))
    assert widths[28672] > 0
    assert len(widths) > 3
    without = [il for il in range(80) if "attn_q" not in shapes(inventory, il)]
    assert len(without) == 31
    assert all("attn_norm" not in shapes(inventory, il) for il in without)


def test_that_latent_experts_work_in_their_own_width():
    nemotron = shapes(catalogue_inventory("nvidia/NVIDIA-Nemotron-3-Super-120B-A12B-BF16"), 1)
    assert nemotron["ffn_up_exps"] == (1024, 2688, 512)
    assert nemotron["ffn_latent_down"] == (4096, 1024)
    assert nemotron["ffn_up_shexp"] == (4096, 5376)
    kimi = shapes(catalogue_inventory("moonshotai/Kimi-K3"), 1)
    assert kimi["ffn_gate_exps"] == (3584, 3072, 896)
    assert kimi["ffn_routed_up"] == (3584, 7168)


def test_that_experts_published_in_mxfp4_stay_so():
    for hf_id in ("deepseek-ai/DeepSeek-V4-Flash", "moonshotai/Kimi-K3"):
        tensors = catalogue_inventory(hf_id).tensors
        routed = {t.fixed_type for t in tensors if t.is_routed_expert}
        assert routed == {"MXFP4"}
    table = [t for t in catalogue_inventory("deepseek-ai/DeepSeek-V4-Flash").tensors if t.fixed_type == "I32"]
    assert [t.shape for t in table] == [(6, 129280)] * 3


def test_that_identity_experts_lower_the_average():
    inventory = catalogue_inventory("meituan-longcat/LongCat-Flash-Chat")
    assert (inventory.n_experts, inventory.n_experts_used) == (512, 8)
    assert inventory.hparams["n_expert_routes_used"] == 12


def test_that_hparams_carry_what_formulas_need():
    v3 = catalogue_inventory("deepseek-ai/DeepSeek-V3").hparams
    assert (v3["kv_lora_rank"], v3["q_lora_rank"], v3["head_dim_k"], v3["head_dim_v"]) == (
        512,
        1536,
        576,
        512,
    )
    assert (v3["n_ff_exp"], v3["n_ff_shexp"], v3["n_expert_shared"]) == (2048, 2048, 1)
    nano = catalogue_inventory("nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16").hparams
    names = ("ssm_d_inner", "ssm_n_group", "ssm_d_state", "ssm_dt_rank", "ssm_d_conv", "n_embd_latent")
    assert [nano[name] for name in names] == [4096, 8, 128, 64, 4, 2688]


def test_that_every_family_is_in_the_catalogue():
    assert {architecture_entry(hf_id).spec.gguf_arch for hf_id in architecture_ids()} >= FAMILIES


# ---- towers


@pytest.mark.parametrize(
    ("hf_id", "vision", "audio"),
    [
        ("meta-llama/Llama-4-Scout-17B-16E-Instruct", 871_932_416, 0),
        ("google/gemma-3-4b-it", 419_816_304, 0),
        ("google/gemma-4-E2B-it", 168_544_256, 307_183_904),
        ("google/gemma-4-26B-A4B-it", 572_794_416, 0),
        ("Qwen/Qwen3-VL-8B-Instruct", 576_388_336, 0),
        ("Qwen/Qwen3.5-35B-A3B", 446_571_248, 0),
        ("mistralai/Mistral-Small-3.1-24B-Instruct-2503", 438_958_080, 0),
        ("mistralai/Mistral-Medium-3.5-128B", 2_678_221_568, 0),
        ("moonshotai/Kimi-K2.5", 471_143_920, 0),
        ("moonshotai/Kimi-K3", 447_358_976, 0),
    ],
)
def test_that_towers_have_their_size(hf_id: str, vision: int, audio: int):
    parts = parameter_parts(catalogue_inventory(hf_id))
    assert (parts["vision"], parts["audio"]) == (vision, audio)


def test_that_tower_tensors_are_never_part_of_the_text_model():
    for tensor in tower_tensors(architecture_entry("google/gemma-4-E2B-it").spec):
        assert tensor.source in ("vision", "audio")
        assert tensor.layer == -1


def test_that_an_unknown_tower_is_left_out_and_named():
    config = {"model_type": "new", "vision_config": {"model_type": "new_vision", "hidden_size": 8}}
    assert towers_from_hf_config(config) == ()
    assert unknown_towers(config) == ("new_vision",)


def test_that_a_tower_without_drawing_needs_a_published_size():
    spec = architecture_entry("Qwen/Qwen3-0.6B").spec
    values = {**spec.to_dict(), "towers": [{"kind": "vision", "family": "new"}]}
    with pytest.raises(ArchitectureError, match="'new' is not known"):
        build_inventory(ArchitectureSpec.from_dict(values))
    values["towers"][0]["n_parameters"] = 7
    assert parameter_parts(build_inventory(ArchitectureSpec.from_dict(values)))["vision"] == 7
    assert TowerSpec(kind="vision", family="new").n_parameters == 0


# ---- configurations


def test_that_a_missing_dimension_is_named_and_not_guessed():
    config = {
        "architectures": ["DeepseekV3ForCausalLM"],
        "hidden_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "vocab_size": 100,
        "max_position_embeddings": 64,
    }
    with pytest.raises(ArchitectureError) as error:
        architecture_from_hf_config(config)
    assert "kv_lora_rank: missing" in error.value.faults
    assert "v_head_dim: missing" in error.value.faults


def test_that_an_unknown_nemotron_block_is_named():
    config = {
        "architectures": ["NemotronHForCausalLM"],
        "hidden_size": 64,
        "num_attention_heads": 2,
        "vocab_size": 100,
        "max_position_embeddings": 64,
        "layers_block_type": ["mamba", "warp"],
    }
    with pytest.raises(ArchitectureError, match="'warp' is not known"):
        architecture_from_hf_config(config)


def test_that_granite_without_state_layers_is_plain_granite():
    spec = architecture_entry("ibm-granite/granite-4.0-micro").spec
    assert spec.gguf_arch == "granite"
    assert spec.hf_arch == "GraniteMoeHybridForCausalLM"


def test_that_mistral_3_is_read_by_its_text_part():
    spec = architecture_entry("mistralai/Mistral-Small-4-119B-2603").spec
    assert (spec.gguf_arch, spec.kv_lora_rank) == ("mistral4", 256)
    assert architecture_entry("mistralai/Mistral-Small-3.1-24B-Instruct-2503").spec.kv_lora_rank == 0


def test_that_hash_heads_take_consecutive_primes():
    assert ngram_rows(10, 3, 1) == 11 + 13 + 17
    assert ngram_rows(10, 3, 8) == 48


def test_that_state_sizes_name_what_is_missing():
    spec = architecture_entry("Qwen/Qwen3-0.6B").spec
    with pytest.raises(ArchitectureError, match="kda_head_dim: missing"):
        recurrent_sizes(spec, "kda")
    with pytest.raises(ArchitectureError, match="no recurrent state"):
        recurrent_sizes(spec, "full")
