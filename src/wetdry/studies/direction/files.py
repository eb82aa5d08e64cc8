"""A direction as a file: tensors in safetensors, the card in its metadata and, for readers, as JSON beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from wetdry.analysis.effect_scale import EffectScale
from wetdry.analysis.neighbourhood import Neighbourhood
from wetdry.studies.card_files import FLOAT64, CardFiles, Tensors
from wetdry.studies.direction.card import Card

FILES = CardFiles("direction", "wetdry direction fit", Card, FLOAT64)

LARGEST = 1e40
"""Beyond it, and for what is divided by below its inverse, squares of quotients are infinite."""

ROUNDING = 1e-6
"""By which a unit vector may miss the length 1."""


def write(scale: EffectScale, card: Card, path: Path) -> None:
    """Write PATH.safetensors and PATH.json; the same direction gives the same bytes."""
    FILES.write(path, _tensors(scale), card)


def read(path: Path) -> tuple[EffectScale, Card]:
    """The scale and card of a file, every number of which is checked."""
    tensors, card = FILES.read(path)
    _check_grid(path, card)
    _check(path, tensors, card)
    strengths = np.array(card.effect.strengths)
    neighbourhood = Neighbourhood(
        np.zeros(card.view.dim),
        tensors["axes"],
        tensors["variances"],
        float(tensors["rest"]),
        float(tensors["reach"]),
    )
    scale = EffectScale(
        strengths,
        tensors["mean"],
        tensors["scale"],
        tensors["direction"],
        tensors["projections"],
        tensors["positions"],
        float(tensors["half_width"]),
        card.level,
        neighbourhood,
    )
    return scale, card


def _tensors(scale: EffectScale) -> Tensors:
    around = scale.neighbourhood
    return {
        "direction": scale.direction,
        "mean": scale.mean,
        "scale": scale.scale,
        "projections": scale.projections,
        "positions": scale.positions,
        "half_width": np.array(scale.half_width),
        "axes": around.axes,
        "variances": around.variances,
        "rest": np.array(around.rest),
        "reach": np.array(around.reach),
    }


def _check_grid(path: Path, card: Card) -> None:
    grid = card.effect
    if not len(grid.strengths) == len(grid.keys) == len(grid.revisions):
        raise FILES.unfit(path, "has a card whose strengths and effects differ in number")
    if (np.diff(grid.strengths) <= 0).any():
        raise FILES.unfit(path, "has a card whose strengths do not rise")


def _check(path: Path, tensors: Tensors, card: Card) -> None:
    """Raise unless `tensors` are what `_tensors` makes, of the card's dimensions."""
    dim = card.view.dim
    axes, knots = (
        len(tensors[name]) if name in tensors and tensors[name].ndim else 0 for name in ("axes", "positions")
    )
    expected = {
        "direction": (dim,),
        "mean": (dim,),
        "scale": (dim,),
        "projections": (knots,),
        "positions": (knots,),
        "half_width": (),
        "axes": (axes, dim),
        "variances": (axes,),
        "rest": (),
        "reach": (),
    }
    shapes = {name: tensor.shape for name, tensor in tensors.items()}
    if shapes != expected or not knots:
        wrong = next((name for name in expected if shapes.get(name) != expected[name]), "its list of tensors")
        raise FILES.unfit(path, f"does not hold the tensors of a direction of {dim} dimensions (see {wrong})")
    for name, tensor in tensors.items():
        if not np.isfinite(tensor).all():
            raise FILES.unfit(path, f"holds NaN or infinity in {name}")
        if (np.abs(tensor) > LARGEST).any():
            raise FILES.unfit(path, f"holds impossible numbers in {name}")
    _check_values(path, tensors)


def _check_values(path: Path, tensors: Tensors) -> None:
    positions = tensors["positions"]
    within = {
        "direction": abs(float(np.linalg.norm(tensors["direction"])) - 1.0) <= ROUNDING,
        "projections": bool((np.diff(tensors["projections"]) >= 0).all()),
        "positions": bool((np.diff(positions) >= 0).all() and positions[0] >= 0 and positions[-1] <= 1),
        "half_width": bool(0 <= tensors["half_width"] <= 1),
        **{name: bool((tensors[name] >= 1 / LARGEST).all()) for name in ("scale", "variances", "rest", "reach")},
    }
    for name, is_fine in within.items():
        if not is_fine:
            raise FILES.unfit(path, f"holds impossible numbers in {name}")
