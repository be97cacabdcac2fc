"""What is asked of a vLLM plan beyond fitting: the longest context, or the most users at a speed each still has."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from planner.vllm.kv_capacity import kv_capacity, longest_length
from planner.vllm_settings import AUTO_LENGTH

if TYPE_CHECKING:
    from planner.vllm.choice import Choice
    from planner.vllm.setup import Setup
    from planner.wishes import Wishes

LENGTH_STEP = 256
"""Lengths for several users are multiples of it. [tokens]"""
MOST_USERS = 4096


def longest_for(setup: Setup, n_users: int) -> int:
    """Longest length that ``n_users`` requests have at once; 0 if none. [tokens]"""
    limit = setup.model.spec.n_ctx_train
    if not setup.layout.groups:
        return limit
    if n_users <= 1:
        return int(longest_length(setup.layout, setup.left, limit, setup.in_flight))
    lengths = np.arange(LENGTH_STEP, limit + 1, LENGTH_STEP, dtype=np.int64)
    if not lengths.size:
        return 0
    found = kv_capacity(setup.layout, setup.left, lengths, setup.in_flight)
    copies = setup.settings.data_parallel_size
    holds = found.fits & (found.max_concurrency * copies >= n_users)
    return int(lengths[holds].max()) if holds.any() else 0


def with_longest(choice: Choice, wishes: Wishes, version: str) -> Choice:
    """The same choice with the longest length: left to vLLM for one user, a number for several."""
    from planner.vllm.setup import evaluate_setup

    setup = choice.setup
    length = longest_for(setup, wishes.n_parallel)
    if length <= setup.length and wishes.n_parallel > 1:
        return choice
    asked = AUTO_LENGTH if wishes.n_parallel <= 1 else length
    settings = replace(setup.settings, max_model_len=asked)
    found = evaluate_setup(setup.model, setup.form, settings, setup.gpu, version)
    return replace(choice, setup=found) if found.fits else choice


def users_at(setup: Setup, wishes: Wishes) -> tuple[int, float]:
    """Most users that all have ``min_decode_tps`` at once, and what each then has. [users, tokens/s]

    Memory for their full length limits them as much as speed does. 0 users where not even one has it, or the speed is
    unknown.
    """
    from planner.vllm.choice import speed_of

    most = int(min(setup.concurrency, setup.n_seqs * setup.settings.data_parallel_size, MOST_USERS))
    best = (0, 0.0)
    low, high = 1, most
    while low <= high:
        n = high if best == (0, 0.0) and high == most else (low + high) // 2
        asked = replace(wishes, workload=replace(wishes.workload, concurrency=n))
        found = speed_of(setup, asked, decode_only=True)
        if found is None or found.aggregate_decode_tps is None:
            return best
        each = found.aggregate_decode_tps.p50 / n
        if each >= wishes.min_decode_tps:
            best, low = (n, each), n + 1
        else:
            high = n - 1
    return best


def with_users(choice: Choice, wishes: Wishes, version: str) -> Choice:
    """The same choice with as many requests a step as keep their speed."""
    from planner.vllm.setup import evaluate_setup

    n, _ = users_at(choice.setup, wishes)
    setup = choice.setup
    each = -(-n // setup.settings.data_parallel_size)
    if n < 1 or each >= setup.n_seqs:
        return choice
    settings = replace(setup.settings, max_num_seqs=each)
    found = evaluate_setup(setup.model, setup.form, settings, setup.gpu, version)
    return replace(choice, setup=found) if found.fits else choice
