"""What a report says about one plan: memory, speed, commands, quantization, alternatives."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from planner import text, units
from planner.commands.launch_command import LaunchCommand
from planner.commands.shell_quoting import QuotingFault, Shell, join_command
from planner.plan import DevicePlan, Plan, Range
from planner.records import Verdict
from planner.report.blocks import (
    Block,
    Bullets,
    Cell,
    Code,
    Column,
    Paragraph,
    Section,
    Table,
    Tone,
    VerdictBox,
)
from planner.report.facts import model_of
from planner.report.harmless import shorten, shown
from planner.report.memory_drawing import device_title, legend, memory_bar
from planner.report.speed_drawing import speed_chart
from planner.wishes import Wishes
from planner.words import Said, figure, say, say_list

LINE_LENGTH = 84
"""Longest line of a command where a flag and its value allow it. [characters]"""
LARGEST_IN_MIB = 100_000 * units.MIB
HOME_MARK = "HOME_OF_THE_USER"
VERDICT_TONES: dict[Verdict, Tone] = {
    Verdict.FITS: "good",
    Verdict.FITS_WITH_OFFLOAD: "good",
    Verdict.TIGHT: "warning",
    Verdict.DOES_NOT_FIT: "error",
    Verdict.UNKNOWN: "unknown",
}
POSIX_SHELLS = "sh, bash, zsh, fish"
CANNOT_PASS = say("# this shell cannot pass one of the arguments")
PROVENANCE_WORDS = {"published": say("published"), "reported": say("reported"), "user": say("imported")}
VERDICT_MARKS: dict[Tone, str] = {"good": "✓", "warning": "!", "error": "×", "unknown": "?"}
SPEED_COLUMNS = (
    Column("", width=34),
    Column("p10", right=True, width=15),
    Column("p50", right=True, width=15),
    Column("p90", right=True, width=15),
    Column(say("unit"), width=21),
)


def verdict_box(plan: Plan) -> VerdictBox:
    """The answer in one sentence."""
    return VerdictBox(VERDICT_TONES[plan.verdict], text.verdict_sentence(plan))


def note_blocks(plan: Plan) -> list[Block]:
    """Reasons the sentence does not say."""
    sentence = text.verdict_sentence(plan)
    notes = tuple(r for r in plan.reasons if r not in sentence)
    if plan.provenance == "reported":
        notes = (say("Reported model: named in the press, no such weights are known."), *notes)
    return [Bullets(notes)] if notes else []


def memory_blocks(devices: Sequence[DevicePlan], n_gpus: int, key: bool = True) -> list[Block]:
    """Bars and table of every device the plan uses, of a machine with ``n_gpus`` GPUs; ``key`` adds the legend."""
    if not devices:
        return [Paragraph(say("No memory can be stated: the model's dimensions are not known."))]
    blocks: list[Block] = [memory_bar(d) for d in devices]
    blocks += [legend(), memory_table(devices)] if key else [memory_table(devices)]
    used = sum(d.kind == "gpu" for d in devices)
    if used < n_gpus:
        uses = say("The plan uses {used} of the machine's {n} GPUs.", used=used, n=n_gpus)
        blocks.append(Paragraph(uses, note=True))
    repack = [d.repack_bytes for d in devices if d.repack_bytes]
    if repack:
        blocks.append(
            Paragraph(
                say(
                    "The CPU backend repacks {size} of weights in addition, not in the sum.",
                    size=units.mib(repack[0]),
                ),
                note=True,
            )
        )
    return blocks


def memory_table(devices: Sequence[DevicePlan]) -> Table:
    """Bytes of every kind on every device, in MiB, or in GiB where a figure is too large for its column."""
    kinds: tuple[tuple[str, str | None, Callable[[DevicePlan], int | None]], ...] = (
        (say("Weights"), "weights", lambda d: d.model_bytes - d.expert_bytes),
        (say("Experts"), "experts", lambda d: d.expert_bytes),
        (say("KV cache"), "kv", lambda d: d.kv_bytes),
        (say("Recur\u00adrent"), "kv", lambda d: d.recurrent_bytes),
        (say("Com\u00adpute"), "compute", lambda d: d.compute_bytes),
        (say("Output"), "compute", lambda d: d.output_bytes),
        (say("Over\u00adhead"), "overhead", lambda d: d.overhead_bytes),
        (say("Sum"), None, lambda d: d.total_bytes),
        (say("Others"), "others", lambda d: d.others_bytes),
        (say("Free"), "free", lambda d: d.free_bytes),
        (say("Capa\u00adcity"), None, lambda d: d.capacity_bytes),
    )
    sizes = [[value(device) for _, _, value in kinds] for device in devices]
    large = any(size is not None and abs(size) >= LARGEST_IN_MIB for row in sizes for size in row)
    columns = [Column("GiB" if large else "MiB", width=15.5)]
    columns += [Column(name, right=True, width=7.68, swatch=kind) for name, kind, _ in kinds]
    rows = []
    for device, row in zip(devices, sizes, strict=True):
        name = device_title(device)[0]
        if not isinstance(name, Said):
            name = shorten(shown(name), 48)
        cells: list[Cell | str] = [Cell(name)]
        for (title, _, _), size in zip(kinds, row, strict=True):
            number = (units.gib(size, 2) if large else units.mib(size)).partition(" ")[0]
            cells.append(Cell(number, strong=title == "Sum", breakable=False))
        rows.append(tuple(cells))
    return Table(tuple(columns), tuple(rows), small=True)


def speed_blocks(plan: Plan, wishes: Wishes | None, chart: bool = True) -> list[Block]:
    """Ranges with what limits them and what they rest on."""
    speeds = plan.throughput
    if speeds is None:
        why = say("nothing was asked or is known")
        if plan.verdict is Verdict.DOES_NOT_FIT:
            why = say("the plan does not fit")
        return [Paragraph(say("No speed is stated: {why}.", why=why))]
    blocks: list[Block] = []
    if chart and speeds.decode_tps is not None:
        name = say("{plan}, this plan", plan=plan.quant or plan.model_name)
        rows = [(name, speeds.decode_tps)]
        rows += [
            (say_list((a.quant or "", placement_text(a))), a.throughput.decode_tps)
            for a in plan.alternatives
            if a.throughput and a.throughput.decode_tps
        ]
        blocks.append(speed_chart(rows, wishes.min_decode_tps if wishes else None))
    table_rows: list[tuple[Cell | str, ...]] = [
        (say("Decode, per user"), *_figures(speeds.decode_tps), say("tok/s"))
    ]
    together = speeds.aggregate_decode_tps
    if together is not None and together != speeds.decode_tps:
        table_rows.append((say("Decode, all users together"), *_figures(together), say("tok/s")))
    table_rows.append((say("Prefill"), *_figures(speeds.prefill_tps), say("tok/s")))
    ttft = speeds.ttft_s
    table_rows.append(
        (
            say("Time to first token"),
            *(
                (units.UNKNOWN,) * 3
                if ttft is None or ttft.to_json() is None
                else tuple(units.seconds(v) for v in (ttft.p10, ttft.p50, ttft.p90))
            ),
            "",
        )
    )
    blocks.append(Table(SPEED_COLUMNS, tuple(table_rows)))
    blocks.append(
        Paragraph(
            say(
                "Limited by {what}. Basis: {basis}. p10 to p90 is an 80 % range: one run in ten is "
                "expected below it and one above.",
                what=speeds.limited_by if speeds.limited_by != "unknown" else units.UNKNOWN,
                basis=speeds.basis,
            ),
            note=True,
        )
    )
    return blocks


def _figures(value: Range | None) -> tuple[str, str, str]:
    if value is None or value.to_json() is None:
        return (units.UNKNOWN,) * 3
    return units.rate(value.p10), units.rate(value.p50), units.rate(value.p90)


def command_text(command: LaunchCommand, shell: Shell, multiline: bool = True) -> str | None:
    """Text of a command for one shell, the home folder written so that the shell puts it back; None if it cannot be said.

    ``~/`` in POSIX shells and ``(Join-Path $HOME '…')`` in PowerShell, so that no report names its user and the command
    still runs.
    """
    home = re.compile(rf"^{re.escape(str(Path.home()))}(?=[/\\])") if len(str(Path.home())) > 1 else None
    argv = [home.sub(HOME_MARK, word) if home else word for word in command.argv]
    try:
        line = join_command(argv, shell, dict(command.env), multiline, LINE_LENGTH)
    except QuotingFault:
        return None
    if shell is Shell.POSIX:
        line = re.sub(rf"(?<=[\s])'{HOME_MARK}/", "~/'", line)
        return re.sub(rf"(^|(?<=\s)){HOME_MARK}/", "~/", line)
    line = re.sub(rf"'{HOME_MARK}[/\\]((?:[^']|'')*)'", r"(Join-Path $HOME '\1')", line)
    return re.sub(rf"{HOME_MARK}[/\\]([^\s']+)", r"(Join-Path $HOME '\1')", line)


def command_blocks(plan: Plan, flags: bool = True) -> list[Block]:
    """The command for two shells, and every flag explained."""
    command = plan.command
    if command is None:
        return [Paragraph(say("No command: the plan has none."))]
    posix, powershell = command_text(command, Shell.POSIX), command_text(command, Shell.POWERSHELL)
    blocks: list[Block] = [
        Code(posix or CANNOT_PASS, "sh", POSIX_SHELLS),
        Code(powershell or CANNOT_PASS, "powershell", "PowerShell 7"),
    ]
    if flags:
        blocks.append(Paragraph(say("Flags of {engine}.", engine=command.engine_versions), note=True))
    data = command.to_json() if posix and powershell else {"notes": command.notes}
    notes = data["notes"]
    if isinstance(notes, (list, tuple)) and notes:
        blocks.append(Bullets(tuple(notes)))
    if flags and command.flags:
        rows = tuple(
            (Cell(f"{n.flag} {'' if n.value is None else n.value}".strip(), mono=True), n.text)
            for n in command.flags
        )
        blocks.append(Table((Column(say("Flag"), width=34), Column(say("Why"), width=66)), rows))
    return blocks


def quality_section(plans: Sequence[Plan]) -> Section:
    """What each quantization loses, with the source of the figure."""
    rows: list[tuple[Cell | str, ...]] = []
    seen = set()
    for plan in plans:
        loss, source = plan.quality_loss or say("no published figure"), ""
        if plan.quality_loss:
            source = _loss_source(plan)
        key = (plan.model_name, plan.quant)
        if key in seen:
            continue
        seen.add(key)
        rows.append((f"{plan.model_name} {plan.quant or ''}".strip(), loss, source or say("no source")))
    columns = (
        Column(say("Quantization"), width=24),
        Column(say("Loss"), width=34),
        Column(say("Source, date"), width=42),
    )
    return Section(say("Quantization loss"), (Table(columns, tuple(rows)),))


def _loss_source(plan: Plan) -> str:
    from models_db.quant_scheme import UnknownQuantError, parse_quant
    from planner.library import LOSS_METRIC, LOSS_MODEL

    if plan.quality_loss and plan.quality_loss.startswith("none"):
        model = model_of(plan)
        facts = [] if model is None else [s for s in model.sources if s.fact == "checkpoint"]
        return f"{facts[0].source}, {facts[0].date}" if facts else ""
    try:
        scheme = parse_quant(plan.quant or "")
    except UnknownQuantError:
        return ""
    found = [q for q in scheme.quality_loss if q.metric == LOSS_METRIC and q.model == LOSS_MODEL]
    if not found:
        return "; ".join(f"{s.source}, {s.date}" for s in scheme.sources[:1])
    best = min(found, key=lambda q: q.value)
    return f"{best.source}, {best.date}"


def alternative_section(plan: Plan) -> Section | None:
    """Other quantizations of the same model."""
    if not plan.alternatives:
        return None
    rows = tuple(
        (
            a.quant or "",
            placement_text(a),
            device_total(a, "gpu"),
            device_total(a, "host"),
            speed_text(a),
            units.gb(a.file_bytes),
        )
        for a in plan.alternatives
    )
    columns = (
        Column(say("Quantization"), width=20),
        Column(say("Placement"), width=26),
        Column(say("GPU"), right=True, width=13),
        Column(say("RAM"), right=True, width=13),
        Column(say("Decode, tok/s (80 %)"), right=True, width=15),
        Column(say("File"), right=True, width=13),
    )
    return Section(say("Alternatives"), (Table(columns, rows),))


def placement_text(plan: Plan) -> str:
    """Placement in words, with the number of GPUs where there are several."""
    used = sum(d.kind == "gpu" and d.total_bytes > 0 for d in plan.devices)
    if used > 1 and plan.placement == "gpu":
        return say("all on {n} GPUs", n=used)
    return text.PLACEMENT_WORDS[plan.placement]


def speed_text(plan: Plan) -> str:
    """Decode range without the unit."""
    return text.speed(plan.throughput.decode_tps) if plan.throughput else "–"


def device_total(plan: Plan, kind: str) -> str:
    """Memory of all devices of a kind."""
    devices = [d for d in plan.devices if d.kind == kind]
    return units.gib(sum(d.total_bytes for d in devices)) if devices else "–"


def fact_text(plan: Plan) -> str:
    """Sizes of the model in one line."""
    parts = [say("{n} parameters", n=units.parameters(plan.total_parameters))]
    if plan.active_parameters and plan.total_parameters and plan.active_parameters < plan.total_parameters:
        parts.append(say("{n} active per token", n=units.parameters(plan.active_parameters)))
    parts.append(say("file {size}", size=units.gb(plan.file_bytes)))
    if plan.n_ctx_train:
        parts.append(say("trained for {n} tokens", n=units.tokens(plan.n_ctx_train)))
    if plan.kv_tokens:
        parts.append(say("cache for {n} tokens", n=figure(f"{plan.kv_tokens:,}")))
    if plan.max_concurrency:
        parts.append(say("at most {n} sequences at once", n=figure(f"{plan.max_concurrency:.1f}")))
    return say(
        "{model} ({provenance}): {facts}.",
        model=plan.model_id,
        provenance=provenance_words(plan),
        facts=say_list(parts),
    )


def provenance_words(plan: Plan) -> str:
    """How the model is known."""
    return PROVENANCE_WORDS.get(plan.provenance, plan.provenance)
