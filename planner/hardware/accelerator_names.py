"""Finding the accelerator that people or drivers mean: ``4090``, ``NVIDIA RTX 4090 Laptop GPU``, ``2x 3090``.

A name is cut into tokens (``rtx4070ti`` → ``rtx 4070 ti``), makers' and filler words are dropped, and the
tokens are compared sorted: order and spelling do not matter but ``Ti``, ``SUPER``, ``Laptop`` or ``Ada`` do.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from models_db.accelerator import GIB, AcceleratorSpec, load_accelerators
from planner.units import ValueFault, gib, parse_gib
from planner.words import say, say_fact, say_list

MAX_GPUS = 64
"""Largest number of GPUs of one machine."""
MAX_NAME_LENGTH = 100
"""Longest name of a GPU that is looked up."""
MIN_GPU_GIB = 0.25
"""Smallest memory of a GPU that is accepted. [GiB]"""
SAME_MEMORY = 0.12
"""A driver's total and a nominal size belong together when they differ by less than this share."""

_FILLER = frozenset(
    re.split(
        r"\s+",
        "nvidia geforce amd ati advanced micro devices intel corporation radeon instinct tesla graphics "
        "graphic gpu card generation edition workstation with design the inc hbm2 hbm2e hbm3 hbm3e gddr5 "
        "gddr5x gddr6 gddr6x gddr7 quadro soc chip family series vram cores core tensor",
    )
)
_PREFIXES = frozenset({"rtx", "gtx", "rx", "arc", "apple", "jetson", "ai", "sxm", "pcie"})
"""Tokens that may be left out."""
_SPLIT_WORDS = {"tisuper": ("ti", "super"), "maxq": ("maxq",), "sxm": ("sxm",)}
_REPLACE = (
    (re.compile(r"\bw/\s*", re.I), " "),
    (re.compile(r"\((?:tm|r|c)\)|[®™©]", re.I), " "),
    (re.compile(r"\bmax[\s-]*q\b", re.I), " maxq "),
    (re.compile(r"\b(?:mobile|notebook|laptop gpu)\b", re.I), " laptop "),
    (re.compile(r"\b(?:sxm)\d\b", re.I), " sxm "),
    (re.compile(r"\bpci[\s-]?e\b", re.I), " pcie "),
    (re.compile(r"(\d+)[\s-]*(?:gib|gb|g)(?![a-z0-9])", re.I), r" \1gb "),
    (re.compile(r"(\d+)[\s-]*core(?:s)?\b(?:\s*gpu\b)?", re.I), r" \1cores "),
    (re.compile(r"\+"), " "),
)
_TOKEN = re.compile(r"\d+gb|\d+cores|[a-z]+|\d+")


class UnknownAccelerator(ValueFault):
    """No accelerator, or more than one, has the name; the message lists the nearest."""


@dataclass(frozen=True, slots=True)
class GpuRequest:
    """One ``--gpu`` argument."""

    count: int
    spec: AcceleratorSpec
    memory_bytes: int | None = None
    """Memory of each, if it was written (``:48``). [bytes]"""
    note: str | None = None
    """What was assumed, if the name left something open."""


def name_tokens(text: str) -> tuple[str, ...]:
    """Tokens of a name that tell chips apart, sorted.

    Examples
    --------
    >>> name_tokens("NVIDIA GeForce RTX 4070 Ti SUPER")
    ('4070', 'rtx', 'super', 'ti')
    """
    cleaned = text
    for pattern, replacement in _REPLACE:
        cleaned = pattern.sub(replacement, cleaned)
    tokens: list[str] = []
    for token in _TOKEN.findall(cleaned.lower()):
        tokens += _SPLIT_WORDS.get(token, (token,))
    kept = [token for token in tokens if token not in _FILLER]
    if "quadro" in tokens and "rtx" in tokens and any(t.isdigit() for t in tokens) and "a" not in tokens:
        kept.append("quadro")
    return tuple(sorted(kept))


@dataclass(frozen=True, slots=True)
class _Entry:
    """One name of the table."""

    tokens: tuple[str, ...]
    bare: tuple[str, ...]
    """Tokens without those that may be left out."""
    plain: tuple[str, ...]
    """``bare`` without memory sizes."""
    spec: AcceleratorSpec
    note: str | None


def _entry(name: str, spec: AcceleratorSpec, note: str | None) -> _Entry:
    tokens = name_tokens(name)
    bare = tuple(token for token in tokens if token not in _PREFIXES)
    return _Entry(tokens, bare, tuple(token for token in bare if not _is_memory(token)), spec, note)


@lru_cache(maxsize=1)
def _entries() -> tuple[_Entry, ...]:
    entries = []
    for spec in load_accelerators():
        entries += [_entry(name, spec, None) for name in (spec.name, *spec.aliases)]
        entries += [_entry(name, spec, f"{name}: {note}") for name, note in spec.assumed_aliases.items()]
    return tuple(entries)


def _is_memory(token: str) -> bool:
    return token.endswith("gb")


