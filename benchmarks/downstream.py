"""How fast a table of downstream classifiers is made: wetdry's solver against a loop of scikit-learn's GridSearchCV.

    python -m benchmarks.downstream [--per-class 288] [--classes 11] [--dim 512] [--part 3] [--threads 1]

The table is that of Deng et al. (2025) on generated embeddings: for no projection and for each of `--maps` bare
linear ones, classifiers are trained on dry clips and tested on dry ones and at each strength, and trained at
each of `--wet` strengths and tested on dry clips and at that strength. Both sides get the same rows, negatives and
tests in this one run. Seconds are of processor time, so that other work on the machine counts little. The plain loop
trains a classifier once for all its tests, as ours does; it is timed on the first `--part` classes, and its time for
all of them taken in proportion.

Every ROC AUC of those classes must agree to 0.002. Where it does not, the recipe's solver stopped early: at large
costs its defaults leave it short of the minimum, and where folds are small, that moves its choice of a cost. For these
classifiers the recipe is repeated, untimed, with its solver run to convergence and the smallest of equal costs, not
one that rounding favours; then they must agree. How far the early stop had moved them is printed as well.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV
from threadpoolctl import threadpool_limits

from wetdry.analysis.auc import roc_auc
from wetdry.probes import OneVsRestLogistic
from wetdry.probes.one_vs_rest import DECADES
from wetdry.probes.problems import drawn

Array = npt.NDArray[np.float64]
FASTER = 8.0
SAME = 0.002
TESTED = 0.5
"""Clips of a class that are tested on, for each one trained on."""


class Clips(NamedTuple):
    """Embeddings (setting, clip, dim), dry first and then at rising strengths, and the class (clip,) of each."""

    vectors: Array
    labels: npt.NDArray[np.int64]


class Cells(NamedTuple):
    """Vectors to train on (clip, dim), and to test on (test, clip, dim)."""

    trained: Array
    tested: Array


class Side(NamedTuple):
    """Seconds that one side took, and the AUC (test, class) of each training."""

    seconds: float
    aucs: list[Array]


class Apart(NamedTuple):
    """Classifiers whose AUCs agree with the recipe as it is; of the others, the largest differences from it as it
    is, and run to convergence.
    """

    agree: int
    stopped_early: float
    converged: float


def generated(options: argparse.Namespace) -> tuple[Clips, Clips]:
    """Clips to train and to test on: classes overlap, dimensions differ in size, and the effect moves all along a
    common direction and each class along one of its own.
    """
    rng = np.random.default_rng(440)
    sizes = np.geomspace(3.0, 0.1, options.dim)
    turn = np.linalg.qr(rng.standard_normal((options.dim, options.dim)))[0]
    centres = 0.25 * sizes * rng.standard_normal((options.classes, options.dim))
    ways = sizes * (rng.standard_normal(options.dim) + 0.5 * rng.standard_normal((options.classes, options.dim)))
    strengths = np.concatenate([[0.0], np.linspace(0.05, 1.0, options.strengths)])

    def clips(per_class: int) -> Clips:
        labels = np.repeat(np.arange(options.classes), per_class)
        dry = centres[labels] + sizes * rng.standard_normal((len(labels), options.dim))
        vectors = np.empty((len(strengths), len(labels), options.dim))
        for strength, moved in zip(strengths, vectors, strict=True):
            tremble = strength * sizes * rng.standard_normal(dry.shape)
            moved[:] = (dry + strength * ways[labels] + 0.5 * tremble) @ turn + 0.3
        return Clips(vectors, labels)

    return clips(options.per_class), clips(max(1, int(TESTED * options.per_class)))


def trainings(train: Clips, test: Clips, options: argparse.Namespace) -> Iterator[Cells]:
    """What is trained on and tested on, projection by projection."""
    rng = np.random.default_rng(0)
    for rank in range(options.maps + 1):
        basis = np.linalg.qr(rng.standard_normal((options.dim, max(1, 4 * rank))))[0]
        projection = np.eye(options.dim) - (basis @ basis.T if rank else 0.0)
        seen, unseen = train.vectors @ projection, test.vectors @ projection
        yield Cells(seen[0], unseen)
        for wet in np.linspace(1, options.strengths, options.wet).astype(int):
            yield Cells(seen[wet], unseen[[0, wet]])


def ours(cells: Cells, labels: Array, truth: Array, classes: range) -> Array:
    """AUC (test, class)."""
    model = OneVsRestLogistic(classes=classes).fit(cells.trained, labels)
    scores = np.moveaxis(model.decision_function(cells.tested), -1, 1)
    positive = truth == np.arange(len(classes))[:, np.newaxis]
    return roc_auc(scores, np.broadcast_to(positive, scores.shape))


def plain(cells: Cells, labels: Array, truth: Array, classes: Iterable[int], *, converged: bool = False) -> Array:
    """As `ours`, by the recipe."""
    solver = {"tol": 1e-8, "max_iter": 100_000} if converged else {}
    chosen = smallest_cost if converged else True
    classes = list(classes)
    found = np.empty((len(cells.tested), len(classes)))
    for number, name in enumerate(classes):
        problem = drawn(labels, name)
        recipe = LogisticRegression(solver="liblinear", class_weight="balanced", **solver)
        search = GridSearchCV(recipe, {"C": DECADES}, scoring="roc_auc", cv=3, refit=chosen)
        search.fit(cells.trained[problem.rows], problem.positive)
        for test, vectors in enumerate(cells.tested):
            found[test, number] = roc_auc_score(truth == name, search.decision_function(vectors))
    return found


def smallest_cost(results: dict[str, Array]) -> int:
    """The first of the costs that are best but for rounding."""
    mean = results["mean_test_score"]
    return int(np.flatnonzero(mean >= mean.max() - 1e-12)[0])


def timed(side: Callable[..., Array], table: list[Cells], labels: Array, truth: Array, classes: range) -> Side:
    began = time.process_time()
    found = [side(cells, labels, truth, classes) for cells in table]
    return Side(time.process_time() - began, found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--per-class", type=int, default=288, help="clips of each class to train on")
    parser.add_argument("--classes", type=int, default=11)
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--strengths", type=int, default=31)
    parser.add_argument("--wet", type=int, default=2, help="strengths to train at")
    parser.add_argument("--maps", type=int, default=1, help="projections")
    parser.add_argument("--part", type=int, default=3, help="classes that the plain loop is timed on")
    parser.add_argument("--threads", type=int, default=1, help="of BLAS, on both sides")
    options = parser.parse_args()
    part, every = range(min(options.part, options.classes)), range(options.classes)
    train, test = generated(options)
    table = list(trainings(train, test, options))
    with threadpool_limits(options.threads), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs = timed(plain, table, train.labels, test.labels, part)
        mine = timed(ours, table, train.labels, test.labels, every)
        apart = compared(mine, theirs, table, train.labels, test.labels)
    seconds = theirs.seconds * len(every) / len(part)
    show(options, table, [f"{seconds:.1f}", f"{mine.seconds:.1f}", f"{seconds / mine.seconds:.1f}"], apart)
    print(f"The plain loop was timed on {len(part)} classes of {len(every)}, and scaled.")
    if apart.converged > SAME or seconds < FASTER * mine.seconds:
        raise SystemExit("a target is missed")


def compared(mine: Side, theirs: Side, table: list[Cells], labels: Array, truth: Array) -> Apart:
    """Differences of AUC, on the classes that both sides have."""
    agree, stopped_early, converged = 0, [0.0], [0.0]
    for own, other, cells in zip(mine.aucs, theirs.aucs, table, strict=True):
        own = own[:, : other.shape[1]]
        differences = np.abs(own - other).max(axis=0)
        others = np.flatnonzero(differences > SAME)
        agree += len(differences) - len(others)
        stopped_early.extend(differences[others])
        if others.size:
            strict = plain(cells, labels, truth, others, converged=True)
            converged.extend(np.abs(own[:, others] - strict).max(axis=0))
    return Apart(agree, max(stopped_early), max(converged))


def show(options: argparse.Namespace, table: list[Cells], speed: list[str], apart: Apart) -> None:
    """Print the comparison."""
    job = f"{options.classes} classes × {options.per_class} clips × {options.dim} dimensions"
    tests = sum(len(cells.tested) for cells in table)
    shown = Table(title=f"{len(table)} trainings and {tests} tests of {job}")
    headings = ("GridSearchCV, s", "wetdry, s", "faster", "target")
    for heading in (*headings, "agree", "others: as it is", "converged"):
        shown.add_column(heading, justify="right")
    of = len(table) * min(options.part, options.classes)
    agree = f"{apart.agree} of {of}"
    shown.add_row(*speed, f"≥ {FASTER:g}", agree, f"{apart.stopped_early:.1e}", f"{apart.converged:.1e}")
    Console(width=110).print(shown)


if __name__ == "__main__":
    main()
