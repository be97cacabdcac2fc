"""llama.cpp commands from settings: only flags the build knows, and a reason for each.

What chooses a device (``--device``, ``-ts``, ``-sm``, ``-mg``) is always in the arguments. ``-fit off``
is written
whenever the settings say ``fit=False``: otherwise llama.cpp changes what it was not given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from planner.commands.launch_command import CommandBuilder, LaunchCommand
from planner.commands.llama_flags import DEFAULT_BUILD, FlagTable, flag_table, resolve_build
from planner.settings import ALL_LAYERS, LlamaSettings, Workload
from planner.words import say

ALL_LAYERS_NUMBER = 999
"""For llama-bench, which takes numbers only; larger than any model's layers."""


@dataclass(frozen=True, slots=True)
class ModelSource:
    """Where the GGUF file comes from; the first field that is set counts."""

    repo: str | None = None
    """Hugging Face repository, fetched by llama.cpp (``-hf``)."""
    quant: str | None = None
    """Quantization in that repository (``-hf repo:quant``)."""
    file: str | None = None
    """File in that repository (``-hff``), where the quantization alone is ambiguous."""
    path: str | None = None
    """Local file, the first of a split set."""
    placeholder: str = "model.gguf"
    """Written when neither is known; a note says so."""


class UnsupportedSetting(ValueError):
    """A setting that the build or program has no flag for."""


def llama_launch_command(
    settings: LlamaSettings,
    source: ModelSource,
    version: str | None = None,
    workload: Workload | None = None,
    effects: Mapping[str, str] | None = None,
    projector: bool = False,
    draft: ModelSource | None = None,
) -> LaunchCommand:
    """Write the command that starts llama.cpp with these settings.

    Parameters
    ----------
    settings : LlamaSettings
        The settings; ``binary`` chooses ``llama-server``, ``llama-cli`` or ``llama-bench``.
    source : ModelSource
        The file.
    version : str, optional
        llama.cpp version whose flags are used.
    workload : Workload, optional
        llama-bench: lengths to test.
    effects : mapping of str to str, optional
        Setting name to the number it causes, e.g. ``{"n_ctx": "3.2 GiB of cache"}``, added to its reason.
    projector : bool
        False: with ``-hf``, keep llama.cpp from loading the vision projector too (``--no-mmproj``),
        because the
        plan has no room for it.
    draft : ModelSource, optional
        The file of a draft model.

    Returns
    -------
    LaunchCommand
        Arguments, environment (empty), reasons, notes.

    Raises
    ------
    UnsupportedSetting
        When the build or program has no flag for a setting that is not at its default.
    BuildFault
        When ``version`` is no llama.cpp version.
    """
    build, note = resolve_build(version)
    program = settings.binary
    table = flag_table(build, program)
    notes = [text for text in (note, table.note) if text]
    builder = CommandBuilder((program,), effects)
    writer = _BenchWriter(builder, table) if program == "llama-bench" else _Writer(builder, table)
    notes += writer.model(source, projector)
    writer.settings(settings)
    notes += writer.draft(settings, draft)
    if program == "llama-bench":
        writer.workload(workload or Workload())
    shown = version or DEFAULT_BUILD
    return builder.build("llama.cpp", f"llama.cpp {shown}", notes=tuple(notes))


