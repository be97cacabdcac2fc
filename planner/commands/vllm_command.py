"""vLLM commands from settings: plain, in Docker, on several machines with Ray or without.

Only options the version knows are written, each with a reason; spellings are those that every version
of the table
accepts. GPUs are chosen by ``CUDA_VISIBLE_DEVICES`` and, in Docker, by ``--gpus``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from planner.commands.launch_command import CommandBuilder, LaunchCommand
from planner.commands.vllm_flags import DEFAULT_VERSION, VllmFlagTable, resolve_version, vllm_flag_table
from planner.vllm_settings import AUTO_LENGTH, VllmSettings
from planner.words import say

RAY_PORT = 6379
DOCKER_IMAGE = "vllm/vllm-openai"
CACHE_VOLUME = "huggingface-cache"
"""Named Docker volume for downloaded models: a path would need the shell to expand the home folder."""

_REASONS: dict[str, str] = {
    "tensor_parallel_size": say("GPUs that share every layer"),
    "pipeline_parallel_size": say("groups of GPUs that each hold some of the layers"),
    "data_parallel_size": say("complete copies of the model that share the requests"),
    "data_parallel_size_local": say("copies on this machine"),
    "enable_expert_parallel": say("whole experts are spread over the GPUs"),
    "decode_context_parallel_size": say("GPUs that share the cache of one request"),
    "prefill_context_parallel_size": say("GPUs that share the prompt of one request"),
    "max_model_len": say("longest request, prompt and answer together"),
    "gpu_memory_utilization": say("share of each GPU that vLLM takes, cache included"),
    "kv_cache_dtype": say("number format of the KV cache"),
    "kv_cache_memory_bytes": say("bytes of KV cache per GPU, instead of a share"),
    "block_size": say("tokens per block of the cache"),
    "max_num_seqs": say("most requests in one step"),
    "max_num_batched_tokens": say("most tokens computed in one step; activations grow with it"),
    "enable_chunked_prefill": say("long prompts are split over several steps"),
    "enable_prefix_caching": say("common beginnings are kept"),
    "quantization": say("format of the weights"),
    "dtype": say("number format of what is not quantized"),
    "enforce_eager": say("no CUDA graphs: less memory, slower"),
    "cpu_offload_gb": say("GiB of weights per GPU kept in system memory"),
    "kv_offloading_size": say("GiB of system memory for cache blocks"),
    "load_format": say("how the checkpoint is read"),
    "distributed_executor_backend": say("how the processes are started"),
    "nnodes": say("machines that run this model together"),
    "node_rank": say("number of this machine"),
    "master_addr": say("address of machine 0"),
    "master_port": say("port of machine 0"),
    "headless": say("no API on this machine"),
    "async_scheduling": say("the next step is planned while this one runs"),
    "disable_hybrid_kv_cache_manager": say("one kind of cache block for all layers"),
    "num_gpu_blocks_override": say("number of cache blocks"),
    "max_cudagraph_capture_size": say("largest batch with a CUDA graph"),
    "mamba_cache_mode": say("how recurrent state is kept for common beginnings"),
    "mamba_block_size": say("tokens per block of recurrent state"),
    "mamba_cache_dtype": say("number format of the convolution state"),
    "mamba_ssm_cache_dtype": say("number format of the recurrent state"),
    "language_model_only": say("no vision or audio tower"),
    "limit_mm_per_prompt": say("most images, videos and sounds in a prompt"),
    "speculative_config": say("drafting of tokens"),
    "hf_overrides": say("values of the config file that are replaced"),
    "trust_remote_code": say("code that comes with the model is run"),
    "served_model_name": say("names in the API"),
}
"""Settings in the order they are written."""


class UnsupportedOption(ValueError):
    """A setting the version has no option for."""


def vllm_serve_command(
    settings: VllmSettings,
    version: str | None = None,
    devices: Sequence[int] | None = None,
    env: Mapping[str, str] | None = None,
    effects: Mapping[str, str] | None = None,
    where: str = "",
) -> LaunchCommand:
    """Write ``vllm serve``.

    Parameters
    ----------
    settings : VllmSettings
        The settings; only those that differ from vLLM's defaults are written.
    version : str, optional
        vLLM version.
    devices : sequence of int, optional
        GPUs used, by number; None = all.
    env : mapping of str to str, optional
        Further environment variables.
    effects : mapping of str to str, optional
        Setting name to the number it causes, added to its reason.
    where : str
        Which machine it is run on, when there are several.

    Returns
    -------
    LaunchCommand
        Arguments, environment, reasons.

    Raises
    ------
    UnsupportedOption
        When the version has no option for a setting.
    VllmVersionFault
        When ``version`` is no vLLM version.
    """
    name, note = resolve_version(version)
    builder = CommandBuilder(("vllm", "serve"), effects)
    _options(builder, settings, vllm_flag_table(name))
    variables = dict(env or {})
    notes = [note] if note else []
    if devices is not None:
        if settings.distributed_executor_backend == "ray":
            notes.append(say("with Ray the GPUs are chosen by Ray, not by --device-ids"))
        else:
            builder.add(
                "--device-ids", ",".join(map(str, devices)), say("the GPUs used, numbered as nvidia-smi does")
            )
    if settings.model is None:
        notes.append(say("MODEL stands for a Hugging Face id or a folder"))
    return builder.build("vllm", f"vLLM {version or DEFAULT_VERSION}", variables, tuple(notes), where)


def vllm_docker_command(
    settings: VllmSettings,
    version: str | None = None,
    devices: Sequence[int] | None = None,
    env: Mapping[str, str] | None = None,
    effects: Mapping[str, str] | None = None,
    port: int = 8000,
) -> LaunchCommand:
    """Write ``docker run`` with vLLM's own image; parameters as in :func:`vllm_serve_command`.

    Raises
    ------
    UnsupportedOption
        When the version has no option for a setting.
    VllmVersionFault
        When ``version`` is no vLLM version.
    """
    name, note = resolve_version(version)
    builder = CommandBuilder(("docker", "run"), effects)
    builder.add("--rm", None, say("remove the container when it stops"))
    gpus = "all" if devices is None else f'"device={",".join(map(str, devices))}"'
    builder.add("--gpus", gpus, say("GPUs the container sees (needs the NVIDIA container toolkit)"))
    builder.add("--ipc", "host", say("shared memory, which processes of several GPUs need"))
    builder.add("-p", f"{port}:8000", say("port of the API on this machine"))
    builder.add("-v", f"{CACHE_VOLUME}:/root/.cache/huggingface", say("keep downloaded models"))
    for key, value in (env or {}).items():
        builder.add("-e", f"{key}={value}", say("environment of vLLM"))
    shown = version or DEFAULT_VERSION
    tag = shown if shown.count(".") >= 2 else f"{shown}.0"
    builder.positional(f"{DOCKER_IMAGE}:v{tag.lower().removeprefix('vllm').strip().lstrip('v')}")
    _options(builder, settings, vllm_flag_table(name))
    return builder.build("vllm", f"vLLM {shown}", notes=(note,) if note else ())


def vllm_ray_commands(
    settings: VllmSettings,
    head: str,
    n_workers: int,
    version: str | None = None,
    effects: Mapping[str, str] | None = None,
) -> tuple[LaunchCommand, ...]:
    """Write the commands for several machines joined by Ray.

    Parameters
    ----------
    settings : VllmSettings
        Settings; the executor backend becomes ``ray``.
    head : str
        Address of the first machine.
    n_workers : int
        Further machines.
    version : str, optional
        vLLM version; the same everywhere.
    effects : mapping of str to str, optional
        As in :func:`vllm_serve_command`.

    Returns
    -------
    tuple of LaunchCommand
        Ray on the head node, Ray on each worker, then vLLM on the head node.
    """
    shown = f"vLLM {version or DEFAULT_VERSION}"
    first = CommandBuilder(("ray", "start"))
    first.add("--head", None, say("this machine leads"))
    first.add("--port", str(RAY_PORT), say("port the others reach it by"))
    out = [first.build("vllm", shown, notes=("pip install ray on every machine first",), where="head node")]
    for i in range(n_workers):
        worker = CommandBuilder(("ray", "start"))
        worker.add("--address", f"{head}:{RAY_PORT}", say("the head node"))
        out.append(worker.build("vllm", shown, where=f"worker {i + 1}"))
    joined = replace(settings, distributed_executor_backend="ray", nnodes=1, node_rank=0, headless=False)
    return (*out, vllm_serve_command(joined, version, effects=effects, where="head node"))


def vllm_node_commands(
    settings: VllmSettings,
    head: str,
    n_nodes: int,
    version: str | None = None,
    effects: Mapping[str, str] | None = None,
) -> tuple[LaunchCommand, ...]:
    """Write the commands for several machines without Ray: one ``vllm serve`` each (``--nnodes``,
    ``--node-rank``)."""
    out = []
    for rank in range(n_nodes):
        own = replace(
            settings,
            nnodes=n_nodes,
            node_rank=rank,
            master_addr=head,
            headless=rank > 0,
            distributed_executor_backend=None,
        )
        out.append(vllm_serve_command(own, version, effects=effects, where=f"node {rank}"))
    return tuple(out)


def why_vllm_cannot(
    system: str, vendor: str, compute_capability: float | None = None, file_format: str = ""
) -> str | None:
    """Say plainly why vLLM does not run here and what does; None if nothing speaks against it.

    Parameters
    ----------
    system : str
        ``linux``, ``windows`` or ``darwin``.
    vendor : str
        Vendor of the GPU, ``""`` = none.
    compute_capability : float, optional
        Of an NVIDIA GPU, e.g. 8.6.
    file_format : str
        ``gguf`` or the checkpoint's format.
    """
    if file_format.lower() == "gguf":
        return say(
            "vLLM 0.32 and newer read GGUF only with the package vllm-gguf-plugin; llama.cpp runs this file"
        )
    if system == "windows":
        return say("vLLM has no Windows build; run it in WSL 2 or Docker, or use llama.cpp")
    if system == "darwin" or vendor == "apple":
        return say("vLLM has no Metal backend; use llama.cpp on Apple hardware")
    if vendor == "nvidia" and compute_capability is not None and compute_capability < 7.0:
        return say(
            "vLLM needs compute capability 7.0, this GPU has {have}; use llama.cpp",
            have=f"{compute_capability:g}",
        )
    if not vendor:
        return say("vLLM is planned for GPUs here; without one use llama.cpp")
    return None


def _options(builder: CommandBuilder, settings: VllmSettings, table: VllmFlagTable) -> None:
    builder.positional(settings.model or "MODEL")
    defaults = VllmSettings()
    for name, reason in _REASONS.items():
        value = getattr(settings, name)
        if value == getattr(defaults, name) and not (name == "node_rank" and settings.nnodes > 1):
            continue
        flag = table.by_dest.get(name)
        if flag is None:
            raise UnsupportedOption(f"vLLM {table.version} has no option for {name}")
        if isinstance(value, bool):
            builder.add(
                flag.long if value else flag.off_spelling(),
                None,
                reason if value else say("not: {reason}", reason=reason),
                name,
            )
        elif isinstance(value, tuple):
            builder.add(flag.long, value[0], reason, name)
            for word in value[1:]:
                builder.positional(word)
        else:
            builder.add(flag.long, _text(name, value), reason, name)


def _text(name: str, value: object) -> str:
    if name == "max_model_len" and value == AUTO_LENGTH:
        return "auto"
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value)
