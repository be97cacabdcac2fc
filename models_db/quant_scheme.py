"""Quantization schemes and KV cache types, by the names people write."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Final

from models_db.source import DateText, Record, SourcedFact, Text

DATA: Final = Path(__file__).parent / "data"
SCHEMES_FILE: Final = DATA / "quant_schemes.json"
CACHE_TYPES_FILE: Final = DATA / "cache_types.json"


class UnknownQuantError(ValueError):
    """No quantization scheme (or cache type) goes by that name; ``nearest`` lists the closest ones."""

    def __init__(self, text: str, nearest: tuple[str, ...], what: str = "quantization") -> None:
        self.text = text
        self.nearest = nearest
        super().__init__(f'unknown {what} "{text}"; nearest: {", ".join(nearest)}')


class QualityLoss(Record):
    """One published figure of what a scheme loses against the unquantized model."""

    model: Text
    metric: Text
    """``"perplexity increase"`` (absolute), the same in ``percent``, or ``"mean KL divergence"`` (nats)."""
    value: float
    reference: Text
    imatrix: Text | None = None
    """Importance matrix used, None if none."""
    source: Text
    date: DateText


class MeasuredBits(Record):
    """Bits per weight of a whole published file."""

    model: Text
    value: float
    source: Text
    date: DateText


class QuantScheme(Record):
    """One way of storing weights."""

    name: Text
    aliases: tuple[Text, ...] = ()
    engines: tuple[Text, ...]
    """Engines that load it: ``"llama.cpp"``, ``"vllm"``."""
    family: Text
    """``float``, ``legacy``, ``k``, ``i``, ``ternary``, ``mxfp4``, ``nvfp4``; of safetensors files also
    ``fp8``, ``awq``, ``gptq``, ``int8``, ``int4``."""
    ftype: int | None = None
    """Number in llama.cpp's ``enum llama_ftype``; None for schemes of safetensors repositories."""
    tensor_type: Text | None = None
    """Default ggml type of the weight matrices (``llama_ftype_get_default_type``)."""
    bits_per_weight: float
    """Of the default block type, scales included; a whole file has more."""
    measured_bits_per_weight: MeasuredBits | None = None
    needs_imatrix: bool = False
    """llama-quantize refuses to make it without an importance matrix."""
    based_on: Text | None = None
    """Scheme whose rule sizes it, for variants that llama.cpp has no rule for."""
    note: Text | None = None
    quality_loss: tuple[QualityLoss, ...] = ()
    sources: tuple[SourcedFact, ...]

    def loss(self, metric: str, model: str | None = None) -> float | None:
        """Best published loss by that metric (made with an imatrix where there is one), or None.

        A variant without figures of its own has None, although its base may have some.
        """
        figures = [q for q in self.quality_loss if q.metric == metric and model in (None, q.model)]
        return min((q.value for q in figures), default=None)


class CacheType(Record):
    """One data type a KV cache can have."""

    name: Text
    aliases: tuple[Text, ...] = ()
    engines: tuple[Text, ...]
    bits_per_element: float
    sources: tuple[SourcedFact, ...]


def quant_key(text: str) -> str:
    """Return the form in which quantization names are compared: lower case, letters and digits only."""
    return re.sub(r"[^a-z0-9]", "", text.lower())


@lru_cache(maxsize=1)
def load_quant_schemes() -> tuple[QuantScheme, ...]:
    """All schemes, in the order of the data file."""
    rows = json.loads(SCHEMES_FILE.read_text(encoding="utf-8"))["schemes"]
    return tuple(QuantScheme.model_validate(row) for row in rows)


@lru_cache(maxsize=1)
def load_cache_types() -> tuple[CacheType, ...]:
    """All KV cache types, llama.cpp's first."""
    rows = json.loads(CACHE_TYPES_FILE.read_text(encoding="utf-8"))["cache_types"]
    return tuple(CacheType.model_validate(row) for row in rows)


@lru_cache(maxsize=1)
def quant_index() -> dict[str, QuantScheme]:
    """Scheme of every comparable name; names beat aliases, earlier schemes beat later ones."""
    schemes = load_quant_schemes()
    index = {quant_key(s.name): s for s in schemes}
    for scheme in schemes:
        for alias in scheme.aliases:
            index.setdefault(quant_key(alias), scheme)
    return index


def parse_quant(text: str) -> QuantScheme:
    """Find the scheme people mean by ``q4_k_m``, ``Q4-K-M``, ``UD-Q4_K_XL``, ``gptq-int4`` …

    Raises
    ------
    UnknownQuantError
        If no scheme goes by that name; a bare "4bit" is one of many, so it is unknown too.
    """
    scheme = quant_index().get(quant_key(text))
    if scheme is None:
        raise UnknownQuantError(text, nearest_quants(text))
    return scheme


def nearest_quants(text: str, n: int = 4) -> tuple[str, ...]:
    """Names of the ``n`` schemes that look most like ``text``."""
    key = quant_key(text)
    bits = re.match(r"^(?:int)?(\d)(?:b|bit|bits|bpw)?$", key) or re.match(r"^(\d)bit", key)
    if bits:  # "4bit": the usual schemes of that width
        width = int(bits[1])
        usual = {2: "Q2_K", 3: "Q3_K_M", 4: "Q4_K_M", 5: "Q5_K_M", 6: "Q6_K", 8: "Q8_0"}
        further = {3: ("IQ3_M",), 4: ("AWQ", "GPTQ-Int4", "NVFP4"), 8: ("FP8", "GPTQ-Int8")}
        if width in usual:
            return (usual[width], *further.get(width, ()))[:n]
    scored = sorted(
        (
            (difflib.SequenceMatcher(None, key, quant_key(s.name)).ratio(), s.name)
            for s in load_quant_schemes()
        ),
        key=lambda pair: -pair[0],
    )
    return tuple(name for _, name in scored[:n])


def parse_cache_type(text: str, engine: str | None = None) -> CacheType:
    """Find a KV cache type by name (``q8_0``, ``FP16``, ``iq4-nl`` …).

    Raises
    ------
    UnknownQuantError
        If no type (of that engine) goes by that name.
    """
    key = quant_key(text)
    types = [t for t in load_cache_types() if engine is None or engine in t.engines]
    for kind in types:
        if key in {quant_key(name) for name in (kind.name, *kind.aliases)}:
            return kind
    names = [t.name for t in types]
    close = difflib.get_close_matches(text.lower(), names, n=4, cutoff=0.0)
    raise UnknownQuantError(text, tuple(close), "cache type")


def scheme_names(schemes: Iterable[QuantScheme] | None = None, engine: str | None = None) -> tuple[str, ...]:
    """Names of all schemes that ``engine`` loads, variants left out."""
    chosen = load_quant_schemes() if schemes is None else schemes
    return tuple(s.name for s in chosen if s.based_on is None and engine in (None, *s.engines))
