"""Put the parts of a report in order: one plan, a comparison of up to four, or a ranking."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence

from planner import units, words
from planner.machine import Machine
from planner.plan import Plan
from planner.plan_curves import PlanCurves
from planner.report.blocks import Block, Document, Heading, Kind, Paragraph, Section
from planner.report.comparison_part import difference_note, difference_table
from planner.report.curve_part import curve_blocks, curves_of
from planner.report.facts import data_dates, version
from planner.report.machine_part import assumption_section, machine_section, machine_words, plan_title
from planner.report.memory_drawing import legend
from planner.report.other_commands import OtherCommand, other_command_blocks, other_commands
from planner.report.plan_parts import (
    alternative_section,
    command_blocks,
    fact_text,
    memory_blocks,
    note_blocks,
    quality_section,
    speed_blocks,
    verdict_box,
)
from planner.report.ranking_part import RANKING_NOTE, quants_of, ranking_table
from planner.report.source_part import (
    data_section,
    glossary_section,
    licence_section,
    limitation_section,
    ranked_licence_section,
)
from planner.report.speed_drawing import speed_chart
from planner.report.spoken import spoken
from planner.report.term_part import method_section, provenance_section
from planner.units import ValueFault
from planner.wishes import Wishes
from planner.words import ENGLISH, Language, say, say_list, speaking

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
        curves = curves_of(given[0], machines[0], asked[0]) if found == "plan" else PlanCurves()
    with speaking(language):
        return spoken(_document(given, machines, day, asked, found, others, curves))


def _document(
    given: tuple[Plan, ...],
    machines: tuple[Machine, ...],
    day: str,
    asked: tuple[Wishes | None, ...],
    found: Kind,
    others: tuple[OtherCommand, ...],
    curves: PlanCurves,
) -> Document:
    """The report as sayings, its pictures drawn in the language of the thread."""
    if found == "plan":
        title, sections = _plan_report(given[0], machines[0], day, asked[0], others, curves)
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
    plan: Plan,
    machine: Machine,
    date: str,
    wishes: Wishes | None,
    others: tuple[OtherCommand, ...],
    curves: PlanCurves,
) -> tuple[str, list[Section]]:
    sections = [
        Section("", (verdict_box(plan), *note_blocks(plan), Paragraph(fact_text(plan), note=True))),
        Section(say("Where the memory goes"), tuple(memory_blocks(plan.devices, len(machine.gpus)))),
        Section(say("Speed"), (*speed_blocks(plan, wishes), *curve_blocks(plan, curves))),
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
        Section("", (difference_table(plans, machines), difference_note())),
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
        quants_of(plans),
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
