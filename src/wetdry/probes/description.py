"""What a stored probe says of itself."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Text = Annotated[str, Field(min_length=1)]
Value = int | float | str | list[int]


class Description(BaseModel):
    """All of a probe but its arrays."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    format: Literal["wetdry probe 1"]
    family: Text
    names: tuple[Text, ...] = Field(min_length=1)
    classes: bool
    settings: dict[str, Value]
    dim: int = Field(ge=2)
    rows: int = Field(ge=2)
    groups: int = Field(ge=2)
    folds: int = Field(ge=2)
    seed: int = Field(ge=0)
    score: float = Field(description="Cross-validated mean R², or minus the log loss")
    temperature: float = Field(gt=0)
    half_width: tuple[Annotated[float, Field(ge=0)] | None, ...] = Field(
        description="None: infinite, of too few groups"
    )
