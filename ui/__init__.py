"""The desktop window. Nothing here computes an estimate: widgets show what :mod:`planner` returns."""
