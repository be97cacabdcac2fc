"""Robust fit of hierarchical coefficients: Gauss-Newton on Huber-weighted log errors with normal priors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from planner.calibration import inverse_link

Floats = NDArray[np.float64]
HUBER = 0.10
"""Log error beyond which a row pulls with constant force, unless the caller says otherwise."""


@dataclass(frozen=True)
class Spec:
    """Prior of one coefficient."""

    name: str
    link: str
    start: float
    """Natural value the prior is centred on."""
    level_deviations: tuple[float, ...]
    """Prior standard deviation of the offsets by level: all, engine, backend, vendor, generation, device,
    condition. 0 = level unused."""
    slopes: Mapping[str, float] = field(default_factory=dict)
    """Covariate to prior standard deviation of its slope (centred on zero)."""
    group: str = "device"
    """Which set of level keys applies: ``device`` or ``host``."""

    @property
    def centre(self) -> float:
        """The start on the transformed scale."""
        if self.link == "logit":
            p = self.start / 0.98
            return float(np.log(p / (1 - p)))
        return float(np.log(self.start))


@dataclass
class Fit:
    """A fitted set: parameter vector, its columns and standard deviations."""

    specs: Sequence[Spec]
    columns: list[tuple[int, str]]
    """(index of spec, level or ``slope:covariate``) per parameter."""
    theta: Floats
    deviation: Floats

    def by_key(self) -> dict[tuple[str, str], float]:
        """Parameters by coefficient name and level."""
        return {
            (self.specs[i].name, level): float(x)
            for (i, level), x in zip(self.columns, self.theta, strict=True)
        }

    def offsets(self, name: str) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
        """Offsets, slopes and deviations of one coefficient; the centre is part of level ``""``."""
        which = next(i for i, s in enumerate(self.specs) if s.name == name)
        spec = self.specs[which]
        offsets, slopes, deviations = {"": spec.centre}, {}, {"": 0.0}
        for (i, level), value, sd in zip(self.columns, self.theta, self.deviation, strict=True):
            if i != which:
                continue
            if level.startswith("slope:"):
                slopes[level.removeprefix("slope:")] = float(value)
            else:
                offsets[level] = float(value) + (spec.centre if level == "" else 0.0)
                deviations[level] = float(sd)
        return offsets, slopes, deviations


SENSITIVITY = 1e-3
"""Share of a row's time below which a coefficient does not matter to it and gets no offsets from it."""


def fit(
    specs: Sequence[Spec],
    levels_by_group: Mapping[str, Sequence[tuple[str, ...]]],
    covariates: Mapping[str, Floats],
    log_time: Callable[[dict[str, Floats]], Floats],
    target: Floats,
    weight: Floats,
    warm: Fit | None = None,
    iterations: int = 25,
    huber: float = HUBER,
) -> Fit:
    """Coefficients that make ``log_time(values)`` meet ``target`` (log seconds) for rows with these levels.

    ``levels_by_group[group][i]`` are the keys of row i, general first. Offsets get ridge penalties from their priors.
    ``warm`` is a fit of nearly the same rows to start from; ``huber`` the log error beyond which a row pulls with constant
    force.
    """
    n = len(target)
    start = warm.by_key() if warm is not None else {}
    zero = {s.name: np.full(n, s.centre) for s in specs}
    natural = {s.name: inverse_link(s.link, zero[s.name]) for s in specs}
    base = log_time(natural)
    columns: list[tuple[int, str]] = []
    designs: list[Floats] = []
    priors: list[float] = []
    for which, spec in enumerate(specs):
        moved = {**natural, spec.name: inverse_link(spec.link, zero[spec.name] + 0.5)}
        matters = np.abs(log_time(moved) - base) > SENSITIVITY
        blocks: list[Floats] = []
        levels = levels_by_group[spec.group]
        for depth, sd in enumerate(spec.level_deviations):
            if sd <= 0:
                continue
            used = [depth < 6 or bool(row[depth]) for row in levels]
            names = sorted({row[depth] for row, m, u in zip(levels, matters, used, strict=True) if m and u})
            index = {name: j for j, name in enumerate(names)}
            block = np.zeros((n, len(names)))
            for i, row in enumerate(levels):
                if row[depth] in index:
                    block[i, index[row[depth]]] = 1.0
            blocks.append(block)
            columns += [(which, name) for name in names]
            priors += [sd] * len(names)
        for covariate, sd in spec.slopes.items():
            blocks.append(np.nan_to_num(covariates[covariate])[:, None])
            columns.append((which, f"slope:{covariate}"))
            priors.append(sd)
        designs.append(np.hstack(blocks) if blocks else np.zeros((n, 0)))
    theta = np.array([start.get((specs[w].name, level), 0.0) for w, level in columns])
    precision = 1.0 / np.square(priors)
    owner = np.array([i for i, _ in columns])
    slices = [slice(*np.searchsorted(owner, [w, w + 1])) for w in range(len(specs))]
    scale = 0.08

    def values(x: Floats) -> tuple[dict[str, Floats], dict[str, Floats]]:
        raw, natural = {}, {}
        for spec, design, part in zip(specs, designs, slices, strict=True):
            z = spec.centre + design @ x[part]
            raw[spec.name], natural[spec.name] = z, inverse_link(spec.link, z)
        return raw, natural

    def cost(x: Floats) -> float:
        r = (log_time(values(x)[1]) - target) / scale
        k = huber / scale
        rho = np.where(np.abs(r) < k, 0.5 * r * r, k * np.abs(r) - 0.5 * k * k)
        return float(np.sum(weight * rho) + 0.5 * np.sum(precision * np.square(x)))

    damping, best = 1e-2, cost(theta)
    hessian = np.diag(precision)
    for _ in range(iterations):
        raw, natural = values(theta)
        base = log_time(natural)
        r = base - target
        jacobian = np.zeros((n, len(columns)))
        for spec, design, part in zip(specs, designs, slices, strict=True):
            moved = {**natural, spec.name: inverse_link(spec.link, raw[spec.name] + 1e-4)}
            jacobian[:, part] = ((log_time(moved) - base) / 1e-4)[:, None] * design
        w = weight * np.minimum(1.0, huber / np.maximum(np.abs(r), 1e-12)) / scale**2
        hessian = (jacobian * w[:, None]).T @ jacobian + np.diag(precision)
        gradient = jacobian.T @ (w * r) + precision * theta
        gain = 0.0
        for _ in range(6):
            move = np.linalg.solve(hessian + damping * np.diag(np.diag(hessian)), -gradient)
            trial = cost(theta + move)
            if trial < best:
                gain = best - trial
                theta, best, damping = theta + move, trial, max(damping / 4, 1e-6)
                break
            damping *= 6
        if gain < 1e-4 * best:
            break
    deviation = np.sqrt(np.diag(np.linalg.inv(hessian)))
    return Fit(specs, columns, theta, deviation)
