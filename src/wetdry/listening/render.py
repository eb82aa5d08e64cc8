"""From a plan to audio: every sound of one length and one loudness, and none of them clipped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wetdry.audio import Clip, load, loudness, match_loudness, resample, true_peak
from wetdry.datasets import Item
from wetdry.effects import Step
from wetdry.errors import AudioError, EffectError, WetdryError

LOUDNESS_LUFS = -23.0
"""Of every sound, unless one would clip: then all are that much softer (EBU R 128's programme loudness)."""

CEILING = 10.0 ** (-1.0 / 20.0)
"""Linear true peak of the loudest sound, −1 dBTP."""

SETTLING_SECONDS = 4.0
"""Heard by the effects before what is heard of them, where the file has as much: reverberation has built up by then."""

FADE_SECONDS = 0.02
BROWSER_RATES = (16_000, 48_000)
"""Hz; what is sampled slower or faster is resampled to `USUAL_RATE`."""
USUAL_RATE = 44_100
LOUDNESS_TOLERANCE_LU = 0.1


@dataclass(frozen=True, eq=False)
class Source:
    """A clip of the test: its item, and the middle of its file with what leads up to it."""

    item: Item
    clip: Clip
    settling: float
    """Seconds of `clip` before what is heard."""
    seconds: float

    def heard(self, wet: Clip) -> Clip:
        """What is heard of a version of the clip, faded in and out."""
        return _faded(wet.excerpt(self.settling, self.seconds))


def source(item: Item, seconds: float) -> Source:
    """Read the middle `seconds` of an item; raises `AudioError` where it is too short or silent."""
    clip = _for_browsers(load(item.path, start=None, seconds=seconds + 2.0 * SETTLING_SECONDS))
    if clip.seconds < seconds - 1.0 / clip.sample_rate:
        raise AudioError(
            f"{item.path}: lasts {clip.seconds:.1f} s, less than sounds of {seconds:g} s need; ask for shorter ones."
        )
    found = Source(item, clip, (clip.seconds - seconds) / 2.0, seconds)
    if not np.isfinite(loudness(found.heard(clip))):
        raise AudioError(f"{item.path}: its middle {seconds:g} s are silent; leave it out.")
    return found


def sources(items: Sequence[Item], wanted: int, seconds: float) -> tuple[list[Source], list[dict[str, str]]]:
    """The first `wanted` of the items that can be used, and the path and reason of each that could not."""
    found: list[Source] = []
    failures: list[dict[str, str]] = []
    for item in items:
        if len(found) == wanted:
            break
        try:
            found.append(source(item, seconds))
        except WetdryError as error:
            failures.append({"path": str(item.path), "reason": str(error)})
    if not found:
        raise AudioError(failures[0]["reason"] if failures else "No audio was given.")
    return found, failures


def render(clip: Source, step: Step) -> Clip:
    """What is heard of `clip` by `step`, at `LOUDNESS_LUFS`.

    Raises `EffectError` where the wet sound cannot be brought to it.
    """
    dry = clip.heard(clip.clip)
    reference = dry.scaled(LOUDNESS_LUFS - loudness(dry))
    wet = match_loudness(clip.heard(step.effect(clip.clip)), reference, peak_safe=False)
    if not abs(loudness(wet) - loudness(reference)) < LOUDNESS_TOLERANCE_LU:
        raise EffectError(
            f"{step.effect.key}: leaves nothing of {clip.item.id} that could be as loud as dry; choose a milder one."
        )
    return wet


def attenuation(sounds: Sequence[Clip]) -> float:
    """Gain in dB, 0 or less, for all sounds alike, after which none of them clips."""
    return float(min(0.0, 20.0 * np.log10(CEILING / max(true_peak(sound, above=CEILING) for sound in sounds))))


def _for_browsers(clip: Clip) -> Clip:
    """Of one or two channels, at a rate that every browser plays."""
    samples = clip.samples if clip.channels <= 2 else clip.mono[np.newaxis]
    slowest, fastest = BROWSER_RATES
    if slowest <= clip.sample_rate <= fastest:
        return Clip(samples, clip.sample_rate)
    return Clip(resample(samples, clip.sample_rate, USUAL_RATE), USUAL_RATE)


def _faded(clip: Clip) -> Clip:
    """Cut out of music, a sound would begin and end with a click."""
    ramp = np.linspace(0.0, 1.0, max(2, round(FADE_SECONDS * clip.sample_rate)), dtype=np.float32)
    envelope = np.ones(clip.frames, dtype=np.float32)
    envelope[: ramp.size] *= ramp[: clip.frames]
    envelope[-ramp.size :] *= ramp[::-1][-clip.frames :]
    return clip.with_samples(clip.samples * envelope)
