"""What a report says about law, provenance, the age of the data, its limits, and the words it uses."""

from __future__ import annotations

from collections.abc import Sequence

from planner import units
from planner.explain import CARDS, SOURCE_TREE
from planner.plan import Plan, Term
from planner.report.blocks import Block, Bullets, Cell, Column, Heading, Paragraph, Section, Table
from planner.report.facts import LicenceFacts, data_dates, legal_facts, licence_facts, version
from planner.report.machine_part import plan_title

NOT_LEGAL_ADVICE = "Facts with their sources, not legal advice: read the licence itself."
GLOSSARY = (
    "Weights: the model's tensors without routed experts. Experts: parts of a layer of which only a few work on each token.",
    "KV cache: keys and values kept for the tokens in the context; it grows with the context. Recurrent state: the same of "
    "layers whose memory does not grow.",
    "Compute: scratch memory of one micro-batch. Output: the logits. Overhead: driver context and workspaces outside the "
    "engine's buffers.",
    "Decode: tokens written per second and user. Prefill: tokens of the prompt read per second. Time to first token: "
    "reading the prompt and writing one token.",
    "GiB = 1,073,741,824 bytes and MiB = 1,048,576 bytes (memory); GB = 1,000,000,000 bytes (files, bandwidth); K = 1,024 "
    "tokens. Figures use a decimal point and thousands commas.",
)


def licence_section(plans: Sequence[Plan]) -> Section:
    """Licence of one or a few models with obligations and the EU AI Act."""
    facts = list({p.model_id: licence_facts(p) for p in plans}.values())
    blocks: list[Block] = []
    if len(facts) == 1:
        blocks.append(Table((Column("Fact", width=24), Column("", width=76)), _licence_rows(facts[0])))
    else:
        for fact in facts:
            blocks.append(Heading(fact.model_name))
            blocks.append(Table((Column("Fact", width=24), Column("", width=76)), _licence_rows(fact)))
    blocks += law_blocks()
    return Section("Licence and obligations", tuple(blocks))


def _licence_rows(fact: LicenceFacts) -> tuple[tuple[Cell | str, ...], ...]:
    asked = "; ".join(fact.obligations) or (
        "none recorded; read the licence" if fact.osi_approved is not None else "unknown"
    )
    eu = fact.eu_note or (
        "no term of its own for the EU recorded" if fact.osi_approved is not None else "unknown"
    )
    return (
        ("Licence", f"{fact.name} ({fact.id}), {fact.osi_words}"),
        ("Commercial use", fact.commercial_use),
        ("It asks for", asked),
        ("Gated download", fact.gated_words),
        ("Term for the EU", eu),
        ("EU AI Act status", " ".join(fact.eu_ai_act)),
        ("Source of the terms", f"{fact.source}, {fact.date}"),
        ("Source for this model", f"{fact.model_source}, {fact.model_date}"),
    )


def ranked_licence_section(plans: Sequence[Plan]) -> Section:
    """Licences of a ranking: one row each, with the models under it."""
    groups: dict[str, list[LicenceFacts]] = {}
    for fact in {p.model_id: licence_facts(p) for p in plans}.values():
        groups.setdefault(fact.id, []).append(fact)
    rows = []
    for _, facts in sorted(groups.items(), key=lambda g: (-len(g[1]), g[0])):
        fact = facts[0]
        names = ", ".join(f.model_name + (" (gated)" if f.gated else "") for f in facts)
        asked = "; ".join(fact.obligations) or "none recorded; read the licence"
        if fact.eu_note:
            asked += f". EU: {fact.eu_note}"
        rows.append(
            (
                Cell(f"{fact.name}, {fact.osi_words}"),
                fact.commercial_use,
                asked,
                names,
                f"{fact.source}, {fact.date}",
            )
        )
    columns = (
        Column("Licence", width=17),
        Column("Commercial use", width=18),
        Column("It asks for", width=22),
        Column("Models", width=28),
        Column("Source, date", width=15),
    )
    return Section("Licences and obligations", (Table(columns, tuple(rows), small=True), *law_blocks()))


def law_blocks() -> list[Block]:
    """The sourced facts about the EU AI Act."""
    rows = tuple((f.provision, f.text, f"{f.source} {f.date}") for f in legal_facts())
    columns = (
        Column("Provision", width=18),
        Column("What it says", width=52),
        Column("Source, date read", width=30),
    )
    return [
        Heading("EU AI Act, Regulation (EU) 2024/1689"),
        Table(columns, rows, small=True),
        Paragraph(NOT_LEGAL_ADVICE, note=True),
    ]


