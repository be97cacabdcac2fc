"""What a report says about law, the age of the data, its limits, and the words it uses."""

from __future__ import annotations

from collections.abc import Sequence

from planner.explain import SOURCE_TREE
from planner.plan import Plan
from planner.report.blocks import Block, Bullets, Cell, Column, Heading, Paragraph, Section, Table
from planner.report.facts import LicenceFacts, data_dates, legal_facts, licence_facts, version
from planner.words import Said, say, say_list

NOT_LEGAL_ADVICE = say("Facts with their sources, not legal advice: read the licence itself.")
GLOSSARY = (
    say(
        "Weights: the model's tensors without routed experts. Experts: parts of a layer of which only a few work on each "
        "token."
    ),
    say(
        "KV cache: keys and values kept for the tokens in the context; it grows with the context. Recurrent state: the "
        "same of layers whose memory does not grow."
    ),
    say(
        "Compute: scratch memory of one micro-batch. Output: the logits. Overhead: driver context and workspaces outside "
        "the engine's buffers."
    ),
    say(
        "Decode: tokens written per second and user. Prefill: tokens of the prompt read per second. Time to first token: "
        "reading the prompt and writing one token."
    ),
    say(
        "GiB = 1,073,741,824 bytes and MiB = 1,048,576 bytes (memory); GB = 1,000,000,000 bytes (files, bandwidth); "
        "K = 1,024 tokens. Figures use a decimal point and thousands commas."
    ),
)
SENTENCES = " "
"""Between sentences of one paragraph, in every language."""


def licence_section(plans: Sequence[Plan]) -> Section:
    """Licence of one or a few models with obligations and the EU AI Act."""
    facts = list({p.model_id: licence_facts(p) for p in plans}.values())
    blocks: list[Block] = []
    columns = (Column(say("Fact"), width=24), Column("", width=76))
    if len(facts) == 1:
        blocks.append(Table(columns, _licence_rows(facts[0])))
    else:
        for fact in facts:
            blocks.append(Heading(fact.model_name))
            blocks.append(Table(columns, _licence_rows(fact)))
    blocks += law_blocks()
    return Section(say("Licence and obligations"), tuple(blocks))


def _licence_rows(fact: LicenceFacts) -> tuple[tuple[Cell | str, ...], ...]:
    known, unknown = fact.osi_approved is not None, say("unknown")
    eu = fact.eu_note or (say("no term of its own for the EU recorded") if known else unknown)
    named: str = fact.name if fact.name == fact.id else f"{fact.name} ({fact.id})"
    if isinstance(fact.name, Said):
        named = fact.name
    return (
        (say("Licence"), say_list((named, fact.osi_words)) if known else named),
        (say("Commercial use"), fact.commercial_use),
        (say("It asks for"), _asked(fact) if known or fact.obligations else unknown),
        (say("Gated download"), fact.gated_words),
        (say("Term for the EU"), eu),
        (say("EU AI Act status"), say_list(fact.eu_ai_act, SENTENCES)),
        (say("Source of the terms"), say_list((fact.source, fact.date))),
        (say("Source for this model"), say_list((fact.model_source, fact.model_date))),
    )


def _asked(fact: LicenceFacts) -> str:
    """Obligations in a row."""
    if not fact.obligations:
        return say("none recorded; read the licence")
    return say_list(fact.obligations, "; ")


def ranked_licence_section(plans: Sequence[Plan]) -> Section:
    """Licences of a ranking: one row each, with the models under it."""
    groups: dict[str, list[LicenceFacts]] = {}
    for fact in {p.model_id: licence_facts(p) for p in plans}.values():
        groups.setdefault(fact.id, []).append(fact)
    rows = []
    for _, facts in sorted(groups.items(), key=lambda g: (-len(g[1]), g[0])):
        fact = facts[0]
        names = [say("{model} (gated)", model=f.model_name) if f.gated else f.model_name for f in facts]
        asked = _asked(fact)
        if fact.eu_note:
            asked = say("{obligations}. EU: {note}", obligations=asked, note=fact.eu_note)
        rows.append(
            (
                Cell(say_list((fact.name, fact.osi_words))),
                fact.commercial_use,
                asked,
                say_list(names),
                say_list((fact.source, fact.date)),
            )
        )
    columns = (
        Column(say("Licence"), width=17),
        Column(say("Commercial use"), width=18),
        Column(say("It asks for"), width=22),
        Column(say("Models"), width=28),
        Column(say("Source, date"), width=15),
    )
    return Section(say("Licences and obligations"), (Table(columns, tuple(rows), small=True), *law_blocks()))


def law_blocks() -> list[Block]:
    """The sourced facts about the EU AI Act."""
    rows = tuple((f.provision, f.text, f"{f.source} {f.date}") for f in legal_facts())
    columns = (
        Column(say("Provision"), width=18),
        Column(say("What it says"), width=52),
        Column(say("Source, date read"), width=30),
    )
    return [
        Heading(say("EU AI Act, Regulation (EU) 2024/1689")),
        Table(columns, rows, small=True),
        Paragraph(NOT_LEGAL_ADVICE, note=True),
    ]


def data_section(plans: Sequence[Plan], date: str) -> Section:
    """Dates and versions of everything the report rests on."""
    dates = data_dates()
    engines = sorted({f"{p.engine} {p.engine_version}" for p in plans})
    rows = (
        (
            say("This report"),
            say("made for {date} by {program}", date=date, program=f"Hardware Fit Planner {version()}"),
        ),
        (say("Model catalogue"), dates.catalogue),
        (say("Accelerator table"), dates.accelerators),
        (
            say("Speed coefficients"),
            say("fitted {date} on {file}", date=dates.speed, file="planner/data/measurements.csv"),
        ),
        (say("Driver overhead"), say("logs read {date}", date=dates.overhead)),
        (say("Law"), say("read {date}", date=dates.law)),
        (say("Engine planned for"), ", ".join(engines) or say("none")),
        (say("Memory rules"), SOURCE_TREE),
    )
    columns = (Column(say("Data"), width=28), Column(say("State"), width=72))
    return Section(say("Data dates and versions"), (Table(columns, rows),))


def limitation_section(plans: Sequence[Plan]) -> Section:
    """What the figures cannot say."""
    items = [
        say(
            "Every figure is an estimate made without running the model; memory follows the engine's own rules for the "
            "version named, another version may differ."
        ),
        say(
            "Overhead of drivers is typical of the backend and GPU generation, not measured on this machine."
        ),
        say(
            "Speeds are fitted to published measurements of other machines; cooling, power limits, drivers and other load "
            "change them. A range with an unmeasured GPU is wider."
        ),
        say(
            "The size of a file is computed from the quantization's rule and leaves the tokenizer out; a publisher's own "
            "mix may differ by a few per cent."
        ),
    ]
    if any(p.quality_loss and "Llama 3 8B" in p.quality_loss for p in plans):
        items.append(
            say("Quantization loss was published for one model only; other models lose more or less.")
        )
    if any(p.provenance == "reported" for p in plans):
        items.append(say("Reported models rest on press claims; no weights are known."))
    if any(p.provenance == "user" for p in plans):
        items.append(say("Imported models rest on the user's own file."))
    return Section(say("Limitations"), (Bullets(tuple(items)),))


def glossary_section() -> Section:
    """The words and units used."""
    return Section(say("Words and units"), (Bullets(GLOSSARY),))
