"""What llama.cpp's automatic fit (``--fit``, on by default) chooses where context, layers or splits are not given.

The search is the engine's own (llama.cpp common/fit.cpp, ``common_params_fit_impl``, 0.5.0-dev), step by step and with its
integer arithmetic, because its result depends on the path where memory does not grow evenly. What it measures by loading the
model without allocating is measured here by :func:`planner.memory.estimate_memory` and the graph of the compute buffer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from models_db.inventory import ModelInventory
from planner.columns import Columns, Selection
from planner.devices import DeviceSet
from planner.exact_compute import compute_case
from planner.formulas.layer_placement import LayerBoundaries, layer_boundaries
from planner.graph.compute import ComputeCase
from planner.llama_context import LlamaContext
from planner.memory import estimate_memory
from planner.override_tensor import HOST_BUFFER, TensorWeights, override_rules, with_overrides
from planner.settings import ALL_LAYERS, WHOLE_CONTEXT, LlamaSettings
from planner.units import MIB

Bytes = list[int]
ALL_EXPERTS = r"blk\.\d+\.ffn_(up|down|gate_up|gate)_(ch|)exps"
ALIGNMENT = 256
"""The context is rounded down to a multiple of this for every stream. [tokens]"""


class Fraction(IntEnum):
    """How much of the first partial layer of a device stays on it (``common_layer_fraction_t``)."""

    ATTENTION = 1
    UP = 2
    GATE = 3
    ALL_BUT_EXPERTS = 4


OVERFLOW = {
    Fraction.ATTENTION: r"blk\.{}\.ffn_(gate|up|gate_up|down).*",
    Fraction.UP: r"blk\.{}\.ffn_(gate|gate_up|down).*",
    Fraction.GATE: r"blk\.{}\.ffn_down.*",
    Fraction.ALL_BUT_EXPERTS: r"blk\.{}\.ffn_(up|down|gate_up|gate)_(ch|)exps",
}
"""Tensors of a layer that overflow (``get_overflow_pattern``)."""


@dataclass(frozen=True, slots=True)
class Share:
    """Layers of one device."""

    n_layer: int = 0
    n_part: int = 0
    """Last layers among them that are partial."""
    overflow: Fraction = Fraction.ALL_BUT_EXPERTS
    """What the first partial layer keeps; later ones keep all but the experts."""

    @property
    def n_full(self) -> int:
        """Whole layers."""
        return self.n_layer - self.n_part


@dataclass(frozen=True, slots=True)
class AutoFit:
    """What the engine runs with after its fit."""

    settings: LlamaSettings
    """The given settings with everything the fit chose."""
    changed: tuple[str, ...]
    """Names of the settings it chose; empty when nothing had to be changed."""
    message: str
    """What the engine says, e.g. ``context size reduced from 131072 to 19200``."""
    gave_up: bool
    """It could not make the model fit; the load is tried as it is."""
    reduced: str = ""
    """What it says of the context, if it reduced it."""


def engine_placement(devices: DeviceSet, settings: LlamaSettings, blocks: int) -> LayerBoundaries:
    """Layers as llama.cpp's loader places them.

    Parameters
    ----------
    devices : DeviceSet
        The devices the settings leave, in the engine's order.
    settings : LlamaSettings
        Missing numbers of ``-ts`` count as 0, further ones do not count; without any above 0 the free memory decides.
    blocks : int
        Blocks in the file.

    Returns
    -------
    LayerBoundaries
        Shape (1, 1, n_gpus + 2).
    """
    n_gpus = len(devices.gpus)
    split = () if settings.tensor_split is None else settings.tensor_split[:n_gpus]
    parts = np.zeros(n_gpus) if any(split) else devices.per_gpu("room")
    parts[: len(split)] = split if any(split) else parts[: len(split)]
    layers = ALL_LAYERS if settings.n_gpu_layers is None else settings.n_gpu_layers
    return layer_boundaries(np.full((1, 1), blocks), np.full((1, 1), layers), parts.reshape(1, 1, n_gpus))


@dataclass(frozen=True, slots=True)
class Measured:
    """One measurement."""

    used: Bytes
    """Weights, caches and compute buffer on the host and on each GPU. [bytes]"""
    weights: int
    """Weights on all GPUs together. [bytes]"""
    state: Bytes
    """Recurrent state on the host and on each GPU. [bytes]"""


@dataclass
class FitMeter:
    """Memory as the fit measures it: the engine's buffers on every device, nothing allocated.

    Parameters
    ----------
    inventory, tensors, columns, row, quant
        One model in one quantization.
    context : LlamaContext
    devices : DeviceSet
        In the engine's order.
    buffers : callable
        Compute buffers of the model.
    """

    inventory: ModelInventory
    tensors: TensorWeights
    columns: Columns
    row: int
    quant: int
    context: LlamaContext
    devices: DeviceSet
    buffers: Callable[[ComputeCase], NDArray[np.float64]]
    n_measured: int = 0
    _known: dict[tuple[object, ...], Measured] = field(default_factory=dict)

    def measure(self, settings: LlamaSettings) -> Measured:
        """Measure the model with given settings; ``n_ctx`` must not be 0."""
        key = (
            settings.n_ctx,
            settings.n_gpu_layers,
            settings.tensor_split,
            settings.n_cpu_moe,
            settings.override_tensor,
        )
        found = self._known.get(key)
        if found is None:
            self.n_measured += 1
            found = self._known[key] = self._measure(settings)
        return found

    def _measure(self, settings: LlamaSettings) -> Measured:
        blocks = self.inventory.n_layer_all
        placement = engine_placement(self.devices, settings, blocks)
        n_cpu_moe = blocks if settings.n_cpu_moe == ALL_LAYERS else min(settings.n_cpu_moe, blocks)
        rules = override_rules(settings.override_tensor, self.devices)
        columns = with_overrides(self.columns, self.tensors, placement, rules, n_cpu_moe)
        chosen = Selection.of(columns, np.array([[self.row]]), np.array([[self.quant]]))
        memory = estimate_memory(
            chosen,
            placement,
            np.array([[n_cpu_moe]], dtype=np.int64),
            np.array([[settings.n_ctx]], dtype=np.int64),
            self.context,
            self.devices,
        )
        case = compute_case(
            self.context, placement, settings.n_ctx, n_cpu_moe, rules, settings.split_mode, no_alloc=True
        )
        compute = self.buffers(case)
        shape = memory.total.shape
        weights, kv, state = (
            np.broadcast_to(kind, shape)[0, 0] for kind in (memory.model, memory.kv, memory.recurrent)
        )
        return Measured(
            [round(b) for b in (weights + kv + state + compute).tolist()],
            round(float(weights[1:].sum())),
            [round(b) for b in state.tolist()],
        )


def auto_fit(meter: FitMeter, settings: LlamaSettings) -> AutoFit:
    """Predict what the automatic fit changes.

    Parameters
    ----------
    meter : FitMeter
    settings : LlamaSettings
        As given; ``n_ctx`` 0, ``n_gpu_layers`` None, no ``tensor_split`` and no override are the fit's to choose.

    Returns
    -------
    AutoFit
        ``n_ctx`` of its settings is never 0.

    Notes
    -----
    1. If every GPU keeps its margin (``--fit-target``, 1024 MiB) nothing changes. 2. Where memory is short in total and
    ``-c`` is not given, the context shrinks by linear interpolation, at least to ``--fit-ctx`` for each stream. 3. Layers
    fill the GPUs from the last to the first, for mixtures of experts without their experts. 4. If all layers fit so, they
    get their experts back from the first GPU on, and one more layer of each GPU a part of them. The engine never looks at
    host memory beside a GPU.
    """
    try:
        return _Search(meter, settings).run()
    except _GaveUpError as reason:
        return reason.result


def fit_notes(fitted: AutoFit) -> list[str]:
    """What the fit did, in words for a plan's reasons."""
    if fitted.gave_up:
        kept = f"; {fitted.reduced}" if fitted.reduced else ""
        return [f"llama.cpp's automatic fit gives up and loads the model as it is: {fitted.message}{kept}"]
    if fitted.changed:
        return [f"llama.cpp's automatic fit decides what is not given: {fitted.message}"]
    return []


