"""A process that forks another for every batch, so that libraries are imported once and a crash ends a batch alone.

Its arguments are the rooms, modules of readers, that it is asked about. Reads requests, one line of JSON each, from
its standard input: kind, folder, first number, end, seed. Answers each with a line of JSON: what `batch.run` returned,
or how its process ended and at which number.
"""

from __future__ import annotations

import json
import mmap
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from fuzzing import batch
from fuzzing.reader import Reader
from fuzzing.rooms import readers_of

FINDINGS, RESULT = "findings.jsonl", "result.json"
STUCK_SECONDS = 60
"""At one mutation, or before the first, should the process's own clock not end it."""


def serve(rooms: Sequence[str]) -> None:
    readers = readers_of(rooms)
    for name in {name for room in rooms for name in import_module(f"fuzzing.{room}").PRELOADED}:
        import_module(name)
    answers = os.dup(1)
    # What libraries print is no answer.
    os.dup2(2, 1)
    for line in sys.stdin:
        os.write(answers, json.dumps(_forked(readers, json.loads(line))).encode() + b"\n")


def _forked(readers: Mapping[str, Reader], request: dict[str, Any]) -> dict[str, Any]:
    """What a batch found: also one that did not come to its end, which `died` then says how, and `at` where."""
    at = mmap.mmap(-1, 8)
    place = Path(request["folder"])
    place.mkdir()
    child = os.fork()
    if not child:
        _batch(readers[request["kind"]], request, place, at)
    status = _ended(child, at)
    told = place / FINDINGS
    answer: dict[str, Any] = {
        "findings": [json.loads(line) for line in told.read_text().splitlines()] if told.exists() else [],
        **(json.loads((place / RESULT).read_text()) if (place / RESULT).exists() else {}),
    }
    if os.WIFSIGNALED(status):
        answer |= {"died": signal.Signals(os.WTERMSIG(status)).name, "at": int.from_bytes(at[:8], "little")}
    return answer


def _batch(reader: Reader, request: dict[str, Any], place: Path, at: mmap.mmap) -> None:
    """What the child does; it never returns."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    (place / "files").mkdir()
    numbers = range(request["first"], request["end"])
    result: dict[str, Any]
    try:
        with (place / FINDINGS).open("w") as told:

            def tell(number: int, finding: str) -> None:
                told.write(json.dumps([number, finding]) + "\n")
                told.flush()

            result = {"counts": batch.run(reader, place / "files", numbers, request["seed"], at, tell)}
    except BaseException:
        result = {"failed": traceback.format_exc()}
    (place / RESULT).write_text(json.dumps(result))
    os._exit(0)


def _ended(child: int, at: mmap.mmap) -> int:
    """The exit status of a child, which is killed where it does not get on."""
    number, since = at[:8], time.monotonic()
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status
        if at[:8] != number:
            number, since = at[:8], time.monotonic()
        elif time.monotonic() - since > STUCK_SECONDS:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.01)


if __name__ == "__main__":
    serve(sys.argv[1:])
