"""The numbers of a vLLM plan with what they were made from."""

from __future__ import annotations

import numpy as np

from planner.plan import Term
from planner.vllm.setup import Setup
from planner.words import say

BUDGET_SOURCE = "vLLM 0.33.0 v1/worker/gpu_worker.py, determine_available_memory"
CACHE_SOURCE = "vLLM 0.33.0 v1/core/kv_cache_planning.py, v1/kv_cache_interface.py"
WEIGHT_SOURCE = "vLLM 0.33.0 model_executor/layers (linear, vocab_parallel_embedding, fused_moe)"
LOG_SOURCE = "fitted on posted logs of vLLM 0.6 to 0.26, collected 2026-11-23"


def setup_terms(setup: Setup) -> tuple[Term, ...]:
    """Terms of the tightest rank, in the order the memory is taken."""
    budget, settings = setup.budget, setup.settings
    at = int(np.argmin(setup.left))
    weights = setup.weights[at]
    out = [
        Term(
            "gpu_memory_requested",
            float(budget.requested),
            "bytes",
            say("ceil(total × gpu_memory_utilization)"),
            {"total": setup.total, "gpu_memory_utilization": settings.gpu_memory_utilization},
            (BUDGET_SOURCE,),
        ),
        Term(
            "weights",
            float(budget.weights[at]),
            "bytes",
            say(
                "embedding + head + experts + towers + rotary tables + other + copies + adapters − offloaded"
            ),
            {
                "embedding": weights.embedding,
                "head": weights.head,
                "experts": weights.experts,
                "towers": weights.towers,
                "rotary tables": weights.rope,
                "other": weights.other,
                "copies": float(setup.copies[at]),
                "adapters": setup.adapters,
                "offloaded": setup.offloaded,
                "tensor_parallel_size": settings.tensor_parallel_size,
                "pipeline_parallel_size": settings.pipeline_parallel_size,
            },
            (WEIGHT_SOURCE,),
        ),
    ]
    for name, spread, expression, inputs in (
        (
            "activation_peak",
            budget.activation,
            say("max(widest layer × max_num_batched_tokens, sampler × max_num_seqs × vocabulary)"),
            {
                "max_num_batched_tokens": setup.n_tokens,
                "max_num_seqs": setup.n_seqs,
                "n_vocab": setup.model.spec.n_vocab,
                "n_embd": setup.model.spec.n_embd,
            },
        ),
        ("non_torch", budget.non_torch, say("NCCL, cuBLAS and driver allocations"), {}),
        ("cuda_graphs", budget.graphs, say("bytes per layer and captured batch size"), {}),
    ):
        ends: dict[str, float | int | str] = {
            **inputs,
            "low": _first(spread.low),
            "high": _first(spread.high),
        }
        out.append(Term(name, _first(spread.typical), "bytes", expression, ends, (LOG_SOURCE, BUDGET_SOURCE)))
    out.append(
        Term(
            "kv_cache_available",
            setup.available,
            "bytes",
            (
                say("requested − weights − activation_peak − non_torch − cuda_graphs")
                if budget.graphs_counted
                else say("requested − weights − activation_peak − non_torch")
            )
            if settings.kv_cache_memory_bytes is None
            else "kv_cache_memory_bytes",
            {"low": float(budget.kv("low").min()), "high": float(budget.kv("high").min())},
            (BUDGET_SOURCE,),
        )
    )
    if setup.capacity is not None:
        capacity = setup.capacity
        sizes = ", ".join(str(g.spec.block_size) for g in setup.layout.groups)
        out += [
            Term(
                "kv_blocks",
                float(capacity.num_blocks),
                "blocks",
                say("min over ranks of floor(kv_cache_available / bytes per block)"),
                {
                    "bytes per block": max(setup.layout.pool_bytes),
                    "groups": len(setup.layout.groups),
                    "block sizes": sizes,
                },
                (CACHE_SOURCE,),
            ),
            Term(
                "max_concurrency",
                float(capacity.max_concurrency),
                "requests",
                say("kv_blocks / blocks of one request of max_model_len"),
                {
                    "blocks of one request": int(capacity.blocks_per_request),
                    "max_model_len": setup.length,
                    "tokens in flight": setup.in_flight,
                },
                (CACHE_SOURCE,),
            ),
            Term(
                "kv_tokens",
                float(capacity.kv_tokens),
                "tokens",
                say("int(max_concurrency × max_model_len)"),
                {"max_model_len": setup.length},
                (CACHE_SOURCE,),
            ),
        ]
    return tuple(out)


def _first(values: object) -> float:
    return float(np.ravel(np.asarray(values))[0])
