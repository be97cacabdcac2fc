"""How llama.cpp reads the value of each flag a plan depends on.

Rules of llama.cpp common/arg.cpp and tools/llama-bench/llama-bench.cpp, 0.5.0-dev. ``std::stoi`` stops
at the first
character that is no digit, so ``-c 32k`` is 32 tokens; that is accepted by the engine and therefore a
warning here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from planner.commands.findings import nearest_word
from planner.commands.llama_checks import MAX_DEVICES
from planner.commands.llama_flags import LlamaFlag
from planner.settings import ALL_LAYERS

Values = dict[str, Any]
Setter = Callable[[Values, Any, str, LlamaFlag, bool], "str | None"]
"""Puts one value into the settings; returns a warning for what the engine takes but hardly anyone means."""

TRUE_WORDS = frozenset({"on", "enabled", "true", "1"})
FALSE_WORDS = frozenset({"off", "disabled", "false", "0"})
AUTO_WORDS = frozenset({"auto", "-1"})
DENSE_FFN_PATTERN = r"blk\.{}\.ffn_(up|down|gate)\."
"""What ``--n-cpu-ffn`` adds per block (common/common.h, LLM_FFN_DENSE_REGEX)."""


class ValueFaultError(ValueError):
    """A value the engine refuses (or that makes it fail)."""

    def __init__(
        self, message: str, engine: str, nearest: str | None = None, fatal: bool = True, later: bool = False
    ) -> None:
        super().__init__(message)
        self.later = later
        """True: the parser takes it, and something fails afterwards."""
        self.engine = engine
        self.nearest = nearest
        self.fatal = fatal


def parse_int(text: str) -> tuple[int, str]:
    """Read an integer as ``std::stoi`` does.

    Returns
    -------
    tuple of int and str
        The number and the rest that was not read.

    Raises
    ------
    ValueFaultError
        When there is no number, or it does not fit 32 bits.
    """
    match = re.match(r"\s*([+-]?\d+)(.*)\Z", text, re.DOTALL)
    if not match:
        raise ValueFaultError(f"{text!r} is not a whole number", "stoi")
    value = int(match.group(1))
    if not -(2**31) <= value < 2**31:
        raise ValueFaultError(f"{text} does not fit 32 bits; the largest valid value is {2**31 - 1}", "stoi")
    return value, match.group(2)


KV_OVERRIDE = re.compile(r"[^=]{1,127}=(int|float|bool|str):.*", re.DOTALL)
"""What ``--override-kv`` takes (common/common.cpp, ``string_parse_kv_override``)."""


def check_plain_value(flag: LlamaFlag, value: object) -> None:
    """Check the value of a flag that no setting of a plan depends on.

    Raises
    ------
    ValueFaultError
        Where the flag has a list of words and the value is none of them, or it overrides metadata in no known form.
    """
    if not isinstance(value, str):
        return
    if flag.choices and value not in flag.choices:
        near = nearest_word(value, flag.choices) or flag.choices[0]
        raise ValueFaultError(
            f"valid are {', '.join(flag.choices)}; nearest is {near}", "invalid value", f"{flag.short} {near}"
        )
    if flag.long == "--override-kv" and not all(KV_OVERRIDE.fullmatch(part) for part in value.split(",")):
        raise ValueFaultError(
            f"{value!r} is not KEY=TYPE:VALUE with the type int, float, bool or str",
            f"malformed KV override '{value}'",
            f"{flag.short} tokenizer.ggml.add_bos_token=bool:false",
        )


def _int(text: str, token: str, bench: bool = False) -> tuple[int, str | None]:
    """Read an integer and warn about what was cut off; llama-bench takes the first of a list or range."""
    if bench:
        if not re.fullmatch(r"-?\d+(-\d+([+*]\d+)?)?(,-?\d+(-\d+([+*]\d+)?)?)*", text):
            raise ValueFaultError(f"{text!r} is not a list of whole numbers", "invalid range format")
        match = re.match(r"-?\d+", text)
        assert match is not None
        first = match.group(0)
        warning = (
            None if first == text else f"{token} {text} runs several tests; the first, {first}, is looked at"
        )
        return int(first), warning
    value, rest = parse_int(text)
    if rest.strip():
        return (
            value,
            f"{token} {text} is read as {value}: llama.cpp stops at {rest!r}; write {_meant(value, rest)}",
        )
    return value, None


def _meant(value: int, rest: str) -> str:
    factor = {"k": 1024, "m": 1024**2}.get(rest.strip().lower()[:1], 1)
    digits = re.sub(r"\D", "", rest)
    return f"{value}{digits}" if rest[:1] in ",._'" and digits else str(value * factor)


def _number(name: str, minimum: int, why: str) -> Setter:
    def setter(values: Values, text: str, token: str, flag: LlamaFlag, bench: bool) -> str | None:
        value, warning = _int(text, token, bench)
        if value < minimum:
            raise ValueFaultError(
                f"the smallest valid value is {minimum}",
                why.format(value=value),
                nearest=f"{token} {minimum}",
            )
        values[name] = value
        return warning

    return setter


def _n_parallel(values: Values, text: str, token: str, flag: LlamaFlag, bench: bool) -> str | None:
    value, warning = _int(text, token)
    if value == 0:
        raise ValueFaultError(
            "0 slots answer nobody; the smallest valid value is 1",
            "error: invalid value for n_parallel",
            f"{token} 1",
        )
    values["n_parallel"] = value if value > 0 else None
    return warning


def _main_gpu(values: Values, text: str, token: str, flag: LlamaFlag, bench: bool) -> str | None:
    values["main_gpu"], warning = _int(text, token, bench)
    return warning


def _n_gpu_layers(values: Values, text: str, token: str, flag: LlamaFlag, bench: bool) -> str | None:
    if not bench and text in ("auto", "all"):
        values["n_gpu_layers"] = None if text == "auto" else ALL_LAYERS
        return None
    try:
        value, warning = _int(text, token, bench)
    except ValueFaultError as fault:
        raise ValueFaultError(
            f"{text!r} is neither a number nor auto nor all", fault.engine, f"{token} all"
        ) from None
    if value < 0:
        values["n_gpu_layers"] = None if value == -1 and not bench else ALL_LAYERS
    else:
        values["n_gpu_layers"] = value
    return warning


def _n_cpu_moe(values: Values, text: str, token: str, flag: LlamaFlag, bench: bool) -> str | None:
    value, warning = _int(text, token, bench)
    if value < 0:
        raise ValueFaultError("the smallest valid value is 0", "invalid value", f"{token} 0")
    before = values.get("n_cpu_moe", 0)
    values["n_cpu_moe"] = ALL_LAYERS if before == ALL_LAYERS else max(before, value)
    return warning


def _cpu_moe(values: Values, text: object, token: str, flag: LlamaFlag, bench: bool) -> str | None:
    values["n_cpu_moe"] = ALL_LAYERS
    return None


def _n_cpu_ffn(values: Values, text: str, token: str, flag: LlamaFlag, bench: bool) -> str | None:
    value, warning = _int(text, token)
    if value < 0:
        raise ValueFaultError("the smallest valid value is 0", "invalid value", f"{token} 0")
    more = tuple((DENSE_FFN_PATTERN.format(i), "CPU") for i in range(min(value, 1024)))
    values["override_tensor"] = (*values.get("override_tensor", ()), *more)
    return warning


def _override_tensor(values: Values, text: str, token: str, flag: LlamaFlag, bench: bool) -> str | None:
    pairs = []
    for item in text.split(";" if bench else ","):
        pattern, equals, buffer = item.partition("=")
        if not equals or not pattern:
            raise ValueFaultError(
                f"{item!r} has no buffer; write PATTERN=CPU",
                "invalid value",
                f"{token} {item or 'PATTERN'}=CPU",
            )
        if not re.fullmatch(
            r"CPU|(CUDA|ROCm|Vulkan|SYCL|MUSA|CANN|HIP|OpenCL|MTL)\d+|Metal|RPC\d*\[[^\]]+\]", buffer
        ):
            near = nearest_word(buffer, ("CPU", "CUDA0", "ROCm0", "Vulkan0", "Metal", "SYCL0"))
            raise ValueFaultError(
                f"{buffer!r} is no buffer of a device; nearest is {near or 'CPU'}",
                "unknown buffer type",
                f"{token} {pattern}={near or 'CPU'}",
            )
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueFaultError(f"{pattern!r} is no regular expression: {error}", "regex_error") from None
        pairs.append((pattern, buffer))
    values["override_tensor"] = (*values.get("override_tensor", ()), *pairs)
    return None


def _tensor_split(values: Values, text: str, token: str, flag: LlamaFlag, bench: bool) -> str | None:
    if bench:
        text = text.split(",")[0]
    parts = re.split(r"[;/]+" if bench else r"[,/]+", text)
    if len(parts) >= MAX_DEVICES + bench:
        raise ValueFaultError(
            f"{len(parts)} numbers; at most {MAX_DEVICES - 1} GPUs are possible",
            f"got {len(parts)} input configs, but system only has {MAX_DEVICES} devices",
        )
    numbers = []
    for part in parts:
        match = re.match(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)", part)
        if not match:
            raise ValueFaultError(f"{part!r} is not a number; write one share per GPU, e.g. 3,1", "stof")
        numbers.append(float(match.group(1)))
    if any(number < 0 for number in numbers):
        raise ValueFaultError("a share cannot be negative", "failed to load model", later=True)
    if sum(numbers) > 0:
        values["tensor_split"] = tuple(numbers)
    return None


def _fit_target(values: Values, text: str, token: str, flag: LlamaFlag, bench: bool) -> str | None:
    parts = re.split(r"[,/]+", text)
    if len(parts) >= MAX_DEVICES:
        raise ValueFaultError(
            f"{len(parts)} numbers; at most {MAX_DEVICES - 1} GPUs are possible",
            f"got {len(parts)} input configs, but system only has {MAX_DEVICES} devices",
        )
    numbers = []
    for part in parts:
        match = re.match(r"\s*\+?(\d+)", part)
        if not match and not (bench and part == "off"):
            raise ValueFaultError(
                f"{part!r} is not a number; write MiB per device, e.g. 1024", "stoull", f"{token} 1024"
            )
        if match:
            numbers.append(int(match.group(1)))
    if numbers:
        values["fit_target"] = tuple(numbers)
    return None


def _choice(name: str, message: str) -> Setter:
    def setter(values: Values, text: str, token: str, flag: LlamaFlag, bench: bool) -> str | None:
        word = text.split(",")[0] if bench else text
        if word not in flag.choices:
            near = nearest_word(word, flag.choices) or flag.choices[0]
            raise ValueFaultError(
                f"valid are {', '.join(flag.choices)}; nearest is {near}",
                message.format(value=word),
                f"{token} {near}",
            )
        values[name] = word
        return None

    return setter


def _flash_attn(values: Values, text: str, token: str, flag: LlamaFlag, bench: bool) -> str | None:
    word = text.split(",")[0] if bench else text
    meaning = (
        "on"
        if word in TRUE_WORDS
        else "off"
        if word in FALSE_WORDS
        else "auto"
        if word in AUTO_WORDS
        else None
    )
    if meaning is None:
        near = nearest_word(word, ("on", "off", "auto")) or "on"
        raise ValueFaultError(
            f"valid are on, off and auto; nearest is {near}",
            f"error: unknown value for --flash-attn: '{word}'",
            f"{token} {near}",
        )
    values["flash_attn"] = meaning
    return None


def _fit(values: Values, text: str, token: str, flag: LlamaFlag, bench: bool) -> str | None:
    if text not in TRUE_WORDS | FALSE_WORDS:
        raise ValueFaultError(
            "valid are on and off", f"error: unknown value for --fit: '{text}'", f"{token} off"
        )
    values["fit"] = text in TRUE_WORDS
    return None


def _devices(values: Values, text: str, token: str, flag: LlamaFlag, bench: bool) -> str | None:
    if bench:
        text = text.split(",")[0]
        if text.strip() == "auto":
            return None
    names = [name.strip() for name in text.split("/" if bench else ",")]
    if not all(names):
        raise ValueFaultError("an empty device name; write for example CUDA0,CUDA1", "no devices specified")
    bad = [name for name in names if not re.fullmatch(r"[A-Za-z]+\d*(\[[^\]]+\])?", name)]
    if len(names) > 1 and "none" in names:
        bad = ["none"]
    if bad or "CPU" in names:
        name = bad[0] if bad else "CPU"
        raise ValueFaultError(
            f"{name!r} is no device here; none alone means the processor only",
            f"invalid device: {name}",
            f"{token} none" if name in ("CPU", "none") else f"{token} CUDA0",
        )
    values["devices"] = tuple(names)
    return None


def _switch(name: str) -> Setter:
    def setter(values: Values, value: object, token: str, flag: LlamaFlag, bench: bool) -> str | None:
        values[name] = value if isinstance(value, bool) else str(value).split(",")[0] in TRUE_WORDS
        return None

    return setter


def _inverted(name: str) -> Setter:
    """For llama-bench's ``-nkvo 1`` and ``-nopo 1``."""

    def setter(values: Values, text: str, token: str, flag: LlamaFlag, bench: bool) -> str | None:
        word = text.split(",")[0]
        if word not in ("0", "1"):
            raise ValueFaultError("valid are 0 and 1", "invalid parameter", f"{token} 1")
        values[name] = word == "0"
        return None

    return setter


