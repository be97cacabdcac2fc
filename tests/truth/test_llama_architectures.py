"""Graphs of architectures nobody tuned to: one model of each against a real llama-server."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from models_db.architecture_table import catalogue_inventory
from models_db.inventory import Tensor
from planner.graph.compute import ComputeCase, compute_buffers

TABLE = Path(__file__).parent / "llama_cpp_architectures.csv"
MIB = 2.0**20


def _rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def _nominal(tensor: Tensor) -> float:
    return tensor.n_elements * 0.5625


@pytest.mark.parametrize("row", _rows(), ids=lambda row: row["architecture"])
def test_that_an_architecture_takes_what_the_engine_allocated(row: dict[str, str]) -> None:
    model = catalogue_inventory(row["model"])
    case = ComputeCase(start=(0, 0, model.n_layer_all + 1), n_ctx=8192)
    host, gpu = compute_buffers(model, case, _nominal) / MIB
    assert gpu == pytest.approx(float(row["gpu"]), abs=max(2.0, 0.02 * float(row["gpu"])))
    assert host == pytest.approx(float(row["host"]), abs=2.0)
