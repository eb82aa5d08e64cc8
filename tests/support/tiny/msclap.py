"""Narrow audio towers of Microsoft's CLAP, with a parameter of the captions' tower beside them."""

from __future__ import annotations

import numpy as np
from torchlibrosa_checkpoint import NARROW, audio_tower, cnn14, drawn, front_end, htsat, htsat_tables, save

NAMES = ("msclap-2022", "msclap-2023")
DEPTHS = (2, 1, 1, 1)


def make(name, folder):
    if name == "msclap-2022":
        shapes, under, stored = audio_tower(cnn14(NARROW, 20, 11), 20, width_out=16), "", front_end(44_100, 14_000)
    else:
        shapes = audio_tower(htsat(4, DEPTHS, (1, 2, 2, 4), 11), 32, "htsat.", width_out=16)
        under, stored = "htsat.", {**front_end(32_000, 14_000), **htsat_tables(DEPTHS)}
    arrays = {f"audio_encoder.base.{under}{key}": values for key, values in stored.items()}
    unused = {"caption_encoder.projection.linear1.weight": np.zeros((2, 2), np.float32), "logit_scale": np.zeros(())}
    return save(folder / f"CLAP_weights_{name[-4:]}.pth", {**arrays, **drawn(shapes), **unused})
