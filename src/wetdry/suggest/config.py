"""What `wetdry suggest` was asked to do; recorded whole in `run.json`."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from wetdry.studies.provenance import MOST_SEED
from wetdry.suggest.cost import CostName


class SuggestConfig(BaseModel):
    """Settings of one search. Same settings and song, same result, unless a budget in seconds ends it."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    toward: str | None = Field(default=None, description="A mood, such as calm")
    by: float | None = Field(default=None, description="How far, as a share of the scale; None: 0.1")
    valence: float | None = Field(default=None, description="Change of valence, instead of a mood")
    energy: float | None = Field(default=None, description="Change of energy or arousal, instead of a mood")
    encoder: str = Field(default="vibenet", description="An encoder that estimates valence and energy, or the probe's")
    probe: Path | None = Field(default=None, description="File of a probe that estimates instead")
    effects: str | None = Field(default=None, description="Comma-separated names or keys; None: all with levels")
    longest: int = Field(default=2, ge=1, le=4, description="Effects in a chain at most")
    budget: float | None = Field(default=None, description="Seconds; None: 60, or no limit if evaluations are given")
    evaluations: int | None = Field(default=None, description="Effects tried at most")
    start: float | None = Field(default=None, ge=0, description="Start of the part used, s; None: middle of the file")
    seconds: float = Field(default=60.0, gt=0, description="Longest part used, s")
    cost: CostName = Field(default="spectral", description="What is kept small: spectral or embedding")
    candidates: int = Field(default=5, ge=1, le=20, description="Candidates rendered at most")
    any_loudness: bool = Field(default=False, description="Judge effects as loud as they come")
    seed: int = Field(default=0, ge=0, le=MOST_SEED, description="Seed of the bootstrap")
