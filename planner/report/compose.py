"""Put the parts of a report in order: one plan, a comparison of up to four, or a ranking."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Sequence

from planner import text, units, words
from planner.machine import Machine
from planner.plan import Plan
from planner.records import Verdict
from planner.report.blocks import Block, Cell, Column, Document, Heading, Kind, Paragraph, Section, Table
from planner.report.drawing import Axis, legend, memory_mark, speed_chart, speed_mark
from planner.report.facts import data_dates, licence_facts, version
from planner.report.machine_part import assumption_section, machine_section, machine_words, plan_title
from planner.report.other_commands import OtherCommand, other_command_blocks, other_commands
from planner.report.plan_parts import (
    VERDICT_MARKS,
    VERDICT_TONES,
    alternative_section,
    command_blocks,
    device_total,
    fact_text,
    memory_blocks,
    note_blocks,
    provenance_words,
    quality_section,
    speed_blocks,
    speed_text,
    verdict_box,
)
from planner.report.source_part import (
    data_section,
    glossary_section,
    licence_section,
    limitation_section,
    ranked_licence_section,
)
from planner.report.spoken import spoken
from planner.report.term_part import method_section, provenance_section
from planner.units import ValueFault
from planner.wishes import Wishes
from planner.words import ENGLISH, Language, Said, say, say_list, speaking

MOST_COMPARED = 4
COMMANDS_OF_RANKING = 5
KIND_TITLES = {
    "plan": say("Hardware fit report"),
    "comparison": say("Hardware fit comparison"),
    "ranking": say("Hardware fit ranking"),
}
USE_WORDS = {
    "chat": say("chat"),
    "code": say("code"),
    "vision": say("vision"),
    "long": say("long documents"),
}
LETTERS = {"gpu": "G", "experts_in_ram": "E", "partial": "P", "cpu": "C", "none": "×"}


def check_date(date: str) -> str:
    """The date a report is made for.

    Raises
    ------
    ValueFault
        If it is no day of the calendar.
    """
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", date):
            raise ValueError
        return datetime.date.fromisoformat(date).isoformat()
    except ValueError:
        raise ValueFault(f"date {date!r} is not a day; write for example 2026-11-23") from None


def plans_of(plans: Plan | Sequence[Plan]) -> tuple[Plan, ...]:
    """One plan or several as a tuple."""
    return (plans,) if isinstance(plans, Plan) else tuple(plans)


def kind_of(plans: Plan | Sequence[Plan], kind: Kind | None) -> Kind:
    """Kind of report: as asked, or by the number of plans.

    Raises
    ------
    ValueFault
        If the number of plans does not suit the kind.
    """
    given = plans_of(plans)
    found: Kind = kind or (
        "plan" if len(given) == 1 else "comparison" if len(given) <= MOST_COMPARED else "ranking"
    )
    if found == "plan" and len(given) != 1:
        raise ValueFault(f"a report of one plan needs one plan, not {len(given)}")
    if found == "comparison" and not 2 <= len(given) <= MOST_COMPARED:
        raise ValueFault(f"a comparison needs 2 to {MOST_COMPARED} plans, not {len(given)}")
    return found


def machines_of(machine: Machine | Sequence[Machine], n_plans: int) -> tuple[Machine, ...]:
    """The machine of each plan.

    Raises
    ------
    ValueFault
        If there are several and not one for each plan.
    """
    machines = (machine,) * max(n_plans, 1) if isinstance(machine, Machine) else tuple(machine)
    if len(machines) != max(n_plans, 1):
        raise ValueFault(f"{len(machines)} machines for {n_plans} plans; give one, or one for each plan")
    return machines


def questions_of(wishes: Wishes | Sequence[Wishes | None] | None, n_plans: int) -> tuple[Wishes | None, ...]:
    """The question of each plan.

    Raises
    ------
    ValueFault
        If there are several and not one for each plan.
    """
    asked = (wishes,) * max(n_plans, 1) if wishes is None or isinstance(wishes, Wishes) else tuple(wishes)
    if len(asked) != max(n_plans, 1):
        raise ValueFault(f"{len(asked)} questions for {n_plans} plans; give one, or one for each plan")
    return asked


def compose(
    plans: Plan | Sequence[Plan],
    machine: Machine | Sequence[Machine],
    date: str,
    wishes: Wishes | Sequence[Wishes | None] | None = None,
    kind: Kind | None = None,
    language: Language = ENGLISH,
) -> Document:
    """Write a report without a format.

    Parameters
    ----------
    plans : Plan or sequence of Plan
    machine : Machine or sequence of Machine
        The machine the plans were made for, or that of each plan of a comparison.
    date : str
        ``YYYY-MM-DD``; nothing in the report depends on the clock.
    wishes : Wishes or None, or a sequence of these
        The question, or that of each plan of a comparison; None leaves out what only it knows (workload, least speed).
    kind : {"plan", "comparison", "ranking"} or None
        None = by the number of plans.
    language : Language
        What the report is written in, whatever this thread speaks.

    Raises
    ------
    ValueFault
        If the date is none or the number of plans, machines or questions does not suit the kind.
    """
    day, given, found = check_date(date), plans_of(plans), kind_of(plans, kind)
    machines, asked = machines_of(machine, len(given)), questions_of(wishes, len(given))
    with speaking(ENGLISH):  # plans are made and kept in English
        others = other_commands(given[0], machines[0], asked[0]) if found == "plan" else ()
    with speaking(language):
        return spoken(_document(given, machines, day, asked, found, others))


def _document(
    given: tuple[Plan, ...],
    machines: tuple[Machine, ...],
    day: str,
    asked: tuple[Wishes | None, ...],
    found: Kind,
    others: tuple[OtherCommand, ...],
) -> Document:
    """The report as sayings, its pictures drawn in the language of the thread."""
    if found == "plan":
        title, sections = _plan_report(given[0], machines[0], day, asked[0], others)
    elif found == "comparison":
        title, sections = _comparison_report(given, machines, day, asked)
    else:
        title, sections = _ranking_report(given, machines[0], day, asked[0])
    dates = data_dates()
    engines = ", ".join(sorted({f"{p.engine} {p.engine_version}" for p in given}))
    foot = [
        f"Hardware Fit Planner {version()}",
        say("catalogue {date}", date=dates.catalogue),
        say("speed data {date}", date=dates.speed),
        *([engines] if engines else []),
    ]
    return Document(
        found,
        title,
        day,
        tuple(sections),
        say_list(foot, " · "),
        KIND_TITLES[found],
        say("page {page} of {pages}"),
        words.language().tag,
    )


def _plan_report(
    plan: Plan, machine: Machine, date: str, wishes: Wishes | None, others: tuple[OtherCommand, ...]
) -> tuple[str, list[Section]]:
    sections = [
        Section("", (verdict_box(plan), *note_blocks(plan), Paragraph(fact_text(plan), note=True))),
        Section(say("Where the memory goes"), tuple(memory_blocks(plan.devices, len(machine.gpus)))),
        Section(say("Speed"), tuple(speed_blocks(plan, wishes))),
        machine_section(machine),
        Section(say("Command"), (*command_blocks(plan), *other_command_blocks(others))),
        assumption_section((plan,), (machine,), (wishes,)),
        licence_section((plan,)),
        quality_section((plan,)),
        alternative_section(plan),
        provenance_section((plan,)),
        data_section((plan,), date),
        limitation_section((plan,)),
        glossary_section(),
    ]
    title = say("{plan} on {machine}", plan=plan_title(plan), machine=machine_words(machine))
    return title, [s for s in sections if s is not None]


def _comparison_report(
    plans: Sequence[Plan], machines: Sequence[Machine], date: str, asked: Sequence[Wishes | None]
) -> tuple[str, list[Section]]:
    floors = {w.min_decode_tps for w in asked if w is not None}
    least = floors.pop() if len(floors) == 1 else None
    ranges = [(plan_title(p), p.throughput.decode_tps if p.throughput else None) for p in plans]
    memory: list[Block] = [legend()]
    speed: list[Block] = [speed_chart(ranges, least)]
    commands: list[Block] = []
    for plan, machine, wishes in zip(plans, machines, asked, strict=True):
        memory += [Heading(plan_title(plan)), *memory_blocks(plan.devices, len(machine.gpus), key=False)]
        speed += [Heading(plan_title(plan)), *speed_blocks(plan, wishes, chart=False)]
        commands += [Heading(plan_title(plan)), *command_blocks(plan)]
    different = [m for i, m in enumerate(machines) if m not in machines[:i]]
    sections = [
        Section("", (difference_table(plans, machines), _difference_note())),
        machine_section(*different),
        assumption_section(plans, machines, asked),
        Section(say("Where the memory goes"), tuple(memory)),
        Section(say("Speed"), tuple(speed)),
        Section(say("Commands"), tuple(commands)),
        licence_section(plans),
        quality_section(plans),
        provenance_section(plans),
        data_section(plans, date),
        limitation_section(plans),
        glossary_section(),
    ]
    where = machine_words(different[0]) if len(different) == 1 else say("{n} machines", n=len(different))
    return say("{n} plans compared on {machine}", n=len(plans), machine=where), sections


def _difference_note() -> Paragraph:
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


def _ranking_report(
    plans: Sequence[Plan], machine: Machine, date: str, wishes: Wishes | None
) -> tuple[str, list[Section]]:
    fitting = sum(bool(p.fits) for p in plans)
    blocks: list[Block] = [
        Paragraph(
            say("Best plan of each model, in order: what fits and is fast enough first, then by score."),
            lead=say("{n} of {all} models listed fit.", n=fitting, all=len(plans)),
        ),
    ]
    if plans:
        blocks += [ranking_table(plans), legend(), Paragraph(RANKING_NOTE, note=True)]
    commands: list[Block] = []
    for plan in [p for p in plans if p.fits][:COMMANDS_OF_RANKING]:
        commands += [Heading(plan_title(plan)), *command_blocks(plan, flags=False)]
    sections = [
        Section("", tuple(blocks)),
        machine_section(machine),
        assumption_section(plans[:1], (machine,), (wishes,), plans),
    ]
    if commands:
        sections.append(Section(say("Commands of the first {n}", n=COMMANDS_OF_RANKING), tuple(commands)))
    sections += [
        ranked_licence_section(plans),
        _quants_of(plans),
        method_section(),
        data_section(plans, date),
        limitation_section(plans),
        glossary_section(),
    ]
    where = machine_words(machine)
    if wishes is None:
        return say("What runs on {machine}", machine=where), sections
    title = say(
        "What runs for {use} at {context} on {machine}",
        use=USE_WORDS.get(wishes.use, wishes.use),
        context=units.tokens(wishes.n_ctx),
        machine=where,
    )
    return title, sections


RANKING_NOTE = say(
    "Placement: G all on the GPU, E experts of some layers in RAM, P layers split between GPU and RAM, C on the CPU, "
    "× does not fit; ! less than the reserve is left. Speed: bar = 80 % range, dot = median, square-root axis, "
    "very fast ones stop at its end; "
    "bars of memory: GPUs above RAM, each on its own full scale."
)


def _quants_of(plans: Sequence[Plan]) -> Section:
    """One row per quantization rather than per model."""
    seen: dict[tuple[str | None, str | None], Plan] = {}
    for plan in plans:
        seen.setdefault((plan.quant, plan.quality_loss), plan)
    section = quality_section(list(seen.values()))
    table = section.blocks[0]
    assert isinstance(table, Table)
    rows = tuple(
        (plan.quant or units.UNKNOWN, *row[1:]) for plan, row in zip(seen.values(), table.rows, strict=True)
    )
    return Section(section.title, (Table(table.columns, tuple(sorted(rows, key=str))),))


def ranking_table(plans: Sequence[Plan]) -> Table:
    """One row per model."""
    axis = Axis.over([p.throughput.decode_tps if p.throughput else None for p in plans], 4, 76)
    rows = []
    for number, plan in enumerate(plans, start=1):
        letter = LETTERS[plan.placement] + ("!" if plan.verdict.value == "tight" else "")
        devices = sorted(plan.devices, key=lambda d: d.kind)
        gpus = [d for d in devices if d.kind == "gpu"]
        shown_devices = (
            devices if len(gpus) <= 4 else [max(gpus, key=lambda d: d.total_bytes), *devices[len(gpus) :]]
        )
        decode = plan.throughput.decode_tps if plan.throughput else None
        licence = licence_facts(plan)
        rows.append(
            (
                Cell(str(number), breakable=False),
                Cell(plan.model_name),
                Cell(plan.quant or ""),
                Cell(letter, breakable=False),
                Cell("", chart=memory_mark(shown_devices, 80) if shown_devices else None),
                Cell(device_total(plan, "gpu").removesuffix(" GiB"), breakable=False),
                Cell(device_total(plan, "host").removesuffix(" GiB"), breakable=False),
                Cell("", chart=speed_mark(decode, axis)),
                Cell(speed_text(plan), breakable=False),
                Cell(units.gb(plan.file_bytes).removesuffix(" GB"), breakable=False),
                Cell(licence.id.removeprefix("LicenseRef-")),
                Cell(plan.score or ""),
            )
        )
    columns = (
        Column("#", right=True, width=3.5),
        Column(say("Model"), width=16),
        Column(say("Quant"), width=10.5),
        Column(say("Fit"), width=3.5),
        Column(say("Memory"), width=10),
        Column(say("GPU, GiB"), right=True, width=5.5),
        Column(say("RAM, GiB"), right=True, width=5.5),
        Column(say("Decode"), width=8),
        Column(say("tok/s"), right=True, width=7.5),
        Column(say("File, GB"), right=True, width=5.5),
        Column(say("Licence"), width=12),
        Column(say("Why here"), width=12.5),
    )
    return Table(columns, tuple(rows), small=True)
