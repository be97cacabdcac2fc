"""Ask vLLM's own parser and engine configuration about commands, one JSON line each; runs inside vLLM's environment.

Started by ``vllm_real_check.py`` with ``shared/tools/vllm-check`` on the path, whose ``fakecuda`` makes vLLM believe in
GPUs. Input lines: ``{"gpu": [name, capability, GiB, count], "command": "vllm serve …"}``; models are folders with a
``config.json`` named in the map given as the first argument.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shlex
import sys
import types
from importlib.machinery import ModuleSpec
from typing import Any

os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")
KERNELS = ("vllm._C", "vllm.spinloop", "vllm.fs_io_C", "vllm.third_party.flashmla.flash_mla_interface")
"""Compiled modules of the CPU build: not called here, and built for processors this one may not be."""


class _Empty(types.ModuleType):
    """A module in which every name is an empty class."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


def stub_kernels() -> None:
    """Put empty modules in their place."""
    for name in KERNELS:
        module = _Empty(name)
        module.__spec__ = ModuleSpec(name, None)
        sys.modules[name] = module


def main() -> int:
    """Answer every line of standard input."""
    stub_kernels()
    import fakecuda  # type: ignore[import-not-found]
    from vllm.engine.arg_utils import AsyncEngineArgs  # type: ignore[import-not-found]
    from vllm.usage.usage_lib import UsageContext  # type: ignore[import-not-found]
    from vllm.utils.argparse_utils import FlexibleArgumentParser  # type: ignore[import-not-found]

    try:
        from vllm.entrypoints.launchers import cli_args  # type: ignore[import-not-found]
    except ImportError:
        from vllm.entrypoints.common import cli_args  # type: ignore[import-not-found]
    with open(sys.argv[1], encoding="utf-8") as file:
        folders = json.load(file)
    parser = cli_args.make_arg_parser(FlexibleArgumentParser(prog="vllm serve"))
    for line in sys.stdin:
        case = json.loads(line)
        name, capability, gib, count = case["gpu"]
        major, minor = str(capability).split(".")
        fakecuda.GPU.update(name=f"NVIDIA {name}", cc=(int(major), int(minor)), mem=int(gib * 2**30))
        os.environ["FAKE_NGPU"] = str(count)
        stage, said, resolved = _ask(
            case["command"], parser, cli_args, folders, AsyncEngineArgs, UsageContext
        )
        print(json.dumps({**case, "stage": stage, "message": said, "resolved": resolved}), flush=True)
    return 0


def _ask(
    command: str, parser: Any, cli_args: Any, folders: dict[str, str], arguments: Any, usage: Any
) -> tuple[str, str, dict[str, Any]]:
    words = shlex.split(command)
    words = words[words.index("serve") + 1 :]
    errors = io.StringIO()
    try:
        with contextlib.redirect_stderr(errors):
            options = parser.parse_args(words)
        options.model = getattr(options, "model_tag", None) or options.model
        cli_args.validate_parsed_serve_args(options)
    except SystemExit:
        return "parser", errors.getvalue().strip().splitlines()[-1], {}
    except Exception as fault:
        return "parser", f"{type(fault).__name__}: {fault}", {}
    try:
        options.model = folders.get(options.model, options.model)
        engine = arguments.from_cli_args(options)
        engine.skip_tokenizer_init = True
        config = engine.create_engine_config(usage.OPENAI_API_SERVER)
    except Exception as fault:
        return "config", f"{type(fault).__name__}: {fault}", {}
    return (
        "ok",
        "",
        {
            "max_model_len": config.model_config.max_model_len,
            "max_num_batched_tokens": config.scheduler_config.max_num_batched_tokens,
            "max_num_seqs": config.scheduler_config.max_num_seqs,
            "kv_cache_dtype": str(config.cache_config.cache_dtype),
            "quantization": config.model_config.quantization,
        },
    )


if __name__ == "__main__":
    raise SystemExit(main())
