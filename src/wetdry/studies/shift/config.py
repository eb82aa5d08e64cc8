"""What `wetdry shift` was asked to do; recorded whole in `run.json`."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from wetdry.studies.provenance import MOST_SEED


class ShiftConfig(BaseModel):
    """Settings of one shift measurement. Same settings and audio, same tables."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    audio: tuple[str, ...] = Field(description="Audio files, folders, or data sets such as csv:FILE")
    effects: str | None = Field(default=None, description="Comma-separated names or keys; None: all with levels")
    chains: str | None = Field(default=None, description="TOML file of chains, or 'builtin'")
    levels: str = Field(default="1-10", description="Levels, 0 neutral to 10 strong")
    encoder: str | None = Field(
        default=None, description="An encoder whose outputs name valence and energy (None: vibenet), or the probe's"
    )
    probe: Path | None = Field(default=None, description="A probe that estimates in place of the encoder's outputs")
    match_loudness: bool = Field(default=True, description="Also measure at the dry clip's loudness, and gain alone")
    window: float | None = Field(default=None, gt=0, description="Window length, s; None: see `choose_windows`")
    start: float | None = Field(
        default=None, ge=0, description="Start of the analysed part, s; None: middle of the file"
    )
    seconds: float = Field(default=60.0, gt=0, description="Longest part analysed, s")
    seed: int = Field(default=0, ge=0, le=MOST_SEED, description="Seed of bootstrap and permutations")
    resamples: int = Field(default=2000, ge=100, description="Bootstrap resamples")
