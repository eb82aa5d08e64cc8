"""What `wetdry study sensitivity` was asked to do; recorded whole in `run.json`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from wetdry.studies.grids import Preset
from wetdry.studies.provenance import MOST_SEED

Scale = Literal["dry", "none"]
Scope = Literal["all", "class"]


class SensitivityConfig(BaseModel):
    """Settings of one sensitivity study. Same settings and audio, same tables.

    What is None follows the preset; without one, it is what the description names first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    data: str = Field(description="Data set, such as classes:PATH, irmas:PATH or csv:FILE")
    encoders: tuple[str, ...] = Field(default=("vibenet",), min_length=1, description="Encoders")
    effects: str = Field(default="gain,lowpass,reverb,bitcrush", description="Comma-separated effects with levels")
    levels: str = Field(default="1-10", description="Levels above 0, neutral, to 10, strong")
    preset: Preset | None = Field(default=None, description="Published recipe to follow")
    layers: str | None = Field(default=None, description="Comma-separated layers, or 'all'; None: each encoder's own")
    label: str | None = Field(default=None, description="Label that names the classes; None: class or instrument")
    clips: int | None = Field(default=None, ge=2, description="Clips of each class at most")
    window: float | None = Field(default=None, gt=0, description="Window length, s; None: the encoder's")
    start: float | None = Field(default=None, ge=0, description="Start of the part used, s; None: middle of the file")
    seconds: float = Field(default=30.0, gt=0, description="Longest part used, s")
    scale: Scale | None = Field(default=None, description="Unit of each dimension: its dry spread ('dry'), or 'none'")
    project: Scope | None = Field(default=None, description="Clips a projection learns from: 'all', or one 'class'")
    train_strengths: int | None = Field(
        default=None, ge=1, description="Strengths that classifiers are trained at, evenly chosen; None: 3"
    )
    downstream: bool = Field(default=True, description="Classify, with and without each projection")
    maps: bool = Field(default=True, description="Draw UMAP maps of trajectories")
    map_class: str | None = Field(default=None, description="Class whose clips are drawn; None: that with most clips")
    map_clips: int = Field(default=10, ge=1, description="Clips drawn")
    ridge: float = Field(default=0.1, ge=0, description="Ridge of the held-out direction, in mean variances")
    folds: int = Field(default=5, ge=2, description="Parts that groups are dealt into, each left out once")
    permutations: int = Field(default=99, ge=19, description="Of strengths within clips, for p-values")
    resamples: int = Field(default=1000, ge=100, description="Bootstrap resamples")
    seed: int = Field(default=0, ge=0, le=MOST_SEED, description="Seed of whatever is drawn")
    device: str = Field(default="auto", description="Device of torch encoders")
    dtype: str = Field(default="fp32", description="Precision of torch encoders")

    @property
    def unit(self) -> Scale:
        """The scale that is used."""
        return self.scale or ("none" if self.preset else "dry")

    @property
    def scope(self) -> Scope:
        """Clips that projections learn from."""
        return self.project or ("class" if self.preset else "all")

    @property
    def trained_at(self) -> int | None:
        """How many strengths classifiers are trained at; None for all."""
        return self.train_strengths or (None if self.preset else 3)