class _Writer:
    """Writes flags for llama-server and llama-cli."""

    separator = ","

    def __init__(self, builder: CommandBuilder, table: FlagTable) -> None:
        self.builder = builder
        self.table = table

    def flag(self, spelling: str, setting: str, value: str | None, reason: str) -> None:
        """Write a flag if the build knows it, else raise."""
        if self.table.get(spelling) is None:
            raise UnsupportedSetting(
                f"{self.table.program} of {self.table.build} has no {spelling} ({setting})"
            )
        self.builder.add(spelling, value, reason, setting)

    def model(self, source: ModelSource, projector: bool) -> list[str]:
        """Write where the model comes from; return notes."""
        if source.repo:
            tag = f"{source.repo}:{source.quant}" if source.quant and not source.file else source.repo
            self.flag(
                "-hf", "model", tag, say("fetch this file from Hugging Face once and keep it in the cache")
            )
            if source.file:
                self.flag("-hff", "model", source.file, say("which file of the repository"))
            if not projector and self.table.get("--no-mmproj"):
                self.flag("--no-mmproj", "projector", None, say("do not load the part that reads images"))
            return []
        if source.path:
            self.flag("-m", "model", source.path, say("the model file"))
            return []
        self.flag("-m", "model", source.placeholder, say("the model file; put its path here"))
        notes: list[str] = [say("{path} stands for the path of the GGUF file", path=source.placeholder)]
        if projector and self.table.get("--mmproj"):
            self.flag("--mmproj", "projector", "mmproj.gguf", say("the projector file; put its path here"))
            notes.append(say("{path} stands for the path of the projector file", path="mmproj.gguf"))
        return notes

    def draft(self, s: LlamaSettings, source: ModelSource | None) -> list[str]:
        """Write what drafts, if anything does; return notes."""
        notes: list[str] = []
        if s.draft_model is not None:
            where = source or ModelSource(placeholder="draft.gguf")
            if where.repo:
                tag = f"{where.repo}:{where.quant}" if where.quant else where.repo
                self.flag("-hfd", "draft_model", tag, say("the smaller model that drafts"))
            else:
                path = where.path or where.placeholder
                self.flag("-md", "draft_model", path, say("the smaller model that drafts"))
                if where.path is None:
                    notes.append(say("{path} stands for the path of the draft model's GGUF file", path=path))
            if s.draft_devices is not None:
                names = ",".join(s.draft_devices)
                self.flag("-devd", "draft_devices", names, say("where the draft model runs"))
        if s.spec_type:
            text = ",".join(s.spec_type)
            self.flag("--spec-type", "spec_type", text, say("how tokens are drafted; without it none are"))
            self.flag("--spec-draft-n-max", "draft_n_max", str(s.draft_n_max), say("tokens drafted at once"))
        return notes

    def settings(self, s: LlamaSettings) -> None:
        """Write every setting that is not the engine's default."""
        self.rpc(s)
        self.devices(s)
        self.layers(s)
        if not s.fit:
            self.fit_off()
        self.context(s)
        self.batch(s)
        self.cache(s)
        self.host(s)

    def rpc(self, s: LlamaSettings) -> None:
        if s.rpc:
            self.flag("--rpc", "rpc", ",".join(s.rpc), say("other machines that lend their devices"))

    def devices(self, s: LlamaSettings) -> None:
        if s.devices is not None:
            names = self.separator.join(s.devices)
            alone = s.devices == ("none",)
            self.flag(
                "--device",
                "devices",
                names,
                say("the processor only") if alone else say("the devices used, in order"),
            )
        if s.split_mode != "layer":
            words = {
                "none": say("use one GPU only"),
                "row": say("split each matrix by rows over the GPUs"),
                "tensor": say("split weights and cache over the GPUs"),
            }
            self.flag(
                "-sm",
                "split_mode",
                s.split_mode,
                words.get(s.split_mode, say("how the GPUs share the model")),
            )
        if s.main_gpu or s.split_mode == "none":
            self.flag(
                "-mg",
                "main_gpu",
                str(s.main_gpu),
                say("the GPU used alone") if s.split_mode == "none" else say("main GPU"),
            )
        if s.tensor_split is not None:
            mark = "/" if self.table.program == "llama-bench" else ","
            text = mark.join(f"{part:.10g}" for part in s.tensor_split)
            self.flag("-ts", "tensor_split", text, say("layers each device gets, in device order"))

    def layers(self, s: LlamaSettings) -> None:
        if s.n_gpu_layers is not None:
            every = s.n_gpu_layers == ALL_LAYERS
            value = "all" if every else str(s.n_gpu_layers)
            reason = (
                say("every layer and the output on the GPU")
                if every
                else say("layers on the GPU, the output counts as one")
            )
            if s.n_gpu_layers == 0:
                reason = say("no layer on the GPU")
            self.flag("-ngl", "n_gpu_layers", value, reason)
        if s.n_cpu_moe == ALL_LAYERS:
            self.flag("--cpu-moe", "n_cpu_moe", None, say("all experts stay in system memory"))
        elif s.n_cpu_moe:
            reason = say(
                "experts of the first {n_cpu_moe} layers stay in system memory", n_cpu_moe=s.n_cpu_moe
            )
            self.flag("--n-cpu-moe", "n_cpu_moe", str(s.n_cpu_moe), reason)
        if s.override_tensor:
            text = ",".join(f"{pattern}={buffer}" for pattern, buffer in s.override_tensor)
            if any("," in pattern for pattern, _ in s.override_tensor):
                raise UnsupportedSetting("a pattern of -ot cannot hold a comma: llama.cpp splits there")
            self.flag(
                "-ot", "override_tensor", text, say("tensors whose name matches go to the named buffer")
            )

    def fit_off(self) -> None:
        self.flag(
            "-fit",
            "fit",
            "off",
            say("take these flags as they are; the automatic fit would change what is not given"),
        )

    def context(self, s: LlamaSettings) -> None:
        server = self.table.program == "llama-server"
        slots = s.n_parallel
        if s.n_ctx:
            shared = slots is None or bool(s.kv_unified)
            if not server or slots == 1:
                reason = say("{n_ctx} tokens of context", n_ctx=s.n_ctx)
            elif shared:
                reason = say(
                    "{n_ctx} tokens of context, shared by {slots_or_4} slots",
                    n_ctx=s.n_ctx,
                    slots_or_4=slots or 4,
                )
            else:
                reason = say(
                    "{n_ctx} tokens of context, {n} for each of {slots} slots",
                    n_ctx=s.n_ctx,
                    n=s.n_ctx // (slots or 1),
                    slots=slots,
                )
            self.flag("-c", "n_ctx", str(s.n_ctx), reason)
        if s.rope_scaling is not None:
            self.flag(
                "--rope-scaling",
                "rope_scaling",
                s.rope_scaling,
                say("how positions beyond the trained context go"),
            )
        if s.rope_scale is not None:
            self.flag(
                "--rope-scale", "rope_scale", f"{s.rope_scale:g}", say("positions stretched so many times")
            )
        if s.yarn_orig_ctx is not None:
            words = say("tokens the model was trained on")
            self.flag("--yarn-orig-ctx", "yarn_orig_ctx", str(s.yarn_orig_ctx), words)
        if server and slots is not None:
            self.flag("-np", "n_parallel", str(slots), say("requests answered at once"))
            if s.kv_unified is not None and (slots > 1 or not s.kv_unified):
                word = say("one cache for all slots") if s.kv_unified else say("a cache for each slot")
                self.flag("-kvu" if s.kv_unified else "-no-kvu", "kv_unified", None, word)
        elif not server and slots not in (None, 1):
            self.flag("-np", "n_parallel", str(slots), say("sequences decoded at once"))
        if s.swa_full:
            self.flag(
                "--swa-full", "swa_full", None, say("keep the whole context for sliding-window layers too")
            )

    def batch(self, s: LlamaSettings) -> None:
        if s.n_batch != 2048:
            self.flag("-b", "n_batch", str(s.n_batch), say("most prompt tokens handed over at once"))
        if s.n_ubatch != 512:
            self.flag("-ub", "n_ubatch", str(s.n_ubatch), say("most prompt tokens computed at once"))

    def cache(self, s: LlamaSettings) -> None:
        if s.flash_attn != "auto":
            words = say("no score matrix in memory") if s.flash_attn == "on" else say("switched off")
            self.flag("-fa", "flash_attn", s.flash_attn, say("flash attention: {words}", words=words))
        if s.cache_type_k != "f16":
            self.flag("-ctk", "cache_type_k", s.cache_type_k, say("number format of the K cache"))
        if s.cache_type_v != "f16":
            self.flag("-ctv", "cache_type_v", s.cache_type_v, say("number format of the V cache"))
        if not s.kv_offload:
            self.flag("--no-kv-offload", "kv_offload", None, say("the cache stays in system memory"))
        if not s.op_offload:
            self.flag("--no-op-offload", "op_offload", None, say("host matrices are never copied to the GPU"))

    def host(self, s: LlamaSettings) -> None:
        if s.load_mode is not None:
            self.load_mode(s.load_mode)
        if not s.repack:
            self.flag("--no-repack", "repack", None, say("no second copy of the weights for the processor"))
        if s.cache_ram_mib is not None:
            reason = (
                say("no prompt cache in system memory")
                if s.cache_ram_mib == 0
                else say("MiB of prompt cache at most")
            )
            self.flag("--cache-ram", "cache_ram_mib", str(s.cache_ram_mib), reason)
        if s.threads is not None:
            self.flag("-t", "threads", str(s.threads), say("processor threads"))

    def load_mode(self, mode: str) -> None:
        """``--load-mode`` where the build has it (both builds of the table do)."""
        words = {
            "none": say("read the file into memory instead of mapping it"),
            "mmap": say("map the file"),
            "mlock": say("keep the model from being paged out"),
            "mmap+mlock": say("map the file and keep it from being paged out"),
            "dio": say("read the file past the page cache"),
        }
        self.flag("--load-mode", "load_mode", mode, words.get(mode, say("how the file is read")))

    def workload(self, workload: Workload) -> None:
        """Lengths to test; llama-bench only."""


