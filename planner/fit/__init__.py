"""Developer package: re-makes ``data/calibration.json`` from ``data/measurements.csv`` (``python -m planner.fit``)."""
