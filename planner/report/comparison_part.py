"""What a comparison says: plans side by side, with what differs and what is best."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from planner import text, units
from planner.machine import Machine
from planner.plan import Plan
from planner.records import Verdict
from planner.report.blocks import Cell, Column, Paragraph, Table
from planner.report.facts import licence_facts
from planner.report.machine_part import machine_words
from planner.report.memory_drawing import memory_mark
from planner.report.plan_parts import (
    VERDICT_MARKS,
    VERDICT_TONES,
    device_total,
    provenance_words,
    speed_text,
)
from planner.words import Said, say, say_list


def difference_note() -> Paragraph:
    """What the marks of the table mean."""
    return Paragraph(
        say("≠ the plans differ here; ★ best of its row where more or less is plainly better."), note=True
    )


def difference_table(plans: Sequence[Plan], machines: Sequence[Machine]) -> Table:
    """Plans side by side; rows that differ are marked, and the best figure of a row has a star."""

    def p50(plan: Plan) -> float | None:
        decode = plan.throughput.decode_tps if plan.throughput else None
        return None if decode is None or decode.to_json() is None else decode.p50

    def first_token(plan: Plan) -> float | None:
        ttft = plan.throughput.ttft_s if plan.throughput else None
        return None if ttft is None or ttft.to_json() is None else -ttft.p50

    def first_text(plan: Plan) -> str:
        ttft = plan.throughput.ttft_s if plan.throughput else None
        if ttft is None or ttft.to_json() is None:
            return units.UNKNOWN
        return say("{low}–{high}", low=units.seconds(ttft.p10), high=units.seconds(ttft.p90))

    def loss(plan: Plan) -> str:
        """Without what is said about its source, which has a section of its own."""
        found = plan.quality_loss or say("no published figure")
        return found.values.get("loss", found) if isinstance(found, Said) else found

    def tokens(count: int | None) -> str:
        return units.UNKNOWN if count is None else units.tokens(count)

    rows: tuple[tuple[str, Callable[[Plan], str], Callable[[Plan], float | None] | None], ...] = (
        (say("Verdict"), _verdict_words, None),
        (say("Placement"), lambda p: text.PLACEMENT_WORDS[p.placement], None),
        (say("Quantization"), lambda p: p.quant or units.UNKNOWN, None),
        (say("Context per user, tokens"), lambda p: tokens(p.n_ctx), lambda p: p.n_ctx),
        (say("Longest context, tokens"), lambda p: tokens(p.longest_n_ctx), lambda p: p.longest_n_ctx),
        (say("Decode, tok/s (80 %)"), speed_text, p50),
        (say("Time to first token (80 %)"), first_text, first_token),
        (say("Limited by"), lambda p: p.throughput.limited_by if p.throughput else "–", None),
        (say("GPU memory"), lambda p: device_total(p, "gpu"), None),
        (ram_row := say("RAM"), lambda p: device_total(p, "host"), None),
        (
            say("Parameters"),
            lambda p: say(
                "{total}, {active} active",
                total=units.parameters(p.total_parameters),
                active=units.parameters(p.active_parameters),
            ),
            None,
        ),
        (say("File"), lambda p: units.gb(p.file_bytes), None),
        (say("Quantization loss"), loss, None),
        (say("Licence"), lambda p: say_list(((f := licence_facts(p)).name, f.osi_words)), None),
        (say("Commercial use"), lambda p: licence_facts(p).commercial_use, None),
        (say("Engine"), lambda p: f"{p.engine} {p.engine_version}, {p.backend}", None),
        (say("Provenance"), provenance_words, None),
    )
    body = []
    names = [m.name or machine_words(m) for m in machines]
    if len(set(names)) > 1:
        body.append((Cell(say("≠ {row}", row=say("Machine")), strong=True), *(Cell(n) for n in names)))
    for name, show, measure in rows:
        values = [show(p) for p in plans]
        differ = len(set(values)) > 1
        best: set[int] = set()
        if measure is not None and differ:
            figures = [measure(p) for p in plans]
            known = [f for f in figures if f is not None]
            best = {i for i, f in enumerate(figures) if f is not None and f == max(known)} if known else set()
        cells = [
            Cell(say("★ {figure}", figure=v) if i in best else v, strong=i in best)
            for i, v in enumerate(values)
        ]
        body.append((Cell(say("≠ {row}", row=name) if differ else name, strong=differ), *cells))
        if name is ram_row:
            charts = (memory_mark(p.devices, 120) if p.devices else None for p in plans)
            body.append((Cell(say("Memory bars")), *(Cell("", chart=c) for c in charts)))
    width = 76 / len(plans)
    columns = (
        Column("", width=24),
        *(Column(f"{p.model_name} {p.quant or ''}".strip(), width=width, strong=True) for p in plans),
    )
    return Table(columns, tuple(body))


VERDICT_WORDS = {
    Verdict.FITS: say("fits"),
    Verdict.FITS_WITH_OFFLOAD: say("fits with offload"),
    Verdict.TIGHT: say("tight"),
    Verdict.DOES_NOT_FIT: say("does not fit"),
    Verdict.UNKNOWN: say("unknown"),
}


def _verdict_words(plan: Plan) -> str:
    mark = VERDICT_MARKS[VERDICT_TONES[plan.verdict]]
    return say("{mark} {verdict}", mark=mark, verdict=VERDICT_WORDS[plan.verdict])
