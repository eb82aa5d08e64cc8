"""Which layers of several encoders a study looks at."""

from __future__ import annotations

from collections.abc import Sequence

from wetdry.encoders import Encoder
from wetdry.errors import EncoderError
from wetdry.registry import did_you_mean

ALL_LAYERS = "all"


def select_layers(models: Sequence[Encoder], wanted: str | None) -> dict[str, list[str]]:
    """Encoder name → its layers among those wanted; encoders that have none of them give their default layer."""
    if wanted is None:
        return {}
    if wanted == ALL_LAYERS:
        return {model.spec.name: [layer.name for layer in model.spec.layers] for model in models}
    names = [name.strip() for name in wanted.split(",") if name.strip()]
    known = {layer.name for model in models for layer in model.spec.layers}
    for name in names:
        if name not in known:
            raise EncoderError(f'None of the encoders has a layer "{name}": {did_you_mean(name, known)}')
    chosen = {model.spec.name: [layer.name for layer in model.spec.layers if layer.name in names] for model in models}
    return {name: layers for name, layers in chosen.items() if layers}
