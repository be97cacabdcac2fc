"""Commands of one plan for every program, with the weights where they are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.commands.llama_parse import parse_llama_command
from planner.flag_effects import flag_effect, flag_reason
from planner.library import Library
from planner.machine import Machine
from planner.plan import Plan
from planner.plan_command import Weights, plan_command, settings_of
from planner.shown_plan import plan_for
from planner.vllm.plan import plan_vllm
from planner.wishes import Wishes


@pytest.fixture(scope="module")
def plan(library: Library, desktop: Machine) -> Plan:
    """A plan with experts in RAM down to single matrices."""
    return plan_for(library, desktop, Wishes(n_ctx=32768), "openai/gpt-oss-120b")


def test_that_another_program_keeps_every_setting_of_the_plan(library: Library, plan: Plan) -> None:
    assert plan.settings["override_tensor"]
    for program in ("llama-cli", "llama-bench"):
        command = plan_command(library, plan, program)
        assert command is not None
        assert command.argv[0] == program
        settings = parse_llama_command(list(command.argv)).settings
        own = settings_of(plan)
        assert settings.n_cpu_moe == own.n_cpu_moe
        assert settings.override_tensor == own.override_tensor
        assert settings.repack == own.repack
    cli = plan_command(library, plan, "llama-cli")
    assert cli is not None
    assert parse_llama_command(list(cli.argv)).settings.n_ctx == plan.n_ctx


def test_that_a_program_of_several_users_gives_one_the_context_of_one(
    library: Library, desktop: Machine
) -> None:
    shared = plan_for(library, desktop, Wishes(n_ctx=4096, n_parallel=4), "Qwen/Qwen3-8B")
    server = plan_command(library, shared, "llama-server")
    cli = plan_command(library, shared, "llama-cli")
    assert server is not None
    assert cli is not None
    assert server.argv[server.argv.index("-c") + 1] == "16384"
    assert cli.argv[cli.argv.index("-c") + 1] == "4096"


def test_that_a_local_file_takes_the_place_of_the_repository(library: Library, plan: Plan) -> None:
    hub = plan_command(library, plan, "llama-server")
    own = plan_command(library, plan, "llama-server", Weights("file", "/data/my models/x.gguf"))
    assert hub is not None
    assert own is not None
    assert own.argv[1:3] == ("-m", "/data/my models/x.gguf")
    after = [w for w in hub.argv if w != "--no-mmproj"]
    assert list(own.argv[3:]) == after[3:]
    blank = plan_command(library, plan, "llama-server", Weights("placeholder"))
    assert blank is not None
    assert blank.argv[2] == f"gpt-oss-120b-{plan.quant}.gguf"


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ("/data/my models/x.gguf", "/data/my models"),
        ("models/x.gguf", "./models"),
        ("x.gguf", "."),
        (r"C:\weights\x.gguf", "C:\\weights"),
    ],
)
def test_that_docker_mounts_the_folder_of_the_file(
    library: Library, plan: Plan, path: str, folder: str
) -> None:
    command = plan_command(library, plan, "docker", Weights("file", path))
    assert command is not None
    assert command.argv[:2] == ("docker", "run")
    assert command.argv[command.argv.index("-v") + 1] == f"{folder}:/models:ro"
    assert command.argv[command.argv.index("-m") + 1] == "/models/x.gguf"
    image = command.argv.index("ghcr.io/ggml-org/llama.cpp:server-cuda")
    assert command.argv.index("--gpus") < image < command.argv.index("-m")


def test_that_docker_has_no_image_for_metal(library: Library, plan: Plan) -> None:
    assert plan_command(library, replace(plan, backend="metal"), "docker") is None


def test_that_docker_chooses_the_gpus_that_vllm_was_told_to_use(library: Library, desktop: Machine) -> None:
    plan = plan_vllm(library.catalogue, library.models["Qwen/Qwen3-8B"], desktop, Wishes(engine="vllm"))
    assert plan.command is not None
    chosen = replace(plan, command=replace(plan.command, argv=(*plan.command.argv, "--device-ids", "1")))
    command = plan_command(library, chosen, "docker")
    assert command is not None
    assert command.argv[command.argv.index("--gpus") + 1] == '"device=1"'
    assert "--device-ids" not in command.argv
    assert "vllm/vllm-openai:v0.33.0" in command.argv
    assert plan_command(library, plan, "llama-cli") is None
    folder = plan_command(library, plan, "vllm", Weights("file", "/w/qwen"))
    assert folder is not None
    assert folder.argv[:3] == ("vllm", "serve", "/w/qwen")


def test_that_a_flag_names_the_number_of_the_plan_it_causes(plan: Plan) -> None:
    assert plan.command is not None
    host = next(d for d in plan.devices if d.kind == "host")
    cache = sum(d.kv_bytes + d.recurrent_bytes for d in plan.devices)
    amounts = {n.flag: flag_effect(plan, n.flag) for n in plan.command.flags}
    assert amounts["-c"].amount == f"{cache / 2**20:,.0f} MiB cache"
    assert amounts["-c"].kind == "kv"
    assert amounts["--n-cpu-moe"].amount == f"{host.expert_bytes / 2**30:.1f} GiB in RAM"
    assert amounts["-fit"].amount is None
    context = next(n for n in plan.command.flags if n.flag == "-c")
    assert "MiB" in context.text
    assert "MiB" not in flag_reason(context), "the number is not said twice"
