"""Peak resident memory of a run, over ten times as many variants.

    python -m benchmarks.memory [--clips 2] [--seconds 20]

A run of CLIPS clips and 50 effects each, and one of ten times as many clips, each in a process of its
own with an empty store. The peak must not grow with the number of variants.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

EFFECTS = 50
MOST_GROWTH = 1.2


def child(folder: Path, clips: int, seconds: float) -> None:
    """Make a run, and print this process's peak resident size in MiB."""
    from benchmarks.music import generated
    from wetdry.effects import Gain, Step
    from wetdry.encoders import encoder
    from wetdry.extract import Plan, run
    from wetdry.store import Store

    steps = [Step("gain", float(index), Gain(gain_db=-0.5 * index)) for index in range(EFFECTS)]
    summary = run(
        Plan(generated(folder / "music", clips, seconds), steps, [encoder("vibenet")]), Store(folder / "store")
    )
    assert summary.computed == clips * EFFECTS
    # Of this program alone: getrusage would count what the parent held before it started this one.
    status = Path("/proc/self/status").read_text()
    print(int(status.split("VmHWM:")[1].split()[0]) / 1024)


def peak(clips: int, seconds: float) -> float:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.memory", "--child", folder]
        options = ["--clips", str(clips), "--seconds", str(seconds)]
        return float(subprocess.run([*command, *options], check=True, capture_output=True, text=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child, options.clips, options.seconds)
        return
    few, many = (peak(clips, options.seconds) for clips in (options.clips, 10 * options.clips))
    print(f"peak resident size: {few:.0f} MiB at {options.clips * EFFECTS} variants, ", end="")
    print(f"{many:.0f} MiB at {10 * options.clips * EFFECTS}: ratio {many / few:.3f}, at most {MOST_GROWTH}")
    if many / few > MOST_GROWTH:
        raise SystemExit("the target is missed")


if __name__ == "__main__":
    main()
