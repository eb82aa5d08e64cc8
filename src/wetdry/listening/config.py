"""What `wetdry listen` was asked to do; recorded whole with what came of it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from wetdry.studies.estimators import DEFAULT_ENCODER
from wetdry.studies.provenance import MOST_SEED

USUAL_EFFECTS = "reverb,delay,distortion,eq,chorus,phaser"
MOST_PAIRS = 200


class ListeningConfig(BaseModel):
    """Settings of one listening test. Same settings and audio, same test."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    audio: tuple[str, ...] = Field(description="Audio files, folders, or data sets such as csv:FILE")
    effects: str | None = Field(
        default=None, description=f"Comma-separated names or keys; None: {USUAL_EFFECTS}, unless chains are given"
    )
    chains: str | None = Field(default=None, description="TOML file of chains, or 'builtin'")
    levels: str = Field(default="4,8", description="Levels of effects given by name; 0 is left out")
    pairs: int = Field(default=24, ge=1, le=MOST_PAIRS, description="Pairs of a dry and a wet sound, at most")
    clips: int | None = Field(default=None, ge=1, description="Clips that pairs are of, at most; None: a pair each")
    seconds: float = Field(default=8.0, ge=0.5, le=60, description="Length of a sound, s, from the middle of its file")
    repeats: int = Field(default=2, ge=0, le=50, description="Sounds that are heard a second time")
    anchors: bool = Field(default=True, description="A dry sound once more as if it were wet, and a degraded one")
    seed: int = Field(default=0, ge=0, le=MOST_SEED, description="Seed of the draw of pairs and of the names of sounds")


class ScoringConfig(BaseModel):
    """How the results of a listening test are scored. Same settings and results, same tables."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    results: tuple[str, ...] = Field(description="Files of listeners, or folders of them")
    test: str = Field(description="Folder that `wetdry listen make` wrote")
    encoder: str = Field(default=DEFAULT_ENCODER, description="Whose estimates listeners are held against")
    probe: str | None = Field(default=None, description="Probe file on that encoder")
    exclude: bool = Field(default=False, description="Leave out unreliable listeners, by the rule of the report")
    resamples: int = Field(default=2000, ge=100, description="Bootstrap resamples, of listeners' agreement")
    seed: int = Field(default=0, ge=0, le=MOST_SEED, description="Seed of the bootstrap")
