"""``python -m planner.fit``: fit, cross-validate, write ``data/calibration.json`` and ``data/accuracy.md``."""

from __future__ import annotations

import argparse
import datetime
import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from planner.calibration import DATA, DeviceClass, inverse_link
from planner.fit.dataset import Row, load_poor_rows, load_rows
from planner.fit.evaluate import (
    GOALS,
    SPLITS,
    accuracy_table,
    backend_table,
    cross_validate,
    current_table,
    fit_all,
    log_errors,
    poor_errors,
    spreads,
    table_text,
    worst_table,
)
from planner.fit.misses import WHY, missed_table
from planner.fit.robust import Fit


def coefficients(found: Fit) -> dict[str, Any]:
    """JSON form of a fit: offsets that differ from zero, with deviation and the value at the top level."""
    result: dict[str, Any] = {}
    for spec in found.specs:
        offsets, slopes, deviations = found.offsets(spec.name)
        levels = {
            level: {"value": round(v, 4), "sd": round(deviations.get(level, 0.0), 3)}
            for level, v in sorted(offsets.items())
            if level == "" or abs(v) >= 0.002
        }
        result[spec.name] = {
            "link": spec.link,
            "typical": float(f"{float(inverse_link(spec.link, np.asarray(offsets['']))):.4g}"),
            "levels": levels,
            "slopes": {k: round(v, 4) for k, v in slopes.items()},
        }
    return result


def measured_keys(rows: Sequence[Row]) -> list[str]:
    """Devices and generations that have measurements, per engine and backend."""
    keys: set[str] = set()
    for r in rows:
        d: DeviceClass = r.device
        keys |= {f"{d.engine}/{d.backend}@{d.accelerator}", f"{d.engine}/{d.backend}/{d.generation}"}
    return sorted(k for k in keys if not k.endswith(("/", "@")))


def main() -> None:
    """Run the fit and write its results."""
    parser = argparse.ArgumentParser(prog="python -m planner.fit", description=__doc__)
    parser.add_argument("--folds", type=int, default=4)
    parser.add_argument(
        "--table", action="store_true", help="print the accuracy table of the last fit and stop"
    )
    options = parser.parse_args()
    if options.table:
        print((DATA / "accuracy.md").read_text(encoding="utf-8"))
        return
    rows, rejected = load_rows()
    fitted = fit_all(rows)
    within = log_errors(fitted, rows)
    errors = {name: cross_validate(rows, key, options.folds, warm=fitted) for name, key in SPLITS.items()}
    ranges = spreads(rows, errors, poor_errors(fitted, load_poor_rows(rows)))
    table = accuracy_table(rows, errors, within)
    today = datetime.date.today().isoformat()
    about = {
        "data_set": "planner/data/measurements.csv",
        "fitted_on": today,
        "rows_used": len(rows),
        "rows_rejected": dict(rejected.most_common()),
        "valid_range": valid_range(rows),
        "accuracy": table,
    }
    raw = {
        "schema": "calibration/1",
        "about": about,
        "coefficients": {**coefficients(fitted.prefill), **coefficients(fitted.decode)},
        "spreads": ranges,
        "measured": measured_keys(rows),
    }
    (DATA / "calibration.json").write_text(
        json.dumps(raw, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    text = [
        f"Fitted on {today} to {len(rows)} measurements; absolute error of the median speed (median / 90th percentile).",
        "",
        table_text(table),
        "",
        backend_table(rows, errors),
        "",
        "Without rows of software a plan is not made for (builds of 2024, builds for Strix Halo of July 2025, the AMDVLK "
        "driver, the first builds with Qwen3-Next) and of cards whose power was limited:",
        "",
        current_table(rows, errors),
        "",
        WHY.format(missed=missed_table(rows, errors, GOALS)),
        "",
        "The worst tenth of each class:",
        "",
        worst_table(rows, errors),
        "",
        "Rows rejected by rule:",
        "",
    ]
    text += [f"- {n} × {reason}" for reason, n in rejected.most_common()]
    (DATA / "accuracy.md").write_text("\n".join(text) + "\n", encoding="utf-8")
    print("\n".join(text))


def valid_range(rows: Sequence[Row]) -> dict[str, Any]:
    """Range of conditions the measurements cover."""
    gpus = [r for r in rows if r.device.backend != "cpu"]
    return {
        "bandwidth_bytes_per_s": [
            min(r.device.bandwidth for r in gpus),
            max(r.device.bandwidth for r in gpus),
        ],
        "parameters": [
            min(r.reads.dense + r.reads.experts for r in rows),
            max(r.reads.dense + r.reads.experts for r in rows),
        ],
        "depth_tokens": [0, max(float(r.raw["depth"] or 0) for r in rows)],
        "concurrency": [1, max(float(r.raw["concurrency"] or 1) for r in rows)],
        "devices": [1, max(int(r.raw["n_devices"] or 1) for r in rows)],
        "engines": sorted({r.raw["engine"] for r in rows}),
        "backends": sorted({r.device.backend for r in rows}),
        "generations": sorted({r.device.generation for r in gpus}),
    }


if __name__ == "__main__":
    main()
