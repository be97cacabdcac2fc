"""What the notes of a detected machine tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.machine import Machine

FAILURE_WORDS = ("could not", "cannot be read", "failed", "did not end", "not readable", "error", "mismatch")


def probe_failures(machine: Machine) -> tuple[str, ...]:
    """Notes of a detected machine that tell of a probe that failed, rather than of what is not there."""
    return tuple(n for n in machine.notes if any(word in n.casefold() for word in FAILURE_WORDS))
