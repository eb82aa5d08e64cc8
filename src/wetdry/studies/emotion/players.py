"""What the report lets one hear: the clips that effects move furthest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from wetdry.audio import load
from wetdry.extract import Progress
from wetdry.extract.threads import default_workers
from wetdry.report import PlayerGroup
from wetdry.studies.emotion.findings import Findings
from wetdry.studies.emotion.steps import CONTROLS
from wetdry.studies.players import audible_steps, player_group

MOST_CLIPS = 3


@dataclass(frozen=True)
class Example:
    """A clip that an effect moves far: from `dry` to `wet` in one emotion."""

    item: str
    effect: str
    target: str
    dry: float
    wet: float


def examples(found: Findings) -> list[Example]:
    """The largest shifts at the strongest level in the first encoder, each of another effect and another clip."""
    rows = found.main("estimates", encoder=found.encoders[0])
    rows = rows[rows["control"] == "raw"]
    dry = rows[rows["effect"] == "dry"].set_index("item")
    wet = rows[rows["effect"] != "dry"]
    wet = wet[wet["level"].isna() | (wet["level"] == wet.groupby("effect")["level"].transform("max"))]
    # What one says of all dry clips alike has no unit to be large in.
    spread = dry[list(found.emotions)].std().replace(0.0, np.nan)
    long = wet.melt(id_vars=["item", "effect"], value_vars=list(found.emotions), var_name="target", value_name="wet")
    before = dry[list(found.emotions)].stack()
    long["dry"] = before.reindex(pd.MultiIndex.from_frame(long[["item", "target"]])).to_numpy()
    size = ((long["wet"] - long["dry"]) / long["target"].map(spread)).abs()
    chosen: list[Example] = []
    for row in long.loc[size.dropna().sort_values(ascending=False, kind="stable").index].to_dict("records"):
        example = Example(row["item"], row["effect"], row["target"], row["dry"], row["wet"])
        if all(example.item != other.item and example.effect != other.effect for other in chosen):
            chosen.append(example)
        if len(chosen) == MOST_CLIPS:
            break
    return chosen


def players(found: Findings, *, workers: int | None = None, progress: Progress | None = None) -> list[PlayerGroup]:
    """Each example's clip, dry and under every effect, all equally loud."""
    shown = examples(found)
    raw = found.measured.steps.controlled[:: len(CONTROLS)]
    steps = audible_steps(raw, len(shown))
    files = {item.id: item.path for item in found.measured.data}
    return [
        player_group(
            f"{example.item}: {example.effect} takes {example.target} from {example.dry:.2f} to {example.wet:.2f}",
            load(files[example.item], start=found.config.begin, seconds=found.config.seconds),
            steps,
            match=True,
            workers=workers or default_workers(),
            progress=progress,
        )
        for example in shown
    ]
