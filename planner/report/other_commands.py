"""Commands beside a plan's own: the same plan with llama-cli, and the same model with the other engine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner import text
from planner.commands.shell_quoting import Shell
from planner.report.blocks import Block, Bullets, Code, Heading, Paragraph
from planner.report.facts import model_of
from planner.report.plan_parts import CANNOT_PASS, POSIX_SHELLS, command_text
from planner.wishes import Wishes
from planner.words import say

if TYPE_CHECKING:
    from models_db.model_spec import ModelSpec
    from planner.commands.launch_command import LaunchCommand
    from planner.machine import Machine
    from planner.plan import Plan


@dataclass(frozen=True, slots=True)
class OtherCommand:
    """Another way to start the model of a plan."""

    title: str
    command: LaunchCommand | None
    """None when there is no way; the facts say why."""
    facts: tuple[str, ...] = ()


def other_commands(plan: Plan, machine: Machine, wishes: Wishes | None) -> tuple[OtherCommand, ...]:
    """Find the other commands of a plan that fits; none for models outside the catalogue.

    Parameters
    ----------
    plan : Plan
    machine : Machine
        The machine the plan was made for.
    wishes : Wishes or None
        The question; without it the other engine is not planned.
    """
    model = model_of(plan)
    if model is None or not plan.fits or plan.command is None:
        return ()
    found = []
    if plan.engine == "llama.cpp":
        found += _terminal(plan, model)
    if wishes is not None:
        found.append(_other_engine(plan, model, machine, wishes))
    return tuple(found)


def _terminal(plan: Plan, model: ModelSpec) -> list[OtherCommand]:
    from planner.library import load_library
    from planner.view_data import command_for

    library = load_library()
    if plan.command is None or plan.command.argv[0] != "llama-server" or model.id not in library.models:
        return []
    command = command_for(library, plan, "llama-cli")
    facts = () if command is not None else (say("llama-cli has no flag for one of the settings."),)
    return [OtherCommand(say("llama-cli: one user in the terminal"), command, facts)]


def _other_engine(plan: Plan, model: ModelSpec, machine: Machine, wishes: Wishes) -> OtherCommand:
    from planner.library import load_library
    from planner.request import RequestFault
    from planner.units import ValueFault

    library = load_library()
    usual = Wishes().engine_version
    title = "vLLM" if plan.engine == "llama.cpp" else "llama.cpp"
    try:
        if plan.engine == "llama.cpp":
            from planner.vllm.plan import plan_vllm

            own = replace(wishes, engine="vllm", engine_version=usual)
            other = plan_vllm(library.catalogue, model, machine, own)
        else:
            from planner.fit_plan import plan_model

            if model.id not in library.rows:
                fact = say("llama.cpp has no architecture for {model}.", model=model.name)
                return OtherCommand(title, None, (fact,))
            own = replace(wishes, engine="llama.cpp", engine_version=usual)
            other = plan_model(library, model, machine, own)
    except (RequestFault, ValueFault) as fault:
        return OtherCommand(title, None, (fault.args[0] if fault.args else str(fault),))
    title = f"{title} {other.engine_version}: {other.model_name} {other.quant or ''}".strip()
    sentence = text.verdict_sentence(other)
    notes = tuple(r for r in other.reasons if r not in sentence)
    return OtherCommand(title, other.command if other.fits else None, (sentence, *notes))


def other_command_blocks(others: tuple[OtherCommand, ...]) -> list[Block]:
    """Each as a heading, what is known of it, and its text for a POSIX shell and PowerShell."""
    blocks: list[Block] = []
    for other in others:
        blocks.append(Heading(other.title))
        if len(other.facts) == 1:
            blocks.append(Paragraph(other.facts[0]))
        elif other.facts:
            blocks.append(Bullets(other.facts))
        if other.command is None:
            continue
        shells = [(POSIX_SHELLS, "sh", Shell.POSIX)]
        if other.command.engine == "llama.cpp":
            shells.append(("PowerShell 7", "powershell", Shell.POWERSHELL))
        for name, language, shell in shells:
            code = command_text(other.command, shell)
            blocks.append(Code(code or CANNOT_PASS, language, name))
        if other.command.notes:
            blocks.append(Bullets(other.command.notes))
    return blocks
