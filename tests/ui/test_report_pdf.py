"""The PDF of a report: vector pages of the right size, rows never cut, the same bytes each time, made without a display."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtGui import QImage, QPainter
from ui_support import described

from planner.fit_plan import plan_model
from planner.plan import Plan
from planner.report.blocks import Bullets, Code, Column, Document, Heading, Paragraph, Section, Table
from planner.report.compose import compose
from planner.text import verdict_sentence
from planner.wishes import Wishes
from ui.report_layout import A4, LETTER, MM, Row, Style, TextBlock, paginate
from ui.report_pages import FOOT_MM, HEAD_MM, ReportPages, lay_out
from ui.report_pdf import paper_of, pdf_of, write_pages

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from planner.library import Library

DATE = "2026-11-23"
WISHES = Wishes(n_ctx=8192)


@pytest.fixture(scope="module")
def plan(qapp: QApplication, library: Library) -> Plan:
    """The best plan of one model."""
    return plan_model(library, library.find_model("gpt-oss-120b").model, described(), WISHES)


@pytest.fixture(scope="module")
def document(plan: Plan) -> Document:
    """Its report."""
    return compose(plan, described(), DATE, WISHES)


def long_table(n_rows: int, words: str = "word") -> Document:
    """A report of one table."""
    rows = tuple((f"row {i}", words) for i in range(n_rows))
    table = Table((Column("Name", width=30), Column("What it says", width=70)), rows)
    return Document("plan", "A table", DATE, (Section("Table", (table,)),), "foot")


def body(paper_height: float) -> float:
    """Height of the text on a sheet. [units]"""
    return (paper_height - A4.top - A4.bottom - HEAD_MM - FOOT_MM) * MM


def test_that_the_same_report_gives_the_same_bytes(document: Document) -> None:
    one = pdf_of(document, A4)
    assert pdf_of(document, A4) == one
    assert b"/CreationDate (D:20261123120000Z)" in one
    assert b'xmp:CreateDate="2026-11-23T12:00:00' in one
    assert pdf_of(replace(document, date="2026-11-24"), A4) != one


def test_that_a_pdf_is_vector_with_fonts_and_links(document: Document) -> None:
    pdf = pdf_of(document, A4)
    assert b"/Subtype /Image" not in pdf
    assert b"/FontFile" in pdf
    assert b"/URI (https://ai-act-law.eu/article/51/)" in pdf
    assert not set(re.findall(rb"/S /(\w+)", pdf)) & {b"JavaScript", b"Launch", b"SubmitForm"}


@pytest.mark.parametrize(("paper", "box"), [(A4, b"595.0"), (LETTER, b"612.0")])
def test_that_pages_have_the_size_of_the_paper(document: Document, paper: object, box: bytes) -> None:
    report = lay_out(document, paper)  # type: ignore[arg-type]
    pdf = write_pages(report)
    boxes = re.findall(rb"/MediaBox \[0 0 (\d+\.\d)", pdf)
    assert boxes == [box] * len(report.pages)


def test_that_the_paper_is_that_of_the_country() -> None:
    assert paper_of(None, QLocale("en_US")) is LETTER
    assert paper_of(None, QLocale("de_DE")) is A4
    assert paper_of(None, QLocale("zh_CN")) is A4
    assert paper_of("letter") is LETTER


def test_that_a_pdf_says_every_part_of_the_plan(document: Document, plan: Plan, tmp_path: Path) -> None:
    report = lay_out(document, A4)
    words = "\n".join(report.text(i) for i in range(len(report.pages)))
    assert verdict_sentence(plan) in words
    assert plan.command is not None
    for note in plan.command.flags:
        assert note.text in words
    for term in plan.terms:
        assert term.expression in words
    if shutil.which("pdftotext") is None:
        pytest.skip("no poppler to read the PDF with")
    file = tmp_path / "x.pdf"
    file.write_bytes(write_pages(report))
    told = subprocess.run(["pdftotext", str(file), "-"], capture_output=True, text=True, check=True).stdout
    for part in ("Where the memory goes", "Licence and obligations", "not legal advice", "llama-server"):
        assert part in told
    assert f"page {len(report.pages)} of {len(report.pages)}" in told


def test_that_no_row_is_cut_and_every_part_of_a_table_has_its_head() -> None:
    report = lay_out(long_table(150, "some words that fill a line or two of this cell " * 3), A4)
    assert len(report.pages) > 3
    for index, page in enumerate(report.pages):
        assert page.used <= body(A4.height) + 1
        tops = [p.y for p in page.placed]
        assert tops == sorted(tops)
        for upper, lower in pairwise(page.placed):
            assert upper.y + upper.height <= lower.y + 0.5
        for placed in page.placed:
            assert all(
                span == (0, b.n_pieces) for span, b in zip(placed.spans, placed.row.boxes, strict=True)
            )
        lines = report.text(index).splitlines()
        assert "Name\tWhat it says" in lines
    shown = [line for i in range(len(report.pages)) for line in report.text(i).splitlines()]
    assert [s.split("\t")[0] for s in shown if s.startswith("row ")] == [f"row {i}" for i in range(150)]


def test_that_a_small_table_is_not_divided() -> None:
    table = long_table(8).sections[0].blocks[0]
    blocks = [b for i in range(20) for b in (Paragraph("text " * (40 + 30 * i)), table)]
    report = lay_out(Document("plan", "t", DATE, (Section("s", tuple(blocks)),), "f"), A4)
    assert len(report.pages) > 4
    for index in range(len(report.pages)):
        names = [s.split("\t")[0] for s in report.text(index).splitlines() if s.startswith("row ")]
        assert names == [f"row {i}" for i in range(8)] * (len(names) // 8)


def test_that_a_cell_taller_than_a_page_is_cut_between_lines_and_loses_none() -> None:
    report = lay_out(long_table(1, "x" * 40_000), A4)
    assert len(report.pages) > 2
    parts = [
        placed
        for page in report.pages
        for placed in page.placed
        if placed.row.head is not None and placed.row.boxes[1].n_pieces > 50
    ]
    ends = [placed.spans[1] for placed in parts]
    assert ends[0][0] == 0
    assert all(upper[1] == lower[0] for upper, lower in pairwise(ends))
    assert ends[-1][1] == parts[0].row.boxes[1].n_pieces
    assert all(page.used <= body(A4.height) + 1 for page in report.pages)


def test_that_a_heading_stays_with_what_follows() -> None:
    blocks = []
    for i in range(60):
        blocks += [Heading(f"heading {i}"), Paragraph("text " * 60), Bullets(("one", "two"))]
    report = lay_out(Document("plan", "t", DATE, (Section("s", tuple(blocks)),), "f"), A4)
    for page in report.pages[:-1]:
        assert not page.placed[-1].row.keep


def test_that_rows_without_anything_make_one_page() -> None:
    assert len(paginate([], 1000)) == 1
    assert len(paginate([Row([])], 1000)) == 1


@pytest.mark.parametrize(
    "name",
    [
        "<b>x</b>", "a\u202eb", "\x00\x07", "x" * 4000, "名前 模型 العربية", "", "&lt;", "👍🏽" * 50,
        "a/b_c" * 40, "https://evil.example/<x>\"'", "\ud800",
    ],
)  # fmt: skip
def test_that_any_name_can_be_laid_out_and_drawn(plan: Plan, name: str) -> None:
    given = replace(
        plan, model_name=name, quant=name[:100], reasons=(name,), provenance="user", model_id="u/x"
    )
    report = lay_out(compose(given, described(), DATE, WISHES), A4)
    assert write_pages(report).startswith(b"%PDF")


def test_that_code_keeps_its_spaces_and_lines() -> None:
    code = "llama-server \\\n    -m 'a  b.gguf'"
    document = Document("plan", "t", DATE, (Section("", (Code(code, "sh", "sh"),)),), "f")
    assert code in lay_out(document, A4).text(0)


def painted(report: ReportPages, index: int) -> QImage:
    """One sheet as a picture."""
    scale = 1.2 / 8
    image = QImage(
        round(report.paper.width * MM * scale),
        round(report.paper.height * MM * scale),
        QImage.Format.Format_RGB32,
    )
    image.fill("white")
    painter = QPainter(image)
    painter.scale(scale, scale)
    report.paint(painter, index)
    painter.end()
    return image


def test_that_margins_stay_white_and_the_foot_is_not_overprinted(document: Document) -> None:
    report = lay_out(replace(document, foot="a very long foot " * 30), A4)
    for index in range(len(report.pages)):
        image = painted(report, index)
        edge = round(A4.side * MM * 1.2 / 8) - 3
        for x in (2, edge, image.width() - edge, image.width() - 3):
            assert {image.pixel(x, y) & 0xFFFFFF for y in range(image.height())} == {0xFFFFFF}
        colours = {image.pixel(x, y) & 0xFFFFFF for x in range(0, image.width(), 3) for y in range(0, 900, 3)}
        assert len(colours) > 5


def test_that_lines_are_no_wider_than_their_column() -> None:
    block = TextBlock("word " * 200 + "w" * 300, 1000.0, Style(12))
    assert block.n_lines > 3
    assert block.natural_width <= 1001


def run(tmp_path: Path, code: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run Python without a display."""
    clean = {
        k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    }
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**clean, "PYTHONPATH": str(Path(__file__).parents[2]), **env},
        capture_output=True,
        text=True,
        check=False,
    )


