"""The last step of a plan, where its exact buffer is larger than the search thought."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.cells import case_of_cell, evaluate_catalogue
from planner.hardware.what_if import machine_from_options
from planner.library import load_library
from planner.records import Verdict
from planner.settle import settled
from planner.wishes import Wishes


def test_that_a_plan_on_the_processor_that_is_too_large_after_all_has_nothing_to_move() -> None:
    library, wishes = load_library(), Wishes(n_ctx=4096)
    machine = machine_from_options(gpus=["none"], ram_gib=64, ram_bandwidth=50)
    assert machine is not None
    found, _ = evaluate_catalogue(library, machine, wishes)
    row, quant = np.argwhere(found.fits)[0].tolist()
    model = library.models[library.columns.ids[row]]
    case = case_of_cell(library, model, found, row, quant, wishes, library.columns.quants[quant])
    assert case.devices.gpus == ()
    less = replace(case.devices, host=replace(case.devices.host, capacity=case.devices.host.others + 1e9))
    assert settled(library, replace(case, devices=less), True).verdict is Verdict.DOES_NOT_FIT
