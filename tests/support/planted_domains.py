"""Two domains of vectors with known moments and classes, as a transfer study has them once they are measured."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pandas as pd

from wetdry.audio import Windows
from wetdry.extract.plan import View
from wetdry.studies.deformations import DRY
from wetdry.studies.transfer.domains import Domain, Domains
from wetdry.studies.transfer.folds import Folds
from wetdry.studies.transfer.measure import Measured

DOMAINS = ("speech", "song")
CLASSES = ("angry", "calm", "sad")


def clips_of(groups, each=1, classes=CLASSES):
    """Table of clips: in both domains, `each` of every class by every group."""
    rows = [
        {
            "domain": domain,
            "item": f"{domain}/{group:02d}-{label}-{take}",
            "path": f"{domain}-{group:02d}-{label}-{take}.wav",
            "clip": f"{domain}{group:02d}{label}{take}",
            "group": f"actor {group:02d}",
            "label": label,
        }
        for domain in DOMAINS
        for group in range(groups)
        for label in classes
        for take in range(each)
    ]
    return pd.DataFrame(rows)


def view_of(name, layers):
    """How an encoder that exists in name only saw the clips."""
    spec = SimpleNamespace(name=name, key=f"{name}@1", default_layer=layers[-1])
    return View(SimpleNamespace(spec=spec), tuple(layers), Windows(1.0), "mean")


@dataclass(frozen=True, eq=False)
class Planted(Measured):
    """A study whose vectors are given: (layer, effect key) → (n, dim), of every encoder alike."""

    known: dict = field(default_factory=dict)

    def vectors(self, view, layer, step=DRY):  # noqa: ARG002  (all hear alike)
        return self.known[layer, step.effect.key].astype(np.float32)


def planted(clips, known, *, steps=(), folds=3, ears=("ear",), baselines=("noise",)):
    """A study of these clips, in which a baseline hears what the encoders hear."""
    layers = list(dict.fromkeys(layer for layer, _ in known))
    part = clips["group"].str[-2:].astype(int).to_numpy() % folds
    return Planted(
        domains=Domains(*(Domain(name, None, {}) for name in DOMAINS), tuple(sorted(set(clips["label"]))), ()),
        clips=clips,
        views=tuple(view_of(name, layers) for name in (*ears, *baselines)),
        baselines=frozenset(baselines),
        steps=tuple(steps),
        folds=Folds(probes=part, random=np.arange(len(clips)) % folds, splits=part),
        store=None,
        failures=pd.DataFrame(),
        remarks=(),
        known=known,
    )
