"""Decode speed against the number of users, as plans and texts show it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from planner.fit_plan import plan_model
from planner.formulas.batch_speed import BatchSpeed, estimate_batch
from planner.formulas.decode_speed import DecodeLoad, DeviceSpeed
from planner.hardware.what_if import machine_from_options
from planner.library import load_library
from planner.plan import Range
from planner.serving import served_points, user_counts
from planner.settings import Workload
from planner.text import plan_text
from planner.vllm.plan import plan_vllm
from planner.wishes import Wishes


@pytest.fixture(scope="module")
def library():
    return load_library()


@pytest.fixture(scope="module")
def machine():
    return machine_from_options(("RTX 4090",), 64.0, 80.0)


def asking(users, **more):
    return Wishes(workload=Workload(concurrency=users), n_parallel=users, n_ctx=4096, **more)


def test_that_the_shown_numbers_of_users_hold_what_was_asked_and_the_limit():
    assert user_counts(6, 4) == (1, 2, 4, 6, 8)
    assert user_counts(1, 1) == (1, 2)
    assert max(user_counts(16, float("inf"))) == 512


def test_that_copies_share_the_users():
    zero = dict.fromkeys(DeviceSpeed.__dataclass_fields__, 0.0)
    costs = DeviceSpeed(**{**zero, "weight_byte": 1e-12, "byte_bound": 1e-12})
    one = estimate_batch(
        DecodeLoad(dense_bytes=1e10), np.array([1.0, 2.0]), costs, BatchSpeed(0.0, 1e-4, 0.0, 0.0)
    )
    points = served_points((1, 4), one, copies=2)
    assert points[0].aggregate_tps.p50 == float(one.aggregate_p50[0])
    assert points[1].aggregate_tps.p50 == pytest.approx(2 * float(one.aggregate_p50[1]))
    assert points[1].per_user_tps == pytest.approx(float(one.aggregate_p50[1]) / 2)


def test_that_slots_bound_what_users_get_together(library, machine):
    model = library.find_model("Qwen3-14B").model
    plan = plan_model(library, model, machine, asking(4), library.find_quant("Q4_K_M"))
    by = {p.concurrency: p for p in plan.throughput.serving}
    assert by[1].aggregate_tps == plan.throughput.decode_tps
    assert by[4].aggregate_tps.p50 == pytest.approx(plan.throughput.aggregate_decode_tps.p50)
    assert by[1].aggregate_tps.p50 < by[2].aggregate_tps.p50 < by[4].aggregate_tps.p50
    assert by[8].aggregate_tps == by[4].aggregate_tps
    assert by[8].running == 4
    assert by[8].per_user_tps == pytest.approx(by[4].per_user_tps / 2)
    assert plan.to_json()["throughput"]["serving"][0]["concurrency"] == 1
    shown = plan_text(plan)
    assert "all users together" in shown
    assert "users  at once" in shown


def test_that_vllm_stops_growing_where_the_cache_is_full(library, machine):
    model = library.find_model("Qwen3-14B").model
    wishes = Wishes(workload=Workload(concurrency=16), n_ctx=8192, engine="vllm")
    plan = plan_vllm(library.catalogue, model, machine, wishes, "FP8")
    points = plan.throughput.serving
    full = [p for p in points if p.running < p.concurrency]
    assert full
    assert len({round(p.aggregate_tps.p50, 6) for p in full}) == 1
    alone = [p.per_user_tps for p in points]
    assert all(a >= b for a, b in pairwise(alone))


def test_that_one_user_gets_no_table(library, machine):
    model = library.find_model("Qwen3-14B").model
    plan = plan_model(library, model, machine, Wishes(n_ctx=4096), library.find_quant("Q4_K_M"))
    assert plan.throughput.serving == ()
    assert "serving" not in plan.to_json()["throughput"]


def test_that_a_range_is_kept_for_one_user():
    costs = DeviceSpeed(**dict.fromkeys(DeviceSpeed.__dataclass_fields__, 1e-12))
    one = estimate_batch(DecodeLoad(dense_bytes=1e10), np.array([1.0]), costs, BatchSpeed(0, 0, 0, 0))
    assert served_points((1,), one, Range(1.0, 2.0, 3.0))[0].aggregate_tps == Range(1.0, 2.0, 3.0)
