"""The same plan in other forms: in Docker, and on several machines where one is too small."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models_db.model_spec import ModelSpec
from planner.commands.launch_command import LaunchCommand
from planner.commands.vllm_command import (
    UnsupportedOption,
    vllm_docker_command,
    vllm_node_commands,
    vllm_ray_commands,
)
from planner.machine import Machine
from planner.vllm.setup import VllmModel
from planner.wishes import Wishes

if TYPE_CHECKING:
    from planner.vllm.choice import Choice

MOST_MACHINES = 4
"""More are not looked at."""
HEAD = "HEAD_ADDRESS"
"""Stands for the address of the first machine."""


def other_commands(
    model: ModelSpec, facts: VllmModel, choice: Choice, machine: Machine, wishes: Wishes, version: str
) -> tuple[LaunchCommand, ...]:
    """Commands beside the plain one: Docker where the plan fits; several machines, natively and with Ray, where not.

    Parameters
    ----------
    model : ModelSpec
    facts : VllmModel
    choice : Choice
        The plan's.
    machine : Machine
    wishes : Wishes
    version : str
    """
    try:
        if choice.setup.fits and not choice.setup.offloaded:
            return _docker(choice, machine, version)
        found = several_machines(model, facts, machine, wishes, version, choice.checkpoint.form.name)
        if found is None:
            return _docker(choice, machine, version) if choice.setup.fits else ()
        n_machines, best = found
        settings = best.setup.settings
        effects = {"nnodes": f"{n_machines} machines like this one hold what one does not"}
        return (
            *vllm_node_commands(settings, HEAD, n_machines, version, effects),
            *vllm_ray_commands(settings, HEAD, n_machines - 1, version, effects),
        )
    except UnsupportedOption:
        return ()


def _docker(choice: Choice, machine: Machine, version: str) -> tuple[LaunchCommand, ...]:
    if choice.setup.gpu.vendor != "nvidia":
        return ()  # vllm/vllm-openai is built for CUDA
    everything = len(choice.devices) == len(machine.gpus)
    return (vllm_docker_command(choice.setup.settings, version, None if everything else choice.devices),)


def several_machines(
    model: ModelSpec,
    facts: VllmModel,
    machine: Machine,
    wishes: Wishes,
    version: str,
    scheme: str | None = None,
) -> tuple[int, Choice] | None:
    """Fewest machines like this one that hold the wish without offloading, every GPU of each in use; None up to four.

    Layers are spread over the machines, each layer over the GPUs of one.
    """
    from planner.vllm.choice import (
        checkpoint_for,
        checkpoints_of,
        first_fitting,
        gpu_group,
        holds,
        legal_parallel_sizes,
    )

    group = gpu_group(machine)
    if group is None:
        return None
    gpu, numbers = group
    each = len(numbers)
    offered = (checkpoint_for(model, scheme),) if scheme else checkpoints_of(model)
    for n_machines in range(2, MOST_MACHINES + 1):
        if (each, n_machines) not in set(legal_parallel_sizes(facts.spec, each * n_machines)):
            continue
        joined = tuple(range(each * n_machines))
        for checkpoint in offered:
            found = first_fitting(facts, checkpoint, gpu, joined, wishes, version, each, n_machines, [])
            if found is not None and holds(found.setup, wishes):
                return n_machines, found
    return None
