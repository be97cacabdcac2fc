"""Robust fit of hierarchical coefficients: Gauss-Newton on Huber-weighted log errors with normal priors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from planner.calibration import inverse_link

Floats = NDArray[np.float64]
HUBER = 0.10
"""Log error beyond which a row pulls with constant force."""


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
    counts: Floats
    log_scale: float

    def offsets(self, name: str) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
        """Offsets, slopes and deviations of one coefficient; the centre is part of level ``""``."""
        which = next(i for i, s in enumerate(self.specs) if s.name == name)
        offsets, slopes, deviations = {"": self.specs[which].centre}, {}, {"": 0.0}
        for (i, level), value, sd in zip(self.columns, self.theta, self.deviation, strict=True):
            if i != which:
                continue
            if level.startswith("slope:"):
                slopes[level.removeprefix("slope:")] = float(value)
            else:
                offsets[level] = offsets.get(level, 0.0) + float(value)
                deviations[level] = float(sd)
        return offsets, slopes, deviations


def fit(
    specs: Sequence[Spec],
    levels_by_group: Mapping[str, Sequence[tuple[str, ...]]],
    covariates: Mapping[str, Floats],
    log_time: Callable[[dict[str, Floats]], Floats],
    target: Floats,
    weight: Floats,
    iterations: int = 25,
) -> Fit:
    """Coefficients that make ``log_time(values)`` meet ``target`` (log seconds) for rows with these levels.

    ``levels_by_group[group][i]`` are the keys of row i, general first. Offsets get ridge penalties from their priors.
    """
    n = len(target)
    columns: list[tuple[int, str]] = []
    designs: list[Floats] = []
    priors: list[float] = []
    for which, spec in enumerate(specs):
        blocks = []
        levels = levels_by_group[spec.group]
        for depth, sd in enumerate(spec.level_deviations):
            if sd <= 0:
                continue
            names = sorted({row[depth] for row in levels if depth < 6 or row[depth]})
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
    theta = np.zeros(len(columns))
    precision = 1.0 / np.square(priors)
    owner = np.array([i for i, _ in columns])

    def values(x: Floats) -> tuple[dict[str, Floats], dict[str, Floats]]:
        raw, natural = {}, {}
        for which, spec in enumerate(specs):
            z = spec.centre + designs[which] @ x[owner == which]
            raw[spec.name], natural[spec.name] = z, inverse_link(spec.link, z)
        return raw, natural

    def cost(x: Floats, scale: float) -> float:
        r = (log_time(values(x)[1]) - target) / scale
        k = HUBER / scale
        rho = np.where(np.abs(r) < k, 0.5 * r * r, k * np.abs(r) - 0.5 * k * k)
        return float(np.sum(weight * rho) + 0.5 * np.sum(precision * x * x))

    scale, damping = 0.08, 1e-2
    best = cost(theta, scale)
    hessian = np.diag(precision)
    for _ in range(iterations):
        raw, natural = values(theta)
        base = log_time(natural)
        r = base - target
        jacobian = np.zeros((n, len(columns)))
        for which, spec in enumerate(specs):
            step = 1e-4
            moved = dict(natural)
            moved[spec.name] = inverse_link(spec.link, raw[spec.name] + step)
            jacobian[:, owner == which] = ((log_time(moved) - base) / step)[:, None] * designs[which]
        w = weight * np.minimum(1.0, HUBER / np.maximum(np.abs(r), 1e-12)) / scale**2
        hessian = (jacobian * w[:, None]).T @ jacobian + np.diag(precision)
        gradient = jacobian.T @ (w * r) + precision * theta
        improved = False
        for _ in range(6):
            move = np.linalg.solve(hessian + damping * np.diag(np.diag(hessian)), -gradient)
            trial = cost(theta + move, scale)
            if trial < best:
                done = best - trial < 1e-5 * best
                theta, best, damping, improved = theta + move, trial, max(damping / 4, 1e-6), True
                break
            damping *= 6
        if not improved or done:
            break
    counts = np.concatenate([(d != 0).sum(axis=0) for d in designs]).astype(float)
    deviation = np.sqrt(np.diag(np.linalg.inv(hessian)))
    return Fit(specs, columns, theta, deviation, counts, scale)
