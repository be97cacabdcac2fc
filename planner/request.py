"""A question put to the planner: the batch request of the project's interface, read and checked.

Only this module knows the JSON spelling of a request; everything after it works with :class:`Question`.
"""

from __future__ import annotations

import difflib
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from planner.units import MAX_CONTEXT, MAX_DEVICE_BYTES


class RequestFault(ValueError):
    """A request that cannot be answered; ``code`` is stable, the message names the fault and the nearest valid value."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


Bytes = Field(default=None, gt=0, le=MAX_DEVICE_BYTES)
Count = Field(default=None, ge=1, le=MAX_CONTEXT)


Layers = Annotated[int, Field(ge=-(2**31), lt=2**31)]
"""A number of layers, as the engine's 32-bit flag holds it."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class GpuPart(_Part):
    """One kind of GPU of a machine."""

    name: str = Field(min_length=1, max_length=200)
    count: int = Field(default=1, ge=1, le=64)
    memory_bytes: int | None = Bytes

    @field_validator("count", mode="before")
    @classmethod
    def _null_is_one(cls, value: Any) -> Any:
        return 1 if value is None else value


class MachinePart(_Part):
    """The machine of a request."""

    gpus: tuple[GpuPart, ...] | None = None
    cpu: str | None = None
    ram_bytes: int | None = Bytes
    ram_bandwidth_bytes_per_s: float | None = Field(default=None, gt=0, le=1e14)
    reserve_bytes: int | None = Field(default=None, ge=0, le=MAX_DEVICE_BYTES)


class SettingsPart(BaseModel):
    """Engine settings; a name of either engine is accepted, the other engine's are ignored."""

    model_config = ConfigDict(extra="allow", frozen=True)

    n_ctx: int | None = Field(default=None, ge=0, le=MAX_CONTEXT)
    n_parallel: int | None = Field(default=None, ge=-1, le=4096)
    kv_unified: bool | None = None
    n_batch: int | None = Count
    n_ubatch: int | None = Count
    n_gpu_layers: Layers | Literal["all", "auto"] | None = None
    n_cpu_moe: Layers | Literal["all"] | None = None
    tensor_split: tuple[float, ...] | None = None
    split_mode: Literal["none", "layer", "row", "tensor"] | None = None
    main_gpu: int | None = Field(default=None, ge=0, le=63)
    flash_attn: bool | Literal["on", "off", "auto"] | None = None
    cache_type_k: str | None = None
    cache_type_v: str | None = None
    swa_full: bool | None = None
    kv_offload: bool | None = None
    op_offload: bool | None = None
    repack: bool | None = None
    binary: Literal["llama-server", "llama-cli", "llama-bench"] | None = None
    cache_ram_mib: int | None = Field(default=None, ge=-1, le=MAX_CONTEXT)
    mmproj: bool | None = None
    mmproj_offload: bool | None = None
    draft_model: str | None = Field(default=None, max_length=500)
    draft_quant: str | None = Field(default=None, max_length=100)
    draft_n_max: int | None = Field(default=None, ge=0, le=1024)
    spec_type: tuple[str, ...] | None = None
    override_tensor: tuple[tuple[str, str], ...] | None = None
    devices: tuple[str, ...] | None = None
    fit: bool | None = None
    fit_target: tuple[int, ...] | None = Field(default=None, min_length=1)
    fit_ctx: int | None = Field(default=None, ge=0, lt=2**32)
    load_mode: Literal["auto", "none", "mmap", "mlock", "mmap+mlock", "dio"] | None = None
    threads: int | None = None
    rpc: tuple[str, ...] | None = None
    ctx_checkpoints: int | None = None
    draft_n_gpu_layers: Layers | Literal["all"] | None = None
    draft_devices: tuple[str, ...] | None = None
    draft_cache_type_k: str | None = None
    draft_cache_type_v: str | None = None
    rope_scaling: Literal["none", "linear", "yarn"] | None = None
    rope_scale: float | None = Field(default=None, gt=0, le=1e6)
    yarn_orig_ctx: int | None = Field(default=None, ge=0, le=MAX_CONTEXT)

    @field_validator("devices", "draft_devices", mode="before")
    @classmethod
    def _list_of_devices(cls, value: Any) -> Any:
        """Take what ``--device`` takes, ``CUDA0,CUDA1``, besides a list."""
        names = value.split(",") if isinstance(value, str) else value
        return [str(name).strip() for name in names] if isinstance(names, list | tuple) else names

    @field_validator("fit_target", mode="before")
    @classmethod
    def _one_serves_all(cls, value: Any) -> Any:
        return (value,) if isinstance(value, int) else value

    @field_validator("tensor_split")
    @classmethod
    def _split_is_positive(cls, value: tuple[float, ...] | None) -> tuple[float, ...] | None:
        if value is not None and (not all(0 <= part < 1e30 for part in value) or sum(value) <= 0):
            raise ValueError("tensor_split needs numbers of 0 or more that are not all 0, one per GPU")
        return value


