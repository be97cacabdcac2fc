"""``fit-planner report``: plan, compare or rank as asked, and write one file."""

from __future__ import annotations

import argparse
import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from planner.cli import UsageFault, print_json
from planner.library import load_library
from planner.report import RENDERERS, SPOKEN, format_of
from planner.report.compose import MOST_COMPARED, check_date, compose
from planner.report.file_writer import FileExists, check_place, write_whole
from planner.report.harmless import shown
from planner.units import ValueFault
from planner.words import ENGLISH, Language

if TYPE_CHECKING:
    from planner.plan import Plan
    from planner.report.blocks import Kind

KINDS: dict[str, Kind] = {"plan": "plan", "compare": "comparison", "rank": "ranking"}


def write_report(options: argparse.Namespace) -> int:
    """Write the report the options ask for.

    Raises
    ------
    UsageFault
        If nothing names a format, or a comparison has too few or too many models.
    ValueFault
        If a model, the date or the place of the file cannot be used.
    """
    from planner.cli_answers import best_plan, ranked_plans
    from planner.cli_options import machine_of, wishes_of

    prefix = f"fit-planner report {options.what}"
    try:
        form = options.format or format_of(options.out)
    except ValueFault as fault:
        raise UsageFault(f"{prefix}: {fault}") from None
    if options.what == "compare" and not 2 <= len(options.models) <= MOST_COMPARED:
        raise UsageFault(f"{prefix}: give 2 to {MOST_COMPARED} models, not {len(options.models)}")
    date = check_date(options.date or datetime.date.today().isoformat())
    path = Path(options.out)
    writer = options.pdf_writer
    if form == "pdf" and writer is None:
        raise ValueFault("a PDF is made by the program 'fit-planner'; or write .html and print it")
    language = _language(options, prefix, form)
    try:
        check_place(path, options.force)
    except FileExists as fault:
        raise ValueFault(f"{fault}; --force replaces it") from None
    library, wishes, machine = load_library(), wishes_of(options), machine_of(options)
    plans: list[Plan]
    if options.what == "rank":
        plans = ranked_plans(library, machine, wishes, options)[0]
    else:
        plans = [best_plan(library, name, wishes, options) for name in options.models]
    kind = KINDS[options.what]
    content: str | bytes
    if form == "pdf":
        content = writer(compose(plans, machine, date, wishes, kind, language), options.paper)
    elif form in SPOKEN:
        content = RENDERERS[form](plans, machine, date, wishes, kind, language)
    else:
        content = RENDERERS[form](plans, machine, date, wishes, kind)
    size = write_whole(path, content, options.force)
    if options.json:
        print_json(
            {"schema": "report/1", "file": shown(str(path)), "format": form, "bytes": size, "date": date}
        )
    else:
        print(f"wrote {shown(str(path))} ({form}, {size:,} bytes)")
    return 0


def _language(options: argparse.Namespace, prefix: str, form: str) -> Language:
    """The language asked for.

    Raises
    ------
    UsageFault
        If it is not English and the format is CSV or JSON.
    ValueFault
        If no such translation is there, or this program was started without the package that holds them.
    """
    if options.language == "en":
        return ENGLISH
    if form not in SPOKEN:
        raise UsageFault(f"{prefix}: {form.upper()} is for programs and always English; leave out --language")
    if options.languages is None:
        raise ValueFault("translations are read by the program 'fit-planner'; or leave out --language")
    found: Language = options.languages(options.language)
    return found