def term_title(term: Term, with_experts: bool = False) -> str:
    """Name of a term as a person reads it; ``with_experts``: the device has experts, which its weights include."""
    device, _, kind = term.name.rpartition(".")
    card = CARDS.get(term.name) or CARDS.get(kind)
    if card is None:
        plain = term.name.replace("_", " ").replace(".", ", ")
        return {"decode.seconds": "Time of one token"}.get(term.name, plain[:1].upper() + plain[1:])
    title = "Weights, experts included" if kind == "model" and with_experts else card.title
    return title if term.name in CARDS else f"{title}, {device}"


def term_value(value: float, unit: str) -> str:
    """Value of a term with a unit that suits its size."""
    if unit == "bytes":
        return units.mib(value) if abs(value) >= units.MIB else f"{value:,.0f} bytes"
    if unit == "s" and abs(value) < 0.001:
        return f"{value * 1e6:,.1f} µs"
    if unit == "s" and abs(value) < 1:
        return f"{value * 1e3:,.2f} ms"
    return f"{value:,.6g} {unit}"


def input_text(term: Term) -> str:
    """Numbers put into a term."""

    def one(value: float | int | str) -> str:
        if isinstance(value, (bool, str)):
            return str(value)
        if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
            return "unknown"
        return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.6g}"

    return "; ".join(f"{name} = {one(value)}" for name, value in term.inputs.items()) or "–"


def provenance_section(plans: Sequence[Plan]) -> Section:
    """Every number with formula, inputs and sources."""
    blocks: list[Block] = []
    for plan in plans:
        if len(plans) > 1:
            blocks.append(Heading(plan_title(plan)))
        if not plan.terms:
            blocks.append(Paragraph("No terms: nothing was computed for this plan."))
            continue
        blocks.append(_term_table(plan.terms))
    return Section("Where each number comes from", tuple(blocks), new_page=False)


def _term_table(terms: Sequence[Term]) -> Table:
    with_experts = {t.name.rpartition(".")[0] for t in terms if t.name.endswith(".experts")}
    rows = tuple(
        (
            Cell(term_title(t, t.name.rpartition(".")[0] in with_experts)),
            Cell(term_value(t.value, t.unit), breakable=False),
            Cell(t.expression, mono=True),
            Cell(input_text(t), mono=True),
            "; ".join(t.sources) or "no source",
        )
        for t in terms
    )
    columns = (
        Column("Number", width=16),
        Column("Value", right=True, width=12),
        Column("Formula", width=25),
        Column("Inputs", width=22),
        Column("Sources", width=25),
    )
    return Table(columns, rows, small=True)


def method_section() -> Section:
    """How the numbers of a ranking are made: each formula once."""
    rows = tuple(
        (Cell(card.title), Cell(card.expression, mono=True), card.unit, "; ".join(card.sources))
        for card in CARDS.values()
    )
    columns = (
        Column("Number", width=20),
        Column("Formula", width=40),
        Column("Unit", width=8),
        Column("Sources", width=32),
    )
    return Section("Where each number comes from", (Table(columns, rows, small=True),))


def data_section(plans: Sequence[Plan], date: str) -> Section:
    """Dates and versions of everything the report rests on."""
    dates = data_dates()
    engines = sorted({f"{p.engine} {p.engine_version}" for p in plans})
    rows = (
        ("This report", f"made for {date} by Hardware Fit Planner {version()}"),
        ("Model catalogue", dates.catalogue),
        ("Accelerator table", dates.accelerators),
        ("Speed coefficients", f"fitted {dates.speed} on planner/data/measurements.csv"),
        ("Driver overhead", f"logs read {dates.overhead}"),
        ("Law", f"read {dates.law}"),
        ("Engine planned for", ", ".join(engines) or "none"),
        ("Memory rules", SOURCE_TREE),
    )
    return Section(
        "Data dates and versions", (Table((Column("Data", width=28), Column("State", width=72)), rows),)
    )


def limitation_section(plans: Sequence[Plan]) -> Section:
    """What the figures cannot say."""
    items = [
        "Every figure is an estimate made without running the model; memory follows the engine's own rules for the version "
        "named, another version may differ.",
        "Overhead of drivers is typical of the backend and GPU generation, not measured on this machine.",
        "Speeds are fitted to published measurements of other machines; cooling, power limits, drivers and other load "
        "change them. A range with an unmeasured GPU is wider.",
        "The size of a file is computed from the quantization's rule and leaves the tokenizer out; a publisher's own mix "
        "may differ by a few per cent.",
    ]
    if any(p.quality_loss and "Llama 3 8B" in p.quality_loss for p in plans):
        items.append("Quantization loss was published for one model only; other models lose more or less.")
    if any(p.provenance == "reported" for p in plans):
        items.append("Reported models rest on press claims; no weights are known.")
    if any(p.provenance == "user" for p in plans):
        items.append("Imported models rest on the user's own file.")
    return Section("Limitations", (Bullets(tuple(items)),))


def glossary_section() -> Section:
    """The words and units used."""
    return Section("Words and units", (Bullets(GLOSSARY),))
