"""Plans and machines that the report tests share."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from report_pages import WISHES, best

from planner.cells import evaluate_catalogue, plan_of_cell
from planner.hardware.what_if import machine_from_options
from planner.library import load_library
from planner.machine import Machine
from planner.plan import Plan
from planner.ranking import rank_models


@pytest.fixture(scope="session")
def bench() -> Machine:
    """Return an RTX 4090 with 64 GiB."""
    machine = machine_from_options(("RTX 4090",), 64, 80)
    assert machine is not None
    return machine


@pytest.fixture(scope="session")
def plan(bench: Machine) -> Plan:
    """Return a plan with experts in RAM, so that every kind of memory is on every device."""
    return best(load_library(), bench, "gpt-oss-120b")


@pytest.fixture(scope="session")
def misfit(bench: Machine) -> Plan:
    """Return a plan that does not fit."""
    return best(load_library(), bench, "DeepSeek-V3", "Q4_K_M")


@pytest.fixture(scope="session")
def compared(bench: Machine, plan: Plan, misfit: Plan) -> list[Plan]:
    """Return four plans."""
    library = load_library()
    return [plan, best(library, bench, "Qwen3-8B"), best(library, bench, "gemma-3-27b"), misfit]


@pytest.fixture(scope="session")
def ranked(bench: Machine) -> list[Plan]:
    """Return the first twelve of the ranking and two that do not fit."""
    library = load_library()
    found, chosen = evaluate_catalogue(library, bench, WISHES)
    rows = rank_models(library, found, chosen, WISHES)
    rows = [*[r for r in rows if r.fits][:12], *[r for r in rows if not r.fits][:2]]
    return [replace(plan_of_cell(library, found, r.row, r.quant, WISHES), score=r.reason) for r in rows]


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of a Chromium, or skip."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    pytest.skip("no Chromium to render the report with")


@pytest.fixture(scope="session")
def report_folder() -> Path:
    """Return the package's folder."""
    import planner.report

    return Path(planner.report.__file__).parent
