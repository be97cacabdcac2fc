"""The page in a real browser, where there is one: nothing loaded, nothing cut off, printed on A4."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from report_pages import DATE, WISHES

from planner.machine import Machine
from planner.report import render_html

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars")


def browse(chromium: str, folder: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [chromium, *FLAGS, f"--user-data-dir={folder / 'profile'}", *argv],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )


@pytest.mark.parametrize("kind", ["plan", "compared", "ranked"])
def test_that_the_page_prints_on_a4_with_all_its_text(
    kind: str, chromium: str, bench: Machine, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    page, pdf = tmp_path / "r.html", tmp_path / "r.pdf"
    page.write_text(render_html(request.getfixturevalue(kind), bench, DATE, WISHES), encoding="utf-8")
    browse(chromium, tmp_path, "--no-pdf-header-footer", f"--print-to-pdf={pdf}", page.as_uri())
    assert pdf.read_bytes().startswith(b"%PDF")
    if shutil.which("pdfinfo") is None or shutil.which("pdftotext") is None:
        pytest.skip("no poppler to read the PDF with")
    facts = subprocess.run(["pdfinfo", str(pdf)], capture_output=True, text=True, check=True).stdout
    assert re.search(r"Page size:\s+59[45]\S* x 84[12]", facts)
    text = subprocess.run(["pdftotext", str(pdf), "-"], capture_output=True, text=True, check=True).stdout
    assert "Words and units" in text
    pages = re.search(r"Pages:\s+(\d+)", facts)
    assert pages is not None
    assert f"1/{pages[1]}" in text.replace(" ", "")


@pytest.mark.parametrize(
    ("kind", "width"),
    [("plan", 500), ("plan", 1000), ("compared", 500), ("ranked", 1000), ("misfit", 500)],
)
def test_that_nothing_is_wider_than_the_screen(
    width: int, kind: str, chromium: str, bench: Machine, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    html = render_html(request.getfixturevalue(kind), bench, DATE, WISHES)
    # the measuring script is the test's own; the policy of the page would stop it, as it should
    html = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)
    probe = (
        "<script>const d = document.documentElement, out = [];"
        "for (const t of document.querySelectorAll('svg text')) {"
        " const b = t.getBBox(), v = t.ownerSVGElement.viewBox.baseVal;"
        " if (b.x < -1 || b.x + b.width > v.width + 1 || b.y < -1 || b.y + b.height > v.height + 3)"
        " out.push(t.textContent); }"
        "for (const c of document.querySelectorAll('td, th'))"
        " if (c.scrollWidth > c.clientWidth + 1) out.push(c.textContent);"
        "document.title = JSON.stringify([d.scrollWidth - d.clientWidth, out]);</script>"
    )
    page = tmp_path / "r.html"
    page.write_text(html.replace("</body>", f"{probe}</body>"), encoding="utf-8")
    dom = browse(chromium, tmp_path, f"--window-size={width},1000", "--dump-dom", page.as_uri()).stdout
    found = re.search(r"<title>(.*?)</title>", dom, re.S)
    assert found is not None
    assert found[1] == "[0,[]]"