def _specs(entries: Iterable[_Entry]) -> list[AcceleratorSpec]:
    return list({entry.spec.name: entry.spec for entry in entries}.values())


def candidates(text: str) -> tuple[list[AcceleratorSpec], str | None]:
    """Accelerators a name may mean, and the note of the alias that decided.

    Returns
    -------
    tuple of list of AcceleratorSpec and (str or None)
        One entry when the name is clear, several when it is ambiguous, none when it is unknown.
    """
    tokens = name_tokens(text)
    if not tokens:
        return [], None
    exact = [entry for entry in _entries() if entry.tokens == tokens]
    if exact:
        return _specs(exact), exact[0].note
    bare = tuple(t for t in tokens if t not in _PREFIXES)
    if not bare:
        return [], None
    wanted = [t for t in tokens if t in _PREFIXES]
    close = [e for e in _entries() if e.bare == bare and all(t in e.tokens for t in wanted)]
    if close:
        return _specs(close), close[0].note
    loose = [e for e in _entries() if e.plain == bare and all(t in e.tokens for t in wanted)]
    return _specs(loose), None


def nearest_names(text: str, limit: int = 4) -> list[str]:
    """Names of the table that look most like a text, best first."""
    tokens = set(name_tokens(text[:MAX_NAME_LENGTH]))
    shared: dict[str, float] = {}
    for entry in _entries():
        numbers = any(t in entry.tokens for t in tokens if t.isdigit())
        score = len(tokens & set(entry.tokens)) / max(len(tokens), 1) + (0.5 if numbers else 0.0)
        shared[entry.spec.name] = max(shared.get(entry.spec.name, 0.0), score)
    matcher = difflib.SequenceMatcher(autojunk=False)
    matcher.set_seq2(" ".join(text[:MAX_NAME_LENGTH].casefold().split()))
    scored: dict[str, float] = {}
    for name in sorted(shared, key=lambda name: -shared[name]):
        if len(scored) >= 4 * limit and shared[name] == 0.0:
            break
        matcher.set_seq1(name.casefold())
        scored[name] = shared[name] + matcher.ratio()
    if not any(shared.values()):
        close = difflib.get_close_matches(text[:MAX_NAME_LENGTH], list(shared), limit, 0.3)
        return close or list(scored)[:limit]
    return sorted(scored, key=lambda name: -scored[name])[:limit]


def _of_memory(specs: list[AcceleratorSpec], memory_bytes: int) -> list[AcceleratorSpec]:
    def distance(spec: AcceleratorSpec) -> float:
        sizes = (spec.memory_bytes, spec.total_bytes, *spec.memory_options_bytes)
        return min(abs(memory_bytes - size) / size for size in sizes)

    best = min(distance(spec) for spec in specs)
    return [spec for spec in specs if distance(spec) <= best + 1e-9 and best <= SAME_MEMORY]


@lru_cache(maxsize=1024)
def find_accelerator(text: str, memory_bytes: int | None = None) -> tuple[AcceleratorSpec, str | None]:
    """The accelerator a name means, with a note of what was assumed.

    Parameters
    ----------
    text : str
        As people or drivers write it; case, spaces, makers' names and ``(TM)`` do not matter.
    memory_bytes : int, optional
        Memory that is known besides; tells variants of one name apart. [bytes]

    Raises
    ------
    UnknownAccelerator
        When no accelerator or more than one has the name.
    """
    shown = " ".join(text.split())
    if len(shown) > MAX_NAME_LENGTH:
        raise UnknownAccelerator(
            f"unknown GPU {shown[:40] + '…'!r}; names have at most {MAX_NAME_LENGTH} characters"
        )
    if not shown:
        raise UnknownAccelerator('the name of a GPU is empty; write for example "RTX 4090"')
    found, note = candidates(shown)
    if not found:
        found = _with_written_memory(shown)
    if memory_bytes is not None and found:
        narrowed = _of_memory(found, memory_bytes) or _of_memory(_variants(found, shown), memory_bytes)
        if narrowed:
            note = note if narrowed == found else None
            found = narrowed
    if not found:
        names = ", ".join(nearest_names(shown))
        raise UnknownAccelerator(f"unknown GPU {shown!r}; nearest are {names}")
    if len(found) > 1:
        same = {(s.memory_bytes, s.bandwidth_bytes_per_s) for s in found}
        if len(same) > 1:
            names = ", ".join(spec.name for spec in found[:6])
            raise UnknownAccelerator(f"{shown!r} may be any of {names}; write one of them")
        note = say("{gpu}: taken as {name}", gpu=shown, name=found[0].name)
    return found[0], note


