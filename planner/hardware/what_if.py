"""A machine described on the command line or in a batch request, instead of this one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from planner.hardware.accelerator_names import MAX_GPUS, find_accelerator, parse_gpu_spec
from planner.hardware.apple import metal_working_set_bytes
from planner.hardware.device_facts import devices_of_card
from planner.hardware.machine_file import load_machine
from planner.hardware.machine_name import describe
from planner.hardware.processors import known_cores, with_table_bandwidth
from planner.machine import Device, HostMemory, Machine, Processor
from planner.units import ValueFault, parse_gib, parse_positive
from planner.words import say

MAX_RAM_BANDWIDTH_GB = 100_000.0


def what_if_card(name: str, memory_bytes: int | None = None) -> tuple[list[Device], str | None]:
    """The devices of a card by the name people use (one, or one per die), and the note of what was assumed.

    Raises
    ------
    UnknownAccelerator
        When the name is unknown or ambiguous.
    """
    spec, note = find_accelerator(name, memory_bytes)
    devices = devices_of_card(spec, memory_bytes)
    if spec.vendor == "apple":
        devices = [
            replace(d, default_limit_bytes=metal_working_set_bytes(d.memory_bytes or 0)) for d in devices
        ]
    return devices, note


def machine_from_options(
    gpus: Sequence[str] = (),
    ram_gib: str | float | None = None,
    ram_bandwidth: str | float | None = None,
    cpu: str | None = None,
    machine_file: str | None = None,
    saved_folder: Path | None = None,
    this_machine: Machine | None = None,
) -> Machine | None:
    """Build the what-if machine of the options; None when none is given (use this machine).

    Parameters
    ----------
    gpus : sequence of str
        ``--gpu`` arguments: ``"RTX 4090"``, ``"2x RTX 3090"``, ``"RTX A6000:48"``, ``none``.
    ram_gib : str or float, optional
        ``--ram``. [GiB]
    ram_bandwidth : str or float, optional
        ``--ram-bandwidth``. [GB/s]
    cpu : str, optional
        ``--cpu``, by name.
    machine_file : str, optional
        ``--machine``: a file or the name of a saved machine; the other options replace parts of it.
    saved_folder : Path, optional
        Folder of saved machines.
    this_machine : Machine, optional
        The detected machine; what the options leave out is taken from it (with a note), if it is given and
        ``machine_file`` is not.

    Returns
    -------
    Machine or None
        Parts that neither describes are unknown, never guessed.

    Raises
    ------
    ValueFault
        When a name, size or file cannot be used.
    """
    if not gpus and ram_gib is None and ram_bandwidth is None and cpu is None and machine_file is None:
        return None
    base = load_machine(machine_file, saved_folder) if machine_file is not None else Machine(name="")
    notes = list(base.notes)
    if machine_file is None and this_machine is not None:
        base, notes = _rest_of(this_machine, gpus, ram_gib, cpu)
    devices = list(base.gpus)
    if gpus:
        devices = _devices(gpus, notes)
    ram = base.ram
    if ram_gib is not None:
        ram = HostMemory(total_bytes=parse_gib(ram_gib, "--ram", minimum=0.5))
        if base.ram.bandwidth_bytes_per_s is not None:
            ram = replace(
                ram,
                bandwidth_bytes_per_s=base.ram.bandwidth_bytes_per_s,
                bandwidth_origin=base.ram.bandwidth_origin,
            )
    if ram_bandwidth is not None:
        value = parse_positive(ram_bandwidth, "--ram-bandwidth", "GB/s", MAX_RAM_BANDWIDTH_GB) * 1e9
        ram = replace(ram, bandwidth_bytes_per_s=value, bandwidth_origin="entered")
    processor = base.cpu
    if cpu is not None:
        if not cpu.strip() or len(cpu) > 200:
            raise ValueFault('--cpu needs a name of at most 200 characters, for example "Ryzen 9 7950X"')
        processor = Processor(name=cpu.strip(), cores=known_cores(cpu))
        if ram_bandwidth is None and base.ram.bandwidth_origin != "measured":
            ram = replace(ram, bandwidth_bytes_per_s=None, bandwidth_origin="unknown")
    ram, note = with_table_bandwidth(ram, processor.name)
    if note:
        notes.append(say("{note}; or give --ram-bandwidth", note=note))
    machine = Machine(base.name, tuple(devices), processor, ram, base.engines, tuple(notes), detected=False)
    changed = gpus or ram_gib is not None or not base.name
    return replace(machine, name=describe(machine)) if changed else machine


def _rest_of(
    machine: Machine, gpus: Sequence[str], ram_gib: str | float | None, cpu: str | None
) -> tuple[Machine, list[str]]:
    """What the options leave of this machine, and notes that say so."""
    kept = [
        text
        for text, keep in (
            ("GPUs", not gpus and bool(machine.gpus)),
            ("memory", ram_gib is None and machine.ram.total_bytes is not None),
            ("processor", cpu is None and bool(machine.cpu.name)),
        )
        if keep
    ]
    base = replace(machine, name="", engines=(), notes=(), gpus=() if gpus else machine.gpus)
    if ram_gib is not None or cpu is not None:
        base = replace(base, ram=replace(base.ram, bandwidth_bytes_per_s=None, bandwidth_origin="unknown"))
    return base, [f"Not described, so taken from this machine: {', '.join(kept)}"] if kept else []


def _devices(gpus: Sequence[str], notes: list[str]) -> list[Device]:
    devices: list[Device] = []
    none = False
    for text in gpus:
        request = parse_gpu_spec(text)
        if request is None:
            none = True
            continue
        card, _ = what_if_card(request.spec.name, request.memory_bytes)
        devices += card * request.count
        if request.note and request.note not in notes:
            notes.append(request.note)
    if none and devices:
        raise ValueFault("--gpu none cannot be combined with other GPUs; leave it out")
    if len(devices) > MAX_GPUS:
        raise ValueFault(f"--gpu names {len(devices)} GPUs; the largest valid number is {MAX_GPUS}")
    return devices


def with_gpus(machine: Machine, devices: Sequence[Device], notes: Sequence[str] = ()) -> Machine:
    """A described machine with other GPUs, named anew.

    Raises
    ------
    ValueFault
        When there are more than the planner accepts.
    """
    if len(devices) > MAX_GPUS:
        raise ValueFault(f"the machine has {len(devices)} GPUs; the largest valid number is {MAX_GPUS}")
    told = tuple(dict.fromkeys((*machine.notes, *notes)))
    changed = replace(machine, gpus=tuple(devices), notes=told)
    return replace(changed, name=describe(changed))


def machine_from_parts(
    gpus: Sequence[tuple[str, int, int | None]] | None,
    cpu: str | None = None,
    ram_bytes: int | None = None,
    ram_bandwidth_bytes_per_s: float | None = None,
) -> Machine:
    """The machine of a batch request.

    Parameters
    ----------
    gpus : sequence of (name, count, memory_bytes or None)
    cpu : str, optional
    ram_bytes : int, optional
        Ignored for GPUs of unified memory, whose memory is the whole pool. [bytes]
    ram_bandwidth_bytes_per_s : float, optional

    Raises
    ------
    UnknownAccelerator
        When a GPU's name is unknown or ambiguous.
    """
    notes: list[str] = []
    devices: list[Device] = []
    for name, count, memory in gpus or ():
        if name.strip().casefold() == "none":
            continue
        card, note = what_if_card(name, memory)
        devices += card * count
        if note and note not in notes:
            notes.append(note)
    if len(devices) > MAX_GPUS:
        raise ValueFault(f"the machine has {len(devices)} GPUs; the largest valid number is {MAX_GPUS}")
    if len(devices) == 1 and devices[0].unified_memory:
        ram_bytes = devices[0].memory_bytes
    ram = HostMemory(
        total_bytes=ram_bytes,
        bandwidth_bytes_per_s=ram_bandwidth_bytes_per_s,
        bandwidth_origin="unknown" if ram_bandwidth_bytes_per_s is None else "entered",
    )
    ram, note = with_table_bandwidth(ram, cpu or "")
    if note:
        notes.append(note)
    machine = Machine(
        "", tuple(devices), Processor(name=cpu or "", cores=known_cores(cpu or "")), ram, (), tuple(notes)
    )
    return replace(machine, name=describe(machine))
