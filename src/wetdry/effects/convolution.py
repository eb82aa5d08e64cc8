"""`convolution`: the sound of a measured room, cabinet or device."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from wetdry.audio import Samples, load, resample
from wetdry.effects.base import Effect, effects, parameter
from wetdry.effects.files import content_hash
from wetdry.errors import AudioError, EffectError

Float64 = npt.NDArray[np.float64]


@effects.register("convolution")
@dataclass(frozen=True)
class Convolution(Effect):
    """Convolves with an impulse response (IR) of unit energy.

    The IR is mixed to mono, brought to the clip's sample rate, and scaled to an energy of 1, so that white
    noise keeps its level whichever IR is used. mix 0 is neutral. No levels: which IR to use is for the user to say.
    """

    name: ClassVar[str] = "convolution"

    ir: str = parameter("", "path of the impulse response, an audio file")
    mix: float = parameter(1.0, "share of the convolved sound: 0 is dry alone", low=0, high=1)

    def validate(self) -> None:
        if not self.ir:
            raise EffectError('convolution needs an impulse response: convolution(ir="hall.wav").')

    @property
    def _path(self) -> Path:
        return Path(self.ir).expanduser()

    @property
    def revision(self) -> str:
        return f"{self.version}:{content_hash(self.name, self._path)}"

    def tail_seconds(self) -> float:
        if self.mix == 0:
            return 0.0
        signal, sample_rate = _mono(self._path, content_hash(self.name, self._path))
        return signal.size / sample_rate

    def process(self, channel: Samples, sample_rate: int) -> Samples:
        from scipy.signal import oaconvolve

        if self.mix == 0:
            return channel
        response = _unit_energy(self._path, content_hash(self.name, self._path), sample_rate)
        convolved = oaconvolve(channel.astype(np.float64), response)[: channel.size]
        wet: Samples = ((1.0 - self.mix) * channel + self.mix * convolved).astype(np.float32)
        return wet


@lru_cache(maxsize=32)
def _mono(path: Path, content: str) -> tuple[Samples, int]:  # noqa: ARG001  (content: the cache's key)
    try:
        clip = load(path)
    except AudioError as error:
        raise EffectError(f"convolution: {error}") from None
    return clip.mono, clip.sample_rate


@lru_cache(maxsize=32)
def _unit_energy(path: Path, content: str, sample_rate: int) -> Float64:
    signal, source_rate = _mono(path, content)
    response = resample(signal, source_rate, sample_rate).astype(np.float64)
    energy = float(response @ response)
    if energy == 0.0:
        raise EffectError(f"convolution: {path} is silent, which cannot be an impulse response; choose another file.")
    response /= np.sqrt(energy)
    response.flags.writeable = False
    return response
