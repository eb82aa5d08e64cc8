"""How far effects move embeddings, and how much of that movement is towards another emotion."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from wetdry.analysis.alignment import alignment
from wetdry.analysis.displacement import spread
from wetdry.analysis.statistics import cluster_means, mean_interval, mean_known
from wetdry.analysis.trajectories import FEWEST_STRENGTHS
from wetdry.probes import Probe
from wetdry.studies.emotion.emotions import class_names
from wetdry.studies.emotion.material import Floats, Material
from wetdry.studies.paths import path_shapes

DRAWS = 500
"""Sets of random directions."""
FEWEST_CLIPS = 2
"""Of one clip there is no spread to measure a path by."""


def displacements(material: Material, *, seed: int, resamples: int) -> pd.DataFrame:
    """Mean distance of wet from dry vectors in spreads of the dry clips, with its interval, for each variant."""
    unit = float(spread(material.dry.astype(np.float64)))
    distance = np.linalg.norm(_moved(material, np.arange(material.wet.shape[1])), axis=-1) / (unit or np.nan)
    found = mean_interval(distance, material.groups, resamples=resamples, seed=seed)
    return material.variants.rename(columns={"family": "effect", "effect": "key"}).assign(
        displacement=found.estimate, low=found.low, high=found.high, units=found.units
    )


def paths(material: Material, *, seed: int, resamples: int) -> pd.DataFrame:
    """Shapes of the paths from the dry clip through the levels of each raw effect that has two or more above 0.

    One row an effect and measure; clips on which a level failed are left out. Noise is normal and, in each dimension,
    as spread as the dry clips.
    """
    raw = material.variants[(material.variants["control"] == "raw") & (material.variants["level"] > 0)]
    rows = []
    for effect, levels in raw.groupby("family", sort=False):
        stations = levels.sort_values("level").index.to_numpy()
        wet = np.concatenate([material.dry[:, np.newaxis], material.wet[:, stations]], axis=1).astype(np.float64)
        whole = np.isfinite(wet).all(axis=(1, 2))
        if len(stations) + 1 < FEWEST_STRENGTHS or whole.sum() < FEWEST_CLIPS:
            continue
        dry = material.dry[whole].astype(np.float64)
        noise = np.random.default_rng(seed).standard_normal(wet[whole].shape) * dry.std(axis=0)
        shapes = path_shapes(wet[whole], dry, material.groups[whole], noise, seed=seed, resamples=resamples)
        rows.append(shapes.assign(effect=effect, clips=int(whole.sum())))
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=["measure", "effect"])


def emotional_shares(material: Material, probe: Probe, *, seed: int, resamples: int) -> pd.DataFrame:
    """How much of the displacement by each raw effect at its strongest lies along the directions of a linear probe.

    In units in which the clips that the probe learnt from are spread alike in all directions; beside it what random
    directions get. Signed cosines tell which way along each direction clips go, on average.
    """
    directions = probe.directions()
    if directions is None:
        raise ValueError("Only a linear probe has directions.")
    strongest = _strongest(material)
    columns = np.array(list(strongest.values()))
    found = alignment(_moved(material, columns), directions, material.train, material.groups, draws=DRAWS, seed=seed)
    share = mean_interval(found.share, material.groups, resamples=resamples, seed=seed)
    rows = pd.DataFrame(
        {
            "effect": list(strongest),
            "level": material.variants["level"].to_numpy()[columns],
            "share": share.estimate,
            "low": share.low,
            "high": share.high,
            "expected": found.expected,
            "chance_low": found.random_low,
            "chance_high": found.random_high,
            "p": found.p,
            "length": mean_known(cluster_means(found.length, material.groups)[0]),
        }
    )
    along = mean_known(cluster_means(found.cosine, material.groups)[0])
    for place, name in enumerate(class_names(material.task) if material.task.classes else material.task.names):
        rows[f"cosine_{name}"] = along[:, place]
    return rows


def _strongest(material: Material) -> dict[str, int]:
    """Effect or chain → the raw variant of its highest level."""
    raw = material.variants[material.variants["control"] == "raw"]
    return {
        str(name): int(rows.index[int(np.argmax(rows["level"].fillna(0.0)))])
        for name, rows in raw.groupby("family", sort=False)
    }


def _moved(material: Material, columns: npt.NDArray[np.intp]) -> Floats:
    """Wet minus dry vectors (clip, column, dim) of some variants; NaN where an effect failed."""
    shift: Floats = material.wet[:, columns].astype(np.float64) - material.dry[:, np.newaxis]
    return shift
