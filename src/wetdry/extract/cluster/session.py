"""Reaching a Ray cluster, or starting one on this machine."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from wetdry.errors import EngineError
from wetdry.extras import require

REACH_SECONDS = 10.0

QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",  # Nothing leaves the machine.
    "RAY_DEDUP_LOGS": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}


@contextmanager
def connected(address: str | None, cores: int | None = None) -> Iterator[ModuleType]:
    """The module `ray`, connected to the cluster at `address`, else at RAY_ADDRESS, else to one on this machine.

    One that is started here has as many workers' places as `cores`, and ends with the block. A connection that is there
    already is used, and left as it is.
    """
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    ray = require("ray", needed_by="The engine ray", install='install it with pip install "wetdry[ray]"')
    if ray.is_initialized():
        yield ray
        return
    address = address or os.environ.get("RAY_ADDRESS") or None
    if address is not None:
        _check_that_somebody_listens(address)
    here = {} if address else {"include_dashboard": False, "num_cpus": cores}
    try:
        ray.init(address or "local", log_to_driver=False, logging_level=logging.CRITICAL, **here)
    except (ConnectionError, TimeoutError, RuntimeError, ValueError, OSError) as error:
        raise EngineError(_sentence(address, error)) from None
    try:
        yield ray
    finally:
        ray.shutdown()


def _check_that_somebody_listens(address: str) -> None:
    """Ray itself tries for many minutes, with a warning every few seconds."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if not colon:
        return
    if not port.isdecimal():
        raise EngineError(f"{address}: is no address of a Ray cluster; give host:port, ray://host:port or auto.")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=REACH_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise EngineError(_sentence(address, error)) from None


def _sentence(address: str | None, error: Exception) -> str:
    said = " ".join(str(error).split())
    if "ersion mismatch" in said:
        return f"{address}: runs another Ray or Python than this process ({said}); use the same versions on both sides."
    if address is None:
        return f"Ray cannot be started on this machine ({said}); use --engine local."
    return f"{address}: no Ray cluster answers there ({said}); start one with `ray start --head`, or check the address."
