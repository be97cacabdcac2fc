"""Names people write, and the one model each means."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models_db.catalogue import load_catalogue
from models_db.model_spec import ModelSpec, Provenance
from models_db.names import (
    AmbiguousModelError,
    ModelNameError,
    UnknownModelError,
    name_index,
    resolve_model,
    words_of,
)
from models_db.quant_scheme import UnknownQuantError, parse_quant, quant_key

CATALOGUE = load_catalogue()
NAMES = [(name, m.id) for m in CATALOGUE for name in (m.id, m.name, *m.aliases)]

REAL_NAMES = [
    ("gemma3-27b", "google/gemma-3-27b-it", None),
    ("gemma 3 27b", "google/gemma-3-27b-it", None),
    ("google/gemma-3-27b-pt", "google/gemma-3-27b-it", None),
    ("gemma3:27b-it-qat", "google/gemma-3-27b-it", None),
    ("Gemma 3 1B", "google/gemma-3-1b-it", None),
    ("Llama-3-8B", "meta-llama/Meta-Llama-3-8B-Instruct", None),
    ("llama 3 70b", "meta-llama/Meta-Llama-3-70B-Instruct", None),
    ("llama3.1:8b", "meta-llama/Llama-3.1-8B-Instruct", None),
    ("llama-3-1-8b", "meta-llama/Llama-3.1-8B-Instruct", None),
    ("Llama 3.3", "meta-llama/Llama-3.3-70B-Instruct", None),
    ("scout", "meta-llama/Llama-4-Scout-17B-16E-Instruct", None),
    ("Llama 4 Scout", "meta-llama/Llama-4-Scout-17B-16E-Instruct", None),
    ("meta-llama/Llama-4-Maverick-17B-128E", "meta-llama/Llama-4-Maverick-17B-128E-Instruct", None),
    ("Qwen3-30B-A3B", "Qwen/Qwen3-30B-A3B", None),
    ("Qwen3-30B-A3B-Base", "Qwen/Qwen3-30B-A3B", None),
    ("qwen3 30b", "Qwen/Qwen3-30B-A3B", None),
    ("qwen3:30b-a3b", "Qwen/Qwen3-30B-A3B", None),
    ("Qwen3-235B-A22B-2507", "Qwen/Qwen3-235B-A22B-Instruct-2507", None),
    ("Qwen/Qwen3-30B-A3B-Thinking-2507", "Qwen/Qwen3-30B-A3B-Instruct-2507", None),
    ("Qwen 2.5 Coder 32B", "Qwen/Qwen2.5-Coder-32B-Instruct", None),
    ("qwq", "Qwen/QwQ-32B", None),
    ("gpt oss 120b", "openai/gpt-oss-120b", None),
    ("gptoss20b", "openai/gpt-oss-20b", None),
    ("deepseek-r1", "deepseek-ai/DeepSeek-R1", None),
    ("deepseek-r1:32b", "deepseek-ai/DeepSeek-R1-Distill-Qwen-32B", None),
    ("deepseek v3", "deepseek-ai/DeepSeek-V3", None),
    ("DeepSeek V3 0324", "deepseek-ai/DeepSeek-V3-0324", None),
    ("DeepSeek Coder V2", "deepseek-ai/DeepSeek-Coder-V2-Instruct", None),
    ("Phi-3 14B", "microsoft/Phi-3-medium-4k-instruct", None),
    ("phi4", "microsoft/phi-4", None),
    ("StarCoder2 15B", "bigcode/starcoder2-15b", None),
    ("Codestral", "mistralai/Codestral-22B-v0.1", None),
    ("Codestral 22B", "mistralai/Codestral-22B-v0.1", None),
    ("mistral 7b", "mistralai/Mistral-7B-Instruct-v0.3", None),
    ("mixtral-8x7b", "mistralai/Mixtral-8x7B-Instruct-v0.1", None),
    ("mistral-nemo:12b", "mistralai/Mistral-Nemo-Instruct-2407", None),
    ("kimi k2", "moonshotai/Kimi-K2-Instruct", None),
    ("GLM 4.5 Air", "zai-org/GLM-4.5-Air", None),
    ("command r plus", "CohereLabs/c4ai-command-r-plus-08-2024", None),
    ("Command R+", "CohereLabs/c4ai-command-r-plus-08-2024", None),
    ("Nemotron 3 Nano", "nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16", None),
    ("internlm2_5-7b-chat", "internlm/internlm2_5-7b-chat", None),
    ("olmo 2 13b", "allenai/OLMo-2-1124-13B-Instruct", None),
    # files
    ("llama-4-scout-Q4_K_M.gguf", "meta-llama/Llama-4-Scout-17B-16E-Instruct", "Q4_K_M"),
    ("Meta-Llama-3.1-8B-Instruct-IQ4_XS-00001-of-00002.gguf", "meta-llama/Llama-3.1-8B-Instruct", "IQ4_XS"),
    ("/models/Qwen3-30B-A3B-Q4_K_M.gguf", "Qwen/Qwen3-30B-A3B", "Q4_K_M"),
    (r"C:\models\gemma-3-27b-it-Q8_0.gguf", "google/gemma-3-27b-it", "Q8_0"),
    ("gemma-3-27b-it-qat-q4_0.gguf", "google/gemma-3-27b-it", "Q4_0"),
    ("gpt-oss-20b-mxfp4.gguf", "openai/gpt-oss-20b", "MXFP4"),
    ("mixtral-8x7b-instruct-v0.1.Q4_K_M.gguf", "mistralai/Mixtral-8x7B-Instruct-v0.1", "Q4_K_M"),
    ("mradermacher/Yi-34B-Chat.i1-Q4_K_M.gguf", "01-ai/Yi-34B-Chat", "Q4_K_M"),
    ("Qwen3-8B-F16.gguf", "Qwen/Qwen3-8B", "F16"),
    ("qwen2.5-coder-32b-instruct-q4_k_m-00001-of-00003.gguf", "Qwen/Qwen2.5-Coder-32B-Instruct", "Q4_K_M"),
    (
        "NVIDIA-Nemotron-3-Nano-30B-A3B-BF16-Q4_K_M.gguf",
        "nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16",
        "Q4_K_M",
    ),
    ("Llama-3_3-Nemotron-Super-49B-v1-IQ3_XXS.gguf", "nvidia/Llama-3_3-Nemotron-Super-49B-v1", "IQ3_XXS"),
    ("DeepSeek-V3.1-UD-IQ1_S-00001-of-00004.gguf", "deepseek-ai/DeepSeek-V3.1", "UD-IQ1_S"),
    # repositories
    ("Qwen/Qwen3-32B-FP8", "Qwen/Qwen3-32B", "FP8"),
    ("nvidia/Qwen3-32B-NVFP4", "Qwen/Qwen3-32B", "NVFP4"),
    ("nvidia/DeepSeek-R1-0528-FP4", "deepseek-ai/DeepSeek-R1-0528", "NVFP4"),
    ("nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-FP8", "nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16", "FP8"),
    ("unsloth/Llama-3.3-70B-Instruct-GGUF:Q4_K_M", "meta-llama/Llama-3.3-70B-Instruct", "Q4_K_M"),
    ("bartowski/Qwen_Qwen3-32B-GGUF:Q6_K", "Qwen/Qwen3-32B", "Q6_K"),
    ("bartowski/google_gemma-3-12b-it-GGUF", "google/gemma-3-12b-it", None),
    ("hf.co/unsloth/gemma-3-27b-it-GGUF:UD-Q4_K_XL", "google/gemma-3-27b-it", "UD-Q4_K_XL"),
    (
        "https://huggingface.co/unsloth/Qwen3-Coder-30B-A3B-Instruct-GGUF",
        "Qwen/Qwen3-Coder-30B-A3B-Instruct",
        None,
    ),
    ("casperhansen/llama-3.3-70b-instruct-awq", "meta-llama/Llama-3.3-70B-Instruct", "AWQ"),
    ("Qwen/Qwen2.5-72B-Instruct-GPTQ-Int4", "Qwen/Qwen2.5-72B-Instruct", "GPTQ-Int4"),
    ("Qwen/Qwen2.5-72B-Instruct-GPTQ-Int8", "Qwen/Qwen2.5-72B-Instruct", "GPTQ-Int8"),
    ("ISTA-DASLab/gemma-3-27b-it-GPTQ-4b-128g", "google/gemma-3-27b-it", "GPTQ-Int4"),
    ("RedHatAI/Llama-3.3-70B-Instruct-FP8-dynamic", "meta-llama/Llama-3.3-70B-Instruct", "FP8"),
    ("RedHatAI/Meta-Llama-3.1-8B-Instruct-quantized.w8a8", "meta-llama/Llama-3.1-8B-Instruct", "W8A8"),
    (
        "RedHatAI/Llama-4-Scout-17B-16E-Instruct-quantized.w4a16",
        "meta-llama/Llama-4-Scout-17B-16E-Instruct",
        "W4A16",
    ),
    # what the article of April 2026 reports
    ("Qwen 3 72B", "reported/qwen-3-72b", None),
    ("Gemma 3 9B", "reported/gemma-3-9b", None),
    ("google/gemma-3-9b-it", "reported/gemma-3-9b", None),
    ("Codestral 2", "reported/codestral-2", None),
    ("Yi-Large 2", "reported/yi-large-2", None),
    ("DeepSeek V3 400B/50B", "reported/deepseek-v3-400b-a50b", None),
]


@pytest.mark.parametrize(("text", "model_id", "quant"), REAL_NAMES, ids=[r[0] for r in REAL_NAMES])
def test_that_a_name_people_write_means_its_model(text: str, model_id: str, quant: str | None) -> None:
    found = resolve_model(text)
    assert found.model.id == model_id
    assert found.quant == quant


def test_that_every_id_name_and_alias_means_its_own_record() -> None:
    wrong = []
    for name, model_id in NAMES:
        found = resolve_model(name)
        if found.model.id != model_id or found.quant is not None:
            wrong.append((name, model_id, found.model.id, found.quant))
    assert wrong == []


def test_that_every_listed_repository_means_its_model_and_scheme() -> None:
    expected = {"awq": "AWQ", "fp8": "FP8", "nvfp4": "NVFP4"}
    for model in CATALOGUE:
        for family, listed in model.repositories:
            for repository in listed:
                found = resolve_model(repository)
                assert found.model is model, repository
                if family in expected:
                    assert found.quant == expected[family], repository
                elif family == "gptq":
                    assert found.quant in {"GPTQ-Int4", "GPTQ-Int8"}, repository
                else:
                    assert found.quant is None, repository
                    assert resolve_model(f"{repository}:Q4_K_M").quant == "Q4_K_M"


@settings(deadline=None)
@given(st.sampled_from(NAMES), st.sampled_from(["lower", "upper", "spaces", "underscores", "hyphens"]))
def test_that_case_and_separators_do_not_matter(pair: tuple[str, str], how: str) -> None:
    name, model_id = pair
    bare = name.rpartition("/")[2] if name.count("/") == 1 and " " not in name else name
    if how == "lower":
        text = bare.lower()
    elif how == "upper":
        text = bare.upper()
    else:
        text = bare.replace("-", {"spaces": " ", "underscores": "_", "hyphens": "-"}[how])
    if how == "underscores" and any(c.isdigit() for c in bare):
        return  # "Llama-3_3" is how some files write 3.3
    assert resolve_model(text).model.id == model_id


@settings(deadline=None)
@given(
    st.sampled_from(CATALOGUE.published),
    st.sampled_from(["Q4_K_M", "IQ4_XS", "UD-Q4_K_XL", "F16"]),
)
def test_that_a_file_of_any_model_means_that_model_and_quantization(model: ModelSpec, quant: str) -> None:
    name = model.id.partition("/")[2]
    found = resolve_model(f"{name}-{quant}-00001-of-00003.gguf")
    assert found.model is model
    assert found.quant == quant


@pytest.mark.parametrize(
    ("text", "among"),
    [
        ("gemma 31b", {"Gemma 3 1B", "Gemma 4 31B"}),
        ("llama 4", {"Llama 4 Scout", "Llama 4 Maverick"}),
        ("gpt-oss", {"gpt-oss-20b", "gpt-oss-120b"}),
        ("mistral small", {"Mistral Small 3.1 24B", "Mistral Small 3.2 24B"}),
        ("deepseek-r1:8b", {"DeepSeek R1 Distill Llama-8B", "DeepSeek R1-0528-Qwen3-8B"}),
    ],
)
def test_that_a_name_of_several_models_lists_them(text: str, among: set[str]) -> None:
    with pytest.raises(AmbiguousModelError) as caught:
        resolve_model(text)
    assert among <= set(caught.value.nearest)
    assert caught.value.code == "ambiguous_model"


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("Lama 3.1 8B", "Llama 3.1 8B"),
        ("Qwen3-30B-A3", "Qwen3-30B-A3B"),
        ("gemma 3 72b", "Gemma 3 27B"),
        ("GLM-4.6", "GLM-4.7"),
        ("Mixtrall 8x7B", "Mixtral 8x7B"),
        ("DeepSeek V33", "DeepSeek V3"),
        ("NousResearch/Hermes-3-Llama-3.1-8B", "Llama 3.1 8B"),
    ],
)
def test_that_an_unknown_name_is_an_error_with_the_nearest_ones(text: str, nearest: str) -> None:
    with pytest.raises(UnknownModelError) as caught:
        resolve_model(text)
    assert nearest in caught.value.nearest
    assert text in str(caught.value)
    assert "\n" not in str(caught.value)


def test_that_typos_of_model_names_find_the_model_among_the_nearest() -> None:
    generator = random.Random(5)
    index = name_index()
    models = generator.sample([m for m in CATALOGUE.published if len(m.name) > 8], 60)
    hits = 0
    for model in models:
        place = generator.randrange(1, 4)
        typo = model.name[:place] + model.name[place + 1 :]
        try:
            hits += index.resolve(typo).model is model
        except ModelNameError as error:
            hits += model.name in error.nearest
    assert hits / len(models) > 0.97


@pytest.mark.parametrize(
    "text", ["Qwen3-8B-4bit", "mlx-community/Qwen3-32B-4bit", "Phi-3-mini-4k-instruct-q4.gguf"]
)
def test_that_a_quantization_no_engine_loads_is_named_when_the_model_is_clear(text: str) -> None:
    with pytest.raises(UnknownQuantError) as caught:
        resolve_model(text)
    assert "Q4_K_M" in caught.value.nearest


@pytest.mark.parametrize("text", ["", "   ", "...", "-", "Q4_K_M", ".gguf", "🦙"])
def test_that_text_without_a_model_is_one_clear_line(text: str) -> None:
    with pytest.raises(UnknownModelError) as caught:
        resolve_model(text)
    assert "\n" not in str(caught.value)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_that_any_text_gives_a_model_or_one_line(text: str) -> None:
    try:
        found = resolve_model(text)
    except (ModelNameError, UnknownQuantError) as error:
        lines = str(error)
    else:
        lines = found.matched
        if found.quant is not None:
            parse_quant(found.quant)
    assert lines


def test_that_a_published_model_beats_a_reported_one() -> None:
    for text in ("DeepSeek V3", "Codestral"):
        assert resolve_model(text).model.provenance is Provenance.PUBLISHED
    reported = {m.name for m in CATALOGUE if m.provenance is Provenance.REPORTED}
    for text in ("Gemma 3", "Qwen3"):
        with pytest.raises(AmbiguousModelError) as caught:
            resolve_model(text)
        assert not reported & set(caught.value.nearest)


def test_that_no_two_models_share_a_name() -> None:
    seen: dict[str, str] = {}
    for name, model_id in NAMES:
        key = "".join(words_of(name.rpartition("/")[2] if "/" in name and " " not in name else name))
        assert seen.setdefault(key, model_id) == model_id, name


def test_that_search_finds_by_any_word() -> None:
    index = name_index()
    assert [m.name for m in index.search("scout")] == ["Llama 4 Scout"]
    assert len(index.search("qwen3")) >= 20
    assert {m.family for m in index.search("gemma 4")} == {"Gemma 4"}
    assert {m.family for m in index.search("exao")} == {"EXAONE 3.5", "EXAONE 4", "K-EXAONE"}
    assert len(index.search("")) == len(CATALOGUE)
    assert index.search("no such thing") == ()


def test_that_words_keep_sizes_together() -> None:
    assert words_of("Llama-3.1-8B-Instruct") == ("llama", "3.1", "8b", "instruct")
    assert words_of("Qwen3-30B-A3B") == ("qwen", "3", "30b", "a3b")
    assert words_of("Mixtral-8x7B") == ("mixtral", "8x7b")
    assert quant_key("UD-Q4_K_XL") == "udq4kxl"
