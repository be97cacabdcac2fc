"""Quantization schemes and cache types."""

from __future__ import annotations

import re

import pytest

from models_db.quant_scheme import (
    QuantScheme,
    UnknownQuantError,
    load_cache_types,
    load_quant_schemes,
    parse_cache_type,
    parse_quant,
    quant_key,
    scheme_names,
)

SCHEMES = load_quant_schemes()
LLAMA_FTYPES = {
    "F32": 0,
    "F16": 1,
    "Q4_0": 2,
    "Q4_1": 3,
    "Q8_0": 7,
    "Q5_0": 8,
    "Q5_1": 9,
    "Q2_K": 10,
    "Q3_K_S": 11,
    "Q3_K_M": 12,
    "Q3_K_L": 13,
    "Q4_K_S": 14,
    "Q4_K_M": 15,
    "Q5_K_S": 16,
    "Q5_K_M": 17,
    "Q6_K": 18,
    "IQ2_XXS": 19,
    "IQ2_XS": 20,
    "Q2_K_S": 21,
    "IQ3_XS": 22,
    "IQ3_XXS": 23,
    "IQ1_S": 24,
    "IQ4_NL": 25,
    "IQ3_S": 26,
    "IQ3_M": 27,
    "IQ2_S": 28,
    "IQ2_M": 29,
    "IQ4_XS": 30,
    "IQ1_M": 31,
    "BF16": 32,
    "TQ1_0": 36,
    "TQ2_0": 37,
    "MXFP4_MOE": 38,
    "NVFP4": 39,
    "Q1_0": 40,
    "Q2_0": 41,
}
"""Numbers of llama.cpp's include/llama.h, enum llama_ftype (b0.5.0-dev)."""


def test_that_every_llama_cpp_file_type_is_there_under_its_number() -> None:
    ours = {
        s.name: s.ftype for s in SCHEMES if s.ftype is not None and s.based_on is None and s.name != "MXFP4"
    }
    assert ours == LLAMA_FTYPES


def test_that_the_schemes_of_hugging_face_repositories_are_there() -> None:
    assert {"BF16", "FP16", "FP8", "AWQ", "GPTQ-Int4", "GPTQ-Int8", "NVFP4", "MXFP4", "W8A8", "W4A16"} <= set(
        scheme_names(engine="vllm")
    )


@pytest.mark.parametrize("s", [pytest.param(s, id=s.name) for s in SCHEMES])
def test_that_each_scheme_is_complete_and_sourced(s: QuantScheme) -> None:
    assert 1.0 < s.bits_per_weight <= 32.0
    assert s.sources
    assert set(s.engines) <= {"llama.cpp", "vllm"}
    measured = s.measured_bits_per_weight
    if measured is not None:  # a file never has less than its smallest block type would give
        assert 0.9 * s.bits_per_weight < measured.value < 1.5 * s.bits_per_weight
    for figure in s.quality_loss:
        assert figure.value >= 0
        assert figure.source
        assert figure.date
    if s.based_on is not None:
        assert parse_quant(s.based_on).based_on is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("q4_k_m", "Q4_K_M"),
        ("Q4-K-M", "Q4_K_M"),
        ("q4km", "Q4_K_M"),
        ("Q4_K", "Q4_K_M"),
        ("iq4_xs", "IQ4_XS"),
        ("UD-Q4_K_XL", "UD-Q4_K_XL"),
        ("Q4_K_XL", "UD-Q4_K_XL"),
        ("q8", None),
        ("Q8_0", "Q8_0"),
        ("mxfp4", "MXFP4"),
        ("MXFP4_MOE", "MXFP4_MOE"),
        ("f16", "F16"),
        ("fp16", "FP16"),
        ("bf16", "BF16"),
        ("fp8", "FP8"),
        ("FP8-dynamic", "FP8"),
        ("awq", "AWQ"),
        ("gptq", "GPTQ-Int4"),
        ("GPTQ-Int8", "GPTQ-Int8"),
        ("nvfp4", "NVFP4"),
        ("w4a16", "W4A16"),
        ("W8A8", "W8A8"),
        ("int8", "W8A8"),
        ("4bit", None),
        ("Q9_K", None),
        ("", None),
    ],
)
def test_that_names_are_read_as_people_write_them(text: str, name: str | None) -> None:
    if name is None:
        with pytest.raises(UnknownQuantError) as caught:
            parse_quant(text)
        assert caught.value.nearest
    else:
        assert parse_quant(text).name == name


def test_that_a_bare_width_lists_the_usual_schemes_of_that_width() -> None:
    with pytest.raises(UnknownQuantError, match="Q4_K_M, AWQ, GPTQ-Int4"):
        parse_quant("4bit")
    with pytest.raises(UnknownQuantError, match="Q8_0, FP8"):
        parse_quant("8-bit")


def test_that_every_name_and_alias_is_read_as_its_scheme() -> None:
    for scheme in SCHEMES:
        assert parse_quant(scheme.name) is scheme
        for alias in scheme.aliases:
            assert parse_quant(alias) is scheme, alias
    keys = [quant_key(n) for s in SCHEMES for n in (s.name, *s.aliases)]
    assert len(keys) == len(set(keys))


def test_that_published_losses_fall_as_bits_rise() -> None:
    names = ["IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ2_M", "IQ3_XXS", "IQ3_XS", "IQ3_S", "IQ3_M"]
    names += ["Q3_K_L", "IQ4_XS", "Q4_K_S", "Q4_K_M", "Q5_K_S", "Q5_K_M", "Q6_K", "Q8_0", "F16"]
    losses = [parse_quant(n).loss("mean KL divergence", "meta-llama/Meta-Llama-3-8B") for n in names]
    assert all(value is not None for value in losses)
    assert losses == sorted(losses, reverse=True)  # type: ignore[type-var]


def test_that_a_scheme_without_published_loss_has_none() -> None:
    assert parse_quant("UD-Q4_K_XL").loss("mean KL divergence") is None
    assert parse_quant("TQ1_0").loss("mean KL divergence") is None


def test_that_what_llama_quantize_refuses_without_imatrix_is_marked() -> None:
    marked = {s.name for s in SCHEMES if s.needs_imatrix and s.based_on is None}
    assert marked == {"IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ2_M", "IQ3_XXS", "IQ3_XS", "Q2_K_S"}


def test_that_bits_per_weight_agree_with_the_block_table() -> None:
    from models_db.ggml_types import BYTES_PER_ELEMENT, type_code

    for scheme in SCHEMES:
        if scheme.tensor_type is not None:
            assert scheme.bits_per_weight == 8 * BYTES_PER_ELEMENT[type_code(scheme.tensor_type)], scheme.name


def test_that_cache_types_are_llama_cpps() -> None:
    names = [t.name for t in load_cache_types() if "llama.cpp" in t.engines]
    assert sorted(names) == sorted(["f32", "f16", "bf16", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0", "iq4_nl"])


@pytest.mark.parametrize(
    ("text", "name"),
    [("Q8_0", "q8_0"), ("FP16", "f16"), ("iq4-nl", "iq4_nl"), ("q8", "q8_0"), ("fp8_e4m3", "fp8")],
)
def test_that_cache_types_are_read_as_people_write_them(text: str, name: str) -> None:
    assert parse_cache_type(text).name == name


def test_that_an_unknown_cache_type_lists_the_nearest() -> None:
    with pytest.raises(UnknownQuantError, match=re.escape('unknown cache type "q4_k"; nearest: q4_')):
        parse_cache_type("q4_k")
    with pytest.raises(UnknownQuantError):
        parse_cache_type("fp8", engine="llama.cpp")
