"""What `wetdry study emotion` was asked to do; recorded whole in `run.json`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from wetdry.studies.provenance import MOST_SEED

Preset = Literal["katsis2025"]
"""Published recipes. `katsis2025`: Katsis et al. 2025: the first 15 s of each file, boosted trees as the main probe."""

PUBLISHED_EFFECTS = "reverb,delay,distortion,eq,chorus,phaser"
BUILTIN, NO_CHAINS = "builtin", "none"
FAMILIES = ("linear", "kernel", "xgboost", "mlp")


class EmotionConfig(BaseModel):
    """Settings of one emotion study. Same settings and audio, same tables.

    What is None follows the preset; without one, it is what the description names first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    data: str = Field(description="Labelled data set, such as emopia:PATH, deam:PATH or csv:FILE")
    train: str | None = Field(default=None, description="Other data set that probes learn from, with the same labels")
    label: str | None = Field(default=None, description="What is estimated, such as quadrant or valence,arousal")
    encoders: tuple[str, ...] = Field(default=("vibenet",), min_length=1, description="Encoders")
    layers: str | None = Field(default=None, description="Comma-separated layers, or 'all'; None: each encoder's own")
    effects: str = Field(default=PUBLISHED_EFFECTS, description="Comma-separated effects with levels")
    levels: str = Field(default="1-10", description="Levels above 0, neutral, to 10, strong")
    chains: str = Field(default=BUILTIN, description="'builtin', a TOML file of chains, or 'none'")
    preset: Preset | None = Field(default=None, description="Published recipe to follow")
    probes: tuple[str, ...] | None = Field(default=None, min_length=1, description="Families of probes, main one first")
    refits: int = Field(default=4, ge=0, description="Times each probe learns again from resampled training groups")
    shuffles: int = Field(default=19, ge=0, description="Times the main probe learns from shuffled labels")
    baselines: bool = Field(default=True, description="Also ask an average spectrum and encoders without training")
    per_class: int | None = Field(default=None, ge=1, description="Evaluated clips of each class (of all) at most")
    test_share: float = Field(default=0.2, gt=0, lt=1, description="Share of clips evaluated, of sets without a split")
    window: float | None = Field(default=None, gt=0, description="Window length, s; None: the encoder's")
    start: float | None = Field(default=None, ge=0, description="Start of the part used, s; None: middle of the file")
    seconds: float = Field(default=15.0, gt=0, description="Longest part used, s")
    resamples: int = Field(default=1000, ge=100, description="Bootstrap resamples")
    seed: int = Field(default=0, ge=0, le=MOST_SEED, description="Seed of whatever is drawn")
    device: str = Field(default="auto", description="Device of torch encoders")
    dtype: str = Field(default="fp32", description="Precision of torch encoders")

    @property
    def families(self) -> tuple[str, ...]:
        """Families of probes, each once; the first is the main one."""
        if self.probes is not None:
            return tuple(dict.fromkeys(self.probes))
        return ("xgboost", *(name for name in FAMILIES if name != "xgboost")) if self.preset else FAMILIES

    @property
    def begin(self) -> float | None:
        """Start of the part used, s; None for the middle of the file."""
        return 0.0 if self.start is None and self.preset else self.start
