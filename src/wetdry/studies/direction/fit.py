"""`wetdry direction fit`: from a data set under one effect to a direction."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt

from wetdry.analysis import reading_accuracy
from wetdry.analysis.effect_scale_fit import ScaleFit, fit_scale
from wetdry.analysis.statistics import Interval
from wetdry.audio import Windows
from wetdry.datasets import dataset
from wetdry.encoders import encoder as open_encoder
from wetdry.errors import DataError
from wetdry.extract import Progress
from wetdry.extract.threads import single_threaded_kernels
from wetdry.store import Store
from wetdry.studies.cards import Figure, View, fingerprint, rounded
from wetdry.studies.deformations import POOL, Deformation, Request, measure
from wetdry.studies.direction.card import FORMAT, Accuracy, Card, Range, Strengths, Training
from wetdry.studies.direction.direction import Direction
from wetdry.studies.grids import select_grids
from wetdry.studies.labels import at_most, class_labels

if TYPE_CHECKING:
    from wetdry.studies.grids import Preset

FEWEST_GROUPS_FOR_90 = 9
INTENDED_USE = (
    "To ask how strong {effect} seems to be in a clip, judged by nothing but where {encoder} puts it, and to compare "
    "encoders and layers by how well that can be told."
)


def fit_direction(
    data: str,
    effect: str,
    *,
    encoder: str = "vibenet",
    layer: str | None = None,
    levels: str = "1-10",
    preset: str | None = None,
    clips: int | None = None,
    window: float | None = None,
    start: float | None = None,
    seconds: float | None = 30.0,
    store: str | Path | None = None,
    device: str = "auto",
    dtype: str = "fp32",
    workers: int | None = None,
    progress: Progress | None = None,
) -> Direction:
    """Fit the direction in which `effect` takes the vectors of an encoder; see `wetdry direction fit --help`.

    Parameters
    ----------
    data
        Data set, such as `classes:PATH`.
    effect
        Name of an effect with levels, or with a grid in the preset.
    encoder, layer
        What sees the clips; the encoder's own layer if None.
    levels, preset
        Levels above 0, or the grid of a published study.
    clips
        Clips of each class at most; all if None.
    window, start, seconds
        Window length (the encoder's if None), and the part of each file that is used, in seconds; the middle if
        `start` is None.
    store
        Folder of embeddings to take from and add to; without one they are computed and forgotten.
    """
    grids = select_grids(effect, levels, preset=cast("Preset | None", preset))
    if len(grids) != 1:
        raise DataError(f"A direction is that of one effect, not of {len(grids)}: fit one after the other.")
    opened = dataset(data)
    labels = class_labels(opened)
    model = open_encoder(encoder, device=device, dtype=dtype)
    request = Request(
        at_most(opened, labels, clips),
        labels,
        [model],
        grids,
        {} if layer is None else {model.spec.name: [layer]},
        windows=None if window is None else Windows(window),
        start=start,
        seconds=seconds,
    )
    with TemporaryDirectory(prefix="wetdry-") as forgotten:
        found = measure(request, Store(store or forgotten), workers=workers, progress=progress)
        (deformation,) = found
    # Sums that several threads share out differ in their last bits, and the same clips are to give the same bytes.
    with single_threaded_kernels():
        return direction_of(
            deformation,
            view_of(request),
            opened.name,
            left_out=len(request.dataset) - len(deformation.clips),
            blindness=model.spec.blindness,
        )


def view_of(request: Request) -> View:
    """How a request of one encoder and layer turns clips into vectors."""
    (view,) = request.plan.views
    (layer,) = view.layers
    return View(
        encoder=view.key,
        layer=layer,
        dim=view.encoder.spec.layer(layer).dim,
        window_seconds=view.windows.seconds,
        window_hop=view.windows.hop,
        pool=POOL,
        start=request.plan.start,
        seconds=request.plan.seconds,
    )


def direction_of(
    deformation: Deformation, view: View, data: str, *, left_out: int = 0, blindness: str = ""
) -> Direction:
    """The direction of one effect, with its card.

    Parameters
    ----------
    deformation
        Vectors without the effect and at each strength of its grid.
    view
        How they were made.
    data
        Name of the data set.
    left_out
        Clips of it that are not in the deformation.
    blindness
        What the encoder cannot hear by construction, in words; empty if nothing.
    """
    groups = deformation.clips["group"].to_numpy(dtype=str)
    strengths = deformation.strengths
    fitted = fit_scale(deformation.dry, deformation.wet, strengths, groups)
    truth = np.tile(strengths, len(groups))
    owners = np.repeat(groups, len(strengths))
    count = len(np.unique(groups))
    card = Card(
        format=FORMAT,
        wetdry=version("wetdry"),
        view=view,
        effect=Strengths.of(deformation.grid),
        training=Training(
            data=data,
            fingerprint=fingerprint(deformation.clips["clip"]),
            clips=len(groups),
            groups=count,
            left_out=left_out,
        ),
        ridge=fitted.ridge,
        level=fitted.scale.level,
        in_sample_r2=rounded(reading_accuracy.order_r2(fitted.in_sample.position, truth, owners).estimate),
        held_out=recorded(reading_accuracy.accuracy(fitted.held_out, truth, strengths, owners)),
        dry=_range(fitted.held_out_dry.strength),
        intended_use=INTENDED_USE.format(effect=deformation.grid.effect, encoder=view.encoder),
        limits=tuple(_limits(deformation, fitted, count, blindness)),
    )
    return Direction(fitted.scale, card)


def recorded(found: reading_accuracy.Accuracy) -> Accuracy:
    """An accuracy as the card records it."""
    return Accuracy(
        r2=_figure(found.r2),
        mae=_figure(found.mae),
        rmse=_figure(found.rmse),
        mae_of_middle=rounded(found.mae_of_middle),
        coverage=_figure(found.coverage),
    )


def _limits(deformation: Deformation, fitted: ScaleFit, groups: int, blindness: str) -> list[str]:
    effect, dry = deformation.grid.effect, fitted.held_out_dry.strength
    first, last = (deformation.grid.setting(strength) for strength in deformation.strengths[[0, -1]])
    limits = [
        f"It reads an effect on clips like those that it was fitted on ({groups} groups), and knows no recording's "
        "history: what was already in a clip before, such as the room that it was played in, is read as well.",
        f"It reads between {first} and {last} and never beyond. A clip without {effect} is read as "
        f"{_text(np.median(dry))} (median of clips left out; half of them {_text(np.quantile(dry, 0.25))} to "
        f"{_text(np.quantile(dry, 0.75))}).",
        "Other effects can move a clip the same way: see `wetdry direction check --against`.",
        "Intervals hold for new clips of the same kind, one at a time. A clip that is marked as unlike lies "
        "farther off than 99 % of the training clips when they were left out, and its interval means little.",
    ]
    if groups < FEWEST_GROUPS_FOR_90:
        limits.append(f"With {groups} groups of clips no error can be vouched for, and every interval spans the grid.")
    if blindness:
        limits.append(blindness)
    return limits


def _text(value: float | np.floating) -> str:
    return f"{value:.3g}".replace("-", "−")


def _range(readings: npt.NDArray[np.float64]) -> Range:
    low, median, high = np.quantile(readings, [0.05, 0.5, 0.95])
    return Range(low=rounded(low), median=rounded(median), high=rounded(high))


def _figure(found: Interval) -> Figure:
    bounds = [None if np.isnan(bound) else rounded(bound) for bound in (found.low, found.high)]
    return Figure(estimate=rounded(found.estimate), low=bounds[0], high=bounds[1])
