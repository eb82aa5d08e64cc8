"""A Ray cluster on this machine, for the tests of a file."""

import os
from pathlib import Path

import pytest

from wetdry.extract.cluster.session import connected


@pytest.fixture(scope="module")
def ray(monkeypatch_module):
    """Two places for workers. Their usual low priority would starve them beside other tests."""
    pytest.importorskip("ray")
    monkeypatch_module.setenv("RAY_worker_niceness", "0")
    support = str(Path(__file__).parents[2] / "support")
    monkeypatch_module.setenv("PYTHONPATH", support, prepend=os.pathsep)
    monkeypatch_module.delenv("RAY_ADDRESS", raising=False)
    with connected(None, cores=2) as module:
        yield module


@pytest.fixture(scope="module")
def monkeypatch_module():
    with pytest.MonkeyPatch.context() as patch:
        yield patch