class _BenchWriter(_Writer):
    """Writes flags for llama-bench, which spells several of them otherwise and has no context size of
    its own."""

    separator = "/"

    def layers(self, s: LlamaSettings) -> None:
        if s.n_gpu_layers is not None:
            number = ALL_LAYERS_NUMBER if s.n_gpu_layers == ALL_LAYERS else s.n_gpu_layers
            reason = (
                say("every layer and the output on the GPU")
                if number == ALL_LAYERS_NUMBER
                else say("layers on the GPU")
            )
            self.flag("-ngl", "n_gpu_layers", str(number), reason)
        if s.n_cpu_moe:
            number = ALL_LAYERS_NUMBER if s.n_cpu_moe == ALL_LAYERS else s.n_cpu_moe
            self.flag(
                "-ncmoe", "n_cpu_moe", str(number), say("experts of that many layers stay in system memory")
            )
        if s.override_tensor:
            if any("," in p or ";" in p for p, _ in s.override_tensor):
                raise UnsupportedSetting(
                    "a pattern of -ot cannot hold a comma or semicolon: llama-bench splits there"
                )
            text = ";".join(f"{pattern}={buffer}" for pattern, buffer in s.override_tensor)
            self.flag(
                "-ot", "override_tensor", text, say("tensors whose name matches go to the named buffer")
            )

    def fit_off(self) -> None:
        """Nothing to write: llama-bench fits only when ``-fitt`` is given."""

    def draft(self, s: LlamaSettings, source: ModelSource | None) -> list[str]:
        """Nothing to write: llama-bench does not draft."""
        return []

    def context(self, s: LlamaSettings) -> None:
        """Nothing to write: the context is as long as the test needs."""
        if s.swa_full:
            raise UnsupportedSetting("llama-bench has no --swa-full")

    def cache(self, s: LlamaSettings) -> None:
        if s.flash_attn != "auto":
            self.flag("-fa", "flash_attn", "1" if s.flash_attn == "on" else "0", say("flash attention"))
        if s.cache_type_k != "f16":
            self.flag("-ctk", "cache_type_k", s.cache_type_k, say("number format of the K cache"))
        if s.cache_type_v != "f16":
            self.flag("-ctv", "cache_type_v", s.cache_type_v, say("number format of the V cache"))
        if not s.kv_offload:
            self.flag("-nkvo", "kv_offload", "1", say("the cache stays in system memory"))
        if not s.op_offload:
            self.flag("-nopo", "op_offload", "1", say("host matrices are never copied to the GPU"))

    def host(self, s: LlamaSettings) -> None:
        if s.load_mode is not None:
            self.load_mode(s.load_mode)
        if not s.repack:
            self.flag("--repack", "repack", "0", say("no second copy of the weights for the processor"))
        if s.threads is not None:
            self.flag("-t", "threads", str(s.threads), say("processor threads"))

    def workload(self, workload: Workload) -> None:
        self.flag(
            "-p", "prompt_tokens", str(workload.prompt_tokens), say("prompt tokens of the prefill test")
        )
        self.flag("-n", "gen_tokens", str(workload.gen_tokens), say("generated tokens of the decode test"))
        if workload.depth:
            self.flag("-d", "depth", str(workload.depth), say("tokens already in the context"))


