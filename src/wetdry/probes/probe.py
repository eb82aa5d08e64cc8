"""A fitted probe: what it estimates, how sure it is, and all of it as plain arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError
from scipy.special import softmax

from wetdry.analysis.statistics.units import Flags, Float64, blocks
from wetdry.errors import DataError
from wetdry.probes.catalogue import model_of
from wetdry.probes.description import Description
from wetdry.probes.family import Family, checked
from wetdry.probes.novelty import Novelty
from wetdry.probes.parts import Parts, Tensors, unfit
from wetdry.probes.task import Task

COVERED = 0.95
"""Share of new clips whose value is to lie within `Probe.half_width` of the estimate."""


@dataclass(frozen=True, eq=False)
class Probe:
    """What tells labels from vectors, chosen and calibrated on groups that it was not fitted on.

    Attributes
    ----------
    task
        Targets, or classes.
    family
        Kind of model, as in `catalogue.families`.
    settings
        Those that were chosen.
    dim
        Length of the vectors.
    rows, groups, folds
        Clips it was fitted on, the groups they came in, and the parts in which they were held out.
    seed
        Of the folds and of the model.
    score
        Cross-validated mean R² over targets, or minus the log loss before calibration, at those settings. As these were
        chosen by it, it flatters a little: `out_of_fold` does not.
    temperature
        By which logits are divided; 1 for numbers.
    half_width
        Of the interval (target,) around an estimate that holds the value of 95 % of new clips, groups assumed
        exchangeable; infinite for fewer than 19 groups, NaN for classes.
    model
        Fitted on all rows.
    familiar
        Where the training clips lie.
    """

    task: Task
    family: str
    settings: dict[str, Any]
    dim: int
    rows: int
    groups: int
    folds: int
    seed: int
    score: float
    temperature: float
    half_width: Float64
    model: Family
    familiar: Novelty

    def estimate(self, vectors: npt.ArrayLike) -> Float64:
        """Values, or calibrated probabilities in the order of the classes, (…, output) for vectors (…, dim)."""
        rows, shape = self._rows(vectors)
        outputs = self.model.outputs(rows)
        estimates = softmax(outputs / self.temperature, axis=1) if self.task.classes else outputs
        return estimates.reshape(*shape, -1)

    def novelty(self, vectors: npt.ArrayLike) -> Float64:
        """Share (…) of held-out training clips that lie nearer to the training clips than vectors (…, dim) do.

        New clips of the same kind have about even shares between 0 and 1; what lies farther off than all of them has 1.
        """
        rows, shape = self._rows(vectors)
        shares = np.empty(len(rows))
        for part in blocks(len(rows), self.dim):
            shares[part] = self.familiar.share(self.model.summary(rows[part]))
        return shares.reshape(shape)

    def directions(self) -> Float64 | None:
        """Unit vectors (output, dim) along which a linear probe's outputs rise fastest; None for other families.

        Of a class: its logit less the mean of all. An output that follows nothing has a row of zeros.
        """
        gradients = self.model.gradients()
        if gradients is None:
            return None
        lengths = np.linalg.norm(gradients, axis=1, keepdims=True)
        return gradients / np.where(lengths > 0, lengths, 1.0)

    @property
    def parameters(self) -> int:
        """Numbers that its model learnt, those of the scaling not counted."""
        return self.model.parameters

    @property
    def columns(self) -> Flags | None:
        """The dimensions (output, dim) that were selected for each output; None where none were."""
        return self.model.columns

    def tensors(self) -> Tensors:
        """All numbers that were learnt; with `description`, all that `restored` needs."""
        return {**self.model.tensors(), **self.familiar.tensors()}

    def description(self) -> dict[str, Any]:
        """What is known of it besides, as JSON takes it."""
        widths = [] if self.task.classes else [float(each) if np.isfinite(each) else None for each in self.half_width]
        record = Description(
            format="wetdry probe 1",
            family=self.family,
            names=self.task.names,
            classes=self.task.classes,
            settings=self.settings,
            dim=self.dim,
            rows=self.rows,
            groups=self.groups,
            folds=self.folds,
            seed=self.seed,
            score=self.score,
            temperature=self.temperature,
            half_width=tuple(widths),
        )
        return record.model_dump(mode="json")

    @classmethod
    def restored(cls, description: Mapping[str, Any], tensors: Mapping[str, npt.NDArray[Any]]) -> Self:
        """The probe of a description and tensors that others may have written, every part of which is checked."""
        try:
            record = Description.model_validate(dict(description))
        except ValidationError as error:
            first = error.errors()[0]
            raise unfit(f"has a wrong {'.'.join(map(str, first['loc'])) or 'description'} ({first['msg']})") from None
        task, parts = Task(record.names, record.classes), Parts(tensors)
        if len(record.half_width) != (0 if task.classes else len(task.names)):
            raise unfit("does not give one half width for each target")
        widths = (
            [np.nan] * len(task.names)
            if task.classes
            else [np.inf if each is None else each for each in record.half_width]
        )
        settings = {name: tuple(each) if isinstance(each, list) else each for name, each in record.settings.items()}
        model = model_of(record.family, settings, record.seed).restore(task, record.dim, parts)
        familiar = Novelty.restored(parts, model.summary_dim, record.folds)
        parts.finish()
        return cls(
            task=task,
            family=record.family,
            settings=settings,
            dim=record.dim,
            rows=record.rows,
            groups=record.groups,
            folds=record.folds,
            seed=record.seed,
            score=record.score,
            temperature=record.temperature,
            half_width=np.array(widths),
            model=model,
            familiar=familiar,
        )

    def _rows(self, vectors: npt.ArrayLike) -> tuple[Float64, tuple[int, ...]]:
        given = np.asarray(vectors, dtype=np.float64)
        if given.ndim == 0:
            raise DataError(f"A single number is no vector: give vectors of {self.dim} dimensions.")
        return checked(given.reshape(-1, given.shape[-1]), self.dim), given.shape[:-1]
