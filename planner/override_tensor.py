"""``-ot`` / ``--override-tensor``: which weights of one model go to which device, and what that moves.

An override names tensors by a regular expression and a buffer by the device that owns it. It moves weights only: the
cache of a layer stays with the layer. The result is a :class:`~planner.records.MovedWeights` beside the columns of one
single case, so that memory and speed come from the same functions as everything else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from models_db.architecture_table import catalogue_inventory
from models_db.inventory import ModelInventory, Tensor
from models_db.layer_bytes import CPU_BUFFER, CUDA_BUFFER, LayerGroups, allocated_bytes
from models_db.quant_mix import tensor_bytes, tensor_types
from models_db.tensor_table import build_tensor_table
from planner.columns import Columns
from planner.devices import DeviceSet
from planner.formulas.layer_placement import LayerBoundaries
from planner.records import MovedWeights
from planner.units import ValueFault

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Rule = tuple[str, int]
"""Pattern and device: 0 = host, 1 … = GPUs in the engine's order."""
HOST_BUFFER = "CPU"
POSIX_CLASSES = {
    "[:digit:]": r"\d",
    "[:alnum:]": "a-zA-Z0-9",
    "[:alpha:]": "a-zA-Z",
    "[:lower:]": "a-z",
    "[:upper:]": "A-Z",
    "[:space:]": r"\s",
    "[:punct:]": r"!-/:-@\[-`{-~",
    "[:w:]": r"\w",
    "[:d:]": r"\d",
}
"""Character classes ``std::regex`` knows inside brackets and Python does not."""
EXPERTS = re.compile(r"\.ffn_(up|down|gate|gate_up)_(ch|)exps")
"""What ``--n-cpu-moe`` moves (llama.cpp common/common.h, ``LLM_FFN_EXPS_REGEX``)."""


@dataclass(frozen=True)
class TensorWeights:
    """The loaded tensors of one model in one quantization; the output copy of a tied embedding is one of its own."""

    names: tuple[str, ...]
    layer: Ints
    """Layer each is placed with: -1 input (host), ``n_layer_all`` output."""
    on_gpu: Floats
    """Size in a GPU buffer. [bytes]"""
    on_host: Floats
    """Size in a host buffer; 0 for a second copy the host does not need. [bytes]"""
    routed: Bools
    stored: Floats
    """Size of the data. [bytes]"""
    multiplied: Floats
    """Parameters one token multiplies with."""
    experts: Bools
    """What ``--n-cpu-moe`` moves."""
    second_copy: tuple[int, int] | None = None
    """Positions of a tied token embedding and of its output copy."""
    _found: dict[str, Bools] = field(default_factory=dict)

    @classmethod
    def of(cls, inventory: ModelInventory, quant: str, imatrix: bool | None = None) -> TensorWeights:
        """Weights of a model.

        Parameters
        ----------
        inventory : ModelInventory
        quant : str
            llama.cpp file type.
        imatrix : bool or None
            Whether an importance matrix was used; None = as published files of the type are made.
        """
        table = build_tensor_table([inventory])
        types = tensor_types(table, quant, imatrix=imatrix)
        data = tensor_bytes(table, types)
        on_gpu = allocated_bytes(table, types, data, CUDA_BUFFER)
        on_host = allocated_bytes(table, types, data, CPU_BUFFER)
        groups = LayerGroups.of(table)
        kept = np.flatnonzero(~table.mtp & ~table.is_rope)
        tied = groups.tied_embedding
        names = table.names()
        share = inventory.n_experts_used / max(inventory.n_experts, 1)
        multiplied = table.n_elements * table.is_matmul * np.where(table.is_routed_expert, share, 1.0)
        copy_on_host = on_host[tied] if groups.copies_on_host[0] else np.zeros(len(tied))
        every = np.concatenate([kept, tied])
        ends = np.full(len(tied), inventory.n_layer_all, dtype=np.int64)
        return cls(
            names=tuple(names[i] for i in every),
            layer=np.concatenate([table.layer[kept], ends]),
            on_gpu=on_gpu[every],
            on_host=np.concatenate([on_host[kept], copy_on_host]),
            routed=table.is_routed_expert[every],
            stored=data[every],
            multiplied=np.concatenate([multiplied[kept], table.n_elements[tied].astype(np.float64)]),
            experts=np.array([EXPERTS.search(names[i]) is not None for i in every], dtype=np.bool_),
            second_copy=(int(np.searchsorted(kept, tied[0])), len(kept)) if len(tied) else None,
        )

    def nbytes(self, tensor: Tensor) -> float:
        """Stored bytes of a tensor, 0 for those left out here (rope factors, multi-token prediction). [bytes]"""
        return self._by_name.get(tensor.name, 0.0)

    @cached_property
    def _by_name(self) -> dict[str, float]:
        return dict(zip(self.names, self.stored.tolist(), strict=True))

    def matches(self, pattern: str) -> Bools:
        """Tensors a pattern is found in (``std::regex_search``); kept for the next question.

        Raises
        ------
        ValueFault
            If the pattern is no regular expression.
        """
        found = self._found.get(pattern)
        if found is None:
            search = compiled(pattern).search
            found = np.array([search(name) is not None for name in self.names], dtype=np.bool_)
            self._found[pattern] = found
        return found

    def devices(self, placement: LayerBoundaries, n_cpu_moe: int = 0) -> Ints:
        """Device of every tensor without overrides: 0 = host, 1 … = GPUs.

        Parameters
        ----------
        placement : LayerBoundaries
            Of one case.
        n_cpu_moe : int
            First blocks whose routed experts stay on the host.
        """
        start = placement.start.reshape(-1, placement.start.shape[-1])[0]
        home = np.searchsorted(start[1:], self.layer, side="right").astype(np.int64)
        home = np.minimum(home, placement.n_devices - 1)
        return np.where((self.layer < 0) | (self.experts & (self.layer < n_cpu_moe)), 0, home)

    def sizes(self, device: Ints) -> Floats:
        """Bytes of every tensor where it lies; one copy of a tied embedding serves both sides of a device."""
        size = np.where(device == 0, self.on_host, self.on_gpu)
        if self.second_copy is not None:
            first, second = self.second_copy
            if device[first] == device[second] and not self.on_host[second]:
                size[second] = 0.0
        return size

    def overridden(self, rules: Sequence[Rule], home: Ints) -> Ints:
        """Device of every tensor with overrides: the first rule that matches decides."""
        device = home.copy()
        for pattern, target in reversed(rules):
            device[self.matches(pattern)] = target
        return device


