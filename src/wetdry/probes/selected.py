"""Families that learn from selected dimensions, or from a few principal components."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, ClassVar, Self

import numpy as np

from wetdry.analysis.statistics.units import Flags, Float64
from wetdry.probes.family import Family, Regressor, Settings, counted
from wetdry.probes.parts import Parts, Tensors
from wetdry.probes.reduction import Columns, Projection, Reduction
from wetdry.probes.selection import PCA, reductions
from wetdry.probes.task import Task

SELECTED = 15
"""Dimensions that are kept unless told otherwise, as of the 386 of the report on DEAM."""


class SelectedProbe(Regressor):
    """A family that learns each target from what a selection leaves of the rows; `selected` makes one.

    The selection sees the rows that are learnt from and no others, so that it is made anew in every part of a search
    or a cross-validation. An intersection without a dimension falls back on the one of the largest |Pearson's r|.

    Parameters
    ----------
    k
        Dimensions that a ranking names, or principal components.
    seed
        Of the trees whose SHAP values rank, and of the inner family if it draws at random.
    settings
        Those of the inner family.
    """

    SELECTION: ClassVar[str]
    INNER: ClassVar[type[Family]]

    def __init__(self, k: int = SELECTED, seed: int = 0, **settings: Any) -> None:
        self.k = k
        self.seed = seed
        self.inner = {**self.INNER().get_params(), "seed": seed, **settings}

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002
        """Its own settings and those of the inner family, side by side."""
        inner = {name: value for name, value in self.inner.items() if name != "seed"}
        return {**inner, "k": self.k, "seed": self.seed}

    def set_params(self, **params: Any) -> Self:
        """Change settings, its own or those of the inner family."""
        for name, value in params.items():
            if name in ("k", "seed"):
                setattr(self, name, value)
            if name != "k":
                self.inner[name] = value
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        # Its class was made at run time, so that it cannot be found by its name.
        return _blank, (self.KIND, self.SELECTION, self.INNER), self.__dict__

    @property
    def parameters(self) -> int:
        # All targets share the principal components.
        own = self.reductions_[:1] if self.SELECTION == PCA else self.reductions_
        kept = sum(each.size for reduction in own for each in reduction.tensors().values())
        return kept + sum(model.parameters for model in self.models_)

    @property
    def columns(self) -> Flags | None:
        if self.SELECTION == PCA:
            return None
        return np.stack([each.spread(np.ones(each.width), self.dim) > 0 for each in self.reductions_])

    def gradients(self) -> Float64 | None:
        inner = [model.gradients() for model in self.models_]
        known = [each[0] for each in inner if each is not None]
        if len(known) < len(inner):
            return None
        pairs = zip(known, self.reductions_, strict=True)
        return np.stack([reduction.spread(each, self.dim) for each, reduction in pairs]) * self.scaling_.factor

    def check(self, task: Task) -> None:
        super().check(task)
        self._inner().check(task)

    def _learn(self, rows: Float64, answers: Float64) -> None:
        self.reductions_ = self._reduced(rows, answers)
        self.models_ = [
            self._inner().learn_scaled(reduction.applied(rows), task, answers[:, [target]])
            for target, (reduction, task) in enumerate(zip(self.reductions_, _each_target(self.task_), strict=True))
        ]

    def _outputs(self, rows: Float64) -> Float64:
        pairs = zip(self.models_, self.reductions_, strict=True)
        return np.concatenate([model.outputs(reduction.applied(rows)) for model, reduction in pairs], axis=1)

    def _outputs_at(
        self, candidates: Sequence[Settings], task: Task, rows: Float64, answers: Float64, held: Float64
    ) -> Float64:
        wanted = [type(self)(**{**self.get_params(), **each}) for each in candidates]
        found = np.empty((len(candidates), len(held), answers.shape[1]))
        for how in {(model.k, model.seed): model for model in wanted}.values():
            numbers = [n for n, model in enumerate(wanted) if (model.k, model.seed) == (how.k, how.seed)]
            settings = [{name: wanted[n].inner[name] for name in how._inner().get_params()} for n in numbers]
            for target, reduction in enumerate(how._reduced(rows, answers)):
                outputs = how._inner().outputs_at_scaled(
                    settings,
                    _each_target(task)[target],
                    reduction.applied(rows),
                    answers[:, [target]],
                    reduction.applied(held),
                )
                found[numbers, :, target] = outputs[..., 0]
        return found

    def _tensors(self) -> Tensors:
        found: Tensors = {}
        for target, (model, reduction) in enumerate(zip(self.models_, self.reductions_, strict=True)):
            learnt = {**reduction.tensors(), **model.scaled_tensors()}
            found |= {f"{_prefix(target)}{name}": each for name, each in learnt.items()}
        return found

    def _restore(self, parts: Parts) -> None:
        self.reductions_, self.models_ = [], []
        kind: type[Reduction] = Projection if self.SELECTION == PCA else Columns
        for target, task in enumerate(_each_target(self.task_)):
            own = parts.under(_prefix(target))
            reduction = kind.restored(own, self.dim)
            self.reductions_.append(reduction)
            self.models_.append(self._inner().restore_scaled(task, reduction.width, own))

    def _reduced(self, rows: Float64, answers: Float64) -> list[Reduction]:
        k = counted("number of dimensions to keep", self.k)
        return reductions(self.SELECTION, rows, answers, k, self.seed)

    def _inner(self) -> Family:
        model = self.INNER()
        model.set_params(**{name: self.inner[name] for name in model.get_params()})
        return model

    def _width(self) -> int:
        return max(max(reduction.width, 1) for reduction in self.reductions_)


@cache
def selected(kind: str, selection: str, inner: type[Family]) -> type[SelectedProbe]:
    """The family `kind` that is `inner` on what the selection leaves."""

    class Selected(SelectedProbe):
        KIND = kind
        SELECTION = selection
        INNER = inner
        GRID = inner.GRID

    return Selected


def _blank(kind: str, selection: str, inner: type[Family]) -> SelectedProbe:
    return selected(kind, selection, inner)()


def _each_target(task: Task) -> list[Task]:
    return [Task((name,), classes=False) for name in task.names]


def _prefix(target: int) -> str:
    return f"target.{target}."
