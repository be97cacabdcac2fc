"""The name of a machine that nobody named: its parts in one line, as a saying, so that a window can translate it."""

from __future__ import annotations

from dataclasses import replace

from planner.machine import Machine
from planner.units import gb, gib
from planner.words import Said, figure, plain, say, say_list

THIS_MACHINE = say("This machine")
"""Name of the computer the program runs on."""


def describe(machine: Machine) -> Said:
    """A machine in one line: ``2× RTX 3090, 64 GiB RAM``."""
    parts: list[str] = []
    names = [gpu.accelerator or gpu.name for gpu in machine.gpus]
    for name in dict.fromkeys(names):
        count = names.count(name)
        parts.append(f"{count}× {name}" if count > 1 else name)
    if not parts:
        parts.append(say("no GPU"))
    unified = bool(machine.gpus) and all(gpu.unified_memory for gpu in machine.gpus)
    if unified:
        parts.append(say("{size} unified", size=gib(machine.gpus[0].memory_bytes, 0)))
    elif machine.ram.total_bytes is not None:
        parts.append(say("{size} RAM", size=gib(machine.ram.total_bytes, 0)))
    if machine.ram.bandwidth_bytes_per_s is not None and machine.ram.bandwidth_origin == "entered":
        parts.append(figure(f"{plain(gb(machine.ram.bandwidth_bytes_per_s, 0))}/s"))
    if machine.cpu.name:
        parts.append(machine.cpu.name)
    return say_list(parts)


def with_said_name(machine: Machine) -> Machine:
    """A machine read from text: its name is a saying again where nobody typed it, else it stays as it is."""
    for said in (THIS_MACHINE, describe(machine)):
        if machine.name == said:
            return replace(machine, name=said)
    return machine