def _load_mode(values: Values, value: str | bool, token: str, flag: LlamaFlag, bench: bool) -> str | None:
    if isinstance(value, bool):
        name = "dio" if "dio" in token or "direct" in token else "mlock" if "mlock" in token else "mmap"
        values["load_mode"] = name if value else "none" if name == "mmap" else values.get("load_mode")
        return None
    warning = _choice("load_mode", "invalid value")(values, value, token, flag, bench)
    if values["load_mode"] == "auto":
        values["load_mode"] = None
    return warning


def _threads(values: Values, text: str, token: str, flag: LlamaFlag, bench: bool) -> str | None:
    value, warning = _int(text, token, bench)
    values["threads"] = value if value > 0 else None
    return warning


def _cache_ram(values: Values, text: str, token: str, flag: LlamaFlag, bench: bool) -> str | None:
    values["cache_ram_mib"], warning = _int(text, token)
    return warning


def _rpc(values: Values, text: str, token: str, flag: LlamaFlag, bench: bool) -> str | None:
    servers = tuple(part.strip() for part in text.split(","))
    bad = [part for part in servers if not re.fullmatch(r"\[?[A-Za-z0-9_.:-]+\]?:\d{1,5}", part)]
    if bad:
        raise ValueFaultError(
            f"{bad[0]!r} is not host:port", f"Failed to connect to {bad[0]}", f"{token} HOST:50052"
        )
    values["rpc"] = servers
    return None


