"""Somebody's command of either engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from planner.commands.command_text import CommandTextFault
from planner.commands.llama_parse import LlamaCommand, parse_llama_command
from planner.commands.vllm_parse import VllmCommand, parse_vllm_command

__all__ = ["CommandTextFault", "read_command"]


def read_command(
    command: str | Sequence[str],
    version: str | None = None,
    env: Mapping[str, str] | None = None,
) -> LlamaCommand | VllmCommand:
    """Read a llama.cpp or vLLM command.

    Parameters
    ----------
    command : str or sequence of str
        Text as pasted, or the argument list.
    version : str, optional
        Version of the engine in question.
    env : mapping of str to str, optional
        Environment it would run in.

    Returns
    -------
    LlamaCommand or VllmCommand
        Settings, model, findings.

    Raises
    ------
    CommandTextFault
        When it is a command of neither engine; the message names what was found.
    QuotingFault
        When a quote is never closed.
    ValueError
        When ``version`` is no version of the engine (BuildFault, VllmVersionFault).
    """
    try:
        return parse_llama_command(command, version, env)
    except CommandTextFault as llama:
        try:
            return parse_vllm_command(command, version)
        except CommandTextFault as vllm:
            if "starts no server" in str(vllm):
                raise
            shown = str(llama).partition(" in ")[2]
            found = f"in {shown}" if shown else "in an empty command"
            raise CommandTextFault(
                f"no llama-server, llama-cli, llama-bench or vllm serve {found}; "
                "write for example llama-server -m FILE.gguf"
            ) from None
