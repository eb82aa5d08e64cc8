"""All mutations of a kind, whatever becomes of the process that reads them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fuzzing.rooms import ROOMS, readers_of

SUPPORT = Path(__file__).parents[1]
MUTATIONS = 1_000
MOST_DEATHS = 10
"""After so many of one kind, the rest is left unread."""


@dataclass
class Outcome:
    """What became of the mutations of one kind.

    `counts` says how many were read, and refused by which error, since a process was last ended by one; `findings` what
    should not be, with the number of the mutation.
    """

    kind: str
    counts: Counter[str] = field(default_factory=Counter)
    findings: list[tuple[int, str]] = field(default_factory=list)

    @property
    def refused(self) -> int:
        return sum(count for name, count in self.counts.items() if name != "read")


class Campaign:
    """A server that reads mutations, and what is asked of it."""

    def __init__(self, folder: Path, rooms: Sequence[str] = ROOMS) -> None:
        self.readers = readers_of(rooms)
        self._folder = folder
        self._batches = 0
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ARROW_NUM_THREADS"), "1")
        cache = {"WETDRY_CACHE": str(folder / "cache"), "HF_HUB_OFFLINE": "1"}
        self._log = (folder / "server.log").open("wb")
        self._server = subprocess.Popen(
            [sys.executable, "-m", "fuzzing.server", *rooms],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env={
                **os.environ,
                **threads,
                **cache,
                "PYTHONPATH": os.pathsep.join([str(SUPPORT), os.environ.get("PYTHONPATH", "")]),
            },
        )

    def check(self, kind: str) -> None:
        """Raise `AssertionError` where a mutation is neither read as it should be nor refused in a sentence.

        `WETDRY_FUZZ` is the number of mutations, `WETDRY_FUZZ_SEED` what they are drawn from.
        """
        reader, seed = self.readers[kind], int(os.environ.get("WETDRY_FUZZ_SEED", "0"))
        count = max(1, round(reader.share * int(os.environ.get("WETDRY_FUZZ", MUTATIONS))))
        outcome = self.run(kind, count, seed)
        print(f"{kind}: {dict(outcome.counts)}")  # noqa: T201 (shown by pytest -rP, and where the test fails)
        told = "".join(f"\n  mutation {number} of seed {seed}: {what}" for number, what in outcome.findings[:20])
        assert not outcome.findings, f"{kind}: {len(outcome.findings)} of {count} mutations{told}"
        assert bool(outcome.refused) == bool(reader.refuses), f"{kind}: {dict(outcome.counts)} of {count} mutations"

    def run(self, kind: str, count: int, seed: int) -> Outcome:
        """Read so many mutations; where one ends the process, the next goes on in another."""
        outcome = Outcome(kind)
        first = 0
        for _ in range(MOST_DEATHS):
            answer = self._asked(kind, first, count, seed)
            outcome.findings += [(number, what) for number, what in answer["findings"]]
            if "died" not in answer:
                outcome.counts += Counter(answer["counts"])
                return outcome
            outcome.findings.append((answer["at"], f"ends the process ({answer['died']})"))
            first = answer["at"] + 1
        return outcome

    def _asked(self, kind: str, first: int, end: int, seed: int) -> dict[str, Any]:
        self._batches += 1
        folder = self._folder / str(self._batches)
        request = {"kind": kind, "folder": str(folder), "first": first, "end": end, "seed": seed}
        self._server.stdin.write(json.dumps(request).encode() + b"\n")
        self._server.stdin.flush()
        line = self._server.stdout.readline()
        if not line:
            raise RuntimeError(f"the server has ended: {(self._folder / 'server.log').read_text()[-2000:]}")
        answer = json.loads(line)
        if "failed" in answer:
            raise RuntimeError(f"{kind}: {answer['failed']}")
        return answer

    def close(self) -> None:
        self._server.stdin.close()
        self._server.wait(timeout=30)
        self._server.stdout.close()
        self._log.close()