SETTERS: dict[str, Setter] = {
    "n_ctx": _number(
        "n_ctx", 0, "{value} is taken for an unsigned number of 4 billion tokens; allocation fails"
    ),
    "n_parallel": _n_parallel,
    "kv_unified": _switch("kv_unified"),
    "n_batch": _number("n_batch", 1, "n_batch = {value}: the engine aborts"),
    "n_ubatch": _number("n_ubatch", 0, "n_ubatch = {value}: the context cannot be created"),
    "n_gpu_layers": _n_gpu_layers,
    "n_cpu_moe": _n_cpu_moe,
    "cpu_moe": _cpu_moe,
    "n_cpu_ffn": _n_cpu_ffn,
    "override_tensor": _override_tensor,
    "tensor_split": _tensor_split,
    "split_mode": _choice("split_mode", "invalid value"),
    "main_gpu": _main_gpu,
    "devices": _devices,
    "flash_attn": _flash_attn,
    "cache_type_k": _choice("cache_type_k", "Unsupported cache type: {value}"),
    "cache_type_v": _choice("cache_type_v", "Unsupported cache type: {value}"),
    "swa_full": _switch("swa_full"),
    "kv_offload": _switch("kv_offload"),
    "no_kv_offload": _inverted("kv_offload"),
    "op_offload": _switch("op_offload"),
    "no_op_offload": _inverted("op_offload"),
    "repack": _switch("repack"),
    "load_mode": _load_mode,
    "fit": _fit,
    "fit_target": _fit_target,
    "fit_ctx": _number("fit_ctx", 0, "{value} is taken for an unsigned number of 4 billion tokens"),
    "cache_ram_mib": _cache_ram,
    "threads": _threads,
    "rpc": _rpc,
    "prompt_tokens": _number("prompt_tokens", 0, "invalid range format"),
    "gen_tokens": _number("gen_tokens", -2, "invalid"),
    "depth": _number("depth", 0, "invalid range format"),
}
