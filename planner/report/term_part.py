"""What a report says about each number: its name, value, formula, inputs and sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from planner import units
from planner.explain import CARDS
from planner.plan import Plan, Term
from planner.report.blocks import Block, Cell, Column, Heading, Paragraph, Section, Table
from planner.report.machine_part import plan_title
from planner.words import figure, say, say_list

OTHER_TITLES = {
    "decode.seconds": say("Time of one token"),
    "decode.pages_from_disk": say("Decode: pages read from disk"),
    "decode.spills_over_pcie": say("Decode: what spills over PCIe"),
    "gpu_memory_requested": say("Memory vLLM takes"),
    "weights": say("Weights per GPU"),
    "activation_peak": say("Activations"),
    "non_torch": say("Outside PyTorch"),
    "cuda_graphs": say("CUDA graphs"),
    "kv_cache_available": say("Left for the KV cache"),
    "kv_blocks": say("Blocks of cache"),
    "max_concurrency": say("Requests at once"),
    "kv_tokens": say("Tokens of cache"),
    "outside.projector_weights": say("Projector weights"),
    "outside.projector_working_memory": say("Projector working memory"),
    "outside.prediction_blocks:_weights": say("Prediction blocks: weights"),
    "outside.prediction_blocks:_KV_cache": say("Prediction blocks: KV cache"),
    "outside.prediction_blocks:_compute_buffer": say("Prediction blocks: compute buffer"),
    "outside.prompt_cache": say("Prompt cache"),
    "outside.context_checkpoints": say("Context checkpoints"),
}
"""Names of terms that no formula card describes, without their device."""


INPUT_WORDS = {
    "bytes per block": say("bytes per block"),
    "groups": say("groups"),
    "block sizes": say("block sizes"),
    "blocks of one request": say("blocks of one request"),
    "tokens in flight": say("tokens in flight"),
    "rotary tables": say("rotary tables"),
}
"""Inputs of formulas that are words; the others are names of the program's own quantities."""
UNIT_WORDS = {
    "bytes": say("bytes"),
    "blocks": say("blocks"),
    "requests": say("requests"),
    "tokens": say("tokens"),
}


def term_title(term: Term, with_experts: bool = False) -> str:
    """Name of a term as a person reads it; ``with_experts``: the device has experts, which its weights include."""
    device, _, kind = term.name.rpartition(".")
    card = CARDS.get(term.name) or CARDS.get(kind)
    if card is None:
        return _other_title(term.name)
    title = say("Weights, experts included") if kind == "model" and with_experts else card.title
    return title if term.name in CARDS else say_list((title, _device_words(device)))


def _device_words(device: str) -> str:
    """Name of a device as the bars call it."""
    return say("RAM") if device == "Host" else device


def _other_title(name: str) -> str:
    """Name of a term without a card: what lies outside the engine's buffers, and the terms of vLLM."""
    if name in OTHER_TITLES:
        return OTHER_TITLES[name]
    device, _, part = name.partition(".")
    if part in OTHER_TITLES:
        return say_list((OTHER_TITLES[part], _device_words(device)))
    rest = part.removeprefix("outside.").replace("_", " ")
    backend, found, _ = rest.partition(" context, workspaces and pool")
    if found:
        return say_list((say("{backend} context, workspaces and pool", backend=backend.upper()), device))
    draft = rest.removeprefix("draft model ")
    if draft != rest:
        return say_list((say("Draft model {name}", name=draft), device))
    plain = name.replace("_", " ").replace(".", ", ")
    return plain[:1].upper() + plain[1:]


def term_value(value: float, unit: str) -> str:
    """Value of a term with a unit that suits its size."""
    if unit == "bytes":
        if abs(value) >= units.MIB:
            return units.mib(value)
        return say("{n} {unit}", n=figure(f"{value:,.0f}"), unit=UNIT_WORDS[unit])
    if unit == "s" and abs(value) < 0.001:
        return f"{value * 1e6:,.1f} µs"
    if unit == "s" and abs(value) < 1:
        return f"{value * 1e3:,.2f} ms"
    return say("{n} {unit}", n=figure(f"{value:,.6g}"), unit=UNIT_WORDS.get(unit, unit))


def input_text(term: Term) -> str:
    """Numbers put into a term."""

    def one(value: float | int | str) -> str:
        if isinstance(value, (bool, str)):
            return str(value)
        if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
            return units.UNKNOWN
        return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.6g}"

    if not term.inputs:
        return "–"
    given = [
        say("{name} = {value}", name=INPUT_WORDS.get(n, n), value=one(v)) for n, v in term.inputs.items()
    ]
    return say_list(given, "; ")


def provenance_section(plans: Sequence[Plan]) -> Section:
    """Every number with formula, inputs and the numbers of its sources, which stand once below."""
    blocks: list[Block] = []
    sources: dict[str, int] = {}
    for plan in plans:
        if len(plans) > 1:
            blocks.append(Heading(plan_title(plan)))
        if not plan.terms:
            blocks.append(Paragraph(say("No terms: nothing was computed for this plan.")))
            continue
        for term in plan.terms:
            for source in term.sources:
                sources.setdefault(source, len(sources) + 1)
        blocks.append(_term_table(plan.terms, sources))
    if sources:
        rows = tuple((Cell(f"[{number}]", breakable=False), source) for source, number in sources.items())
        columns = (Column("#", width=6), Column(say("Sources of these numbers"), width=94))
        blocks.append(Table(columns, rows, small=True))
    return Section(say("Where each number comes from"), tuple(blocks), new_page=False)


def _term_table(terms: Sequence[Term], numbers: Mapping[str, int]) -> Table:
    """Terms with the numbers of their sources."""
    with_experts = {t.name.rpartition(".")[0] for t in terms if t.name.endswith(".experts")}
    rows = tuple(
        (
            Cell(term_title(t, t.name.rpartition(".")[0] in with_experts)),
            Cell(term_value(t.value, t.unit), breakable=False),
            Cell(t.expression, mono=True),
            Cell(input_text(t), mono=True),
            " ".join(f"[{numbers[source]}]" for source in t.sources) or say("no source"),
        )
        for t in terms
    )
    columns = (
        Column(say("Number"), width=18),
        Column(say("Value"), right=True, width=12),
        Column(say("Formula"), width=31),
        Column(say("Inputs"), width=31),
        Column(say("Sources"), width=8),
    )
    return Table(columns, rows, small=True)


def method_section() -> Section:
    """How the numbers of a ranking are made: each formula once."""
    rows = tuple(
        (
            Cell(card.title),
            Cell(card.expression, mono=True),
            UNIT_WORDS.get(card.unit, card.unit),
            say_list(card.sources, "; "),
        )
        for card in CARDS.values()
    )
    columns = (
        Column(say("Number"), width=20),
        Column(say("Formula"), width=40),
        Column(say("Unit"), width=8),
        Column(say("Sources"), width=32),
    )
    return Section(say("Where each number comes from"), (Table(columns, rows, small=True),))
