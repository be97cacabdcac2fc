"""The catalogue and machines that planner tests share."""

from __future__ import annotations

import pytest

from planner.hardware.what_if import machine_from_options
from planner.library import Library, load_library
from planner.machine import Machine


@pytest.fixture(scope="session")
def library() -> Library:
    """Return the shipped catalogue with its columns."""
    return load_library()


def described(*gpus: str, ram: float = 64, bandwidth: float = 80) -> Machine:
    """Return a machine from the accelerator table."""
    machine = machine_from_options(gpus or ("none",), ram, bandwidth)
    assert machine is not None
    return machine


@pytest.fixture(scope="session")
def desktop() -> Machine:
    """Return an RTX 4090 with 64 GiB."""
    return described("RTX 4090")


@pytest.fixture(scope="session")
def workstation() -> Machine:
    """Return an RTX A6000 with 128 GiB."""
    return described("RTX A6000", ram=128)


@pytest.fixture(scope="session")
def server() -> Machine:
    """Return two A100 80 GB with 256 GiB."""
    return described("2x A100 80GB", ram=256, bandwidth=200)


@pytest.fixture(scope="session")
def no_gpu() -> Machine:
    """Return a machine without a GPU."""
    return described()
