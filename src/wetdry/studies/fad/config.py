"""What `wetdry fad` was asked to do; recorded whole in `run.json`."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from wetdry.studies.provenance import MOST_SEED


class FadConfig(BaseModel):
    """Settings of one comparison of two sets. Same settings and audio, same tables."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    first: str = Field(description="A: a folder, a file, or a data set such as ravdess:PATH,channel=song")
    second: str = Field(description="B, the reference: likewise")
    encoders: tuple[str, ...] = Field(default=("vibenet",), min_length=1, description="Encoders")
    layers: str | None = Field(default=None, description="Comma-separated layers, or 'all'; None: each encoder's own")
    by: str | None = Field(default=None, description="Label whose values are compared one by one")
    per_song: bool = Field(default=False, description="Also each file of A against all of B")
    frames: bool = Field(default=False, description="A row a window, not a clip; clips are then the groups")
    project: int | None = Field(default=None, ge=1, description="Principal components of both sets to keep; None: all")
    rows: int = Field(default=2500, ge=8, description="Rows of each set at most, drawn with the seed")
    window: float | None = Field(default=None, gt=0, description="Window length, s; None: the encoder's")
    start: float | None = Field(default=None, ge=0, description="Start of the part used, s; None: middle of the file")
    seconds: float | None = Field(default=None, gt=0, description="Longest part used, s; None: all from the start on")
    halves: int = Field(default=200, ge=20, description="Halves of the groups that tell how sure a ranking is")
    seed: int = Field(default=0, ge=0, le=MOST_SEED, description="Seed of whatever is drawn")
    device: str = Field(default="auto", description="Device of torch encoders")
    dtype: str = Field(default="fp32", description="Precision of torch encoders")

    @property
    def unit(self) -> str:
        """What a row is, in words."""
        return "windows" if self.frames else "clips"

    @property
    def pool(self) -> str | None:
        """How the store is to hold vectors: windows by themselves where something asks for them."""
        return None if self.frames or self.per_song else "mean"
