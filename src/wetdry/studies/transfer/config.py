"""What `wetdry study transfer` was asked to do; recorded whole in `run.json`."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from wetdry.adapt import AdaptSettings, Method, method_called
from wetdry.adapt.methods import Frozen, WeightedSum
from wetdry.studies.provenance import MOST_SEED

Preset = Literal["sun2024"]
"""Published recipes. `sun2024`: “Exploring Acoustic Similarity in Emotional Speech and Music via Self-Supervised
Representations”: the six emotions that are spoken and sung, linear heads on every layer, and all ways to adapt."""

METHODS = ("frozen", "weighted-sum", "lora", "bottleneck", "gated")

PUBLISHED_RECIPES: dict[str, dict[str, Any]] = {
    "sun2024": {"label": "emotion", "domains": "channel", "layers": "all", "probes": ["linear"], "methods": METHODS}
}


class TransferConfig(BaseModel):
    """Settings of one transfer study. Same settings and audio, same tables, but for the seconds that trainings took."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    data: str = Field(description="Both domains in one data set, such as ravdess:PATH, or the first of two")
    other: str | None = Field(default=None, description="Data set of the second domain")
    domains: str | None = Field(default=None, description="Label whose two values are the domains of one data set")
    label: str | None = Field(default=None, description="Label of classes in both, such as emotion")
    rename: str | None = Field(default=None, description="Classes by other names, such as angry=Q2,fearful=Q2")
    preset: Preset | None = Field(default=None, description="Published recipe to follow where nothing else is said")
    encoders: tuple[str, ...] = Field(default=("vibenet",), min_length=1, description="Encoders")
    baselines: bool = Field(default=True, description="Also an average spectrum and encoders without training")
    layers: str = Field(default="all", description="Comma-separated layers that are probed, or 'all'")
    probes: tuple[str, ...] = Field(default=("linear",), min_length=1, description="Families of probes")
    folds: int = Field(default=5, ge=2, description="Parts in which groups are held out from probes")
    methods: tuple[str, ...] = Field(default=METHODS, description="Ways to adapt encoders; none for probes alone")
    splits: int = Field(default=4, ge=3, description="Parts in which groups are held out from adaptation")
    seeds: int = Field(default=3, ge=1, description="Adaptations of each kind, from other starts")
    epochs: int = Field(default=12, ge=1, description="Most epochs of one stage")
    patience: int = Field(default=4, ge=1, description="Epochs without a better validation before a stage stops")
    batch: int = Field(default=8, ge=1, description="Clips of a step")
    first_block: int = Field(default=0, ge=0, description="Block from which on encoders are adapted")
    control: bool = Field(default=True, description="Also two stages on one domain: what more training does by itself")
    project: int | None = Field(default=None, ge=1, description="Principal components of distances; None: all")
    halves: int = Field(default=200, ge=20, description="Halves of the groups that tell how sure a ranking is")
    effects: str | None = Field(default=None, description="Effects under which all is asked again, such as reverb")
    levels: str = Field(default="3-9:3", description="Levels of effects that are named without settings")
    augment: str | None = Field(default=None, description="Effects that adaptation hears in training, name@level")
    unseen: str | None = Field(default=None, description="Effects that such an adaptation is tested on, name@level")
    per_class: int | None = Field(default=None, ge=1, description="Clips of each class and domain at most")
    window: float | None = Field(default=None, gt=0, description="Window length, s; None: the encoder's")
    start: float | None = Field(default=None, ge=0, description="Start of the part used, s; None: middle of the file")
    seconds: float = Field(default=15.0, gt=0, description="Longest part used, s")
    resamples: int = Field(default=1000, ge=100, description="Bootstrap resamples")
    seed: int = Field(default=0, ge=0, le=MOST_SEED, description="Seed of whatever is drawn")
    device: str = Field(default="auto", description="Device of torch encoders and adaptation")
    dtype: str = Field(default="fp32", description="Precision of torch encoders and of adaptation on a GPU")

    @model_validator(mode="before")
    @classmethod
    def _follow_preset(cls, given: dict[str, Any]) -> dict[str, Any]:
        """A preset settles what nothing else is said of."""
        return {**PUBLISHED_RECIPES.get(str(given.get("preset")), {}), **given}

    @property
    def run_seeds(self) -> tuple[int, ...]:
        """One an adaptation of each kind; the first is the seed of the study."""
        return tuple((self.seed + run) % (MOST_SEED + 1) for run in range(self.seeds))

    def method(self, name: str) -> Method:
        """A way to adapt by its name, from the first block on that is to be adapted."""
        within = name not in (Frozen.name, WeightedSum.name)
        return method_called(name, {"first_block": self.first_block} if within else {})

    def adapt_settings(self, seed: int) -> AdaptSettings:
        """How every stage is trained, the same for all methods but for their own rates."""
        return AdaptSettings(
            epochs=self.epochs,
            patience=self.patience,
            batch=self.batch,
            seed=seed,
            device=self.device,
            dtype=self.dtype,
        )
