"""Clusters that cannot be reached."""

import time

import pytest

from wetdry.errors import EngineError
from wetdry.extract.cluster import session


def test_an_address_where_nobody_answers_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ray")
    began = time.monotonic()
    for address, told in (
        ("127.0.0.1:1", "no Ray cluster answers there"),
        ("ray://127.0.0.1:1", "no Ray cluster answers there"),
        ("127.0.0.1:many", "is no address of a Ray cluster"),
        ("127.0.0.1:99999", "no Ray cluster answers there"),
    ):
        with pytest.raises(EngineError, match=told), session.connected(address):
            pass
        monkeypatch.setenv("RAY_ADDRESS", address)
        with pytest.raises(EngineError, match=told), session.connected(None):
            pass
    assert time.monotonic() - began < 30
