"""Tiny transformers and tones of three pitches, which they can be taught to tell."""

from __future__ import annotations

import numpy as np
from tiny import hf, waveform, whisper

from wetdry.audio import Clip
from wetdry.encoders import encoders

PITCHES = {"low": 300.0, "middle": 900.0, "high": 2700.0}
SPEAKERS = 9


def make(kind, folder):
    """A tiny encoder with its checkpoint in `folder`."""
    folder.mkdir(exist_ok=True)
    if kind == "wavlm":
        return encoders.get("hf")(where=str(hf.wavlm(folder)), device="cpu")
    if kind == "whisper":
        return encoders.get("whisper-base-unpadded")(where=str(whisper.make("whisper", folder)), device="cpu")
    if kind == "padded":
        return encoders.get("whisper-tiny.en")(where=str(whisper.make("whisper", folder)), device="cpu")
    if kind == "mert":
        return encoders.get("mert-330m")(where=str(waveform.make("mert-330m", folder)), device="cpu")
    if kind == "hubert":
        written = waveform.write(folder, "hubert", **waveform.STABLE)
        return encoders.get("hubert-base")(where=str(written), device="cpu")
    return encoders.get("wav2vec2-base")(where=str(waveform.write(folder, "wav2vec2")), device="cpu")


def tone(pitch, rng, level=0.3, seconds=0.25, rate=16_000):
    time = np.arange(round(seconds * rate)) / rate
    sine = level * np.sin(2 * np.pi * pitch * time + rng.uniform(0, 2 * np.pi))
    return Clip((sine + 0.01 * rng.standard_normal(time.size)).astype(np.float32), rate)


def tones(seed=0, speakers=SPEAKERS, **options):
    """A tone of each pitch from every speaker, who are off key by up to a tenth: (clips, labels, groups, pitches)."""
    rng = np.random.default_rng(seed)
    rows = [(name, speaker, pitch) for speaker in range(speakers) for name, pitch in PITCHES.items()]
    sung = [pitch * rng.uniform(0.9, 1.1) for _, _, pitch in rows]
    clips = [tone(pitch, rng, **options) for pitch in sung]
    return clips, [name for name, _, _ in rows], [f"speaker {speaker}" for _, speaker, _ in rows], np.array(sung)
