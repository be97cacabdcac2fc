"""Plans over the GPUs of several machines."""

from __future__ import annotations

import pytest

from planner.fit_plan import plan_model
from planner.hardware.what_if import machine_from_options
from planner.library import Library
from planner.units import ValueFault
from planner.wishes import Wishes
from planner.workers import read_worker


def test_that_a_worker_is_read_with_its_port_and_gpus() -> None:
    worker = read_worker("box:6000=2x RTX 3090 + RTX 4090")
    assert (worker.address, worker.gpus) == ("box:6000", ("2x RTX 3090", "RTX 4090"))
    assert read_worker("10.0.0.2=RTX 3090").address == "10.0.0.2:50052"


@pytest.mark.parametrize("text", ["10.0.0.2", "=RTX 3090", "10.0.0.2=", "10.0.0.2:x=RTX 3090"])
def test_that_a_worker_without_host_or_gpu_is_refused(text: str) -> None:
    with pytest.raises(ValueFault, match="--rpc"):
        read_worker(text)


def test_that_a_model_too_large_for_one_machine_is_planned_over_two(library: Library) -> None:
    machine = machine_from_options(("RTX 4090",), 64, 80)
    assert machine is not None
    model, quant = library.find_model("Llama-3.3-70B").model, library.find_quant("Q4_K_M")
    alone = plan_model(library, model, machine, Wishes(), quant, brief=True)
    assert alone.placement != "gpu"
    workers = (read_worker("10.0.0.2=RTX 3090"),)
    plan = plan_model(library, model, machine, Wishes(workers=workers), quant)
    assert plan.fits
    assert [d.name for d in plan.devices] == ["RPC0", "CUDA0", "Host"]
    worker, main = plan.commands
    assert worker.argv[:5] == ("ggml-rpc-server", "--host", "10.0.0.2", "--port", "50052")
    assert main is plan.command
    assert main.argv[main.argv.index("--rpc") + 1] == "10.0.0.2:50052"
    assert main.argv[main.argv.index("--device") + 1] == "RPC0,CUDA0"
    assert plan.throughput is None
    assert any("network" in reason for reason in plan.reasons)


def test_that_the_other_machine_is_left_alone_when_it_is_not_needed(library: Library) -> None:
    machine = machine_from_options(("RTX 4090",), 64, 80)
    assert machine is not None
    workers = (read_worker("10.0.0.2=RTX 3090"),)
    plan = plan_model(
        library, library.find_model("Qwen3-8B").model, machine, Wishes(workers=workers), brief=True
    )
    assert plan.command is not None
    assert "--rpc" not in plan.command.argv
