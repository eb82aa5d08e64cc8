"""What `wetdry study recognition` was asked to do; recorded whole in `run.json`."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from wetdry.extras import missing, require
from wetdry.probes import SELECTIONS
from wetdry.probes.networks import NETWORKS as NETWORK_NAMES
from wetdry.studies.provenance import MOST_SEED

Preset = Literal["gupta2025"]
"""Published recipes. `gupta2025`: “Modeling Arousal and Valence in Music”: grid search by five-fold cross-validation,
one drawn 80/20 split by song, networks that learn one target at a time."""

PUBLISHED_RECIPES: dict[str, dict[str, Any]] = {
    "gupta2025": {"search": "grid", "inner_folds": 5, "one_split": True, "separate_targets": True}
}

Phase = Literal[1, 2, 3]
FEATURES: Phase = 1
NETWORKS: Phase = 2
EMBEDDINGS: Phase = 3
"""The phases: handcrafted features, networks on log-mel chunks, pretrained embeddings."""

REGRESSORS = ("linear", "lasso", "svr", "forest", "boosting", "xgboost")
LAYER_SUM, TORCH_MLP = "layer-sum", "emotion-mlp"
HEADS = ("linear", "kernel", "xgboost", TORCH_MLP, LAYER_SUM)
TORCH_HEADS = (TORCH_MLP, LAYER_SUM)


class RecognitionConfig(BaseModel):
    """Settings of one recognition study. Same settings and audio, same tables, but for the seconds that fits took."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    data: str = Field(description="Data set rated with numbers, such as deam:PATH or csv:FILE")
    label: str | None = Field(default=None, description="What is estimated, such as valence,arousal")
    phases: tuple[Phase, ...] = Field(
        default=(FEATURES, NETWORKS, EMBEDDINGS),
        min_length=1,
        description="1: handcrafted features, 2: networks on log-mel chunks, 3: pretrained embeddings",
    )
    encoders: tuple[str, ...] = Field(default=("vibenet",), min_length=1, description="Encoders of phase 3")
    layers: str | None = Field(default=None, description="Comma-separated layers, or 'all'; None: each encoder's own")
    regressors: tuple[str, ...] = Field(default=REGRESSORS, description="Families of probes on all features")
    selections: tuple[str, ...] = Field(default=tuple(SELECTIONS), description="Ways to choose features, for xgboost")
    k: int = Field(default=15, ge=1, description="Features, or components, that a selection keeps")
    networks: tuple[str, ...] = Field(default=NETWORK_NAMES, description="Networks of phase 2")
    heads: tuple[str, ...] = Field(default=HEADS, description="Families of probes on embeddings, and layer-sum")
    epochs: int = Field(default=50, ge=1, description="Most epochs of a network")
    patience: int = Field(default=8, ge=1, description="Epochs without a better validation R² before it stops")
    seeds: int = Field(default=1, ge=1, description="Runs of what starts at random; 5 or more for a paper")
    folds: int | None = Field(default=None, ge=2, description="Parts of the groups; None: the set's split, else 5")
    inner_folds: int = Field(default=3, ge=2, description="Parts of the training groups by which settings are chosen")
    one_split: bool = Field(default=False, description="Test on the first of the folds alone")
    search: Literal["halving", "grid"] = Field(default="halving", description="How settings are searched")
    separate_targets: bool = Field(default=False, description="A network for each target, in place of one for all")
    preset: Preset | None = Field(default=None, description="Published recipe to follow where nothing else is said")
    also: tuple[str, ...] = Field(default=(), description="Other data sets, for training on one and testing on another")
    dynamic: bool = Field(default=True, description="Also estimate ratings over time, where the set has them")
    start: float | None = Field(default=None, ge=0, description="Start of the part used, s; None: middle of the file")
    seconds: float = Field(default=60.0, gt=0, description="Longest part used, s")
    window: float | None = Field(default=None, gt=0, description="Window length, s; None: the encoder's")
    resamples: int = Field(default=1000, ge=100, description="Bootstrap resamples")
    seed: int = Field(default=0, ge=0, le=MOST_SEED, description="Seed of whatever is drawn")
    device: str = Field(default="auto", description="Device of torch encoders and networks")
    dtype: str = Field(default="fp32", description="Precision of torch encoders and networks")

    @model_validator(mode="before")
    @classmethod
    def _follow_preset(cls, given: dict[str, Any]) -> dict[str, Any]:
        """A preset settles what nothing else is said of."""
        return {**PUBLISHED_RECIPES.get(str(given.get("preset")), {}), **given}

    @property
    def fold_count(self) -> int:
        """Parts in which groups are held out, of a set whose own split is not used."""
        return self.folds or 5

    @property
    def run_seeds(self) -> tuple[int, ...]:
        """One a run of what starts at random; the first is the seed of the study."""
        return tuple((self.seed + run) % (MOST_SEED + 1) for run in range(self.seeds))


def installed(config: RecognitionConfig) -> tuple[RecognitionConfig, tuple[str, ...]]:
    """The settings without what this install lacks torch for, and what a reader must know of that.

    Raises
    ------
    MissingPackageError
        Where what needs torch was asked for by name.
    """
    if not missing("torch"):
        return config, ()
    changes: dict[str, Any] = {}
    if NETWORKS in config.phases:
        if config.model_fields_set & {"phases", "networks"} or config.phases == (NETWORKS,):
            require("torch", needed_by="Phase 2, the networks on log-mel chunks,")
        changes["phases"] = tuple(phase for phase in config.phases if phase != NETWORKS)
    heads = [head for head in config.heads if head in TORCH_HEADS]
    if heads and EMBEDDINGS in config.phases:
        if "heads" in config.model_fields_set:
            require("torch", needed_by=f"The head {heads[0]}")
        changes["heads"] = tuple(head for head in config.heads if head not in TORCH_HEADS)
    if not changes:
        return config, ()
    left_out = [
        *(["the networks of phase 2"] if "phases" in changes else []),
        *(["the heads emotion-mlp and layer-sum"] if "heads" in changes else []),
    ]
    remark = f'torch is not installed, so {" and ".join(left_out)} are left out: pip install "wetdry[models]".'
    return config.model_copy(update=changes), (remark,)
