"""The kinds of probes by name; other packages add theirs through the entry point group `wetdry.probes`."""

from __future__ import annotations

from wetdry.errors import DataError
from wetdry.probes.boosted import BoostedProbe
from wetdry.probes.family import Family, Settings
from wetdry.probes.kernel import KernelProbe
from wetdry.probes.linear import LinearProbe
from wetdry.probes.mlp import MlpProbe
from wetdry.registry import Registry

families: Registry[type[Family]] = Registry("probe", DataError)

families.register("linear")(LinearProbe)
families.register("kernel")(KernelProbe)
families.register("mlp")(MlpProbe)
families.register("xgboost")(BoostedProbe)


def model_of(family: str, settings: Settings, seed: int = 0) -> Family:
    """An unfitted model of that family; the seed is for one that draws at random."""
    model = families.get(family)()
    known = model.get_params()
    if unknown := sorted(set(settings) - set(known)):
        raise DataError(f"{unknown[0]!r} is no setting of a {family} probe: its settings are {', '.join(known)}.")
    model.set_params(**({"seed": seed} if "seed" in known else {}) | dict(settings))
    return model
