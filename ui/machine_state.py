"""The machine planned for and how it is known."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from planner.hardware.machine_name import THIS_MACHINE
from planner.machine import HostMemory, Machine, Processor


@dataclass
class MachineState:
    """The machine planned for and how it is known."""

    machine: Machine
    provisional: bool = True
    """True until detection has ended."""
    detecting: bool = False
    own: bool = True
    """True for this machine, False for a described one."""
    failed: tuple[str, ...] = ()
    """Notes of probes that failed."""
    detected: Machine | None = None
    """What detection found, before anything entered by hand."""
    described: Machine | None = None
    """A described machine as it was before anything was overridden."""
    entered: dict[str, object] = field(default_factory=dict)
    now: Machine | None = None
    """The machine with what is free at this moment; the plans are for ``machine`` until that has changed enough."""
    missing: dict[int, str] = field(default_factory=dict)
    """GPUs that were detected and do not answer now, and since when."""

    @property
    def shown(self) -> Machine:
        """What the machine bar shows."""
        return self.now or self.machine


def quick_machine() -> Machine:
    """RAM and processor only, within a millisecond: what the first list is planned for."""
    import os

    import psutil

    memory = psutil.virtual_memory()
    return Machine(
        name=THIS_MACHINE,
        cpu=Processor(cores=psutil.cpu_count(logical=False), threads=os.cpu_count()),
        ram=HostMemory(total_bytes=int(memory.total), available_bytes=int(memory.available)),
        detected=True,
    )


def last_machine(path: Path) -> Machine | None:
    """The machine as it was detected last, with the RAM that is free now; None if nothing usable is remembered."""
    from planner.hardware.machine_file import read_machine_file

    try:
        machine = read_machine_file(path)
    except ValueError:
        return None
    now = quick_machine()
    if machine.ram.total_bytes != now.ram.total_bytes:
        return None
    ram = replace(machine.ram, available_bytes=now.ram.available_bytes)
    return replace(machine, name=THIS_MACHINE, ram=ram, detected=True)
