"""A kind of probe: how it learns, and the settings among which it is chosen."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from wetdry.analysis.statistics.units import Flags, Float64, blocks
from wetdry.errors import DataError
from wetdry.probes.parts import LARGEST, Parts, Tensors
from wetdry.probes.scaling import Scaling
from wetdry.probes.task import Task

Settings = Mapping[str, Any]


class Family(BaseEstimator, ABC):  # type: ignore[misc]
    """Learns from vectors (n, dim), each dimension of which it brings to mean 0 and standard deviation 1 first.

    Targets of a regression are standardised as well. A family implements what lies between: `_learn` and `_outputs` see
    standardised rows and answers, and all that is learnt goes through `_tensors` and `_restore`.

    Attributes
    ----------
    GRID
        Values of each setting to choose among, the stronger penalty first: of equally good settings the first is taken.
    task_
        What was learnt.
    scaling_
        Of the vectors.
    answer_scaling_
        Of the targets; of classes, the identity.
    """

    GRID: ClassVar[Mapping[str, tuple[Any, ...]]]

    task_: Task
    scaling_: Scaling
    answer_scaling_: Scaling

    def check(self, task: Task) -> None:
        """Raise where it cannot learn a task of that kind here, be it for want of a package; nothing is learnt."""
        self._accept(task)

    def fit(self, vectors: npt.ArrayLike, labels: npt.ArrayLike) -> Self:
        """Learn labels, text (n,) or numbers (n,) or (n, target), from vectors (n, dim)."""
        task = Task.of(labels)
        return self.learn(checked(vectors), task, task.answers(labels))

    def predict(self, vectors: npt.ArrayLike) -> npt.NDArray[Any]:
        """Class names (n,), or the values (n, target), for vectors (n, dim)."""
        check_is_fitted(self, "task_")
        return self.task_.labels(self.outputs(checked(vectors, self.dim)))

    @property
    def dim(self) -> int:
        """Length of the vectors it learnt from."""
        return len(self.scaling_.mean)

    def learn(self, vectors: Float64, task: Task, answers: Float64) -> Self:
        """Learn the answers (n, output) of a task from finite vectors (n, dim)."""
        self._accept(task)
        self.task_ = task
        self.scaling_ = Scaling.of(vectors)
        self.answer_scaling_ = _answer_scaling(task, answers)
        self._learn(self.scaling_.applied(vectors), self.answer_scaling_.applied(answers))
        return self

    def acquainted(self, vectors: Float64, task: Task) -> Family:  # noqa: ARG002
        """Itself, or a copy that is quicker for having seen all vectors (n, dim) that it is to be tried on and learn.

        By itself this teaches it nothing: estimates of what is held out are as near the same as solutions are sought.
        """
        return self

    def learn_scaled(self, rows: Float64, task: Task, answers: Float64) -> Self:
        """Learn from rows (n, dim) and answers (n, output) whose scaling another part of a model takes care of."""
        self._begin_scaled(task, rows.shape[1])
        self._learn(rows, answers)
        return self

    def outputs(self, vectors: Float64) -> Float64:
        """Values (n, target), or logits (n, class), for vectors (n, dim)."""
        found = np.empty((len(vectors), len(self.task_.names)))
        for part in blocks(len(vectors), max(self.dim, self._width())):
            found[part] = self._outputs(self.scaling_.applied(vectors[part]))
        return self.answer_scaling_.undone(found)

    def outputs_at(
        self, candidates: Sequence[Settings], vectors: Float64, task: Task, answers: Float64, held_out: Float64
    ) -> Float64:
        """Outputs (candidate, m, output) for vectors (m, dim) held out, learnt from the others at each of the settings.

        Its own settings hold where a candidate says nothing.
        """
        self._accept(task)
        scaling, answer_scaling = Scaling.of(vectors), _answer_scaling(task, answers)
        rows, targets, held = scaling.applied(vectors), answer_scaling.applied(answers), scaling.applied(held_out)
        return answer_scaling.undone(self._outputs_at(candidates, task, rows, targets, held))

    def outputs_at_scaled(
        self, candidates: Sequence[Settings], task: Task, rows: Float64, answers: Float64, held_out: Float64
    ) -> Float64:
        """As `outputs_at`, of rows and answers whose scaling another part of a model takes care of."""
        return self._outputs_at(candidates, task, rows, answers, held_out)

    def tensors(self) -> Tensors:
        """All that was learnt, as arrays."""
        return {
            "mean": self.scaling_.mean,
            "factor": self.scaling_.factor,
            "answer_mean": self.answer_scaling_.mean,
            "answer_factor": self.answer_scaling_.factor,
            **self._tensors(),
        }

    def restore(self, task: Task, dim: int, parts: Parts) -> Self:
        """Take over what `tensors` gave, each part of it checked."""
        self._accept(task)
        outputs = len(task.names)
        self.task_ = task
        self.scaling_ = Scaling(parts.take("mean", (dim,)), parts.take("factor", (dim,)))
        self.answer_scaling_ = Scaling(parts.take("answer_mean", (outputs,)), parts.take("answer_factor", (outputs,)))
        for name, scaling in (("factor", self.scaling_), ("answer_factor", self.answer_scaling_)):
            used = scaling.factor[scaling.factor != 0]
            parts.check(name, bool((used >= 1 / LARGEST).all()))
        self._restore(parts)
        return self

    def scaled_tensors(self) -> Tensors:
        """What `learn_scaled` learnt, as arrays."""
        return self._tensors()

    def restore_scaled(self, task: Task, dim: int, parts: Parts) -> Self:
        """Take over what `scaled_tensors` gave, each part of it checked."""
        self._begin_scaled(task, dim)
        self._restore(parts)
        return self

    def gradients(self) -> Float64 | None:
        """Gradient (output, dim) of each output in the space of the vectors, where it is the same everywhere."""
        return None

    @property
    def parameters(self) -> int:
        """Numbers learnt, those of the scaling not counted."""
        return sum(each.size for each in self._tensors().values())

    @property
    def columns(self) -> Flags | None:
        """The dimensions (output, dim) that each output looks at, where they were selected."""
        return None

    @property
    def summary_dim(self) -> int:
        """Length of what `summary` gives."""
        return self.dim

    def summary(self, vectors: Float64) -> Float64:
        """What (n, summary_dim) of vectors (n, dim) tells how unlike the training clips they are: all of it."""
        return vectors

    @abstractmethod
    def _learn(self, rows: Float64, answers: Float64) -> None:
        """Learn from standardised rows (n, dim) with answers (n, output)."""

    @abstractmethod
    def _outputs(self, rows: Float64) -> Float64:
        """Standardised values, or logits, (m, output) of standardised rows (m, dim)."""

    def _outputs_at(
        self, candidates: Sequence[Settings], task: Task, rows: Float64, answers: Float64, held: Float64
    ) -> Float64:
        found = []
        for candidate in candidates:
            model = clone(self).set_params(**candidate)
            model.task_ = task
            model._learn(rows, answers)
            found.append(model._outputs(held))
        return np.stack(found)

    @abstractmethod
    def _tensors(self) -> Tensors:
        """What `_learn` learnt."""

    @abstractmethod
    def _restore(self, parts: Parts) -> None:
        """Take over what `_tensors` gave."""

    def _width(self) -> int:
        """Numbers that outputs of one row take on their way."""
        return 1

    def _accept(self, task: Task) -> None:
        """Raise if it cannot learn a task of that kind."""

    def _begin_scaled(self, task: Task, dim: int) -> None:
        self._accept(task)
        self.task_, self.scaling_ = task, Scaling.none(dim)
        self.answer_scaling_ = Scaling.none(len(task.names))


class Regressor(Family):
    """A kind of probe that learns numbers only.

    Attributes
    ----------
    KIND
        Its name in sentences.
    """

    KIND: ClassVar[str]

    def _accept(self, task: Task) -> None:
        if task.classes:
            raise DataError(
                f'A probe of the kind "{self.KIND}" learns numbers, not the classes {", ".join(task.names)}: '
                "take a label with numbers, or a linear, kernel, mlp or xgboost probe."
            )


def checked(given: npt.ArrayLike, dim: int | None = None) -> Float64:
    """Vectors (n, dim) as finite float64."""
    vectors = np.asarray(given, dtype=np.float64)
    if vectors.ndim != 2 or 0 in vectors.shape:
        raise DataError(f"Vectors of shape {vectors.shape} are of no use to a probe: give one row a clip (n, dim).")
    if dim is not None and vectors.shape[1] != dim:
        raise DataError(
            f"Vectors of {vectors.shape[1]} dimensions do not fit a probe of {dim}: "
            "take the encoder and layer that it was trained on."
        )
    broken = int((~np.isfinite(vectors).all(axis=1)).sum())
    if broken:
        raise DataError(f"{broken} of {len(vectors)} vectors are not finite: leave those rows out.")
    return vectors


def positive(name: str, value: object) -> float:
    """A setting that has to be a positive number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 < value < np.inf:
        raise DataError(f"A {name} of {value!r} is no setting of a probe: give a positive number.")
    return float(value)


def a_share(name: str, value: object) -> float:
    """A setting that has to be a positive number up to 1."""
    if positive(name, value) > 1.0:
        raise DataError(f"A {name} of {value!r} is no setting of a probe: give a number above 0, up to 1.")
    return positive(name, value)


def counted(name: str, value: object) -> int:
    """A setting that has to be a whole number from 1 on."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise DataError(f"A {name} of {value!r} is no setting of a probe: give a whole number from 1 on.")
    return value


def _answer_scaling(task: Task, answers: Float64) -> Scaling:
    return Scaling.none(answers.shape[1]) if task.classes else Scaling.of(answers)
