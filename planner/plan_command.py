"""The command of a plan for every program that can run it, with the weights where the user has them, plain or in Docker."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from typing import Any

from planner.commands.launch_command import CommandBuilder, LaunchCommand
from planner.commands.llama_command import ModelSource, UnsupportedSetting, llama_launch_command
from planner.commands.vllm_command import CACHE_VOLUME, DOCKER_IMAGE
from planner.library import Library
from planner.llama_build import DEFAULT_BUILD
from planner.plan import Plan
from planner.plan_builder import model_source
from planner.settings import ALL_LAYERS, LlamaSettings, Workload
from planner.words import say

LLAMA_PROGRAMS = ("llama-server", "llama-cli", "llama-bench")
LLAMA_IMAGE = "ghcr.io/ggml-org/llama.cpp"
LLAMA_PORT, VLLM_PORT = 8080, 8000
LLAMA_TAGS = {
    "cuda": "server-cuda",
    "rocm": "server-rocm",
    "vulkan": "server-vulkan",
    "sycl": "server-intel",
    "cpu": "server",
}
"""Tags of llama.cpp's own images by backend (docs/docker.md of the source tree, read 2026-11-23); Metal has none: Docker on
a Mac has no GPU."""
DOCKER_DEVICES = {
    "cuda": (("--gpus", "all", say("GPUs the container sees (needs the NVIDIA container toolkit)")),),
    "rocm": (
        ("--device", "/dev/kfd", say("the compute driver of AMD GPUs")),
        ("--device", "/dev/dri", say("the GPUs")),
    ),
    "vulkan": (("--device", "/dev/dri", say("the GPUs")),),
    "sycl": (("--device", "/dev/dri", say("the GPUs")),),
}


@dataclass(frozen=True, slots=True)
class Weights:
    """Where the user has the weights."""

    kind: str = "hub"
    """``hub`` (the repository on Hugging Face), ``file`` (a path) or ``placeholder`` (a name to be replaced)."""
    path: str = ""
    """For ``file``."""


HUB = Weights()


def plan_command(library: Library, plan: Plan, program: str, weights: Weights = HUB) -> LaunchCommand | None:
    """Write the command of a plan for a program.

    Parameters
    ----------
    library : Library
    plan : Plan
        A plan whose settings the planner chose.
    program : str
        ``llama-server``, ``llama-cli`` or ``llama-bench`` for a plan of llama.cpp, ``vllm`` for one of vLLM, ``docker`` for
        either.
    weights : Weights

    Returns
    -------
    LaunchCommand or None
        None when the plan has no command, or the program belongs to the other engine, has no flag for one of the settings,
        or cannot use the machine's GPU (Docker on Metal).
    """
    if plan.command is None:
        return None
    if program == "docker":
        return _docker(library, plan, weights)
    if plan.engine == "vllm":
        return _vllm(plan, weights) if program == "vllm" else None
    if program not in LLAMA_PROGRAMS:
        return None
    if program == plan.command.argv[0] and weights.kind == "hub":
        return plan.command
    settings = settings_of(plan, program)
    source = _source(library, plan, weights)
    for attempt in (settings, replace(settings, cache_ram_mib=None)):
        try:
            other = llama_launch_command(
                attempt,
                source,
                plan.engine_version,
                Workload(),
                None,
                attempt.mmproj,
                _draft_source(library, plan),
            )
        except UnsupportedSetting:
            continue
        known = {(f.flag, f.value): f for f in plan.command.flags}
        return replace(other, flags=tuple(known.get((f.flag, f.value), f) for f in other.flags))
    return None


def _draft_source(library: Library, plan: Plan) -> ModelSource | None:
    """Where the draft model of a plan comes from."""
    name = plan.settings.get("draft_model")
    if name is None:
        return None
    return model_source(library.find_model(name).model, plan.settings.get("draft_quant") or "Q4_K_M")


def settings_of(plan: Plan, program: str = "llama-server") -> LlamaSettings:
    """Settings of a plan of llama.cpp that the planner chose, for one of its programs.

    Every setting is taken over; ``llama-cli`` and ``llama-bench`` serve one user, so they get the context of one.
    """
    values: dict[str, Any] = {
        f.name: plan.settings[f.name] for f in fields(LlamaSettings) if f.name in plan.settings
    }
    values |= {
        "n_gpu_layers": _layers(values["n_gpu_layers"]),
        "n_cpu_moe": _layers(values["n_cpu_moe"]) or 0,
        "flash_attn": "on" if values["flash_attn"] else "off",
        "kv_unified": None,
        "binary": program,
    }
    for name in ("tensor_split", "devices", "rpc", "fit_target", "draft_devices", "spec_type"):
        if values.get(name) is not None:
            values[name] = tuple(values[name])
    values["override_tensor"] = tuple((str(a), str(b)) for a, b in values.get("override_tensor") or ())
    if program != "llama-server":
        values |= {"n_parallel": None, "n_ctx": plan.n_ctx or int(values["n_ctx"])}
    if program == "llama-bench":
        values["cache_ram_mib"] = None
    return LlamaSettings(**values)


def _source(library: Library, plan: Plan, weights: Weights) -> ModelSource:
    if weights.kind == "file" and weights.path:
        return ModelSource(path=weights.path)
    if weights.kind == "hub":
        return model_source(library.models[plan.model_id], plan.quant or "")
    name = plan.model_id.split("/")[-1]
    return ModelSource(placeholder=f"{name}-{plan.quant or 'model'}.gguf")


def _layers(value: object) -> int | None:
    if value is None:
        return None
    return ALL_LAYERS if value == "all" else int(str(value))


def _vllm(plan: Plan, weights: Weights) -> LaunchCommand | None:
    """``vllm serve`` with the weights where they are: the word after ``serve`` is a repository or a folder."""
    command = plan.command
    if command is None or command.argv[:2] != ("vllm", "serve"):
        return None
    if weights.kind == "hub":
        return command
    place = weights.path if weights.kind == "file" and weights.path else "MODEL"
    notes = command.notes
    if place == "MODEL":
        notes = (*notes, say("MODEL stands for a Hugging Face id or a folder"))
    return replace(command, argv=("vllm", "serve", place, *command.argv[3:]), notes=notes)


def _docker(library: Library, plan: Plan, weights: Weights) -> LaunchCommand | None:
    """``docker run`` with the engine's own image and the arguments of the plain command."""
    on_vllm = plan.engine == "vllm"
    plain = plan_command(library, plan, "vllm" if on_vllm else "llama-server", weights)
    tag = f"v{plan.engine_version}" if on_vllm else LLAMA_TAGS.get(plan.backend, "")
    if plain is None or not tag:
        return None
    if on_vllm and tag.count(".") < 2:
        tag += ".0"
    arguments = list(plain.argv[2:] if on_vllm else plain.argv[1:])
    flags = list(plain.flags)
    builder = CommandBuilder(("docker", "run"))
    builder.add("--rm", None, say("remove the container when it stops"))
    for flag, value, reason in DOCKER_DEVICES.get(plan.backend, ()):
        builder.add(flag, _gpus(arguments, flags) if flag == "--gpus" and on_vllm else value, reason)
    if on_vllm:
        builder.add("--ipc", "host", say("shared memory, which processes of several GPUs need"))
    port = VLLM_PORT if on_vllm else LLAMA_PORT
    builder.add("-p", f"{port}:{port}", say("port of the API on this machine"))
    if weights.kind == "file" and weights.path:
        folder, inside = _mount(weights.path, whole=on_vllm)
        builder.add("-v", f"{folder}:/models:ro", say("the folder of the weights, as the container sees it"))
        at = 0 if on_vllm else arguments.index("-m") + 1
        arguments[at] = inside
        flags = [replace(f, value=inside) if f.flag == "-m" else f for f in flags]
    else:
        builder.add("-v", f"{CACHE_VOLUME}:/root/.cache/huggingface", say("keep downloaded models"))
    builder.positional(f"{DOCKER_IMAGE if on_vllm else LLAMA_IMAGE}:{tag}")
    head = builder.build(plain.engine, plain.engine_versions, dict(plain.env), plain.notes)
    notes = head.notes
    if not on_vllm:
        note = say(
            "the image holds llama.cpp's newest build; flags are those of {build}",
            build=plan.engine_version or DEFAULT_BUILD,
        )
        notes = (*notes, note)
    return replace(head, argv=(*head.argv, *arguments), flags=(*head.flags, *flags), notes=notes)


def _gpus(arguments: list[str], flags: list[Any]) -> str:
    """GPUs for ``--gpus``: Docker chooses them, so vLLM's own choice is taken out."""
    if "--device-ids" not in arguments:
        return "all"
    at = arguments.index("--device-ids")
    chosen = arguments[at + 1]
    del arguments[at : at + 2]
    flags[:] = [f for f in flags if f.flag != "--device-ids"]
    return f'"device={chosen}"'


def _mount(path: str, whole: bool) -> tuple[str, str]:
    """Folder to mount and the path inside the container; ``whole`` when the path itself is a folder of weights."""
    windows = "\\" in path or (len(path) > 1 and path[1] == ":")
    place: PurePath = PureWindowsPath(path) if windows else PurePosixPath(path)
    if whole:
        return (str(place) if windows or path.startswith(("/", ".")) else f"./{place}"), "/models"
    folder = str(place.parent)
    if not windows and not folder.startswith(("/", ".")):
        folder = f"./{folder}"  # without it Docker takes the word for the name of a volume
    return folder, f"/models/{place.name}"
