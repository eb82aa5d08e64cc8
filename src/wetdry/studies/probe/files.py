"""A probe as a file: its tensors and the hashes of its training clips, with the card."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from wetdry.errors import DataError
from wetdry.probes import Probe
from wetdry.studies.card_files import FLOAT64, CardFiles, Tensors
from wetdry.studies.probe.card import Card

TYPES = {**FLOAT64, "I64": "int64", "I32": "int32", "U8": "uint8", "BOOL": "bool"}
FILES = CardFiles("probe", "wetdry probe train", Card, TYPES)

CLIPS = "training_clips"
HASH_BYTES = 16


def write(path: Path, probe: Probe, card: Card, clips: Iterable[str]) -> None:
    """Write PATH.safetensors and PATH.json; the same probe gives the same bytes.

    `clips` are hashes of the clips that it learnt from, 32 hex digits each.
    """
    rows = [list(bytes.fromhex(clip)) for clip in sorted(clips)]
    FILES.write(path, {**probe.tensors(), CLIPS: np.array(rows, dtype=np.uint8)}, card)


def read(path: Path) -> tuple[Probe, Card, frozenset[str]]:
    """The probe of a file, its card and the hashes of its training clips, all of which is checked."""
    tensors, card = FILES.read(path)
    clips = _clips(path, tensors, card)
    try:
        probe = Probe.restored(card.probe.model_dump(mode="json"), tensors)
    except DataError as error:
        raise DataError(f"{path}: {error}") from None
    said = (probe.task.names, probe.task.classes, probe.dim)
    if said != (card.names, card.classes, card.view.dim):
        raise FILES.unfit(path, "has a card of another probe than its tensors")
    return probe, card, clips


def _clips(path: Path, tensors: Tensors, card: Card) -> frozenset[str]:
    """Take the hashes out of the tensors."""
    rows = tensors.pop(CLIPS, None)
    if rows is None or rows.dtype != np.uint8 or rows.shape != (card.training.clips, HASH_BYTES):
        raise FILES.unfit(path, f"does not hold the hashes of its {card.training.clips} training clips")
    return frozenset(row.tobytes().hex() for row in rows)
