"""Glossary and About."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import QLabel, QScrollArea, QWidget

from planner.explain import SOURCE_TREE
from ui.widgets.popover import Popover
from ui.words import tr

if TYPE_CHECKING:
    from planner.library import Library


def glossary() -> tuple[tuple[str, str], ...]:
    """Terms of the window and what they mean."""
    return (
        (
            tr("tok/s, decode"),
            tr(
                "Tokens generated per second for one user. The bar holds 80 % of cases, the dot is the median."
            ),
        ),
        (tr("First token"), tr("Time from sending the prompt until the first answer token.")),
        (tr("Context (n_ctx)"), tr("Tokens of prompt and answer that fit at once. K is 1,024 tokens.")),
        (
            tr("KV cache"),
            tr("Keys and values kept for every token of the context; it grows with context and users."),
        ),
        (
            tr("Weights, experts"),
            tr(
                "The model itself. Of the routed experts of a mixture-of-experts model each token uses a few."
            ),
        ),
        (tr("Compute buffer"), tr("Scratch memory for one micro-batch of tokens.")),
        (
            tr("Overhead"),
            tr("What the driver takes outside the engine's buffers, and what other programs use now."),
        ),
        (
            tr("Experts in RAM (--n-cpu-moe)"),
            tr("Experts of the first layers stay in system memory while everything else is on the GPU."),
        ),
        (tr("Layers split"), tr("Some whole layers run on the CPU (-ngl).")),
        (
            tr("Reserve"),
            tr(
                "Memory kept free on each GPU for the desktop and other programs; the dotted tick in the bars."
            ),
        ),
        (tr("Quantization"), tr("Fewer bits per weight: a smaller file and faster reading, at some loss.")),
        (
            tr("Loss, KL"),
            tr(
                "Mean Kullback–Leibler divergence from the unquantized model, nats; one published table, Llama 3 8B."
            ),
        ),
        (tr("GiB, GB"), tr("Memory in GiB (1,073,741,824 bytes); downloads in GB (1,000,000,000 bytes).")),
    )


def glossary_card(anchor: QWidget) -> Popover:
    """The glossary."""
    card = Popover(tr("Glossary"), anchor, 560)
    lines = "".join(f"<p><b>{term}</b><br>{meaning}</p>" for term, meaning in glossary())
    label = QLabel(lines)
    label.setTextFormat(Qt.TextFormat.RichText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(label)
    area.setMinimumHeight(420)
    area.setAccessibleName(tr("Glossary"))
    card.body.addWidget(area)
    return card


def about_card(anchor: QWidget, library: Library | None) -> Popover:
    """Versions, data, licences."""
    card = Popover(tr("About Hardware Fit Planner"), anchor, 460)
    try:
        number = version("hardware-fit-planner")
    except PackageNotFoundError:
        number = tr("unknown")
    lines = [
        tr("Version {v}, MIT licence").format(v=number),
        tr("Python {p}, Qt {q} (LGPL 3, through PySide6)").format(p=platform.python_version(), q=qVersion()),
        tr("Rules read from {s}").format(s=SOURCE_TREE),
    ]
    if library is not None:
        lines.append(tr("{n} models in the catalogue").format(n=len(library.catalogue)))
    lines.append(tr("No network connection is made; every figure is an estimate."))
    for text in lines:
        label = QLabel(text)
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        card.body.addWidget(label)
    return card