@lru_cache(maxsize=16)
def tensor_weights(model_id: str, quant: str, imatrix: bool | None = None) -> TensorWeights:
    """Weights of a model of the catalogue, with every pattern searched so far."""
    return TensorWeights.of(catalogue_inventory(model_id), quant, imatrix)


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern as ``std::regex`` (ECMAScript) reads it.

    Raises
    ------
    ValueFault
        If it is no regular expression.
    """
    text = pattern
    for posix, python in POSIX_CLASSES.items():
        text = text.replace(posix, python)
    try:
        return re.compile(text)
    except re.error as error:
        raise ValueFault(f"-ot: {pattern!r} is no regular expression: {error}") from None


def override_rules(pairs: Sequence[tuple[str, str]], devices: DeviceSet) -> tuple[Rule, ...]:
    """Rules of ``-ot`` pairs for the devices in use.

    Parameters
    ----------
    pairs : sequence of (pattern, buffer)
        As :attr:`planner.settings.LlamaSettings.override_tensor` holds them.
    devices : DeviceSet

    Raises
    ------
    ValueFault
        If a buffer belongs to no device in use, or a pattern is no regular expression.
    """
    places = {HOST_BUFFER: 0} | {gpu.name: i + 1 for i, gpu in enumerate(devices.gpus)}
    rules = []
    for pattern, buffer in pairs:
        if buffer not in places:
            raise ValueFault(f"-ot {pattern}={buffer}: the buffers in use are {', '.join(places)}")
        compiled(pattern)
        rules.append((pattern, places[buffer]))
    return tuple(rules)


def moved_weights(
    tensors: TensorWeights, placement: LayerBoundaries, rules: Sequence[Rule], n_cpu_moe: int = 0
) -> MovedWeights:
    """What overrides move away from where the layers are.

    Parameters
    ----------
    tensors : TensorWeights
    placement : LayerBoundaries
        Of one case.
    rules : sequence of (pattern, device)
        In order.
    n_cpu_moe : int
        First blocks whose routed experts stay on the host anyway.

    Notes
    -----
    llama.cpp src/llama-model-loader.cpp, ``create_tensor``: the first pattern found in a tensor's name decides, whatever
    layer it belongs to; the output copy of a tied token embedding bears the embedding's name and needs no bytes beside it
    in the same buffer. 0.5.0-dev.
    """
    home = tensors.devices(placement, n_cpu_moe)
    target = tensors.overridden(rules, home)
    before, after = tensors.sizes(home), tensors.sizes(target)
    n_devices = placement.n_devices

    def net(mask: Bools, lost: Floats, gained: Floats) -> Floats:
        gain = np.bincount(target[mask], weights=gained[mask], minlength=n_devices)
        loss = np.bincount(home[mask], weights=lost[mask], minlength=n_devices)
        return np.asarray(gain - loss, dtype=np.float64)

    work, in_layer = tensors.multiplied, tensors.layer >= 0
    to_host = (target == 0) & (home > 0) & (work > 0)
    return MovedWeights(
        dense=net(~tensors.routed, before, after),
        experts=net(tensors.routed, before, after),
        input=net(~in_layer, before, after),
        dense_parameters=net(~tensors.routed & in_layer, work, work),
        expert_parameters=net(tensors.routed, work, work),
        n_host_layers=float(len(np.unique(tensors.layer[to_host]))),
        overrides=tuple(rules),
    )


def with_overrides(
    columns: Columns,
    tensors: TensorWeights,
    placement: LayerBoundaries,
    rules: Sequence[Rule],
    n_cpu_moe: int = 0,
) -> Columns:
    """Columns of one single case with overrides applied; memory and speed are then estimated as ever."""
    if not rules:
        return columns
    return replace(columns, moved=moved_weights(tensors, placement, rules, n_cpu_moe))
