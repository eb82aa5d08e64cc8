"""How fast a linear probe is learnt on every layer of an encoder: wetdry's folds against the plain scikit-learn loop.

    python -m benchmarks.layer_probing [--planted] [--encoder whisper-tiny.en-unpadded] [--rounds 3]

Six emotions are told from the mean of each layer: 5 parts of whole actors are held out in turn, and within the others
the penalty is chosen among eight by log loss on 3 parts of whole actors. The loop is GridSearchCV over a Pipeline of
StandardScaler and LogisticRegression, for each layer and part, and a last fit at what it chose; parts, inner parts and
penalties, which are of the mean over clips, are the same on both sides. They take turns, layer by layer, in one process
on one thread; seconds are of processor time, the ratio is that of the medians over rounds. Recall is the mean over
emotions of the share of clips told right, of all clips together, and the difference has a 95 % interval over actors.

Vectors are those of spoken RAVDESS clips, where that is in `$WETDRY_DATA` or `../shared/data`; embedding them takes a
minute or two, and is not timed. Else they are planted, of the same shape.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from wetdry.analysis.scores import class_scores
from wetdry.probes import Task
from wetdry.probes.linear import LinearProbe
from wetdry.probes.splits import dealt
from wetdry.studies.transfer.learners import fold_probes

Floats = npt.NDArray[np.float64]
FASTER, SAME = 4.0, 0.01
FOLDS, INNER, SEED = 5, 3, 0
PENALTIES = LinearProbe.GRID["penalty"]
DATA = Path(os.environ.get("WETDRY_DATA", Path(__file__).parents[2] / "shared" / "data")) / "ravdess"


class Clips(NamedTuple):
    """Vectors (clip, dim) of each layer, and the emotion (clip,) and actor (clip,) of each clip."""

    layers: dict[str, npt.NDArray[Any]]
    labels: npt.NDArray[np.str_]
    groups: npt.NDArray[np.str_]


class Line(NamedTuple):
    """Processor seconds and mean recall of both sides, and the difference with its interval."""

    theirs: float
    ours: float
    their_recall: float
    our_recall: float
    gain: tuple[float, float, float]


def planted() -> Clips:
    """Five layers of 384 dimensions that few causes run through, which tell the emotion ever better, and the actor."""
    rng = np.random.default_rng(440)
    actor, emotion = np.repeat(np.arange(24), 44), np.arange(24 * 44) % 6
    layers = {}
    for depth in range(5):
        axes = rng.standard_normal((64, 384)) / np.arange(1, 65)[:, np.newaxis]
        causes = rng.standard_normal((len(actor), 64)) + rng.standard_normal((24, 64))[actor]
        causes[:, 4:10] += (0.5 + 0.3 * depth) * np.eye(6)[emotion]
        layers[f"hidden{depth}"] = causes @ axes + 0.02 * rng.standard_normal((len(actor), 384))
    return Clips(layers, np.array([f"emotion {number}" for number in emotion]), np.array([f"{n:02}" for n in actor]))


def embedded(encoder_name: str) -> Clips:
    """Every layer of an encoder, of spoken clips of the six emotions."""
    from wetdry.datasets import dataset
    from wetdry.encoders import encoder
    from wetdry.extract import Bar, Plan, run
    from wetdry.store import Store
    from wetdry.studies.deformations import DRY, POOL

    data, model = dataset(f"ravdess:{DATA},channel=speech,emotions=shared"), encoder(encoder_name, device="cpu")
    names = [layer.name for layer in model.spec.layers]
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        run(Plan(data, [DRY], [model], layers={model.spec.name: names}, pool=POOL), store, progress=Bar())
        tables = {name: store.table(model.spec.key, name).to_pandas().sort_values("item") for name in names}
    first = tables[names[0]]
    emotion = {item.id: str(item.labels["emotion"]) for item in data}
    return Clips(
        {name: np.stack(table["vector"].to_numpy()) for name, table in tables.items()},
        first["item"].map(emotion).to_numpy(str),
        first["group"].to_numpy(str),
    )


def ours(clips: Clips, layer: str, fold: npt.NDArray[np.int64], names: tuple[str, ...]) -> Floats:
    """Probabilities (clip, emotion) of clips held out."""
    vectors, found = clips.layers[layer], np.empty((len(fold), len(names)))
    everyone = np.ones(len(fold), dtype=bool)
    for probe, held_out in fold_probes(
        vectors, clips.labels, clips.groups, everyone, fold, family="linear", names=names, seed=SEED
    ):
        found[held_out] = probe.estimate(vectors[held_out])
    return found


def plain(clips: Clips, layer: str, fold: npt.NDArray[np.int64], names: tuple[str, ...]) -> Floats:
    """As `ours`, by the loop."""
    vectors, found = clips.layers[layer], np.empty((len(fold), len(names)))
    task = Task(names, classes=True)
    for number in np.unique(fold):
        out = fold == number
        within = dealt(task, task.answers(clips.labels[~out]), clips.groups[~out], INNER, SEED)
        # C is one over the penalty of a sum over rows, of which the inner parts have fewer.
        search = GridSearchCV(
            make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
            {"logisticregression__C": [1.0 / ((within != 0).sum() * penalty) for penalty in PENALTIES]},
            scoring="neg_log_loss",
            cv=[(np.flatnonzero(within != part), np.flatnonzero(within == part)) for part in range(INNER)],
            refit=False,
        )
        search.fit(vectors[~out], clips.labels[~out])
        last = LogisticRegression(C=1.0 / ((~out).sum() * PENALTIES[search.best_index_]), max_iter=1000)
        fitted = make_pipeline(StandardScaler(), last).fit(vectors[~out], clips.labels[~out])
        found[out] = fitted.predict_proba(vectors[out])
    return found


def timed(work: Callable[[], Floats]) -> tuple[float, Floats]:
    began = time.process_time()
    found = work()
    return time.process_time() - began, found


def compared(clips: Clips, layer: str, rounds: int) -> Line:
    """One layer by both sides, which take turns at being first."""
    task = Task.of(clips.labels)
    answers = task.answers(clips.labels)
    fold = dealt(task, answers, clips.groups, FOLDS, SEED)
    sides = {"theirs": plain, "ours": ours}
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    estimates = {}
    for turn in range(rounds):
        for name in list(sides)[:: 1 if turn % 2 else -1]:
            took, estimates[name] = timed(lambda name=name: sides[name](clips, layer, fold, task.names))  # type: ignore[misc]
            seconds[name].append(took)
    both = np.stack([estimates["theirs"], estimates["ours"]], axis=1)
    recall = class_scores(answers.argmax(axis=1), both, clips.groups, seed=SEED)["recall"]
    gain = (float(recall.change[1]), float(recall.change_low[1]), float(recall.change_high[1]))
    took = {name: statistics.median(each) for name, each in seconds.items()}
    return Line(took["theirs"], took["ours"], float(recall.estimate[0]), float(recall.estimate[1]), gain)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--planted", action="store_true", help="planted vectors also where RAVDESS is at hand")
    parser.add_argument("--encoder", default="whisper-tiny.en-unpadded", help="of real clips")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each side")
    asked = parser.parse_args(arguments)
    real = DATA.is_dir() and not asked.planted
    clips = embedded(asked.encoder) if real else planted()
    with threadpool_limits(1), warnings.catch_warnings():
        # Some of the loop's fits stop for rounding before they have converged.
        warnings.simplefilter("ignore", ConvergenceWarning)
        lines = {layer: compared(clips, layer, asked.rounds) for layer in clips.layers}
    show(clips, asked.encoder if real else "planted", lines)


def show(clips: Clips, encoder_name: str, lines: dict[str, Line]) -> None:
    """Print the comparison, and end in failure if a target is missed."""
    title = f"{encoder_name}: {len(clips.labels)} clips of {len(np.unique(clips.groups))} actors"
    total = _all(lines.values())
    headings = ("layer", "scikit-learn, s", "wetdry, s", "faster", "its recall", "our recall", "difference, 95 %")
    shown = Table(title=title)
    for heading in headings:
        shown.add_column(heading, justify="left" if heading == "layer" else "right")
    for layer, line in {**lines, "all": total}.items():
        gain, low, high = line.gain
        interval = "" if np.isnan(low) else f" [{low:+.3f}, {high:+.3f}]"
        shown.add_row(
            layer,
            f"{line.theirs:.2f}",
            f"{line.ours:.2f}",
            f"{line.theirs / line.ours:.1f}×",
            f"{line.their_recall:.3f}",
            f"{line.our_recall:.3f}",
            f"{gain:+.3f}{interval}",
        )
    Console(width=110).print(shown)
    print(f"Wanted: {FASTER:g} times faster in all, and a mean recall of no less than the loop's, less {SAME:g}.")
    if total.theirs < FASTER * total.ours or total.gain[0] < -SAME:
        raise SystemExit("a target is missed")


def _all(lines: Iterable[Line]) -> Line:
    """Seconds of all layers together, and the means of their recalls."""
    theirs, mine, their_recall, our_recall, gains = zip(*lines, strict=True)
    gain = float(np.mean([each[0] for each in gains]))
    return Line(
        sum(theirs), sum(mine), float(np.mean(their_recall)), float(np.mean(our_recall)), (gain, np.nan, np.nan)
    )


if __name__ == "__main__":
    main()
