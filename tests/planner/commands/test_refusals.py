"""Commands a real llama-server of 0.5.0-dev refused or took (read 2026-11-26); the answer must name the token and agree."""

from __future__ import annotations

import pytest

from planner.answer import answer_command
from planner.hardware.what_if import machine_from_options
from planner.library import Library, load_library
from planner.plan import Plan
from planner.records import Verdict
from planner.request import RequestFault, read_question
from planner.units import GIB

DENSE, MLA = "-m Qwen3-8B-Q4_K_M.gguf", "-m DeepSeek-Coder-V2-Lite-Instruct-Q4_K_M.gguf"
REFUSED = {
    "--no-such-flag": f"{DENSE} --no-such-flag",
    "-ngl": f"{DENSE} -ngl",
    "--ctx-size=4096": f"{DENSE} --ctx-size=4096",
    "-ctk q8": f"{DENSE} -ctk q8",
    "-ctv q8_0": f"{DENSE} -ctv q8_0 -fa off -c 4096",
    "-ctk q8_0 -ctv f16": f"{MLA} -ctk q8_0 -ctv f16 -c 4096",
    "-ts a,b": f"{DENSE} -ts a,b",
    "-sm diagonal": f"{DENSE} -sm diagonal",
    "-sm tensor": f"{MLA} -sm tensor -c 4096",
    "-c abc": f"{DENSE} -c abc",
    "-np 0": f"{DENSE} -np 0",
    "-np 300": f"{DENSE} -np 300 -c 4096",
    "-ngl many": f"{DENSE} -ngl many",
    "CUDA7": f"{DENSE} --device CUDA7 -c 4096",
    "-mg 5": f"{DENSE} -mg 5 -sm none -c 4096",
    "-ot blk.0.*": f"{DENSE} -ot blk.0.*",
    "-ot blk.0=CUDA9": f"{DENSE} -ot blk.0=CUDA9 -c 4096",
    "-ot blk.(=CPU": f"{DENSE} -ot 'blk.(=CPU' -c 4096",
    "--n-cpu-moe -3": f"{DENSE} --n-cpu-moe -3",
    "--no-mmap": f"{DENSE} --no-mmap -c 4096",
    "-fa maybe": f"{DENSE} -fa maybe",
    "--rope-scaling bent": f"{DENSE} --rope-scaling bent",
    "--spec-type guess": f"{DENSE} --spec-type guess",
    "--load-mode fast": f"{DENSE} --load-mode fast",
    "--rpc nowhere": f"{DENSE} --rpc nowhere",
    "--override-kv foo": f"{DENSE} --override-kv foo",
    "--draft": f"{DENSE} --draft 16",
    "Qwen3-8B-Q4_K_M.gguf": "Qwen3-8B-Q4_K_M.gguf -c 4096",
}
TAKEN = {
    "-ts 1,2,3": f"{DENSE} -ts 1,2,3 -c 4096",
    "-ts 1": f"{DENSE} -ts 1 -c 4096",
    "-ub 0": f"{DENSE} -ub 0 -c 4096",
    "twice": f"{DENSE} -ncmoe 1 -ncmoe 2 -c 4096",
    "-ctk iq4_nl": f"{DENSE} -ctk iq4_nl -c 4096",
    "-sm tensor": f"{DENSE} -sm tensor -c 4096",
}


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


def checked(library: Library, words: str) -> Plan:
    machine = machine_from_options(("2x RTX 3090",), 64, 80)
    assert machine is not None
    return answer_command(library, read_question({"command": f"llama-server {words}"}), machine, GIB)


@pytest.mark.parametrize("token", REFUSED)
def test_that_a_refused_command_is_refused_with_the_token_and_the_engines_words(
    library: Library, token: str
) -> None:
    plan = checked(library, REFUSED[token])
    assert plan.verdict is Verdict.DOES_NOT_FIT
    assert plan.placement == "none"
    assert plan.reasons[0].startswith(token)
    assert "(llama.cpp: " in plan.reasons[0]


@pytest.mark.parametrize("token", TAKEN)
def test_that_what_the_engine_takes_is_answered(library: Library, token: str) -> None:
    assert checked(library, TAKEN[token]).fits


def test_that_a_split_list_of_the_wrong_length_says_what_the_engine_makes_of_it(library: Library) -> None:
    few, many = checked(library, TAKEN["-ts 1"]), checked(library, TAKEN["-ts 1,2,3"])
    assert any("1 of the 2 GPUs get no layers" in reason for reason in few.reasons)
    assert any("only the first 2 numbers are used" in reason for reason in many.reasons)


def test_that_a_file_that_names_no_known_model_is_named_with_what_the_engine_does(library: Library) -> None:
    with pytest.raises(RequestFault, match=r"secret-merge-Q4_K_M\.gguf: .*the file's content"):
        checked(library, "-m secret-merge-Q4_K_M.gguf -c 4096")
