"""One plan: what a model needs on a machine, device by device, and how it answers in JSON.

The record is the same for the command line, the window and the report; its JSON is fixed by the project's interface
(``fit-plan/1``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from planner.commands.launch_command import LaunchCommand
from planner.records import Verdict

if TYPE_CHECKING:
    from planner.curves import Curve
    from planner.outside import OutsidePart
    from planner.overfilled import Overfilled
    from planner.serving import ServedPoint

SCHEMA = "fit-plan/1"


@dataclass(frozen=True, slots=True)
class Range:
    """An 80 % range and its median."""

    p10: float
    p50: float
    p90: float

    def to_json(self) -> dict[str, float] | None:
        """Return the three figures, or None when they are unknown."""
        if not all(math.isfinite(v) for v in (self.p10, self.p50, self.p90)):
            return None
        return {"p10": self.p10, "p50": self.p50, "p90": self.p90}


@dataclass(frozen=True, slots=True)
class DevicePlan:
    """Bytes of one plan on one device."""

    name: str
    """``CUDA0`` … or ``Host``."""
    kind: str
    """``gpu`` or ``host``."""
    accelerator: str | None
    capacity_bytes: int | None
    usable_bytes: int | None
    """Capacity less overhead, use by others and the reserve."""
    others_bytes: int
    """In use by others. [bytes]"""
    model_bytes: int
    expert_bytes: int
    """Part of ``model_bytes`` that is routed experts."""
    kv_bytes: int
    recurrent_bytes: int
    compute_bytes: int
    output_bytes: int
    overhead_bytes: int
    total_bytes: int
    layers: tuple[int, int] | None = None
    """First and last block (inclusive)."""
    repack_bytes: int | None = None
    outside: tuple[OutsidePart, ...] = ()
    """What ``overhead_bytes`` is made of, and what only grows with use."""
    others_kind: str = "use"
    """What ``others_bytes`` is: ``use`` (of other programs, measured), ``driver`` (never shown to programs), ``system``
    (assumed for a described machine)."""

    @property
    def free_bytes(self) -> int | None:
        """Capacity that neither this plan nor others use (negative = short)."""
        return (
            None
            if self.capacity_bytes is None
            else self.capacity_bytes - self.others_bytes - self.total_bytes
        )

    def to_json(self) -> dict[str, Any]:
        """Return the device as the interface writes it."""
        out: dict[str, Any] = {
            "name": self.name,
            "kind": self.kind,
            "accelerator": self.accelerator,
            "capacity_bytes": self.capacity_bytes,
            "usable_bytes": self.usable_bytes,
            "others_bytes": self.others_bytes,
            "model_bytes": self.model_bytes,
            "expert_bytes": self.expert_bytes,
            "kv_bytes": self.kv_bytes,
            "recurrent_bytes": self.recurrent_bytes,
            "compute_bytes": self.compute_bytes,
            "output_bytes": self.output_bytes,
            "overhead_bytes": self.overhead_bytes,
            "total_bytes": self.total_bytes,
            "layers": list(self.layers) if self.layers else None,
        }
        if self.outside:
            out["outside"] = [
                {
                    "name": part.name,
                    "bytes": int(part.bytes),
                    "low_bytes": int(part.low),
                    "high_bytes": int(part.high) if math.isfinite(part.high) else None,
                    "source": part.source,
                    "switch": part.switch,
                }
                for part in self.outside
            ]
        if self.repack_bytes is not None:
            out["repack_bytes"] = self.repack_bytes
        return out


@dataclass(frozen=True, slots=True)
class Throughput:
    """Speeds of one plan."""

    decode_tps: Range | None
    prefill_tps: Range | None
    ttft_s: Range | None
    aggregate_decode_tps: Range | None
    limited_by: str
    basis: str
    serving: tuple[ServedPoint, ...] = ()
    """Decode speed against the number of users; empty where one is asked for."""

    def to_json(self) -> dict[str, Any]:
        """Return the speeds as the interface writes them."""

        def part(value: Range | None) -> dict[str, float] | None:
            return value.to_json() if value else None

        return {
            "decode_tps": part(self.decode_tps),
            "prefill_tps": part(self.prefill_tps),
            "ttft_s": part(self.ttft_s),
            "aggregate_decode_tps": part(self.aggregate_decode_tps),
            "limited_by": self.limited_by,
            "basis": self.basis,
            **({"serving": [p.to_json() for p in self.serving]} if self.serving else {}),
        }


@dataclass(frozen=True, slots=True)
class Term:
    """One number of a plan with what it was made from."""

    name: str
    value: float
    unit: str
    expression: str
    inputs: dict[str, float | int | str] = field(default_factory=dict)
    sources: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the term as the interface writes it."""
        return {
            "name": self.name,
            "value": self.value if math.isfinite(self.value) else None,
            "unit": self.unit,
            "expression": self.expression,
            "inputs": {
                k: v if not isinstance(v, float) or math.isfinite(v) else None for k, v in self.inputs.items()
            },
            "sources": list(self.sources),
        }


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Plan:
    """What one model needs on one machine with one set of settings."""

    model_id: str
    model_name: str
    provenance: str
    quant: str | None
    engine: str
    engine_version: str
    backend: str
    verdict: Verdict
    placement: str
    reasons: tuple[str, ...]
    settings: dict[str, Any]
    total_parameters: int | None
    active_parameters: int | None
    file_bytes: int | None
    devices: tuple[DevicePlan, ...] = ()
    kv_tokens: int | None = None
    max_concurrency: float | None = None
    throughput: Throughput | None = None
    command: LaunchCommand | None = None
    terms: tuple[Term, ...] = ()
    alternatives: tuple[Plan, ...] = ()
    n_ctx: int | None = None
    """Tokens each sequence gets."""
    n_ctx_train: int | None = None
    n_layers: int | None = None
    n_experts: int | None = None
    quality_loss: str | None = None
    """Published loss of the quantization in words, with its source; None = no source."""
    score: str | None = None
    """Published score used for ranking, or None."""
    longest_n_ctx: int | None = None
    """Largest context of the grid that fits the same way."""
    curve: Curve | None = None
    """Speed and memory against the layers whose experts stay in RAM; None for dense models and without a GPU."""
    curve_at: int | None = None
    """Where the plan is on it."""
    context_curve: Curve | None = None
    """Speed with the context full, and memory, against the context."""
    commands: tuple[LaunchCommand, ...] = ()
    """The same plan for the engine's other programs."""
    overfilled: Overfilled | None = None
    """What happens when a plan that does not fit is started all the same; None where it fits or does not run."""
    reach_n_ctx: int | None = None
    """The same if the model were trained for any context; larger than ``longest_n_ctx`` only when that is its own."""

    @property
    def fits(self) -> bool | None:
        """True for fits, fits_with_offload and tight; None for unknown."""
        if self.verdict is Verdict.UNKNOWN:
            return None
        return self.verdict is not Verdict.DOES_NOT_FIT

    def to_json(self, request_id: Any = None, brief: bool = False) -> dict[str, Any]:
        """Return the result object of the interface.

        Parameters
        ----------
        request_id : Any
            Echoed as ``id``.
        brief : bool
            True for an entry of ``alternatives``.
        """
        command = self.command
        out: dict[str, Any] = {
            "schema": SCHEMA,
            "id": request_id,
            "model": {"id": self.model_id, "name": self.model_name, "provenance": self.provenance},
            "quant": self.quant,
            "engine": self.engine,
            "backend": self.backend,
            "verdict": self.verdict.value,
            "placement": self.placement,
            "fits": self.fits,
            "reasons": list(self.reasons),
            "settings": self.settings,
            "parameters": {"total": self.total_parameters, "active": self.active_parameters},
            "file_bytes": self.file_bytes,
            "devices": [d.to_json() for d in self.devices],
            "kv_tokens": self.kv_tokens,
            "max_concurrency": self.max_concurrency,
            "throughput": self.throughput.to_json() if self.throughput else None,
            "command": None
            if command is None
            else {
                "argv": list(command.argv),
                "env": dict(command.env),
                "posix": command.posix,
                "powershell": command.powershell,
                "engine_versions": self.engine_version,
            },
            "engine_version": self.engine_version,
            "quality_loss": self.quality_loss,
            "score": self.score,
        }
        if self.overfilled is not None:
            out["overfilled"] = self.overfilled.to_json()
        if not brief:
            out["longest_n_ctx"] = self.longest_n_ctx
            if self.curve is not None:
                out["curve"] = self.curve.to_json("n_cpu_moe", self.curve_at)
            if self.context_curve is not None:
                out["context_curve"] = self.context_curve.to_json("n_ctx", self.n_ctx)
            if self.commands:
                out["commands"] = [c.to_json() for c in self.commands]
            out["terms"] = [t.to_json() for t in self.terms]
            out["alternatives"] = [a.to_json(brief=True) for a in self.alternatives]
        return out
