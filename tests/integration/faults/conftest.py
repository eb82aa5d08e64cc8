"""One strike of each kind in a test run; WETDRY_STRIKES=30 raises their number, WETDRY_STRIKE_SEED repeats a run.

What happened is told in a table at the end of the test run.
"""

import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import clustered
import pytest
import struck_run

from wetdry.extract import run
from wetdry.store import Store

STRIKES = int(os.environ.get("WETDRY_STRIKES", "1"))
SEED = int(os.environ.get("WETDRY_STRIKE_SEED", "440"))
SUPPORT = Path(struck_run.__file__).parent
WINDOWS = {"published": 1.0, "begun": 4.0}
"""Since when strikes are counted, in turns → seconds within which they fall: much of a run is its workers’ start."""


@dataclass(frozen=True)
class Moment:
    """When a strike falls, in seconds since something."""

    since: str
    delay: float


@dataclass
class Told:
    """What became of the strikes of one kind."""

    struck: int = 0
    ended_early: int = 0
    halfway: int = 0
    identical: int = 0
    moments: list[Moment] = field(default_factory=list)


TOLD = pytest.StashKey[dict[str, Told]]()


@pytest.fixture(scope="session")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("songs")
    clustered.songs(folder, struck_run.CLIPS)
    return folder


@pytest.fixture(scope="session")
def undisturbed(songs: Path, tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(tmp_path_factory.mktemp("undisturbed"))
    run(clustered.plan(clustered.opened(songs), struck_run.LEVELS), store)
    return store


@dataclass
class Faults:
    """Runs that are struck, and what is asked of the store that they leave."""

    songs: Path
    undisturbed: Store
    told: dict[str, Told]

    def strikes(self, kind: str) -> Iterator[tuple[int, Moment]]:
        """So many numbers, and moments."""
        rng = random.Random(f"{SEED} {kind}")  # noqa: S311
        for number in range(STRIKES):
            since = list(WINDOWS)[number % len(WINDOWS)]
            moment = Moment(since, rng.uniform(0, WINDOWS[since]))
            told = self.told.setdefault(kind, Told())
            told.struck += 1
            told.moments.append(moment)
            yield number, moment

    def start(self, kind: str, moment: Moment, store: Path | str) -> subprocess.Popen[str]:
        surroundings = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, (str(SUPPORT), os.environ.get("PYTHONPATH")))),
            "RAY_worker_niceness": "0",
            "RAY_USAGE_STATS_ENABLED": "0",
        }
        surroundings.pop("RAY_ADDRESS", None)
        given = [kind, moment.since, str(moment.delay), str(self.songs), str(store)]
        command = [sys.executable, struck_run.__file__, *given]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=surroundings)

    def finish(self, kind: str, store: Store) -> None:
        """Have another engine finish a run that ended early, noting how far it was."""
        rows = sum(holding.rows for holding in store.ls())
        self.told[kind].ended_early += 1
        self.told[kind].halfway += 0 < rows < sum(holding.rows for holding in self.undisturbed.ls())
        run(clustered.plan(clustered.opened(self.songs), struck_run.LEVELS), store)

    def check(self, kind: str, store: Store) -> None:
        """No row missing, none twice but for those of bundles that were tried again, and nothing left over."""
        clustered.assert_same_rows(store, self.undisturbed)
        verdict = store.verify()
        assert [*verdict.damaged, *verdict.foreign, *verdict.gaps, *verdict.orphans] == []
        store.gc()
        store.compact()
        assert store.verify().clean
        clustered.assert_same_rows(store, self.undisturbed)
        expected = {(h.encoder, h.layer): h.rows for h in self.undisturbed.ls()}
        assert {(h.encoder, h.layer): h.rows for h in store.ls()} == expected, "no row twice"
        self.told[kind].identical += 1


@pytest.fixture
def faults(songs: Path, undisturbed: Store, request: pytest.FixtureRequest) -> Faults:
    return Faults(songs, undisturbed, request.config.stash.setdefault(TOLD, {}))


def wait_for(line: str, process: subprocess.Popen[str]) -> bool:
    """Whether a process says so before it ends."""
    assert process.stdout is not None
    return any(said.strip() == line for said in process.stdout)


@pytest.fixture
def waiting() -> Callable[[str, subprocess.Popen[str]], bool]:
    return wait_for


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    told = config.stash.get(TOLD, {})
    if not told:
        return
    terminalreporter.section(f"faults, WETDRY_STRIKE_SEED={SEED}")
    terminalreporter.write_line(
        f"{'kind':<24}{'strikes':>8}{'ended early':>12}{'halfway':>9}{'identical':>10}  seconds since the workers…"
    )
    for kind, each in told.items():
        spans = [f"{since} {_span([m.delay for m in each.moments if m.since == since])}" for since in WINDOWS]
        terminalreporter.write_line(
            f"{kind:<24}{each.struck:>8}{each.ended_early:>12}{each.halfway:>9}{each.identical:>10}  {', '.join(spans)}"
        )


def _span(delays: list[float]) -> str:
    return f"{min(delays):.1f} to {max(delays):.1f}" if delays else "–"
