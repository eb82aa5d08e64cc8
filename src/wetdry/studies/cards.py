"""What the cards of fitted things share: figures with their intervals, and how a clip became a vector."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from wetdry.audio import Windows
from wetdry.encoders import Encoder, encoder, encoders
from wetdry.errors import EncoderError

Text = Annotated[str, Field(min_length=1)]

LEAST_SECONDS = 0.01
"""Of a window and of the step to the next: of shorter ones a clip has millions."""


class Record(BaseModel):
    """A part of a card: nothing unknown, nothing infinite, never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def json_text(self) -> str:
        """The card as indented JSON."""
        return self.model_dump_json(indent=2) + "\n"


class Figure(Record):
    """An estimate with its 95 % interval over groups of clips; bounds are None where groups do not determine them."""

    estimate: float
    low: float | None
    high: float | None


class View(Record):
    """How a clip becomes a vector."""

    encoder: Text = Field(description="name@revision")
    layer: Text
    dim: int = Field(ge=2)
    window_seconds: float | None = Field(ge=LEAST_SECONDS, description="None: the whole clip is one window")
    window_hop: float | None = Field(ge=LEAST_SECONDS, description="None: side by side")
    pool: Text
    start: float | None = Field(ge=0, description="Start of the part used, s; None: the middle of the file")
    seconds: float | None = Field(ge=LEAST_SECONDS, description="Longest part used, s; None: all")

    @property
    def name(self) -> str:
        """The encoder's name, without its revision."""
        return self.encoder.partition("@")[0]

    @property
    def windows(self) -> Windows:
        return Windows(self.window_seconds, self.window_hop)

    def opened(self, noun: str, text: str | None = None, *, device: str = "auto", dtype: str = "fp32") -> Encoder:
        """The encoder, by its name or by `text` for weights of your own; `noun` is what has this view, in a sentence.

        Raises
        ------
        EncoderError
            If what is found here is another encoder or another revision of it, or nothing by its name.
        """
        try:
            model = encoder(text or self.name, device=device, dtype=dtype)
        except EncoderError:
            if text or self.name in encoders.names():
                raise
            # Such as an encoder that is made from another, and is not called by what it is made of.
            raise EncoderError(
                f"The {noun} was fitted on {self.encoder}, and no encoder is called {self.name} here: name it with "
                "--encoder as it was named then."
            ) from None
        if model.spec.key != self.encoder:
            raise EncoderError(
                f"The {noun} was fitted on {self.encoder}, and this is {model.spec.key}: their vectors cannot be "
                f"compared; give that encoder, or fit the {noun} again."
            )
        return model


def rounded(value: Any) -> float:
    """A figure to six significant digits, so that the last bits of a sum do not make another card.

    >>> rounded(0.123456789)
    0.123457
    """
    return float(f"{float(value):.6g}")


def fingerprint(clips: Iterable[str]) -> str:
    """32 hex digits over the hashes of clips, in any order."""
    return hashlib.blake2b("\n".join(sorted(clips)).encode(), digest_size=16).hexdigest()