LLAMA_KEYS = frozenset(SettingsPart.model_fields)


class WorkloadPart(_Part):
    """What is asked of the engine; 0 tokens = not asked."""

    prompt_tokens: int = Field(default=512, ge=0, le=MAX_CONTEXT)
    depth: int = Field(default=0, ge=0, le=MAX_CONTEXT)
    gen_tokens: int = Field(default=128, ge=0, le=MAX_CONTEXT)
    concurrency: int = Field(default=1, ge=1, le=65536)

    @field_validator("prompt_tokens", "depth", "gen_tokens", "concurrency", mode="before")
    @classmethod
    def _null_is_default(cls, value: Any, info: Any) -> Any:
        return cls.model_fields[info.field_name].default if value is None else value


class Question(_Part):
    """One whole request."""

    id: Any = None
    model: str | None = Field(default=None, max_length=500)
    quant: str | None = Field(default=None, max_length=100)
    imatrix: bool | None = None
    file_bytes: int | None = Bytes
    engine: Literal["llama.cpp", "vllm", "any"] | None = None
    engine_version: str | None = Field(default=None, max_length=60)
    backend: Literal["cuda", "rocm", "vulkan", "metal", "sycl", "cpu"] | None = None
    machine: MachinePart | None = None
    settings: SettingsPart | None = None
    workload: WorkloadPart | None = None
    command: str | tuple[str, ...] | None = None
    objective: Literal["quality", "speed", "context", "users"] | None = None
    runtime_overhead: Literal["low", "typical", "high"] | None = None
    min_decode_tps: float | None = Field(default=None, ge=0, le=1e6)


def read_question(data: Any) -> Question:
    """Check one request.

    Parameters
    ----------
    data : Any
        The decoded JSON object.

    Returns
    -------
    Question

    Raises
    ------
    RequestFault
        With code ``bad_request`` naming the first fault, its value, and what would be right.
    """
    if not isinstance(data, dict):
        raise RequestFault("bad_request", f"a request is a JSON object, not {type(data).__name__}")
    try:
        question = Question.model_validate(data)
    except ValidationError as error:
        raise RequestFault("bad_request", _first_fault(error)) from None
    if question.model is None and question.command is None:
        raise RequestFault("bad_request", "a request needs 'model' or 'command'")
    return question


_PLAIN = {
    "too_short": "the list is empty; at least 1 item is needed",
    "tuple_type": "a list in [ ] is needed",
    "model_type": 'an object with keys is needed, for example {"name": "RTX 4090", "count": 2} for a GPU',
    "model_attributes_type": "an object with keys is needed",
}
"""What is said instead of the names Python has for JSON's types."""


def _first_fault(error: ValidationError) -> str:
    faults = error.errors(include_url=False)
    first = faults[0]
    where = ".".join(
        str(part) for part in first["loc"] if str(part) not in {"int", "constrained-int", "bool", "str"}
    )
    if first["type"] == "extra_forbidden":
        parts: dict[str, type[BaseModel]] = {
            "machine": MachinePart,
            "workload": WorkloadPart,
            "gpus": GpuPart,
        }
        owner = next((parts[str(p)] for p in reversed(first["loc"][:-1]) if str(p) in parts), Question)
        near = difflib.get_close_matches(str(first["loc"][-1]), owner.model_fields, n=1)
        hint = f"; nearest is {near[0]!r}" if near else f"; known: {', '.join(owner.model_fields)}"
        return f"unknown key {where!r}{hint}"
    value = first.get("input")
    shown = (
        repr(value) if not isinstance(value, dict | list) or len(repr(value)) < 60 else type(value).__name__
    )
    shown = shown if len(shown) <= 80 else shown[:79] + "…"
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    message = _PLAIN.get(first["type"], first["msg"].removeprefix("Value error, "))
    return f"{where} = {shown}: {message[:1].lower()}{message[1:]}{more}"