def test_that_the_command_line_makes_the_same_pdf_without_a_display(tmp_path: Path) -> None:
    call = (
        "import sys\nfrom ui.launch import main\nfor out, more in (('a.pdf', []), ('b', ['--format', 'pdf'])):\n"
        "    code = main(['report', 'plan', 'Qwen3-8B', '--gpu', 'RTX 4090', '--ram', '64', '--ram-bandwidth', '80',\n"
        "                 '--date', '2026-11-23', '--paper', 'letter', '--out', out, *more])\n    assert code == 0\n"
    )
    done = run(tmp_path, call)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    one, two = (tmp_path / "a.pdf").read_bytes(), (tmp_path / "b").read_bytes()
    assert one == two
    assert one.startswith(b"%PDF")
    assert b"/MediaBox [0 0 612.0" in one
    assert f"wrote a.pdf (pdf, {len(one):,} bytes)" in done.stdout


def test_that_a_missing_qt_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        "import sys\nsys.modules['PySide6.QtGui'] = None\nfrom ui.launch import main\n"
        "sys.exit(main(['report', 'plan', 'Qwen3-8B', '--gpu', 'RTX 4090', '--ram', '64', '--out', 'x.pdf']))",
    )
    assert done.returncode == 1
    assert done.stderr.startswith("fit-planner: cannot make a PDF: Qt cannot be loaded")
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_that_a_text_laid_out_on_a_thread_that_ended_is_drawn_by_another() -> None:
    made: list[TextBlock] = []
    thread = threading.Thread(target=lambda: made.append(TextBlock("one two three " * 20, 400.0, Style())))
    thread.start()
    thread.join()
    there, here = made[0], TextBlock("one two three " * 20, 400.0, Style())
    assert there._thread != threading.get_ident()
    pictures = []
    for block in (there, here):
        picture = QImage(420, 200, QImage.Format.Format_ARGB32)
        picture.fill(0)
        painter = QPainter(picture)
        for line in range(min(block.n_lines, 3)):
            block.draw_line(painter, 4, 4 + line * block.line_height, line)
        painter.end()
        pictures.append(picture)
    assert there._thread == threading.get_ident(), "faces of another thread end with it"
    assert there.n_lines == here.n_lines > 3
    assert pictures[0] == pictures[1]
