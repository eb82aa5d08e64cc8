"""`mp3` and `gsm`: what lossy transmission does."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from wetdry.audio import Samples, resample
from wetdry.effects.base import effects, parameter
from wetdry.effects.board import BoardEffect
from wetdry.effects.length import fit
from wetdry.effects.scale import linear

MP3_RATES = (8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)


@effects.register("mp3")
@dataclass(frozen=True)
class Mp3(BoardEffect):
    """MP3 of variable bit rate (LAME), encoded and decoded again, aligned with the dry clip.

    Levels: quality 0.99 L on LAME's scale (ours, because it is the scale its users know: 0 best, 9.9 worst). A rate
    that MP3 does not have is converted to the next higher one that it has, or to 48 kHz, and back.
    """

    name: ClassVar[str] = "mp3"
    strength: ClassVar[str] = "vbr_quality"

    vbr_quality: float = parameter(2.0, "quality setting of the encoder: 0 best, 9.9 worst", low=0, high=9.9)

    @classmethod
    def levelled(cls, level: float) -> Self:
        return cls(vbr_quality=linear(0.0, 0.99, level))

    def process(self, channel: Samples, sample_rate: int) -> Samples:
        rate = mp3_rate(sample_rate)
        coded = super().process(resample(channel, sample_rate, rate), rate)
        return fit(resample(coded, rate, sample_rate), channel.size)

    def plugin(self, sample_rate: int) -> Any:  # noqa: ARG002
        from pedalboard import MP3Compressor

        return MP3Compressor(vbr_quality=self.vbr_quality)


def mp3_rate(sample_rate: int) -> int:
    """The sample rate in Hz at which a clip of `sample_rate` is coded as MP3.

    >>> mp3_rate(44_100), mp3_rate(10_000), mp3_rate(96_000)
    (44100, 11025, 48000)
    """
    return next((rate for rate in MP3_RATES if rate >= sample_rate), MP3_RATES[-1])


@effects.register("gsm")
@dataclass(frozen=True)
class Gsm(BoardEffect):
    """A mobile telephone of the nineties: GSM full rate, 13 kbit/s of mono speech at 8 kHz.

    No levels: the codec has a single setting. Digital silence stays silence, as a telephone stops sending in it;
    without that the codec would leave a hum of -65 dBFS.
    """

    name: ClassVar[str] = "gsm"

    def process(self, channel: Samples, sample_rate: int) -> Samples:
        return super().process(channel, sample_rate) if channel.any() else channel

    def plugin(self, sample_rate: int) -> Any:  # noqa: ARG002
        from pedalboard import GSMFullRateCompressor

        return GSMFullRateCompressor()
