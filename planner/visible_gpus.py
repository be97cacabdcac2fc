"""Which GPUs a command may use by its environment (``CUDA_VISIBLE_DEVICES``, ``docker run --gpus device=1``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from planner.commands.command_text import visible_devices
from planner.devices import device_set
from planner.machine import Machine
from planner.settings import LlamaSettings

if TYPE_CHECKING:
    from planner.wishes import Wishes


def visible_numbers(env: Mapping[str, str], n_gpus: int) -> tuple[int, ...] | None:
    """Numbers of the GPUs a command sees, in its order; None = all, or named otherwise than by number.

    Parameters
    ----------
    env : mapping of str to str
        Variables of the command.
    n_gpus : int
        GPUs of the machine.

    Notes
    -----
    The list ends at the first number that no GPU has (CUDA C++ Programming Guide, ``CUDA_VISIBLE_DEVICES``).
    """
    numbers = visible_devices(env)
    if numbers is None:
        return None
    wrong = next((i for i, number in enumerate(numbers) if number >= n_gpus), len(numbers))
    return numbers[:wrong]


def with_visible_gpus(
    settings: LlamaSettings, env: Mapping[str, str], machine: Machine, wishes: Wishes
) -> LlamaSettings:
    """Settings of llama.cpp that use only what the environment shows, said as ``--device``.

    Devices keep the numbers they have on the whole machine; the engine, which sees only some, counts these from 0.
    """
    numbers = visible_numbers(env, len(machine.gpus))
    if numbers is None:
        return settings
    known = device_set(machine, wishes.backend, wishes.reserve_bytes, wishes.runtime_overhead)
    if known.backend not in ("cuda", "rocm") or len(known.gpus) != len(machine.gpus):
        return settings
    seen = tuple(known.gpus[number].name for number in numbers)
    if settings.devices is not None:
        inner = {gpu.name: name for gpu, name in zip(known.gpus, seen, strict=False)}
        return replace(settings, devices=tuple(inner.get(name, name) for name in settings.devices))
    return replace(settings, devices=seen or ("none",))
