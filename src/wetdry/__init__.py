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
    from wetdry.store import Store
    from wetdry.studies.direction import Direction, fit_direction
    from wetdry.studies.sensitivity import sensitivity
    from wetdry.studies.shift import shift

__version__ = version("wetdry")

# Where each public name lives. Names are imported when first used, so that `wetdry --version` is quick.
_HOMES = {
    "Clip": "wetdry.audio",
    "Direction": "wetdry.studies.direction",
    "Store": "wetdry.store",
    "Windows": "wetdry.audio",
    "dataset": "wetdry.datasets",
    "effect": "wetdry.effects",
    "encoder": "wetdry.encoders",
    "fit_direction": "wetdry.studies.direction",
    "load": "wetdry.audio",
    "sensitivity": "wetdry.studies.sensitivity",
    "shift": "wetdry.studies.shift",
    "sweep": "wetdry.effects",
}

__all__ = [
    "Clip",
    "Direction",
    "Store",
    "Windows",
    "__version__",
    "dataset",
    "effect",
    "encoder",
    "fit_direction",
    "load",
    "sensitivity",
    "shift",
    "sweep",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'wetdry' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
