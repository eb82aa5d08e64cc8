"""A narrow Cnn14 of PANNs."""

from __future__ import annotations

from torchlibrosa_checkpoint import NARROW, cnn14, drawn, front_end, save

NAMES = ("panns-cnn14",)


def make(name, folder):  # noqa: ARG001
    return save(folder / "Cnn14_mAP=0.431.pth", {**front_end(32_000, 14_000), **drawn(cnn14(NARROW, 20, 11))})
