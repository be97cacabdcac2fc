"""Glossary and About."""

from __future__ import annotations

import datetime
import platform
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QScrollArea, QWidget

from planner.calibration import load_calibration
from planner.data_dates import catalogue_date
from planner.explain import SOURCE_TREE
from ui import theme
from ui.status import age_hint
from ui.widgets.popover import Popover
from ui.words import number, tr

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
        (
            tr("Prefill"),
            tr("Reading the prompt: all its tokens are computed together, limited by arithmetic."),
        ),
        (
            tr("Decode"),
            tr("Writing the answer, one token after another, limited by how fast memory is read."),
        ),
        (
            tr("80 % range, median"),
            tr("In 8 of 10 cases the speed lies in the range; in half of them above the median."),
        ),
        (
            tr("Fits, tight, with RAM"),
            tr(
                "Fits: the reserve is kept. Tight: it fits, with less than the reserve left. With RAM: a part runs from "
                "system memory, which is slower."
            ),
        ),
        (
            tr("Mixture of experts (MoE)"),
            tr(
                "A model of many small networks per layer; each token uses some of them: large to hold, quick to run."
            ),
        ),
        (
            tr("Flash attention"),
            tr("Attention computed piece by piece, so that no table of context × context is kept in memory."),
        ),
        (
            tr("Recurrent state"),
            tr("What Mamba-like layers remember instead of keys and values; it does not grow with context."),
        ),
        (
            tr("Sliding window"),
            tr("Layers that look back only a fixed number of tokens, so that their cache stops growing."),
        ),
        (
            tr("Micro-batch (n_ubatch)"),
            tr("Prompt tokens computed at once; larger is faster and takes more memory."),
        ),
        (
            tr("Users at once, slots"),
            tr("Requests answered together; each has its own context, and all share the memory bandwidth."),
        ),
        (
            tr("Unified memory"),
            tr(
                "One memory for processor and GPU, as in Apple silicon: nothing is copied, and both share its size."
            ),
        ),
        (
            tr("Bandwidth"),
            tr("Bytes a memory can deliver per second; it sets the speed of writing an answer."),
        ),
        (
            tr("GGUF, llama.cpp, vLLM"),
            tr(
                "GGUF is the file format of llama.cpp, which runs on almost anything; vLLM serves many users on GPUs."
            ),
        ),
        (
            tr("Offload (-ngl)"),
            tr("Putting layers of a model on a GPU; the rest runs on the processor."),
        ),
        (
            tr("Published, reported, imported"),
            tr(
                "Whether the weights can be downloaded, are only named in the press, or came from your own file."
            ),
        ),
        (tr("GiB, GB"), tr("Memory in GiB (1,073,741,824 bytes); downloads in GB (1,000,000,000 bytes).")),
    )


def glossary_card(anchor: QWidget) -> Popover:
    """The glossary."""
    card = Popover(tr("Glossary"), anchor, 560)
    lines = "".join(f"<p><b>{term}</b><br>{meaning}</p>" for term, meaning in glossary())
    label = QLabel(lines)
    label.setObjectName("cardText")
    label.setTextFormat(Qt.TextFormat.RichText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    area = QScrollArea()
    area.setObjectName("cardScroll")
    area.setWidgetResizable(True)
    area.setWidget(label)
    area.setMinimumHeight(420)
    area.setAccessibleName(tr("Glossary"))
    card.body.addWidget(area)
    return card


def text_card(anchor: QWidget, title: str, text: str) -> Popover:
    """A text to select and copy by hand."""
    card = Popover(title, anchor, 620)
    field = QPlainTextEdit(text)
    field.setReadOnly(True)
    field.setTabChangesFocus(True)
    field.setFont(theme.code_font())
    field.setMinimumHeight(360)
    field.setAccessibleName(title)
    field.selectAll()
    card.body.addWidget(field)
    return card


def about_lines(library: Library | None, today: datetime.date | None = None) -> list[str]:
    """What About says: versions, dates, licences."""
    from ui.diagnostics import program_version

    date = catalogue_date()
    lines = [
        tr("Version {v}. MIT licence: use, change and pass it on freely; no warranty.").format(
            v=program_version() or tr("unknown")
        ),
        tr(
            "Made with Qt {q} through PySide6, under the GNU Lesser General Public License, version 3: you may replace "
            "the Qt libraries with your own build; its text is at {url}"
        ).format(q=qVersion(), url="https://www.gnu.org/licenses/lgpl-3.0.html"),
        tr("Python {p}").format(p=platform.python_version()),
        tr("Memory rules read from {s}").format(s=SOURCE_TREE),
    ]
    if library is not None:
        lines.append(
            tr("{n} models in the catalogue, of {date}; {planned} of them can be planned").format(
                n=number(len(library.catalogue)),
                date=date or tr("unknown date"),
                planned=number(len(library.columns.ids)),
            )
        )
    hint = age_hint(date, today)
    if hint:
        lines.append(hint)
    fit = str(load_calibration().about.get("fitted_on", "")) or tr("unknown date")
    lines.append(tr("Speeds fitted to public measurements on {date}").format(date=fit))
    lines.append(tr("No network connection is made; every figure is an estimate."))
    return lines


def about_card(anchor: QWidget, library: Library | None) -> Popover:
    """Versions, data, licences."""
    card = Popover(tr("About Hardware Fit Planner"), anchor, 480)
    for text in about_lines(library):
        label = QLabel(text)
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        card.body.addWidget(label)
    return card