def _with_written_memory(text: str) -> list[AcceleratorSpec]:
    """Accelerators named with their memory (``RTX 3090 24GB``) although the table's name leaves it out.

    Raises
    ------
    UnknownAccelerator
        When the name is known but the memory is not that of any such chip.
    """
    sizes = [int(token[:-2]) * GIB for token in name_tokens(text) if _is_memory(token)]
    if len(sizes) != 1:
        return []
    bare = re.sub(r"(?<![a-z0-9])\d+\s*-?\s*g(?:i?b)?(?![a-z0-9])", " ", text, flags=re.I)
    found, _ = candidates(bare)
    fitting = _of_memory(_variants(found, bare), sizes[0]) if found else []
    if found and not fitting:
        has = ", ".join(f"{spec.name} has {gib(spec.memory_bytes, 0)}" for spec in found[:4])
        raise UnknownAccelerator(
            f'{text!r}: {has}; for another size write "{" ".join(bare.split())}:{sizes[0] // GIB}"'
        )
    return fitting


def _variants(found: list[AcceleratorSpec], text: str) -> list[AcceleratorSpec]:
    """Chips that differ from those found only in memory size or form factor."""
    chosen = {spec.name for spec in found}
    plain = {entry.plain for entry in _entries() if entry.spec.name in chosen}
    wanted = [t for t in name_tokens(text) if t in ("sxm", "pcie")]
    others = [
        e.spec for e in _entries() if e.plain in plain and e.plain and all(t in e.tokens for t in wanted)
    ]
    return list({spec.name: spec for spec in (*found, *others)}.values())


def match_accelerator(text: str, memory_bytes: int | None = None) -> AcceleratorSpec:
    """The accelerator a name means; see :func:`find_accelerator`."""
    return find_accelerator(text, memory_bytes)[0]


def search_accelerators(text: str) -> list[AcceleratorSpec]:
    """Accelerators that a search text fits, in table order: every word is in a name, alias, maker or generation.

    Empty text fits all.
    """
    words = text.casefold().split()
    squeezed = "".join(words)
    found = []
    for spec in load_accelerators():
        names = " | ".join(
            (spec.name, *spec.aliases, *spec.assumed_aliases, spec.vendor, spec.generation)
        ).casefold()
        if all(word in names for word in words) or (squeezed and squeezed in names.replace(" ", "")):
            found.append(spec)
    if found or not words:
        return found
    return candidates(text[:MAX_NAME_LENGTH])[0]


def match_driver_name(text: str, memory_bytes: int | None = None) -> AcceleratorSpec | None:
    """The accelerator a driver's name means, or None: detection never raises."""
    try:
        return match_accelerator(text, memory_bytes)
    except ValueFault:
        return None


_COUNT = re.compile(r"^\s*(-?\d{1,3}(?:\.\d+)?)\s*[x×*]\s*(?=\S)(.*)$", re.I | re.S)
_COUNT_AFTER = re.compile(r"^(.*\S)\s+[x×*]\s*(\d+)\s*$", re.I | re.S)


def parse_gpu_spec(text: str) -> GpuRequest | None:
    """Read ``"RTX 4090"``, ``"2x RTX 3090"``, ``"RTX A6000:48"`` (48 GiB each) or ``none``.

    Returns
    -------
    GpuRequest or None
        None for ``none`` (no GPU).

    Raises
    ------
    ValueFault
        When the name, the count or the size cannot be used.
    """
    body = text.strip()
    if not body:
        raise ValueFault('--gpu is empty; write for example "RTX 4090", "2x RTX 3090" or none')
    if body.casefold() in ("none", "no", "cpu", "0"):
        return None
    count = 1
    match = _COUNT.match(body)
    after = _COUNT_AFTER.match(body)
    if match:
        number, body = match.group(1), match.group(2)
        count = _parse_count(number, text.strip())
    elif after:
        body, number = after.group(1), after.group(2)
        count = _parse_count(number, text.strip())
    memory: int | None = None
    if ":" in body:
        body, size = (part.strip() for part in body.rsplit(":", 1))
        memory = parse_gib(size, f"{body or 'GPU'}: memory", minimum=MIN_GPU_GIB)
    spec, note = find_accelerator(body, memory)
    return GpuRequest(count, spec, memory, _memory_note(spec, body, memory, note))


def _parse_count(number: str, text: str) -> int:
    value = float(number)
    if value != int(value) or not 1 <= value <= MAX_GPUS:
        raise ValueFault(f"{text!r}: the number of GPUs must be a whole number from 1 to {MAX_GPUS}")
    return int(value)


def _memory_note(spec: AcceleratorSpec, text: str, memory: int | None, note: str | None) -> str | None:
    notes = [note] if note else []
    said = any(_is_memory(token) for token in name_tokens(text))
    if memory is None and not said:
        if len(spec.memory_options_bytes) > 1:
            sizes = ", ".join(f"{size // GIB}" for size in spec.memory_options_bytes)
            notes.append(
                say(
                    '{gpu}: sold with {sizes} GiB; {assumed} assumed, write "{gpu}:{least}" for less',
                    gpu=spec.name,
                    sizes=sizes,
                    assumed=gib(spec.memory_bytes, 0),
                    least=spec.memory_options_bytes[0] // GIB,
                )
            )
        if spec.variant_note:
            notes.append(say("{gpu}: {what}", gpu=spec.name, what=say_fact(spec.variant_note)))
    return say_list(notes, "; ") if notes else None
