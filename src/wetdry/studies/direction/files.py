"""A direction as a file: tensors in safetensors, the card in its metadata and, for readers, as JSON beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from wetdry.analysis.effect_scale import EffectScale
from wetdry.analysis.neighbourhood import Neighbourhood
from wetdry.errors import DataError
from wetdry.report.files import replace_file, try_folder
from wetdry.studies.direction.card import Card

SUFFIX = ".safetensors"
CARD = "card"
Tensors = dict[str, npt.NDArray[np.float64]]

LARGEST = 1e40
"""Beyond it, and for what is divided by below its inverse, squares of quotients are infinite."""

ROUNDING = 1e-6
"""By which a unit vector may miss the length 1."""


def write(scale: EffectScale, card: Card, path: Path) -> None:
    """Write PATH.safetensors and PATH.json; the same direction gives the same bytes."""
    check_name(path)
    # Several entries of metadata would be written in an order that changes from run to run.
    content = save(_tensors(scale), metadata={CARD: card.model_dump_json()})
    try:
        replace_file(path.with_suffix(".json"), card.json_text().encode())
        replace_file(path, content)
    except OSError as error:
        raise DataError(f"{path}: cannot be written ({error.strerror or error}); choose another place.") from None


def check_name(path: Path) -> None:
    """Raise unless a direction can be written to `path`."""
    if path.suffix != SUFFIX:
        raise DataError(f"{path}: a direction is a safetensors file; name it {path.stem or 'direction'}{SUFFIX}")
    if path.is_dir():
        raise DataError(f"{path}: is a folder; name a file.")
    try:
        try_folder(path.parent)
    except OSError as error:
        raise DataError(f"{path}: cannot be written ({error.strerror or error}); choose another place.") from None


def read(path: Path) -> tuple[EffectScale, Card]:
    """The scale and card of a file, every number of which is checked."""
    if not path.is_file():
        raise DataError(f"{path}: no such file; give one that `wetdry direction fit` wrote.")
    try:
        with safe_open(path, framework="np") as file:
            metadata = file.metadata() or {}
            names = list(file.keys())
            if any(file.get_slice(name).get_dtype() != "F64" for name in names):
                raise _unfit(path, "holds numbers of another type than float64")
            tensors = {name: file.get_tensor(name) for name in names}
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error}); check its permissions.") from None
    except SafetensorError:
        raise _unfit(path, "is damaged or no safetensors file") from None
    card = _card(path, metadata.get(CARD))
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


def _card(path: Path, text: str | None) -> Card:
    if text is None:
        raise _unfit(path, "carries no card of a direction")
    try:
        card = Card.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = f" at {'.'.join(map(str, first['loc']))}" if first["loc"] else ""
        raise _unfit(path, f"has a card that is wrong{where} ({first['msg']})") from None
    grid = card.effect
    if not len(grid.strengths) == len(grid.keys) == len(grid.revisions):
        raise _unfit(path, "has a card whose strengths and effects differ in number")
    if (np.diff(grid.strengths) <= 0).any():
        raise _unfit(path, "has a card whose strengths do not rise")
    return card


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
        raise _unfit(path, f"does not hold the tensors of a direction of {dim} dimensions (see {wrong})")
    for name, tensor in tensors.items():
        if not np.isfinite(tensor).all():
            raise _unfit(path, f"holds NaN or infinity in {name}")
        if (np.abs(tensor) > LARGEST).any():
            raise _unfit(path, f"holds impossible numbers in {name}")
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
            raise _unfit(path, f"holds impossible numbers in {name}")


def _unfit(path: Path, why: str) -> DataError:
    return DataError(f"{path}: {why}; give a file that `wetdry direction fit` wrote.")
