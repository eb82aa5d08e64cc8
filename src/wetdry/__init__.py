"""How audio effects move the embeddings of pretrained audio models, and the emotion estimated from them.

>>> import wetdry as wd
>>> wet = wd.effect("reverb(room_size=0.5)")
>>> wet.key
'reverb'
"""

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wetdry.audio import Clip, Windows, load
    from wetdry.datasets import dataset
    from wetdry.effects import effect, sweep
    from wetdry.encoders import encoder
    from wetdry.extract import using
    from wetdry.extract.cluster import RayEngine
    from wetdry.listening import make_listening_test, score_listening_test
    from wetdry.store import Store
    from wetdry.studies.direction import Direction, fit_direction
    from wetdry.studies.emotion import emotion
    from wetdry.studies.fad import fad
    from wetdry.studies.probe import TrainedProbe, evaluate_probe, read_probe, train_probe
    from wetdry.studies.recognition import recognition
    from wetdry.studies.sensitivity import sensitivity
    from wetdry.studies.shift import shift
    from wetdry.studies.transfer import transfer
    from wetdry.suggest import suggest_effects

__version__ = version("wetdry")

# Where each public name lives. Names are imported when first used, so that `wetdry --version` is quick.
_HOMES = {
    "Clip": "wetdry.audio",
    "Direction": "wetdry.studies.direction",
    "RayEngine": "wetdry.extract.cluster",
    "Store": "wetdry.store",
    "TrainedProbe": "wetdry.studies.probe",
    "Windows": "wetdry.audio",
    "dataset": "wetdry.datasets",
    "effect": "wetdry.effects",
    "emotion": "wetdry.studies.emotion",
    "encoder": "wetdry.encoders",
    "evaluate_probe": "wetdry.studies.probe",
    "fad": "wetdry.studies.fad",
    "fit_direction": "wetdry.studies.direction",
    "load": "wetdry.audio",
    "make_listening_test": "wetdry.listening",
    "read_probe": "wetdry.studies.probe",
    "recognition": "wetdry.studies.recognition",
    "score_listening_test": "wetdry.listening",
    "sensitivity": "wetdry.studies.sensitivity",
    "shift": "wetdry.studies.shift",
    "suggest_effects": "wetdry.suggest",
    "sweep": "wetdry.effects",
    "train_probe": "wetdry.studies.probe",
    "transfer": "wetdry.studies.transfer",
    "using": "wetdry.extract",
}

__all__ = [
    "Clip",
    "Direction",
    "RayEngine",
    "Store",
    "TrainedProbe",
    "Windows",
    "__version__",
    "dataset",
    "effect",
    "emotion",
    "encoder",
    "evaluate_probe",
    "fad",
    "fit_direction",
    "load",
    "make_listening_test",
    "read_probe",
    "recognition",
    "score_listening_test",
    "sensitivity",
    "shift",
    "suggest_effects",
    "sweep",
    "train_probe",
    "transfer",
    "using",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'wetdry' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