class _GaveUpError(Exception):
    """The engine's fit raised ``common_params_fit_exception``; what it had changed until then stays."""

    def __init__(self, result: AutoFit) -> None:
        super().__init__(result.message)
        self.result = result


class _Search:
    """State of one fit."""

    def __init__(self, meter: FitMeter, settings: LlamaSettings) -> None:
        self.meter = meter
        self.given = settings
        self.settings = settings
        gpus = meter.devices.gpus
        self.n = len(gpus)
        self.free = [int(g.room) for g in gpus]
        self.margins = _margins(settings, max(self.n, 1))
        self.n_layers = meter.inventory.n_layers
        self.is_moe = meter.inventory.n_experts > 0
        self.targets: Bytes = []
        self.n_ctx_max = 0
        self.message = self.reduced = ""
        self.buffers = [HOST_BUFFER] * self.n

    def result(self, gave_up: bool = False) -> AutoFit:
        """Outcome as things stand."""
        names = ("n_ctx", "n_gpu_layers", "tensor_split", "override_tensor")
        changed = tuple(n for n in names if getattr(self.settings, n) != getattr(self.given, n))
        full = self.given.n_ctx == 0 and self.settings.n_ctx == self.n_ctx_max
        return AutoFit(
            self.settings,
            tuple(n for n in changed if n != "n_ctx" or not full),
            self.message,
            gave_up,
            self.reduced,
        )

    def give_up(self, reason: str) -> _GaveUpError:
        """Exception that ends the fit."""
        self.message = reason
        return _GaveUpError(self.result(gave_up=True))

    def run(self) -> AutoFit:
        """All steps."""
        given, context = self.given, self.meter.context
        divided = not context.kv_unified and context.build.fit_counts_streams
        streams = max(context.n_seq_max, 1) if divided else 1
        trained = self.meter.inventory.n_ctx_train
        self.n_ctx_max = min(trained * streams, WHOLE_CONTEXT)
        if given.split_mode == "tensor":
            self.settings = replace(given, n_ctx=given.n_ctx or trained)
            raise self.give_up("not implemented for -sm tensor")
        self.settings = replace(given, n_ctx=given.n_ctx or self.n_ctx_max)
        first = self.meter.measure(self.settings)
        # recurrent state is allocated even while measuring, and the free memory is read meanwhile
        self.free = [f - s for f, s in zip(self.free, first.state[1:], strict=True)]
        self.targets = [f - m for f, m in zip(self.free, self.margins, strict=False)]
        if self._enough(first.used):
            self.message = "no changes needed"
            return self.result()
        if self._reduce_context(first, streams):
            return self.result()
        self._check_untouched()
        self._place_layers()
        return self.result()

    def _enough(self, used: Bytes) -> bool:
        if not self.n:
            capacity = self.meter.devices.host.capacity
            return not np.isfinite(capacity) or capacity - used[0] >= self.margins[0]
        return all(
            free - size >= margin
            for free, size, margin in zip(self.free, used[1:], self.margins, strict=True)
        )

    def _reduce_context(self, first: Measured, streams: int) -> bool:
        """Step 2; True where it is enough and the fit ends."""
        total_free = sum(self.free) if self.n else int(self.meter.devices.host.capacity)
        total_used = sum(first.used[1:]) if self.n else first.used[0]
        margins = sum(self.margins)
        if total_free - total_used - margins >= 0 or self.given.n_ctx:
            return False
        least = min(self.given.fit_ctx * streams, WHOLE_CONTEXT)
        if self.n_ctx_max <= least:
            return False
        target = total_free - margins
        if self.n > 1:
            layers = (
                self.n_layers if self.given.n_gpu_layers in (None, ALL_LAYERS) else self.given.n_gpu_layers
            )
            per_layer = first.weights // max(min(layers or 0, self.n_layers), 1)
            target -= (self.n + 1) * per_layer // (6 if self.is_moe else 2)
        self.settings = replace(self.settings, n_ctx=least)
        small = self.meter.measure(self.settings).used
        least_used = sum(small[1:]) if self.n else small[0]
        enough = target > least_used
        if enough:
            n_ctx = least + (self.n_ctx_max - least) * (target - least_used) // (total_used - least_used)
            n_ctx = max(n_ctx - n_ctx % (ALIGNMENT * streams), least)
            self.settings = replace(self.settings, n_ctx=n_ctx)
        self.reduced = f"context size reduced from {self.n_ctx_max} to {self.settings.n_ctx}"
        self.message = self.reduced
        return enough and self.n <= 1

    def _check_untouched(self) -> None:
        given = self.given
        if not self.n:
            raise self.give_up("unable to fit the model into system memory by reducing the context")
        if given.n_gpu_layers is not None:
            raise self.give_up("-ngl is already set by the user")
        if self.n > 1 and given.tensor_split is not None and any(given.tensor_split):
            raise self.give_up("-ts is already set by the user")
        if self.n > 1 and given.split_mode == "row":
            raise self.give_up("not implemented for -sm row")
        if given.override_tensor or given.n_cpu_moe:
            raise self.give_up("tensor overrides are already set by the user")

    # steps 3 and 4 --------------------------------------------------------------------------------------

    def with_shares(self, shares: list[Share], buffers: list[str]) -> LlamaSettings:
        """Settings that give every device its share (``set_ngl_tensor_split_tbo``)."""
        layers = sum(s.n_layer for s in shares)
        first = self.n_layers + 1 - layers
        rules: list[tuple[str, str]] = []
        for share, buffer in zip(shares, buffers, strict=True):
            first += share.n_full
            for layer in range(first, first + share.n_part):
                partial = layer == first
                kept = share.overflow if partial else Fraction.ALL_BUT_EXPERTS
                rules.append((OVERFLOW[kept].format(layer), buffer if partial else HOST_BUFFER))
            first += share.n_part
        split = tuple(float(s.n_layer) for s in shares) if self.n > 1 else self.given.tensor_split
        return replace(self.settings, n_gpu_layers=layers, tensor_split=split, override_tensor=tuple(rules))

    def measure(self, shares: list[Share], buffers: list[str] | None = None) -> Bytes:
        """Bytes on each GPU."""
        return self.meter.measure(self.with_shares(shares, buffers or self.buffers)).used[1:]

    def _place_layers(self) -> None:
        surplus = 0
        if self.is_moe:
            without = replace(self.settings, override_tensor=((ALL_EXPERTS, HOST_BUFFER),))
            surplus = sum(self.targets) - sum(self.meter.measure(without).used[1:])
        shares = [Share() for _ in range(self.n)]
        mem = self.measure(shares)
        for device in range(self.n - 1, -1, -1):
            shares, mem = self._fill_from_the_back(device, shares, mem)
        if self.is_moe and surplus > 0:
            shares = self._give_experts_back(shares, mem)
        self.settings = self.with_shares(shares, self.buffers)
        layers = " + ".join(
            f"{s.n_layer} ({s.n_part} partial)" if s.n_part else f"{s.n_layer}" for s in shares
        )
        self.message = "; ".join(t for t in (self.reduced, f"layers on the GPUs: {layers}") if t)

    def _fill_from_the_back(self, device: int, shares: list[Share], mem: Bytes) -> tuple[list[Share], Bytes]:
        last = device == self.n - 1
        unassigned = self.n_layers + 1 - sum(s.n_layer for s in shares[device + 1 :])
        if unassigned <= 0:
            return shares, mem
        part = (unassigned - 1 if last else unassigned) if self.is_moe else shares[device].n_part
        high = _changed(shares, device, n_layer=unassigned, n_part=part)
        mem_high = self.measure(high)
        if mem_high[device] <= self.targets[device]:
            return high, mem_high
        delta = high[device].n_layer - shares[device].n_layer
        while delta > 1:
            step = self._step(delta, device, mem, mem_high)
            part = shares[device].n_part
            if self.is_moe:
                part += step - 1 if last and part == 0 else step
            test = _changed(shares, device, n_layer=shares[device].n_layer + step, n_part=part)
            mem_test = self.measure(test)
            if mem_test[device] <= self.targets[device]:
                shares, mem = test, mem_test
            else:
                high, mem_high = test, mem_test
            delta = high[device].n_layer - shares[device].n_layer
        return shares, mem

    def _step(self, delta: int, device: int, mem: Bytes, mem_high: Bytes) -> int:
        """Layers to try next by false position, in the engine's 32-bit arithmetic."""
        span = mem_high[device] - mem[device]
        if span == 0:
            return 1
        product = delta * (self.targets[device] - mem[device])
        step = abs(product) // abs(span) * (1 if (product < 0) == (span < 0) else -1)
        return min(max(step % 2**32, 1), delta - 1)

    def _give_experts_back(self, shares: list[Share], mem: Bytes) -> list[Share]:
        start = self.n
        for device in range(self.n - 1, -1, -1):
            if shares[device].n_layer == 0:
                break
            start = device
        device = 0
        while device <= start < self.n:
            shares, mem, start = self._fill_from_the_front(device, shares, mem, start)
            shares, mem, start = self._add_partial_layer(device, shares, mem, start)
            device += 1
        return shares

    def _fill_from_the_front(
        self, device: int, shares: list[Share], mem: Bytes, start: int
    ) -> tuple[list[Share], Bytes, int]:
        high = list(shares)
        for other in range(start, self.n):
            moved = high[other].n_layer if other < self.n - 1 else high[other].n_layer - 1
            high = _changed(high, device, n_layer=high[device].n_layer + moved)
            high = _changed(high, other, n_layer=high[other].n_layer - moved, n_part=0)
        start_high = self.n - 1
        mem_high = self.measure(high)
        if mem_high[device] <= self.targets[device]:
            return high, mem_high, start_high
        delta = high[device].n_full - shares[device].n_full
        while delta > 1:
            step = self._step(delta, device, mem, mem_high)
            test, start_test, converted = list(shares), start, 0
            while start_test < self.n:
                convert = min(step - converted, test[start_test].n_part)
                here = test[start_test]
                test = _changed(
                    test, start_test, n_layer=here.n_layer - convert, n_part=here.n_part - convert
                )
                test = _changed(test, device, n_layer=test[device].n_layer + convert)
                converted += convert
                if test[start_test].n_part > 0:
                    break
                start_test += 1
            mem_test = self.measure(test)
            if mem_test[device] <= self.targets[device]:
                shares, mem, start = test, mem_test, start_test
            else:
                high, mem_high = test, mem_test
            delta = high[device].n_full - shares[device].n_full
        return shares, mem, start

    def _add_partial_layer(
        self, device: int, shares: list[Share], mem: Bytes, start: int
    ) -> tuple[list[Share], Bytes, int]:
        """Try to hold at least part of one more layer."""
        if start >= self.n or shares[start].n_layer <= (0 if device < self.n - 1 else 1):
            return shares, mem, start
        test = _changed(shares, start, n_layer=shares[start].n_layer - 1, n_part=shares[start].n_part - 1)
        test = _changed(
            test,
            device,
            n_layer=test[device].n_layer + 1,
            n_part=test[device].n_part + 1,
            overflow=Fraction.UP,
        )
        start_test = start + 1 if test[start].n_part == 0 else start
        buffers = list(self.buffers)
        if device < self.n - 1:
            buffers[device] = self.meter.devices.gpus[device + 1].name

        def fits(size: Bytes) -> bool:
            beside = device + 1 == self.n or size[device + 1] < self.targets[device + 1]
            return size[device] < self.targets[device] and beside

        size = self.measure(test, buffers)
        if fits(size):
            self.buffers, shares, mem, start = buffers, test, size, start_test
            test = _changed(test, device, overflow=Fraction.GATE)
        else:
            test = _changed(test, device, overflow=Fraction.ATTENTION)
        size = self.measure(test, buffers)
        if fits(size):
            self.buffers, shares, mem, start = buffers, test, size, start_test
        return shares, mem, start


def _changed(shares: list[Share], device: int, **values: int) -> list[Share]:
    """Shares with those of one device changed."""
    return [replace(s, **values) if i == device else s for i, s in enumerate(shares)]  # type: ignore[arg-type]


def _margins(settings: LlamaSettings, n: int) -> Bytes:
    """``--fit-target`` in bytes for each device; one value serves all, missing ones are the default."""
    given = settings.fit_target
    values = given * n if len(given) == 1 else (*given, *(LlamaSettings().fit_target * n))
    return [int(v) * MIB for v in values[:n]]
