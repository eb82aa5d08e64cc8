"""What the report lets one hear: the first drawn clips, dry and at a few strengths of each effect."""

from __future__ import annotations

import numpy as np

from wetdry.audio import load
from wetdry.extract import Progress
from wetdry.extract.threads import default_workers
from wetdry.report import PlayerGroup
from wetdry.studies.deformations import Deformations
from wetdry.studies.grids import Grid
from wetdry.studies.players import MOST_PLAYERS, player_group
from wetdry.studies.sensitivity.config import SensitivityConfig
from wetdry.studies.sensitivity.maps import drawn_clips

MOST_CLIPS, MOST_STRENGTHS = 3, 6


def heard_clips(measured: Deformations, config: SensitivityConfig) -> list[str]:
    """Items that can be heard: the first of those that are drawn."""
    drawn = set(drawn_clips(measured.clips, config)[:MOST_CLIPS])
    return list(measured.clips.loc[measured.clips["clip"].isin(drawn), "item"])


def heard_positions(grid: Grid, grids: int) -> list[int]:
    """Positions of the strengths that can be heard, its ends among them; fewer where there are many effects."""
    most = max(2, min(MOST_STRENGTHS, MOST_PLAYERS // (MOST_CLIPS * grids)))
    count = min(most, len(grid.strengths))
    return sorted({round(position) for position in np.linspace(0, len(grid.strengths) - 1, count)})


def sound(item: str, effect: str, position: int) -> str:
    """The key by which a point of a map plays its clip."""
    return f"{item} · {effect} · {position}"


def players(
    config: SensitivityConfig,
    measured: Deformations,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
) -> list[PlayerGroup]:
    """Players of the clips that can be heard, as loud as their effects leave them."""
    grids = measured.request.grids
    wanted = [(grid, position) for grid in grids for position in heard_positions(grid, len(grids))]
    steps = [grid.steps[position] for grid, position in wanted]
    settings = {grid.steps[position]: grid.setting(grid.strengths[position]) for grid, position in wanted}
    plan = measured.request.plan
    files = {item.id: item.path for item in plan.dataset}
    return [
        player_group(
            item,
            load(files[item], start=plan.start, seconds=plan.seconds),
            steps,
            match=False,
            workers=workers or default_workers(),
            progress=progress,
            settings=settings,
            sounds={grid.steps[position]: sound(item, grid.effect, position) for grid, position in wanted},
        )
        for item in heard_clips(measured, config)
    ]
