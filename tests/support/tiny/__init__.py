"""Small checkpoints of every family, with random weights, made on the fly in the publishers' own formats.

Each module names the encoders it can make one for in `NAMES`; `make(name, folder)` writes it and returns the
path that `encoder(f"{name}:{path}")` takes.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module

MAKERS = {
    name: module.make
    for info in pkgutil.iter_modules(__path__)
    for module in [import_module(f"tiny.{info.name}")]
    for name in module.NAMES
}