def rpc_commands(
    settings: LlamaSettings,
    source: ModelSource,
    workers: Mapping[str, tuple[str, ...]],
    port: int = 50052,
    version: str | None = None,
    effects: Mapping[str, str] | None = None,
) -> tuple[LaunchCommand, ...]:
    """Write the commands for a model spread over several machines.

    Parameters
    ----------
    settings : LlamaSettings
        Settings of the main machine; ``rpc`` is filled in here.
    source : ModelSource
        The file, needed on the main machine only.
    workers : mapping of str to tuple of str
        Address of each other machine, with its port or without, and the devices it lends (empty = all).
    port : int
        Port the others listen on.
    version : str, optional
        llama.cpp version; the same on every machine.
    effects : mapping of str to str, optional
        As in :func:`llama_launch_command`.

    Returns
    -------
    tuple of LaunchCommand
        One ``ggml-rpc-server`` command per worker, then the main command. RPC devices come first in
        llama.cpp's
        device order, so ``tensor_split`` begins with the workers' devices (src/llama.cpp,
        llama_prepare_model_devices).
    """
    build, _ = resolve_build(version)
    shown = version or DEFAULT_BUILD
    out = []
    servers = []
    for address, devices in workers.items():
        host, _, own_port = address.partition(":")
        servers.append(f"{host}:{own_port or port}")
        builder = CommandBuilder(("ggml-rpc-server",))
        builder.add(
            "--host", host, say("address the others reach this machine by; anyone who can may use it")
        )
        builder.add("--port", own_port or str(port), say("port it listens on"))
        if devices:
            builder.add("--device", ",".join(devices), say("devices it lends"))
        builder.add("--cache", None, say("keep received weights on disk, so that the next start is fast"))
        notes = (
            "run this first; never on an open network, there is no password",
            f"called rpc-server in older packages; the same version ({build}) on every machine",
        )
        out.append(builder.build("llama.cpp", f"llama.cpp {shown}", notes=notes, where=host))
    main = llama_launch_command(replace(settings, rpc=tuple(servers)), source, version, effects=effects)
    return (*out, replace(main, where="main machine"))
