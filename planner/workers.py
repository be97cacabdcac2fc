"""Other machines that lend their GPUs over the network (``rpc-server``): one plan over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from planner.devices import DeviceSet, PlanDevice, device_set
from planner.units import ValueFault
from planner.words import say

DEFAULT_PORT = 50052
"""``rpc-server``'s own (tools/rpc/rpc-server.cpp)."""
NOTE = say(
    "the GPUs of other machines work over the network: speeds are not estimated, every layer boundary between machines "
    "sends one row of activations per token, and the weights are sent once when the model is loaded"
)


@dataclass(frozen=True, slots=True)
class Worker:
    """One other machine."""

    host: str
    port: int
    gpus: tuple[str, ...]
    """As ``--gpu`` takes them."""

    @property
    def address(self) -> str:
        """``host:port``."""
        return f"{self.host}:{self.port}"


def read_worker(text: str) -> Worker:
    """Read ``HOST[:PORT]=GPU[+GPU …]``.

    Raises
    ------
    ValueFault
        If it is anything else.

    Examples
    --------
    >>> read_worker("10.0.0.2=2x RTX 3090")
    Worker(host='10.0.0.2', port=50052, gpus=('2x RTX 3090',))
    """
    address, equals, gpus = text.partition("=")
    host, _, port = address.strip().partition(":")
    names = tuple(name.strip() for name in gpus.split("+") if name.strip())
    if not equals or not host or not names:
        raise ValueFault(f"--rpc {text!r}: write HOST=GPU, for example 192.168.1.20='2x RTX 3090'")
    if port and not (port.isdigit() and 0 < int(port) < 65536):
        raise ValueFault(f"--rpc {text!r}: {port!r} is no port; the usual one is {DEFAULT_PORT}")
    return Worker(host, int(port) if port else DEFAULT_PORT, names)


def with_workers(local: DeviceSet, workers: Sequence[Worker], reserve_bytes: float, level: str) -> DeviceSet:
    """Return the devices of all machines in llama.cpp's order: those of the workers first.

    Notes
    -----
    src/llama.cpp, ``llama_prepare_model_devices``; names from ggml-rpc.cpp, ``ggml_backend_rpc_add_server``. 0.5.0-dev.
    """
    from planner.hardware.what_if import machine_from_options

    remote: list[PlanDevice] = []
    for worker in workers:
        machine = machine_from_options(worker.gpus, 1.0, None)
        assert machine is not None
        for gpu in device_set(machine, None, reserve_bytes, level).gpus:
            shown = f"{gpu.accelerator} at {worker.host}"
            remote.append(replace(gpu, name=f"RPC{len(remote)}", accelerator=shown))
    backend = local.backend if local.gpus else "cuda"
    return DeviceSet((*remote, *local.gpus), local.host, backend, False)


def over_network(devices: DeviceSet) -> bool:
    """Whether devices of other machines are among them."""
    return any(gpu.name.startswith("RPC") for gpu in devices.gpus)
